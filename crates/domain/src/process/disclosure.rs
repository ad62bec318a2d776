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

/// The entries that tell the provider's own account, and beside them those that were cleared for it, both in the
/// order of filing.
#[must_use]
pub fn disclosed<'a>(home: &'a Home, policy: &Policy) -> (Vec<&'a Item>, Vec<&'a Item>) {
    let is_account = |concern: &ConcernItem| concern.kind == Kind::ProviderResponse;
    let account = home.concerns_as_filed();
    let account = account.filter(|(_, concern)| is_account(concern) && concern.counts());
    (account.map(|(item, _)| item).collect(), cleared(home, policy))
}

/// The concerns that may be put to the provider. Found by what was cleared, which is little.
#[must_use]
pub fn cleared<'a>(home: &'a Home, policy: &Policy) -> Vec<&'a Item> {
    let proceedings = &home.head.process;
    let known = proceedings.cleared.keys().filter_map(|position| home.concern(*position));
    let known = known.filter(|(_, concern)| concern.kind != Kind::ProviderResponse);
    let cleared = known.filter(|(item, concern)| is_cleared(proceedings, item, concern, policy));
    cleared.map(|(item, _)| item).collect()
}
