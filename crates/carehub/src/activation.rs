//! The rule books of a log: which holds, which wait, and how one more is appended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_contract::{Contract, Mode, Subject, encode_activation};
use carehub_domain::event::{BodySuccession, Event, Record};
use carehub_domain::message::{MessageBody, OutputBody, RejectionOutcome};
use carehub_domain::policy::{Activation, Activations, Settled, WhyRefused};
use carehub_domain::{BodyId, Position};
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

/// What the log says of rule books and of bodies that succeed others, up to its end. What waits in it for a
/// time that has passed by now is still waiting: see [`Activations::advance`].
///
/// # Errors
/// The log does not answer.
pub async fn read(log: &Log) -> anyhow::Result<Activations> {
    let mut activations = Activations::default();
    if log.last_for_subject(POLICIES).await?.is_none() {
        return Ok(activations);
    }
    let contract = Contract::compile()?;
    let mut found = Found::default();
    if let Some(tick) = log.last_for_subject(TICKS).await? {
        found.take(&contract, &tick);
    }
    let of_policies = [POLICIES, REFUSALS].map(str::to_owned).to_vec();
    each(log, of_policies, |stored| found.take(&contract, stored)).await?;
    // Whoever may say that bodies merge says little else, and is named by one of these rule books.
    let rooms = ["concern", "form", "refusal", "rejection"];
    let of_body = |body: BodyId| rooms.map(|room| format!("carehub.{room}.{body}.>"));
    let of_bodies: Vec<String> = found.say_who_succeeds().into_iter().flat_map(of_body).collect();
    if !of_bodies.is_empty() {
        each(log, of_bodies, |stored| found.take(&contract, stored)).await?;
    }
    for (position, (recorded_at, said)) in std::mem::take(&mut found.said) {
        let is_decided = position <= found.decided_through;
        match said {
            FoundSaid::Policy(said) => {
                let settled = match found.refused.get(&position) {
                    Some(why) => Settled::Refused(*why),
                    None if is_decided => Settled::Taken,
                    None => Settled::Open,
                };
                activations.follow(position, recorded_at, *said, settled);
            }
            FoundSaid::Succession(by, said) => {
                let refused = found.refused.contains_key(&position);
                let taken = if refused { Some(false) } else { is_decided.then_some(true) };
                activations.follow_succession(position, recorded_at, (&by, &said), taken);
            }
        }
    }
    Ok(activations)
}

/// Hands over every message of these subjects, up to the last that there is now.
async fn each(
    log: &Log,
    subjects: Vec<String>,
    mut take: impl FnMut(&Stored),
) -> anyhow::Result<()> {
    let newest = log.last_for_subjects(&subjects).await?;
    let end = newest.iter().flatten().map(|stored| stored.sequence).max().unwrap_or(0);
    let mut reader = log.reader(1, subjects);
    let mut position = 0;
    while position < end {
        for read in reader.next_batch(AT_ONCE, Duration::from_secs(5)).await? {
            position = read.through();
            if let Read::Message(stored) = &read {
                take(stored);
            }
        }
    }
    Ok(())
}

/// What a log holds of rule books, and of bodies that succeed others.
#[derive(Default)]
struct Found {
    said: BTreeMap<Position, (Timestamp, FoundSaid)>,
    /// Why a rule book was; of everything else, only that it was.
    refused: BTreeMap<Position, WhyRefused>,
    decided_through: Position,
}

enum FoundSaid {
    Policy(Box<Activation>),
    Succession(BodyId, BodySuccession),
}

impl Found {
    fn take(&mut self, contract: &Contract, stored: &Stored) {
        let at = Position(stored.sequence);
        match decoded(contract, stored) {
            Some((recorded_at, MessageBody::Policy(said))) => {
                self.said.insert(at, (recorded_at, FoundSaid::Policy(said)));
            }
            Some((recorded_at, MessageBody::Agency(said))) => {
                if let Ok(Event::Record(Record::BodySucceeded(succession))) = said.event {
                    let said = FoundSaid::Succession(said.agency, succession);
                    self.said.insert(at, (recorded_at, said));
                }
            }
            Some((_, MessageBody::Hub(output))) => match &output.body {
                OutputBody::Refusal { refusal, .. } => {
                    self.refused.insert(output.cause.position, WhyRefused::said(refusal));
                }
                // One whose free text alone goes back counts.
                OutputBody::Rejection { rejection, .. }
                    if rejection.outcome == RejectionOutcome::Rejected =>
                {
                    self.refused.insert(output.cause.position, WhyRefused::Faulty);
                }
                OutputBody::Rejection { .. }
                | OutputBody::Escalation { .. }
                | OutputBody::Told { .. }
                | OutputBody::Notice { .. }
                | OutputBody::Tombstone { .. } => {}
            },
            Some((_, MessageBody::Tick(tick))) => self.decided_through = tick.decided_through,
            Some((_, MessageBody::Reserved | MessageBody::Unreadable)) | None => {}
        }
    }

    /// Whoever some rule book lets say that bodies succeed others.
    fn say_who_succeeds(&self) -> BTreeSet<BodyId> {
        let books = self.said.values().filter_map(|(_, said)| match said {
            FoundSaid::Policy(said) => Some(&said.policy),
            FoundSaid::Succession(..) => None,
        });
        books
            .flat_map(|book| {
                let ids = book.body.iter().map(|body| &body.id);
                ids.filter(|id| book.holds(id, &book.powers.bodies)).cloned()
            })
            .collect()
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
