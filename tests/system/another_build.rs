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
    let tick = |stored: &Stored| stored.subject.starts_with("carehub.control.tick.");
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
