//! The meeting pack: what is new since a day, of an area.

use carehub_domain::Digest;
use carehub_domain::escalation::Level;
use carehub_domain::event::{
    Event, Handling, HandlingCode, Kind, MeetingKind, MeetingRecord, Patch, PlacementDecision,
    PlacementLift, Proceeding, ProcessClosing, Record, RecordKind, Reopening, ReportedBy, Severity,
};
use carehub_domain::policy::Policy;
use carehub_domain::report::pack::{
    Asked, Ended, EndedLine, EndedSubject, HomeLine, LevelThen, News, Pack,
};

use super::{COUNCIL, HOME, OTHER, day, holds_meeting, plans_meeting, refers, registers, views};
use crate::process;
use crate::said::{at, body, norfolk, with_agreement};
use crate::story::{Story, given};

fn pack(story: &Story, reader: &str, asked: (Option<&str>, Option<&str>), now: &str) -> Pack {
    let (area, since) = asked;
    let meeting = MeetingKind::CareGovernance;
    let asked = Asked { meeting, area: area.map(str::to_owned), since: since.map(day) };
    Pack::of(asked, story.state.policy(), &views(story, reader), at(now))
}

/// Two homes in Norfolk and one in Suffolk, known since January.
fn story() -> Story {
    story_under(&with_agreement(norfolk()))
}

fn story_under(policy: &Policy) -> Story {
    let mut story = given(policy);
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
    let before = |home: &HomeLine| home.before.known();
    assert_eq!((before(&old), old.now), (Some(moderate), moderate));
    assert_eq!((before(&new), new.now), (Some(none), moderate));
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
            (of_trigger.count() as u32, home.closed, home.before.known()),
            (expected, expected, Some(before))
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
    let new = |story: &Story, reader: &str, since: &str| {
        let pack = pack(story, reader, (None, Some(since)), NOW);
        pack.concerns.iter().map(|line| (line.happened_on, line.is_month_only)).next()
    };
    assert_eq!(new(&story, "cqc", "2024-06-20"), Some((day("2024-06-20"), false)));
    assert_eq!(new(&story, "cqc", "2024-06-21"), None);
    assert_eq!(new(&story, "council-qa", "2024-06-30"), None, "handling C by default");
    // One that may be passed on is its month, and is new until that is over.
    story.raises("cqc", HOME, "passed on", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
        concern.handling = Some(Handling { code: HandlingCode::P, audience: Vec::new() });
    });
    assert_eq!(new(&story, "council-qa", "2024-06-30"), Some((day("2024-06-01"), true)));
    assert_eq!(new(&story, "council-qa", "2024-07-01"), None);
}

/// Some other body holds a meeting that is about no one home.
fn meets(story: &mut Story, by: &str, on: &str) {
    let held = MeetingRecord {
        meeting: MeetingKind::CareGovernance,
        meeting_ref: format!("{by} {on}"),
        held_on: day(on),
        chair_role: by.to_owned(),
        attended: vec![body(by)],
        not_attended: Vec::new(),
        minutes_distributed_on: None,
        output_passed_on: None,
        passed_on_to: Vec::new(),
    };
    let event = Event::Record(Record::MeetingRecorded(Box::new(held)));
    story.at(&format!("{on}T15:00:00Z")).says(by, "general", &format!("{by} {on}"), event);
}

#[test]
fn a_meeting_about_no_one_home_counts_in_the_areas_of_the_body_that_recorded_it() {
    let mut policy = with_agreement(norfolk());
    for (holder, area) in [("council-qa", "Norfolk"), ("contracts", "Suffolk")] {
        let holder = policy.body.iter_mut().find(|one| one.id.as_str() == holder).unwrap();
        holder.areas = vec![area.to_owned()];
    }
    let mut story = story_under(&policy);
    meets(&mut story, "council-qa", "2024-07-08");
    meets(&mut story, "contracts", "2024-07-15");
    plans_meeting(&mut story, "general", MeetingKind::CareGovernance, "G9", "2024-08-05");
    let of = |story: &Story, area| {
        let pack = pack(story, "cqc", (area, None), NOW);
        (pack.since.to_string(), pack.next)
    };
    let planned = Some(day("2024-08-05"));
    assert_eq!(of(&story, Some("Norfolk")), ("2024-07-08".to_owned(), planned));
    assert_eq!(of(&story, Some("Suffolk")), ("2024-07-15".to_owned(), None));
    assert_eq!(of(&story, None), ("2024-07-15".to_owned(), planned));
    // A body without areas meets for all of them.
    meets(&mut story, "hse", "2024-07-17");
    for area in [Some("Norfolk"), Some("Suffolk"), None] {
        assert_eq!(of(&story, area).0, "2024-07-17", "{area:?}");
    }
}

#[test]
fn what_nobody_has_matched_to_a_home_is_in_the_pack_of_no_area() {
    let mut story = story();
    concern(&mut story, "unmatched", "u1", "2024-07-10T09:00:00Z");
    concern(&mut story, "general", "g1", "2024-07-10T09:00:00Z");
    let told_of = |area| {
        let pack = pack(&story, "council-qa", (area, Some("2024-07-08")), NOW);
        pack.concerns.iter().map(|line| line.place.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told_of(None), ["general", "unmatched"]);
    assert_eq!(told_of(Some("Norfolk")), ["general"]);
}

/// One incident that may be a crime, told of as a low one and then as a high one: its escalation goes from minor to
/// major.
fn rises() -> Story {
    let mut story = story();
    let told = |story: &mut Story, agency: &str, at: &str, severity| {
        story.at(at).raises(agency, HOME, at, Kind::SoftIntelligence, severity, |concern| {
            concern.possible_crime = true;
            concern.incident_ref = Some(Digest::of_incident("one"));
        });
    };
    told(&mut story, "cqc", "2024-07-01T09:00:00Z", Severity::Low);
    assert_eq!(level(&story), Level::Minor);
    told(&mut story, "ambulance", "2024-07-10T09:00:00Z", Severity::High);
    assert_eq!(level(&story), Level::Major);
    story
}

fn level(story: &Story) -> Level {
    story.seen_by(HOME, COUNCIL).home().level()
}

fn before(story: &Story, reader: &str, since: &str) -> LevelThen {
    let pack = pack(story, reader, (None, Some(since)), NOW);
    pack.homes.iter().find(|line| line.place.id.as_str() == HOME).unwrap().before
}

#[test]
fn the_level_before_is_that_of_the_time_and_where_it_is_not_kept_its_bounds_are_told() {
    let mut story = rises();
    let then = |least, most| LevelThen { least, most };
    let lower = then(Level::Minor, Level::Moderate);
    let exactly = |level| then(level, level);
    assert_eq!(before(&story, COUNCIL, "2024-07-01"), exactly(Level::None), "not yet raised");
    assert_eq!(before(&story, COUNCIL, "2024-07-10"), lower, "it rose on that day");
    assert_eq!(lower.known(), None);
    assert_eq!(before(&story, COUNCIL, "2024-07-11"), exactly(Level::Major));
    // More of the same keeps it major; since when it has been is kept.
    story.at("2024-07-15T09:00:00Z");
    story.raises("hse", HOME, "third", Kind::SoftIntelligence, Severity::High, |concern| {
        concern.possible_crime = true;
        concern.incident_ref = Some(Digest::of_incident("one"));
    });
    assert_eq!(before(&story, COUNCIL, "2024-07-11"), exactly(Level::Major));
    assert_eq!(before(&story, COUNCIL, "2024-07-10"), lower);
    // Under another rule book nobody knows how low the rule began.
    let mut newer = Policy::clone(story.state.policy());
    newer.version = "norfolk-2".to_owned();
    let asked =
        Asked { meeting: MeetingKind::CareGovernance, area: None, since: Some(day("2024-07-10")) };
    let pack = Pack::of(asked, &newer, &views(&story, COUNCIL), at(NOW));
    assert_eq!(pack.homes[0].before, then(Level::None, Level::Moderate));
}

/// What is hidden from a reader changes nothing of what it is told of the level before.
#[test]
fn a_reader_from_whom_something_is_hidden_is_told_the_same_of_the_level_before() {
    for since in ["2024-07-10", "2024-07-11", "2024-07-12"] {
        let (without, mut with) = (rises(), rises());
        with.raises("police", HOME, "hidden", Kind::Complaint, Severity::Low, |concern| {
            let audience = vec![body("cqc")];
            concern.handling = Some(Handling { code: HandlingCode::C, audience });
        });
        assert_eq!(with.seen_by(HOME, COUNCIL).home().concerns().count(), 2, "it is hidden");
        assert_eq!(before(&with, COUNCIL, since), before(&without, COUNCIL, since), "{since}");
    }
}

/// A level that its rule fixes is the level that it had, whatever came since.
#[test]
fn further_evidence_leaves_a_fixed_level_as_it_was() {
    let mut story = story();
    story.at("2024-06-01T09:00:00Z");
    for nth in 0..6 {
        refers(&mut story, HOME, &format!("a{nth}"), "2024-06-01");
    }
    story.at("2024-07-10T09:00:00Z");
    refers(&mut story, HOME, "more", "2024-07-10");
    assert_eq!(before(&story, COUNCIL, "2024-07-08").known(), Some(Level::Moderate));
}

#[test]
fn what_has_ended_or_changed_since_is_told_with_who_did_it() {
    let mut story = story();
    let consulted = Some(day("2024-07-01"));
    let suspended = PlacementDecision {
        police_consulted_on: consulted,
        safeguarding_consulted_on: consulted,
        police_agree_to_hear_provider: false,
        provider_response: None,
        review_on: day("2024-07-20"),
    };
    let lifted =
        PlacementLift { police_consulted_on: consulted, safeguarding_consulted_on: consulted };
    let places = |story: &mut Story, id: &str, proceeding: Proceeding| {
        story.says("commissioning", OTHER, id, Event::Proceeding(Box::new(proceeding)));
    };
    story.at("2024-07-01T09:00:00Z");
    places(&mut story, "suspends", Proceeding::Suspended(suspended));
    story.starts(process::CHAIR, process::beginning());
    for nth in 0..6 {
        refers(&mut story, HOME, &format!("a{nth}"), "2024-07-01");
    }
    concern(&mut story, HOME, "back", "2024-07-02T09:00:00Z");
    concern(&mut story, HOME, "right", "2024-07-02T09:00:00Z");
    story.at("2024-07-09T09:00:00Z").withdraws("gp-practice", HOME, "back");
    let set = Patch { severity: Some(Severity::Medium), ..Patch::default() };
    story.at("2024-07-10T09:00:00Z").corrects("gp-practice", HOME, "right", set);
    story.at("2024-07-11T09:00:00Z").finishes(COUNCIL, HOME, "referrals-6m");
    story.at("2024-07-12T09:00:00Z");
    places(&mut story, "lifts", Proceeding::Lifted(lifted));
    story.at("2024-07-13T09:00:00Z");
    story.records_all([RecordKind::AdultsViews, RecordKind::Advocacy].map(process::kind));
    let ending = ProcessClosing { has_reason: true, ..process::ending() };
    story.ends(process::CHAIR, ending);
    let of = |reader: &str, since: &str| {
        let pack = pack(&story, reader, (None, Some(since)), NOW);
        let by = |line: &EndedLine| line.by.as_ref().map(ToString::to_string);
        let all = pack.ended.iter().map(|line| (line.what, line.place.id.to_string(), by(line)));
        all.collect::<Vec<_>>()
    };
    let line = |what, home: &str, by: &str| (what, home.to_owned(), Some(by.to_owned()));
    let expected = [
        line(Ended::ProcessClosed, HOME, process::CHAIR),
        line(Ended::RestrictionLifted, OTHER, "commissioning"),
        line(Ended::EscalationClosed, HOME, COUNCIL),
        line(Ended::ConcernCorrected, HOME, "gp-practice"),
        line(Ended::ConcernWithdrawn, HOME, "gp-practice"),
    ];
    assert_eq!(of("council-qa", "2024-07-08"), expected);
    assert_eq!(of("council-qa", "2024-07-12"), expected[..2]);
    assert!(of("council-qa", "2024-07-14").is_empty());
    let pack = pack(&story, "council-qa", (None, Some("2024-07-08")), NOW);
    let withdrawn = pack.ended.last().unwrap();
    assert_eq!(withdrawn.subject, Some(EndedSubject::Concern(Kind::Complaint)));
    // A home of which nothing but this is to be told is spoken of all the same.
    assert!(pack.homes.iter().any(|line| line.place.id.as_str() == OTHER));
}

#[test]
fn a_process_is_new_where_it_began_since() {
    let mut story = story();
    story.at("2024-07-10T09:00:00Z").starts(process::CHAIR, process::beginning());
    for (since, is_new) in [("2024-07-10", true), ("2024-07-11", false)] {
        let pack = pack(&story, "council-qa", (None, Some(since)), NOW);
        let new: Vec<bool> = pack.processes.iter().map(|line| line.is_new).collect();
        assert_eq!(new, [is_new], "{since}");
    }
}

#[test]
fn what_was_closed_at_the_last_meeting_and_is_open_again_is_not_still_open() {
    let mut story = story();
    story.at("2024-06-01T09:00:00Z");
    for nth in 0..6 {
        refers(&mut story, HOME, &format!("a{nth}"), "2024-06-01");
    }
    story.at("2024-06-10T09:00:00Z").finishes(COUNCIL, HOME, "referrals-6m");
    let again = Reopening { escalation: story.last("referrals-6m") };
    story.at("2024-07-10T09:00:00Z").says(COUNCIL, HOME, "again", Event::Reopened(again));
    let pack = pack(&story, COUNCIL, (None, Some("2024-07-08")), NOW);
    let mut lines = pack.escalations.iter();
    let line = lines.find(|line| line.trigger.as_str() == "referrals-6m").unwrap();
    assert_eq!(line.news, News::OpenAgain);
    assert_eq!(before(&story, COUNCIL, "2024-07-08").known(), Some(Level::None));
    assert_eq!(
        pack.ended.iter().map(|line| line.what).collect::<Vec<_>>(),
        [Ended::EscalationReopened]
    );
}
