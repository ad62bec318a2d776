//! Raise: a trigger holds, or a person asks.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{
    Change, ChangeKind, Due, Escalation, EvidenceList, Explanation, Level, Stage, Unanswered, id,
};
use crate::event::Severity;
use crate::policy::{Answer, Policy};
use crate::{BodyId, HomeId, Position, TriggerId};

/// Everything that a new escalation is made of.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields of `Escalation`")]
pub struct Raise<'a> {
    pub trigger: &'a TriggerId,
    pub home: &'a HomeId,
    pub scope: String,
    pub episode: u32,
    pub level: Level,
    pub severity: Severity,
    pub responsible: Vec<BodyId>,
    pub told: Vec<BodyId>,
    pub answers: &'a [Answer],
    pub historic: bool,
    pub first_held_on: Option<Date>,
    pub evidence: EvidenceList,
    pub explanation: Explanation,
    pub unanswered: Option<Unanswered>,
    pub by: Option<BodyId>,
    pub at: Timestamp,
    pub position: Position,
}

/// The first revision. Deadlines run from `at`, the time of recording, even for history (law 7).
#[must_use]
pub fn raise(raise: Raise<'_>, policy: &Policy) -> Escalation {
    let due = raise.answers.iter().map(|answer| Due {
        step: answer.step,
        due: policy.due(answer.within(raise.severity), raise.at),
        done: false,
    });
    let told = raise.told.into_iter().filter(|body| !raise.responsible.contains(body)).collect();
    Escalation {
        id: id(raise.trigger, raise.home, &raise.scope, raise.episode),
        trigger: raise.trigger.clone(),
        home: raise.home.clone(),
        scope: raise.scope,
        episode: raise.episode,
        revision: 1,
        stage: Stage::Raised,
        level: raise.level,
        severity: raise.severity,
        due: due.collect(),
        responsible: raise.responsible,
        told,
        raised_at: raise.at,
        historic: raise.historic,
        first_held_on: raise.first_held_on,
        still_holds: true,
        acknowledged: Vec::new(),
        lead: None,
        decision: None,
        evidence: raise.evidence,
        explanation: raise.explanation,
        unanswered: raise.unanswered,
        actions: Vec::new(),
        reopened: 0,
        change: Change {
            kind: ChangeKind::Raised,
            by: raise.by,
            at: raise.at,
            position: raise.position,
        },
    }
}
