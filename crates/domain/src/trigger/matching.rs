//! Which concerns a trigger looks at.

use crate::picture::{ConcernItem, Item};
use crate::policy::{Fact, Match, Policy, Rule};

/// Whether a concern is one that `wanted` names. Withdrawn ones are for the caller to leave out.
#[must_use]
pub fn matches(wanted: &Match, policy: &Policy, item: &Item, concern: &ConcernItem) -> bool {
    wanted.fits(concern.kind, concern.severity, concern.facets)
        && (wanted.from_roles.is_empty() || policy.holds(&item.agency, &wanted.from_roles))
        && (wanted.except_roles.is_empty() || !policy.holds(&item.agency, &wanted.except_roles))
}

/// Whether a concern has the fact.
#[must_use]
pub(crate) fn has(concern: &ConcernItem, fact: Fact) -> bool {
    concern.facets.has(fact.facet())
}

/// The concerns that can make a rule hold; none for rules that no concern by itself can.
#[must_use]
pub fn wanted(rule: &Rule) -> Option<&Match> {
    match rule {
        Rule::Immediate { matching }
        | Rule::Count { matching, .. }
        | Rule::Score { matching, .. }
        | Rule::Breadth { matching, .. } => Some(matching),
        Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => None,
    }
}
