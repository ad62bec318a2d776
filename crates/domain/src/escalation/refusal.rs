//! Why the domain says no. The codes are stable; each has a page in `docs/errors/`.

use crate::message::Refusal;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $message:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $name() -> Refusal {
            Refusal { code: $code.to_owned(), message: $message.to_owned() }
        })*

        /// Every refusal code.
        pub const CODES: &[&str] = &[$($code),*];
    };
}

refusals! {
    /// No escalation has that id at that home.
    escalation_unknown = "escalation-unknown": "No escalation of this home has that id.";
    /// The body is neither responsible nor told, or the step is not its own.
    not_addressed = "not-addressed": "This step belongs to the bodies to which the escalation is routed.";
    /// The escalation is closed.
    already_closed = "already-closed": "The escalation is closed.";
    /// The step was taken.
    step_already_taken = "step-already-taken": "This body has already taken this step.";
    /// Another step comes first.
    step_out_of_order = "step-out-of-order": "An earlier step is missing.";
    /// The lead is not one of the responsible bodies.
    lead_not_responsible = "lead-not-responsible": "The lead must be one of the responsible bodies.";
    /// No accepted event has that id.
    event_unknown = "event-unknown": "No accepted concern at this home has that id.";
    /// Only its sender may correct or withdraw a concern.
    not_the_sender = "not-the-sender": "Only the agency that raised a concern may correct or withdraw it.";
    /// Only the register's owner may speak there.
    not_the_register_owner = "not-the-register-owner": "This agency does not own the register.";
    /// The policy gives this power to other roles.
    not_permitted = "not-permitted": "The policy gives this power to other roles.";
    /// The concern was withdrawn.
    already_withdrawn = "already-withdrawn": "The concern was withdrawn before.";
    /// No body holds that role.
    role_unknown = "role-unknown": "No body holds a role of that name.";
    /// A home cannot succeed itself or its own successor.
    succession_loop = "succession-loop": "A home cannot succeed itself or its own successor.";
    /// The home is not in the register.
    home_unknown = "home-unknown": "The home is not in the register.";
    /// Who triages must have been shown the picture (Norfolk 7.3.9).
    picture_revision_unknown = "picture-revision-unknown": "The picture of this home never had that revision.";
}
