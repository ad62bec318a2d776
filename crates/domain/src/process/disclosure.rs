//! Natural justice: the provider's own account stands beside those concerns that their originators
//! and, where crime is possible, the police have cleared for disclosure (triggers.md §5).

use super::Proceedings;
use crate::BodyId;
use crate::escalation::refusal;
use crate::event::{Facets, Kind};
use crate::message::Refusal;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::Policy;

/// Whether `by` may clear a concern: its originator, or the police.
///
/// # Errors
/// `not-permitted`.
pub fn clear(by: &BodyId, originator: &BodyId, policy: &Policy) -> Result<(), Refusal> {
    if by == originator || policy.holds(by, &policy.powers.police_advice) {
        Ok(())
    } else {
        Err(refusal::not_permitted())
    }
}

/// Whether a concern is cleared: it counts, its originator said so and, where crime is possible, so did
/// the police.
#[must_use]
pub fn is_cleared(
    proceedings: &Proceedings,
    item: &Item,
    concern: &ConcernItem,
    policy: &Policy,
) -> bool {
    let Some(by) = proceedings.cleared.get(&item.position) else {
        return false;
    };
    let police = || by.iter().any(|body| policy.holds(body, &policy.powers.police_advice));
    let crime = concern.facets.has(Facets::POSSIBLE_CRIME);
    concern.counts() && by.contains(&item.agency) && (!crime || police())
}

/// The entries that tell the provider's own account, and beside them those that were cleared for it.
#[must_use]
pub fn disclosed<'a>(home: &'a Home, policy: &Policy) -> (Vec<&'a Item>, Vec<&'a Item>) {
    let mut account = Vec::new();
    let mut cleared = Vec::new();
    for (item, concern) in home.concerns() {
        if concern.kind == Kind::ProviderResponse && concern.counts() {
            account.push(item);
        } else if is_cleared(&home.head.process, item, concern, policy) {
            cleared.push(item);
        }
    }
    (account, cleared)
}
