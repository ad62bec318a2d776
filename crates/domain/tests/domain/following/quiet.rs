//! Quiet hours, and what fails before them or in them.

use carehub_domain::following::{Act, Cadence, EndedWhy, Settings};
use jiff::SignedDuration;

use super::{Desk, HOME, at_once, daily, grave, of_home, quiet};
use crate::said::at;

/// Somebody who hears at once and has quiet hours from ten to seven, with one message that fell due before.
fn planned_before_ten(settings: Settings) -> Desk {
    let settings = Settings { quiet: Some(quiet(22, 7)), ..settings };
    let mut desk = Desk::following(&[of_home()], settings);
    desk.story.at("2024-02-05T21:58:30Z");
    desk
}

#[test]
fn what_fails_before_quiet_hours_is_tried_again_after_them() {
    let mut desk = planned_before_ten(at_once());
    desk.concern(HOME, "c-1");
    desk.plans("2024-02-05T21:59:00Z");
    desk.fails("2024-02-05T21:59:30Z");
    let start = at("2024-02-05T22:00:00Z");
    for minute in 0..9 * 60 {
        let now = start + SignedDuration::from_mins(minute);
        assert_eq!(desk.act_at(now), None, "{now}");
    }
    assert!(matches!(desk.act("2024-02-06T07:00:00Z"), Some(Act::Send(_, 1))));
    // Nor is it sent in the next night, and it is given up in time all the same.
    desk.fails("2024-02-06T21:59:59Z");
    assert_eq!(desk.act("2024-02-06T23:00:00Z"), None);
    let outdated = Some(Act::End(1, EndedWhy::Outdated));
    assert_eq!(desk.act("2024-02-10T21:59:00Z"), outdated);
    assert_eq!(desk.act("2024-02-10T23:00:00Z"), outdated);
}

/// A hub that was stopped between the plan and the first try.
#[test]
fn what_was_never_tried_waits_for_their_end_too() {
    let mut desk = planned_before_ten(at_once());
    desk.concern(HOME, "c-1");
    desk.plans("2024-02-05T21:59:59Z");
    assert_eq!(desk.act("2024-02-05T22:00:00Z"), None);
    assert!(matches!(desk.act("2024-02-06T07:00:00Z"), Some(Act::Send(_, 1))));
    // Hours that were made quiet since count, and those that are not quiet any more do not.
    let settings = desk.settings();
    desk.says(Settings { quiet: Some(quiet(7, 9)), ..settings.clone() });
    assert_eq!(desk.act("2024-02-06T07:00:00Z"), None);
    desk.says(Settings { quiet: None, ..settings });
    assert!(matches!(desk.act("2024-02-05T22:00:00Z"), Some(Act::Send(_, 1))));
}

#[test]
fn an_urgent_escalation_is_tried_again_in_them_by_the_rule_that_let_it_through() {
    for (cadence, urgent_passes, is_urgent, expected) in [
        (Cadence::AtOnce, true, true, true),
        (Cadence::AtOnce, true, false, false),
        (Cadence::AtOnce, false, true, false),
        // A digest never passes, as it does not when it falls due.
        (daily(21).cadence, true, true, false),
    ] {
        let settings = Settings { cadence, urgent_passes, ..at_once() };
        let mut desk = planned_before_ten(settings);
        desk.story.at("2024-02-05T20:58:30Z");
        desk.concern(HOME, "c-1");
        if is_urgent {
            grave(&mut desk);
        }
        desk.plans("2024-02-05T21:59:00Z");
        desk.fails("2024-02-05T21:59:00Z");
        let tried = matches!(desk.act("2024-02-05T22:00:00Z"), Some(Act::Send(..)));
        assert_eq!(tried, expected, "{cadence:?} {urgent_passes} {is_urgent}");
    }
}
