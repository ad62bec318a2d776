//! Succeed: bodies that have ended are replaced by those that go on in their place. What is due stays
//! due when it was.

use super::respond::{finish, next};
use super::{Change, Escalation, Step};
use crate::BodyId;

/// The next revision with `to` in the place of each body: who must act, who is told, who leads, who owns
/// an action that is not over. None where it names nobody else then.
///
/// Who has acknowledged stays on the list. A body counts as having acknowledged where each responsible
/// body whose place it takes has: a merger of five of which one has seen it is still to see it.
#[must_use]
pub fn succeed(
    escalation: &Escalation,
    change: Change,
    to: impl Fn(&BodyId) -> Vec<BodyId>,
) -> Option<Escalation> {
    let mut moved = next(escalation, change);
    name_successors(&mut moved, to);
    let same = moved.responsible == escalation.responsible
        && moved.told == escalation.told
        && moved.lead == escalation.lead
        && moved.actions == escalation.actions;
    (!same).then_some(moved)
}

/// Puts `to` in the place of each body, and changes nothing else.
pub fn name_successors(escalation: &mut Escalation, to: impl Fn(&BodyId) -> Vec<BodyId>) {
    let before = escalation.responsible.clone();
    escalation.responsible = each_once(&before, &to);
    escalation.told = each_once(&escalation.told, &to);
    if escalation.responsible != before {
        for body in &escalation.responsible {
            let mut places = before.iter().filter(|old| to(old).contains(body)).peekable();
            let seen =
                places.peek().is_some() && places.all(|old| escalation.acknowledged.contains(old));
            if seen && !escalation.acknowledged.contains(body) {
                escalation.acknowledged.push(body.clone());
            }
        }
        if escalation.responsible.iter().all(|body| escalation.acknowledged.contains(body)) {
            finish(escalation, Step::Acknowledge);
        }
    }
    // One body leads and one owns an action: of several, the first that takes the place.
    if let Some(lead) = escalation.lead.as_mut() {
        one(lead, &to);
    }
    for action in escalation.actions.iter_mut().filter(|action| !action.is_over()) {
        one(&mut action.owner, &to);
    }
}

fn each_once(bodies: &[BodyId], to: impl Fn(&BodyId) -> Vec<BodyId>) -> Vec<BodyId> {
    let mut all = Vec::new();
    for body in bodies.iter().flat_map(to) {
        if !all.contains(&body) {
            all.push(body);
        }
    }
    all
}

fn one(body: &mut BodyId, to: impl Fn(&BodyId) -> Vec<BodyId>) {
    if let Some(successor) = to(body).into_iter().next() {
        *body = successor;
    }
}

impl Escalation {
    /// Every body that it names as one that is to act or is told.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &BodyId> {
        let owners = self.actions.iter().filter(|action| !action.is_over());
        let routed = self.responsible.iter().chain(&self.told).chain(&self.lead);
        routed.chain(owners.map(|action| &action.owner))
    }
}
