//! Where homes are drawn on the map: degrees become units of the drawing, one scale for both directions.

use std::collections::BTreeMap;

use carehub_domain::escalation::Level;
use carehub_domain::event::Coordinates;

use super::words;
use crate::figures::Seen;

/// The longer side of the drawing, and the room around it, in its units.
const SIDE: f64 = 1_000.0;
const ROOM: f64 = 30.0;

/// Room below, for the scale.
const BELOW: f64 = 40.0;

/// The least that is drawn across, in degrees of latitude (about two kilometres): one home is no whole map.
const LEAST: f64 = 0.02;

/// Kilometres of a degree of latitude.
const KM: f64 = 111.2;

/// How far apart marks of one place stand.
const APART: f64 = 13.0;

/// What is drawn.
pub(super) struct Marks {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The gravest last, so that no other covers it.
    pub(super) marks: Vec<Mark>,
    pub(super) scale: Scale,
}

/// A home on the map.
pub(super) struct Mark {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) level: Shape,
}

/// A level is told by shape and size; the colour repeats it.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) class: &'static str,
    /// About the mark's middle.
    pub(super) path: &'static str,
    pub(super) is_raised: bool,
}

/// A line of so many kilometres.
pub(super) struct Scale {
    pub(super) km: u32,
    pub(super) length: f64,
}

/// The shape of a level: a ring, a triangle, a square, a star of four points.
pub(super) fn shape(level: Level) -> Shape {
    let (class, path) = match level {
        Level::None => ("none", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"),
        Level::Minor => ("minor", "M0-9L9 7H-9z"),
        Level::Moderate => ("moderate", "M-8-8H8V8H-8z"),
        Level::Major => ("major", "M0-13L4-4 13 0 4 4 0 13-4 4-13 0-4-4z"),
    };
    Shape { class, path, is_raised: level > Level::None }
}

/// The homes whose coordinates the register gives; none where it gives nobody's.
pub(super) fn marks<'a>(homes: impl IntoIterator<Item = &'a Seen>) -> Option<Marks> {
    let mut placed: Vec<(&Seen, Coordinates)> =
        homes.into_iter().filter_map(|seen| Some((seen, coordinates(seen)?))).collect();
    placed.sort_by_key(|(seen, _)| seen.figures.level);
    let plan = Plan::of(placed.iter().map(|(_, at)| *at))?;
    let mut at_place: BTreeMap<(i64, i64), u32> = BTreeMap::new();
    let marks = placed.into_iter().map(|(seen, at)| {
        let (x, y) = plan.place(at);
        let nth = at_place.entry((x as i64, y as i64)).or_default();
        let (right, down) = beside(*nth);
        *nth += 1;
        let level = seen.figures.level;
        Mark {
            id: seen.home().id().to_string(),
            title: title(seen),
            x: tenth(x + right),
            y: tenth(y + down),
            level: shape(level),
        }
    });
    let marks = marks.collect();
    Some(Marks {
        width: tenth(plan.width + 2.0 * ROOM),
        height: tenth(plan.height + 2.0 * ROOM + BELOW),
        marks,
        scale: plan.scale(),
    })
}

/// A home and its level, in words.
pub(super) fn title(seen: &Seen) -> String {
    format!("{}: {}", words::name(seen.home()), words::level(seen.figures.level).text)
}

/// Where a home lies, as far as the register says.
pub(super) fn coordinates(seen: &Seen) -> Option<Coordinates> {
    seen.home().head.registration.as_ref()?.coordinates
}

/// How degrees become units.
struct Plan {
    west: f64,
    north: f64,
    /// Units a degree of latitude.
    a_degree: f64,
    /// How much shorter a degree of longitude is here.
    narrower: f64,
    width: f64,
    height: f64,
}

impl Plan {
    fn of(places: impl Iterator<Item = Coordinates> + Clone) -> Option<Self> {
        let span = |of: fn(Coordinates) -> f64| {
            let all = places.clone().map(of);
            let (least, most) = (all.clone().reduce(f64::min)?, all.reduce(f64::max)?);
            Some((least, most))
        };
        let (south, north) = span(|at| at.latitude)?;
        let (west, east) = span(|at| at.longitude)?;
        let narrower = f64::midpoint(south, north).to_radians().cos();
        let (across, down) = ((east - west) * narrower, north - south);
        let a_degree = SIDE / across.max(down).max(LEAST);
        let (width, height) = (across * a_degree, down * a_degree);
        Some(Self { west, north, a_degree, narrower, width, height })
    }

    /// Its place from the left and from above.
    fn place(&self, at: Coordinates) -> (f64, f64) {
        let x = (at.longitude - self.west) * self.narrower * self.a_degree;
        let y = (self.north - at.latitude) * self.a_degree;
        (x + ROOM, y + ROOM)
    }

    /// The longest round number of kilometres that takes no more than a fifth of the longer side.
    fn scale(&self) -> Scale {
        let units = self.a_degree / KM;
        let fits = |km: &u32| f64::from(*km) * units <= SIDE / 5.0;
        let km = [200, 100, 50, 20, 10, 5, 2, 1].into_iter().find(fits).unwrap_or(1);
        Scale { km, length: tenth(f64::from(km) * units) }
    }
}

/// Homes of one postcode lie at one place: the first stands there, the others in rings about it.
fn beside(nth: u32) -> (f64, f64) {
    let (mut ring, mut left) = (0_u32, nth);
    while left >= (6 * ring).max(1) {
        left -= (6 * ring).max(1);
        ring += 1;
    }
    let turn = f64::from(left) / f64::from((6 * ring).max(1)) * std::f64::consts::TAU;
    let away = f64::from(ring) * APART;
    (away * turn.sin(), -away * turn.cos())
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Coordinates {
        Coordinates { latitude, longitude }
    }

    #[test]
    fn a_kilometre_is_as_long_to_the_east_as_to_the_north() {
        let (south_west, north_east) = (at(53.50, -2.50), at(53.59, -1.93));
        let plan = Plan::of([south_west, north_east].into_iter()).unwrap();
        let (x, y) = plan.place(south_west);
        assert_eq!((x, tenth(y)), (ROOM, tenth(plan.height + ROOM)), "west is left, south is down");
        assert_eq!(plan.place(north_east).1, ROOM);
        // 0.57 degrees of longitude at 53.545 degrees north.
        let km = plan.width / 37.66;
        assert!((plan.height / km - 10.0).abs() < 0.1, "{}", plan.height / km);
        let scale = plan.scale();
        assert_eq!(scale.km, 5);
        assert!((scale.length / km - 5.0).abs() < 0.05, "{}", scale.length / km);
    }

    #[test]
    fn one_home_and_homes_of_one_place_are_drawn_too() {
        let plan = Plan::of([at(52.6, 1.3)].into_iter()).unwrap();
        assert_eq!(plan.place(at(52.6, 1.3)), (ROOM, ROOM));
        assert!(Plan::of(std::iter::empty()).is_none());
        let places: Vec<(f64, f64)> = (0..40).map(beside).collect();
        assert_eq!(places[0], (0.0, 0.0));
        for (nth, one) in places.iter().enumerate() {
            for other in &places[..nth] {
                let apart = (one.0 - other.0).hypot(one.1 - other.1);
                assert!(apart > APART - 0.5, "{nth}: {apart}");
            }
        }
    }
}
