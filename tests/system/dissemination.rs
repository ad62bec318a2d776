//! What became of it goes back, on a real hub: outcomes to the agencies that contributed and that the
//! agreement names, each on its own durable consumer, what came of a meeting to the roles that it was passed on to, and corrections and withdrawals to everyone who was
//! told of the original.

use std::collections::BTreeMap;

use carehub_storage::link::AgencyLink;
use serde_json::{Value, json};

use crate::chaos::is_a_fresh_replay;
use crate::process::{Hub, delivered, today};

const HOME: &str = "home-dissemination";

/// Who is there: two decide or are told, three contribute and hear of it, `advocacy` contributes and is in
/// no group of `[sharing.feedback] outcomes`, and `fire` is in one and contributed nothing.
const AGENCIES: [&str; 7] = [
    "council-qa",
    "council-safeguarding",
    "ambulance",
    "gp-practice",
    "community-nursing",
    "advocacy",
    "fire",
];

struct Scene {
    hub: Hub,
    links: BTreeMap<&'static str, AgencyLink>,
}

impl Scene {
    async fn start(dir: &std::path::Path) -> Self {
        let hub = Hub::start(dir);
        let registered = json!({ "name": "Fictional", "area": "Norfolk" });
        hub.says("cqc", HOME, "registered", "home.registered", registered).await;
        let mut links = BTreeMap::new();
        for agency in AGENCIES {
            links.insert(agency, hub.link(agency).await);
        }
        Self { hub, links }
    }

    async fn says(&self, agency: &str, id: &str, event: &str, data: Value) {
        self.hub.says(agency, HOME, id, event, data).await;
    }

    async fn raises(&self, agency: &str, id: &str) {
        let concern = json!({
            "kind": "soft-intelligence", "severity": "low", "occurred_at": today().to_string(),
            "summary": "words of one agency",
        });
        self.says(agency, id, "concern.raised", concern).await;
    }

    /// The notices of each agency since it was asked last, by kind, and everything else by type. What is
    /// expected is waited for, and then nothing more may come: the hub has settled.
    async fn notices(&self, expected: &BTreeMap<&str, Vec<&str>>) -> Vec<Value> {
        let mut all = Vec::new();
        for agency in AGENCIES {
            let wanted = expected.get(agency).cloned().unwrap_or_default();
            let told = delivered(&self.links[agency], agency, wanted.len()).await;
            let notices: Vec<Value> = told
                .into_iter()
                .filter(|message| message["type"] == "uk.carehub.notice.given.v3")
                .collect();
            let kinds: Vec<&str> = notices
                .iter()
                .map(|notice| notice["data"]["notice"]["content"]["kind"].as_str().expect("a kind"))
                .collect();
            assert_eq!(kinds, wanted, "{agency}: {notices:?}");
            assert!(notices.iter().all(|notice| notice["data"]["to"] == agency), "{notices:?}");
            all.extend(notices);
        }
        all
    }

    /// The names by which the timeline of the body that acts calls the concerns.
    fn references(&self) -> Vec<String> {
        let path = format!("/api/v1/homes/{HOME}/timeline?type=concern-raised&order=oldest");
        let found = self.hub.get_json("council-qa", &path);
        let items = found["items"].as_array().expect("a list").iter();
        items.map(|item| item["reference"].as_str().expect("a reference").to_owned()).collect()
    }
}

fn to<'a>(agencies: &[&'a str], kind: &'a str) -> BTreeMap<&'a str, Vec<&'a str>> {
    agencies.iter().map(|agency| (*agency, vec![kind])).collect()
}

fn content(notice: &Value) -> &Value {
    &notice["data"]["notice"]["content"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_go_back_to_who_contributed_and_amendments_to_who_was_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut scene = Scene::start(dir.path()).await;
    for (agency, id) in [
        ("ambulance", "a1"),
        ("gp-practice", "g1"),
        ("advocacy", "v1"),
        ("ambulance", "a2"),
        ("community-nursing", "n1"),
        ("gp-practice", "g2"),
    ] {
        scene.raises(agency, id).await;
    }
    let path = format!("/api/v1/escalations?home={HOME}&trigger=low-level-cumulative");
    let id = scene.hub.get_json("council-qa", &path)["items"][0]["id"].clone();
    assert!(id.is_string(), "six low-level concerns raise one");
    scene.notices(&BTreeMap::new()).await;
    let references = scene.references();
    assert_eq!(references.len(), 6);

    // A correction while it is open: who acts and who is told hear of it, and of which concern.
    let amended_by_ambulance = json!({
        "corrects": { "id": "a1" }, "reason": "Seen again.", "set": { "severity": "medium" },
    });
    scene.says("ambulance", "c1", "concern.corrected", amended_by_ambulance).await;
    let told_of_it = ["council-qa", "council-safeguarding"];
    for notice in scene.notices(&to(&told_of_it, "concern-corrected")).await {
        let said = content(&notice);
        assert_eq!((&said["concern"], &said["shared"]), (&json!(references[0]), &json!(true)));
        assert_eq!(notice["data"]["notice"]["about"]["by"], "ambulance");
    }

    // Decided: each contributor that the agreement names, with the number of its own.
    let contributors = ["ambulance", "gp-practice", "community-nursing"];
    let answer = json!({ "escalation": id });
    scene.says("council-qa", "x1", "escalation.acknowledged", answer).await;
    let discussed = json!({
        "escalation": id, "took_part": ["council-qa"], "held_on": today().to_string(),
    });
    scene.says("council-qa", "x2", "escalation.discussed", discussed).await;
    scene.notices(&BTreeMap::new()).await;
    let decided =
        json!({ "escalation": id, "decision": "monitor", "rationale": "words of who decided" });
    scene.says("council-qa", "x3", "escalation.decided", decided).await;
    let told = scene.notices(&to(&contributors, "outcome-decided")).await;
    let own: BTreeMap<&str, usize> = told
        .iter()
        .map(|notice| {
            let own = content(notice)["concerns"].as_array().expect("its own concerns");
            (notice["data"]["to"].as_str().expect("a body"), own.len())
        })
        .collect();
    assert_eq!(own, [("ambulance", 2), ("community-nursing", 1), ("gp-practice", 2)].into());
    assert!(told.iter().all(|notice| content(notice)["decision"] == "monitor"), "{told:?}");
    // No notice repeats a word that an agency wrote, and each is a list of who has it over HTTP, too.
    assert!(told.iter().all(|notice| !notice.to_string().contains("words of")), "{told:?}");
    for (agency, listed) in [("ambulance", 1), ("advocacy", 0), ("fire", 0), ("police", 0)] {
        let notices = scene.hub.get_json(agency, "/api/v1/notices");
        assert_eq!(notices["items"].as_array().expect("a list").len(), listed, "{agency}");
    }

    // Closed, while the hub is killed in between: told once each.
    let closed = json!({ "escalation": id, "reason": "words of who closed" });
    scene.says("council-qa", "x4", "escalation.closed", closed).await;
    scene.hub.kill9();
    scene.hub.restart();
    scene.hub.settled().await;
    scene.notices(&to(&contributors, "outcome-closed")).await;

    // What came of a meeting goes on to the GPs and the health provider that it was passed on to, and to nobody
    // else: not to whoever chaired it, and not to who contributed and is not named.
    let held = json!({
        "meeting": "quarterly", "meeting_ref": "Q-1", "held_on": today().to_string(),
        "chair_role": "council-qa", "attended": ["council-qa", "cqc"], "note": "words of the chair",
        "output_passed_on": today().to_string(),
        "passed_on_to": ["gp-practice", "community-nursing", "council-qa"],
    });
    scene.says("council-qa", "m1", "meeting.recorded", held).await;
    let passed_on_to = ["gp-practice", "community-nursing"];
    let told = scene.notices(&to(&passed_on_to, "meeting-output")).await;
    for notice in &told {
        let said = content(notice);
        assert_eq!(said["held_on"], json!(today().to_string()), "{notice}");
        assert_eq!(
            (&said["meeting"], &said["chair_role"]),
            (&json!("quarterly"), &json!("council-qa"))
        );
        assert!(!notice.to_string().contains("words of"), "{notice}");
    }
    let listed = |agency| {
        let notices = scene.hub.get_json(agency, "/api/v1/notices?kind=meeting-output");
        notices["items"].as_array().expect("a list").len()
    };
    assert_eq!(["gp-practice", "ambulance", "council-qa"].map(listed), [1, 0, 0]);

    // A withdrawal when all is over still reaches who was told of the original.
    let withdrawn = json!({ "withdraws": { "id": "g1" }, "reason": "Another home." });
    scene.says("gp-practice", "w1", "concern.withdrawn", withdrawn).await;
    for notice in scene.notices(&to(&told_of_it, "concern-withdrawn")).await {
        assert_eq!(content(&notice)["concern"], references[1]);
    }
    let length = scene.hub.log_content().await.len();
    scene.hub.stop();
    is_a_fresh_replay(&scene.hub, length);
}
