//! What the audit keeps: who looked at what, why and when; and every refusal. One record is one
//! message of the audit stream, on `carehub.audit.<agency>.<home>.<action>`, so that "who has looked
//! at this home" is a question about subjects.
//!
//! A record names a person by an opaque id and holds nothing of what was read.

use std::borrow::Cow;
use std::fmt;

use carehub_domain::{BodyId, HomeId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::encode::{EncodeError, Encoded};
use crate::envelope::{CloudEvent, HUB_SOURCE};

/// The `type` of a record.
pub const AUDIT_RECORDED: &str = "uk.carehub.audit.recorded.v2";

/// The `type` of a record of before, with fewer actions.
const AUDIT_RECORDED_V1: &str = "uk.carehub.audit.recorded.v1";

/// What stands in the subject where nobody is known.
const NOBODY: &str = "nobody";

/// How many homes of one answer are named; no page of a list has more.
pub const HOMES_NAMED: usize = 500;

/// How many characters of what was searched for, or of a reason, are kept.
pub const TEXT_KEPT: usize = 1_000;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done, or tried.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As it stands in subjects and commands.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    /// A home's picture was read.
    HomeRead = "home-read",
    /// A home's timeline was read.
    TimelineRead = "timeline-read",
    /// Where a home's triggers stand was read.
    TriggersRead = "triggers-read",
    /// A list of homes was read, or searched: `what` holds the words.
    HomesListed = "homes-listed",
    /// A list of escalations was read.
    EscalationsListed = "escalations-listed",
    /// An escalation was read.
    EscalationRead = "escalation-read",
    /// A provider and its homes were read.
    ProviderRead = "provider-read",
    /// The concerns whose home is not known were read.
    UnmatchedListed = "unmatched-listed",
    /// What became of an agency's own messages was read.
    VerdictsRead = "verdicts-read",
    /// The rule book was read.
    PolicyRead = "policy-read",
    /// Live changes were listened to.
    LiveOpened = "live-opened",
    /// A report was read.
    ReportRead = "report-read",
    /// Pictures, events or a proof were exported.
    Exported = "exported",
    /// The audit itself was read.
    AuditRead = "audit-read",
    /// Something without a picture in it was asked for by a known reader.
    OtherRead = "other-read",
    /// Somebody without a known credential asked; `times` says how often since the last such record.
    Unknown = "unknown",
    /// A person signed in, or tried to.
    SignedIn = "signed-in",
    /// A person signed out.
    SignedOut = "signed-out",
    /// An account was made or changed.
    AccountChanged = "account-changed",
    /// An API token was made or revoked.
    TokenChanged = "token-changed",
    /// A key of an agency or officer was made, replaced or revoked.
    KeyChanged = "key-changed",
    /// A rule book was activated.
    PolicyActivated = "policy-activated",
    /// A person opened by break-glass what the agreement withholds: `why` holds the reason.
    BreakGlassOpened = "break-glass-opened",
    /// A form of a signed-in person was taken in.
    FormSent = "form-sent",
    /// A narrative was erased: its message is gone from the log.
    Erased = "erased",
    /// Everything that is held about one person was exported.
    SubjectAccess = "subject-access",
    /// It was asked that a narrative be erased; or the policy's own time for it had come.
    ErasureAsked = "erasure-asked",
    /// What was passed on to an agency was read.
    NoticesListed = "notices-listed",
    /// A hub's log, keys and accounts were copied.
    BackupMade = "backup-made",
    /// Erasures of the log were carried over into a backup.
    BackupErased = "backup-erased",
    /// A backup was brought back.
    BackupRestored = "backup-restored",
    /// The accounts or tokens were listed.
    AccountsListed = "accounts-listed",
    /// The log or the projections were checked, or replayed anew, by the operator.
    LogChecked = "log-checked",
    /// The accounts, keys or certificates of the nats-server were written out.
    ServerConfigured = "server-configured",
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditOutcome {
    /// It was answered or done.
    #[default]
    Done,
    /// It was refused; the code says why.
    Refused,
}

/// One record: who, what, why. When is the time of its message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// The agency that asked; none where nobody is known.
    pub agency: Option<BodyId>,
    /// The person, by an opaque id.
    pub person: Option<PersonId>,
    /// By which credential, such as `agency-token`, `session 3f…` or `command-line`; never a secret.
    pub via: Option<String>,
    /// What.
    pub action: AuditAction,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// The code of a refusal.
    pub code: Option<String>,
    /// The home that was asked for; for a refusal as it was asked, whether or not there is one.
    pub home: Option<HomeId>,
    /// The homes that a list showed.
    pub homes: Vec<HomeId>,
    /// What else was asked for: words that were searched, or the id of an escalation, provider or report.
    pub what: Option<String>,
    /// The reason that was stated.
    pub why: Option<String>,
    /// How often; more than one only where records are gathered.
    pub times: u32,
}

impl AuditRecord {
    /// That somebody did this, answered and once; nobody and nothing else named yet.
    #[must_use]
    pub fn of(action: AuditAction) -> Self {
        Self {
            agency: None,
            person: None,
            via: None,
            action,
            outcome: AuditOutcome::Done,
            code: None,
            home: None,
            homes: Vec::new(),
            what: None,
            why: None,
            times: 1,
        }
    }

    /// The record refused with this code.
    #[must_use]
    pub fn refused(mut self, code: &str) -> Self {
        self.outcome = AuditOutcome::Refused;
        self.code = Some(code.to_owned());
        self
    }

    /// Whether it tells that this home was looked at, by itself or in a list.
    #[must_use]
    pub fn shows(&self, home: &HomeId) -> bool {
        self.home.as_ref() == Some(home) || self.homes.contains(home)
    }

    /// Bounds what came from outside: texts to [`TEXT_KEPT`] characters without control characters,
    /// homes to [`HOMES_NAMED`].
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let bounded = |text: String| -> String {
            text.chars().filter(|c| !c.is_control()).take(TEXT_KEPT).collect()
        };
        self.what = self.what.map(bounded).filter(|text| !text.is_empty());
        self.why = self.why.map(bounded).filter(|text| !text.is_empty());
        self.homes.truncate(HOMES_NAMED);
        self
    }
}

/// A record as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// When the audit took it.
    pub at: Timestamp,
    /// The record.
    #[serde(flatten)]
    pub record: AuditRecord,
}

/// The subjects of the records that may tell of a home: its own, and those of lists.
#[must_use]
pub fn subjects_about(home: &HomeId) -> Vec<String> {
    vec![format!("carehub.audit.*.{home}.*"), format!("carehub.audit.*.{}.*", HomeId::GENERAL)]
}

/// Every record.
#[must_use]
pub fn subjects_of_all() -> Vec<String> {
    vec!["carehub.audit.*.*.*".to_owned()]
}

/// The subject of every record of one action.
#[must_use]
pub fn subjects_of_action(action: AuditAction) -> String {
    format!("carehub.audit.*.*.{action}")
}

/// What names a record, as it was kept.
#[must_use]
pub fn audit_id(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_slice::<Named>(payload).ok().map(|named| named.id)
}

/// Writes a record, named by `id`, at `at`.
///
/// # Errors
/// [`EncodeError::Json`], which a record does not have in practice.
pub fn encode_audit(
    record: &AuditRecord,
    id: String,
    at: Timestamp,
) -> Result<Encoded, EncodeError> {
    let home = record.home.as_ref().map_or(HomeId::GENERAL, HomeId::as_str);
    let agency = record.agency.as_ref().map_or(NOBODY, BodyId::as_str);
    let subject = format!("carehub.audit.{agency}.{home}.{}", record.action);
    let event = CloudEvent::new(HUB_SOURCE, id, AUDIT_RECORDED, at, home, Cow::Borrowed(record));
    let payload = serde_json::to_vec(&event)
        .map_err(|source| EncodeError::Json { event_type: AUDIT_RECORDED, source })?;
    Ok(Encoded { subject, payload })
}

/// Reads a record that the audit took at `at`; none when this build does not know it.
#[must_use]
pub fn decode_audit(payload: &[u8], at: Timestamp) -> Option<AuditEntry> {
    let event: CloudEvent<'_, AuditRecord> = serde_json::from_slice(payload).ok()?;
    let is_record = [AUDIT_RECORDED, AUDIT_RECORDED_V1].contains(&event.event_type.as_ref());
    is_record.then_some(AuditEntry { at, record: event.data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn record() -> AuditRecord {
        AuditRecord {
            agency: Some(BodyId::new("police").unwrap()),
            person: Some(PersonId::new("p-1").unwrap()),
            via: Some("session s-1".to_owned()),
            home: Some(HomeId::new("F00001").unwrap()),
            ..AuditRecord::of(AuditAction::HomeRead)
        }
    }

    fn at() -> Timestamp {
        "2026-11-27T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_record_comes_back_as_it_was_written_and_keeps_to_its_schema() {
        let validator = schema::compile("audit.recorded.v2").unwrap();
        for action in AuditAction::ALL {
            let mut record = AuditRecord { action: *action, ..record() };
            record.homes = vec![HomeId::new("F00002").unwrap()];
            let refused = record.clone().refused("not-found");
            for record in [record, refused, AuditRecord::of(*action)] {
                let encoded = encode_audit(&record, "a-1".to_owned(), at()).unwrap();
                let data: serde_json::Value = serde_json::from_slice(&encoded.payload).unwrap();
                assert!(validator.is_valid(&data["data"]), "{data}");
                let read = decode_audit(&encoded.payload, at()).unwrap();
                assert_eq!(read, AuditEntry { at: at(), record });
                assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
            }
        }
    }

    #[test]
    fn its_subject_says_who_where_and_what() {
        let subject =
            |record: &AuditRecord| encode_audit(record, "a-1".to_owned(), at()).unwrap().subject;
        assert_eq!(subject(&record()), "carehub.audit.police.F00001.home-read");
        let unknown = AuditRecord::of(AuditAction::Unknown);
        assert_eq!(subject(&unknown), "carehub.audit.nobody.general.unknown");
    }

    #[test]
    fn what_came_from_outside_is_bounded() {
        let record = AuditRecord {
            what: Some("\u{0}".to_owned() + &"x".repeat(5_000)),
            why: Some("\n".to_owned()),
            ..record()
        };
        let bounded = record.bounded();
        assert_eq!(bounded.what.unwrap().len(), TEXT_KEPT);
        assert_eq!(bounded.why, None);
    }
}
