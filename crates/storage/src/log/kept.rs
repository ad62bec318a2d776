//! The streams that the hub keeps: the log, and beside it the audit of who looked at what.
//!
//! The audit is a stream of its own (design law 10): nothing exports it to an agency, and not even
//! the hub's key can delete a message of it.

/// A stream: its name, what it stores, and whether single messages may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The name of the stream.
    pub name: &'static str,
    /// What it stores, as subjects with wildcards.
    pub subjects: &'static [&'static str],
    /// Whether a single message may be deleted. Nobody may ever delete many at once.
    pub erasable: bool,
}

/// The log. Never `carehub.>`, which would store the live subjects too.
pub const LOG: Kept = Kept {
    name: "CAREHUB",
    subjects: &[
        "carehub.concern.*.*",
        "carehub.response.*.*",
        "carehub.register.*.*",
        "carehub.form.*.*",
        "carehub.escalation.>",
        "carehub.notice.>",
        "carehub.rejection.>",
        "carehub.refusal.>",
        "carehub.control.>",
        "carehub.person.>",
        "carehub.delivery.>",
        "carehub.tombstone.>",
    ],
    erasable: true,
};

/// The audit: `carehub.audit.<agency>.<home or general>.<action>`.
pub const AUDIT: Kept =
    Kept { name: "CAREHUB-AUDIT", subjects: &["carehub.audit.*.*.*"], erasable: false };
