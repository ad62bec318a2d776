//! The `data` of the hub's own messages: one struct per schema, read and written by the same.

use std::borrow::Cow;

use carehub_domain::erasure::{ErasureReason, Tombstone};
use carehub_domain::escalation::{Escalation, Level};
use carehub_domain::message::{Cause, Fault, RejectionOutcome, Verdict};
use carehub_domain::notice::{About, Content, Notice};
use carehub_domain::policy::{Activator, Policy};
use carehub_domain::sharing::Told;
use carehub_domain::{BodyId, EscalationId, HomeId, NoticeId, Position};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the hub wrote before an escalation had actions. It is read for ever, and never written.
pub(crate) const ESCALATION_CHANGED_V1: &str = "uk.carehub.escalation.changed.v1";
/// Before evidence could be narrowed. Read for ever, never written.
pub(crate) const ESCALATION_CHANGED_V2: &str = "uk.carehub.escalation.changed.v2";
/// Before bodies succeeded one another. Read for ever, never written.
pub(crate) const ESCALATION_CHANGED_V3: &str = "uk.carehub.escalation.changed.v3";
pub(crate) const ESCALATION_CHANGED: &str = "uk.carehub.escalation.changed.v4";
/// Before bodies succeeded one another. Read for ever, never written.
pub(crate) const ESCALATION_TOLD_V1: &str = "uk.carehub.escalation.told.v1";
pub(crate) const ESCALATION_TOLD: &str = "uk.carehub.escalation.told.v2";
/// What the hub wrote while a notice named its event by position. Read for ever, never written.
pub(crate) const NOTICE_GIVEN_V1: &str = "uk.carehub.notice.given.v1";
/// Before a concern that was passed on, a process and an enquiry had notices. Read for ever, never written.
pub(crate) const NOTICE_GIVEN_V2: &str = "uk.carehub.notice.given.v2";
pub(crate) const NOTICE_GIVEN: &str = "uk.carehub.notice.given.v3";
pub(crate) const REJECTION_ISSUED: &str = "uk.carehub.rejection.issued.v1";
pub(crate) const REFUSAL_ISSUED: &str = "uk.carehub.refusal.issued.v1";
pub(crate) const TOMBSTONE_WRITTEN: &str = "uk.carehub.tombstone.written.v1";
pub(crate) const CONTROL_TICKED: &str = "uk.carehub.control.ticked.v1";
/// What the hub wrote before a policy had a process and a time from which it holds. It is read for ever,
/// and never written.
pub(crate) const POLICY_ACTIVATED_V1: &str = "uk.carehub.policy.activated.v1";
/// What the hub wrote before a policy had an agreement on sharing and retention. Read for ever, never written.
pub(crate) const POLICY_ACTIVATED_V2: &str = "uk.carehub.policy.activated.v2";
/// Before a policy chased what is passed on and meetings that nobody planned. Read for ever, never written.
pub(crate) const POLICY_ACTIVATED_V3: &str = "uk.carehub.policy.activated.v3";
/// Before a policy listed evidence and out-of-hours contacts. Read for ever, never written.
pub(crate) const POLICY_ACTIVATED_V4: &str = "uk.carehub.policy.activated.v4";
pub(crate) const POLICY_ACTIVATED: &str = "uk.carehub.policy.activated.v5";
pub(crate) const HEAD_SIGNED: &str = "uk.carehub.control.head-signed.v1";
pub(crate) const RECEIPT_GIVEN: &str = "uk.carehub.receipt.given.v1";
pub(crate) const ALERT_GIVEN: &str = "uk.carehub.alert.given.v1";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EscalationChanged<'a> {
    pub(crate) cause: Cause,
    pub(crate) to: Cow<'a, BodyId>,
    pub(crate) escalation: Cow<'a, Escalation>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoticeGiven<'a> {
    pub(crate) cause: Cause,
    pub(crate) to: Cow<'a, BodyId>,
    pub(crate) notice: Cow<'a, Notice>,
}

/// A notice of version 1.
#[derive(Debug, Deserialize)]
pub(crate) struct NoticeGivenV1 {
    pub(crate) cause: Cause,
    pub(crate) to: BodyId,
    notice: NoticeV1,
}

#[derive(Debug, Deserialize)]
struct NoticeV1 {
    id: NoticeId,
    home: HomeId,
    about: AboutV1,
    content: Content,
}

#[derive(Debug, Deserialize)]
struct AboutV1 {
    event: Position,
    by: BodyId,
    escalation: Option<EscalationId>,
}

impl NoticeGivenV1 {
    /// The notice; its event is named by the number that the position was.
    pub(crate) fn notice(self) -> Option<Notice> {
        let NoticeV1 { id, home, about, content } = self.notice;
        let event = format!("{:016x}", about.event.0).parse().ok()?;
        let about = About { event, by: about.by, escalation: about.escalation };
        Some(Notice { id, home, about, content })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EscalationTold<'a> {
    pub(crate) cause: Cause,
    pub(crate) to: Cow<'a, BodyId>,
    pub(crate) escalation: Cow<'a, Told>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RejectionIssued<'a> {
    pub(crate) cause: Cause,
    pub(crate) agency: Cow<'a, BodyId>,
    pub(crate) home: Cow<'a, HomeId>,
    pub(crate) event_id: Option<Cow<'a, str>>,
    pub(crate) outcome: RejectionOutcome,
    pub(crate) code: Cow<'a, str>,
    pub(crate) faults: Cow<'a, [Fault]>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RefusalIssued<'a> {
    pub(crate) cause: Cause,
    pub(crate) agency: Cow<'a, BodyId>,
    pub(crate) home: Cow<'a, HomeId>,
    pub(crate) event_id: Cow<'a, str>,
    pub(crate) code: Cow<'a, str>,
    pub(crate) message: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TombstoneWritten<'a> {
    pub(crate) cause: Cause,
    #[serde(flatten)]
    pub(crate) tombstone: &'a Tombstone,
    /// The leaf of the residue once more, where whoever checks the chain looks for it.
    pub(crate) leaf: Option<String>,
    pub(crate) residue: &'a RawValue,
}

/// As [`TombstoneWritten`]: what is flattened cannot be read beside raw JSON.
#[derive(Debug, Deserialize)]
pub(crate) struct TombstoneRead {
    pub(crate) cause: Cause,
    pub(crate) position: Position,
    pub(crate) agency: BodyId,
    pub(crate) home: HomeId,
    pub(crate) reason: ErasureReason,
    pub(crate) asked_by: BodyId,
    pub(crate) decided_by: Option<String>,
    pub(crate) residue: Box<RawValue>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PolicyActivated<'a> {
    pub(crate) policy: Cow<'a, Policy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) effective_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) activated_by: Option<Cow<'a, Activator>>,
}

/// What became of an agency's events: the `data` of `uk.carehub.receipt.given.v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// In the order of the log; 1 to 4,096.
    pub receipts: Vec<Receipted>,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipted {
    /// The CloudEvents `id`, where it could be read.
    pub id: Option<String>,
    /// Where the log keeps it.
    pub position: Position,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A live word to one body that something changed for a home: the `data` of
/// `uk.carehub.alert.given.v1`. It carries no evidence; that is read with the body's own rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What changed.
    pub change: AlertChange,
    /// The home's level now.
    pub level: Level,
    /// The escalation that changed.
    pub escalation: Option<EscalationId>,
    /// Its revision.
    pub revision: Option<u32>,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertChange {
    /// The home's picture.
    Picture,
    /// An escalation.
    Escalation,
}
