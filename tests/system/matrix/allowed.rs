//! What is allowed: the design's table of subjects, and the policy. Nothing here looks at the
//! generator, or at what a server says.

use carehub_domain::policy::Policy;

use super::access::Access;
use super::scene::{Actor, account_of};

/// Whether the policy lets this party do this.
pub(super) fn allowed(policy: &Policy, actor: &Actor, access: &Access) -> bool {
    let own = |whose: &String| *whose == account_of(actor);
    match (actor, access) {
        (Actor::Agency(_), Access::Publish { room: "concern" | "response", whose }) => own(whose),
        (Actor::Agency(id), Access::Publish { room: "register", whose }) => {
            own(whose) && owns_a_register(policy, id)
        }
        (Actor::Agency(_), Access::Listen { to: "receipt" | "alert", whose }) => own(whose),
        (
            Actor::Agency(_) | Actor::Officer(..) | Actor::Erasure,
            Access::Listen { to: "inbox", whose },
        ) => own(whose),
        (Actor::Agency(_) | Actor::Officer(..), Access::Consume { whose }) => own(whose),
        (Actor::Erasure, Access::Erase) => true,
        (
            Actor::Agency(_) | Actor::Officer(..) | Actor::Erasure,
            Access::Publish { .. }
            | Access::Listen { .. }
            | Access::Consume { .. }
            | Access::ConsumeAsHub
            | Access::Erase
            | Access::Administer,
        ) => false,
    }
}

/// Whether one of the body's roles is one that says which homes there are.
fn owns_a_register(policy: &Policy, id: &str) -> bool {
    let body = policy.body.iter().find(|body| body.id.as_str() == id);
    let roles = body.map(|body| body.roles.as_slice()).unwrap_or_default();
    roles.iter().any(|role| policy.powers.register.contains(role))
}
