//! What is new, home by home, on the page to which a message leads: the same that the messages tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use carehub_domain::event::{Handling, HandlingCode, Kind, ReportedBy, Severity};
use carehub_domain::following::{Follow, NewAt, Recorded, Settings, WhatsNew};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Guarded, Reader};
use jiff::civil::date;

use super::{Desk, HOME, MORNING, OTHER, at_once, of_home, person};
use crate::said::{self, at, body, home};

/// What is listed of a home at a moment.
fn listed(desk: &Desk, about: &str, now: &str) -> Option<NewAt> {
    let follower = desk.book.person(&person()).unwrap();
    let picture = Guarded::seal(Arc::clone(desk.story.state.home(&home(about)).unwrap()));
    WhatsNew::of(follower, at(now))?.at(&picture.view(desk.reader.as_ref().unwrap()))
}

/// How many entries, and how many of them the last message told of.
fn counts(desk: &Desk, about: &str, now: &str) -> Option<(u32, u32)> {
    listed(desk, about, now).map(|new| (new.count, new.in_last))
}

#[test]
fn a_message_and_the_page_that_it_leads_to_tell_the_same() {
    let mut desk = Desk::following(&[Follow::Area("Norfolk".to_owned())], at_once());
    let early = "2024-02-05T10:00:20Z";
    assert_eq!(counts(&desk, HOME, early), None, "nothing is new");
    desk.concern(HOME, "c-1").concern(HOME, "c-2").concern(OTHER, "not followed");
    assert_eq!(counts(&desk, HOME, early), Some((2, 0)), "it is listed before a message tells it");
    let count = desk.plans("2024-02-05T10:00:30Z").count;
    assert_eq!(counts(&desk, HOME, "2024-02-05T10:00:30Z"), Some((count, 0)), "it is under way");
    desk.made();
    assert_eq!(counts(&desk, HOME, "2024-02-05T10:00:31Z"), Some((count, count)));
    desk.story.at("2024-02-05T10:05:00Z");
    desk.concern(HOME, "c-3");
    let new = listed(&desk, HOME, "2024-02-05T10:06:00Z").unwrap();
    assert_eq!((new.count, new.in_last), (3, 2));
    assert_eq!(new.first.recorded(), Recorded::At(at(MORNING)));
    assert_eq!(new.newest.recorded(), Recorded::At(at("2024-02-05T10:05:00Z")));
    assert_eq!(counts(&desk, OTHER, "2024-02-05T10:06:00Z"), None);
}

/// Whoever reads the first of a day's messages in the evening finds what it was about.
#[test]
fn what_the_messages_of_a_week_told_of_is_listed_or_else_what_the_last_did() {
    let mut desk = Desk::following(&[of_home(), Follow::Home(home(OTHER))], at_once());
    desk.concern(HOME, "c-1");
    desk.plans("2024-02-05T10:00:30Z");
    desk.made();
    desk.story.at("2024-02-05T11:00:00Z");
    desk.concern(OTHER, "c-2");
    desk.plans("2024-02-05T11:00:30Z");
    desk.made();
    let evening = "2024-02-05T20:00:00Z";
    assert_eq!(counts(&desk, HOME, evening), Some((1, 0)));
    assert_eq!(counts(&desk, OTHER, evening), Some((1, 1)));
    for later in ["2024-02-12T10:00:31Z", "2024-04-05T20:00:00Z"] {
        assert_eq!(counts(&desk, HOME, later), None, "{later}");
        assert_eq!(counts(&desk, OTHER, later), Some((1, 1)), "{later}");
    }
}

#[test]
fn where_no_message_comes_thirty_days_are_listed() {
    let settings = Settings { email: false, ..at_once() };
    let mut desk = Desk::following(&[of_home()], settings);
    desk.concern(HOME, "c-1");
    assert_eq!(counts(&desk, HOME, "2024-03-06T10:00:00Z"), Some((1, 0)));
    assert_eq!(counts(&desk, HOME, "2024-03-06T10:00:01Z"), None);
    let follower = desk.book.person(&person()).unwrap();
    let since = |now: &str| WhatsNew::of(follower, at(now)).unwrap().since();
    assert_eq!(since("2024-02-06T10:00:00Z"), at("2024-02-01T09:00:00Z"), "when it was followed");
    assert_eq!(since("2024-04-05T10:00:00Z"), at("2024-03-06T10:00:00Z"));
}

#[test]
fn nothing_is_listed_that_may_not_be_opened_now_or_is_not_followed_any_more() {
    let mut desk = Desk::following(&[of_home()], at_once());
    desk.hidden(HOME, "h-1").concern(HOME, "c-1");
    desk.story.raises("police", HOME, "whistle", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
    });
    let now = "2024-02-05T10:05:00Z";
    assert_eq!(counts(&desk, HOME, now), Some((2, 0)));
    // Another agreement keeps who told it, and with that the report, from quality assurance.
    let under = |policy: &Policy| Some(Arc::new(Reader::new(policy, &body("council-qa"))));
    desk.reader = under(&said::norfolk());
    assert_eq!(counts(&desk, HOME, now), Some((3, 0)), "what is for it alone, too");
    desk.reader = under(&said::with_agreement(said::norfolk()));
    assert_eq!(counts(&desk, HOME, now), Some((2, 0)));
    let settings = desk.settings();
    desk.says(Settings { follows: BTreeSet::new(), ..settings });
    let follower = desk.book.person(&person()).unwrap();
    assert!(WhatsNew::of(follower, at(now)).is_none());
}

#[test]
fn of_what_the_reader_knows_the_month_only_the_month_is_listed_when_it_is_over() {
    let policy = said::with_agreement(said::norfolk());
    let mut desk = Desk::under(&policy, &[of_home()], at_once());
    desk.reader = Some(Arc::new(Reader::new(&policy, &body("council-qa"))));
    desk.story.raises("cqc", HOME, "whistle", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
        concern.handling = Some(Handling { code: HandlingCode::P, audience: Vec::new() });
    });
    assert_eq!(counts(&desk, HOME, "2024-02-29T23:59:59Z"), None);
    let new = listed(&desk, HOME, "2024-03-01T00:00:00Z").unwrap();
    let february = Recorded::InMonth(date(2024, 2, 1));
    assert_eq!((new.count, new.first.recorded()), (1, february));
}
