//! What stands on a home's record besides concerns.

use carehub_domain::event::{
    Absence, Advice, Assessment, BodySuccession, Event, EventRef, Handling, HandlingCode,
    InformationPower, InformationRefusal, InformationRequest, InformationSupply, Kind, MeetingKind,
    MeetingPlan, MeetingRecord, PlacementCount, Placements, PlanEvidence, PlanKind, PlanSample,
    PoliceAdvice, Rated, Rating, Record, Scheme, Severity, Succession, Triage, TriageOutcome,
};
use carehub_domain::picture::records::{Answered, Subject, meeting_key};
use carehub_domain::picture::{Home, Records, Triaged, revision};
use carehub_domain::{EscalationId, Position};
use expect_test::expect;

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";

fn story() -> Story {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    story
}

fn picture(story: &Story) -> &Home {
    story.state.home(&said::home(HOME)).unwrap()
}

fn records(story: &Story) -> &Records {
    &picture(story).head.records
}

fn says(story: &mut Story, agency: &str, id: &str, record: Record) {
    story.says(agency, HOME, id, Event::Record(record));
}

fn from(agency: &str, id: &str) -> EventRef {
    EventRef { id: id.to_owned(), agency: Some(said::body(agency)) }
}

/// The revision that a reader of this home is shown, with any digest.
fn shown(story: &Story, home: &str, reader: &str) -> String {
    let picture = story.state.home(&said::home(home)).unwrap();
    let view = story.seen_by(home, reader);
    let newest = view.home().items().iter().next_back().map(|item| item.reference);
    format!("{}0123456789abcdef", revision::mark(picture.id(), newest))
}

fn triage(concern: EventRef, outcome: TriageOutcome, revision: String) -> Record {
    Record::Triaged(Triage {
        triages: concern,
        outcome,
        picture_revision: revision,
        onward_to: Vec::new(),
        onward_by: None,
    })
}

fn raises(story: &mut Story, agency: &str, id: &str) {
    story.raises(agency, HOME, id, Kind::SafeguardingReferral, Severity::Low, |_| {});
}

fn taken_as(story: &Story, position: u64) -> Option<TriageOutcome> {
    match picture(story).concern(Position(position)).unwrap().1.triaged {
        Triaged::As { outcome, .. } => Some(outcome),
        Triaged::No => None,
    }
}

#[test]
fn whoever_triages_was_shown_the_picture_of_that_home() {
    let mut story = story();
    raises(&mut story, "police", "r1");
    story.raises("police", "1-2000", "r2", Kind::Complaint, Severity::Low, |_| {});
    let early = shown(&story, HOME, COUNCIL);
    let next_door = shown(&story, "1-2000", COUNCIL);
    raises(&mut story, "police", "r3");
    let s42 = TriageOutcome::S42;
    let r1 = || from("police", "r1");
    says(&mut story, COUNCIL, "t1", triage(r1(), s42, next_door));
    says(&mut story, COUNCIL, "t2", triage(r1(), s42, "0".repeat(32)));
    says(&mut story, COUNCIL, "t3", triage(r1(), s42, "é".repeat(16)));
    says(&mut story, COUNCIL, "t4", triage(from("police", "r2"), s42, early.clone()));
    says(&mut story, "ambulance", "t5", triage(r1(), s42, early.clone()));
    assert_eq!(taken_as(&story, 2), None);
    story.then(&expect![[r#"
        council-safeguarding t1: picture-revision-unknown
        council-safeguarding t2: picture-revision-unknown
        council-safeguarding t3: picture-revision-unknown
        council-safeguarding t4: event-unknown
        ambulance t5: not-permitted
    "#]]);
    // What was shown before the last concern came was shown: the log says how much of it.
    says(&mut story, COUNCIL, "t6", triage(r1(), s42, early));
    assert_eq!(taken_as(&story, 2), Some(s42));
    let again = shown(&story, HOME, "council-qa");
    says(&mut story, "council-qa", "t7", triage(r1(), TriageOutcome::Other, again));
    assert_eq!(taken_as(&story, 2), Some(TriageOutcome::Other));
    story.then(&expect![[""]]);
}

#[test]
fn a_revision_is_known_after_a_match_and_after_a_succession() {
    let mut story = story();
    story.raises("ambulance", "unmatched", "u", Kind::Complaint, Severity::Low, |_| {});
    let before = shown(&story, "unmatched", COUNCIL);
    story.matches("council-qa", ("ambulance", "u"), "unmatched", HOME);
    let outcome = TriageOutcome::Other;
    let concern = || from("ambulance", "u");
    says(&mut story, COUNCIL, "t1", triage(concern(), outcome, before));
    let after = shown(&story, HOME, COUNCIL);
    let succeeds = Event::HomeSucceeded(Succession { predecessor: said::home(HOME) });
    story.says("cqc", "1-2000", "s", succeeds);
    says(&mut story, COUNCIL, "t2", triage(concern(), outcome, after));
    story.then(&expect![[r#"
        council-safeguarding t1: picture-revision-unknown
    "#]]);
    let home = story.state.home(&said::home("1-2000")).unwrap();
    let (_, concern) = home.concern(Position(2)).unwrap();
    assert_eq!(concern.triaged, Triaged::As { outcome, position: Position(7) });
}

#[test]
fn what_an_agency_may_not_see_it_can_neither_triage_nor_advise_on() {
    let mut story = story();
    story.raises("cqc", HOME, "c", Kind::PositionOfTrust, Severity::Low, |c| {
        let audience = vec![said::body("pipot-lead")];
        c.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    raises(&mut story, "police", "r1");
    let all = shown(&story, HOME, "pipot-lead");
    let other = TriageOutcome::Other;
    says(&mut story, COUNCIL, "t1", triage(from("cqc", "c"), other, all.clone()));
    says(&mut story, "police", "a1", advises(Advice::GoOn, Some(from("cqc", "c")), None));
    says(&mut story, "pipot-lead", "t2", triage(from("cqc", "c"), other, all));
    story.then(&expect![[r#"
        council-safeguarding t1: event-unknown
        police a1: event-unknown
    "#]]);
    // Nor does the timeline tell it of the triage.
    let view = story.seen_by(HOME, COUNCIL);
    let positions: Vec<u64> = view.home().items().iter().map(|item| item.position.0).collect();
    assert_eq!(positions, [3]);
}

fn advises(advice: Advice, concern: Option<EventRef>, escalation: Option<EscalationId>) -> Record {
    let advised_on = "2024-02-01".parse().unwrap();
    Record::PoliceAdvised(PoliceAdvice { concern, escalation, advice, advised_on })
}

#[test]
fn police_advice_lets_others_go_on_with_what_it_is_about_and_nothing_else() {
    let mut story = story();
    story.raises("cqc", HOME, "c1", Kind::Complaint, Severity::Low, |c| c.possible_crime = true);
    let escalation = story.last("possible-crime");
    story.meanwhile();
    says(&mut story, "cqc", "a0", advises(Advice::GoOn, Some(from("cqc", "c1")), None));
    let unknown = EscalationId::new("0123456789abcdef").unwrap();
    says(&mut story, "police", "a1", advises(Advice::GoOn, None, Some(unknown)));
    says(&mut story, "police", "a2", advises(Advice::Hold, Some(from("cqc", "c1")), None));
    story.then(&expect![[r#"
        cqc a0: not-permitted
        police a1: escalation-unknown
    "#]]);
    let concern = Subject::Concern(Position(2));
    let raised = Subject::Escalation(escalation.clone());
    let lets = |story: &Story| {
        [&concern, &raised, &Subject::Home].map(|of| records(story).police_let_go_on(of))
    };
    assert_eq!(lets(&story), [false, false, false]);
    let both = (Some(from("cqc", "c1")), Some(escalation));
    says(&mut story, "police-mash", "a3", advises(Advice::GoOnWithConditions, both.0, both.1));
    assert_eq!(lets(&story), [true, true, false]);
    says(&mut story, "police", "a4", advises(Advice::GoOn, None, None));
    assert_eq!(lets(&story), [true, true, true]);
    // A reader who may not know of the concern is not told that the police advised on it.
    story.corrects(
        "cqc",
        HOME,
        "c1",
        carehub_domain::event::Patch {
            handling: Some(Handling {
                code: HandlingCode::C,
                audience: vec![said::body("police")],
            }),
            ..Default::default()
        },
    );
    let view = story.seen_by(HOME, "fire");
    assert!(!view.home().head.records.police_advice.contains_key(&concern));
}

#[test]
fn the_newest_evidence_of_each_part_of_a_plan_stands() {
    let mut story = story();
    let evidences = |covers: &[PlanKind], on: &str| {
        let evidenced_on = on.parse().unwrap();
        Record::PlanEvidenced(PlanEvidence { covers: covers.to_vec(), evidenced_on })
    };
    // The provider may show its plan.
    says(
        &mut story,
        "provider",
        "e1",
        evidences(&[PlanKind::Fire, PlanKind::Boiler], "2024-01-20"),
    );
    says(&mut story, "council-qa", "e2", evidences(&[PlanKind::Fire], "2024-01-31"));
    says(&mut story, "council-qa", "e3", evidences(&[PlanKind::Fire], "2023-01-31"));
    let sample = |on: &str, gaps: &[PlanKind]| {
        let (covers, gaps) = (vec![PlanKind::Fire, PlanKind::Boiler], gaps.to_vec());
        Record::PlanSampled(PlanSample { covers, sampled_on: on.parse().unwrap(), gaps })
    };
    says(&mut story, "council-qa", "s1", sample("2024-01-30", &[PlanKind::Boiler]));
    says(&mut story, "council-qa", "s2", sample("2024-01-29", &[]));
    // It may not look through it itself.
    says(&mut story, "provider", "s3", sample("2024-01-31", &[]));
    story.then(&expect![[r#"
        provider s3: not-permitted
    "#]]);
    expect![[r#"
        {
            Fire: 2024-01-31,
            Boiler: 2024-01-20,
        }
    "#]]
    .assert_debug_eq(&records(&story).plans);
    let sample = records(&story).sample.as_ref().unwrap();
    assert_eq!(sample.on, "2024-01-30".parse().unwrap());
    assert!(sample.gaps.contains(&PlanKind::Boiler));
}

#[test]
fn a_meeting_is_planned_moved_held_and_its_minutes_follow() {
    let mut story = story();
    let key = meeting_key(MeetingKind::Strategy, "SM 31");
    let plan = |on: &str| {
        Record::MeetingPlanned(MeetingPlan {
            meeting: MeetingKind::Strategy,
            meeting_ref: "SM 31".to_owned(),
            planned_for: on.parse().unwrap(),
            chair_role: COUNCIL.to_owned(),
        })
    };
    says(&mut story, COUNCIL, "p1", plan("2024-02-03"));
    says(&mut story, COUNCIL, "p2", plan("2024-02-05"));
    let planned = records(&story).meetings[&key].clone();
    assert_eq!(planned.planned_for, Some("2024-02-05".parse().unwrap()));
    let held = |minutes: Option<&str>| {
        Record::MeetingRecorded(Box::new(MeetingRecord {
            meeting: MeetingKind::Strategy,
            meeting_ref: " sm 31".to_owned(),
            held_on: "2024-02-01".parse().unwrap(),
            chair_role: COUNCIL.to_owned(),
            attended: vec![said::body("police")],
            not_attended: vec![Absence { body: said::body("cqc") }],
            minutes_distributed_on: minutes.map(|on| on.parse().unwrap()),
            output_passed_on: None,
            passed_on_to: Vec::new(),
        }))
    };
    says(&mut story, COUNCIL, "h1", held(Some("2024-02-01")));
    says(&mut story, COUNCIL, "h2", held(None));
    assert_eq!(records(&story).meetings.len(), 1);
    let meeting = &records(&story).meetings[&key];
    assert_eq!(meeting.held_on, Some("2024-02-01".parse().unwrap()));
    assert_eq!(meeting.minutes_on, Some("2024-02-01".parse().unwrap()));
    assert!(meeting.absent.contains(&said::body("cqc")));
    // Another kind with the same reference is another meeting.
    assert_ne!(key, meeting_key(MeetingKind::Safeguarding, "SM 31"));
    // What is over does not make every change dearer for ever.
    for n in 0..80 {
        let over = Record::MeetingRecorded(Box::new(MeetingRecord {
            meeting: MeetingKind::Quarterly,
            meeting_ref: format!("Q{n}"),
            held_on: "2024-02-01".parse().unwrap(),
            chair_role: "council-qa".to_owned(),
            attended: vec![said::body("cqc")],
            not_attended: Vec::new(),
            minutes_distributed_on: Some("2024-02-01".parse().unwrap()),
            output_passed_on: Some("2024-02-01".parse().unwrap()),
            passed_on_to: Vec::new(),
        }));
        says(&mut story, "council-qa", &format!("q{n}"), over);
    }
    assert_eq!(records(&story).meetings.len(), 65);
    assert!(records(&story).meetings.contains_key(&key), "its output is still to be passed on");
}

#[test]
fn a_request_is_answered_by_who_was_asked_or_who_asked() {
    let mut story = story();
    let request = Record::InformationRequested(InformationRequest {
        of: said::body("provider"),
        power: InformationPower::CareActS45,
        answer_by: None,
    });
    says(&mut story, COUNCIL, "q1", request);
    let supplies = |id: &str| {
        let supplied_on = "2024-02-01".parse().unwrap();
        Record::InformationSupplied(InformationSupply { request: from(COUNCIL, id), supplied_on })
    };
    let refuses = || {
        let refused_on = "2024-02-01".parse().unwrap();
        Record::InformationRefused(InformationRefusal { request: from(COUNCIL, "q1"), refused_on })
    };
    says(&mut story, "provider", "a1", supplies("q0"));
    says(&mut story, "cqc", "a2", supplies("q1"));
    story.says("provider", "1-2000", "a3", Event::Record(supplies("q1")));
    story.then(&expect![[r#"
        provider a1: event-unknown
        cqc a2: not-permitted
        provider a3: event-unknown
    "#]]);
    says(&mut story, "provider", "a4", refuses());
    let answer = |story: &Story| records(story).requests[&Position(2)].answer;
    assert_eq!(answer(&story), Some(Answered::Refused("2024-02-01".parse().unwrap())));
    says(&mut story, COUNCIL, "a5", supplies("q1"));
    assert_eq!(answer(&story), Some(Answered::Supplied("2024-02-01".parse().unwrap())));
    story.then(&expect![[""]]);
}

#[test]
fn placements_are_counted_by_authority_and_an_older_month_does_not_replace_a_newer() {
    let mut story = story();
    let count = |month: &str, overdue: u32| {
        Record::PlacementsCounted(PlacementCount {
            month: month.to_owned().try_into().unwrap(),
            placements: vec![Placements {
                authority: "Norfolk".to_owned(),
                residents: 14,
                reviews_due: 3,
                reviews_overdue: overdue,
            }],
        })
    };
    says(&mut story, "adult-social-care", "c1", count("2024-01", 2));
    says(&mut story, "adult-social-care", "c2", count("2023-12", 5));
    says(&mut story, "provider", "c3", count("2024-02", 0));
    story.then(&expect![[r#"
        provider c3: not-permitted
    "#]]);
    let placed = &records(&story).placements["Norfolk"];
    assert_eq!((String::from(placed.month).as_str(), placed.reviews_overdue), ("2024-01", 2));
}

#[test]
fn an_assessment_keeps_its_ratings_and_bodies_succeed_by_who_may_say_so() {
    let mut story = story();
    let rated = |code: &str, rating| Rated { code: code.to_owned(), rating };
    says(
        &mut story,
        "council-qa",
        "a1",
        Record::Assessed(Box::new(Assessment {
            scheme: Scheme::Pamms,
            assessed_on: "2024-01-31".parse().unwrap(),
            overall: Some(Rating::Good),
            areas: vec![rated("5", Rating::Poor)],
            standards: vec![rated("F", Rating::RequiresImprovement)],
            answers: vec![rated("F04", Rating::Excellent), rated("F06", Rating::Poor)],
            next_due_on: None,
        })),
    );
    let assessed = &records(&story).assessments[&Scheme::Pamms];
    assert_eq!(assessed.ratings["F06"], Rating::Poor);
    assert_eq!(assessed.ratings.len(), 4);
    let succession = || {
        Record::BodySucceeded(BodySuccession {
            predecessors: vec![said::body("health-commissioner")],
            successors: vec![said::body("acute-trust")],
            on: "2024-02-01".parse().unwrap(),
        })
    };
    story.says("cqc", "general", "b1", Event::Record(succession()));
    story.says("sab-manager", "general", "b2", Event::Record(succession()));
    story.then(&expect![[r#"
        cqc b1: not-permitted
    "#]]);
    let general = story.state.home(&said::home("general")).unwrap();
    assert_eq!(general.items().len(), 1);
}

#[test]
fn the_record_of_an_earlier_registration_goes_on_with_the_later() {
    let mut story = story();
    let evidence = |kind, on: &str| {
        let evidenced_on = on.parse().unwrap();
        Event::Record(Record::PlanEvidenced(PlanEvidence { covers: vec![kind], evidenced_on }))
    };
    story.says("council-qa", HOME, "e1", evidence(PlanKind::Fire, "2024-01-20"));
    story.says("council-qa", HOME, "e2", evidence(PlanKind::Boiler, "2024-01-21"));
    story.says("council-qa", "1-2000", "e3", evidence(PlanKind::Fire, "2024-01-10"));
    let succeeds = Event::HomeSucceeded(Succession { predecessor: said::home(HOME) });
    story.says("cqc", "1-2000", "s", succeeds);
    assert!(records(&story).is_empty());
    let home = story.state.home(&said::home("1-2000")).unwrap();
    expect![[r#"
        {
            Fire: 2024-01-20,
            Boiler: 2024-01-21,
        }
    "#]]
    .assert_debug_eq(&home.head.records.plans);
}
