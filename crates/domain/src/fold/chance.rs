//! Puts the chance beside a count that holds. It is decided once, with the escalation, and stands in its
//! explanation (law 2).

use super::State;
use crate::picture::{Home, Tally};
use crate::policy::{Rule, Trigger};
use crate::trigger::{Held, chance, stood};

impl State {
    /// What holds at a home, with the chance of it where the rule counts.
    pub(super) fn with_chance(&self, trigger: &Trigger, home: &Home, held: Held) -> Held {
        let Rule::Count { .. } = &trigger.rule else { return held };
        let number = self.policy.tallies_of_trigger(&trigger.id).first().copied();
        match number.and_then(|number| Some((number, home.tally(number)?))) {
            Some((number, tally)) => self.with_chance_over(number, &[(home, tally)], held),
            None => held,
        }
    }

    /// What holds over these homes together, with the chance of it.
    pub(super) fn with_chance_over(
        &self,
        number: usize,
        of: &[(&Home, &Tally)],
        mut held: Held,
    ) -> Held {
        let Some(tested) = held.tested else { return held };
        let others: Vec<(&Home, &Tally)> = self
            .homes
            .values()
            .filter(|home| stood(home, tested) && of.iter().all(|(of, _)| of.id() != home.id()))
            .filter_map(|home| Some((&**home, home.tally(number)?)))
            .collect();
        let chance = chance(held.limit as u32, tested, of, &others);
        held.sentence = format!("{} {chance}", held.sentence);
        held
    }
}
