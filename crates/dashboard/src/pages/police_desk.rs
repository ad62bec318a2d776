//! What whoever sits at the police's desk wants beside a case (triggers.md §7): what is to be preserved while their advice
//! is awaited, and how the bodies that must act are reached outside office hours.

use carehub_domain::BodyId;
use carehub_domain::policy::Policy;
use carehub_domain::process::police_first::is_awaited;

use super::words;
use crate::figures::Seen;

/// Beside a home or an escalation.
#[derive(Default)]
pub(super) struct PoliceDesk {
    /// What is to be preserved; nothing where no advice is awaited on what the reader sees, or the policy has no list.
    pub(super) checklist: Vec<String>,
    /// Whom to reach outside office hours, and how: of these bodies, those of which the policy says it.
    pub(super) contacts: Vec<(String, String)>,
}

impl PoliceDesk {
    pub(super) fn of<'a>(
        policy: &Policy,
        seen: &Seen,
        bodies: impl IntoIterator<Item = &'a BodyId>,
    ) -> Self {
        let checklist = match is_awaited(seen.home()) {
            true => policy.evidence.checklist.clone(),
            false => Vec::new(),
        };
        let contact =
            |id: &BodyId| Some((words::body(policy, id), policy.body(id)?.out_of_hours.clone()?));
        Self { checklist, contacts: bodies.into_iter().filter_map(contact).collect() }
    }
}
