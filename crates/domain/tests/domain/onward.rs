//! A triaged concern goes on to other roles by a day (Norfolk 7.3.20): who is told, who is chased and when, and what
//! ends that.

use carehub_domain::event::{
    EnquiryCheck, Event, EventRef, Handling, HandlingCode, Kind, Reception, Record, Severity,
    SupportCount, Triage, TriageOutcome,
};
use carehub_domain::picture::{What, revision};
use expect_test::expect;
use jiff::civil::{Date, date};

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const QA: &str = "council-qa";
const HEALTH: &str = "health-commissioner";

/// A Thursday morning, and a concern of a practice.
fn story() -> Story {
    let mut story = given(&norfolk_whole());
    story.at("2024-02-01T10:00:00Z");
    story.raises("gp-practice", HOME, "c1", Kind::Nutrition, Severity::Low, |_| {});
    story
}

fn of_the_practice(id: &str) -> EventRef {
    EventRef { id: id.to_owned(), agency: Some(said::body("gp-practice")) }
}

fn triages(story: &mut Story, onward_to: &[&str], onward_by: Option<Date>) {
    let home = story.state.home(&said::home(HOME)).unwrap();
    let newest = home.items().iter().next_back().map(|item| item.reference);
    let triage = Triage {
        triages: of_the_practice("c1"),
        outcome: TriageOutcome::Other,
        picture_revision: revision::mark(home.id(), newest),
        onward_to: onward_to.iter().map(|role| (*role).to_owned()).collect(),
        onward_by,
    };
    let id = format!("triage {onward_to:?}");
    story.says(QA, HOME, &id, Event::Record(Record::Triaged(triage)));
}

fn receives(story: &mut Story, by: &str, concern: &str) {
    let reception = Reception { receives: of_the_practice(concern), received_on: date(2024, 2, 1) };
    let id = format!("{by} has {concern}");
    story.says(by, HOME, &id, Event::Record(Record::ConcernReceived(reception)));
}

/// The escalations that chase what was passed on: when each was raised, to whom, and whether it holds.
fn chased(story: &Story) -> Vec<(String, Vec<String>, bool)> {
    let home = story.state.home(&said::home(HOME)).unwrap();
    let all = home.escalations().filter(|one| one.trigger.as_str() == "onward-route");
    let to = |one: &carehub_domain::escalation::Escalation| {
        one.responsible.iter().map(ToString::to_string).collect()
    };
    all.map(|one| (one.raised_at.to_string(), to(one), one.still_holds)).collect()
}

fn late(at: &str, to: &[&str], holds: bool) -> (String, Vec<String>, bool) {
    (at.to_owned(), to.iter().map(|body| (*body).to_owned()).collect(), holds)
}

#[test]
fn whoever_a_concern_goes_on_to_is_told_and_chased_once_after_the_day() {
    let mut story = story();
    triages(&mut story, &[HEALTH, "acute-trust", QA], Some(date(2024, 2, 6)));
    story.then(&expect![[r#"
        council-qa triage ["health-commissioner", "acute-trust", "council-qa"] -> notice concern passed on at 1-1000, as Other by Some(2024-02-06) to acute-trust
        council-qa triage ["health-commissioner", "acute-trust", "council-qa"] -> notice concern passed on at 1-1000, as Other by Some(2024-02-06) to health-commissioner
    "#]]);
    receives(&mut story, HEALTH, "c1");
    story.tick("2024-02-06T23:59:58Z");
    assert_eq!(chased(&story), [], "the day is not over");
    story.tick("2024-02-06T23:59:59Z");
    let once = [late("2024-02-06T23:59:59Z", &["acute-trust"], true)];
    assert_eq!(chased(&story), once, "whoever has it is not chased");
    story.tick("2024-02-20T10:00:00Z");
    assert_eq!(chased(&story), once, "once");
    receives(&mut story, "acute-trust", "c1");
    assert_eq!(chased(&story), [late("2024-02-06T23:59:59Z", &["acute-trust"], false)]);
    // Said again it is nobody's business any more.
    receives(&mut story, "acute-trust", "c1");
    story.tick("2024-04-20T10:00:00Z");
    assert_eq!(chased(&story).len(), 1);
}

#[test]
fn where_the_triage_names_no_day_or_one_that_is_over_it_has_five_working_days() {
    for by in [None, Some(date(2024, 1, 31))] {
        let mut story = story();
        triages(&mut story, &[HEALTH], by);
        story.tick("2024-02-08T23:59:58Z");
        assert_eq!(chased(&story), []);
        story.tick("2024-02-08T23:59:59Z");
        assert_eq!(chased(&story), [late("2024-02-08T23:59:59Z", &[HEALTH], true)]);
    }
}

#[test]
fn what_has_come_in_time_was_withdrawn_or_goes_on_to_nobody_is_not_chased() {
    let mut come = story();
    triages(&mut come, &[HEALTH], None);
    receives(&mut come, HEALTH, "c1");
    let mut withdrawn = story();
    triages(&mut withdrawn, &[HEALTH], None);
    withdrawn.withdraws("gp-practice", HOME, "c1");
    let mut own = story();
    triages(&mut own, &[QA], None);
    let mut nobody = story();
    triages(&mut nobody, &[], None);
    for mut story in [come, withdrawn, own, nobody] {
        story.tick("2024-03-08T10:00:00Z");
        assert_eq!(chased(&story), []);
    }
}

#[test]
fn nobody_is_told_or_chased_who_may_not_know_of_the_concern() {
    let mut story = given(&norfolk_whole());
    story.at("2024-02-01T10:00:00Z");
    story.raises("gp-practice", HOME, "c1", Kind::Nutrition, Severity::Low, |concern| {
        let audience = vec![said::body(QA)];
        concern.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    story.meanwhile();
    triages(&mut story, &[HEALTH], None);
    story.then(&expect![[""]]);
    story.tick("2024-03-08T10:00:00Z");
    assert_eq!(chased(&story), []);
    // Nor can it say that it has what it cannot know of.
    story.meanwhile();
    receives(&mut story, HEALTH, "c1");
    story.then(&expect![[r#"
        health-commissioner health-commissioner has c1: event-unknown
    "#]]);
}

#[test]
fn a_manager_checks_what_an_enquiry_came_to() {
    let mut story = story();
    story.raises("council-safeguarding", HOME, "e1", Kind::EnquiryOutcome, Severity::Low, |_| {});
    story.meanwhile();
    let checks = |story: &mut Story, by: &str, of: &str, id: &str| {
        let check = EnquiryCheck {
            checks: EventRef { id: id.to_owned(), agency: Some(said::body(of)) },
            checked_by_role: "locality-management".to_owned(),
            checked_on: date(2024, 2, 1),
            agrees: true,
        };
        let id = format!("{by} checks {id}");
        story.says(by, HOME, &id, Event::Record(Record::EnquiryChecked(check)));
    };
    checks(&mut story, "council-safeguarding", "council-safeguarding", "e1");
    checks(&mut story, QA, "council-safeguarding", "e1");
    story.then(&expect![[""]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let checked = home.items().iter().filter(|item| match &item.what {
        What::Event { event, about, .. } => {
            let about = about.and_then(|about| home.concern(about));
            *event == carehub_domain::event::EventType::EnquiryChecked
                && about.is_some_and(|(_, concern)| concern.kind == Kind::EnquiryOutcome)
        }
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => false,
    });
    assert_eq!(checked.count(), 2);
    // Neither anybody, nor of anything else, nor of nothing.
    checks(&mut story, "fire", "council-safeguarding", "e1");
    checks(&mut story, QA, "gp-practice", "c1");
    checks(&mut story, QA, "gp-practice", "c9");
    story.then(&expect![[r#"
        fire fire checks e1: not-permitted
        council-qa council-qa checks c1: event-unknown
        council-qa council-qa checks c9: event-unknown
    "#]]);
}

#[test]
fn the_newest_count_of_support_stands() {
    let mut story = story();
    let counts = |story: &mut Story, by: &str, on: Date, waiting: u32| {
        let count =
            SupportCount { role: QA.to_owned(), counted_on: on, places: 6, in_use: 6, waiting };
        let id = format!("{by} counts {on}");
        story.says(by, "general", &id, Event::Record(Record::SupportCounted(count)));
    };
    let waiting = |story: &Story| {
        let general = story.state.home(&said::home("general")).unwrap();
        general.head.records.support.get(QA).map(|support| support.waiting)
    };
    counts(&mut story, QA, date(2024, 2, 1), 2);
    assert_eq!(waiting(&story), Some(2));
    counts(&mut story, QA, date(2024, 1, 31), 9);
    assert_eq!(waiting(&story), Some(2), "an older one comes later");
    counts(&mut story, QA, date(2024, 2, 2), 3);
    assert_eq!(waiting(&story), Some(3));
    story.meanwhile();
    counts(&mut story, "provider", date(2024, 2, 3), 0);
    story.then(&expect![[r#"
        provider provider counts 2024-02-03: not-permitted
    "#]]);
    assert_eq!(waiting(&story), Some(3));
}
