//! An event ready to be sent: the subject it goes to and the CloudEvents message itself.

use bytes::Bytes;
use carehub_contract::event_type::{Named, channels, parse_name};
use carehub_domain::event::EventType;
use carehub_domain::message::Channel;
use serde::Serialize;
use serde_json::{Map, Value};

/// Where an event's type is published: the token after `carehub` in its subject. What no agency may say, or not in this
/// version, goes to `concern`, where it is rejected with a code.
fn room(event_type: &str) -> &'static str {
    let channel = match parse_name(event_type) {
        Named::Known(known) => channels(known).first().copied(),
        Named::OtherVersion | Named::Unknown => None,
    };
    match channel {
        Some(Channel::Response) => "response",
        Some(Channel::Register) => "register",
        Some(Channel::Concern | Channel::Form) | None => "concern",
    }
}

const PREFIX: &str = "uk.carehub.";

/// The full type for a short one: `concern.raised` is `uk.carehub.concern.raised.v1`, the newest that is known.
#[must_use]
pub fn full_type(name: &str) -> String {
    if name.starts_with(PREFIX) {
        return name.to_owned();
    }
    let version = name.rsplit('.').next().unwrap_or_default();
    let has_version = version
        .strip_prefix('v')
        .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()) && !n.is_empty());
    if has_version {
        return format!("{PREFIX}{name}");
    }
    let stem = format!("{PREFIX}{name}.v");
    let known = EventType::ALL.into_iter().map(carehub_contract::name);
    let newest = known.into_iter().find(|known| known.starts_with(&stem));
    newest.map_or_else(|| format!("{stem}1"), str::to_owned)
}

/// An event with all that its envelope needs, not yet in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The agency that says it.
    pub agency: String,
    /// The event's id: with the agency it names the event for ever.
    pub id: String,
    /// The type, full or short (`concern.raised`).
    pub event_type: String,
    /// The home token; a text that cannot be one is sent under `unmatched`, for the hub to reject.
    pub home: String,
    /// When the sender says it, as RFC 3339.
    pub time: String,
    /// What is said.
    pub data: Map<String, Value>,
}

/// The envelope in its order on the wire; fixed, because the same event must be the same bytes.
#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    r#type: &'a str,
    time: &'a str,
    subject: &'a str,
    datacontenttype: &'static str,
    data: &'a Map<String, Value>,
}

impl Draft {
    /// The message and its subject. The same draft gives the same bytes every time.
    ///
    /// # Errors
    /// The event could not be serialised.
    pub fn encode(&self) -> Result<Outgoing, serde_json::Error> {
        let event_type = full_type(&self.event_type);
        let envelope = Envelope {
            specversion: "1.0",
            id: &self.id,
            source: format!("urn:carehub:{}", self.agency),
            r#type: &event_type,
            time: &self.time,
            subject: &self.home,
            datacontenttype: "application/json",
            data: &self.data,
        };
        Ok(Outgoing {
            agency: self.agency.clone(),
            subject: subject(&event_type, &self.agency, &self.home),
            id: self.id.clone(),
            payload: Bytes::from(serde_json::to_vec(&envelope)?),
        })
    }
}

/// The subject of an event of this type. What has no room of its own goes to `concern`, and a home
/// that is no token to `unmatched`: the hub then rejects the event with a code and keeps it.
#[must_use]
pub fn subject(event_type: &str, agency: &str, home: &str) -> String {
    let room = room(event_type);
    let home = if carehub_domain::HomeId::new(home).is_ok() { home } else { "unmatched" };
    format!("carehub.{room}.{agency}.{home}")
}

/// An event ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The agency that says it.
    pub agency: String,
    /// Where it is published.
    pub subject: String,
    /// Its id.
    pub id: String,
    /// The CloudEvents message, structured JSON.
    pub payload: Bytes,
}

/// Why a text is not an event that this agency can send.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEvent {
    /// The text is not a JSON object.
    #[error("the text is not a JSON object")]
    NotJson(#[source] serde_json::Error),
    /// A part of the envelope is missing that decides where the event goes.
    #[error("the event has no `{0}`")]
    Missing(&'static str),
}

impl Outgoing {
    /// Takes a whole CloudEvents message as it stands: the subject follows from its `type` and
    /// `subject`. The bytes are sent as given, so that what the agency signed off is what is kept.
    ///
    /// # Errors
    /// The text is not a JSON object, or has no `id`, `type` or `subject`.
    pub fn from_json(agency: &str, text: &[u8]) -> Result<Self, NotAnEvent> {
        let event: Map<String, Value> =
            serde_json::from_slice(text).map_err(NotAnEvent::NotJson)?;
        let field = |name: &'static str| {
            event.get(name).and_then(Value::as_str).ok_or(NotAnEvent::Missing(name))
        };
        let (id, event_type, home) = (field("id")?, field("type")?, field("subject")?);
        Ok(Self {
            agency: agency.to_owned(),
            subject: subject(event_type, agency, home),
            id: id.to_owned(),
            payload: Bytes::copy_from_slice(text.trim_ascii()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event_type: &str, home: &str, expected: &str) {
        assert_eq!(subject(&full_type(event_type), "police", home), expected);
    }

    #[test]
    fn the_subject_follows_from_the_type_and_the_home() {
        check("concern.raised", "1-123", "carehub.concern.police.1-123");
        check("concern.withdrawn.v1", "1-123", "carehub.concern.police.1-123");
        check("escalation.acknowledged", "1-123", "carehub.response.police.1-123");
        check("escalation.requested", "1-123", "carehub.concern.police.1-123");
        check("home.registered", "1-123", "carehub.register.police.1-123");
        check("uk.carehub.death.same-person.v1", "1-123", "carehub.concern.police.1-123");
        check("concern.raised", "not a token", "carehub.concern.police.unmatched");
        check("weather.changed", "1-123", "carehub.concern.police.1-123");
        check("process.started", "1-123", "carehub.response.police.1-123");
        check("home.registered.v2", "1-123", "carehub.register.police.1-123");
    }

    /// Whatever an agency may say is sent where the contract takes it.
    #[test]
    fn every_type_goes_to_a_room_that_takes_it() {
        for known in EventType::ALL {
            for name in carehub_contract::names(known) {
                let subject = subject(name, "police", "1-123");
                let room = match subject.split('.').nth(1).unwrap() {
                    "concern" => Channel::Concern,
                    "response" => Channel::Response,
                    _ => Channel::Register,
                };
                // Only a person opens by break-glass, on a page.
                let is_for_agencies = channels(known).iter().any(|one| *one != Channel::Form);
                assert_eq!(channels(known).contains(&room), is_for_agencies, "{name}");
            }
        }
    }

    #[test]
    fn a_message_is_sent_byte_for_byte() {
        let text = br#" {"type":"uk.carehub.concern.raised.v1", "id":"a", "subject":"h"}
"#;
        let event = Outgoing::from_json("police", text).unwrap();
        assert_eq!(&event.payload[..], text.trim_ascii());
        assert_eq!(event.subject, "carehub.concern.police.h");
        assert!(matches!(Outgoing::from_json("police", b"{}"), Err(NotAnEvent::Missing("id"))));
        assert!(matches!(Outgoing::from_json("police", b"[]"), Err(NotAnEvent::NotJson(_))));
    }
}
