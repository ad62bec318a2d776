//! Which rule book a log puts in force, and which bodies have ended, for whoever asks that without folding
//! everything else.

use jiff::Timestamp;

use super::{Activation, Activations, Settled, SuccessionRecord};
use crate::event::BodySuccession;
use crate::{BodyId, Position};

impl Activations {
    /// Follows the log by the rule books alone: takes the activation at `position` and, before it,
    /// whatever came due. For whoever asks which holds without folding everything else.
    pub fn follow(
        &mut self,
        position: Position,
        recorded_at: Timestamp,
        said: Activation,
        settled: Settled,
    ) {
        self.advance(recorded_at);
        let refused = match settled {
            Settled::Taken => None,
            Settled::Refused(why) => Some(why),
            Settled::Open => self.refuses(&said, recorded_at),
        };
        if let Some(effect) = self.take(position, recorded_at, recorded_at, said, refused) {
            self.put_in_force(&effect);
        }
    }

    /// The same for the successions of bodies, in one order with the rule books. `taken`: whether the hub took
    /// it; none where it has not decided yet, and this build judges.
    pub fn follow_succession(
        &mut self,
        position: Position,
        recorded_at: Timestamp,
        (by, said): (&BodyId, &BodySuccession),
        taken: Option<bool>,
    ) {
        self.advance(recorded_at);
        let may = || {
            let policy = self.in_effect();
            let permitted = policy.holds(by, &policy.powers.bodies);
            permitted
                && !policy.successions.has_ended(by)
                && self.may_succeed(said, &policy).is_ok()
        };
        if taken.unwrap_or_else(may) {
            self.record_succession(SuccessionRecord::new(position, said));
            self.succeed_until(recorded_at);
        }
    }

    /// Lets time pass: what waits until `to` takes effect.
    pub fn advance(&mut self, to: Timestamp) {
        while let Some(effect) = self.come_due(to) {
            self.put_in_force(&effect);
        }
        self.succeed_until(to);
    }
}
