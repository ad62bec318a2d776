//! Ten thousand messages that are forged, replayed, oversized or malformed, as an agency sends them:
//! nothing that is not valid is accepted, nothing falls over, and each that reaches the hub has a
//! verdict, a rejection and a place in a counter.
//!
//! What is valid is judged here, by another JSON Schema library and another reading of the envelope
//! than the hub's.

mod judge;
mod mutation;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::harness::Party;
use crate::process::Hub;
use judge::Judge;
use mutation::{AGENCY, Mutation, SUBJECT, base, mutations};

/// How many messages are made.
const MESSAGES: usize = 10_000;

/// Every run makes the same messages.
const SEED: u64 = 4;

/// How many verdicts are asked for at a time.
const AT_ONCE: usize = 500;

/// A loaded machine folds and answers slowly.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_bad_messages_are_judged_and_none_gets_through() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let police = Party::connect(&hub.nats_url(), &hub.key(AGENCY), AGENCY).await;
    let link = hub.link(AGENCY).await;
    let (mut sent, mut at_the_door) = (BTreeMap::new(), BTreeMap::new());
    let mut reach: Vec<(&'static str, String, Bytes)> = Vec::new();
    for Mutation { kind, subject, headers, payload } in
        base().into_iter().chain(mutations(SEED, MESSAGES))
    {
        // What nats-server itself refuses goes by a client that shows it.
        if headers.is_none() && subject == SUBJECT && payload.len() <= 128 * 1024 {
            reach.push((kind, subject, payload));
        } else {
            let refused = is_refused(&hub, &police, &subject, headers, payload).await;
            assert!(refused, "{kind} on {subject} is taken");
            *at_the_door.entry(kind).or_insert(0_usize) += 1;
        }
    }
    let messages: Vec<_> =
        reach.iter().map(|(_, subject, payload)| (subject.clone(), payload.clone())).collect();
    let positions = link.publish_all(messages, None, |_| {}).await.expect("publish");
    for (position, (kind, _, payload)) in positions.into_iter().zip(reach) {
        sent.insert(position, (kind, payload));
    }
    settled(&mut hub).await;

    let verdicts = verdicts(&hub, &sent.keys().copied().collect::<Vec<_>>());
    assert_eq!(verdicts.len(), sent.len(), "each has a verdict");
    let judge = Judge::new();
    let mut taken: BTreeMap<String, &Bytes> = BTreeMap::new();
    let (mut counted, mut refused) = (BTreeMap::<String, f64>::new(), Vec::new());
    for (position, (kind, payload)) in &sent {
        let verdict = &verdicts[position];
        let name = verdict["verdict"].as_str().unwrap_or_default();
        let valid = judge.is_valid(payload);
        let counts = matches!(name, "accepted" | "corroborating" | "text-withheld");
        if counts {
            let before = taken.insert(judge::id_of(payload), payload);
            assert!(valid && before.is_none(), "{kind} at {position} is {name}");
        }
        let same = taken.get(&judge::id_of(payload)) == Some(&payload);
        assert!(name != "duplicate" || same, "{kind} at {position} is called a duplicate");
        if matches!(name, "rejected" | "refused") {
            refused.push(*position);
            let code = verdict["code"].as_str().expect("a code").to_owned();
            *counted.entry(code).or_insert(0.0) += 1.0;
        } else {
            assert!(valid, "{kind} at {position} is not rejected: {verdict}");
        }
    }
    // Each refusal is in the log, for the agency to fetch, and in a counter by its code.
    let log = hub.log_content().await;
    let told: BTreeSet<&str> = log.iter().map(|stored| stored.subject.as_str()).collect();
    for position in &refused {
        let is_told = ["rejection", "refusal"]
            .map(|room| format!("carehub.{room}.{AGENCY}.{position}"))
            .iter()
            .any(|subject| told.contains(subject.as_str()));
        assert!(is_told, "nobody is told that {position} was refused");
    }
    let refused = refused.len();
    let metrics = hub.metrics();
    for (code, times) in &counted {
        let name = format!("carehub_refused_total{{code=\"{code}\"}} ");
        let figure = metrics.lines().find_map(|line| line.strip_prefix(&name));
        let figure: f64 = figure.map_or(0.0, |figure| figure.parse().expect("a number"));
        assert!(figure == *times, "{code}: {figure} counted, {times} refused");
    }
    assert!(sent.len() > MESSAGES / 2, "{} of {MESSAGES} reached the hub", sent.len());
    assert!(refused * 10 > sent.len() * 8, "{refused} of {} were refused", sent.len());
    assert!(counted.len() >= 6, "few kinds of fault: {counted:?}");
    assert_eq!(at_the_door.len(), 3, "{at_the_door:?}");

    // It still stands, and takes what is right.
    assert!(!hub.has_ended());
    let words = hub.last_words();
    assert!(!words.contains("panicked"), "{words}");
    let right = mutation::valid(usize::MAX);
    let position = link.publish(SUBJECT, right).await.expect("publish");
    settled(&mut hub).await;
    let verdict = &self::verdicts(&hub, &[position])[&position];
    assert_eq!(verdict["verdict"], "accepted", "{verdict}");
    report(sent.len(), refused, &counted, &at_the_door);
}

/// Whether the server itself says no: an error in the acknowledgement, a denial, or a closed
/// connection.
async fn is_refused(
    hub: &Hub,
    police: &Party,
    subject: &str,
    headers: Option<HeaderMap>,
    payload: Bytes,
) -> bool {
    let headers = headers.unwrap_or_default();
    // The server closes a connection that sends too much, so it is one of its own.
    let own;
    let party = if payload.len() > 128 * 1024 {
        own = Party::connect(&hub.nats_url(), &hub.key(AGENCY), AGENCY).await;
        &own
    } else {
        police
    };
    let asked = party.request_with_headers(subject.to_owned(), headers, payload);
    tokio::select! {
        _ = party.next_error() => true,
        answer = asked => match answer {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
                answer["error"].is_object()
            }
            Err(_) => true,
        },
    }
}

/// The hub has folded everything and said what it has to say.
async fn settled(hub: &mut Hub) {
    let log = hub.log().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(!hub.has_ended(), "the hub ended:\n{}", hub.last_words());
        let last = log.last_sequence().await.expect("the last sequence") as f64;
        let folded = hub.metric("carehub_position") >= last;
        if folded && hub.metric("carehub_outbox_waiting") == 0.0 {
            return;
        }
        assert!(Instant::now() < deadline, "not settled:\n{}", hub.last_words());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What became of each, as the agency asks.
fn verdicts(hub: &Hub, positions: &[u64]) -> BTreeMap<u64, Value> {
    let mut all = BTreeMap::new();
    for lot in positions.chunks(AT_ONCE) {
        let said = hub.post_json(AGENCY, "/api/v1/verdicts", &json!({ "positions": lot }));
        for item in said["items"].as_array().expect("a list") {
            all.insert(item["position"].as_u64().expect("a position"), item.clone());
        }
    }
    all
}

/// Figures for the record.
#[expect(clippy::print_stderr, reason = "a measurement, shown with --nocapture")]
fn report(
    reached: usize,
    refused: usize,
    counted: &BTreeMap<String, f64>,
    at_the_door: &BTreeMap<&str, usize>,
) {
    eprintln!("{reached} reached the hub, {refused} were refused: {counted:?}");
    eprintln!("the server refused: {at_the_door:?}");
}
