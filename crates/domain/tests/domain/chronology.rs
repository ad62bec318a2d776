//! The chronology: in order by when it happened, was known and was recorded, and only what its reader sees.

use std::fmt::Write as _;
use std::sync::Arc;

use carehub_domain::chronology::{Chronology, Counting, Entry, Order, Told};
use carehub_domain::event::{Handling, HandlingCode, Kind, Occurred, Patch, ReportedBy, Severity};
use carehub_domain::policy::{InForce, Rule};
use carehub_domain::sharing::{Guarded, Reader, View};
use expect_test::{Expect, expect};
use jiff::civil::{Date, date};

use crate::said::{self, at, body, norfolk, with_agreement};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const CRIME: &str = "possible-crime";
const TODAY: Date = date(2024, 3, 6);

fn rules() -> InForce {
    InForce::new(Arc::new(with_agreement(norfolk())))
}

fn of_past(then: &View, now: &View) -> Chronology {
    Chronology::of_past(then, now, Order::Happened, (&rules(), TODAY))
}

/// What happened first is known and told last, and one concern is told four days after its sender knew.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-20T10:00:00Z");
    story.raises("gp-practice", HOME, "later", Kind::SoftIntelligence, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(date(2024, 2, 19));
    });
    story.at("2024-02-22T10:00:00Z");
    story.raises("community-nursing", HOME, "slow", Kind::Complaint, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(date(2024, 2, 17));
        concern.known_at = Some(at("2024-02-18T12:00:00Z"));
    });
    story.at("2024-03-01T09:00:00Z");
    story.raises(
        "ambulance",
        HOME,
        "crime",
        Kind::SafeguardingReferral,
        Severity::High,
        |concern| {
            concern.possible_crime = true;
            concern.occurred_at = Occurred::At(at("2024-02-16T22:15:00Z"));
            concern.known_at = Some(at("2024-02-27T08:00:00Z"));
        },
    );
    story.meanwhile();
    story.at("2024-03-01T15:30:00Z").acknowledges("police", HOME, CRIME).meanwhile();
    story.at("2024-03-02T09:00:00Z").discusses("police", HOME, CRIME).meanwhile();
    story.at("2024-03-03T09:00:00Z").decides("police", HOME, CRIME).meanwhile();
    story
}

fn written(story: &Story, reader: &str, order: Order) -> String {
    let chronology = Chronology::of(&story.seen_by(HOME, reader), order, (&rules(), TODAY));
    let mut text = String::new();
    for entry in &chronology.entries {
        let what = match &entry.what {
            Told::Concern { kind, standing: Counting::Counts, .. } => format!("{kind:?}"),
            Told::Concern { kind, standing, .. } => format!("{kind:?} {standing:?}"),
            Told::Event { event, .. } => format!("{event:?}"),
            Told::Escalation { trigger, change, .. } => format!("{trigger} {change:?}"),
            Told::Notice { notice } => format!("notice {notice:?}"),
        };
        let minute = |at: jiff::Timestamp| at.strftime("%m-%d %H:%M").to_string();
        let (known, recorded) = (minute(entry.known_at), minute(entry.recorded_at));
        let _ =
            writeln!(text, "{} | {known} | {recorded} | {} {what}", entry.happened, entry.agency);
    }
    for answered in &chronology.escalations {
        let _ = writeln!(
            text,
            "{}: held {:?}, acknowledged {:?} h, decided {:?} h, closed {:?}",
            answered.trigger,
            answered.first_held_on.map(|day| day.to_string()),
            answered.hours_to_acknowledge,
            answered.hours_to_decide,
            answered.closed_at.map(|at| at.to_string()),
        );
    }
    text
}

#[track_caller]
fn check(story: &Story, reader: &str, order: Order, expected: &Expect) {
    expected.assert_eq(&written(story, reader, order));
}

#[test]
fn what_happened_first_stands_first_whenever_it_was_known() {
    check(
        &story(),
        "police",
        Order::Happened,
        &expect![[r#"
        2024-02-16T22:15:00Z | 02-27 08:00 | 03-01 09:00 | ambulance SafeguardingReferral
        2024-02-17 | 02-18 12:00 | 02-22 10:00 | community-nursing Complaint
        2024-02-19 | 02-20 10:00 | 02-20 10:00 | gp-practice SoftIntelligence
        2024-03-01T09:00:00Z | 03-01 09:00 | 03-01 09:00 | hub possible-crime Raised
        2024-03-01T15:30:00Z | 03-01 15:30 | 03-01 15:30 | police Acknowledged
        2024-03-01T15:30:00Z | 03-01 15:30 | 03-01 15:30 | hub possible-crime Acknowledged
        2024-03-02T09:00:00Z | 03-02 09:00 | 03-02 09:00 | police Discussed
        2024-03-02T09:00:00Z | 03-02 09:00 | 03-02 09:00 | hub possible-crime Discussed
        2024-03-03T09:00:00Z | 03-03 09:00 | 03-03 09:00 | police Decided
        2024-03-03T09:00:00Z | 03-03 09:00 | 03-03 09:00 | hub possible-crime Decided
        possible-crime: held Some("2024-02-16"), acknowledged Some(6) h, decided Some(48) h, closed None
    "#]],
    );
}

#[test]
fn what_was_known_first_stands_first_and_what_was_recorded_in_the_order_of_the_log() {
    let story = story();
    let order = |order| {
        let chronology = Chronology::of(&story.seen_by(HOME, "police"), order, (&rules(), TODAY));
        let concerns = chronology.entries.into_iter().filter_map(|entry| match entry.what {
            Told::Concern { kind, .. } => Some(kind),
            Told::Event { .. } | Told::Escalation { .. } | Told::Notice { .. } => None,
        });
        concerns.collect::<Vec<_>>()
    };
    let (crime, slow, later) =
        (Kind::SafeguardingReferral, Kind::Complaint, Kind::SoftIntelligence);
    assert_eq!(order(Order::Happened), [crime, slow, later]);
    assert_eq!(order(Order::Known), [slow, later, crime]);
    assert_eq!(order(Order::Recorded), [later, slow, crime]);
}

/// What only a named audience may know is in nobody else's chronology, nor what rests on it.
#[test]
fn a_reader_finds_only_what_it_may_see() {
    let mut story = story();
    story.raises("ambulance", HOME, "kept", Kind::SafeguardingReferral, Severity::Low, |concern| {
        concern.handling = Some(Handling { code: HandlingCode::C, audience: vec![body("police")] });
    });
    story.meanwhile();
    let seen = |reader: &str| {
        let chronology =
            Chronology::of(&story.seen_by(HOME, reader), Order::Recorded, (&rules(), TODAY));
        let is_referral =
            |told: &Told| matches!(told, Told::Concern { kind: Kind::SafeguardingReferral, .. });
        chronology.entries.iter().filter(|entry| is_referral(&entry.what)).count()
    };
    assert_eq!((seen("police"), seen("ambulance"), seen("council-qa")), (2, 2, 1));
}

/// What a correction closed to a reader does not come back as the past, nor a day that is only a month to them now; what is
/// open to them stands as it stood then.
#[test]
fn a_reader_is_given_of_the_past_what_is_still_open_to_them() {
    const READER: &str = "council-qa";
    let mut story = story();
    story.raises("cqc", HOME, "whistle", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
        concern.handling = Some(Handling { code: HandlingCode::P, audience: Vec::new() });
        concern.occurred_at = Occurred::Day(date(2024, 2, 14));
    });
    story.meanwhile();
    // Before there was an agreement on sharing, everything was open.
    let home = Guarded::seal(Arc::clone(story.state.home(&said::home(HOME)).unwrap()));
    let then = home.view(&Arc::new(Reader::new(&norfolk(), &body(READER))));
    let past = Chronology::of(&then, Order::Happened, (&rules(), TODAY));
    let concerns = |chronology: &Chronology| -> Vec<(String, Kind, Severity)> {
        let concern = |entry: &Entry| match entry.what {
            Told::Concern { kind, severity, .. } => Some((entry.happened.clone(), kind, severity)),
            Told::Event { .. } | Told::Escalation { .. } | Told::Notice { .. } => None,
        };
        chronology.entries.iter().filter_map(concern).collect()
    };
    assert_eq!(concerns(&past).len(), 4);
    assert!(concerns(&past).contains(&("2024-02-14".to_owned(), Kind::Complaint, Severity::Low)));

    // One is for the police alone from now on, another is graver than was known then.
    story.at("2024-03-05T09:00:00Z");
    let handling = Some(Handling { code: HandlingCode::C, audience: vec![body("police")] });
    story.corrects("ambulance", HOME, "crime", Patch { handling, ..Patch::default() });
    let severity = Some(Severity::High);
    story.corrects("gp-practice", HOME, "later", Patch { severity, ..Patch::default() });
    story.meanwhile();
    let now = story.seen_by(HOME, READER);
    let open = of_past(&then, &now);
    let expected = [
        ("2024-02", Kind::Complaint, Severity::Low),
        ("2024-02-17", Kind::Complaint, Severity::Low),
        ("2024-02-19", Kind::SoftIntelligence, Severity::Low),
    ];
    let expected = expected.map(|(day, kind, severity)| (day.to_owned(), kind, severity));
    assert_eq!(concerns(&open), expected);
    let whistle = &open.entries[0];
    assert_eq!(whistle.recorded_at, at("2024-03-01T00:00:00Z"), "its month");
    // What rested on the one that is closed is closed with it, but for whoever answers it.
    assert!(!past.escalations.is_empty() && open.escalations.is_empty(), "{open:?}");
    // Who is routed an escalation reads it still, but not since when what they may not see any more let it hold.
    let routed = story.seen_by(HOME, "council-safeguarding");
    let theirs = of_past(&then, &routed);
    assert_eq!(past.escalations[0].first_held_on, Some(date(2024, 2, 16)));
    assert_eq!(theirs.escalations.len(), 1, "{theirs:?}");
    assert_eq!(theirs.escalations[0].first_held_on, None);
    let held = |chronology: &Chronology| -> Vec<(String, Date)> {
        let held = chronology.triggers.iter();
        held.map(|one| (one.trigger.to_string(), one.first_held_on)).collect()
    };
    assert_eq!(held(&past), [(CRIME.to_owned(), date(2024, 2, 16))]);
    assert_eq!(
        (held(&open), held(&theirs)),
        (Vec::new(), Vec::new()),
        "nor does a trigger tell it"
    );
    let police = story.seen_by(HOME, "police");
    let theirs = of_past(&then, &police);
    assert_eq!(theirs.escalations.len(), past.escalations.len());
    assert_eq!(concerns(&theirs).len(), 4);
}

/// A trigger that held counts from the day on which it did, to the raise and to the decision; one that held and raised
/// nothing stands there too.
#[test]
fn each_trigger_has_the_day_on_which_it_first_held() {
    let mut story = story();
    // Six referrals of long ago, told of at once: history raises one escalation, and says when it held.
    story.at("2024-03-04T09:00:00Z");
    for (n, day) in (1..=6).map(|n| (n, date(2023, 1, n))) {
        let id = format!("old {n}");
        story.raises("cqc", HOME, &id, Kind::SafeguardingReferral, Severity::Low, |concern| {
            concern.occurred_at = Occurred::Day(day);
        });
    }
    story.meanwhile();
    let seen = story.seen_by(HOME, "police");
    let chronology = Chronology::of(&seen, Order::Happened, (&rules(), TODAY));
    let rows: Vec<_> = chronology
        .triggers
        .iter()
        .map(|one| (one.trigger.as_str(), one.first_held_on, one.days_to_raise, one.days_to_decide))
        .collect();
    let referrals = rows.iter().find(|row| row.0 == "referrals-6m").unwrap();
    assert_eq!((referrals.1, referrals.3), (date(2023, 1, 6), None));
    assert!(rows.contains(&(CRIME, date(2024, 2, 16), Some(14), Some(16))), "{rows:?}");
    assert!(rows.is_sorted_by_key(|row| row.1), "{rows:?}");
    // Under rules that ask for more it never held, whatever was raised under others.
    let mut stricter = with_agreement(norfolk());
    stricter.trigger.retain(|trigger| trigger.id.as_str() == "referrals-6m");
    stricter.trigger.iter_mut().for_each(|trigger| {
        if let Rule::Count { more_than, .. } = &mut trigger.rule {
            *more_than = 60;
        }
    });
    let stricter = InForce::new(Arc::new(stricter));
    let chronology = Chronology::of(&seen, Order::Happened, (&stricter, TODAY));
    assert!(chronology.triggers.iter().all(|one| one.raised_at.is_some()), "only what was raised");
}
