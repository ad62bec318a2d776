//! The known answers: what was generated for each home, to compare a hub with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a hub must hold once it has read the register and the whole history in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// By home token; `unmatched` holds what nobody matched to a home.
    pub homes: BTreeMap<String, HomeTruth>,
}

/// What a hub must hold of one home.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeTruth {
    /// Concerns that count: neither withdrawn nor a second account of another.
    pub counted: u64,
    /// The same by kind.
    pub by_kind: BTreeMap<String, u64>,
    /// The same by the agency that said it first.
    pub by_agency: BTreeMap<String, u64>,
    /// Concerns that another agency said again from the same record.
    pub corroborating: u64,
    /// Events that were sent twice.
    pub duplicates: u64,
    /// Concerns that were corrected.
    pub corrected: u64,
    /// Concerns that were withdrawn.
    pub withdrawn: u64,
    /// Events that the contract rejects.
    pub invalid: u64,
}

impl Truth {
    pub(super) fn of(&mut self, home: &str) -> &mut HomeTruth {
        self.homes.entry(home.to_owned()).or_default()
    }
}

impl HomeTruth {
    pub(super) fn count(&mut self, kind: &str, agency: &str) {
        self.counted += 1;
        *self.by_kind.entry(kind.to_owned()).or_default() += 1;
        *self.by_agency.entry(agency.to_owned()).or_default() += 1;
    }
}
