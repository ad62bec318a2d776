//! The CloudEvents 1.0.2 envelope, structured mode, JSON.

use std::borrow::Cow;

use carehub_domain::BodyId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most bytes that an agency's message may have.
pub const AGENCY_LIMIT: usize = 64 * 1024;

/// The most bytes that a policy document may have.
pub const POLICY_LIMIT: usize = 1024 * 1024;

/// The content type of every message.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The `source` of what the hub itself says.
pub const HUB_SOURCE: &str = "urn:carehub:hub";

/// The beginning of every `source`; the agency follows.
const SOURCE_PREFIX: &str = "urn:carehub:";

/// The `source` of an agency's events.
#[must_use]
pub fn source_of(agency: &BodyId) -> String {
    format!("{SOURCE_PREFIX}{agency}")
}

/// Whether `source` is that of `agency`.
#[must_use]
pub fn is_source_of(source: &str, agency: &BodyId) -> bool {
    source.strip_prefix(SOURCE_PREFIX) == Some(agency.as_str())
}

/// An event, ready to be sent. The order of the fields is the order of the bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent<'a, D> {
    /// `1.0`.
    pub specversion: Cow<'a, str>,
    /// With `source`, names the event for ever.
    pub id: String,
    /// `urn:carehub:<agency>`.
    pub source: Cow<'a, str>,
    /// `uk.carehub.<noun>.<verb>.v<N>`.
    #[serde(rename = "type")]
    pub event_type: Cow<'a, str>,
    /// When the sender says it.
    pub time: Timestamp,
    /// The home token.
    pub subject: Cow<'a, str>,
    /// `application/json`.
    #[serde(default = "json_type")]
    pub datacontenttype: Cow<'a, str>,
    /// What is said.
    pub data: D,
}

fn json_type<'a>() -> Cow<'a, str> {
    Cow::Borrowed("application/json")
}

impl<'a, D> CloudEvent<'a, D> {
    /// An event of `source`.
    #[must_use]
    pub fn new(
        source: impl Into<Cow<'a, str>>,
        id: String,
        event_type: impl Into<Cow<'a, str>>,
        time: Timestamp,
        subject: impl Into<Cow<'a, str>>,
        data: D,
    ) -> Self {
        Self {
            specversion: Cow::Borrowed("1.0"),
            id,
            source: source.into(),
            event_type: event_type.into(),
            time,
            subject: subject.into(),
            datacontenttype: json_type(),
            data,
        }
    }
}
