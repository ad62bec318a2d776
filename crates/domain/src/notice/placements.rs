//! Placing authorities are found and told when placements are suspended, made with caution, or free
//! again (Berkshire 5.8, initial action c: "find and contact the placing authorities").
//!
//! They are found in the monthly totals (`placements.counted`): every authority that has a resident in
//! the home. The policy's commissioners for that area are told. The commissioner who decides gets a copy
//! that says who was told and for which authorities nobody could be: those it has to reach by itself,
//! and would otherwise never hear of.
//!
//! This does not wait for the police: it repeats no concern, and not to place somebody in danger is a
//! matter of safety.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::BodyId;
use crate::event::Month;
use crate::picture::records::Placed;
use crate::policy::Policy;
use crate::time::london_date;

/// What a placing authority needs to know of a suspension, a caution, or the end of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementsNotice {
    /// The commissioner whose placements they are.
    pub commissioner: BodyId,
    /// The London date on which it decided.
    pub decided_on: Date,
    /// By when it looks at it again; not of one that is lifted.
    pub review_on: Option<Date>,
    /// The placing authorities that the recipient stands for, and whom they have placed there.
    pub authorities: Vec<Authority>,
    /// Of the commissioner's own copy: who else is told.
    pub told: Vec<BodyId>,
    /// Of the commissioner's own copy: the placing authorities for which the policy knows nobody.
    pub not_reached: Vec<String>,
}

/// A placing authority, as it was last counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its area.
    pub authority: String,
    /// How many people it has placed in the home.
    pub residents: u32,
    /// In which month that was counted.
    pub month: Month,
}

/// Who is told of a decision of `commissioner`, and what; its own copy is the last.
///
/// `placed` is the home's newest count of each authority, `area` the one that the register gives the
/// home. An authority without residents is not told. One for which only the deciding commissioner holds
/// the role is its own where its areas name it, or, of one without areas, where it is the home's;
/// otherwise it is not reached.
#[must_use]
pub fn placements(
    commissioner: &BodyId,
    review_on: Option<Date>,
    placed: &BTreeMap<String, Placed>,
    area: Option<&str>,
    policy: &Policy,
    now: Timestamp,
) -> Vec<(BodyId, PlacementsNotice)> {
    let notice = |authorities: Vec<Authority>| PlacementsNotice {
        commissioner: commissioner.clone(),
        decided_on: london_date(now),
        review_on,
        authorities,
        told: Vec::new(),
        not_reached: Vec::new(),
    };
    let reached = reached(commissioner, placed, area, policy, now);
    let copy = PlacementsNotice {
        told: reached.told.keys().cloned().collect(),
        not_reached: reached.not_reached.into_iter().collect(),
        ..notice(reached.own)
    };
    let others = reached.told.into_iter().map(|(body, authorities)| (body, notice(authorities)));
    others.chain([(commissioner.clone(), copy)]).collect()
}

/// Which bodies stand for the authorities that have placed people in a home.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// Who is told, and of which authorities.
    pub(super) told: BTreeMap<BodyId, Vec<Authority>>,
    /// The authorities that the body that speaks stands for itself.
    pub(super) own: Vec<Authority>,
    /// Those for which the policy knows nobody.
    pub(super) not_reached: BTreeSet<String>,
}

/// Who is reached when `by` speaks.
pub(super) fn reached(
    by: &BodyId,
    placed: &BTreeMap<String, Placed>,
    area: Option<&str>,
    policy: &Policy,
    now: Timestamp,
) -> Reached {
    let mut reached = Reached::default();
    for (authority, placed) in placed.iter().filter(|(_, placed)| placed.residents > 0) {
        let counted = Authority {
            authority: authority.clone(),
            residents: placed.residents,
            month: placed.month,
        };
        let holders = policy.route(&policy.process.placements.decided_by, Some(authority), now);
        let others: Vec<BodyId> = holders
            .into_iter()
            .filter(|body| body != by && !policy.holds(body, &policy.powers.never_reads))
            .collect();
        if is_own(by, authority, area, policy) {
            reached.own.push(counted.clone());
        } else if others.is_empty() {
            reached.not_reached.insert(authority.clone());
        }
        for body in others {
            reached.told.entry(body).or_default().push(counted.clone());
        }
    }
    reached
}

fn is_own(commissioner: &BodyId, authority: &str, area: Option<&str>, policy: &Policy) -> bool {
    let areas = policy.body(commissioner).map(|body| body.areas.as_slice()).unwrap_or_default();
    if areas.is_empty() { area == Some(authority) } else { areas.iter().any(|a| a == authority) }
}
