//! Why the domain says no. The codes are stable; each has a page in `docs/errors/`.

use crate::message::Refusal;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $message:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $name() -> Refusal {
            Refusal { code: $code.to_owned(), message: $message.to_owned() }
        })*

        /// Every refusal code.
        pub const CODES: &[&str] = &[$($code),*];

        /// What a refusal with this code says.
        #[must_use]
        pub fn message(code: &str) -> Option<&'static str> {
            match code {
                $($code => Some($message),)*
                _ => None,
            }
        }
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
    /// A risk to the building is not repaired for good.
    repair_missing = "repair-missing": "Only a permanent repair ends a risk to the building; temporary measures do not.";
    /// The lead is not one of the responsible bodies.
    lead_not_responsible = "lead-not-responsible": "The lead must be one of the responsible bodies.";
    /// No accepted event has that id.
    event_unknown = "event-unknown": "No accepted concern at this home has that id.";
    /// Only its sender may correct or withdraw a concern.
    not_the_sender = "not-the-sender": "Only the agency that raised a concern may correct or withdraw it.";
    /// Only the register's owner may speak there.
    not_the_register_owner = "not-the-register-owner": "This agency does not own the register.";
    /// Nothing that can be erased stands there.
    narrative_unknown = "narrative-unknown": "No narrative of this home has that id or position.";
    /// The text is gone already.
    already_erased = "already-erased": "The text of this event is erased already, or is about to be.";
    /// An opening by break-glass ends later than now, and no later than the policy allows.
    break_glass_time = "break-glass-time": "An opening by break-glass ends after now, and no later than the policy allows.";
    /// The policy gives this power to other roles.
    not_permitted = "not-permitted": "The policy gives this power to other roles.";
    /// The concern was withdrawn.
    already_withdrawn = "already-withdrawn": "The concern was withdrawn before.";
    /// No body holds that role.
    role_unknown = "role-unknown": "No body holds a role of that name.";
    /// A home cannot succeed itself or its own successor.
    succession_loop = "succession-loop": "A home cannot succeed itself or its own successor.";
    /// A rule book was to hold from a time that was past when it was recorded.
    policy_effective_in_the_past = "policy-effective-in-the-past": "A policy takes effect at a time that is still to come when it is recorded.";
    /// A rule book in which `policy check` finds a fault.
    policy_faulty = "policy-faulty": "A policy in which `carehub policy check` finds a fault does not take effect.";
    /// The home is not in the register.
    home_unknown = "home-unknown": "The home is not in the register.";
    /// Who triages must have been shown the picture (Norfolk 7.3.9).
    picture_revision_unknown = "picture-revision-unknown": "The picture of this home never had that revision.";
    /// The policy names no such body.
    body_unknown = "body-unknown": "The policy names no body of that name.";
    /// The body has ended, and others act in its place.
    body_ended = "body-ended": "This body has ended. Its successors speak, act and read in its place.";
    /// A body ends once.
    body_already_succeeded = "body-already-succeeded": "One of these bodies has been succeeded, or is going to be.";
    /// A body cannot go on in its own place.
    body_succession_loop = "body-succession-loop": "A body cannot succeed itself or one of its own successors.";
    /// A body must begin before it ends.
    body_succession_order = "body-succession-order": "A body cannot end on or before the date on which it takes another's place.";
    /// The escalation has an action of that name.
    action_known = "action-known": "The escalation already has an action of that name.";
    /// The escalation has no action of that name.
    action_unknown = "action-unknown": "The escalation has no action of that name.";
    /// Nothing more is expected of the action.
    action_over = "action-over": "The action is achieved, or was graded as not achieved.";
    /// An action is still to be done.
    actions_open = "actions-open": "An action is neither achieved nor graded as not achieved.";
    /// The day is over.
    due_past = "due-past": "The day by which it is due lies in the past.";
    /// The escalation has as many actions as it holds.
    too_many_actions = "too-many-actions": "The escalation has as many actions as it can hold.";
    /// The escalation is open.
    not_closed = "not-closed": "The escalation is open.";
    /// Only a commissioner decides on its placements.
    only_commissioners = "only-commissioners": "Only commissioners suspend placements, each for its own; everybody else proposes.";
    /// The police and safeguarding were not consulted.
    consultation_missing = "consultation-missing": "The police and safeguarding must have been consulted.";
    /// The provider was not heard although the police agree.
    provider_unheard = "provider-unheard": "The police agree that the provider is heard; record what it said, or that it gave no answer.";
    /// The review is too late, or was before today.
    review_too_late = "review-too-late": "The review must be from today on and within the time that the policy gives.";
    /// This commissioner restricts nothing here.
    not_restricted = "not-restricted": "This commissioner has neither suspended placements here nor placed with caution.";
    /// The token is `general`, and no provider is named.
    provider_missing = "provider-missing": "Name the provider: the token `general` is about no one home.";
    /// A process is open.
    process_open = "process-open": "A process about this home or provider is open.";
    /// No process is open.
    process_unknown = "process-unknown": "No process about this home or provider is open.";
    /// The risk is high, and nothing is agreed that escalates it.
    escalation_triggers_missing = "escalation-triggers-missing": "Where the risk is high, agree beforehand what escalates it.";
    /// Only who leads the process moves or closes it.
    not_the_chair = "not-the-chair": "Only the chair or the co-ordinator of the process moves or closes it.";
    /// The policy has no such step, or only closing reaches it.
    step_unknown = "step-unknown": "The policy has no step of that name that a move can reach.";
    /// A step is left incomplete, passed over or gone back to without a reason.
    reason_missing = "reason-missing": "A step that is incomplete, passed over or gone back to needs a reason.";
    /// There is a serious delay, and no update meeting was held.
    update_mandatory = "update-mandatory": "After a serious delay an update meeting is mandatory.";
    /// It is done or not said at all.
    not_left_out = "not-left-out": "This is recorded when it is done; only actions, views and advocacy may be left out for a reason.";
    /// The adults' views or the offer of advocacy are not recorded.
    adults_unheard = "adults-unheard": "Record the adults' views and that advocacy was offered, or why not.";
    /// The provider or CQC has no written notice.
    notice_missing = "notice-missing": "The provider and CQC must have written notice.";
    /// The board was not told.
    board_unreported = "board-unreported": "The lessons must have been reported to the board.";
    /// The police have not advised yet, or ask to hold.
    police_advice_awaited = "police-advice-awaited": "Police advice comes first, and is awaited.";
    /// Nobody monitors the measures.
    monitor_missing = "monitor-missing": "Name who monitors the measures.";
    /// A side has no director in the plan.
    director_missing = "director-missing": "Directors of every side that the policy names must have agreed.";
    /// Its trigger has raised another since.
    later_one_open = "later-one-open": "The same trigger has raised a later escalation, which is open.";
}
