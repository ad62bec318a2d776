//! The rule books of a log: which holds, which wait, and how one more is appended.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_contract::{Contract, Mode, Subject, encode_activation};
use carehub_domain::Position;
use carehub_domain::message::{MessageBody, OutputBody};
use carehub_domain::policy::{Activation, Activations, Settled, WhyRefused};
use carehub_storage::log::{Log, Once, Read, Stored};
use jiff::Timestamp;

/// The subjects of all rule books.
const POLICIES: &str = "carehub.control.policy.>";

/// What the hub refused to itself: the rule books among it.
const REFUSALS: &str = "carehub.refusal.hub.>";

/// How far the hub has decided.
const TICKS: &str = "carehub.control.tick.>";

/// Nobody appends so many; read in one go all the same.
const AT_ONCE: usize = 100;

/// What the log says of rule books, up to its end. What waits in it for a time that has passed by
/// now is still waiting: see [`Activations::advance`].
///
/// # Errors
/// The log does not answer.
pub async fn read(log: &Log) -> anyhow::Result<Activations> {
    let mut activations = Activations::default();
    let Some(newest) = log.last_for_subject(POLICIES).await? else {
        return Ok(activations);
    };
    let contract = Contract::compile()?;
    let refusal = log.last_for_subject(REFUSALS).await?;
    let end = refusal.map_or(0, |refusal| refusal.sequence).max(newest.sequence);
    let tick = log.last_for_subject(TICKS).await?;
    let mut found = Found::default();
    if let Some(tick) = tick {
        found.take(&contract, &tick);
    }
    let mut reader = log.reader(1, vec![POLICIES.to_owned(), REFUSALS.to_owned()]);
    let mut position = 0;
    while position < end {
        for read in reader.next_batch(AT_ONCE, Duration::from_secs(5)).await? {
            position = read.through();
            if let Read::Message(stored) = &read {
                found.take(&contract, stored);
            }
        }
    }
    for (position, recorded_at, said) in found.said {
        let settled = match found.refused.get(&position) {
            Some(why) => Settled::Refused(*why),
            None if position <= found.decided_through => Settled::Taken,
            None => Settled::Open,
        };
        activations.follow(position, recorded_at, said, settled);
    }
    Ok(activations)
}

/// What a log holds of rule books.
#[derive(Default)]
struct Found {
    said: Vec<(Position, Timestamp, Activation)>,
    refused: BTreeMap<Position, WhyRefused>,
    decided_through: Position,
}

impl Found {
    fn take(&mut self, contract: &Contract, stored: &Stored) {
        match decoded(contract, stored) {
            Some((recorded_at, MessageBody::Policy(said))) => {
                self.said.push((Position(stored.sequence), recorded_at, *said));
            }
            Some((_, MessageBody::Hub(output))) => {
                if let OutputBody::Refusal { refusal, .. } = &output.body {
                    self.refused.insert(output.cause.position, WhyRefused::said(refusal));
                }
            }
            Some((_, MessageBody::Tick(tick))) => self.decided_through = tick.decided_through,
            Some((_, MessageBody::Agency(_) | MessageBody::Reserved | MessageBody::Unreadable))
            | None => {}
        }
    }
}

/// A message as the fold has it, and when the log recorded it.
fn decoded(contract: &Contract, stored: &Stored) -> Option<(Timestamp, MessageBody)> {
    let subject = Subject::parse(&stored.subject).ok()?;
    let recorded_at = Timestamp::from_nanosecond(stored.time).ok()?;
    let position = Position(stored.sequence);
    let message = contract.decode(&subject, &stored.payload, recorded_at, position, Mode::Trust);
    Some((recorded_at, message.body))
}

/// The activation that a message holds; none when this build cannot read it, as the fold has it.
fn activation(contract: &Contract, stored: &Stored) -> Option<(Timestamp, Activation)> {
    match decoded(contract, stored)? {
        (recorded_at, MessageBody::Policy(said)) => Some((recorded_at, *said)),
        (
            _,
            MessageBody::Agency(_)
            | MessageBody::Hub(_)
            | MessageBody::Tick(_)
            | MessageBody::Reserved
            | MessageBody::Unreadable,
        ) => None,
    }
}

/// What came of appending an activation.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// It is in the log now, recorded at this instant.
    Now(Position, Timestamp),
    /// The log held the same activation for the same instant before.
    Before(Position),
    /// The log holds this version for the same instant, activated by somebody else.
    ByAnother(Position),
}

/// Appends an activation to the log, once.
///
/// # Errors
/// The log does not answer, or the rule book's version cannot stand in a subject.
pub async fn append(log: &Log, said: &Activation, now: Timestamp) -> anyhow::Result<Appended> {
    let encoded = encode_activation(said, now).context("write the policy")?;
    let subject = encoded.subject;
    let once = log.publish_once(&subject, Bytes::from(encoded.payload)).await;
    let once = once.context("append the policy to the log")?;
    let position = Position(once.sequence());
    let stored = log.last_for_subject(&subject).await?.context("read the policy back")?;
    let held = activation(&Contract::compile()?, &stored);
    Ok(match (once, held) {
        (Once::Stored(_), Some((recorded_at, _))) => Appended::Now(position, recorded_at),
        (Once::AlreadySame(_), _) => Appended::Before(position),
        // Saying it again has another time of saying, and is the same all the same.
        (Once::AlreadyDifferent(_), Some((_, held))) if held == *said => Appended::Before(position),
        (Once::AlreadyDifferent(_), _) => Appended::ByAnother(position),
        (Once::Stored(_), None) => anyhow::bail!("the log does not hold what was appended to it"),
    })
}
