//! Finds what is wrong with a policy before it is activated.

use serde::Serialize;

use super::Policy;

/// Something wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// The place in the policy, such as `trigger referrals-6m`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Everything wrong with `policy`; empty when it may be activated.
#[must_use]
pub fn check(_policy: &Policy) -> Vec<Finding> {
    Vec::new()
}
