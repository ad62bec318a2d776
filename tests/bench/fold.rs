//! The pure fold, in memory and on one core, beside counting the same messages by home.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use carehub_contract::{Contract, Mode, Subject};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::{Message, MessageBody};
use carehub_domain::policy::Policy;
use carehub_domain::{HomeId, Position};
use jiff::{SignedDuration, Timestamp};

use crate::concerns::{self, Wanted};
use crate::report::{Line, Of, median, note};
use crate::scene::shipped_policy;

/// Room between two events for what the hub says of the first.
const STRIDE: u64 = 64;

/// The triggers that the hub began with, by which its speed is expected.
const FIRST: [&str; 8] = [
    "referrals-6m",
    "high-user-address",
    "health-and-safety-breach",
    "possible-crime",
    "death-with-open-concern",
    "low-level-cumulative",
    "professional-judgement",
    "unanswered",
];

/// Events a second, with the first eight triggers and with all of the shipped pack.
pub(crate) fn measure(events: usize, rounds: usize) -> anyhow::Result<[Line; 2]> {
    let whole = shipped_policy()?;
    let mut first = whole.clone();
    first.trigger.retain(|trigger| FIRST.contains(&trigger.id.as_str()));
    anyhow::ensure!(first.trigger.len() == FIRST.len(), "the pack lacks one of the first triggers");
    let messages = decoded(events)?;
    Ok([
        measured("fold", &messages, &first, rounds)?,
        measured("fold-whole", &messages, &whole, rounds)?,
    ])
}

/// What the hub decides is handed back to the fold as the log would, and the time of it counts; the events
/// alone are counted.
fn measured(
    bench: &'static str,
    messages: &[Message],
    policy: &Policy,
    rounds: usize,
) -> anyhow::Result<Line> {
    let of = Of { bench, sync: None, unit: "events/s", baseline: "count-by-home" };
    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        baselines.push(counted(messages));
        let (figure, read_back) = folded(messages.to_vec(), policy)?;
        figures.push(figure);
        if round == 0 {
            let events = messages.len();
            note(&format!(
                "{bench}: {events} events, and {read_back} messages of the hub read back"
            ));
        }
    }
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}

pub(crate) fn decoded(events: usize) -> anyhow::Result<Vec<Message>> {
    let contract = Contract::compile()?;
    let now = Timestamp::now();
    // No log records two messages at once.
    let recorded_at =
        |n: u64| now + SignedDuration::from_micros(i64::try_from(n).unwrap_or_default());
    let said = concerns::make(Wanted { count: events, name: "fold", crime_every: 0 });
    let mut messages = Vec::with_capacity(events);
    for (position, said) in (2_u64..).zip(said) {
        let subject = Subject::parse(&said.subject)?;
        let at = recorded_at(position);
        let position = Position(position * STRIDE);
        let message = contract.decode(&subject, &said.payload, at, position, Mode::Validate);
        if let MessageBody::Agency(said) = &message.body {
            anyhow::ensure!(said.event.is_ok(), "an event is rejected: {:?}", said.event);
        }
        messages.push(message);
    }
    Ok(messages)
}

/// The baseline: as little as a fold by home can do.
pub(crate) fn counted(messages: &[Message]) -> f64 {
    let began = Instant::now();
    let mut counts: BTreeMap<HomeId, u64> = BTreeMap::new();
    for message in messages {
        if let MessageBody::Agency(said) = &message.body {
            match counts.get_mut(&said.home) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(said.home.clone(), 1);
                }
            }
        }
    }
    black_box(&counts);
    messages.len() as f64 / began.elapsed().as_secs_f64()
}

fn folded(messages: Vec<Message>, policy: &Policy) -> anyhow::Result<(f64, u64)> {
    let mut state = State::default();
    let body = MessageBody::Policy(Box::new(policy.clone().into()));
    let recorded_at = Timestamp::now();
    state.take(Message { position: Position(1), recorded_at, body }, Decided::Open);
    let events = messages.len();
    let mut read_back = 0;
    let began = Instant::now();
    for message in messages {
        let (mut position, recorded_at) = (message.position, message.recorded_at);
        let taken = state.take(message, Decided::Open);
        for output in taken.outputs {
            position.0 += 1;
            read_back += 1;
            let body = MessageBody::Hub(Box::new(output));
            let again = state.take(Message { position, recorded_at, body }, Decided::Open);
            anyhow::ensure!(again.outputs.is_empty(), "reading back led to a decision");
        }
    }
    let took = began.elapsed();
    anyhow::ensure!(state.tolerated() == 0, "{} messages were not folded", state.tolerated());
    black_box(&state);
    Ok((events as f64 / took.as_secs_f64(), read_back))
}
