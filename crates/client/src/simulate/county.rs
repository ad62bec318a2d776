//! The homes of the county. Each comes from a stream of chance of its own, so that a larger county
//! begins with the homes of a smaller one.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::REGISTER_OWNER;
use super::lag::{frailty, happens, one_of, skewed};
use crate::event::Draft;

const FIRST: [&str; 24] = [
    "Alder", "Ash", "Beech", "Birch", "Bramble", "Brook", "Cedar", "Clover", "Elm", "Fern",
    "Hawthorn", "Hazel", "Heather", "Holly", "Ivy", "Juniper", "Larch", "Lark", "Linden", "Maple",
    "Oak", "Rowan", "Thorn", "Willow",
];
const SECOND: [&str; 16] = [
    "bank", "bourne", "combe", "croft", "dale", "den", "field", "ford", "garth", "hurst", "ley",
    "mead", "mere", "ridge", "wick", "wood",
];
const LAST: [&str; 8] = ["House", "Court", "Lodge", "Grange", "Manor", "View", "Rest", "Gardens"];
const GROUPS: [&str; 12] = [
    "Harbourlight Care",
    "Northway Homes",
    "Meadowbank Living",
    "Silver Birch Group",
    "Fenland Care",
    "Orchard Homes",
    "Three Rivers Care",
    "Beacon Living",
    "Whitestone Homes",
    "Marsh and Field",
    "Kestrel Care",
    "Lantern Homes",
];
/// Bad homes are few: with this shape the worst tenth is spoken about nearly three times as often as most.
const FRAILTY_SHAPE: f64 = 0.9;

/// A fictional home.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// Its local identifier: the token in subjects.
    pub id: String,
    /// Its invented name.
    pub name: String,
    /// Its beds.
    pub beds: u32,
    /// Its UPRN; all are in a range that no authority has given out.
    pub uprn: String,
    /// Its postcode; there is no area ZZ.
    pub postcode: String,
    /// How much more than others is said about it, 1 on average.
    pub frailty: f64,
    provider: usize,
    nursing: bool,
    registered_on: Date,
}

/// A generator for one purpose: the same seed and stream give the same chance.
pub(super) fn chance(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(stream);
    chance
}

impl Home {
    pub(super) fn of(seed: u64, number: u32) -> Self {
        let mut chance = chance(seed, u64::from(number) * 2);
        let (first, second) = (one_of(&mut chance, &FIRST), one_of(&mut chance, &SECOND));
        let name = format!("{first}{second} {}", one_of(&mut chance, &LAST));
        let groups: Vec<usize> = (0..GROUPS.len()).collect();
        let letters: Vec<char> = ('A'..='Z').collect();
        Self {
            id: format!("F{:05}", number + 1),
            name,
            beds: chance.random_range(8..=60),
            uprn: format!("9999{:08}", number + 1),
            postcode: format!(
                "ZZ{} {}{}{}",
                chance.random_range(1..=99),
                chance.random_range(0..=9),
                one_of(&mut chance, &letters),
                one_of(&mut chance, &letters)
            ),
            frailty: frailty(&mut chance, FRAILTY_SHAPE),
            provider: *skewed(&mut chance, &groups),
            nursing: happens(&mut chance, 0.4),
            registered_on: date(2011, 4, 1)
                .saturating_add(chance.random_range(0..2_500_i64).days()),
        }
    }

    /// Somewhere in the North Sea, in about the extent of a county: no place of anybody. The stream is one of its own.
    fn coordinates(&self, seed: u64) -> Value {
        let mut chance = chance(seed, self.uprn.parse().unwrap_or_default());
        let mut degrees = |from: u32, until: u32| f64::from(chance.random_range(from..until)) / 1e4;
        json!({ "latitude": degrees(540_000, 546_000), "longitude": degrees(10_000, 19_000) })
    }

    /// The event by which the register's owner says that the home exists.
    pub(super) fn registration(&self, seed: u64) -> Draft {
        let data = json!({
            "name": self.name,
            "provider": { "id": format!("FP{:03}", self.provider + 1), "name": GROUPS[self.provider] },
            "beds": self.beds,
            "service": if self.nursing { "nursing" } else { "residential" },
            "uprn": self.uprn,
            "postcode": self.postcode,
            "area": "Fictional County",
            "coordinates": self.coordinates(seed),
            "registered_on": self.registered_on,
        });
        Draft {
            agency: REGISTER_OWNER.to_owned(),
            id: format!("sim-{seed}-register-{}", self.id),
            event_type: "home.registered".to_owned(),
            home: self.id.clone(),
            time: carehub_domain::time::start_of_day(self.registered_on).to_string(),
            data: object(data),
        }
    }
}

/// The fields of a `json!({..})`.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
