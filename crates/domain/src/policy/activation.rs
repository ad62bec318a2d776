//! When rule books take effect. One is appended to the log with the time from which it is to hold;
//! until then it waits. What the log says of rule books, and nothing else, decides which holds when
//! (design law 3).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InForce, Policy, SuccessionRecord, Successions, Trigger, check, succession};
use crate::escalation::refusal;
use crate::event::BodySuccession;
use crate::message::Refusal;
use crate::time::start_of_day;
use crate::{BodyId, Position, TriggerId};

/// A rule book as it is appended to the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activation {
    /// The whole document.
    pub policy: Policy,
    /// From when it is to hold, that instant included; none for "as soon as it is recorded".
    pub effective_from: Option<Timestamp>,
    /// Who activated it; none where a hub began its log with it.
    pub activated_by: Option<Activator>,
}

impl From<Policy> for Activation {
    /// A rule book that takes effect as soon as it is recorded.
    fn from(policy: Policy) -> Self {
        Self { policy, effective_from: None, activated_by: None }
    }
}

/// Who activated a rule book: an agency, or one officer of it by an opaque id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activator {
    /// The agency.
    pub agency: BodyId,
    /// The officer, where one is named.
    #[serde(default)]
    pub officer: Option<BodyId>,
}

impl fmt::Display for Activator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.officer {
            Some(officer) => write!(f, "{}/{officer}", self.agency),
            None => write!(f, "{}", self.agency),
        }
    }
}

/// What became of one activation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationRecord {
    /// Where the log keeps it.
    pub position: Position,
    /// The version of its rule book.
    pub version: String,
    /// When the log recorded it.
    pub recorded_at: Timestamp,
    /// From when it was to hold; none for "as soon as it is recorded".
    pub effective_from: Option<Timestamp>,
    /// Who activated it.
    pub activated_by: Option<Activator>,
    /// How it stands.
    pub standing: ActivationStanding,
}

/// How an activation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationStanding {
    /// It waits for its time.
    Pending,
    /// It holds.
    InForce {
        /// Since when.
        since: Timestamp,
    },
    /// It held, until another took its place.
    Replaced {
        /// Since when it held.
        since: Timestamp,
        /// Until when (that instant no longer counts).
        until: Timestamp,
    },
    /// A later activation for the same instant took its place before it held.
    Superseded,
    /// It never takes effect.
    Refused {
        /// Why not.
        why: WhyRefused,
    },
}

/// Why an activation that is in the log never takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyRefused {
    /// Its time was past when it was recorded.
    Past,
    /// `policy check` finds a fault in it.
    Faulty,
}

impl WhyRefused {
    /// The refusal as it is said.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Past => refusal::policy_effective_in_the_past(),
            Self::Faulty => refusal::policy_faulty(),
        }
    }

    /// The reason that a refusal in the log gives.
    #[must_use]
    pub fn said(refusal: &Refusal) -> Self {
        if *refusal.code == Self::Faulty.refusal().code { Self::Faulty } else { Self::Past }
    }
}

/// What the log holds of the verdict on an activation (law 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was taken, also by a build that knew less of what may be wrong with a policy.
    Taken,
    /// It was refused.
    Refused(WhyRefused),
    /// Nothing yet: this build judges.
    Open,
}

/// What of the activations is stored beside the documents themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Every activation of the log, by position.
    pub activations: Vec<ActivationRecord>,
    /// The triggers that were withdrawn, and where the document stands that had them last.
    pub withdrawn: Vec<(TriggerId, Position)>,
    /// Every succession of bodies of the log, by position.
    pub successions: Vec<SuccessionRecord>,
}

/// The activations of a log, and the documents that still matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Activations {
    ledger: Ledger,
    /// In force, pending, or the last to have a trigger that was withdrawn.
    documents: BTreeMap<Position, Arc<Policy>>,
    pending: BTreeSet<(Timestamp, Position)>,
}

/// A rule book that takes effect.
#[derive(Debug, Clone)]
pub(crate) struct TakesEffect {
    pub(crate) position: Position,
    pub(crate) since: Timestamp,
}

impl Activations {
    /// As they were stored: the ledger, and the documents by position.
    #[must_use]
    pub fn restored(
        ledger: Ledger,
        documents: impl IntoIterator<Item = (Position, Arc<Policy>)>,
    ) -> Self {
        let waits = |record: &ActivationRecord| {
            let pending = record.standing == ActivationStanding::Pending;
            record.effective_from.filter(|_| pending).map(|from| (from, record.position))
        };
        let pending = ledger.activations.iter().filter_map(waits).collect();
        Self { ledger, documents: documents.into_iter().collect(), pending }
    }

    /// What is stored beside the documents.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The documents that still matter: in force, pending, or the last to have a trigger that was
    /// withdrawn.
    pub fn documents(&self) -> impl Iterator<Item = (Position, &Arc<Policy>)> {
        self.documents.iter().map(|(position, policy)| (*position, policy))
    }

    /// The activation in force; none before the first.
    #[must_use]
    pub fn in_force(&self) -> Option<&ActivationRecord> {
        let in_force = |record: &&ActivationRecord| {
            matches!(record.standing, ActivationStanding::InForce { .. })
        };
        self.ledger.activations.iter().rev().find(in_force)
    }

    /// Since when that holds.
    fn since(&self) -> Option<Timestamp> {
        match self.in_force()?.standing {
            ActivationStanding::InForce { since } => Some(since),
            ActivationStanding::Pending
            | ActivationStanding::Replaced { .. }
            | ActivationStanding::Superseded
            | ActivationStanding::Refused { .. } => None,
        }
    }

    /// The rule book in force; none before the first.
    #[must_use]
    pub fn policy(&self) -> Option<&Arc<Policy>> {
        self.documents.get(&self.in_force()?.position)
    }

    /// What waits, in the order in which it takes effect.
    pub fn pending(&self) -> impl Iterator<Item = &ActivationRecord> {
        self.pending.iter().filter_map(|(_, position)| self.record(*position))
    }

    /// When the next one, or the next succession, takes effect.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let waits = self.ledger.successions.iter().filter(|record| record.since.is_none());
        let succession = waits.map(|record| start_of_day(record.on)).min();
        self.pending.first().map(|(due, _)| *due).into_iter().chain(succession).min()
    }

    /// Whether a succession may be recorded.
    ///
    /// # Errors
    /// As `succession::check` says.
    pub(crate) fn may_succeed(
        &self,
        said: &BodySuccession,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        succession::check(said, policy, &self.ledger.successions)
    }

    /// Keeps a succession; it waits for its date.
    pub(crate) fn record_succession(&mut self, record: SuccessionRecord) {
        self.ledger.successions.push(record);
    }

    /// Gives effect to the successions whose date has begun by `due`. Returns whether there was any.
    pub(crate) fn succeed_until(&mut self, due: Timestamp) -> bool {
        let mut any = false;
        let waits = self.ledger.successions.iter_mut().filter(|record| record.since.is_none());
        for record in waits.filter(|record| start_of_day(record.on) <= due) {
            record.since = Some(due);
            any = true;
        }
        any
    }

    /// Why an activation that is recorded at `recorded_at` is refused, if it is: its time is past, or
    /// `policy check` finds any fault. There is no lesser kind of fault: whatever `check` names is a rule that
    /// somebody believes in and that does something else.
    ///
    /// The first of a log is taken all the same. A hub must begin with some rule book: without one it knows
    /// no agency and raises nothing, and what one concern alone meets would never be raised. Whoever begins
    /// a log checks it first.
    #[must_use]
    pub fn refuses(&self, said: &Activation, recorded_at: Timestamp) -> Option<WhyRefused> {
        self.in_force()?;
        if said.effective_from.is_some_and(|from| from < recorded_at) {
            return Some(WhyRefused::Past);
        }
        (!check(&said.policy).is_empty()).then_some(WhyRefused::Faulty)
    }

    /// The rule book in force as it is read: with the successions that have effect. Before the first one,
    /// one that knows nobody.
    #[must_use]
    pub fn in_effect(&self) -> Arc<Policy> {
        let policy = self.policy().cloned().unwrap_or_default();
        let successions = Successions::in_effect(&self.ledger.successions);
        match successions.is_empty() {
            true => policy,
            false => Arc::new(Policy::clone(&policy).with_successions(successions)),
        }
    }

    /// Keeps an activation. Returns it when it takes effect at once.
    pub(crate) fn take(
        &mut self,
        position: Position,
        recorded_at: Timestamp,
        now: Timestamp,
        said: Activation,
        refused: Option<WhyRefused>,
    ) -> Option<TakesEffect> {
        let waits_for = said.effective_from.filter(|from| *from > now);
        self.ledger.activations.push(ActivationRecord {
            position,
            version: said.policy.version.clone(),
            recorded_at,
            effective_from: said.effective_from,
            activated_by: said.activated_by,
            // Until it is put in force, which follows at once where it does not wait.
            standing: match refused {
                Some(why) => ActivationStanding::Refused { why },
                None => ActivationStanding::Pending,
            },
        });
        if refused.is_some() {
            return None;
        }
        self.documents.insert(position, Arc::new(said.policy));
        match waits_for {
            Some(from) => {
                self.pending.insert((from, position));
                None
            }
            None => Some(TakesEffect { position, since: now }),
        }
    }

    /// The next one whose time has come. Of several for one instant only the last takes effect: a
    /// rule book that holds for no time at all decides nothing.
    pub(crate) fn come_due(&mut self, time: Timestamp) -> Option<TakesEffect> {
        let (due, mut position) = self.pending.first().copied().filter(|(due, _)| *due <= time)?;
        self.pending.pop_first();
        while let Some((_, later)) = self.pending.first().copied().filter(|(at, _)| *at == due) {
            self.pending.pop_first();
            self.stands(position, ActivationStanding::Superseded);
            position = later;
        }
        Some(TakesEffect { position, since: due })
    }

    /// Puts a rule book in the place of the one in force.
    pub(crate) fn put_in_force(&mut self, effect: &TakesEffect) {
        let TakesEffect { position, since } = *effect;
        let before = self.in_force().map(|record| record.position);
        let Some(policy) = self.documents.get(&position).cloned() else {
            return;
        };
        let is_on = |id: &TriggerId| policy.trigger.iter().any(|t| t.id == *id && !t.off);
        self.ledger.withdrawn.retain(|(id, _)| !is_on(id));
        if let Some(before) = before {
            let triggers =
                self.documents.get(&before).map(|old| old.trigger.as_slice()).unwrap_or_default();
            for trigger in triggers.iter().filter(|trigger| !trigger.off && !is_on(&trigger.id)) {
                self.ledger.withdrawn.push((trigger.id.clone(), before));
            }
            if let Some(record) = self.record_mut(before)
                && let ActivationStanding::InForce { since: began } = record.standing
            {
                record.standing = ActivationStanding::Replaced { since: began, until: since };
            }
        }
        self.stands(position, ActivationStanding::InForce { since });
        self.forget();
    }

    /// The rule book in force with its tables, the successions that have effect and the triggers that
    /// were withdrawn.
    pub(crate) fn tables(&self) -> InForce {
        InForce::with(self.in_effect(), self.withdrawn()).in_force_since(self.since())
    }

    /// The triggers that were withdrawn, as they stood when they were last on.
    fn withdrawn(&self) -> Vec<Trigger> {
        let terms = |(id, position): &(TriggerId, Position)| {
            let mut triggers = self.documents.get(position)?.trigger.iter();
            triggers.find(|trigger| trigger.id == *id && !trigger.off).cloned()
        };
        self.ledger.withdrawn.iter().filter_map(terms).collect()
    }

    fn record(&self, position: Position) -> Option<&ActivationRecord> {
        let at = self.ledger.activations.binary_search_by_key(&position, |r| r.position).ok()?;
        self.ledger.activations.get(at)
    }

    fn record_mut(&mut self, position: Position) -> Option<&mut ActivationRecord> {
        let at = self.ledger.activations.binary_search_by_key(&position, |r| r.position).ok()?;
        self.ledger.activations.get_mut(at)
    }

    fn stands(&mut self, position: Position, standing: ActivationStanding) {
        if let Some(record) = self.record_mut(position) {
            record.standing = standing;
        }
    }

    /// Lets go of the documents that nothing refers to any more; the log keeps them.
    fn forget(&mut self) {
        let mut needed: BTreeSet<Position> =
            self.pending.iter().map(|(_, position)| *position).collect();
        needed.extend(self.in_force().map(|record| record.position));
        needed.extend(self.ledger.withdrawn.iter().map(|(_, position)| *position));
        self.documents.retain(|position, _| needed.contains(position));
    }
}
