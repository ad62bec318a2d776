//! Five commissioning groups become one on their legal date: the old keys open nothing any more, and what
//! was open goes on at the new body, with its clock, and is answered there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use carehub_storage::link::AgencyLink;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::chaos::is_a_fresh_replay;
use crate::harness::until;
use crate::process::{Hub, carehub, publish, today};

const AREAS: [&str; 5] = ["North", "South", "West", "City", "Coast"];

fn group(area: &str) -> String {
    format!("ccg-{}", area.to_lowercase())
}

fn home(area: &str) -> String {
    format!("home-{area}")
}

/// The shipped pack with five groups, each in its area, and whoever comes after them from tomorrow on.
fn pack(dir: &Path) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policy/norfolk");
    let tomorrow = today().checked_add(1.day()).expect("a date");
    for entry in std::fs::read_dir(shipped).expect("list the pack") {
        let entry = entry.expect("an entry");
        let mut text = std::fs::read_to_string(entry.path()).expect("read the pack");
        if entry.file_name() == "bodies.toml" {
            let all: Vec<&str> = text.split("[[body]]").collect();
            let others = all.iter().filter(|body| !body.contains("\nid = \"health-commissioner\""));
            let mut bodies: Vec<String> = others.map(|body| (*body).to_owned()).collect();
            bodies.extend(AREAS.iter().map(|area| {
                let id = group(area);
                let role = "roles = [\"health-commissioner\"]";
                format!("\nid = \"{id}\"\nname = \"{area}\"\n{role}\nareas = [\"{area}\"]\n")
            }));
            bodies.push(format!(
                "\nid = \"icb\"\nname = \"Board\"\nroles = [\"health-commissioner\"]\n\
                 from = \"{tomorrow}\"\n"
            ));
            text = bodies.join("[[body]]");
        }
        std::fs::write(dir.join(entry.file_name()), text).expect("write the pack");
    }
    dir.to_owned()
}

/// What was asked about the home of an area, as a body sees it.
fn asked(hub: &Hub, body: &str, area: &str) -> Value {
    let path = format!("/api/v1/escalations?home={}", home(area));
    let found = hub.get_json(body, &path);
    let items = found["items"].as_array().expect("a list");
    let of = items.iter().find(|one| one["trigger"] == "professional-judgement");
    of.unwrap_or_else(|| panic!("{body} sees nothing that was asked in {area}: {found}")).clone()
}

/// The revisions of which a body was told that others act in a place, by home.
async fn told(link: &AgencyLink, body: &str) -> Vec<String> {
    let fetched = link.fetch(body, 200, Duration::from_secs(2)).await.expect("fetch");
    let mut homes = Vec::new();
    for delivery in fetched {
        let message: Value = serde_json::from_slice(&delivery.payload).expect("JSON");
        let escalation = &message["data"]["escalation"];
        if escalation["change"]["kind"] == "succeeded" {
            assert_eq!(message["type"], "uk.carehub.escalation.told.v2");
            homes.push(escalation["home"].as_str().expect("a home").to_owned());
        }
        delivery.ack().await.expect("acknowledge");
    }
    homes.sort();
    homes
}

async fn is_let_in(hub: &Hub, seed: &str, agency: &str) -> bool {
    AgencyLink::connect(&hub.nats_url(), seed, agency).await.is_ok()
}

/// The accounts that `carehub nats config` writes for the log's own policy.
fn accounts(hub: &Hub, keys: &Path) -> Vec<String> {
    let key = hub.key("hub");
    let output = std::process::Command::new(carehub())
        .args(["nats", "config", "--plain", "--json", "--nats", &hub.nats_url(), "--key"])
        .arg(&key)
        .arg("--generate-keys")
        .arg(keys)
        .output()
        .expect("run carehub");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("not JSON: {}", String::from_utf8_lossy(&output.stderr));
    });
    let all = said["accounts"].as_array().expect("a list").iter();
    all.map(|one| one["account"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_groups_become_one_and_what_was_open_is_answered_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let packs = tempfile::tempdir().expect("a directory");
    let keys = tempfile::tempdir().expect("a directory");
    let pack = pack(packs.path());
    let mut hub = Hub::start_with(dir.path(), &["--policy", pack.to_str().expect("UTF-8")]);
    for area in AREAS {
        let registered = json!({ "name": "Fictional", "area": area });
        hub.says("cqc", &home(area), &home(area), "home.registered", registered).await;
        let request = json!({
            "level": "minor", "responsible": ["health-commissioner"], "reason": "Too quiet.",
        });
        hub.says("police", &home(area), &home(area), "escalation.requested", request).await;
    }
    let before: Vec<Value> = AREAS.iter().map(|area| asked(&hub, &group(area), area)).collect();
    for (area, one) in AREAS.iter().zip(&before) {
        assert_eq!(one["bodies"], json!([group(area)]), "{one}");
        assert!(one["due"].is_string(), "{one}");
    }
    assert_eq!(hub.get("icb", "/api/v1/homes").0, 403, "its time has not come");
    assert!(accounts(&hub, keys.path()).contains(&group("West")));
    let (old, seed) =
        (hub.link("ccg-west").await, std::fs::read_to_string(hub.key("ccg-west")).expect("a seed"));
    let concern = |n: u32| json!({ "kind": "complaint", "severity": "low", "occurred_at": "2024-02-01", "summary": format!("Number {n}.") });
    publish(&old, "ccg-west", &home("West"), "c1", "concern.raised", concern(1))
        .await
        .expect("yet");

    let groups: Vec<String> = AREAS.iter().map(|area| group(area)).collect();
    let succession =
        json!({ "predecessors": groups, "successors": ["icb"], "on": today().to_string() });
    hub.says("sab-manager", "general", "merger", "body.succeeded", succession).await;

    // The old key opens nothing, the old token neither, and a connection that was open is closed.
    until("the old body is let in no more", async || !is_let_in(&hub, &seed, "ccg-west").await)
        .await;
    until("the old token opens nothing", async || hub.get("ccg-west", "/api/v1/homes").0 == 401)
        .await;
    let late = publish(&old, "ccg-west", &home("West"), "c2", "concern.raised", concern(2)).await;
    assert!(late.is_err(), "{late:?}");
    let now = accounts(&hub, keys.path());
    assert!(
        now.contains(&"icb".to_owned()) && !now.iter().any(|one| groups.contains(one)),
        "{now:?}"
    );

    // What is open stands at the new body, with its clock; it is told of each once.
    for (area, before) in AREAS.iter().zip(&before) {
        let one = asked(&hub, "icb", area);
        assert_eq!(one["bodies"], json!(["icb"]), "{one}");
        assert_eq!((&one["id"], &one["due"]), (&before["id"], &before["due"]));
        assert_eq!(one["state"], "raised");
    }
    let board = hub.link("icb").await;
    let mut homes: Vec<String> = AREAS.iter().map(|area| home(area)).collect();
    homes.sort();
    assert_eq!(told(&board, "icb").await, homes);

    // It answers, and takes back what the old body said.
    let id = before[2]["id"].clone();
    let answer = json!({ "escalation": id });
    hub.says("icb", &home("West"), "a1", "escalation.acknowledged", answer).await;
    assert_eq!(asked(&hub, "icb", "West")["state"], "acknowledged");
    let withdrawal = json!({ "withdraws": { "id": "c1" }, "reason": "Entered twice." });
    hub.says("icb", &home("West"), "w1", "concern.withdrawn", withdrawal).await;
    let seen = hub.get_json("icb", &format!("/api/v1/homes/{}", home("West")));
    assert_eq!(seen["concerns"]["total"], 0, "{seen}");

    // A hub that starts again does not let it in for a moment, and a replay finds the same.
    let length = hub.log_content().await.len();
    hub.stop();
    is_a_fresh_replay(&hub, length);
    hub.restart();
    assert!(!is_let_in(&hub, &seed, "ccg-west").await, "as soon as the hub is back");
    assert!(
        is_let_in(&hub, &std::fs::read_to_string(hub.key("icb")).expect("a seed"), "icb").await
    );
}
