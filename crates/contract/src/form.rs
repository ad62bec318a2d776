//! What the hub says for a signed-in person (law 6): an event of their agency on `carehub.form.<agency>.<home>`,
//! which only the hub may publish, with the person named as its `actor`.

use carehub_domain::event::EventType;
use carehub_domain::message::Channel;
use carehub_domain::{BodyId, HomeId, PersonId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::encode::{EncodeError, Encoded};
use crate::envelope::{CloudEvent, source_of};
use crate::event_type;
use crate::subject::Subject;

/// Who fills in a form, for which agency, about which home.
#[derive(Debug, Clone, Copy)]
pub struct Filler<'a> {
    /// The agency.
    pub agency: &'a BodyId,
    /// The person.
    pub person: &'a PersonId,
    /// The home.
    pub home: &'a HomeId,
}

/// Writes the form of a person opening by break-glass, as event `id` at `time`.
///
/// # Errors
/// [`EncodeError::Json`], which it does not have in practice.
pub fn encode_break_glass(
    by: Filler<'_>,
    id: String,
    time: Timestamp,
    reason: &str,
    until: Option<Timestamp>,
) -> Result<Encoded, EncodeError> {
    let mut data = json!({"person": by.person, "reason": reason});
    if let Some(until) = until {
        data["until"] = json!(until);
    }
    encode_form(by, EventType::BreakGlassOpened, id, time, data)
}

/// Writes a form of a person: event `id` of type `said` at `time`, with this `data`.
///
/// # Errors
/// [`EncodeError::Json`], which it does not have in practice.
pub fn encode_form(
    by: Filler<'_>,
    said: EventType,
    id: String,
    time: Timestamp,
    data: Value,
) -> Result<Encoded, EncodeError> {
    #[derive(Serialize)]
    struct Form<'a> {
        #[serde(flatten)]
        event: CloudEvent<'a, Value>,
        actor: &'a PersonId,
    }
    let name = event_type::name(said);
    let event = CloudEvent::new(source_of(by.agency), id, name, time, by.home.as_str(), data);
    let payload = serde_json::to_vec(&Form { event, actor: by.person })
        .map_err(|source| EncodeError::Json { event_type: name, source })?;
    let subject = Subject::agency(Channel::Form, by.agency.clone(), by.home.clone()).to_string();
    Ok(Encoded { subject, payload })
}

#[cfg(test)]
mod tests {
    use carehub_domain::Position;
    use carehub_domain::event::Event;
    use carehub_domain::message::MessageBody;

    use super::*;
    use crate::{Contract, Mode};

    #[test]
    fn what_a_person_answers_is_taken_from_the_hubs_own_subject() {
        let contract = Contract::compile().unwrap();
        let (agency, person) = (BodyId::new("council-qa").unwrap(), PersonId::new("p-1").unwrap());
        let home = HomeId::new("1-100").unwrap();
        let now: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
        let by = Filler { agency: &agency, person: &person, home: &home };
        let escalation = "0123456789abcdef";
        let events = json!([{"id": "e-1", "agency": "police"}]);
        for (said, data) in [
            (EventType::Acknowledged, json!({"escalation": escalation, "note": "Seen."})),
            (EventType::Discussed, json!({"escalation": escalation, "took_part": ["police"]})),
            (
                EventType::Decided,
                json!({"escalation": escalation, "decision": "monitor", "rationale": "Because."}),
            ),
            (EventType::LeadAgreed, json!({"escalation": escalation, "lead": "council-qa"})),
            (EventType::EvidenceAdded, json!({"escalation": escalation, "events": events})),
            (EventType::Closed, json!({"escalation": escalation, "reason": "Done."})),
            (
                EventType::EscalationRequested,
                json!({"level": "minor", "responsible": ["council-qa"], "reason": "Because."}),
            ),
            (EventType::ConcernMatched, json!({"matches": {"id": "e-1"}, "reason": "UPRN."})),
        ] {
            let form = encode_form(by, said, "f-1".to_owned(), now, data).unwrap();
            let subject = Subject::parse(&form.subject).unwrap();
            let message =
                contract.decode(&subject, &form.payload, now, Position(1), Mode::Validate);
            let MessageBody::Agency(message) = message.body else { panic!() };
            assert_eq!(message.event.map(|event| event.event_type()), Ok(said));
        }
    }

    #[test]
    fn what_a_person_opens_is_said_on_the_hubs_own_subject_and_on_no_agencys() {
        let contract = Contract::compile().unwrap();
        let (agency, person) = (BodyId::new("police").unwrap(), PersonId::new("p-1").unwrap());
        let home = HomeId::new("1-100").unwrap();
        let now: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
        let by = Filler { agency: &agency, person: &person, home: &home };
        let until = Some("2026-11-27T11:00:00Z".parse().unwrap());
        let form = encode_break_glass(by, "f-1".to_owned(), now, "Because.", until).unwrap();
        assert_eq!(form.subject, "carehub.form.police.1-100");
        for (subject, taken) in [
            ("carehub.form.police.1-100", true),
            ("carehub.concern.police.1-100", false),
            ("carehub.response.police.1-100", false),
        ] {
            let subject = Subject::parse(subject).unwrap();
            let message =
                contract.decode(&subject, &form.payload, now, Position(1), Mode::Validate);
            let MessageBody::Agency(said) = message.body else { panic!() };
            match said.event {
                Ok(Event::BreakGlassOpened(opening)) if taken => {
                    assert_eq!((opening.person, opening.until), (person.clone(), until));
                }
                Err(rejection) if !taken => assert_eq!(rejection.code, "type-not-for-subject"),
                other => panic!("{subject}: {other:?}"),
            }
        }
    }
}
