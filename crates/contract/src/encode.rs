//! Writes the hub's own messages: the same bytes for the same decision, on every machine (law 5).

use std::borrow::Cow;

use carehub_domain::message::{Output, OutputBody, Tick};
use carehub_domain::policy::{Activation, Activator, Policy};
use carehub_domain::{BodyId, HomeId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::envelope::{CloudEvent, HUB_SOURCE};
use crate::residue::ErasedMessage;
use crate::subject::{Subject, is_version};
use crate::wire::{
    ALERT_GIVEN, Alert, AlertChange, CONTROL_TICKED, ESCALATION_CHANGED, ESCALATION_TOLD,
    EscalationChanged, EscalationTold, NOTICE_GIVEN, NoticeGiven, POLICY_ACTIVATED,
    PolicyActivated, RECEIPT_GIVEN, REFUSAL_ISSUED, REJECTION_ISSUED, Receipt, RefusalIssued,
    RejectionIssued, TOMBSTONE_WRITTEN, TombstoneWritten,
};

/// A message, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its subject.
    pub subject: String,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Why a message of the hub could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// JSON has no such number: it would come back as something else.
    #[error("write an escalation: its explanation has a number that is not finite")]
    NotFinite,
    /// The version names the policy's subject.
    #[error(
        "write a policy: its version is 1 to 4 tokens of letters, digits and hyphens, with dots between"
    )]
    PolicyVersion,
    /// The serialiser refused.
    #[error("write {event_type} as JSON")]
    Json {
        /// The `type` of the message.
        event_type: &'static str,
        /// Its reason.
        source: serde_json::Error,
    },
}

/// Writes a decision. Its `id` is `<cause position>-<n>`, its `time` is the decision's.
///
/// # Errors
/// [`EncodeError`] when a number of it is not finite.
pub fn encode(output: &Output) -> Result<Encoded, EncodeError> {
    let cause = output.cause;
    let id = format!("{}-{}", cause.position, cause.n);
    match &output.body {
        OutputBody::Escalation { to, escalation } => {
            let explanation = &escalation.explanation;
            if !(explanation.counted.is_finite() && explanation.limit.is_finite()) {
                return Err(EncodeError::NotFinite);
            }
            let subject = Subject::Escalation {
                to: to.clone(),
                home: escalation.home.clone(),
                id: escalation.id.clone(),
                revision: escalation.revision,
            };
            let data = EscalationChanged {
                cause,
                to: Cow::Borrowed(to),
                escalation: Cow::Borrowed(escalation),
            };
            write(&subject, ESCALATION_CHANGED, id, output.at, escalation.home.as_str(), data)
        }
        OutputBody::Notice { to, notice } => {
            let (home, id_of) = (&notice.home, &notice.id);
            let subject = Subject::Notice { to: to.clone(), home: home.clone(), id: id_of.clone() };
            let data = NoticeGiven { cause, to: Cow::Borrowed(to), notice: Cow::Borrowed(notice) };
            write(&subject, NOTICE_GIVEN, id, output.at, home.as_str(), data)
        }
        OutputBody::Told { to, told } => {
            let explanation = &told.explanation;
            if !(explanation.counted.is_finite() && explanation.limit.is_finite()) {
                return Err(EncodeError::NotFinite);
            }
            let subject = Subject::Escalation {
                to: to.clone(),
                home: told.home.clone(),
                id: told.id.clone(),
                revision: told.revision,
            };
            let data =
                EscalationTold { cause, to: Cow::Borrowed(to), escalation: Cow::Borrowed(told) };
            write(&subject, ESCALATION_TOLD, id, output.at, told.home.as_str(), data)
        }
        OutputBody::Rejection { agency, home, event_id, rejection } => {
            let subject = Subject::Rejection { agency: agency.clone(), cause: cause.position };
            let data = RejectionIssued {
                cause,
                agency: Cow::Borrowed(agency),
                home: Cow::Borrowed(home),
                event_id: event_id.as_deref().map(Cow::Borrowed),
                outcome: rejection.outcome,
                code: Cow::Borrowed(&rejection.code),
                faults: Cow::Borrowed(&rejection.faults),
            };
            write(&subject, REJECTION_ISSUED, id, output.at, home.as_str(), data)
        }
        OutputBody::Refusal { agency, home, event_id, refusal } => {
            let subject = Subject::Refusal { agency: agency.clone(), cause: cause.position };
            let data = RefusalIssued {
                cause,
                agency: Cow::Borrowed(agency),
                home: Cow::Borrowed(home),
                event_id: Cow::Borrowed(event_id),
                code: Cow::Borrowed(&refusal.code),
                message: Cow::Borrowed(&refusal.message),
            };
            write(&subject, REFUSAL_ISSUED, id, output.at, home.as_str(), data)
        }
        OutputBody::Tombstone { tombstone, residue } => {
            let json = |source| EncodeError::Json { event_type: TOMBSTONE_WRITTEN, source };
            let raw: &RawValue = serde_json::from_str(&residue.0).map_err(json)?;
            let subject = Subject::Tombstone { position: tombstone.position };
            let leaf = ErasedMessage::read(residue).map(|erased| erased.leaf);
            let data = TombstoneWritten { cause, tombstone, leaf, residue: raw };
            write(&subject, TOMBSTONE_WRITTEN, id, output.at, tombstone.home.as_str(), data)
        }
    }
}

/// Writes a tick whose due time is `due`.
///
/// # Errors
/// [`EncodeError::Json`], which a tick does not have in practice.
pub fn encode_tick(due: Timestamp, tick: &Tick) -> Result<Encoded, EncodeError> {
    let unix = due.as_second();
    write(
        &Subject::Tick { due: unix },
        CONTROL_TICKED,
        format!("tick-{unix}"),
        due,
        HomeId::GENERAL,
        tick,
    )
}

/// Writes the rule book with which a hub begins a log, said at `at`. Its subject is its version.
///
/// # Errors
/// [`EncodeError::PolicyVersion`] when its version cannot be the end of a subject.
pub fn encode_policy(policy: &Policy, at: Timestamp) -> Result<Encoded, EncodeError> {
    write_policy(policy.version.clone(), policy, None, None, at)
}

/// Writes an activation, said at `at`. Its subject is the version and the instant from which it is to
/// hold, so that a rule book that held before can be activated again, and saying the same twice is
/// one message. One that is to hold as soon as it is recorded has the instant at which it is said.
///
/// # Errors
/// [`EncodeError::PolicyVersion`] when its version cannot stand in a subject.
pub fn encode_activation(said: &Activation, at: Timestamp) -> Result<Encoded, EncodeError> {
    let from = said.effective_from.unwrap_or(at);
    // `20261201T000000Z`: the basic format of ISO 8601 has no character that a token may not have.
    let when = from.strftime("%Y%m%dT%H%M%SZ");
    let token = format!("{}.{when}", said.policy.version);
    let by = said.activated_by.as_ref();
    write_policy(token, &said.policy, said.effective_from, by, at)
}

fn write_policy(
    token: String,
    policy: &Policy,
    effective_from: Option<Timestamp>,
    activated_by: Option<&Activator>,
    at: Timestamp,
) -> Result<Encoded, EncodeError> {
    if !is_version(&token) {
        return Err(EncodeError::PolicyVersion);
    }
    let id = format!("policy-{token}");
    let data = PolicyActivated {
        policy: Cow::Borrowed(policy),
        effective_from,
        activated_by: activated_by.map(Cow::Borrowed),
    };
    write(&Subject::Policy { version: token }, POLICY_ACTIVATED, id, at, HomeId::GENERAL, data)
}

/// Writes what became of some events of `agency`; live only.
///
/// # Errors
/// [`EncodeError::Json`], which a receipt does not have in practice.
pub fn encode_receipt(
    agency: &BodyId,
    receipt: &Receipt,
    at: Timestamp,
) -> Result<Encoded, EncodeError> {
    let position = |entry: Option<&crate::Receipted>| entry.map_or(0, |entry| entry.position.0);
    let (first, last) = (position(receipt.receipts.first()), position(receipt.receipts.last()));
    let subject = Subject::Receipt { agency: agency.clone() };
    write(&subject, RECEIPT_GIVEN, format!("receipt-{first}-{last}"), at, HomeId::GENERAL, receipt)
}

/// Writes a live word to one body about a home. `id` names it once, and must tell the reader nothing
/// of how much others say: no position.
///
/// # Errors
/// [`EncodeError::Json`], which an alert does not have in practice.
pub fn encode_alert(
    to: &BodyId,
    home: &HomeId,
    id: String,
    alert: &Alert,
    at: Timestamp,
) -> Result<Encoded, EncodeError> {
    let subject = Subject::Alert { to: to.clone(), home: home.clone() };
    write(&subject, ALERT_GIVEN, id, at, home.as_str(), alert)
}

/// The live word of a decision for the body that it is told to; none where it is told to nobody live. It follows from
/// what that body is told and from nothing else, so it says no more.
///
/// # Errors
/// As [`encode_alert`].
pub fn alert_of(output: &Output) -> Result<Option<Encoded>, EncodeError> {
    let OutputBody::Told { to, told } = &output.body else { return Ok(None) };
    let alert = Alert {
        change: AlertChange::Escalation,
        level: told.level,
        escalation: Some(told.id.clone()),
        revision: Some(told.revision),
    };
    let id = format!("alert-{}-{}", told.id, told.revision);
    encode_alert(to, &told.home, id, &alert, output.at).map(Some)
}

pub(crate) fn write<D: Serialize>(
    subject: &Subject,
    event_type: &'static str,
    id: String,
    at: Timestamp,
    home: &str,
    data: D,
) -> Result<Encoded, EncodeError> {
    let event = CloudEvent::new(HUB_SOURCE, id, event_type, at, home, data);
    let payload =
        serde_json::to_vec(&event).map_err(|source| EncodeError::Json { event_type, source })?;
    Ok(Encoded { subject: subject.to_string(), payload })
}
