//! Who is told what of a decision: the record for the hub itself, then for each body what that body may
//! know of it now. That is decided once, with the record: what a body was told stands in the log, and a
//! later narrowing is a further revision.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::amend::Stands;
use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Escalation};
use crate::message::{OutputBody, Verdict};
use crate::picture::{ConcernItem, Home, Item, Listing, Sought};
use crate::policy::Share;
use crate::sharing::Told;
use crate::{BodyId, HomeId, Position};

/// What is said of an escalation, and what was found out of what it lists.
pub(super) struct Copies {
    pub(super) bodies: Vec<OutputBody>,
    pub(super) listing: Option<Listing>,
}

impl State {
    /// The record of an escalation, then what each recipient is told.
    pub(super) fn copies(&self, escalation: &Arc<Escalation>) -> Copies {
        let record =
            OutputBody::Escalation { to: BodyId::hub(), escalation: Arc::clone(escalation) };
        let bare;
        let home = match self.homes.get(&self.resolve(&escalation.home)) {
            Some(home) => home,
            // Nothing is known of it yet.
            None => {
                bare = Home::new(escalation.home.clone());
                &bare
            }
        };
        let recipients = escalation.recipients();
        let readers: Vec<_> = recipients.iter().map(|to| self.policy.reader(to)).collect();
        let listing = home.listing(escalation);
        let classes = listing.as_ref().map(|listing| &listing.classes);
        let told = Told::of_each(escalation, home, &readers, classes);
        let told = recipients.into_iter().zip(told.into_iter().map(Arc::new));
        let told = told.map(|(to, told)| OutputBody::Told { to: to.clone(), told });
        Copies { bodies: std::iter::once(record).chain(told).collect(), listing }
    }

    /// What became of an agency's event, as a live receipt tells that agency: that somebody else told of the
    /// same incident is for whoever may see it to read, and no receipt names another's position.
    #[must_use]
    pub fn told_verdict(&self, agency: &BodyId, verdict: &Verdict, touched: &[HomeId]) -> Verdict {
        let said = |first: Position| {
            let homes = touched.iter().filter_map(|home| self.homes.get(home));
            let mut found = homes.filter_map(|home| home.concern(first));
            found.next().is_some_and(|(item, _)| item.agency == *agency)
        };
        match verdict {
            Verdict::Corroborating { first } if !said(*first) => Verdict::Accepted,
            Verdict::Corroborating { .. }
            | Verdict::Accepted
            | Verdict::Duplicate { .. }
            | Verdict::TextWithheld
            | Verdict::Rejected { .. }
            | Verdict::Refused { .. } => verdict.clone(),
        }
    }

    /// Whether a body may know of a concern more than that one exists.
    pub(super) fn may_know(
        &self,
        home: &Home,
        item: &Item,
        concern: &ConcernItem,
        body: &BodyId,
    ) -> bool {
        self.policy.reader(body).share(home, item, concern) >= Share::Summary
    }

    /// The same for a concern where it stands.
    pub(super) fn knows_of(&self, body: &BodyId, stands: &Stands) -> bool {
        self.homes
            .get(&stands.home)
            .is_some_and(|home| self.may_know(home, &stands.item, &stands.concern, body))
    }

    /// Whether an event is one that a body may not know of: to refer to it is refused like one that does
    /// not exist. `home` is looked at first: it nearly always stands there.
    pub(super) fn is_hidden_from(&self, body: &BodyId, home: &HomeId, position: Position) -> bool {
        let here = self.homes.get(home).filter(|home| home.concern(position).is_some());
        let elsewhere = || self.homes.values().find(|home| home.concern(position).is_some());
        let Some(home) = here.or_else(elsewhere) else {
            return false;
        };
        home.concern(position)
            .is_some_and(|(item, concern)| !self.may_know(home, item, concern, body))
    }

    /// A correction changed who may see a concern: whoever was told of an escalation that rests on it is
    /// told again, narrowed to what each may know now.
    pub(super) fn tell_again(
        &self,
        home: &HomeId,
        position: Position,
        before: &ConcernItem,
        step: &mut StepSoFar,
    ) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        let Some((item, now)) = picture.concern(position) else {
            return;
        };
        for escalation in self.escalations(step, home, Sought::RestingOn(&[position])) {
            if step.escalations.contains(&escalation.id) {
                continue;
            }
            let changed = |body: &&BodyId| {
                let reader = self.policy.reader(body);
                reader.share(picture, item, before) != reader.share(picture, item, now)
            };
            if escalation.recipients().iter().any(changed) {
                let change = self.change(ChangeKind::EvidenceNarrowed, None);
                let revision = escalation.revision.saturating_add(1);
                step.put(Escalation { revision, change, ..(*escalation).clone() });
            }
        }
    }
}
