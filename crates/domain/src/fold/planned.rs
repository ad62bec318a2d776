//! A potential closure is told to named directors only, until directors on both sides have agreed how it is
//! communicated; then whoever else is to know is told, once (Kirklees 8, 9; Berkshire 5.6).

use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Level, evidence};
use crate::picture::{Home, Sought};
use crate::policy::Trigger;
use crate::{BodyId, HomeId};

impl State {
    /// Whom a trigger tells once the plan for the home is agreed; nobody before.
    pub(super) fn told_once_planned(&self, trigger: &Trigger, home: &Home) -> Vec<BodyId> {
        if home.head.process.closure_plan.is_none() || trigger.told_once_planned.is_empty() {
            return Vec::new();
        }
        let area = self.area(home.id());
        self.policy.route(&trigger.told_once_planned, area.as_deref(), self.time)
    }

    /// The plan for a home was agreed just now: what is open goes to whom it may be told from now on. Said
    /// once more, it tells nobody twice.
    pub(super) fn closure_is_planned(&self, home: &HomeId, step: &mut StepSoFar) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        for open in self.escalations(step, home, Sought::OpenAt(Level::None)) {
            let Some(trigger) = self.policy.terms(&open.trigger) else { continue };
            let mut told = self.told_once_planned(trigger, picture);
            told.retain(|body| !open.recipients().contains(&body));
            if !told.is_empty() {
                step.put(evidence::tell(&open, told, self.change(ChangeKind::EvidenceAdded, None)));
            }
        }
    }
}
