//! An escalation as it is told to one body: decided once, when the record is, and narrowed to what that
//! body may know at that moment. It holds no position: what names an event is its [`Reference`].

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::evidence::{Known, Listed, listed};
use super::{Classes, Reader};
use crate::escalation::{
    Action, ChangeKind, Due, Escalation, Explanation, Grade, Level, Rating, Stage, Unanswered,
};
use crate::event::{DecisionKind, Severity};
use crate::picture::{Home, Reference};
use crate::{ActionId, BodyId, EscalationId, HomeId, MeasureId, Position, TriggerId};

/// What `carehub.escalation.<body>.<home>.<id>.<rev>` carries to a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of `Escalation`")]
pub struct Told {
    pub id: EscalationId,
    pub trigger: TriggerId,
    pub home: HomeId,
    pub episode: u32,
    pub revision: u32,
    pub stage: Stage,
    pub level: Level,
    pub severity: Severity,
    pub responsible: Vec<BodyId>,
    pub told: Vec<BodyId>,
    pub raised_at: Timestamp,
    pub historic: bool,
    pub first_held_on: Option<Date>,
    pub still_holds: bool,
    pub due: Vec<Due>,
    pub acknowledged: Vec<BodyId>,
    pub lead: Option<BodyId>,
    pub decision: Option<DecisionKind>,
    pub evidence: ToldEvidence,
    pub explanation: Explanation,
    pub unanswered: Option<Unanswered>,
    pub actions: Vec<ToldAction>,
    pub reopened: u32,
    pub change: ToldChange,
}

/// What of its evidence the body may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldEvidence {
    /// How many incidents it may know of.
    pub count: u32,
    /// The newest [`TOLD_LISTED`] of the events that it may see, in the order of the log.
    pub events: Vec<Reference>,
    /// Those of them that were withdrawn or corrected away since.
    pub withdrawn: Vec<Reference>,
    /// Whether that is all that it rests on.
    pub whole: bool,
}

/// The last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of `Change`")]
pub struct ToldChange {
    pub kind: ChangeKind,
    pub by: Option<BodyId>,
    pub at: Timestamp,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of `Action`")]
pub struct ToldAction {
    pub id: ActionId,
    pub number: u16,
    pub owner: BodyId,
    pub measure: MeasureId,
    pub assigned_at: Timestamp,
    pub due: Date,
    pub review_on: Option<Date>,
    pub completed_at: Option<Timestamp>,
    pub grade: Option<Grade>,
    pub reviewed_at: Option<Timestamp>,
    pub rated: Option<ToldRated>,
}

/// A rating that a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of `Rated`")]
pub struct ToldRated {
    pub rating: Rating,
    pub previous: Rating,
    pub by: BodyId,
    pub at: Timestamp,
}

impl ToldAction {
    /// An action as those are told of it to whom its escalation is routed.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        Self {
            id: action.id.clone(),
            number: action.number,
            owner: action.owner.clone(),
            measure: action.measure.clone(),
            assigned_at: action.assigned_at,
            due: action.due,
            review_on: action.review_on,
            completed_at: action.completed_at,
            grade: action.grade,
            reviewed_at: action.reviewed_at,
            rated: action.rated.as_ref().map(|rated| ToldRated {
                rating: rated.rating,
                previous: rated.previous,
                by: rated.by.clone(),
                at: rated.at,
            }),
        }
    }
}

/// How many of its events an escalation tells a body by name: the newest that it may know. `count` counts
/// them all, and the picture lists them: nobody reads a longer list in a message, and each revision would
/// carry it again to every body.
pub const TOLD_LISTED: usize = 20;

impl Told {
    /// The escalation as each of these readers, to whom it is routed, is told of it. `home` is the picture that it
    /// stands in, `classes` what is known of the classes of what it lists; the events are gone through where nothing
    /// is known of them.
    pub(crate) fn of_each(
        escalation: &Escalation,
        home: &Home,
        readers: &[Arc<Reader>],
        classes: Option<&Classes>,
    ) -> Vec<Self> {
        let events = &escalation.evidence.events;
        let older = events.len().saturating_sub(TOLD_LISTED);
        let from = if classes.is_some() { older } else { 0 };
        let newest = listed(home, events.get(from..).unwrap_or_default());
        let known = |reader: &Arc<Reader>| {
            let known = Known::told(home, reader, escalation, &newest, classes);
            Self::of(escalation, home, known, &newest)
        };
        readers.iter().map(known).collect()
    }

    fn of(escalation: &Escalation, home: &Home, known: Known, newest: &[Listed<'_>]) -> Self {
        let find = |event: &Position| {
            let found = newest.binary_search_by_key(event, |(listed, _)| *listed).ok();
            found.map_or_else(|| home.concern(*event), |place| newest.get(place)?.1)
        };
        let references = |events: &[Position]| -> Vec<Reference> {
            events.iter().filter_map(find).map(|(item, _)| item.reference).collect()
        };
        let Escalation {
            id,
            trigger,
            home: token,
            scope: _,
            episode,
            revision,
            stage,
            level,
            severity,
            responsible,
            told,
            raised_at,
            historic,
            first_held_on,
            still_holds,
            due,
            acknowledged,
            lead,
            decision,
            evidence: _,
            explanation: _,
            unanswered,
            actions,
            reopened,
            change,
        } = escalation;
        Self {
            id: id.clone(),
            trigger: trigger.clone(),
            home: token.clone(),
            episode: *episode,
            revision: *revision,
            stage: *stage,
            level: *level,
            severity: *severity,
            responsible: responsible.clone(),
            told: told.clone(),
            raised_at: *raised_at,
            historic: *historic,
            first_held_on: first_held_on.filter(|_| known.whole),
            still_holds: *still_holds,
            due: due.clone(),
            acknowledged: acknowledged.clone(),
            lead: lead.clone(),
            decision: *decision,
            evidence: ToldEvidence {
                count: known.list.count,
                events: references(&known.list.events),
                withdrawn: references(&known.list.withdrawn),
                whole: known.whole,
            },
            explanation: known.explanation(escalation),
            unanswered: unanswered.clone(),
            actions: actions.iter().map(ToldAction::of).collect(),
            reopened: *reopened,
            change: ToldChange { kind: change.kind, by: change.by.clone(), at: change.at },
        }
    }
}
