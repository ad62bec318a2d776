//! Every number of the shipped packs is held by a story: with the number one higher or lower, some story of
//! the pack ends otherwise. What is compared is what the hub says and when, never a sentence that repeats
//! the number.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::{berkshire, overdue, rows};

/// One number of a pack that is another.
#[derive(Debug, Clone)]
struct Change {
    version: &'static str,
    trigger: String,
    path: Vec<String>,
    value: toml::Value,
}

thread_local! {
    static CHANGE: RefCell<Option<Change>> = const { RefCell::new(None) };
    static RECORD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Puts the number that is tried out into a pack that is being read.
pub(crate) fn change(version: &str, pack: &mut toml::Table) {
    CHANGE.with_borrow(|change| {
        let Some(change) = change.as_ref().filter(|change| change.version == version) else {
            return;
        };
        let triggers = pack.get_mut("trigger").and_then(toml::Value::as_array_mut).unwrap();
        let trigger = triggers.iter_mut().find(|t| t["id"].as_str() == Some(&change.trigger));
        let mut at = trigger.unwrap();
        for key in &change.path {
            at = at.get_mut(key).unwrap();
        }
        *at = change.value.clone();
    });
}

/// Keeps what a story tells of each message, while a number is tried out.
pub(crate) fn record(now: Timestamp, told: &str) {
    RECORD.with_borrow_mut(|record| {
        if let Some(record) = record.as_mut() {
            record.push_str(&format!("{now} {told}\n"));
        }
    });
}

/// What a scenario tells, up to where it ends or fails.
fn told(scenario: fn(), change: Option<Change>) -> (String, bool) {
    CHANGE.set(change);
    RECORD.set(Some(String::new()));
    let ended = catch_unwind(AssertUnwindSafe(scenario)).is_ok();
    CHANGE.set(None);
    (RECORD.take().unwrap_or_default(), ended)
}

/// The numbers one higher and one lower, the window one unit longer and shorter, the gravity one step up
/// and down.
fn changes(version: &'static str, pack: &toml::Table) -> Vec<Change> {
    let mut all = Vec::new();
    for trigger in pack["trigger"].as_array().unwrap() {
        if trigger.get("off").and_then(toml::Value::as_bool) == Some(true) {
            continue;
        }
        let id = trigger["id"].as_str().unwrap();
        let table = trigger.as_table().unwrap();
        let mut add = |path: &[&str], value: toml::Value| {
            all.push(Change {
                version,
                trigger: id.to_owned(),
                path: path.iter().map(|key| (*key).to_owned()).collect(),
                value,
            });
        };
        for (key, value) in table {
            match (key.as_str(), value) {
                (
                    "more_than" | "at_least" | "homes" | "weeks" | "history_weeks"
                    | "longest_weeks" | "half_life_days" | "closed_within_days",
                    toml::Value::Integer(number),
                ) => {
                    for other in [number - 1, number + 1].into_iter().filter(|n| *n >= 0) {
                        add(&[key], other.into());
                    }
                }
                ("limit" | "higher_limit", toml::Value::Float(number)) => {
                    for other in [number - 1.0, number + 1.0] {
                        add(&[key], other.into());
                    }
                }
                ("rise", toml::Value::Float(number)) => {
                    for other in [number * 0.75, number * 1.5] {
                        add(&[key], other.into());
                    }
                }
                ("alpha" | "chance" | "share", toml::Value::Float(number)) => {
                    for other in [number / 10.0, (number * 10.0).min(1.0)] {
                        add(&[key], other.into());
                    }
                }
                ("window", toml::Value::String(text)) => {
                    let (number, unit) = text.split_once(' ').unwrap();
                    let unit = format!("{}s", unit.trim_end_matches('s'));
                    let number: i64 = number.parse().unwrap();
                    let shorter = match number {
                        1 if unit == "months" => "27 days".to_owned(),
                        _ => format!("{} {unit}", number - 1),
                    };
                    for other in [shorter, format!("{} {unit}", number + 1)] {
                        add(&[key], other.into());
                    }
                }
                ("weights", toml::Value::Table(weights)) => {
                    for (severity, weight) in weights {
                        let weight = weight.as_float().unwrap();
                        for other in [weight * 0.5, weight + 1.0] {
                            add(&[key, severity], other.into());
                        }
                    }
                }
                ("match", toml::Value::Table(matching)) => {
                    if let Some(given) = matching.get("severities").and_then(toml::Value::as_array)
                    {
                        for other in severities(given) {
                            add(&[key, "severities"], other);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    all
}

/// Without the least grave of them, and with the next less grave or graver one.
fn severities(given: &[toml::Value]) -> Vec<toml::Value> {
    let all = ["low", "medium", "high", "critical"];
    let place = |value: &toml::Value| all.iter().position(|s| value.as_str() == Some(s)).unwrap();
    let (least, most) =
        (given.iter().map(place).min().unwrap(), given.iter().map(place).max().unwrap());
    let list = |from: usize, to: usize| toml::Value::from(all[from..=to].to_vec());
    let mut others = Vec::new();
    if least < most {
        others.push(list(least + 1, most));
    }
    if least > 0 {
        others.push(list(least - 1, most));
    }
    if most < 3 {
        others.push(list(least, most + 1));
    }
    others
}

/// The changes that no story notices.
fn unnoticed(version: &'static str, pack: &toml::Table, stories: &[&[fn()]]) -> Vec<String> {
    let stories: Vec<fn()> = stories.iter().flat_map(|some| some.iter().copied()).collect();
    let usual: Vec<String> = stories
        .iter()
        .map(|story| {
            let (told, ended) = told(*story, None);
            assert!(ended, "a story fails as it is");
            told
        })
        .collect();
    let mut unnoticed = Vec::new();
    for change in changes(version, pack) {
        // Those that tell of the trigger first.
        let mut order: Vec<usize> = (0..stories.len()).collect();
        let tells = format!(" {} ", change.trigger);
        order.sort_by_key(|nth| (!usual[*nth].contains(&tells), usual[*nth].len()));
        // One that fails at a sentence that repeats the number has told the same up to there.
        let notices =
            |nth: &usize| !usual[*nth].starts_with(&told(stories[*nth], Some(change.clone())).0);
        if !order.iter().any(notices) {
            let path = change.path.join(".");
            unnoticed.push(format!("{} {path} = {}", change.trigger, change.value));
        }
    }
    unnoticed
}

/// A pack as its files say it.
fn table(texts: &[&str]) -> toml::Table {
    let mut all: Vec<toml::Value> = Vec::new();
    for text in texts {
        let table: toml::Table = text.parse().unwrap();
        all.extend(table["trigger"].as_array().unwrap().iter().cloned());
    }
    toml::Table::from_iter([("trigger".to_owned(), toml::Value::Array(all))])
}

/// Panics of the stories that are told with other numbers are expected, and say nothing.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CHANGE.with_borrow(Option::is_none) {
                usual(info);
            }
        }));
    });
}

#[expect(clippy::disallowed_methods, reason = "it is the switch of the snapshots themselves")]
#[track_caller]
fn check(version: &'static str, texts: &[&str], stories: &[&[fn()]], expected: &[&str]) {
    // A story that fails with another number must not write its text anew.
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        return;
    }
    quiet();
    let found = unnoticed(version, &table(texts), stories);
    assert_eq!(found, expected, "no story tells these numbers from those of the pack");
}

/// These set how rare "unusual" is and how far it looks, and are nobody's threshold: a story on either side of
/// each would need years of a whole district. `tests/statistics` holds what they mean.
const HOW_RARE: [&str; 11] = [
    "unusually-quiet alpha = 0.0001",
    "unusually-quiet alpha = 0.01",
    "unusually-quiet history_weeks = 103",
    "unusually-quiet history_weeks = 105",
    "unusually-busy alpha = 0.0001",
    "unusually-busy alpha = 0.01",
    "unusually-busy history_weeks = 103",
    "unusually-busy history_weeks = 105",
    "provider-run chance = 0.01",
    "provider-run longest_weeks = 5",
    "provider-run longest_weeks = 7",
];

#[test]
fn every_number_of_norfolk_is_held_by_a_story() {
    let texts = [
        include_str!("../../../../deploy/policy/norfolk/triggers-building.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers-gravest.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers-late.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers.toml"),
    ];
    check(
        "norfolk-1",
        &texts,
        &[
            rows::building::SCENARIOS,
            rows::case_e::SCENARIOS,
            rows::counts::SCENARIOS,
            rows::deaths::SCENARIOS,
            rows::directors::SCENARIOS,
            rows::SCENARIOS,
            rows::pictures::SCENARIOS,
            rows::summit::SCENARIOS,
            overdue::SCENARIOS,
        ],
        &[],
    );
}

#[test]
fn every_number_of_berkshire_is_held_by_a_story() {
    let texts = [
        include_str!("../../../../deploy/policy/berkshire/causes.toml"),
        include_str!("../../../../deploy/policy/berkshire/patterns.toml"),
        include_str!("../../../../deploy/policy/berkshire/people.toml"),
        include_str!("../../../../deploy/policy/berkshire/thresholds.toml"),
    ];
    check(
        "berkshire-1",
        &texts,
        &[
            berkshire::causes::SCENARIOS,
            berkshire::plans::SCENARIOS,
            berkshire::providers::SCENARIOS,
            berkshire::steady::SCENARIOS,
            berkshire::thresholds::SCENARIOS,
            berkshire::together::SCENARIOS,
            berkshire::weeks::SCENARIOS,
        ],
        &HOW_RARE,
    );
}
