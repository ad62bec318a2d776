//! The progress of actions: the rating before and now, on both sides of each day.

use carehub_domain::escalation::{Grade, Rating};
use carehub_domain::event::{ActionAssignment, ActionCompletion, ActionProgress, Event};
use carehub_domain::report::actions::{ActionLine, Actions, OwnerLine};
use carehub_domain::{ActionId, MeasureId};

use super::{COUNCIL, HOME, day, refers, views};
use crate::said::{at, body, norfolk, with_agreement};
use crate::story::{Story, given};

const TRIGGER: &str = "referrals-6m";

fn name(text: &str) -> ActionId {
    ActionId::new(text).unwrap()
}

impl Story {
    fn is_to_do(&mut self, action: &str, due: &str) -> &mut Self {
        let assignment = ActionAssignment {
            escalation: self.last(TRIGGER),
            action: name(action),
            owner: body("hse"),
            measure: MeasureId::new("certificate-seen").unwrap(),
            due: day(due),
            review_on: Some(day("2024-02-15")),
        };
        self.says(COUNCIL, HOME, &format!("assign {action}"), Event::ActionAssigned(assignment))
    }

    fn is_reviewed(
        &mut self,
        action: &str,
        grade: Option<u8>,
        rating: Option<Rating>,
    ) -> &mut Self {
        let progress = ActionProgress {
            escalation: self.last(TRIGGER),
            action: name(action),
            grade: grade.map(|grade| Grade::try_from(grade).unwrap()),
            rating,
            review_on: None,
        };
        let id = format!("progress {action} {grade:?} {rating:?}");
        self.says(COUNCIL, HOME, &id, Event::ActionProgressed(progress))
    }

    fn is_done(&mut self, action: &str) -> &mut Self {
        let completion = ActionCompletion { escalation: self.last(TRIGGER), action: name(action) };
        self.says("hse", HOME, &format!("done {action}"), Event::ActionCompleted(completion))
    }
}

/// An escalation of six referrals with an action that is due on 9 February: amber from the tenth, red from the 24th.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-01T10:00:00Z");
    for nth in 0..6 {
        refers(&mut story, HOME, &format!("a{nth}"), "2024-02-01");
    }
    story.acknowledges(COUNCIL, HOME, TRIGGER).is_to_do("boiler", "2024-02-09");
    story
}

fn report(story: &Story, reader: &str, since: &str, now: &str) -> Actions {
    let serious_after = story.state.policy().process.actions.serious_after_days;
    Actions::of(&views(story, reader), day(since), serious_after, at(now))
}

fn ratings(story: &Story, since: &str, now: &str) -> Vec<(Option<Rating>, Rating)> {
    let actions = report(story, COUNCIL, since, now).actions;
    actions.iter().map(|line| (line.before, line.now)).collect()
}

#[test]
fn the_rating_before_stands_beside_the_one_now() {
    let story = story();
    let (green, amber, red) = (Rating::Green, Rating::Amber, Rating::Red);
    let of = |since: &str, now: &str| ratings(&story, since, now)[0];
    assert_eq!(of("2024-01-31", "2024-02-09T23:59:59Z"), (None, green), "assigned the day after");
    assert_eq!(of("2024-02-01", "2024-02-10T00:00:00Z"), (Some(green), amber));
    assert_eq!(of("2024-02-09", "2024-02-23T23:59:59Z"), (Some(green), amber));
    assert_eq!(of("2024-02-10", "2024-02-24T00:00:00Z"), (Some(amber), red));
    assert_eq!(of("2024-02-24", "2024-03-24T00:00:00Z"), (Some(red), red));
}

#[test]
fn a_rating_by_a_person_holds_from_when_it_was_given() {
    let mut story = story();
    story.at("2024-02-12T10:00:00Z").is_reviewed("boiler", Some(3), Some(Rating::Green));
    let now = "2024-03-24T00:00:00Z";
    let of = |story: &Story, since: &str| ratings(story, since, now)[0];
    let green = Rating::Green;
    assert_eq!(of(&story, "2024-02-11"), (Some(Rating::Amber), green), "the one by dates");
    assert_eq!(of(&story, "2024-02-12"), (Some(green), green));
    // Once another person's rating was replaced, that is what is known of the time before.
    story.at("2024-03-10T10:00:00Z").is_reviewed("boiler", None, Some(Rating::Red));
    assert_eq!(of(&story, "2024-03-09"), (Some(green), Rating::Red));
    assert_eq!(of(&story, "2024-03-10"), (Some(Rating::Red), Rating::Red));
    let line = report(&story, COUNCIL, "2024-03-09", now).actions.remove(0);
    let rated = line.rated.unwrap();
    assert_eq!((rated.previous, rated.by.as_str()), (green, COUNCIL));
    assert_eq!((line.grade, line.is_review_late), (Some(Grade::Slipped), true));
}

#[test]
fn what_was_over_before_is_left_out_and_owners_are_counted_once_for_each() {
    let mut story = story();
    story
        .is_to_do("lift", "2024-02-09")
        .is_to_do("rota", "2024-02-09")
        .is_to_do("door", "2024-06-01");
    story.at("2024-02-08T23:59:59Z").is_done("lift");
    story.at("2024-02-09T00:00:00Z").is_done("boiler");
    story.at("2024-02-12T00:00:00Z").is_reviewed("rota", Some(4), None);
    let names = |since: &str| {
        let actions = report(&story, COUNCIL, since, "2024-03-24T00:00:00Z").actions;
        actions.iter().map(|line: &ActionLine| line.action.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("2024-02-08"), ["door", "rota", "boiler", "lift"]);
    assert_eq!(names("2024-02-09"), ["door", "rota", "boiler"]);
    assert_eq!(names("2024-02-12"), ["door", "rota"]);
    assert_eq!(names("2024-02-13"), ["door"]);
    let owners = report(&story, COUNCIL, "2024-02-08", "2024-06-02T00:00:00Z").owners;
    let expected = OwnerLine { amber: 1, achieved: 2, given_up: 1, ..OwnerLine::default() };
    assert_eq!(owners[&body("hse")], expected);
    // Others than those to whom the escalation is routed see no action.
    assert_eq!(report(&story, "gp-practice", "2024-02-08", "2024-06-02T00:00:00Z").actions, []);
    assert_eq!(report(&story, "hse", "2024-02-08", "2024-06-02T00:00:00Z").actions.len(), 4);
}
