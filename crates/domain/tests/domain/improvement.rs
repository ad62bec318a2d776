//! What is chased of proceedings: a process that is seriously behind, a provider that is unable, a
//! suspension that nobody reviews.

use std::collections::BTreeSet;

use carehub_domain::escalation::Level;
use carehub_domain::event::{
    ActionAssignment, ActionCompletion, BodySuccession, Event, PlacementDecision, PlacementLift,
    Proceeding, ProcessMove, ProcessRecord, ProcessStart, Record, RecordKind, Request,
};
use carehub_domain::policy::{Owed, Rule};
use carehub_domain::{ActionId, MeasureId, StepId};
use expect_test::expect;
use jiff::civil::date;

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const CHAIR: &str = "council-safeguarding";

fn now() -> Story {
    let mut policy = norfolk_whole();
    policy.trigger.retain(|trigger| match &trigger.rule {
        Rule::Overdue { of } => {
            matches!(of, Owed::Answer {} | Owed::Improvement {} | Owed::Restriction {})
        }
        Rule::Immediate { .. }
        | Rule::Count { .. }
        | Rule::Score { .. }
        | Rule::Linked { .. }
        | Rule::Breadth { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Requested {} => true,
    });
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z").meanwhile();
    story
}

fn does(story: &mut Story, by: &str, proceeding: Proceeding) {
    let id = format!("{:?} {}", proceeding.event_type(), story.state.position());
    story.says(by, HOME, &id, Event::Proceeding(Box::new(proceeding)));
}

fn starts(story: &mut Story, escalation: Option<carehub_domain::EscalationId>) {
    let start = ProcessStart {
        provider: None,
        escalation,
        chair: said::body(CHAIR),
        coordinator: said::body("contracts"),
        high_risk: false,
        escalation_triggers: BTreeSet::new(),
    };
    does(story, CHAIR, Proceeding::Started(start));
}

fn moves(story: &mut Story, to: &str) {
    let to = StepId::new(to).unwrap();
    let moved = ProcessMove { provider: None, to, has_reason: true };
    does(story, CHAIR, Proceeding::Moved(moved));
}

fn records(story: &mut Story, kind: RecordKind) {
    let (action, source, manner) = (None, None, None);
    let record = ProcessRecord { provider: None, kind, action, source, manner, done: true };
    does(story, CHAIR, Proceeding::Recorded(record));
}

/// Five working days, to 8 February; fourteen days more are slightly behind.
#[test]
fn a_step_that_is_seriously_late_is_told_to_the_chair_once_and_one_in_time_is_not() {
    let mut story = now();
    starts(&mut story, None);
    story.tick("2024-02-22T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-22T23:59:59Z").then(&expect![[r#"
        tick -> improvement-delay Raised at 1-1000, Moderate, to council-safeguarding; told contracts council-qa commissioning health-commissioner cqc; 0 counted
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert_eq!(home.level(), Level::Moderate, "it is evidence about the service");
    records(&mut story, RecordKind::Update);
    moves(&mut story, "initial-meeting");
    story.tick("2024-02-28T10:00:00Z").then(&expect![[r#"
        council-safeguarding ProcessRecorded 11 -> improvement-delay EvidenceWithdrawn at 1-1000, Moderate, Raised; 0 counted, holds no longer
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Acknowledge is late, rung 0; 0 counted
    "#]]);
    let mut prompt = now();
    starts(&mut prompt, None);
    prompt.at("2024-02-22T10:00:00Z");
    moves(&mut prompt, "initial-meeting");
    prompt.tick("2024-02-24T10:00:00Z").then(&expect![[""]]);
}

/// The process names the body that chaired it at its start: once that has ended, whoever stands in its place is
/// told.
#[test]
fn a_delay_under_a_chair_that_has_ended_is_told_to_its_successor() {
    let mut story = now();
    starts(&mut story, None);
    let succession = Event::Record(Record::BodySucceeded(BodySuccession {
        predecessors: vec![said::body(CHAIR)],
        successors: vec![said::body("council-qa")],
        on: "2024-02-01".parse().unwrap(),
    }));
    story.says("sab-manager", "general", "succession", succession).meanwhile();
    story.tick("2024-02-22T23:59:59Z").then(&expect![[r#"
        tick -> improvement-delay Raised at 1-1000, Moderate, to council-qa; told contracts council-qa commissioning health-commissioner cqc; 0 counted
    "#]]);
}

#[test]
fn a_provider_that_is_unable_is_told_of_at_once() {
    let mut story = now();
    starts(&mut story, None);
    story.meanwhile();
    records(&mut story, RecordKind::Findings);
    story.then(&expect![[""]]);
    records(&mut story, RecordKind::ProviderUnable);
    story.then(&expect![[r#"
        council-safeguarding ProcessRecorded 3 -> improvement-delay Raised at 1-1000, Moderate, to council-safeguarding; told contracts council-qa commissioning health-commissioner cqc; 0 counted
    "#]]);
}

#[test]
fn an_action_of_the_plan_that_is_red_is_a_serious_delay_and_one_that_is_done_is_not() {
    let run = |completes: bool| {
        let mut story = now();
        let request = Request {
            level: Level::Minor,
            responsible: vec![CHAIR.to_owned()],
            told: Vec::new(),
            answer_within: None,
            evidence: Vec::new(),
        };
        story.says(CHAIR, HOME, "plan", Event::EscalationRequested(request));
        let plan = story.last("professional-judgement");
        story.acknowledges(CHAIR, HOME, "professional-judgement");
        story.decides(CHAIR, HOME, "professional-judgement");
        starts(&mut story, Some(plan.clone()));
        moves(&mut story, "updates");
        let action = ActionId::new("rota-1").unwrap();
        let assignment = ActionAssignment {
            escalation: plan.clone(),
            action: action.clone(),
            owner: said::body(CHAIR),
            measure: MeasureId::new("rota-seen").unwrap(),
            due: date(2024, 2, 9),
            review_on: None,
        };
        story.says(CHAIR, HOME, "rota", Event::ActionAssigned(assignment));
        if completes {
            let completion = ActionCompletion { escalation: plan, action };
            story.says(CHAIR, HOME, "done", Event::ActionCompleted(completion));
        }
        story.tick("2024-02-23T23:59:58Z").meanwhile();
        story.tick("2024-02-23T23:59:59Z");
        story
    };
    run(false).then(&expect![[r#"
        tick -> improvement-delay Raised at 1-1000, Moderate, to council-safeguarding; told contracts council-qa commissioning health-commissioner cqc; 0 counted
    "#]]);
    run(true).then(&expect![[""]]);
}

#[test]
fn a_suspension_that_is_not_reviewed_is_told_to_who_decided_it() {
    let decision = |review_on| {
        Proceeding::Suspended(PlacementDecision {
            police_consulted_on: Some(date(2024, 2, 1)),
            safeguarding_consulted_on: Some(date(2024, 2, 1)),
            police_agree_to_hear_provider: false,
            provider_response: None,
            review_on,
        })
    };
    let mut story = now();
    does(&mut story, "commissioning", decision(date(2024, 2, 20)));
    story.tick("2024-02-20T23:59:58Z").then(&expect![[r#"
        commissioning PlacementsSuspended 1 -> notice placements suspended at 1-1000, review 2024-02-20 to commissioning
    "#]]);
    story.tick("2024-02-20T23:59:59Z").then(&expect![[r#"
        tick -> placement-decision Raised at 1-1000, None, to commissioning; told council-qa council-safeguarding; 0 counted
    "#]]);
    let lift = PlacementLift {
        police_consulted_on: Some(date(2024, 2, 20)),
        safeguarding_consulted_on: Some(date(2024, 2, 20)),
    };
    does(&mut story, "commissioning", Proceeding::Lifted(lift));
    story.then(&expect![[r#"
        commissioning PlacementsLifted 9 -> placement-decision EvidenceWithdrawn at 1-1000, None, Raised; 0 counted, holds no longer
        commissioning PlacementsLifted 9 -> notice placements lifted at 1-1000 to commissioning
    "#]]);
    // One that is decided anew in time has another day.
    let mut story = now();
    does(&mut story, "commissioning", decision(date(2024, 2, 20)));
    story.at("2024-02-20T10:00:00Z");
    does(&mut story, "commissioning", decision(date(2024, 3, 1)));
    story.tick("2024-02-21T10:00:00Z").then(&expect![[r#"
        commissioning PlacementsSuspended 1 -> notice placements suspended at 1-1000, review 2024-02-20 to commissioning
        commissioning PlacementsSuspended 3 -> notice placements suspended at 1-1000, review 2024-03-01 to commissioning
    "#]]);
    story.tick("2024-03-02T10:00:00Z").then(&expect![[r#"
        tick -> placement-decision Raised at 1-1000, None, to commissioning; told council-qa council-safeguarding; 0 counted
    "#]]);
}
