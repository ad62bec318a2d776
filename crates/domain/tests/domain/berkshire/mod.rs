//! Every row of the berkshire pack, told with the pack as it ships: what fires, what is just short of
//! it, and what happens when evidence goes, changes or comes late.

pub(crate) mod causes;
pub(crate) mod plans;
pub(crate) mod providers;
pub(crate) mod steady;
pub(crate) mod thresholds;
pub(crate) mod together;
pub(crate) mod weeks;

use std::fmt::Write as _;

use carehub_domain::event::{Event, Kind, Occurred, ProviderRef, Registration, Severity};
use expect_test::Expect;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::said::berkshire;
use crate::story::{Story, given};

const HOME: &str = "1-1000";

/// A Thursday morning.
fn story() -> Story {
    let mut story = given(&berkshire());
    story.at("2024-02-01T10:00:00Z").meanwhile();
    story
}

/// The escalations of a trigger, the oldest first.
#[track_caller]
fn check(story: &Story, trigger: &str, expected: &Expect) {
    let homes = story.state.homes();
    let of_trigger = homes.flat_map(|home| home.escalations());
    let mut all: Vec<_> = of_trigger.filter(|e| e.trigger.as_str() == trigger).collect();
    all.sort_by_key(|e| (e.raised_at, e.home.clone(), e.episode));
    let mut text = String::new();
    for e in all {
        let to: Vec<&str> = e.responsible.iter().map(carehub_domain::BodyId::as_str).collect();
        write!(text, "{} at {}, {:?}, to {}", e.raised_at, e.home, e.level, to.join(" ")).unwrap();
        if !e.scope.is_empty() {
            write!(text, ", {}", e.scope).unwrap();
        }
        if e.episode > 1 {
            write!(text, ", episode {}", e.episode).unwrap();
        }
        if !e.evidence.withdrawn.is_empty() {
            write!(text, ", {} withdrawn", e.evidence.withdrawn.len()).unwrap();
        }
        let holds = if e.still_holds { "" } else { ", holds no longer" };
        writeln!(text, "{holds}\n    {}", e.explanation.sentence).unwrap();
    }
    expected.assert_eq(&text);
}

/// How many escalations a trigger has raised anywhere.
fn raised(story: &Story, trigger: &str) -> usize {
    let all = story.state.homes().flat_map(|home| home.escalations());
    all.filter(|e| e.trigger.as_str() == trigger).count()
}

fn registers(story: &mut Story, home: &str, provider: &str, beds: Option<u32>) {
    let registration = Registration {
        name: "The Elms".to_owned(),
        provider: Some(ProviderRef { id: provider.to_owned(), name: None }),
        brand: None,
        beds,
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    };
    let id = format!("register {home} {}", story.state.position());
    story.says("cqc", home, &id, Event::HomeRegistered(Box::new(registration)));
}

/// The log's clock at ten in the morning of a day.
fn on(story: &mut Story, day: Date) {
    story.at(&format!("{day}T10:00:00Z"));
}

/// A concern of low severity, from a body whose low-level concerns no threshold counts.
fn says(story: &mut Story, home: &str, kind: Kind) -> String {
    says_of(story, home, kind, None)
}

/// One that happened on another day than today.
fn says_of(story: &mut Story, home: &str, kind: Kind, happened: Option<Date>) -> String {
    let id = format!("c{}", story.state.position());
    story.raises("adult-social-care", home, &id, kind, Severity::Low, |concern| {
        if let Some(day) = happened {
            concern.occurred_at = Occurred::Day(day);
        }
    });
    id
}

/// So many concerns in each of so many weeks from a Monday on, on each Wednesday.
fn weekly(story: &mut Story, home: &str, kind: Kind, from: Date, counts: &[u32]) {
    for (week, count) in (0_i64..).zip(counts) {
        for _ in 0..*count {
            on(story, from.saturating_add((week * 7 + 2).days()));
            says(story, home, kind);
        }
    }
}

#[test]
fn the_pack_has_no_faults() {
    let mut policy = berkshire();
    let sharing = include_str!("../../../../../deploy/policy/berkshire/sharing.toml");
    policy.sharing = toml::from_str::<carehub_domain::policy::Policy>(sharing).unwrap().sharing;
    let found = carehub_domain::policy::check(&policy);
    assert!(found.is_empty(), "{found:#?}");
}
