//! What the hub says of followers, written and read: how a person follows, on `carehub.person.<person>.<revision>`,
//! and what becomes of what is sent to them, on `carehub.delivery.<person>.<number>.<step>`. Each has a subject of
//! its own (law 5). No address, name or word of a concern stands in any of it.

use std::borrow::Cow;

use carehub_domain::following::{
    Book, EndedWhy, Failed, FailedCode, Moment, Outcome, Plan, Reason, Settings,
};
use carehub_domain::{HomeId, PersonId, Position};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::encode::{EncodeError, Encoded, write};
use crate::envelope::CloudEvent;
use crate::subject::{DeliveryStep, Subject};

const SETTINGS_CHANGED: &str = "uk.carehub.person.settings-changed.v1";
const PLANNED: &str = "uk.carehub.delivery.planned.v1";
const MADE: &str = "uk.carehub.delivery.made.v1";
const FAILED: &str = "uk.carehub.delivery.failed.v1";
const ENDED: &str = "uk.carehub.delivery.ended.v1";

/// Every message about followers.
pub const SUBJECTS: [&str; 2] = ["carehub.person.>", "carehub.delivery.>"];

/// The messages about one person.
#[must_use]
pub fn subjects_of(person: &PersonId) -> Vec<String> {
    vec![format!("carehub.person.{person}.>"), format!("carehub.delivery.{person}.>")]
}

#[derive(Serialize, Deserialize)]
struct SettingsChanged<'a> {
    person: Cow<'a, PersonId>,
    revision: u32,
    #[serde(flatten)]
    settings: Cow<'a, Settings>,
}

#[derive(Serialize, Deserialize)]
struct Planned<'a> {
    person: Cow<'a, PersonId>,
    number: u32,
    reason: Reason,
    through: Position,
    count: u32,
}

#[derive(Serialize, Deserialize)]
struct Made<'a> {
    person: Cow<'a, PersonId>,
    number: u32,
}

#[derive(Serialize, Deserialize)]
struct AttemptFailed<'a> {
    person: Cow<'a, PersonId>,
    number: u32,
    attempt: u32,
    code: FailedCode,
    reply: Option<u16>,
}

#[derive(Serialize, Deserialize)]
struct Ended<'a> {
    person: Cow<'a, PersonId>,
    number: u32,
    why: EndedWhy,
}

/// Writes how a person follows, as the `revision`th time that they say so.
///
/// # Errors
/// [`EncodeError::Json`], which it does not have in practice.
pub fn encode_settings(
    person: &PersonId,
    revision: u32,
    settings: &Settings,
    at: Timestamp,
) -> Result<Encoded, EncodeError> {
    let subject = Subject::Person { person: person.clone(), revision };
    let data = SettingsChanged {
        person: Cow::Borrowed(person),
        revision,
        settings: Cow::Borrowed(settings),
    };
    let id = format!("person-{person}-{revision}");
    write(&subject, SETTINGS_CHANGED, id, at, HomeId::GENERAL, data)
}

/// Writes that something is to be sent to a person.
///
/// # Errors
/// As [`encode_settings`].
pub fn encode_plan(person: &PersonId, number: u32, plan: &Plan) -> Result<Encoded, EncodeError> {
    let Plan { at, reason, through, count } = plan;
    let data = Planned {
        person: Cow::Borrowed(person),
        number,
        reason: *reason,
        through: *through,
        count: *count,
    };
    step(person, number, DeliveryStep::Planned, PLANNED, *at, data)
}

/// Writes that the `attempt`th attempt failed.
///
/// # Errors
/// As [`encode_settings`].
pub fn encode_failure(
    person: &PersonId,
    number: u32,
    attempt: u32,
    failed: Failed,
) -> Result<Encoded, EncodeError> {
    let Failed { at, code, reply } = failed;
    let data = AttemptFailed { person: Cow::Borrowed(person), number, attempt, code, reply };
    step(person, number, DeliveryStep::Failed(attempt), FAILED, at, data)
}

/// Writes what became of a delivery.
///
/// # Errors
/// As [`encode_settings`].
pub fn encode_outcome(
    person: &PersonId,
    number: u32,
    outcome: Outcome,
) -> Result<Encoded, EncodeError> {
    let whose = Cow::Borrowed(person);
    match outcome {
        Outcome::Made(at) => {
            step(person, number, DeliveryStep::Done, MADE, at, Made { person: whose, number })
        }
        Outcome::Ended(at, why) => {
            let data = Ended { person: whose, number, why };
            step(person, number, DeliveryStep::Done, ENDED, at, data)
        }
    }
}

fn step<D: Serialize>(
    person: &PersonId,
    number: u32,
    step: DeliveryStep,
    event_type: &'static str,
    at: Timestamp,
    data: D,
) -> Result<Encoded, EncodeError> {
    let subject = Subject::Delivery { person: person.clone(), number, step };
    let id = format!("delivery-{person}-{number}-{step}");
    write(&subject, event_type, id, at, HomeId::GENERAL, data)
}

/// Takes a message of the log into the book; `false` where it is none of these, or does not agree with its subject.
pub fn take(book: &mut Book, subject: &Subject, payload: &[u8], position: Position) -> bool {
    took(book, subject, payload, position).is_some()
}

fn took(book: &mut Book, subject: &Subject, payload: &[u8], position: Position) -> Option<()> {
    match subject {
        Subject::Person { person, revision } => {
            let (at, data) = read::<SettingsChanged<'static>>(SETTINGS_CHANGED, payload)?;
            if *data.person != *person || data.revision != *revision {
                return None;
            }
            let settings = data.settings.into_owned();
            let said = Moment { position, at };
            book.person_mut(person).take_settings(said, *revision, settings);
            Some(())
        }
        Subject::Delivery { person, number, step } => {
            let is_this = |of: &PersonId, nth: u32| (of == person && nth == *number).then_some(());
            match step {
                DeliveryStep::Planned => {
                    let (at, data) = read::<Planned<'static>>(PLANNED, payload)?;
                    is_this(&data.person, data.number)?;
                    let Planned { reason, through, count, .. } = data;
                    let plan = Plan { at, reason, through, count };
                    book.person_mut(person).take_plan(*number, plan);
                }
                DeliveryStep::Failed(_) => {
                    let (at, data) = read::<AttemptFailed<'static>>(FAILED, payload)?;
                    is_this(&data.person, data.number)?;
                    let failed = Failed { at, code: data.code, reply: data.reply };
                    book.person_mut(person).take_failure(*number, failed);
                }
                DeliveryStep::Done => {
                    let outcome = match read::<Made<'static>>(MADE, payload) {
                        Some((at, data)) => {
                            is_this(&data.person, data.number)?;
                            Outcome::Made(at)
                        }
                        None => {
                            let (at, data) = read::<Ended<'static>>(ENDED, payload)?;
                            is_this(&data.person, data.number)?;
                            Outcome::Ended(at, data.why)
                        }
                    };
                    book.person_mut(person).take_outcome(*number, outcome);
                }
            }
            Some(())
        }
        Subject::Agency { .. }
        | Subject::MalformedHome { .. }
        | Subject::Escalation { .. }
        | Subject::Notice { .. }
        | Subject::Rejection { .. }
        | Subject::Refusal { .. }
        | Subject::Tick { .. }
        | Subject::Policy { .. }
        | Subject::Head { .. }
        | Subject::HeadNotice { .. }
        | Subject::Tombstone { .. }
        | Subject::Reserved(_)
        | Subject::Receipt { .. }
        | Subject::Alert { .. } => None,
    }
}

fn read<D: for<'de> Deserialize<'de>>(event_type: &str, payload: &[u8]) -> Option<(Timestamp, D)> {
    let event: CloudEvent<'static, serde_json::Value> = serde_json::from_slice(payload).ok()?;
    if event.event_type != event_type {
        return None;
    }
    Some((event.time, serde_json::from_value(event.data).ok()?))
}

#[cfg(test)]
mod tests {
    use carehub_domain::escalation::Level;
    use carehub_domain::following::{Cadence, Day, Follow, QuietHours};

    use super::*;
    use crate::schema;

    fn person() -> PersonId {
        PersonId::new("p-1").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn settings() -> Settings {
        let hour = |hour: i8| hour.try_into().unwrap();
        Settings {
            follows: [
                Follow::Home(HomeId::new("1-100").unwrap()),
                Follow::Provider("p-9".to_owned()),
                Follow::Area("Norfolk".to_owned()),
                Follow::Level(Level::Major),
            ]
            .into(),
            email: true,
            cadence: Cadence::Weekly { day: Day::Monday, hour: hour(8) },
            quiet: Some(QuietHours { from: hour(22), until: hour(7) }),
            urgent_passes: true,
        }
    }

    #[test]
    fn what_is_said_of_a_follower_keeps_to_its_schema_and_comes_back_as_it_was() {
        let plan = Plan { at: at(1), reason: Reason::Urgent, through: Position(9), count: 2 };
        let failed = Failed { at: at(2), code: FailedCode::MailRefused, reply: Some(550) };
        let person = person();
        let messages = [
            ("person.settings-changed.v1", encode_settings(&person, 1, &settings(), at(0))),
            ("delivery.planned.v1", encode_plan(&person, 1, &plan)),
            ("delivery.failed.v1", encode_failure(&person, 1, 1, failed)),
            ("delivery.made.v1", encode_outcome(&person, 1, Outcome::Made(at(3)))),
        ];
        let mut book = Book::default();
        for (position, (name, encoded)) in (1..).zip(messages) {
            let encoded = encoded.unwrap();
            let subject = Subject::parse(&encoded.subject).unwrap();
            assert_eq!(subject.to_string(), encoded.subject);
            let value: serde_json::Value = serde_json::from_slice(&encoded.payload).unwrap();
            let validator = schema::compile(name).unwrap();
            assert!(validator.is_valid(&value["data"]), "{name}: {value}");
            assert_eq!(value["type"], format!("uk.carehub.{name}"));
            assert!(take(&mut book, &subject, &encoded.payload, Position(position)), "{name}");
            // Under another's subject it is not believed.
            let person = PersonId::new("p-2").unwrap();
            let other = if let Subject::Person { revision, .. } = &subject {
                Subject::Person { person, revision: *revision }
            } else {
                let Subject::Delivery { number, step, .. } = &subject else { panic!() };
                Subject::Delivery { person, number: *number, step: *step }
            };
            assert!(!take(&mut book, &other, &encoded.payload, Position(position)), "{name}");
        }
        let follower = book.person(&person).unwrap();
        assert_eq!((follower.revision, &follower.settings), (1, &settings()));
        let delivery = follower.last().unwrap();
        assert_eq!((&delivery.plan, delivery.failures), (&plan, 1));
        assert_eq!(delivery.failed, Some(failed));
        assert_eq!(delivery.outcome, Some(Outcome::Made(at(3))));
        let ended =
            encode_outcome(&person, 2, Outcome::Ended(at(4), EndedWhy::NothingLeft)).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&ended.payload).unwrap();
        assert!(schema::compile("delivery.ended.v1").unwrap().is_valid(&value["data"]));
    }
}
