//! What is left of an erased message (law 9): every structured field, no free text. It is written into the
//! tombstone from the message's bytes, and a replay reads it in the message's place.

use std::sync::Arc;

use carehub_domain::erasure::Residue;
use carehub_domain::event::{Event, EventType};
use carehub_domain::fold::identity;
use carehub_domain::message::{
    Channel, Message, MessageBody, OutputBody, Rejection, Said, Verdict,
};
use carehub_domain::{BodyId, Digest, HomeId, Position};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codes::{self, NOT_CLOUDEVENT, TYPE_UNKNOWN};
use crate::decode::{malformed_home, typed};
use crate::envelope::AGENCY_LIMIT;
use crate::event_type::{self, Named, parse_name};
use crate::json;
use crate::personal_data::{FREE_TEXT, scan};
use crate::subject::Subject;

/// What stands where free text stood: that there was one is a fact, too.
const ERASED: &str = "[erased]";

/// A message that was erased, as its tombstone keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasedMessage {
    /// The message's leaf of the hash chain: lower-case hexadecimal SHA-256.
    pub leaf: String,
    /// The log's timestamp.
    pub recorded_at: Timestamp,
    /// The room in which it was said.
    pub channel: Channel,
    /// Who said it.
    pub agency: BodyId,
    /// The home token of its subject; `None` when that was none.
    pub home: Option<HomeId>,
    /// Its CloudEvents `id`, where it could be read.
    pub event_id: Option<String>,
    /// Its CloudEvents `time`, where it could be read.
    pub time: Option<Timestamp>,
    /// Digest of (agency, source, id): 32 hexadecimal digits.
    pub identity: Option<String>,
    /// Digest of its bytes: 32 hexadecimal digits.
    pub content: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Its CloudEvents `type`; none for what was rejected, of which nothing counts.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// Its `data` without free text; none for what was rejected.
    pub data: Option<Value>,
}

impl ErasedMessage {
    /// What is left of the message of an agency; `None` for any other.
    ///
    /// `verdict` is what became of it, `leaf` its leaf of the hash chain.
    #[must_use]
    pub fn of(
        subject: &Subject,
        payload: &[u8],
        recorded_at: Timestamp,
        verdict: Verdict,
        leaf: String,
    ) -> Option<Self> {
        let (channel, agency, home) = match subject {
            Subject::Agency { channel, agency, home } => (*channel, agency, Some(home.clone())),
            Subject::MalformedHome { channel, agency, token: _ } => (*channel, agency, None),
            Subject::Escalation { .. }
            | Subject::Notice { .. }
            | Subject::Rejection { .. }
            | Subject::Refusal { .. }
            | Subject::Tick { .. }
            | Subject::Policy { .. }
            | Subject::Tombstone { .. }
            | Subject::Head { .. }
            | Subject::HeadNotice { .. }
            | Subject::Person { .. }
            | Subject::Delivery { .. }
            | Subject::Reserved(_)
            | Subject::Receipt { .. }
            | Subject::Alert { .. } => return None,
        };
        // What is too large was never read.
        let read = Some(payload).filter(|payload| payload.len() <= AGENCY_LIMIT);
        let value = read.and_then(|payload| json::parse(payload).ok()).unwrap_or(Value::Null);
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let id = text("id").filter(|id| crate::decode::is_id(id)).filter(|_| home.is_some());
        let source = text("source");
        // What was rejected need not hold to any schema: anything in it may be free text.
        let counts = !matches!(verdict, Verdict::Rejected { .. });
        // A request to erase has a reason of a list, and no text.
        let has_text = text("type") != Some(event_type::name(EventType::ErasureRequested));
        let data = value.get("data").filter(|_| counts).cloned().map(|mut data| {
            if has_text {
                strip(&mut data);
            }
            data
        });
        Some(Self {
            leaf,
            recorded_at,
            channel,
            agency: agency.clone(),
            identity: id.zip(source).map(|(id, source)| hex(identity(agency, source, id))),
            event_id: id.map(str::to_owned),
            time: text("time").filter(|_| home.is_some()).and_then(|time| time.parse().ok()),
            home,
            content: hex(Digest::of(&[payload])),
            verdict,
            event_type: text("type").filter(|_| counts).map(str::to_owned),
            data,
        })
    }

    /// As it stands in a tombstone.
    ///
    /// # Errors
    /// The serialiser refused, which it does not in practice.
    pub fn write(&self) -> Result<Residue, serde_json::Error> {
        serde_json::to_string(self).map(|text| Residue(Arc::from(text)))
    }

    /// What a tombstone holds; `None` where nothing was left to keep.
    #[must_use]
    pub fn read(residue: &Residue) -> Option<Self> {
        serde_json::from_str(&residue.0).ok()?
    }

    /// What the tombstone under `subject` holds; `None` when it is none, or nothing was left to keep.
    #[must_use]
    pub fn of_tombstone(subject: &Subject, payload: &[u8]) -> Option<Self> {
        match crate::decode::hub::output(subject, payload)?.body {
            OutputBody::Tombstone { residue, .. } => Self::read(&residue),
            OutputBody::Escalation { .. }
            | OutputBody::Told { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Rejection { .. }
            | OutputBody::Refusal { .. } => None,
        }
    }

    /// The message as the fold takes it in at `position`, as if it were still there. Whatever became of it
    /// is in the log.
    #[must_use]
    pub fn message(&self, position: Position) -> Message {
        let identity = self.identity.as_deref().and_then(digest);
        let content = digest(&self.content).unwrap_or_else(|| Digest::from(0));
        let said = Said {
            channel: self.channel,
            agency: self.agency.clone(),
            home: self.home.clone().unwrap_or_else(HomeId::unmatched),
            id: self.event_id.clone(),
            time: self.time,
            identity,
            content,
            reference: Said::reference_of(identity, content),
            event: self.event(),
            withheld: Vec::new(),
        };
        let body = MessageBody::Agency(Box::new(said));
        Message { position, recorded_at: self.recorded_at, body }
    }

    fn event(&self) -> Result<Event, Rejection> {
        if self.home.is_none() {
            return Err(malformed_home());
        }
        let gone =
            || codes::rejected(NOT_CLOUDEVENT, "", "the message was rejected, and is erased");
        let (name, data) = self.event_type.as_deref().zip(self.data.as_ref()).ok_or_else(gone)?;
        let Named::Known(event_type) = parse_name(name) else {
            return Err(codes::rejected(TYPE_UNKNOWN, "/type", "no event has this type"));
        };
        typed::from_value(event_type, data).ok_or_else(gone)
    }
}

/// Takes the free text out, at any depth, and a pseudonym that is none.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let is_person = |text: &Value| text.as_str().is_some_and(|text| scan(text).any());
            if map.get("person_ref").is_some_and(is_person) {
                map.remove("person_ref");
            }
            for (name, inner) in map.iter_mut() {
                if inner.is_string() && FREE_TEXT.contains(&name.as_str()) {
                    *inner = Value::from(ERASED);
                } else {
                    strip(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hex(digest: Digest) -> String {
    format!("{:032x}", u128::from(digest))
}

fn digest(text: &str) -> Option<Digest> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok().map(Digest::from)).flatten()
}
