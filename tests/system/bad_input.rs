//! Bad input: every kind has a stable code with a page, and the sender learns of it in every way
//! there is, while the log keeps what was sent, byte for byte.
//!
//! All of it is sent as it stands, past the checks of the shipped client.

mod cases;

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_storage::PublishError;
use carehub_storage::link::{AgencyLink, Subscription};
use carehub_storage::log::Log;
use serde_json::{Value, json};

use crate::harness::PATIENCE;
use crate::process::Hub;
use cases::{AGENCY, Bad, HOME, UNKNOWN_HOME, event, raised, referral};

/// A body that reads what the police say.
const READER: &str = "council-safeguarding";

/// How soon the server itself says no.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A hub, and an agency that listens in both ways.
struct Scene {
    hub: Hub,
    log: Log,
    link: AgencyLink,
    receipts: Subscription,
    /// What came by the durable consumer and by receipt so far.
    delivered: Vec<(String, Value)>,
    heard: Vec<Value>,
}

impl Scene {
    async fn start(dir: &Path) -> Self {
        let hub = Hub::start(dir);
        let link = hub.link(AGENCY).await;
        let subject = format!("carehub.receipt.{AGENCY}");
        let receipts = link.subscribe(&subject).await.expect("listen for receipts");
        link.flush().await.expect("the server knows of the subscription");
        let log = hub.log().await;
        Self { hub, log, link, receipts, delivered: Vec::new(), heard: Vec::new() }
    }

    /// Publishes what is right, and waits until it counts; returns its position.
    async fn say(&mut self, subject: &str, payload: Bytes) -> u64 {
        let position = self.link.publish(subject, payload).await.expect("publish");
        self.hub.settled().await;
        assert_eq!(self.verdict(position)["verdict"], "accepted");
        position
    }

    /// Publishes what is wrong, and holds everything that follows to what it must be.
    async fn check(&mut self, bad: &Bad) {
        let (what, code) = (bad.what, bad.code);
        assert_page(code);
        let before = self.counted(code);
        let position = if bad.by_the_hubs_key {
            self.log.publish(&bad.subject, bad.payload.clone()).await.expect("publish")
        } else {
            self.link.publish(&bad.subject, bad.payload.clone()).await.expect("publish")
        };
        self.hub.settled().await;

        let verdict = self.verdict(position);
        assert_eq!(verdict["verdict"], bad.verdict, "{what}: {verdict}");
        // Text that is withheld is no verdict against the event, which counts.
        let given = if bad.verdict == "text-withheld" { Value::Null } else { json!(code) };
        assert_eq!(verdict["code"], given, "{what}: {verdict}");
        assert_eq!(self.counted(code), before + 1.0, "{what}: the counter of {code}");

        let (subject, message) = self.delivered(position).await;
        let noun = if bad.verdict == "refused" { "refusal" } else { "rejection" };
        assert_eq!(subject, format!("carehub.{noun}.{AGENCY}.{position}"), "{what}");
        assert_eq!(message["data"]["code"], code, "{what}: {message}");
        for (code, pointer) in &bad.faults {
            let faults = message["data"]["faults"].as_array().expect("faults");
            let found =
                faults.iter().any(|fault| fault["code"] == *code && fault["pointer"] == *pointer);
            assert!(found, "{what}: no {code} at {pointer}: {message}");
            assert_page(code);
        }

        let receipt = self.receipt(position).await;
        assert_eq!(receipt["verdict"], bad.verdict, "{what}: {receipt}");
        assert_eq!(receipt["code"], verdict["code"], "{what}: {receipt}");

        let stored = self.log.get(position).await.expect("read the log").expect("it is kept");
        assert_eq!(stored.subject, bad.subject, "{what}");
        assert!(stored.payload == bad.payload, "{what}: the log holds other bytes");
    }

    /// The verdict of the API.
    fn verdict(&self, position: u64) -> Value {
        let asked = json!({ "positions": [position] });
        let mut said = self.hub.post_json(AGENCY, "/api/v1/verdicts", &asked);
        assert_eq!(said["items"].as_array().map(Vec::len), Some(1), "{said}");
        said["items"][0].take()
    }

    /// What the durable consumer delivers because of this position.
    async fn delivered(&mut self, position: u64) -> (String, Value) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let of =
                |(_, message): &&(String, Value)| message["data"]["cause"]["position"] == position;
            if let Some(found) = self.delivered.iter().find(of) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "nothing was delivered because of {position}");
            let deliveries = self.link.fetch(AGENCY, 64, Duration::from_secs(1)).await;
            for delivery in deliveries.expect("fetch") {
                delivery.ack_confirmed().await.expect("acknowledge");
                let message = serde_json::from_slice(&delivery.payload).expect("JSON");
                self.delivered.push((delivery.subject.clone(), message));
            }
        }
    }

    /// The receipt for this position.
    async fn receipt(&mut self, position: u64) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.heard.iter().find(|receipt| receipt["position"] == position) {
                return found.clone();
            }
            let next = tokio::time::timeout_at(deadline, self.receipts.next()).await;
            let said = next.unwrap_or_else(|_| panic!("no receipt for {position}"));
            let said = said.expect("the server lets it listen").expect("the connection lives");
            let said: Value = serde_json::from_slice(&said.payload).expect("JSON");
            self.heard.extend(said["data"]["receipts"].as_array().expect("receipts").clone());
        }
    }

    /// The counter of a code; it does not exist before its first use.
    fn counted(&self, code: &str) -> f64 {
        let text = self.hub.metrics();
        let name = format!("carehub_refused_total{{code=\"{code}\"}} ");
        let figure = text.lines().find_map(|line| line.strip_prefix(&name));
        figure.map_or(0.0, |figure| figure.parse().expect("a number"))
    }

    fn total(&self, home: &str) -> Value {
        let mut home = self.hub.get_json(READER, &format!("/api/v1/homes/{home}"));
        home["concerns"]["total"].take()
    }

    /// Whether a text stands in what the API says of the home, to its sender or to another body.
    fn shows(&self, text: &str) -> bool {
        let shown = |(reader, part): (&str, &str)| {
            let (_, page) = self.hub.get(reader, &format!("/api/v1/homes/{HOME}{part}"));
            page.contains(text)
        };
        [(AGENCY, ""), (AGENCY, "/timeline"), (READER, ""), (READER, "/timeline")]
            .into_iter()
            .any(shown)
    }

    /// What the server itself does not take is an error at once, and is stored nowhere.
    async fn check_denied(&self, what: &str, subject: &str, payload: Bytes) {
        // Its own connection: the server closes one that sends too much.
        let link = self.hub.link(AGENCY).await;
        let asked = Instant::now();
        let answer = link.publish(subject, payload.clone()).await;
        assert!(matches!(answer, Err(PublishError::Failed { .. })), "{what}: {answer:?}");
        assert!(asked.elapsed() < AT_ONCE, "{what}: only after {:?}", asked.elapsed());
        let log = self.hub.log_content().await;
        assert!(!log.iter().any(|stored| stored.payload == payload), "{what}: it was stored");
    }
}

/// A code's page exists and says what to do.
#[track_caller]
fn assert_page(code: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/errors/{code}.md"));
    let page = std::fs::read_to_string(&page).unwrap_or_else(|_| panic!("{code} has no page"));
    let advice = page.split("## What to do\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let advice = advice.unwrap_or_else(|| panic!("{code}'s page does not say what to do"));
    assert!(advice.trim().len() > 20, "{code}'s page does not say what to do");
}

/// The escalation that six referrals raise, which is not addressed to the police.
async fn others_escalation(scene: &mut Scene) -> (&'static str, String) {
    let home = "fictional-referrals";
    for number in 0..6 {
        let referral = referral(home, number);
        scene.say(&format!("carehub.concern.{AGENCY}.{home}"), referral).await;
    }
    let found = scene.hub.get_json(READER, &format!("/api/v1/escalations?home={home}"));
    let id = found["items"][0]["id"].as_str().expect("six referrals raise an escalation");
    (home, id.to_owned())
}

#[tokio::test]
async fn bad_input_has_a_code_a_page_a_rejection_and_a_counter_and_stays_in_the_log() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut scene = Scene::start(dir.path()).await;
    let subject = format!("carehub.concern.{AGENCY}.{HOME}");
    scene.say(&subject, cases::good()).await;
    assert_eq!(scene.total(HOME), 1);
    assert!(scene.shows(cases::SUMMARY), "a text that may be shown is shown");

    for bad in cases::rejected() {
        scene.check(&bad).await;
        assert_eq!(scene.total(HOME), 1, "{} counts", bad.what);
    }
    let (home, escalation) = others_escalation(&mut scene).await;
    for bad in cases::refused(home, &escalation) {
        scene.check(&bad).await;
    }
    assert_eq!(scene.total(HOME), 1);
    for (bad, secret, now) in cases::withheld() {
        scene.check(&bad).await;
        assert_eq!(scene.total(HOME), now, "{} counts all the same", bad.what);
        assert!(!scene.shows(secret), "{}: the text is shown", bad.what);
    }

    // An unknown home is no fault of the sender.
    let subject = format!("carehub.concern.{AGENCY}.{UNKNOWN_HOME}");
    scene.say(&subject, event("unknown-home", raised(UNKNOWN_HOME))).await;
    assert_eq!(scene.total(UNKNOWN_HOME), 1);
    let waiting = scene.hub.get_json(AGENCY, "/api/v1/unmatched?limit=500");
    let waiting = waiting["items"].as_array().expect("a list");
    let waits = |one: &Value| one["event"] == "unknown-home" && one["home"] == UNKNOWN_HOME;
    assert!(waiting.iter().any(waits), "{waiting:?}");

    for (what, subject, payload) in cases::denied() {
        scene.check_denied(what, &subject, payload).await;
    }
}
