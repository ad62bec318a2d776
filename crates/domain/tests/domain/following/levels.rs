//! Whoever follows a level hears of a home for as long as it stood at it, and of what lowered it.

use carehub_domain::escalation::Level;
use carehub_domain::event::{Event, Request};
use carehub_domain::following::{Act, Cadence, Day, Follow, Settings};
use carehub_domain::policy::{Policy, Rule};

use super::{Desk, HOME, OTHER, at_once, of_home};
use crate::said;

/// The trigger of what a person asks for.
pub(super) const ASKED: &str = "professional-judgement";

/// Nothing raises anything but a person who asks.
pub(super) fn on_request_alone() -> Policy {
    let mut policy = said::norfolk();
    policy.trigger.retain(|trigger| trigger.rule == Rule::Requested {});
    policy
}

/// Quality assurance is asked to act.
pub(super) fn request(level: Level) -> Event {
    Event::EscalationRequested(Request {
        level,
        responsible: vec!["council-qa".to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: Vec::new(),
    })
}

fn following(follows: &[Follow], settings: Settings) -> Desk {
    Desk::under(&on_request_alone(), follows, settings)
}

fn asks(desk: &mut Desk, level: Level) {
    desk.story.says("council-qa", HOME, &format!("ask {level:?}"), request(level));
    assert_eq!(desk.story.seen_by(HOME, "police").home().level(), level);
}

fn closes(desk: &mut Desk) {
    desk.story.finishes("council-qa", HOME, ASKED);
    assert_eq!(desk.story.seen_by(HOME, "police").home().level(), Level::None);
}

/// At major from Monday to Thursday.
fn a_week(follow: Follow) -> Desk {
    let hour = 8.try_into().unwrap();
    let weekly = Settings { cadence: Cadence::Weekly { day: Day::Friday, hour }, ..at_once() };
    let mut desk = following(&[follow], weekly);
    desk.concern(HOME, "before");
    asks(&mut desk, Level::Major);
    desk.story.at("2024-02-06T10:00:00Z");
    desk.concern(HOME, "meanwhile").concern(OTHER, "elsewhere");
    desk.story.at("2024-02-08T10:00:00Z");
    closes(&mut desk);
    desk.concern(HOME, "after");
    desk
}

#[test]
fn a_home_that_stood_at_the_level_is_in_the_digest_though_it_was_lowered_before() {
    let now = "2024-02-09T08:00:00Z";
    let all = a_week(of_home()).plans(now).count;
    for level in [Level::Minor, Level::Moderate, Level::Major] {
        let mut desk = a_week(Follow::Level(level));
        // But for the concerns before and after, and the request itself, before which it stood at none.
        assert_eq!(desk.plans(now).count, all - 3, "{level:?}");
        let Some(Act::Send(_, count)) = desk.act(now) else { panic!("nothing is left") };
        assert_eq!(count, all - 3, "{level:?}");
        desk.made();
        assert_eq!(desk.act("2024-02-16T08:00:00Z"), None, "{level:?}");
    }
}

#[test]
fn a_delivery_that_is_under_way_is_made_though_the_home_was_lowered_meanwhile() {
    let mut desk = following(&[Follow::Level(Level::Major)], at_once());
    asks(&mut desk, Level::Major);
    let plan = desk.plans("2024-02-05T10:00:30Z");
    desk.fails("2024-02-05T10:00:30Z");
    desk.story.at("2024-02-05T10:01:00Z");
    closes(&mut desk);
    let Some(Act::Send(_, count)) = desk.act("2024-02-05T10:02:00Z") else { panic!("it ended") };
    assert_eq!(count, plan.count);
}

#[test]
fn the_closing_that_lowers_a_home_is_told_and_what_comes_after_it_is_not() {
    let mut desk = following(&[Follow::Level(Level::Moderate)], at_once());
    asks(&mut desk, Level::Moderate);
    assert_eq!(desk.plans("2024-02-05T11:00:00Z").count, 1, "that it was raised");
    desk.made();
    desk.story.at("2024-02-05T12:00:00Z");
    closes(&mut desk);
    // Four answers, and what the hub made of each.
    assert_eq!(desk.plans("2024-02-05T13:00:00Z").count, 8);
    desk.made();
    desk.story.at("2024-02-05T14:00:00Z");
    desk.concern(HOME, "after");
    assert_eq!(desk.act("2024-02-05T15:00:00Z"), None);
}

#[test]
fn a_home_that_never_stood_at_the_level_is_not_told() {
    let mut desk = following(&[Follow::Level(Level::Major)], at_once());
    asks(&mut desk, Level::Moderate);
    desk.concern(HOME, "meanwhile");
    closes(&mut desk);
    assert_eq!(desk.act("2024-02-05T15:00:00Z"), None);
}

/// Of two that are open the higher counts, and the other once that one is closed.
#[test]
fn a_home_stands_at_the_highest_level_of_what_is_open() {
    let mut desk =
        following(&[Follow::Level(Level::Major), Follow::Level(Level::Moderate)], at_once());
    asks(&mut desk, Level::Moderate);
    desk.story.at("2024-02-05T10:00:01Z");
    asks(&mut desk, Level::Major);
    desk.plans("2024-02-05T11:00:00Z");
    desk.made();
    desk.story.at("2024-02-05T12:00:00Z");
    desk.story.finishes("council-qa", HOME, ASKED);
    desk.plans("2024-02-05T13:00:00Z");
    desk.made();
    desk.story.at("2024-02-05T14:00:00Z");
    desk.concern(HOME, "after");
    assert_eq!(desk.planned("2024-02-05T15:00:00Z"), Some(1), "it is at moderate still");
    let settings = desk.settings();
    desk.says(Settings { follows: [Follow::Level(Level::Major)].into(), ..settings });
    assert_eq!(desk.act("2024-02-05T15:00:00Z"), None);
}
