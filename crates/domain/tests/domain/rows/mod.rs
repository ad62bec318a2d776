//! Every row of the norfolk pack that a concern or a decision can meet (triggers.md §4), told with the
//! pack that ships: on both sides of its boundary, its neighbour that does not fire, and what it does
//! when evidence is corrected, withdrawn or late. What is overdue has the same in `overdue.rs`.

mod across;
pub(crate) mod building;
pub(crate) mod case_e;
pub(crate) mod counts;
pub(crate) mod deaths;
pub(crate) mod directors;
pub(crate) mod pictures;
pub(crate) mod summit;

use carehub_domain::event::{Kind, Occurred, Severity};

use crate::said::norfolk;
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";
const QA: &str = "council-qa";

/// A Thursday morning in February, and nobody has said anything.
fn story() -> Story {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    story
}

fn day(text: &str) -> Occurred {
    Occurred::Day(text.parse().unwrap())
}

fn low(story: &mut Story, agency: &str, id: &str, kind: Kind) {
    story.raises(agency, HOME, id, kind, Severity::Low, |_| {});
}

/// Whether a trigger raised anything anywhere.
fn raised(story: &Story, trigger: &str) -> usize {
    let homes = story.state.homes();
    homes.flat_map(|home| home.escalations()).filter(|e| e.trigger.as_str() == trigger).count()
}

#[test]
fn one_single_example_of_poor_care_raises_nothing() {
    for kind in [Kind::MedicationError, Kind::Understaffing, Kind::Nutrition, Kind::MissedVisit] {
        for severity in [Severity::Low, Severity::Medium] {
            let mut story = story();
            story.raises(QA, HOME, "c", kind, severity, |_| {});
            story.then(&expect_test::expect![[""]]);
        }
    }
}

#[test]
fn every_trigger_of_the_pack_stands_in_the_requirements_with_its_test() {
    let requirements = include_str!("../../../../../docs/REQUIREMENTS.md");
    let (_, rows) = requirements.split_once("§4 and their tests").unwrap();
    for trigger in &crate::said::norfolk_whole().trigger {
        assert!(rows.contains(&format!("`{}`", trigger.id)), "{}", trigger.id);
    }
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[one_single_example_of_poor_care_raises_nothing];
