//! Break-glass on a real hub: what a person opens with a reason, who hears of it at once and on which way,
//! when it ends, and that neither a crash nor a rebuild forgets or prolongs it.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::chaos::is_a_fresh_replay;
use crate::harness::until;
use crate::person::Person;
use crate::process::{Hub, delivered, today};

const HOME: &str = "home-break-glass";
const SECRET: &str = "withheld words";
const REASON: &str = "A resident is missing since noon.";

/// The words that a person reads in the home's timeline.
fn words(hub: &Hub, person: &Person) -> Vec<String> {
    let found = person.get_json(hub.http(), &format!("/api/v1/homes/{HOME}/timeline"));
    let items = found["items"].as_array().expect("a list").iter();
    items.filter_map(|item| Some(item["text"]["summary"].as_str()?.to_owned())).collect()
}

fn openings(hub: &Hub, person: &Person) -> Value {
    person.get_json(hub.http(), &format!("/api/v1/homes/{HOME}/break-glass"))["items"].clone()
}

fn opens(hub: &Hub, person: &Person, asked: &Value) -> (u16, Value) {
    person.post_json(hub.http(), &format!("/api/v1/homes/{HOME}/break-glass"), asked)
}

/// What the audit has of this action at the home, the oldest first.
fn records(hub: &Hub, action: &str) -> Vec<Value> {
    let (status, said) = hub.run(&["audit", "--json", "--home", HOME, "--action", action]);
    assert!(status.success(), "{said}");
    said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn scene(dir: &Path) -> Hub {
    let hub = Hub::start(dir);
    let registered = json!({ "name": "Fictional", "area": "Norfolk" });
    hub.says("cqc", HOME, "registered", "home.registered", registered).await;
    // What the police hold for law enforcement is nothing that Healthwatch may know of.
    let concern = json!({
        "kind": "police-incident", "severity": "medium", "occurred_at": today().to_string(),
        "summary": SECRET,
    });
    hub.says("police", HOME, "p1", "concern.raised", concern).await;
    hub
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_opens_is_told_at_once_ends_by_itself_and_outlives_a_crash() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = scene(dir.path()).await;
    let join = |name: &str, agency: &str, may: &[&str]| {
        Person::join(dir.path(), hub.http(), name, agency, may)
    };
    let (ann, bob, carl) = (
        join("ann", "healthwatch", &["read", "break-glass"]),
        join("bob", "healthwatch", &["read", "break-glass"]),
        join("carl", "healthwatch", &["read"]),
    );
    let lead = join("lead", "police", &["read", "data-protection"]);
    let police = hub.link("police").await;
    let cqc = hub.link("cqc").await;
    delivered(&police, "police", 0).await;
    delivered(&cqc, "cqc", 0).await;
    assert_eq!(words(&hub, &ann), [""; 0]);

    // Without the right, and without a reason, nothing opens.
    assert_eq!(opens(&hub, &carl, &json!({ "reason": REASON })).0, 403);
    assert_eq!(opens(&hub, &ann, &json!({ "reason": " " })).0, 422);
    assert_eq!(words(&hub, &ann), [""; 0]);

    // Ann for as long as the policy lets her, Bob for some seconds.
    assert_eq!(opens(&hub, &ann, &json!({ "reason": REASON })).0, 201);
    let ends = Timestamp::now() + SignedDuration::from_secs(20);
    let asked = json!({ "reason": "A shorter look.", "until": ends.to_string() });
    let (status, opened) = opens(&hub, &bob, &asked);
    assert_eq!((status, &opened["until"]), (201, &asked["until"]), "{opened}");

    // The owner's durable consumer has it at once: by whom, and until when.
    let told = delivered(&police, "police", 2).await;
    let told: Vec<&Value> =
        told.iter().map(|message| &message["data"]["notice"]["content"]).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for notice in &told {
        assert_eq!(notice["kind"], "break-glass-opened");
        assert_eq!(notice["agency"], "healthwatch");
        assert!(notice["person"].is_string() && notice["until"].is_string(), "{notice}");
    }
    assert_eq!(told[1]["until"], asked["until"]);
    assert!(!format!("{told:?}").contains("missing"), "a notice holds no free text");
    assert_eq!(delivered(&cqc, "cqc", 0).await, [] as [Value; 0], "whose words it does not open");
    // Its lead reads why.
    let seen = openings(&hub, &lead);
    assert_eq!((&seen[1]["reason"], seen.as_array().map(Vec::len)), (&json!(REASON), Some(2)));

    // Both read it, nobody else of their agency does, and the audit has each with its reason.
    until("the notices are read back", async || words(&hub, &bob) == [SECRET]).await;
    assert_eq!((words(&hub, &ann), words(&hub, &carl)), (vec![SECRET.to_owned()], Vec::new()));
    let by_action = |record: &Value| (record["outcome"].clone(), record["why"].clone());
    let opened: Vec<_> = records(&hub, "break-glass-opened").iter().map(by_action).collect();
    assert_eq!(opened.iter().filter(|(outcome, _)| outcome == "refused").count(), 2, "{opened:?}");
    assert!(opened.contains(&(json!("done"), json!(REASON))), "{opened:?}");
    let read = records(&hub, "timeline-read");
    let reasoned = |reason: &str| {
        let has = |record: &&Value| record["why"].as_str().is_some_and(|why| why.contains(reason));
        read.iter().filter(has).count()
    };
    assert!(reasoned(REASON) == 1 && reasoned("A shorter look.") >= 1, "{read:?}");

    // A hub that crashed, and lost all it had worked out, holds the same.
    hub.kill9();
    hub.delete_table();
    hub.restart();
    assert_eq!(openings(&hub, &lead), seen);
    assert_eq!(words(&hub, &ann), [SECRET]);

    // Bob's time ends while no hub runs: the next one lets him read nothing.
    hub.kill9();
    while Timestamp::now() <= ends {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    hub.restart();
    until("what was opened for some seconds is closed", async || words(&hub, &bob).is_empty())
        .await;
    assert_eq!(openings(&hub, &bob), json!([]));
    assert_eq!(words(&hub, &ann), [SECRET], "hers goes on");
    assert_eq!(delivered(&police, "police", 0).await, [] as [Value; 0], "nobody is told twice");
    let length = hub.log_content().await.len();
    hub.stop();
    is_a_fresh_replay(&hub, length);
}
