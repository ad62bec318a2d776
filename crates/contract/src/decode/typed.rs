//! From JSON to the domain's types: out of the tree that was validated, or, when the log is replayed,
//! out of the bytes themselves without any tree.

use std::borrow::Cow;

use carehub_domain::event::{Event, EventType};
use carehub_domain::fold::identity;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::agency::{Checked, Speech};
use crate::envelope::is_source_of;
use crate::event_type::{Named, channels, parse_name};

/// The event in a tree that holds to its schema.
pub(super) fn from_value(event_type: EventType, data: &Value) -> Option<Event> {
    event(event_type, data).ok()
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    event_type: Cow<'a, str>,
    time: Timestamp,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads what was accepted before. `None` when anything is unusual: the slow way says what.
pub(super) fn read(speech: &Speech<'_>, payload: &[u8]) -> Option<Checked> {
    let head: Head<'_> = serde_json::from_slice(payload).ok()?;
    let Named::Known(event_type) = parse_name(&head.event_type) else {
        return None;
    };
    let fits = is_source_of(&head.source, speech.agency)
        && head.subject == speech.home.as_str()
        && speech.channel.is_none_or(|channel| channels(event_type).contains(&channel));
    if !fits {
        return None;
    }
    let mut data = serde_json::Deserializer::from_str(head.data.get());
    let event = event(event_type, &mut data).ok()?;
    Some(Checked {
        identity: Some(identity(speech.agency, &head.source, &head.id)),
        id: Some(head.id.into_owned()),
        time: Some(head.time),
        event: Ok(event),
        withheld: Vec::new(),
    })
}

fn event<'de, D: Deserializer<'de>>(event_type: EventType, data: D) -> Result<Event, D::Error> {
    Ok(match event_type {
        EventType::ConcernRaised => Event::ConcernRaised(Deserialize::deserialize(data)?),
        EventType::ConcernCorrected => Event::ConcernCorrected(Deserialize::deserialize(data)?),
        EventType::ConcernWithdrawn => Event::ConcernWithdrawn(Deserialize::deserialize(data)?),
        EventType::ConcernMatched => Event::ConcernMatched(Deserialize::deserialize(data)?),
        EventType::DeathSamePerson => Event::DeathSamePerson(Deserialize::deserialize(data)?),
        EventType::EscalationRequested => {
            Event::EscalationRequested(Deserialize::deserialize(data)?)
        }
        EventType::HomeRegistered => Event::HomeRegistered(Deserialize::deserialize(data)?),
        EventType::HomeChanged => Event::HomeChanged(Deserialize::deserialize(data)?),
        EventType::HomeClosed => Event::HomeClosed(Deserialize::deserialize(data)?),
        EventType::HomeSucceeded => Event::HomeSucceeded(Deserialize::deserialize(data)?),
        EventType::Acknowledged => Event::Acknowledged(Deserialize::deserialize(data)?),
        EventType::Discussed => Event::Discussed(Deserialize::deserialize(data)?),
        EventType::Decided => Event::Decided(Deserialize::deserialize(data)?),
        EventType::LeadAgreed => Event::LeadAgreed(Deserialize::deserialize(data)?),
        EventType::EvidenceAdded => Event::EvidenceAdded(Deserialize::deserialize(data)?),
        EventType::Closed => Event::Closed(Deserialize::deserialize(data)?),
    })
}
