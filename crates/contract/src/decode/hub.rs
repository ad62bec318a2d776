//! The hub's own messages, read back. A reader is tolerant: names that a later build adds are passed
//! over. What does not agree with its subject is not read: the subject is what makes it unique (law 5).

use std::sync::Arc;

use carehub_domain::BodyId;
use carehub_domain::erasure::{Residue, Tombstone};
use carehub_domain::message::{Cause, Output, OutputBody, Refusal, Rejection, Tick};
use carehub_domain::notice::Notice;
use carehub_domain::policy::Activation;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::subject::Subject;
use crate::wire::{
    CONTROL_TICKED, ESCALATION_CHANGED, ESCALATION_CHANGED_V1, ESCALATION_CHANGED_V2,
    ESCALATION_CHANGED_V3, ESCALATION_TOLD, ESCALATION_TOLD_V1, EscalationChanged, EscalationTold,
    NOTICE_GIVEN, NOTICE_GIVEN_V1, NOTICE_GIVEN_V2, NoticeGiven, NoticeGivenV1, POLICY_ACTIVATED,
    POLICY_ACTIVATED_V1, POLICY_ACTIVATED_V2, POLICY_ACTIVATED_V3, POLICY_ACTIVATED_V4,
    PolicyActivated, REFUSAL_ISSUED, REJECTION_ISSUED, RefusalIssued, RejectionIssued,
    TOMBSTONE_WRITTEN, TombstoneRead,
};

#[derive(Deserialize)]
struct Received<D> {
    #[serde(rename = "type")]
    event_type: String,
    time: Timestamp,
    data: D,
}

/// Reads a message of one of these types: the versions whose data the same struct reads.
fn read<D: DeserializeOwned>(event_types: &[&str], payload: &[u8]) -> Option<(Timestamp, D)> {
    let received: Received<D> = serde_json::from_slice(payload).ok()?;
    let known = event_types.contains(&received.event_type.as_str());
    known.then_some((received.time, received.data))
}

/// A notice, of any version: when and why it was given, to whom, and what it says.
fn notice(payload: &[u8]) -> Option<(Timestamp, Cause, BodyId, Notice)> {
    let versions = [NOTICE_GIVEN, NOTICE_GIVEN_V2];
    if let Some((at, data)) = read::<NoticeGiven<'static>>(&versions, payload) {
        return Some((at, data.cause, data.to.into_owned(), data.notice.into_owned()));
    }
    let (at, data) = read::<NoticeGivenV1>(&[NOTICE_GIVEN_V1], payload)?;
    let (cause, to) = (data.cause, data.to.clone());
    Some((at, cause, to, data.notice()?))
}

/// A decision.
pub(crate) fn output(subject: &Subject, payload: &[u8]) -> Option<Output> {
    match subject {
        Subject::Escalation { to, home, id, revision } => {
            let versions = [ESCALATION_TOLD, ESCALATION_TOLD_V1];
            if let Some((at, data)) = read::<EscalationTold<'static>>(&versions, payload) {
                let told = data.escalation.into_owned();
                let agrees = *data.to == *to
                    && told.home == *home
                    && told.id == *id
                    && told.revision == *revision;
                let body = OutputBody::Told { to: data.to.into_owned(), told: Arc::new(told) };
                return agrees.then_some(Output { cause: data.cause, at, body });
            }
            let versions = [
                ESCALATION_CHANGED,
                ESCALATION_CHANGED_V3,
                ESCALATION_CHANGED_V2,
                ESCALATION_CHANGED_V1,
            ];
            let (at, data) = read::<EscalationChanged<'static>>(&versions, payload)?;
            let escalation = data.escalation.into_owned();
            let agrees = *data.to == *to
                && escalation.home == *home
                && escalation.id == *id
                && escalation.revision == *revision;
            let body = OutputBody::Escalation {
                to: data.to.into_owned(),
                escalation: Arc::new(escalation),
            };
            agrees.then_some(Output { cause: data.cause, at, body })
        }
        Subject::Notice { to, home, id } => {
            let (at, cause, receiver, notice) = notice(payload)?;
            let agrees = receiver == *to && notice.home == *home && notice.id == *id;
            let body = OutputBody::Notice { to: receiver, notice: Box::new(notice) };
            agrees.then_some(Output { cause, at, body })
        }
        Subject::Rejection { agency, cause } => {
            let (at, data) = read::<RejectionIssued<'static>>(&[REJECTION_ISSUED], payload)?;
            let agrees = *data.agency == *agency && data.cause.position == *cause;
            let body = OutputBody::Rejection {
                agency: data.agency.into_owned(),
                home: data.home.into_owned(),
                event_id: data.event_id.map(std::borrow::Cow::into_owned),
                rejection: Rejection {
                    outcome: data.outcome,
                    code: data.code.into_owned(),
                    faults: data.faults.into_owned(),
                },
            };
            agrees.then_some(Output { cause: data.cause, at, body })
        }
        Subject::Refusal { agency, cause } => {
            let (at, data) = read::<RefusalIssued<'static>>(&[REFUSAL_ISSUED], payload)?;
            let agrees = *data.agency == *agency && data.cause.position == *cause;
            let body = OutputBody::Refusal {
                agency: data.agency.into_owned(),
                home: data.home.into_owned(),
                event_id: data.event_id.into_owned(),
                refusal: Refusal {
                    code: data.code.into_owned(),
                    message: data.message.into_owned(),
                },
            };
            agrees.then_some(Output { cause: data.cause, at, body })
        }
        Subject::Tombstone { position } => {
            let (at, data) = read::<TombstoneRead>(&[TOMBSTONE_WRITTEN], payload)?;
            let agrees = data.position == *position;
            let body = OutputBody::Tombstone {
                tombstone: Tombstone {
                    position: data.position,
                    agency: data.agency,
                    home: data.home,
                    reason: data.reason,
                    asked_by: data.asked_by,
                    decided_by: data.decided_by,
                },
                residue: Residue(Arc::from(data.residue.get())),
            };
            agrees.then_some(Output { cause: data.cause, at, body })
        }
        Subject::Agency { .. }
        | Subject::MalformedHome { .. }
        | Subject::Tick { .. }
        | Subject::Policy { .. }
        | Subject::Head { .. }
        | Subject::HeadNotice { .. }
        | Subject::Person { .. }
        | Subject::Delivery { .. }
        | Subject::Reserved(_)
        | Subject::Receipt { .. }
        | Subject::Alert { .. } => None,
    }
}

/// A tick.
pub(super) fn tick(payload: &[u8]) -> Option<Tick> {
    read(&[CONTROL_TICKED], payload).map(|(_, tick)| tick)
}

/// The rule book that stands under `token`: its version, and what tells one activation of it from
/// another.
pub(super) fn policy(token: &str, payload: &[u8]) -> Option<Activation> {
    let versions = [
        POLICY_ACTIVATED,
        POLICY_ACTIVATED_V4,
        POLICY_ACTIVATED_V3,
        POLICY_ACTIVATED_V2,
        POLICY_ACTIVATED_V1,
    ];
    let (_, data) = read::<PolicyActivated<'static>>(&versions, payload)?;
    let rest = token.strip_prefix(data.policy.version.as_str())?;
    (rest.is_empty() || rest.starts_with('.')).then(|| Activation {
        policy: data.policy.into_owned(),
        effective_from: data.effective_from,
        activated_by: data.activated_by.map(std::borrow::Cow::into_owned),
    })
}
