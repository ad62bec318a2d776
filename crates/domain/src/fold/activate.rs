//! A rule book is activated: it takes effect at once, waits for its time, or is refused because
//! that is past or because the document is faulty. When it takes effect, every home is asked again (design law 3; Stockton row 2).

use std::sync::Arc;

use jiff::Timestamp;

use super::{State, StepSoFar};
use crate::message::OutputBody;
use crate::policy::{Activation, Activations, Policy, TakesEffect, WhyRefused};
use crate::{BodyId, HomeId};

impl State {
    /// This state with what was stored of rule books. The one in force among them is the one that
    /// the state was restored with.
    #[must_use]
    pub fn with_activations(mut self, activations: Activations) -> Self {
        self.activations = activations;
        if self.activations.policy().is_some() {
            self.use_tables();
            if !self.policy.successions.is_empty() {
                self.set_duties_anew();
            } else {
                // What is due there may count from when the policy took effect, which was not known before.
                self.record_changed(&HomeId::general());
            }
        }
        self
    }

    /// The rule books of the log, and which holds since when.
    #[must_use]
    pub fn activations(&self) -> &Activations {
        &self.activations
    }

    pub(super) fn take_policy(
        &mut self,
        said: Activation,
        recorded_at: Timestamp,
        step: &mut StepSoFar,
    ) {
        let ours = self.activations.refuses(&said, recorded_at);
        // What the log holds of this verdict counts, whatever this build would say (law 2).
        let refused = match step.decided.has_verdict() {
            true => step.decided.refusal().map(WhyRefused::said),
            false => ours,
        };
        if let Some(why) = ours {
            step.answer = Some(refused_to_the_hub(&said.policy, why));
        }
        step.activations_changed = true;
        let (position, now) = (self.position, self.time);
        let effect = self.activations.take(position, recorded_at, now, said, refused);
        if let Some(effect) = effect {
            self.take_effect(&effect, step);
        }
    }

    /// What comes due next takes effect: a rule book first, so that a succession of that instant is read
    /// with it.
    pub(super) fn take_due_effect(&mut self, step: &mut StepSoFar) {
        let Some(due) = self.activations.next_due() else {
            return;
        };
        if let Some(effect) = self.activations.come_due(due) {
            self.take_effect(&effect, step);
        }
        self.take_due_successions(due, step);
    }

    /// Every home is asked what holds on the day on which the rule book takes effect: a hub that
    /// was down meanwhile asks of the same day.
    fn take_effect(&mut self, effect: &TakesEffect, step: &mut StepSoFar) {
        step.activations_changed = true;
        self.activations.put_in_force(effect);
        self.use_tables();
        if self.policy.has_regular_meetings() {
            // Where nobody has met yet, there is no picture that could say so.
            self.home_mut(&HomeId::general()).touch();
        }
        self.set_duties_anew();
        self.move_to_successors(step);
        let today = crate::time::london_date(effect.since);
        let homes: Vec<HomeId> = self.homes.values().map(|home| home.id().clone()).collect();
        for home in homes {
            self.decide_today(&home, today, step);
            self.decide_late(&home, step);
        }
    }

    pub(super) fn use_tables(&mut self) {
        self.policy = self.activations.tables();
        for home in self.homes.each_mut() {
            Arc::make_mut(home).count_all(&self.policy);
        }
    }
}

/// It goes to the hub's own name: an activation has no sender with an account.
fn refused_to_the_hub(policy: &Policy, why: WhyRefused) -> OutputBody {
    OutputBody::Refusal {
        agency: BodyId::hub(),
        home: HomeId::general(),
        event_id: format!("policy-{}", policy.version),
        refusal: why.refusal(),
    }
}
