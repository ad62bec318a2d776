//! What the register's owner says of homes. What is said of an earlier registration is kept with
//! that registration, and does not overwrite or close the one that continues it.

use super::file::unpadded;
use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{Closure, EventType, Registration, Succession};
use crate::message::{Refusal, Said};
use crate::picture::Home;
use crate::{HomeId, Position};

impl State {
    pub(super) fn register(
        &mut self,
        said: &Said,
        home: &HomeId,
        registration: &Registration,
        event: EventType,
    ) -> Result<HomeId, Refusal> {
        self.owns_register(said)?;
        if !said.home.is_place() {
            return Err(refusal::home_unknown());
        }
        self.forget_uprn(&said.home);
        if let Some(home) = self.homes.get(&said.home).cloned() {
            self.index_groups(&home, false);
        }
        let now = self.time;
        let picture = self.home_mut(&said.home);
        picture.head.registration = Some(registration.clone());
        picture.head.records.registered_at.get_or_insert(now);
        if event == EventType::HomeRegistered {
            picture.head.closed_on = None;
        }
        picture.touch();
        self.note(said, home, event, None, None);
        if let Some(home) = self.homes.get(&said.home).cloned() {
            self.index_register(&home);
            self.set_record_duties(&home);
        }
        Ok(home.clone())
    }

    pub(super) fn close_home(
        &mut self,
        said: &Said,
        home: &HomeId,
        closure: &Closure,
    ) -> Result<HomeId, Refusal> {
        self.owns_register(said)?;
        let known = self.homes.get(&said.home);
        if known.is_none_or(|home| home.head.registration.is_none()) {
            return Err(refusal::home_unknown());
        }
        let picture = self.home_mut(&said.home);
        picture.head.closed_on = Some(closure.closed_on);
        picture.touch();
        self.note(said, home, EventType::HomeClosed, None, None);
        self.record_changed(&said.home);
        Ok(home.clone())
    }

    pub(super) fn succeed(
        &mut self,
        said: &Said,
        successor: &HomeId,
        succession: &Succession,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        self.owns_register(said)?;
        let predecessor = self.resolve(&succession.predecessor);
        if !said.home.is_place() || !succession.predecessor.is_place() {
            return Err(refusal::home_unknown());
        }
        if predecessor == *successor {
            let known = self
                .homes
                .get(successor)
                .is_some_and(|home| home.head.predecessors.contains(&succession.predecessor));
            return if known { Ok(successor.clone()) } else { Err(refusal::succession_loop()) };
        }
        let moved = self.take_over(&predecessor, successor);
        self.note(said, successor, EventType::HomeSucceeded, None, None);
        for position in moved {
            self.decide_moved(successor, position, step);
        }
        Ok(successor.clone())
    }

    /// Moves everything from one home to another; returns the concerns that came.
    fn take_over(&mut self, predecessor: &HomeId, successor: &HomeId) -> Vec<Position> {
        let earlier = self.homes.get_or(predecessor, || Home::new(predecessor.clone()));
        let mut earlier: Home = (**earlier).clone();
        let escalations: Vec<_> = earlier.escalations().cloned().collect();
        for escalation in &escalations {
            self.clear_deadlines(predecessor, escalation);
        }
        self.clear_triages(&earlier);
        let moved: Vec<Position> = earlier.concerns().map(|(item, _)| item.position).collect();
        let (picture, rules) = self.home_and_rules(successor);
        picture.take_over(&mut earlier, rules);
        *self.home_mut(predecessor) = earlier;
        self.record_changed(predecessor);
        self.move_pending(predecessor, successor);
        self.set_retention(predecessor);
        if let Some(home) = self.homes.get(successor).cloned() {
            self.index(&home);
        }
        moved
    }

    fn owns_register(&self, said: &Said) -> Result<(), Refusal> {
        if self.policy.holds(&said.agency, &self.policy.powers.register) {
            Ok(())
        } else {
            Err(refusal::not_the_register_owner())
        }
    }

    pub(super) fn index_register(&mut self, home: &Home) {
        if let Some(uprn) = uprn_of(home) {
            let homes = self.uprns.entry(uprn.to_owned()).or_default();
            homes.insert(home.id().clone());
        }
        self.index_groups(home, true);
    }

    fn forget_uprn(&mut self, home: &HomeId) {
        let known = self.homes.get(home).and_then(|home| uprn_of(home));
        if let Some(uprn) = known.map(str::to_owned)
            && let Some(homes) = self.uprns.get_mut(&uprn)
        {
            homes.remove(home);
        }
    }
}

fn uprn_of(home: &Home) -> Option<&str> {
    let registration = home.head.registration.as_ref()?;
    let uprn = unpadded(registration.uprn.as_deref()?);
    (!uprn.is_empty()).then_some(uprn)
}
