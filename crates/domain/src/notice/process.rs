//! Placing authorities are told that a provider-concerns process has started (Berkshire 5.8, initial action c:
//! the host finds and alerts them). They are found in the monthly totals, as for a suspension.
//!
//! This does not wait for the police: it says who leads the process, and repeats no concern.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Authority;
use super::placements::reached;
use crate::BodyId;
use crate::event::ProcessStart;
use crate::picture::records::Placed;
use crate::policy::Policy;
use crate::time::london_date;

/// What a placing authority needs to know of a process that has started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessNotice {
    /// The provider that it is about; none where it is about this home alone.
    pub provider: Option<String>,
    /// The London date on which it started.
    pub started_on: Date,
    /// Who chairs it.
    pub chair: BodyId,
    /// Who co-ordinates it: whom to speak to.
    pub coordinator: BodyId,
    /// The placing authorities that the recipient stands for, and whom they have placed there.
    pub authorities: Vec<Authority>,
    /// Of the copy of whoever started it: who else is told.
    pub told: Vec<BodyId>,
    /// Of that copy: the placing authorities for which the policy knows nobody.
    pub not_reached: Vec<String>,
}

/// Who is told that `by` has started a process, and what; its own copy is the last. `placed` is the newest
/// count of each authority, over all homes that the process is about; `area` is the home's. Nobody is told where no
/// resident was counted.
#[must_use]
pub fn process_started(
    by: &BodyId,
    start: &ProcessStart,
    placed: &BTreeMap<String, Placed>,
    area: Option<&str>,
    policy: &Policy,
    now: Timestamp,
) -> Vec<(BodyId, ProcessNotice)> {
    let notice = |authorities| ProcessNotice {
        provider: start.provider.clone(),
        started_on: london_date(now),
        chair: start.chair.clone(),
        coordinator: start.coordinator.clone(),
        authorities,
        told: Vec::new(),
        not_reached: Vec::new(),
    };
    if placed.values().all(|placed| placed.residents == 0) {
        return Vec::new();
    }
    let reached = reached(by, placed, area, policy, now);
    let copy = ProcessNotice {
        told: reached.told.keys().cloned().collect(),
        not_reached: reached.not_reached.into_iter().collect(),
        ..notice(reached.own)
    };
    let others = reached.told.into_iter().map(|(body, authorities)| (body, notice(authorities)));
    others.chain([(by.clone(), copy)]).collect()
}
