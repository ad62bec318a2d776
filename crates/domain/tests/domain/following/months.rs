//! Of what a reader knows the month only they hear when that month is over, and nothing that they hear, or do not,
//! tells the day.

use std::sync::Arc;

use carehub_domain::escalation::Level;
use carehub_domain::event::{Handling, HandlingCode, Kind, Patch, ReportedBy, Severity};
use carehub_domain::following::{Act, Cadence, Day, Follow, Settings};
use carehub_domain::picture::What;
use carehub_domain::sharing::Reader;
use jiff::{SignedDuration, Timestamp};

use super::levels::{ASKED, on_request_alone, request};
use super::{Desk, HOME, at_once, daily, of_home, person};
use crate::said::{self, at, body};

/// Somebody of quality assurance.
fn following(follows: &[Follow], settings: Settings) -> Desk {
    let policy = said::with_agreement(on_request_alone());
    let mut desk = Desk::under(&policy, follows, settings);
    desk.reader = Some(Arc::new(Reader::new(&policy, &body("council-qa"))));
    desk
}

/// A complaint that CQC shares; from a whistle-blower quality assurance knows its month only.
fn report(desk: &mut Desk, id: &str, by: Option<ReportedBy>) {
    desk.story.raises("cqc", HOME, id, Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = by;
        concern.handling = Some(Handling { code: HandlingCode::P, audience: Vec::new() });
    });
}

fn whistle(desk: &mut Desk) {
    report(desk, "whistle", Some(ReportedBy::WhistleBlower));
}

#[test]
fn it_is_told_once_when_its_month_is_over_and_not_before() {
    let mut desk = following(&[of_home()], at_once());
    whistle(&mut desk);
    report(&mut desk, "plain", None);
    let view = desk.story.seen_by(HOME, "council-qa");
    let seen = view.home().concerns_as_filed().map(|(item, _)| view.is_month_only(item));
    assert_eq!(seen.collect::<Vec<_>>(), [true, false], "both are seen");
    assert_eq!(desk.plans("2024-02-05T10:05:00Z").count, 1);
    desk.made();
    for now in ["2024-02-05T10:25:00Z", "2024-02-29T23:59:59Z", "2024-03-01T00:00:29Z"] {
        assert_eq!(desk.act(now), None, "{now}");
    }
    assert_eq!(desk.plans("2024-03-01T00:00:30Z").count, 1);
    let Some(Act::Send(_, 1)) = desk.act("2024-03-01T00:00:30Z") else { panic!("nothing is left") };
    desk.made();
    for now in ["2024-03-01T09:00:00Z", "2024-03-31T23:30:00Z", "2024-05-01T09:00:00Z"] {
        assert_eq!(desk.act(now), None, "{now}");
    }
}

/// In summer a month of London is over an hour before that of UTC.
#[test]
fn the_month_is_that_of_london() {
    let mut desk = following(&[of_home()], at_once());
    desk.story.at("2024-06-30T22:59:59Z");
    whistle(&mut desk);
    assert_eq!(desk.act("2024-06-30T23:00:29Z"), None);
    assert_eq!(desk.planned("2024-06-30T23:00:30Z"), Some(1));
    let mut desk = following(&[of_home()], at_once());
    desk.story.at("2024-06-30T23:00:00Z");
    whistle(&mut desk);
    assert_eq!(desk.act("2024-07-31T22:59:59Z"), None);
    assert_eq!(desk.planned("2024-07-31T23:00:30Z"), Some(1));
}

/// What was told after it in the log does not hide it, nor does a digest at the very hour.
#[test]
fn a_digest_at_the_hour_at_which_a_month_is_over_tells_it_with_the_rest() {
    let mut desk = following(&[of_home()], daily(0));
    whistle(&mut desk);
    desk.story.at("2024-02-06T10:00:00Z");
    report(&mut desk, "later", None);
    assert_eq!(desk.plans("2024-02-07T00:00:00Z").count, 1);
    desk.made();
    assert_eq!(desk.act("2024-02-29T23:59:59Z"), None);
    assert_eq!(desk.plans("2024-03-01T00:00:00Z").count, 1);
    desk.made();
    // The next digest has what came since, and that is all.
    desk.story.at("2024-03-01T10:00:00Z");
    report(&mut desk, "last", None);
    assert_eq!(desk.plans("2024-03-02T00:00:00Z").count, 1);
    desk.made();
    assert_eq!(desk.act("2024-03-03T00:00:00Z"), None);
}

/// A message on the first of a month about something else tells it, too: it is not told again.
#[test]
fn it_comes_with_whatever_is_told_first_after_its_month() {
    let mut desk = following(&[of_home()], daily(8));
    whistle(&mut desk);
    desk.story.at("2024-02-29T07:00:00Z");
    report(&mut desk, "plain", None);
    // The digest of the day before, which the hub was down for: the month is over when it is made.
    assert_eq!(desk.plans("2024-03-01T01:00:00Z").count, 2);
    desk.made();
    assert_eq!(desk.act("2024-03-01T08:00:00Z"), None);
}

/// Everything that is planned by the hour, when a report came on one day of February or on another.
fn acts_with_a_report_on(day: &str, follow: &Follow, settings: Settings) -> Vec<(Timestamp, u32)> {
    let mut desk = following(&[], settings);
    let days = ["07", "08", "12", "15", "20"];
    for today in days {
        desk.story.at(&format!("2024-02-{today}T10:00:00Z"));
        match today {
            "08" => {
                desk.story.says("cqc", HOME, "ask", request(Level::Major));
            }
            "12" => {
                let settings = desk.settings();
                desk.says(Settings { follows: [follow.clone()].into(), ..settings });
            }
            "15" => {
                desk.story.finishes("council-qa", HOME, ASKED);
            }
            _ => {}
        }
        if today == day {
            whistle(&mut desk);
        }
    }
    let mut planned = Vec::new();
    for hour in 0..24 * 40 {
        let now = at("2024-02-20T11:00:00Z") + SignedDuration::from_hours(hour);
        if let Some(Act::Plan(number, plan)) = desk.act_at(now) {
            planned.push((now, plan.count));
            desk.book.person_mut(&person()).take_plan(number, plan);
            desk.made();
        }
    }
    planned
}

/// Neither whether it came before it was followed, nor at which level the home stood that day.
#[test]
fn what_is_told_is_the_same_whatever_the_day_in_its_month() {
    let hour = 8.try_into().unwrap();
    let weekly = Settings { cadence: Cadence::Weekly { day: Day::Friday, hour }, ..at_once() };
    for settings in [at_once(), daily(8), weekly] {
        for follow in [of_home(), Follow::Level(Level::Major)] {
            let acts = |day| acts_with_a_report_on(day, &follow, settings.clone());
            let first = acts("07");
            let of_march = first.iter().filter(|(now, _)| *now >= at("2024-03-01T00:00:00Z"));
            assert_eq!(of_march.map(|(_, count)| count).sum::<u32>(), 1, "{follow:?} {first:?}");
            for day in ["08", "12", "15", "20"] {
                assert_eq!(acts(day), first, "{follow:?} {day}");
            }
        }
    }
}

#[test]
fn what_was_reported_in_a_month_before_it_was_followed_is_not_told() {
    let mut desk = following(&[], at_once());
    whistle(&mut desk);
    desk.story.at("2024-03-01T00:00:00Z");
    report(&mut desk, "plain", None);
    let settings = desk.settings();
    desk.says(Settings { follows: [of_home()].into(), ..settings });
    assert_eq!(desk.act("2024-03-02T10:00:00Z"), None);
    assert_eq!(desk.act("2024-04-02T10:00:00Z"), None);
}

/// That others corrected it tells that it was there by then.
#[test]
fn what_is_said_about_it_waits_for_its_month_too() {
    let mut desk = following(&[of_home()], at_once());
    whistle(&mut desk);
    desk.story.at("2024-02-06T10:00:00Z");
    let set = Patch { severity: Some(Severity::Medium), ..Patch::default() };
    desk.story.corrects("cqc", HOME, "whistle", set);
    let view = desk.story.seen_by(HOME, "council-qa");
    let about = |what: &What| matches!(what, What::Event { about: Some(_), .. });
    assert_eq!(
        view.home().items().iter().filter(|item| about(&item.what)).count(),
        1,
        "it is seen"
    );
    assert_eq!(desk.act("2024-02-29T23:59:59Z"), None);
    assert_eq!(desk.planned("2024-03-01T00:00:30Z"), Some(2));
}
