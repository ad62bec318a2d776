//! From JSON to the domain's types: out of the tree that was validated, or, when the log is replayed,
//! out of the bytes themselves without any tree.

use std::borrow::Cow;

use carehub_domain::event::{Event, EventType, Proceeding, Record};
use carehub_domain::fold::identity;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::agency::{Checked, Speech};
use crate::envelope::is_source_of;
use crate::event_type::{Named, channels, parse_name};

/// The event in a tree that holds to its schema.
pub(crate) fn from_value(event_type: EventType, data: &Value) -> Option<Event> {
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
        // The record.
        EventType::ConcernTriaged => {
            Event::Record(Record::Triaged(Deserialize::deserialize(data)?))
        }
        EventType::AssessmentRecorded => {
            Event::Record(Record::Assessed(Deserialize::deserialize(data)?))
        }
        EventType::PlanEvidenced => {
            Event::Record(Record::PlanEvidenced(Deserialize::deserialize(data)?))
        }
        EventType::PlanSampled => {
            Event::Record(Record::PlanSampled(Deserialize::deserialize(data)?))
        }
        EventType::PlacementsCounted => {
            Event::Record(Record::PlacementsCounted(Deserialize::deserialize(data)?))
        }
        EventType::MeetingPlanned => {
            Event::Record(Record::MeetingPlanned(Deserialize::deserialize(data)?))
        }
        EventType::MeetingRecorded => {
            Event::Record(Record::MeetingRecorded(Deserialize::deserialize(data)?))
        }
        EventType::InformationRequested => {
            Event::Record(Record::InformationRequested(Deserialize::deserialize(data)?))
        }
        EventType::InformationSupplied => {
            Event::Record(Record::InformationSupplied(Deserialize::deserialize(data)?))
        }
        EventType::InformationRefused => {
            Event::Record(Record::InformationRefused(Deserialize::deserialize(data)?))
        }
        EventType::GuidanceIssued => {
            Event::Record(Record::GuidanceIssued(Deserialize::deserialize(data)?))
        }
        EventType::PoliceAdviceRecorded => {
            Event::Record(Record::PoliceAdvised(Deserialize::deserialize(data)?))
        }
        EventType::BodySucceeded => {
            Event::Record(Record::BodySucceeded(Deserialize::deserialize(data)?))
        }
        EventType::ConcernReceived => {
            Event::Record(Record::ConcernReceived(Deserialize::deserialize(data)?))
        }
        EventType::EnquiryChecked => {
            Event::Record(Record::EnquiryChecked(Deserialize::deserialize(data)?))
        }
        EventType::SupportCounted => {
            Event::Record(Record::SupportCounted(Deserialize::deserialize(data)?))
        }
        EventType::PracticeAligned => {
            Event::Record(Record::PracticeAligned(Deserialize::deserialize(data)?))
        }
        EventType::ActionAssigned => Event::ActionAssigned(Deserialize::deserialize(data)?),
        EventType::ActionProgressed => Event::ActionProgressed(Deserialize::deserialize(data)?),
        EventType::ActionCompleted => Event::ActionCompleted(Deserialize::deserialize(data)?),
        EventType::Reopened => Event::Reopened(Deserialize::deserialize(data)?),
        // Proceedings.
        EventType::PlacementsSuspended => {
            proceeding(Proceeding::Suspended(Deserialize::deserialize(data)?))
        }
        EventType::PlacementsCautioned => {
            proceeding(Proceeding::Cautioned(Deserialize::deserialize(data)?))
        }
        EventType::PlacementsLifted => {
            proceeding(Proceeding::Lifted(Deserialize::deserialize(data)?))
        }
        EventType::ProcessStarted => {
            proceeding(Proceeding::Started(Deserialize::deserialize(data)?))
        }
        EventType::ProcessMoved => proceeding(Proceeding::Moved(Deserialize::deserialize(data)?)),
        EventType::ProcessRecorded => {
            proceeding(Proceeding::Recorded(Deserialize::deserialize(data)?))
        }
        EventType::ProcessClosed => proceeding(Proceeding::Closed(Deserialize::deserialize(data)?)),
        EventType::ProviderInformed => {
            proceeding(Proceeding::ProviderInformed(Deserialize::deserialize(data)?))
        }
        EventType::ProviderMet => {
            proceeding(Proceeding::ProviderMet(Deserialize::deserialize(data)?))
        }
        EventType::SafetyActionTaken => {
            proceeding(Proceeding::SafetyActionTaken(Deserialize::deserialize(data)?))
        }
        EventType::DisclosureCleared => {
            proceeding(Proceeding::DisclosureCleared(Deserialize::deserialize(data)?))
        }
        EventType::SummitRecorded => {
            proceeding(Proceeding::SummitRecorded(Deserialize::deserialize(data)?))
        }
        EventType::ClosurePlanAgreed => {
            proceeding(Proceeding::ClosurePlanAgreed(Deserialize::deserialize(data)?))
        }
        EventType::ErasureRequested => Event::ErasureRequested(Deserialize::deserialize(data)?),
        EventType::BreakGlassOpened => Event::BreakGlassOpened(Deserialize::deserialize(data)?),
    })
}

fn proceeding(proceeding: Proceeding) -> Event {
    Event::Proceeding(Box::new(proceeding))
}
