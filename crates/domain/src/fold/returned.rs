//! A concern whose text went back to its sender is not lost while it waits: a grave one is told at once, as
//! far as its structured fields go, to the role that receives such concerns.

use super::{State, StepSoFar};
use crate::event::Severity;
use crate::{HomeId, Position};

impl State {
    pub(super) fn tell_returned(&self, home: &HomeId, position: Position, step: &mut StepSoFar) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        let Some((item, concern)) = picture.concern(position) else {
            return;
        };
        if concern.severity < Severity::High || concern.is_history(item.recorded_at) {
            return;
        }
        let sentence = "A grave concern came with text that its sender must put right first. What it says \
                        besides counts already: triage it now.";
        if let Some(told) = self.to_triage(self.time, picture, item, concern, sentence.to_owned()) {
            self.tell_late(home, told, step);
        }
    }
}
