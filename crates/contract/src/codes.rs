//! The stable codes of rejections and faults. Each has a page, `docs/errors/<code>.md`.

use carehub_domain::message::{Fault, Rejection, RejectionOutcome};

/// A code and what it says in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable code.
    pub code: &'static str,
    /// What it says.
    pub summary: &'static str,
}

macro_rules! codes {
    ($(#[$doc:meta])* $list:ident: $($name:ident = $code:literal, $summary:literal;)*) => {
        $(#[doc = $summary] pub const $name: &str = $code;)*
        $(#[$doc])*
        pub const $list: &[Code] = &[$(Code { code: $code, summary: $summary }),*];
    };
}

codes! {
    /// Every code of a rejection. Where several apply, the first of this list is the rejection's
    /// code; the faults name them all.
    REJECTIONS:
    TOO_LARGE = "too-large", "The message has more than 64 KiB.";
    NOT_JSON = "not-json", "The message is not JSON, or a name stands twice in one object.";
    HOME_TOKEN_MALFORMED = "home-token-malformed", "The last token of the subject cannot name a home.";
    AGENCY_UNKNOWN = "agency-unknown", "The policy in force knows no such agency.";
    NOT_CLOUDEVENT = "not-cloudevent", "The envelope is not a CloudEvents 1.0.2 event as Carehub takes it.";
    SOURCE_MISMATCH = "source-mismatch", "`source` is not the agency whose key published the message.";
    SUBJECT_MISMATCH = "subject-mismatch", "The message names another home than the subject it was published on.";
    TYPE_UNKNOWN = "type-unknown", "No event has this `type`.";
    VERSION_UNKNOWN = "version-unknown", "The event is known, its version is not.";
    TYPE_NOT_FOR_SUBJECT = "type-not-for-subject", "This event belongs on another subject.";
    SCHEMA_VIOLATION = "schema-violation", "`data` does not hold to the schema of its type.";
    DATE_IMPOSSIBLE = "date-impossible", "The dates cannot all be true.";
    ID_REUSED = "id-reused", "The same `id` was used before with other content.";
    PERSONAL_DATA_IN_TEXT = "personal-data-in-text", "Free text holds an NHS number, an e-mail address or a phone number, and is withheld.";
}

codes! {
    /// Every code that only a fault has; a fault may also have the code of a rejection.
    FAULTS:
    VALUE_MISSING = "value-missing", "A mandatory value is missing.";
    VALUE_NOT_ALLOWED = "value-not-allowed", "The value is not one of those allowed.";
    VALUE_MALFORMED = "value-malformed", "The value has not the form that is asked for.";
    VALUE_OUT_OF_BOUNDS = "value-out-of-bounds", "The value is too long, too short, too large or too small, or there are too many or too few.";
    VALUE_UNKNOWN = "value-unknown", "The schema knows no value of this name.";
    VALUE_WRONG_TYPE = "value-wrong-type", "The value has another JSON type than the schema asks for.";
    NHS_NUMBER_IN_TEXT = "nhs-number-in-text", "The text holds an NHS number.";
    EMAIL_IN_TEXT = "email-in-text", "The text holds an e-mail address.";
    PHONE_IN_TEXT = "phone-in-text", "The text holds a phone number.";
}

/// How many faults a rejection lists at most: enough to put right a message in one go.
pub const FAULTS_LISTED: usize = 32;

/// A fault.
#[must_use]
pub fn fault(code: &str, pointer: &str, message: impl Into<String>) -> Fault {
    Fault { code: code.to_owned(), pointer: pointer.to_owned(), message: message.into() }
}

/// A rejection of the whole event for one fault, such as [`AGENCY_UNKNOWN`] or [`ID_REUSED`], which
/// only the aggregator can find.
#[must_use]
pub fn rejected(code: &str, pointer: &str, message: impl Into<String>) -> Rejection {
    Rejection {
        outcome: RejectionOutcome::Rejected,
        code: code.to_owned(),
        faults: vec![fault(code, pointer, message)],
    }
}

/// The rejection that returns withheld free text to its sender.
#[must_use]
pub fn text_withheld(faults: Vec<Fault>) -> Rejection {
    Rejection {
        outcome: RejectionOutcome::TextWithheld,
        code: PERSONAL_DATA_IN_TEXT.to_owned(),
        faults,
    }
}
