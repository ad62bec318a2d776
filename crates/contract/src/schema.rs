//! The published schemas, compiled in. A published file never changes: `schemas/PUBLISHED.txt` pins
//! the hash of each, and a test holds it.

use jsonschema::Validator;
use serde_json::Value;

use crate::contract::ContractError;
use crate::validate;

/// A published schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The file's name without `.json`, such as `concern.raised.v1`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! schemas {
    ($($name:literal)*) => {
        &[$(Schema { name: $name, text: include_str!(concat!("../../../schemas/", $name, ".json")) }),*]
    };
}

/// Every published schema: the envelope, then what agencies say, then what the hub says.
pub const PUBLISHED: &[Schema] = schemas! {
    "envelope.v1"
    "concern.raised.v1"
    "concern.corrected.v1"
    "concern.withdrawn.v1"
    "concern.matched.v1"
    "death.same-person.v1"
    "concern.triaged.v1"
    "assessment.recorded.v1"
    "plan.evidenced.v1"
    "plan.sampled.v1"
    "placements.counted.v1"
    "meeting.planned.v1"
    "meeting.recorded.v1"
    "information.requested.v1"
    "information.supplied.v1"
    "information.refused.v1"
    "guidance.issued.v1"
    "police-advice.recorded.v1"
    "body.succeeded.v1"
    "concern.received.v1"
    "enquiry.checked.v1"
    "support.counted.v1"
    "practice.aligned.v1"
    "escalation.requested.v1"
    "home.registered.v1"
    "home.registered.v2"
    "home.changed.v1"
    "home.changed.v2"
    "home.closed.v1"
    "home.succeeded.v1"
    "escalation.acknowledged.v1"
    "escalation.discussed.v1"
    "escalation.decided.v1"
    "escalation.lead-agreed.v1"
    "escalation.evidence-added.v1"
    "escalation.closed.v1"
    "escalation.action-assigned.v1"
    "escalation.action-progressed.v1"
    "escalation.action-completed.v1"
    "escalation.reopened.v1"
    "placements.suspended.v1"
    "placements.cautioned.v1"
    "placements.lifted.v1"
    "process.started.v1"
    "process.moved.v1"
    "process.recorded.v1"
    "process.closed.v1"
    "provider.informed.v1"
    "provider.met.v1"
    "safety-action.taken.v1"
    "disclosure.cleared.v1"
    "summit.recorded.v1"
    "closure-plan.agreed.v1"
    "narrative.erasure-requested.v1"
    "break-glass.opened.v1"
    "escalation.changed.v1"
    "escalation.changed.v2"
    "escalation.changed.v3"
    "escalation.changed.v4"
    "escalation.told.v1"
    "escalation.told.v2"
    "notice.given.v1"
    "notice.given.v2"
    "notice.given.v3"
    "rejection.issued.v1"
    "refusal.issued.v1"
    "tombstone.written.v1"
    "control.ticked.v1"
    "control.head-signed.v1"
    "person.settings-changed.v1"
    "delivery.planned.v1"
    "delivery.made.v1"
    "delivery.failed.v1"
    "delivery.ended.v1"
    "receipt.given.v1"
    "alert.given.v1"
    "audit.recorded.v1"
    "audit.recorded.v2"
    "policy.activated.v1"
    "policy.activated.v2"
    "policy.activated.v3"
    "policy.activated.v4"
    "policy.activated.v5"
};

/// The published schema of this name.
#[must_use]
pub fn published(name: &str) -> Option<&'static str> {
    PUBLISHED.iter().find(|schema| schema.name == name).map(|schema| schema.text)
}

/// The name of the schema of a `type`: `uk.carehub.concern.raised.v1` has `concern.raised.v1`.
#[must_use]
pub fn name_of_type(event_type: &str) -> Option<&str> {
    event_type.strip_prefix("uk.carehub.")
}

/// The published schema of this name, as a tree.
pub(crate) fn read(name: &str) -> Result<Value, ContractError> {
    let text = published(name).ok_or_else(|| ContractError::Missing { name: name.to_owned() })?;
    serde_json::from_str(text)
        .map_err(|source| ContractError::Json { name: name.to_owned(), source })
}

/// Compiles the published schema of this name: formats asserted, unknown formats refused, patterns in
/// linear time.
///
/// # Errors
/// [`ContractError`] when there is no such schema, which only a wrong name can cause.
pub fn compile(name: &str) -> Result<Validator, ContractError> {
    compile_value(name, &read(name)?)
}

/// Compiles a schema in the same way; `name` stands in the error.
///
/// # Errors
/// [`ContractError::Schema`] when it is none.
pub fn compile_value(name: &str, schema: &Value) -> Result<Validator, ContractError> {
    validate::compile(schema)
        .map_err(|source| ContractError::Schema { name: name.to_owned(), source })
}
