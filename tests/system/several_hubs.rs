//! More than one hub on one log: each decision appears once, a follower says nothing, and takes
//! over where the other stopped (laws 1 and 5). And none at all: the log waits.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use carehub_storage::link::AgencyLink;
use carehub_storage::log::Stored;
use serde_json::Value;

use crate::answering::Desk;
use crate::chaos::is_a_fresh_replay;
use crate::expected::{Expected, addressed_to, is_of_time, sound_decisions};
use crate::harness::PATIENCE;
use crate::process::Hub;
use crate::speaking::{Kind, Record, Said, Speaker};

const AGENCIES: [&str; 3] = ["ambulance", "gp-practice", "council-safeguarding"];

/// Lets each agency say so many things, all at the same time.
async fn say(hub: &Hub, record: &Record, seed: u64, events: usize) {
    let said_by_all = Arc::new(AtomicU64::new(0));
    let mut speaking = Vec::new();
    for agency in AGENCIES {
        let mut speaker = Speaker::new(agency, seed, &said_by_all);
        let (link, record) = (hub.link(agency).await, record.clone());
        speaking.push(tokio::spawn(async move {
            for _ in 0..events {
                record.publish(&link, speaker.say()).await;
            }
        }));
    }
    for speaker in speaking {
        speaker.await.expect("an agency speaks to its end");
    }
}

async fn six_referrals(link: &AgencyLink, record: &Record, home: &str) {
    for n in 0..6 {
        let id = format!("{home}-{n}");
        let said = Said::concern("gp-practice", home, &id, Kind::Referral, 2);
        record.publish(link, said).await;
    }
}

/// Waits until a hub that only follows has folded everything.
async fn has_followed(follower: &Hub) {
    let log = follower.log().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let last = log.last_sequence().await.expect("the last sequence") as f64;
        if follower.metric("carehub_position") >= last {
            return;
        }
        assert!(Instant::now() < deadline, "it does not follow");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many messages somebody said, other than that time passes.
fn not_of_time(content: &[Stored]) -> usize {
    content.iter().filter(|stored| !is_of_time(&stored.subject)).count()
}

/// Every home's picture as the council sees it.
fn pictures(hub: &Hub) -> Vec<Value> {
    let list = hub.get_json("council-qa", "/api/v1/homes?limit=500");
    assert_eq!(list["next"], Value::Null);
    let homes = list["items"].as_array().expect("homes").iter();
    let id = |home: &Value| home["id"].as_str().expect("an id").to_owned();
    homes.map(|home| hub.get_json("council-qa", &format!("/api/v1/homes/{}", id(home)))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_that_both_publish_say_everything_once() {
    let (one_dir, two_dir) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let one = Hub::start(one_dir.path());
    let two = Hub::serve(&one, two_dir.path(), &[]);
    let record = Record::default();
    say(&one, &record, 7, 150).await;
    one.settled().await;
    two.settled().await;
    let content = one.log_without_erased().await;
    let expected = Expected::of(&content, &record);
    assert_eq!(sound_decisions(&content), expected.raised);
    assert!(expected.raised.len() > 5, "too little was said");
    for hub in [&one, &two] {
        expected.holds_in(hub);
        assert_eq!(hub.metric("carehub_decisions_differing_total"), 0.0);
    }
    assert_eq!(pictures(&one), pictures(&two));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_publishes_nothing_shows_the_same_and_takes_over() {
    let (one_dir, two_dir) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let mut one = Hub::start(one_dir.path());
    let mut follower = Hub::serve(&one, two_dir.path(), &["--no-aggregator"]);
    let record = Record::default();
    say(&one, &record, 11, 100).await;
    one.settled().await;
    has_followed(&follower).await;
    assert_eq!(pictures(&one), pictures(&follower));

    let before = not_of_time(&one.log_without_erased().await);
    one.kill9();
    six_referrals(&one.link("gp-practice").await, &record, "home-after").await;
    has_followed(&follower).await;
    let content = one.log_content().await;
    assert_eq!(not_of_time(&content), before + 6, "a follower says nothing");
    let home = follower.get_json("council-qa", "/api/v1/homes/home-after");
    assert_eq!(home["concerns"]["total"], 6);
    assert_eq!(home["escalations"], serde_json::json!([]));

    follower.stop();
    let active = Hub::serve(&one, two_dir.path(), &[]);
    active.settled().await;
    let content = one.log_without_erased().await;
    let expected = Expected::of(&content, &record);
    assert_eq!(sound_decisions(&content), expected.raised);
    expected.holds_in(&active);
    let raised = ("referrals-6m".to_owned(), "home-after".to_owned(), String::new());
    assert!(expected.raised.contains(&raised));
    one.restart();
    one.settled().await;
    assert_eq!(pictures(&one), pictures(&active));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_while_the_hub_is_down_is_folded_when_it_is_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let record = Record::default();
    hub.kill9();
    say(&hub, &record, 13, 120).await;
    hub.restart();
    hub.settled().await;
    let content = hub.log_without_erased().await;
    let expected = Expected::of(&content, &record);
    assert_eq!(sound_decisions(&content), expected.raised);
    assert!(expected.raised.len() > 5, "too little was said");
    expected.holds_in(&hub);
    for body in ["police", "council-safeguarding", "council-qa"] {
        let mut desk = Desk::new(body, hub.link(body).await, record.clone());
        let addressed = addressed_to(&content, body);
        assert!(!addressed.is_empty());
        desk.receives_each_once(&addressed).await;
    }
    hub.stop();
    is_a_fresh_replay(&hub, content.len());
}

/// The next one begins where the last has stored that it was, and passes over nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_after_a_hub_has_stored_its_position_and_stopped_is_folded_by_the_next() {
    let (one_dir, two_dir) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    // Its nats-server goes on without it.
    let mut one = Hub::start(one_dir.path());
    one.kill9();
    let record = Record::default();
    let mut hub = Hub::serve(&one, two_dir.path(), &[]);
    let link = one.link("gp-practice").await;
    six_referrals(&link, &record, "home-before").await;
    hub.settled().await;
    hub.stop();
    // Six are just enough: without the first nothing is raised there.
    six_referrals(&link, &record, "home-after").await;
    say(&one, &record, 13, 60).await;
    let hub = Hub::serve(&one, two_dir.path(), &[]);
    hub.settled().await;
    let content = one.log_without_erased().await;
    let expected = Expected::of(&content, &record);
    assert_eq!(sound_decisions(&content), expected.raised);
    for home in ["home-before", "home-after"] {
        let raised = ("referrals-6m".to_owned(), home.to_owned(), String::new());
        assert!(expected.raised.contains(&raised), "{home}");
        let home = hub.get_json("council-qa", &format!("/api/v1/homes/{home}"));
        assert_eq!(home["concerns"]["total"], 6);
    }
    expected.holds_in(&hub);
}
