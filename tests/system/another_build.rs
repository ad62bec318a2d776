//! Decide once (law 2): a build whose triggers decide differently, on a log that it replays from
//! the beginning, leaves the past as it is and decides only what is new.

use std::collections::BTreeSet;
use std::path::PathBuf;

use carehub_storage::link::AgencyLink;
use carehub_storage::log::Stored;
use serde_json::Value;

use crate::chaos::is_a_fresh_replay;
use crate::expected::{Raised, sound_decisions};
use crate::process::Hub;
use crate::speaking::{Kind, Meaning, Record, Said};

/// Everything but ticks, which every hub may add.
fn without_ticks(content: Vec<Stored>) -> Vec<Stored> {
    let tick = |stored: &Stored| crate::expected::is_of_time(&stored.subject);
    content.into_iter().filter(|stored| !tick(stored)).collect()
}

/// What the council sees of these homes.
fn pictures(hub: &Hub, homes: &[&str]) -> Vec<Value> {
    let one = |home: &&str| hub.get_json("council-qa", &format!("/api/v1/homes/{home}"));
    homes.iter().map(one).collect()
}

async fn say(link: &AgencyLink, record: &Record, said: impl IntoIterator<Item = Said>) {
    for said in said {
        record.publish(link, said).await;
    }
}

fn referrals(home: &str, numbers: std::ops::Range<u32>) -> impl Iterator<Item = Said> {
    numbers.map(move |n| {
        let id = format!("{home}-{n}");
        Said::concern("ambulance", home, &id, Kind::Referral, 2)
    })
}

fn raised(trigger: &str, home: &str) -> (String, String) {
    (trigger.to_owned(), home.to_owned())
}

fn by_home(raised: BTreeSet<Raised>) -> BTreeSet<(String, String)> {
    raised.into_iter().map(|(trigger, home, _)| (trigger, home)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_decides_differently_leaves_the_past_as_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let mut hub = Hub::start(dir.path());
    let link = hub.link("ambulance").await;
    // Enough for the other build, not for this one; and the other way round.
    say(&link, &record, referrals("few", 0..4)).await;
    say(&link, &record, [Said::crime("ambulance", "crime", "crime-1")]).await;
    let invalid = Said::new("ambulance", "few", "bad", Meaning::Invalid("schema-violation"));
    say(&link, &record, [invalid]).await;
    say(&link, &record, referrals("many", 0..7)).await;
    hub.settled().await;
    let homes = ["few", "crime", "many"];
    let (past, seen) = (without_ticks(hub.log_content().await), pictures(&hub, &homes));
    let first = BTreeSet::from([raised("possible-crime", "crime"), raised("referrals-6m", "many")]);
    assert_eq!(by_home(sound_decisions(&past)), first);

    // Another build, which has nothing but the log.
    hub.kill9();
    hub.delete_table();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_carehub-decides-differently"));
    let mut other = Hub::serve_by(program, &hub, dir.path(), &[]);
    other.settled().await;
    assert_eq!(without_ticks(other.log_content().await), past, "the past is not decided again");
    assert_eq!(pictures(&other, &homes), seen);

    // What is new it decides in its own way.
    say(&link, &record, [Said::crime("ambulance", "crime", "crime-2")]).await;
    say(&link, &record, referrals("few", 4..5)).await;
    other.settled().await;
    let content = without_ticks(other.log_content().await);
    assert_eq!(content[..past.len()], past);
    let both = first.iter().cloned().chain([raised("referrals-6m", "few")]).collect();
    assert_eq!(by_home(sound_decisions(&content)), both, "no second crime, but the few are many");
    let (past, seen) = (content, pictures(&other, &homes));
    other.stop();

    // And back again.
    hub.delete_table();
    hub.restart();
    hub.settled().await;
    assert_eq!(without_ticks(hub.log_content().await), past);
    assert_eq!(pictures(&hub, &homes), seen);
    say(&link, &record, [Said::crime("ambulance", "crime", "crime-3")]).await;
    hub.settled().await;
    let content = hub.log_content().await;
    let crimes =
        sound_decisions(&content).into_iter().filter(|(trigger, ..)| trigger == "possible-crime");
    assert_eq!(crimes.count(), 2, "the first and the third");
    hub.stop();
    is_a_fresh_replay(&hub, content.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_build_would_decide_is_listed_and_not_said() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let mut hub = Hub::start(dir.path());
    let link = hub.link("ambulance").await;
    say(&link, &record, referrals("few", 0..4)).await;
    say(&link, &record, [Said::crime("ambulance", "crime", "crime-1")]).await;
    hub.settled().await;
    // Its nats-server stays behind, and nothing can be said in the log but by who verifies.
    hub.kill9();
    let log = hub.log().await;
    let last = log.last_sequence().await.expect("the last sequence");
    let redecide = |program: PathBuf| {
        let (nats, key) = (hub.nats_url(), hub.key("hub"));
        let key = key.to_str().expect("a path in UTF-8");
        let arguments = ["verify", "--redecide", "--json", "--nats", &nats, "--key", key];
        let (status, said) = hub.run_by(&program, &arguments);
        assert!(status.success(), "{said}");
        let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut lines: Vec<Value> = lines.collect();
        let summary = lines.pop().expect("a summary");
        assert_eq!(summary["differences"], lines.len());
        assert!(summary["compared"].as_u64().expect("a number") >= 5);
        lines
    };
    assert_eq!(redecide(crate::process::carehub()), Vec::<Value>::new());

    let differences = redecide(PathBuf::from(env!("CARGO_BIN_EXE_carehub-decides-differently")));
    let raised = |lines: &Value| {
        let lines = lines.as_array().expect("a list").iter();
        let text = lines.map(|line| {
            line.as_str().expect("a line").split(' ').nth(1).expect("a trigger").to_owned()
        });
        text.collect::<Vec<_>>()
    };
    let found: Vec<_> =
        differences.iter().map(|one| (raised(&one["log"]), raised(&one["now"]))).collect();
    let (none, few) = (Vec::new(), vec!["referrals-6m".to_owned()]);
    let crime = vec!["possible-crime".to_owned()];
    // The third referral, the fourth as further evidence or anew, and the crime.
    assert_eq!(found.first(), Some(&(none.clone(), few)));
    assert_eq!(found.last(), Some(&(crime, none)));
    assert_eq!(log.last_sequence().await.expect("the last sequence"), last, "it said something");
}
