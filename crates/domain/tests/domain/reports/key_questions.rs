//! Evidence by CQC's key questions.

use std::fmt::Write as _;

use carehub_domain::Digest;
use carehub_domain::event::{KeyQuestion, Kind, Occurred, Patch, Severity};
use carehub_domain::report::Days;
use carehub_domain::report::key_questions::Gathering;
use expect_test::expect;

use super::{HOME, OTHER, day, registers, views};
use crate::said::norfolk;
use crate::story::{Story, given};

fn report(story: &Story, reader: &str) -> String {
    let mut gathering = Gathering::of(Days { from: day("2024-03-01"), until: day("2024-04-01") });
    for view in views(story, reader) {
        gathering.count(&view);
    }
    let report = gathering.finish();
    let mut text = String::new();
    for line in &report.questions {
        let _ = writeln!(text, "{:?}: {} at {}", line.question, line.incidents, line.homes);
    }
    for (place, counts) in &report.homes {
        let _ = writeln!(text, "{}: {counts:?}", place.id);
    }
    for one in &report.evidence {
        let Some(name) = &one.place.name else { panic!("{one:?}") };
        let _ = writeln!(
            text,
            "{:?}, {name}, {}: {:?}, {:?}, {}",
            one.question, one.happened, one.kind, one.severity, one.agency
        );
    }
    text
}

fn tells(story: &mut Story, agency: &str, home: &str, id: &str, on: &str, of: &[KeyQuestion]) {
    story.raises(agency, home, id, Kind::Complaint, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(day(on));
        concern.incident_ref = id.strip_prefix("same").map(|_| Digest::of_incident("fall"));
        concern.key_questions = of.to_vec();
    });
}

#[test]
fn what_bears_on_a_question_stands_under_it_and_an_incident_counts_once() {
    use KeyQuestion::{Caring, Effective, Responsive, Safe, WellLed};
    let mut story = given(&norfolk());
    story.at("2024-04-20T09:00:00Z");
    registers(&mut story, HOME, "The Elms", "Norfolk");
    registers(&mut story, OTHER, "Sea View", "Suffolk");
    tells(&mut story, "ambulance", HOME, "same 1", "2024-03-10", &[Safe]);
    tells(&mut story, "gp-practice", HOME, "same 2", "2024-03-10", &[Safe, WellLed]);
    tells(&mut story, "cqc", OTHER, "first day", "2024-03-01", &[Safe]);
    tells(&mut story, "cqc", OTHER, "last day", "2024-03-31", &[Caring]);
    tells(&mut story, "cqc", OTHER, "no question", "2024-03-05", &[]);
    tells(&mut story, "cqc", OTHER, "before", "2024-02-29", &[Safe]);
    tells(&mut story, "cqc", OTHER, "after", "2024-04-01", &[Safe]);
    tells(&mut story, "cqc", OTHER, "gone", "2024-03-06", &[Effective]);
    story.withdraws("cqc", OTHER, "gone");
    tells(&mut story, "cqc", OTHER, "put right", "2024-03-07", &[Effective]);
    let set = Patch { key_questions: Some(vec![Responsive]), ..Patch::default() };
    story.corrects("cqc", OTHER, "put right", set);
    expect![[r#"
        Some(Safe): 2 at 2
        Some(Effective): 0 at 0
        Some(Caring): 1 at 1
        Some(Responsive): 1 at 1
        Some(WellLed): 1 at 1
        None: 1 at 1
        1-2000: [1, 0, 1, 1, 0, 1]
        1-1000: [1, 0, 0, 0, 1, 0]
        Safe, Sea View, 2024-03-01: Complaint, Low, cqc
        Safe, The Elms, 2024-03-10: Complaint, Low, ambulance
        Safe, The Elms, 2024-03-10: Complaint, Low, gp-practice
        Caring, Sea View, 2024-03-31: Complaint, Low, cqc
        Responsive, Sea View, 2024-03-07: Complaint, Low, cqc
        WellLed, The Elms, 2024-03-10: Complaint, Low, gp-practice
    "#]]
    .assert_eq(&report(&story, "cqc"));
}
