//! Crashes at random moments while agencies speak: nothing that was acknowledged is lost or counted
//! twice, nothing is raised twice, and the result is that of a fresh replay (laws 1, 2, 4, 5, 8).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use carehub_tests::free_port;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::answering::Desk;
use crate::expected::{Expected, addressed_to, sound_decisions};
use crate::process::Hub;
use crate::speaking::{Record, Speaker, speak};

const AGENCIES: [&str; 5] =
    ["ambulance", "gp-practice", "police", "council-safeguarding", "community-nursing"];

/// The bodies that are responsible for what these agencies can make the hub raise.
const DESKS: [&str; 3] = ["police", "council-safeguarding", "council-qa"];

/// How an agency that is spoken to at random pauses between two events.
const PAUSE: Duration = Duration::from_millis(15);

/// What is killed, and what is thrown away.
struct Crashes {
    times: u32,
    /// One in so many also kills the nats-server.
    nats_one_in: Option<u32>,
    /// One in so many also throws the projections away.
    table_one_in: u32,
}

/// `$CAREHUB_CHAOS_SEED`, else another one each time.
#[expect(clippy::print_stderr, reason = "whoever repeats a failed run needs the seed")]
fn seed() -> u64 {
    let given = std::env::var("CAREHUB_CHAOS_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("CAREHUB_CHAOS_SEED is a number"));
    let seed = given.unwrap_or_else(|| jiff::Timestamp::now().as_microsecond().unsigned_abs());
    eprintln!("to repeat: CAREHUB_CHAOS_SEED={seed}");
    seed
}

/// Crashes once, somewhere between the start of the program and a moment of normal work.
async fn crash(hub: &mut Hub, chance: &mut ChaCha8Rng, crashes: &Crashes) {
    hub.launch();
    let works = chance.random_range(0..3) > 0;
    if works {
        hub.wait_until_ready();
    }
    let moment = chance.random_range(0..if works { 400 } else { 900 });
    tokio::time::sleep(Duration::from_millis(moment)).await;
    assert!(!hub.has_ended(), "the hub ended by itself:\n{}", hub.last_words());
    let nats = crashes.nats_one_in.is_some_and(|n| chance.random_range(0..n) == 0);
    if nats {
        hub.kill9_nats();
        // It may die before the supervisor notices, while it waits, or after the restart.
        let moment = chance.random_range(0..600);
        tokio::time::sleep(Duration::from_millis(moment)).await;
    }
    let table = chance.random_range(0..crashes.table_one_in) == 0;
    let under_it = chance.random_range(0..2) == 0;
    if table && under_it {
        hub.delete_table();
    }
    hub.kill9();
    if table {
        hub.delete_table();
    }
}

async fn survives(crashes: Crashes) {
    let seed = seed();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a directory");
    // A port that the system chose could go to a client of the server that is down.
    let address = format!("127.0.0.1:{}", free_port());
    let mut hub = Hub::start_with(dir.path(), &["--nats", &address]);
    let stop = Arc::new(AtomicBool::new(false));
    let record = Record::default();
    let said_by_all = Arc::new(AtomicU64::new(0));
    let mut speakers = Vec::new();
    for agency in AGENCIES {
        let speaker = Speaker::new(agency, seed, &said_by_all);
        let link = hub.link(agency).await;
        speakers.push(tokio::spawn(speak(link, speaker, record.clone(), PAUSE, stop.clone())));
    }
    let mut desks = Vec::new();
    for body in DESKS {
        let desk = Desk::new(body, hub.link(body).await, record.clone());
        desks.push(tokio::spawn(desk.work(stop.clone())));
    }

    let known = hub.nats_url();
    hub.kill9();
    for _ in 0..crashes.times {
        crash(&mut hub, &mut chance, &crashes).await;
    }
    hub.restart();
    assert_eq!(hub.nats_url(), known, "where agencies find it:\n{}", hub.last_words());
    stop.store(true, Ordering::Relaxed);
    for speaker in speakers {
        speaker.await.expect("an agency speaks to its end");
    }
    let mut quiet = Vec::new();
    for desk in desks {
        quiet.push(desk.await.expect("a desk works to its end"));
    }
    hub.settled().await;

    let content = hub.log_without_erased().await;
    let expected = Expected::of(&content, &record);
    assert!(expected.raised.len() > 20, "too little was said: {}", expected.raised.len());
    assert_eq!(sound_decisions(&content), expected.raised, "what was raised");
    expected.holds_in(&hub);
    for desk in &mut quiet {
        let body = desk.body();
        desk.receives_each_once(&addressed_to(&content, body)).await;
    }

    hub.stop();
    is_a_fresh_replay(&hub, content.len());
    let rebuilt = hub.run_json(&["rebuild", "--json"]);
    assert!(rebuilt["position"].as_u64() >= Some(content.len() as u64), "{rebuilt}");
    is_a_fresh_replay(&hub, content.len());
}

/// The projections of a stopped hub are what a replay into an empty table gives.
pub(crate) fn is_a_fresh_replay(hub: &Hub, at_least: usize) {
    let checked = hub.run_json(&["verify", "--json"]);
    assert_eq!(checked["differences"], serde_json::json!([]), "{checked}");
    assert_eq!(checked["missing"], 0, "{checked}");
    let compared = checked["position"].as_u64().expect("a position");
    assert!(compared >= at_least as u64, "compared at {compared} of {at_least}");
    assert!(checked["keys"].as_u64() > Some(10), "{checked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_is_killed_fifty_times_loses_nothing_and_raises_nothing_twice() {
    survives(Crashes { times: 50, nats_one_in: None, table_one_in: 5 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_its_nats_server_is_killed_too() {
    survives(Crashes { times: 12, nats_one_in: Some(2), table_one_in: 4 }).await;
}
