//! Homes by place and level, drawn as SVG, without a map of anybody else: each home where its coordinates are. Homes
//! of which the register gives none stand below by local authority and postcode district, each by the mark of its level.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::escalation::Level;

use super::frame::{Frame, Section};
use super::map_marks::{self, Marks, Shape};
use super::{PageProblem, rendered, words};
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::App;

/// How many homes of no level are drawn one by one; more of them are a number.
const DRAWN: usize = 2_000;

/// The levels, the highest first.
const LEVELS: [Level; 4] = [Level::Major, Level::Moderate, Level::Minor, Level::None];

#[derive(Template)]
#[template(path = "map.html")]
struct MapPage {
    frame: Frame,
    map: Option<Marks>,
    areas: Vec<Area>,
    levels: Vec<(words::Tag, Shape, usize)>,
    undrawn: usize,
}

struct Area {
    name: String,
    districts: Vec<District>,
}

struct District {
    name: String,
    /// How many homes there are, and how many of them at each level, the highest first.
    says: String,
    marks: Vec<ListedMark>,
}

/// A home whose place nobody knows.
struct ListedMark {
    id: String,
    title: String,
    shape: Shape,
}

/// Homes by place and level.
#[utoipa::path(get, path = "/map", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn map(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
) -> Result<Response, PageProblem> {
    let mut homes: Vec<Seen> = app
        .all_seen(&who.agency)
        .filter(|seen| seen.home().id().is_place() && seen.home().head.closed_on.is_none())
        .collect();
    homes.sort_by_cached_key(|seen| {
        (std::cmp::Reverse(seen.figures.level), words::name(seen.home()))
    });
    note.homes(homes.iter().map(|seen| seen.home().id()));
    let of = |level| homes.iter().filter(|seen| seen.figures.level == level).count();
    let levels = LEVELS.map(|level| (words::level(level), map_marks::shape(level), of(level)));
    let raised = homes.iter().filter(|seen| seen.figures.level > Level::None).count();
    let drawn = raised.max(DRAWN).min(homes.len());
    let (placed, elsewhere): (Vec<&Seen>, Vec<&Seen>) =
        homes.iter().take(drawn).partition(|seen| map_marks::coordinates(seen).is_some());
    let mut places: BTreeMap<String, BTreeMap<String, Vec<&Seen>>> = BTreeMap::new();
    for seen in elsewhere {
        let registration = seen.home().head.registration.as_ref();
        let area = registration.and_then(|known| known.area.clone());
        let postcode = registration.and_then(|known| known.postcode.as_deref());
        let district = postcode.and_then(|code| code.split_whitespace().next()).unwrap_or("?");
        let area = area.unwrap_or_else(|| "Area not known".to_owned());
        places.entry(area).or_default().entry(district.to_owned()).or_default().push(seen);
    }
    rendered(&MapPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        map: map_marks::marks(placed),
        areas: places.into_iter().map(Area::of).collect(),
        levels: levels.into(),
        undrawn: homes.len() - drawn,
    })
}

impl Area {
    fn of((name, districts): (String, BTreeMap<String, Vec<&Seen>>)) -> Self {
        Self { name, districts: districts.into_iter().map(District::of).collect() }
    }
}

impl District {
    fn of((name, homes): (String, Vec<&Seen>)) -> Self {
        let marks = homes.iter().map(|seen| ListedMark {
            id: seen.home().id().to_string(),
            title: map_marks::title(seen),
            shape: map_marks::shape(seen.figures.level),
        });
        Self { name, says: says(&homes), marks: marks.collect() }
    }
}

/// How many homes these are, and of which levels: `3 homes: 1 moderate, 2 no level`.
fn says(homes: &[&Seen]) -> String {
    let of = |level| homes.iter().filter(|seen| seen.figures.level == level).count();
    let there = LEVELS.map(|level| (words::level(level).text.to_lowercase(), of(level)));
    let there = there.iter().filter(|(_, count)| *count > 0);
    let levels: Vec<String> = there.map(|(level, count)| format!("{count} {level}")).collect();
    let homes = words::plural(homes.len() as u32, "home", "homes");
    format!("{homes}: {}", levels.join(", "))
}
