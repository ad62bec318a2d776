//! What the hub would say of an answer to an escalation as things stand: what an agency is asked for next, and what would
//! be refused. It decides when the answer comes.

use carehub_domain::escalation::{
    Answering, Escalation, Stage, acknowledge, agree_lead, assign_action, close, complete_action,
    decide, discuss, refusal,
};
use carehub_domain::event::{ActionAssignment, DecisionKind};
use carehub_domain::message::Refusal;
use carehub_domain::policy::Policy;
use carehub_domain::time::london_date;
use carehub_domain::{ActionId, MeasureId};

use super::Answer;

/// What the agency is asked for next.
pub(super) fn next(
    escalation: &Escalation,
    answering: &Answering,
    policy: &Policy,
) -> Option<Answer> {
    let order = [
        Answer::Acknowledge,
        Answer::Discuss,
        Answer::AgreeLead,
        Answer::Decide,
        Answer::AssignAction,
        Answer::Close,
    ];
    let is_next = |answer: &Answer| {
        let is_due = match answer {
            Answer::Acknowledge => true,
            Answer::Discuss => escalation.stage < Stage::Discussed,
            Answer::AgreeLead => escalation.lead.is_none() && escalation.responsible.len() > 1,
            Answer::Decide => escalation.decision.is_none(),
            Answer::AssignAction => escalation.actions.is_empty(),
            Answer::ProgressAction | Answer::CompleteAction | Answer::AddEvidence => false,
            Answer::Close => true,
        };
        is_due && would_refuse(*answer, escalation, answering, policy).is_none()
    };
    order.into_iter().find(is_next)
}

/// Why the hub would refuse an answer.
pub(super) fn would_refuse(
    answer: Answer,
    escalation: &Escalation,
    answering: &Answering,
    policy: &Policy,
) -> Option<Refusal> {
    let tried = match answer {
        Answer::Acknowledge => acknowledge(escalation, answering),
        Answer::Discuss => discuss(escalation, answering),
        Answer::Decide => decide(escalation, answering, DecisionKind::Monitor),
        Answer::AgreeLead => match escalation.responsible.first() {
            Some(lead) => agree_lead(escalation, answering, lead),
            None => return None,
        },
        Answer::AssignAction => assign_action(
            escalation,
            answering,
            &assignment(escalation, answering, policy)?,
            policy,
        ),
        Answer::ProgressAction | Answer::CompleteAction => {
            return of_every_action(escalation, answering);
        }
        Answer::AddEvidence => return of_evidence(escalation, answering),
        Answer::Close => close(escalation, answering),
    };
    tried.err()
}

/// An assignment in which nothing is wrong but what follows from the escalation and from who assigns.
fn assignment(
    escalation: &Escalation,
    answering: &Answering,
    policy: &Policy,
) -> Option<ActionAssignment> {
    let owner = policy.body.iter().find(|body| !policy.successions.has_ended(&body.id))?;
    Some(ActionAssignment {
        escalation: escalation.id.clone(),
        action: ActionId::new("tried-and-not-said").ok()?,
        owner: owner.id.clone(),
        measure: MeasureId::new("tried").ok()?,
        due: london_date(answering.at),
        review_on: None,
    })
}

/// Why nothing could be said of any action: whoever may progress one may complete it.
fn of_every_action(escalation: &Escalation, answering: &Answering) -> Option<Refusal> {
    let waits = escalation.actions.iter().filter(|action| !action.is_over());
    let refusals = waits.map(|action| complete_action(escalation, answering, &action.id).err());
    let refusals: Option<Vec<Refusal>> = refusals.collect();
    refusals.map(|all| all.into_iter().next().unwrap_or_else(refusal::action_over))
}

/// Why nothing could be added to what it rests on: it is for every body to which it is routed, while it is open.
fn of_evidence(escalation: &Escalation, answering: &Answering) -> Option<Refusal> {
    if !escalation.is_open() {
        return Some(refusal::already_closed());
    }
    let is_routed = escalation.recipients().contains(&&answering.by);
    (!is_routed).then(refusal::not_addressed)
}
