//! The meeting pack: what is new since a day, of an area.

use carehub_domain::escalation::Level;
use carehub_domain::event::{Kind, MeetingKind, ReportedBy, Severity};
use carehub_domain::report::pack::{Asked, News, Pack};

use super::{COUNCIL, HOME, OTHER, day, holds_meeting, plans_meeting, refers, registers, views};
use crate::said::{at, norfolk, with_agreement};
use crate::story::{Story, given};

fn pack(story: &Story, reader: &str, asked: (Option<&str>, Option<&str>), now: &str) -> Pack {
    let (area, since) = asked;
    let meeting = MeetingKind::CareGovernance;
    let asked = Asked { meeting, area: area.map(str::to_owned), since: since.map(day) };
    Pack::of(asked, story.state.policy(), &views(story, reader), at(now))
}

/// Two homes in Norfolk and one in Suffolk, known since January.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-01-10T09:00:00Z");
    registers(&mut story, HOME, "The Elms", "Norfolk");
    registers(&mut story, OTHER, "Oak Lodge", "Norfolk");
    registers(&mut story, "1-3000", "Sea View", "Suffolk");
    story
}

fn concern(story: &mut Story, home: &str, id: &str, recorded: &str) {
    story.at(recorded).raises("gp-practice", home, id, Kind::Complaint, Severity::Low, |_| {});
}

const NOW: &str = "2024-07-20T09:00:00Z";

#[test]
fn new_is_what_was_recorded_on_the_day_of_the_last_meeting_or_later() {
    let mut story = story();
    // Summer time: midnight in London is eleven in UTC.
    concern(&mut story, HOME, "before", "2024-07-07T22:59:59Z");
    concern(&mut story, HOME, "new", "2024-07-07T23:00:00Z");
    story.at("2024-07-08T15:00:00Z");
    let kind = MeetingKind::CareGovernance;
    holds_meeting(&mut story, OTHER, kind, "G1", ("2024-06-03", None, None));
    holds_meeting(&mut story, OTHER, kind, "G2", ("2024-07-08", None, None));
    holds_meeting(&mut story, HOME, MeetingKind::Esap, "E1", ("2024-07-15", None, None));
    plans_meeting(&mut story, OTHER, kind, "G3", "2024-09-09");
    plans_meeting(&mut story, OTHER, kind, "G4", "2024-08-05");
    let pack_of = |asked| pack(&story, "council-qa", asked, NOW);
    let pack = pack_of((Some("Norfolk"), None));
    assert_eq!((pack.since, pack.next), (day("2024-07-08"), Some(day("2024-08-05"))));
    let last = pack.last.unwrap();
    assert_eq!(last.held_on, day("2024-07-08"));
    let absent: Vec<&str> = last.absent.iter().map(carehub_domain::BodyId::as_str).collect();
    assert_eq!(absent, ["cqc"]);
    assert_eq!((pack.concerns.len(), pack.homes.len(), pack.quiet), (1, 1, 1));
    assert_eq!(pack.homes[0].concerns, 1);
    // A day that is given counts and not the meeting; in another area there was none.
    assert_eq!(pack_of((Some("Norfolk"), Some("2024-07-07"))).concerns.len(), 2);
    let elsewhere = pack_of((Some("Suffolk"), None));
    assert_eq!((elsewhere.last, elsewhere.since), (None, day("2024-04-20")));
    assert_eq!((elsewhere.homes.len(), elsewhere.quiet), (0, 1));
    assert_eq!(pack_of((None, Some("2024-07-08"))).quiet, 2);
}

/// A home that rose since, one whose escalation was closed since, with what each escalation is.
#[test]
fn levels_stand_side_by_side_and_escalations_are_new_still_open_or_closed() {
    let mut story = story();
    for (home, on) in [(HOME, "2024-06-01"), (OTHER, "2024-07-08")] {
        story.at(&format!("{on}T09:00:00Z"));
        for nth in 0..6 {
            refers(&mut story, home, &format!("{home} {nth}"), on);
        }
    }
    let pack_at = |story: &Story| pack(story, COUNCIL, (None, Some("2024-07-08")), NOW);
    let news = |pack: &Pack| {
        let of_trigger =
            pack.escalations.iter().filter(|line| line.trigger.as_str() == "referrals-6m");
        of_trigger.map(|line| (line.place.id.to_string(), line.news)).collect::<Vec<_>>()
    };
    let pack = pack_at(&story);
    let (one, two) = (HOME.to_owned(), OTHER.to_owned());
    let old = (one, News::StillOpen);
    assert_eq!(news(&pack), [old, (two, News::New)], "the one that is overdue first");
    let (none, moderate) = (Level::None, Level::Moderate);
    let line = |pack: &Pack, home: &str| {
        pack.homes.iter().find(|line| line.place.id.as_str() == home).cloned().unwrap()
    };
    let (old, new) = (line(&pack, HOME), line(&pack, OTHER));
    assert_eq!((old.before, old.now, new.before, new.now), (moderate, moderate, none, moderate));
    assert_eq!((new.raised, new.open, new.overdue, new.concerns), (1, 1, 1, 6));
    // What goes unanswered goes up the ladder, and is overdue itself.
    assert!(old.concerns == 0 && old.overdue > 1, "{old:?}");
    // It is acknowledged by now, and closed: on the day, or a second before it begins.
    for (closed, expected) in [("2024-07-07T23:00:00Z", 1), ("2024-07-07T22:59:59Z", 0)] {
        let mut story = self::story();
        story.at("2024-06-01T09:00:00Z");
        for nth in 0..6 {
            refers(&mut story, HOME, &format!("a{nth}"), "2024-06-01");
        }
        story.at(closed).finishes(COUNCIL, HOME, "referrals-6m");
        let pack = pack_at(&story);
        let of_trigger = news(&pack).into_iter().filter(|(_, news)| *news == News::Closed);
        let home = line(&pack, HOME);
        let before = if expected == 1 { moderate } else { none };
        assert_eq!(
            (of_trigger.count() as u32, home.closed, home.before),
            (expected, expected, before)
        );
        assert_eq!(home.now, none);
    }
}

/// Of what is protected the month is all that is known: it is new while its month was not over.
#[test]
fn of_a_protected_report_a_reader_sees_its_month() {
    let mut story = story();
    story.at("2024-06-20T09:00:00Z");
    story.raises("police", HOME, "told", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
    });
    let new = |reader: &str, since: &str| {
        let pack = pack(&story, reader, (None, Some(since)), NOW);
        pack.concerns.iter().map(|line| (line.happened_on, line.is_month_only)).next()
    };
    assert_eq!(new("cqc", "2024-06-20"), Some((day("2024-06-20"), false)));
    assert_eq!(new("cqc", "2024-06-21"), None);
    assert_eq!(new("council-qa", "2024-06-30"), None, "handling C by default");
}
