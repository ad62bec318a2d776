//! Which concerns a trigger looks at.

use crate::event::Facets;
use crate::picture::{ConcernItem, Item};
use crate::policy::{Fact, Match, Policy, Rule};

/// Whether a concern is one that `wanted` names. Withdrawn ones are for the caller to leave out.
#[must_use]
pub fn matches(wanted: &Match, policy: &Policy, item: &Item, concern: &ConcernItem) -> bool {
    (wanted.kinds.is_empty() || wanted.kinds.contains(&concern.kind))
        && !wanted.except_kinds.contains(&concern.kind)
        && (wanted.severities.is_empty() || wanted.severities.contains(&concern.severity))
        && wanted.facts.iter().all(|fact| concern.facets.has(facet(*fact)))
        && (wanted.from_roles.is_empty() || policy.holds(&item.agency, &wanted.from_roles))
        && (wanted.except_roles.is_empty() || !policy.holds(&item.agency, &wanted.except_roles))
}

/// Whether a concern has the fact.
#[must_use]
pub(crate) fn has(concern: &ConcernItem, fact: Fact) -> bool {
    concern.facets.has(facet(fact))
}

fn facet(fact: Fact) -> Facets {
    match fact {
        Fact::PossibleCrime => Facets::POSSIBLE_CRIME,
        Fact::NamedIndividual => Facets::NAMED_INDIVIDUAL,
        Fact::Line999 => Facets::LINE_999,
        Fact::InHospital => Facets::IN_HOSPITAL,
        Fact::SeriousHarm => Facets::SERIOUS_HARM,
        Fact::Repaired => Facets::REPAIRED,
    }
}

/// The concerns that can make a rule hold; none for rules that no concern by itself can.
#[must_use]
pub fn wanted(rule: &Rule) -> Option<&Match> {
    match rule {
        Rule::Immediate { matching }
        | Rule::Count { matching, .. }
        | Rule::Score { matching, .. } => Some(matching),
        Rule::Linked { .. } | Rule::Overdue {} | Rule::Requested {} => None,
    }
}
