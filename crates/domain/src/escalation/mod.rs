//! An escalation and its life. Its state is the record that the hub last published: the fold takes
//! it from the log and replaces the one before, so a later build never tells the past differently
//! (design law 2). One file per step of the life.

mod acknowledge;
mod action;
mod agree_lead;
mod assign_action;
mod close;
mod complete_action;
mod decide;
mod discuss;
pub mod evidence;
mod progress_action;
mod raise;
pub mod refusal;
mod reopen;
mod respond;
mod succeed;

pub use acknowledge::acknowledge;
pub use action::{ACTIONS_HELD, Action, BadGrade, Grade, Rated, Rating};
pub use agree_lead::agree_lead;
pub use assign_action::assign_action;
pub use close::close;
pub use complete_action::complete_action;
pub use decide::decide;
pub use discuss::discuss;
pub use progress_action::progress_action;
pub use raise::{Raise, raise};
pub use reopen::reopen;
pub use respond::Answering;
pub use succeed::{name_successors, succeed};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::{DecisionKind, Severity};
use crate::{BodyId, Digest, EscalationId, HomeId, Position, TriggerId};

/// A level: of an escalation, and of a home (the highest of its open escalations).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Level {
    #[default]
    None,
    Minor,
    Moderate,
    Major,
}

/// How far an escalation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Stage {
    Raised,
    Acknowledged,
    Discussed,
    Decided,
    Closed,
}

/// What may be due from the responsible bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Step {
    Acknowledge,
    Discuss,
    AgreeLead,
    Decide,
    /// The action of this number, due from its owner. A person assigns it; no policy names it.
    Action(u16),
}

/// What a revision changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was raised.
    Raised,
    /// The trigger matched further evidence, a body added some, or more bodies may know of what is there:
    /// the communication plan of a closure is agreed.
    EvidenceAdded,
    /// Evidence was withdrawn or corrected away.
    EvidenceWithdrawn,
    /// A correction changed who may see evidence: each is told what it may know now.
    EvidenceNarrowed,
    /// A responsible body acknowledged it.
    Acknowledged,
    /// A discussion was recorded.
    Discussed,
    /// A decision was recorded.
    Decided,
    /// The lead was agreed.
    LeadAgreed,
    /// It was closed.
    Closed,
    /// An action was assigned.
    ActionAssigned,
    /// Something was said of an action: progress, a review, another rating.
    ActionProgressed,
    /// An action was achieved.
    ActionCompleted,
    /// It was closed, and is open again.
    Reopened,
    /// Bodies have ended, and others act in their place.
    Succeeded,
}

/// The last change: what, by whom, when, at which position of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What changed.
    pub kind: ChangeKind,
    /// Who did it; the hub when absent.
    pub by: Option<BodyId>,
    /// When (the log's time).
    pub at: Timestamp,
    /// The event that did it.
    pub position: Position,
}

/// Something due from the responsible bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// What.
    pub step: Step,
    /// By when.
    pub due: Timestamp,
    /// Whether it is done.
    pub done: bool,
}

/// What an escalation rests on. Positions only: each reader opens what that reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceList {
    /// How many incidents count.
    pub count: u32,
    /// The events, oldest position first; at most [`EVIDENCE_LISTED`], the newest kept.
    pub events: Vec<Position>,
    /// Those of them that were withdrawn or corrected away since.
    pub withdrawn: Vec<Position>,
}

/// How many events an escalation lists. With more it still counts them all: a record must stay far
/// below the server's payload limit, and nobody reads a longer list.
pub const EVIDENCE_LISTED: usize = 500;

/// Why it was raised, in words and numbers that stand by themselves (style: explain).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was counted and against which limit, in one plain sentence.
    pub sentence: String,
    /// What the trigger counted.
    pub counted: f64,
    /// Its limit.
    pub limit: f64,
    /// The rolling window, where there is one.
    pub window: Option<String>,
    /// The version of the policy that was in force.
    pub policy_version: String,
    /// Where the rule stands in a source document.
    pub source: String,
}

/// An escalation, whole: what `carehub.escalation.hub.<home>.<id>.<rev>` carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its id: [`id`] of trigger, scope and episode.
    pub id: EscalationId,
    /// The trigger that raised it.
    pub trigger: TriggerId,
    /// The home.
    pub home: HomeId,
    /// What it is about within the home: empty, or an incident, a request, another escalation.
    pub scope: String,
    /// The how-manieth of its trigger and scope, from 1.
    pub episode: u32,
    /// Its revision, from 1.
    pub revision: u32,
    /// How far it has come.
    pub stage: Stage,
    /// The level.
    pub level: Level,
    /// The gravest severity among its evidence.
    pub severity: Severity,
    /// Who must act.
    pub responsible: Vec<BodyId>,
    /// Who is told.
    pub told: Vec<BodyId>,
    /// When it was raised (the log's time at the cause).
    pub raised_at: Timestamp,
    /// Whether what raised it was history when it was recorded (law 7).
    pub historic: bool,
    /// The first date on which the trigger held, by when things happened.
    pub first_held_on: Option<Date>,
    /// Whether the trigger still holds after withdrawals and corrections.
    pub still_holds: bool,
    /// What is due, in the order of the policy.
    pub due: Vec<Due>,
    /// Who has acknowledged it.
    pub acknowledged: Vec<BodyId>,
    /// Who leads.
    pub lead: Option<BodyId>,
    /// What was decided.
    pub decision: Option<DecisionKind>,
    /// What it rests on.
    pub evidence: EvidenceList,
    /// Why.
    pub explanation: Explanation,
    /// The escalation that went unanswered, of which step and on which rung; of `unanswered` only.
    pub unanswered: Option<Unanswered>,
    /// What is to be done about it, in the order of assignment. Records of before there were actions
    /// have none.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// How often it was closed and opened again.
    #[serde(default)]
    pub reopened: u32,
    /// The last change.
    pub change: Change,
}

/// What went unanswered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// The escalation.
    pub escalation: EscalationId,
    /// What was due.
    pub step: Step,
    /// The rung of the ladder that is now told, from 0.
    pub rung: u32,
}

impl ChangeKind {
    /// Whether it is of what an escalation rests on; where one event does both, the later of two changes stands for it.
    pub(crate) fn is_of_evidence(self) -> bool {
        match self {
            Self::EvidenceAdded | Self::EvidenceWithdrawn | Self::EvidenceNarrowed => true,
            Self::Raised
            | Self::Acknowledged
            | Self::Discussed
            | Self::Decided
            | Self::LeadAgreed
            | Self::Closed
            | Self::ActionAssigned
            | Self::ActionProgressed
            | Self::ActionCompleted
            | Self::Reopened
            | Self::Succeeded => false,
        }
    }
}

impl Escalation {
    /// The provider that it is about as a whole, where it stands at no one home.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.scope.strip_prefix("provider ").filter(|_| !self.home.is_place())
    }

    /// The brand that it is about as a whole, where it stands at no one home.
    #[must_use]
    pub fn brand(&self) -> Option<&str> {
        self.scope.strip_prefix("brand ").filter(|_| !self.home.is_place())
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// The next thing that is due and not done.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.iter().filter(|due| !due.done).map(|due| due.due).min()
    }

    /// Everyone who receives a copy of each revision: the responsible, then the told, each once.
    #[must_use]
    pub fn recipients(&self) -> Vec<&BodyId> {
        let mut all: Vec<&BodyId> = Vec::new();
        for body in self.responsible.iter().chain(&self.told) {
            if !all.contains(&body) {
                all.push(body);
            }
        }
        all
    }
}

/// The id of an escalation: the same on every machine and in every replay (law 5).
#[must_use]
pub fn id(trigger: &TriggerId, home: &HomeId, scope: &str, episode: u32) -> EscalationId {
    let digest = Digest::of(&[
        trigger.as_str().as_bytes(),
        home.as_str().as_bytes(),
        scope.as_bytes(),
        &episode.to_be_bytes(),
    ]);
    EscalationId::from_digest(digest)
}
