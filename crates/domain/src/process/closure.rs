//! A potential closure: until directors on both sides have agreed how it is communicated, only named
//! directors are told (Kirklees 8, 9; Berkshire 5.6).

use crate::BodyId;
use crate::escalation::refusal;
use crate::event::ClosurePlan;
use crate::message::Refusal;
use crate::policy::Policy;

/// Whether `by` may record that the plan is agreed.
///
/// # Errors
/// `not-permitted` unless the sender is one of those whose directors agreed; `director-missing` where
/// a role that the policy names has no body among them.
pub fn agree(by: &BodyId, plan: &ClosurePlan, policy: &Policy) -> Result<(), Refusal> {
    let wanted = &policy.process.closure_directors;
    if wanted.is_empty() || !plan.directors.contains(by) {
        return Err(refusal::not_permitted());
    }
    let of_role = |role: &String| {
        plan.directors.iter().any(|body| policy.holds(body, std::slice::from_ref(role)))
    };
    if !wanted.iter().all(of_role) {
        return Err(refusal::director_missing());
    }
    Ok(())
}
