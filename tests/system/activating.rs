//! A running hub is given another rule book: it decides from then on, keeps what was decided, and
//! what may not be activated leaves the one in force.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::chaos::is_a_fresh_replay;
use crate::harness::until;
use crate::process::Hub;
use crate::speaking::{Kind, Record, Said};

/// A copy of the shipped pack, in which one text of a file stands for another.
pub(crate) fn pack(dir: &Path, file: &str, from: &str, to: &str) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policy/norfolk");
    std::fs::create_dir_all(dir).expect("make a directory");
    for entry in std::fs::read_dir(shipped).expect("list the pack") {
        let entry = entry.expect("an entry");
        let mut text = std::fs::read_to_string(entry.path()).expect("read the pack");
        if entry.file_name() == file {
            assert!(text.contains(from), "{file} has no {from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(dir.join(entry.file_name()), text).expect("write the pack");
    }
    dir.to_owned()
}

/// The shipped pack with another limit for `referrals-6m`.
fn stricter(dir: &Path, limit: u32) -> PathBuf {
    pack(dir, "triggers.toml", "more_than = 5", &format!("more_than = {limit}"))
}

/// Activates a pack in a running hub; what the command says.
pub(crate) fn activate(hub: &Hub, pack: &Path, from: &str) -> Value {
    let pack = pack.to_str().expect("a path in UTF-8");
    let (status, said) = hub.run(&[
        "policy",
        "activate",
        "--json",
        "--policy",
        pack,
        "--from",
        from,
        "--by",
        "council-qa",
    ]);
    let line = said.lines().next().unwrap_or_default();
    let said: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {said}"));
    assert_eq!(status.success(), said["activated"] == true, "{said}");
    said
}

fn shown(hub: &Hub) -> Value {
    hub.run_json(&["policy", "show", "--json"])
}

async fn refers(hub: &Hub, home: &str, numbers: std::ops::Range<u32>) {
    let (link, record) = (hub.link("ambulance").await, Record::default());
    for n in numbers {
        let said = Said::concern("ambulance", home, &format!("{home}-{n}"), Kind::Referral, 2);
        record.publish(&link, said).await;
    }
    hub.settled().await;
}

/// How many escalations of `referrals-6m` the council sees at a home.
fn raised(hub: &Hub, home: &str) -> usize {
    let found = hub.get_json("council-qa", &format!("/api/v1/escalations?home={home}"));
    let items = found["items"].as_array().expect("a list");
    items.iter().filter(|item| item["trigger"] == "referrals-6m").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_is_activated_decides_from_then_on_and_survives_a_crash() {
    let dir = tempfile::tempdir().expect("a directory");
    let packs = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    refers(&hub, "few", 0..2).await;
    refers(&hub, "some", 0..3).await;
    assert_eq!((raised(&hub, "few"), raised(&hub, "some")), (0, 0));

    let two = stricter(&packs.path().join("two"), 2);
    let said = activate(&hub, &two, "now");
    hub.settled().await;
    // Every home is looked at again, and the next event is judged by it.
    until("the home is looked at again", async || raised(&hub, "some") == 1).await;
    refers(&hub, "few", 2..3).await;
    assert_eq!((raised(&hub, "few"), raised(&hub, "some")), (1, 1));
    let now = shown(&hub);
    assert_eq!(now["in_force"]["version"], said["version"]);
    assert_eq!(now["in_force"]["by"], "council-qa");

    // One that is to come waits, also over a crash, and takes effect when nobody speaks.
    let from = Timestamp::now().checked_add(8.seconds()).expect("a time");
    let from = Timestamp::from_second(from.as_second()).expect("a time").to_string();
    refers(&hub, "one", 0..2).await;
    let one = stricter(&packs.path().join("one"), 1);
    let waits = activate(&hub, &one, &from);
    assert_eq!(shown(&hub)["pending"][0]["version"], waits["version"]);
    hub.settled().await;
    is_told_over_http(&hub);
    hub.kill9();
    hub.restart();
    until("the policy has taken effect", async || raised(&hub, "one") == 1).await;
    let now = shown(&hub);
    assert_eq!(now["in_force"]["version"], waits["version"]);
    assert_eq!(now["in_force"]["since"], from.as_str());
    assert_eq!(now["pending"], Value::Array(Vec::new()));
    hub.settled().await;
    let length = hub.log_content().await.len();
    hub.stop();
    is_a_fresh_replay(&hub, length);
}

/// Readers are told the same, in the same words, but for where the log keeps it.
fn is_told_over_http(hub: &Hub) {
    let told = hub.get_json("cqc", "/api/v1/policy");
    let said = shown(hub);
    let same = |told: &Value, said: &Value| {
        for (word, value) in said.as_object().expect("an object") {
            if word == "position" {
                assert_eq!(told.get(word), None);
            } else {
                assert_eq!(&told[word], value, "{word}");
            }
        }
    };
    same(&told["in_force"], &said["in_force"]);
    let (told, said) = (told["pending"].as_array(), said["pending"].as_array());
    let (told, said) = (told.expect("a list"), said.expect("a list"));
    assert_eq!(told.len(), said.len());
    told.iter().zip(said).for_each(|(told, said)| same(told, said));
}

/// Whoever has the hub's key and passes the check over: the hub itself refuses, once, and a replay finds the
/// same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_faulty_policy_that_reaches_the_log_never_takes_effect() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let before = shown(&hub)["in_force"].clone();
    let key = hub.key("hub");
    let log = hub.log().await;
    let stored = log.last_for_subject("carehub.control.policy.>").await.expect("ask");
    let stored = stored.expect("the policy that it began with");
    let mut event: Value = serde_json::from_slice(&stored.payload).expect("JSON");
    let triggers = event["data"]["policy"]["trigger"].as_array_mut().expect("a list");
    // Nobody is told any more when an answer is late.
    triggers.retain(|trigger| trigger["id"] != "unanswered");
    event["data"]["policy"]["version"] = "norfolk-000000000000".into();
    event["id"] = "by-hand".into();
    let subject = "carehub.control.policy.norfolk-000000000000.now";
    let payload = event.to_string().into_bytes();
    log.publish(subject, payload.into()).await.expect("publish with the hub's key");
    hub.settled().await;
    let now = shown(&hub);
    assert_eq!(now["in_force"], before, "with {key:?}: {now}");
    let all = now["activations"].as_array().expect("a list");
    let last = all.last().expect("the one by hand");
    assert_eq!((&last["standing"], &last["code"]), (&"refused".into(), &"policy-faulty".into()));
    let content = hub.log_content().await;
    let refusals: Vec<_> =
        content.iter().filter(|s| s.subject.starts_with("carehub.refusal.hub.")).collect();
    assert_eq!(refusals.len(), 1);
    assert_eq!(hub.get_json("cqc", "/api/v1/policy")["in_force"]["version"], before["version"]);
    hub.stop();
    is_a_fresh_replay(&hub, content.len());
    hub.run_json(&["rebuild", "--json"]);
    hub.restart();
    hub.settled().await;
    assert_eq!(shown(&hub)["in_force"], before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_activated_leaves_the_policy_in_force() {
    let dir = tempfile::tempdir().expect("a directory");
    let packs = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let before = shown(&hub);
    let last = hub.log().await.last_sequence().await.expect("the last sequence");
    let faulty = [
        ("triggers.toml", "more_than = 5", "more_then = 5", "policy-unreadable"),
        ("triggers.toml", "more_than = 5", "more_than = 0", "limit-zero"),
        ("triggers.toml", "safeguarding-referral", "safeguarding-referal", "policy-unreadable"),
        (
            "triggers.toml",
            "responsible = [\"council-safeguarding\"]",
            "responsible = [\"council-safegarding\"]",
            "role-unknown",
        ),
        ("triggers-late.toml", "id = \"unanswered\"", "id = \"late\"\noff = true", "overdue-rule"),
        ("bodies.toml", "id = \"police\"", "id = \"hub\"", "body-reserved"),
    ];
    for (n, (file, from, to, code)) in faulty.into_iter().enumerate() {
        let pack = pack(&packs.path().join(n.to_string()), file, from, to);
        let said = activate(&hub, &pack, "now");
        assert_eq!(said["code"], "policy-faulty", "{said}");
        let codes: Vec<_> =
            said["faults"].as_array().expect("a list").iter().map(|f| &f["code"]).collect();
        assert!(codes.iter().any(|found| **found == code), "{code}: {codes:?}");
    }
    let sound = stricter(&packs.path().join("sound"), 2);
    assert_eq!(activate(&hub, &sound, "2020-01-01")["code"], "policy-effective-in-the-past");
    assert_eq!(shown(&hub), before);
    let refused = hub.log_content().await.into_iter().skip(last as usize);
    let policies = refused.filter(|stored| stored.subject.starts_with("carehub.control.policy"));
    assert_eq!(policies.count(), 0, "what is refused never reaches the log");
    // And the hub goes on by the one that it has.
    refers(&hub, "few", 0..3).await;
    assert_eq!(raised(&hub, "few"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_a_policy_brings_can_speak_and_read_when_it_takes_effect() {
    let dir = tempfile::tempdir().expect("a directory");
    let packs = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let body = "[[body]]\nid = \"newcomer\"\nname = \"New\"\nroles = [\"ambulance\"]\n\n[[body]]\n";
    let pack = pack(packs.path(), "bodies.toml", "[[body]]\n", body);
    assert!(!hub.key("newcomer").exists());
    activate(&hub, &pack, "now");
    let token = dir.path().join("credentials/newcomer.token");
    until("the newcomer has a key and a token", async || token.exists()).await;
    until("the newcomer is let in", async || hub.get("newcomer", "/api/v1/homes").0 == 200).await;
    let consumers = async || hub.log().await.consumers().await.expect("the consumers");
    until("the newcomer has a consumer", async || {
        consumers().await.contains(&"newcomer".to_owned())
    })
    .await;
    let (link, record) = (hub.link("newcomer").await, Record::default());
    record.publish(&link, Said::concern("newcomer", "some", "n-1", Kind::Referral, 2)).await;
    hub.settled().await;
    let timeline = hub.get_json("council-qa", "/api/v1/homes/some/timeline");
    assert_eq!(timeline["items"].as_array().expect("a list").len(), 1, "{timeline}");
}
