//! What agencies say, made short: the messages of every test.

use carehub_domain::event::{Concern, Details, Event, EventRef, Kind, Marking, Occurred, Severity};
use carehub_domain::fold::identity;
use carehub_domain::message::{Channel, Message, MessageBody, Said};
use carehub_domain::policy::{Owed, Policy, Rule};
use carehub_domain::{BodyId, Digest, HomeId, Position};
use jiff::Timestamp;

pub(crate) fn body(id: &str) -> BodyId {
    BodyId::new(id).unwrap()
}

pub(crate) fn home(id: &str) -> HomeId {
    HomeId::new(id).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn event_ref(id: &str) -> EventRef {
    EventRef { id: id.to_owned(), agency: None }
}

/// A concern with nothing in it but what every concern has.
pub(crate) fn concern(kind: Kind, severity: Severity, occurred: Occurred) -> Concern {
    Concern {
        home: None,
        place: None,
        kind,
        occurred_at: occurred,
        known_at: None,
        severity,
        about_named_individual: false,
        person_ref: None,
        incident_ref: None,
        reported_by: None,
        possible_crime: false,
        indicators: Vec::new(),
        key_questions: Vec::new(),
        abuse_types: Vec::new(),
        marking: Marking::default(),
        handling: None,
        source_record: None,
        details: Details::default(),
    }
}

/// The event `id` of `agency`, as the contract would have decoded it.
pub(crate) fn said(agency: &str, about: &str, id: &str, event: Event, time: Timestamp) -> Said {
    let agency = body(agency);
    let source = format!("urn:carehub:{agency}");
    let identity = Some(identity(&agency, &source, id));
    let content = Digest::of(&[id.as_bytes(), format!("{event:?}").as_bytes()]);
    Said {
        channel: Channel::Concern,
        home: home(about),
        id: Some(id.to_owned()),
        time: Some(time),
        identity,
        content,
        reference: Said::reference_of(identity, content),
        event: Ok(event),
        withheld: Vec::new(),
        agency,
    }
}

pub(crate) fn message(position: u64, recorded_at: Timestamp, said: Said) -> Message {
    Message { position: Position(position), recorded_at, body: MessageBody::Agency(Box::new(said)) }
}

pub(crate) fn policy_message(position: u64, recorded_at: Timestamp, policy: &Policy) -> Message {
    Message {
        position: Position(position),
        recorded_at,
        body: MessageBody::Policy(Box::new(policy.clone().into())),
    }
}

/// A policy from TOML texts whose tables are put together, as the binary reads a pack's files.
pub(crate) fn policy(version: &str, texts: &[&str]) -> Policy {
    let mut all = toml::Table::new();
    for text in texts {
        for (key, value) in text.parse::<toml::Table>().unwrap() {
            // The triggers of a pack stand in several files.
            match (all.get_mut(&key), value) {
                (Some(toml::Value::Array(list)), toml::Value::Array(more)) => list.extend(more),
                (_, value) => drop(all.insert(key, value)),
            }
        }
    }
    all.insert("version".to_owned(), version.into());
    crate::pack_numbers::change(version, &mut all);
    all.try_into().unwrap()
}

/// The pack that the hub ships with, but for what is overdue besides answers: most stories are about
/// something else, and nobody triages in them.
pub(crate) fn norfolk() -> Policy {
    let mut policy = norfolk_whole();
    policy.trigger.retain(|trigger| match &trigger.rule {
        Rule::Overdue { of } => *of == Owed::Answer {},
        Rule::Immediate { .. }
        | Rule::Count { .. }
        | Rule::Score { .. }
        | Rule::Linked { .. }
        | Rule::Breadth { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Requested {} => true,
    });
    policy
}

/// The pack that the hub ships with.
pub(crate) fn norfolk_whole() -> Policy {
    policy(
        "norfolk-1",
        &[
            include_str!("../../../../deploy/policy/norfolk/bodies.toml"),
            include_str!("../../../../deploy/policy/norfolk/process.toml"),
            include_str!("../../../../deploy/policy/norfolk/triggers-building.toml"),
            include_str!("../../../../deploy/policy/norfolk/triggers-gravest.toml"),
            include_str!("../../../../deploy/policy/norfolk/triggers-late.toml"),
            include_str!("../../../../deploy/policy/norfolk/triggers.toml"),
        ],
    )
}

/// A policy with the agreement of the shipped pack, as `check` asks for it.
pub(crate) fn with_agreement(mut policy: Policy) -> Policy {
    let text = include_str!("../../../../deploy/policy/norfolk/sharing.toml");
    let table: toml::Table = text.parse().unwrap();
    policy.sharing = table["sharing"].clone().try_into().unwrap();
    policy
}

/// The other pack that the hub ships with.
pub(crate) fn berkshire() -> Policy {
    policy(
        "berkshire-1",
        &[
            include_str!("../../../../deploy/policy/berkshire/bodies.toml"),
            include_str!("../../../../deploy/policy/berkshire/causes.toml"),
            include_str!("../../../../deploy/policy/berkshire/patterns.toml"),
            include_str!("../../../../deploy/policy/berkshire/people.toml"),
            include_str!("../../../../deploy/policy/berkshire/process.toml"),
            include_str!("../../../../deploy/policy/berkshire/thresholds.toml"),
        ],
    )
}
