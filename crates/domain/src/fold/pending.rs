//! What the hub has decided and not yet read back. Deciding sees the pictures with it laid over
//! them, so a pending raise counts as open (law 2).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::State;
use crate::escalation::Escalation;
use crate::message::{Output, OutputBody};
use crate::picture::{Home, Listing, Sought};
use crate::{BodyId, EscalationId, HomeId, Position, TriggerId};

/// The outbox, and the escalations in it by home.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    outputs: BTreeMap<(Position, u32), Output>,
    escalations: BTreeMap<HomeId, BTreeMap<EscalationId, Arc<Escalation>>>,
    /// What was found out of what they list, so that it is not found out again when they are read back: nearly
    /// always the next message. Only a gain of time hangs on it.
    listings: BTreeMap<EscalationId, Listing>,
}

impl Pending {
    pub(super) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.outputs.values()
    }

    pub(super) fn len(&self) -> usize {
        self.outputs.len()
    }

    fn of(&self, home: &HomeId) -> Option<&BTreeMap<EscalationId, Arc<Escalation>>> {
        if self.escalations.is_empty() { None } else { self.escalations.get(home) }
    }
}

impl State {
    pub(super) fn wait_for(&mut self, output: Output) {
        if let OutputBody::Tombstone { tombstone, .. } = &output.body {
            self.erased.insert(tombstone.position);
        }
        if let OutputBody::Escalation { to, escalation } = &output.body
            && to.as_str() == BodyId::HUB
        {
            let home = self.resolve(&escalation.home);
            let of_home = self.pending.escalations.entry(home).or_default();
            let known = of_home.get(&escalation.id);
            if known.is_none_or(|known| known.revision < escalation.revision) {
                of_home.insert(escalation.id.clone(), Arc::clone(escalation));
            }
        }
        self.pending.outputs.insert((output.cause.position, output.cause.n), output);
    }

    /// Removes what has been read back, and lifts it off the picture below.
    pub(super) fn wait_no_more(&mut self, output: &Output) {
        self.pending.outputs.remove(&(output.cause.position, output.cause.n));
        if let OutputBody::Escalation { to, escalation } = &output.body
            && to.as_str() == BodyId::HUB
        {
            let home = self.resolve(&escalation.home);
            if let Some(of_home) = self.pending.escalations.get_mut(&home) {
                if of_home.get(&escalation.id).is_some_and(|e| e.revision <= escalation.revision) {
                    of_home.remove(&escalation.id);
                }
                if of_home.is_empty() {
                    self.pending.escalations.remove(&home);
                }
            }
        }
    }

    /// Keeps what was found out of what decisions list.
    pub(super) fn keep_listings(&mut self, listings: Vec<Listing>) {
        for listing in listings {
            self.pending.listings.insert(listing.escalation.id.clone(), listing);
        }
    }

    /// What was found out of what an escalation lists, when it is read back.
    pub(super) fn take_listing(&mut self, id: &EscalationId) -> Option<Listing> {
        self.pending.listings.remove(id)
    }

    /// What waits for `from` waits for `to` from now on: the one continues the other.
    pub(super) fn move_pending(&mut self, from: &HomeId, to: &HomeId) {
        if let Some(mut escalations) = self.pending.escalations.remove(from) {
            self.pending.escalations.entry(to.clone()).or_default().append(&mut escalations);
        }
    }

    /// Escalations of a home as they are decided: what is settled, with what is pending laid over it.
    pub(super) fn decided_escalations(
        &self,
        home: &HomeId,
        sought: Sought<'_>,
    ) -> Vec<Arc<Escalation>> {
        let settled = self.homes.get(home).map(|home| home.find(sought)).unwrap_or_default();
        self.over(home, settled, sought)
    }

    /// As [`Self::decided_escalations`], of a home that the caller has in hand: a trigger that is asked
    /// does not look for it again.
    pub(super) fn decided_at(&self, home: &Home, sought: Sought<'_>) -> Vec<Arc<Escalation>> {
        self.over(home.id(), home.find(sought), sought)
    }

    fn over(
        &self,
        home: &HomeId,
        settled: Vec<&Arc<Escalation>>,
        sought: Sought<'_>,
    ) -> Vec<Arc<Escalation>> {
        let Some(pending) = self.pending.of(home) else {
            return settled.into_iter().cloned().collect();
        };
        let settled = settled.into_iter().filter(|known| !pending.contains_key(&known.id));
        let pending = pending.values().filter(|waiting| sought.fits(waiting));
        settled.chain(pending).cloned().collect()
    }

    /// Whether an escalation of a trigger waits.
    pub(super) fn waits_of(&self, home: &HomeId, trigger: &TriggerId) -> bool {
        let waiting = self.pending.of(home).into_iter().flat_map(BTreeMap::values);
        waiting.into_iter().any(|waiting| waiting.trigger == *trigger)
    }

    /// One escalation of a home as it is decided.
    pub(super) fn decided_escalation(
        &self,
        home: &HomeId,
        id: &EscalationId,
    ) -> Option<Arc<Escalation>> {
        let pending = self.pending.of(home).and_then(|pending| pending.get(id));
        pending.or_else(|| self.homes.get(home)?.escalation(id)).cloned()
    }
}
