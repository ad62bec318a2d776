//! Bodies that merge or split: taken from the log, and given effect on their legal date. Open
//! escalations move to whoever goes on, with their clocks unchanged (triggers.md §1).

use std::sync::Arc;

use jiff::Timestamp;

use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Escalation, Level, name_successors, succeed};
use crate::event::BodySuccession;
use crate::message::Refusal;
use crate::picture::Sought;
use crate::policy::SuccessionRecord;
use crate::{BodyId, HomeId};

impl State {
    /// Records that bodies succeed others. A legal date that has come has effect at once.
    pub(super) fn take_succession(
        &mut self,
        said: &BodySuccession,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        self.activations.may_succeed(said, &self.policy)?;
        step.activations_changed = true;
        self.activations.record_succession(SuccessionRecord::new(self.position, said));
        self.take_due_successions(self.time, step);
        Ok(())
    }

    /// Gives effect to the successions whose legal date has come by `due`.
    pub(super) fn take_due_successions(&mut self, due: Timestamp, step: &mut StepSoFar) {
        if !self.activations.succeed_until(due) {
            return;
        }
        step.activations_changed = true;
        self.use_tables();
        self.set_duties_anew();
        self.move_to_successors(step);
    }

    /// Every open escalation that names a body that has ended goes to whoever stands in its place.
    /// Done once more whenever a rule book takes effect, which may be the first to name a successor.
    pub(super) fn move_to_successors(&mut self, step: &mut StepSoFar) {
        if self.policy.successions.is_empty() || !step.decides() {
            return;
        }
        let homes: Vec<HomeId> = self.homes.values().map(|home| home.id().clone()).collect();
        for home in homes {
            let change = || self.change(ChangeKind::Succeeded, None);
            let area = self.area(&home);
            let to = |body: &_| self.policy.successors_of(body, area.as_deref());
            let moved: Vec<Escalation> = self
                .escalations(step, &home, Sought::OpenAt(Level::None))
                .iter()
                .filter_map(|escalation| succeed(escalation, change(), to))
                .collect();
            moved.into_iter().for_each(|escalation| step.put(escalation));
        }
    }

    /// Whether `body` is `earlier`, or stands in its place for a home.
    pub(super) fn speaks_for(&self, body: &BodyId, earlier: &BodyId, home: &HomeId) -> bool {
        body == earlier || self.policy.speaks_for(body, earlier, self.area(home).as_deref())
    }

    /// Nothing is decided for a body that has ended: what an answer, a chair or an earlier record names
    /// is read as whoever stands in its place.
    pub(super) fn address_successors(&self, step: &mut StepSoFar) {
        step.escalations.iter_mut().for_each(|escalation| self.name_successors(escalation));
    }

    /// Reads an escalation as if it named whoever stands in the place of bodies that have ended; so one
    /// that was closed before can be opened again by them.
    pub(super) fn name_successors(&self, escalation: &mut Arc<Escalation>) {
        let ended = |body: &BodyId| self.policy.successions.has_ended(body);
        if escalation.bodies().any(ended) {
            let area = self.area(&self.resolve(&escalation.home));
            let to = |body: &_| self.policy.successors_of(body, area.as_deref());
            name_successors(Arc::make_mut(escalation), to);
        }
    }
}
