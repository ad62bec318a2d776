//! What a hub answers one body about one home over HTTP, and whether a chronology says the same. The two name
//! some things differently: both are brought into one form.

use std::collections::BTreeSet;
use std::process::ExitStatus;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::process::Hub;

/// Few, so that a timeline has pages.
const ON_A_PAGE: usize = 7;

/// What one body was told of one home.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: &'static str,
    pub(super) home: &'static str,
    /// None where there was no such home for it.
    pub(super) shown: Option<Shown>,
    /// As the API gives them.
    pub(super) escalations: Vec<Value>,
}

/// A home as a body was shown it.
#[derive(Debug)]
pub(super) struct Shown {
    /// Of the timeline, the oldest first.
    pub(super) entries: Vec<Value>,
    home: Value,
}

impl Answer {
    /// Asks a running hub.
    pub(super) fn of(hub: &Hub, body: &'static str, home: &'static str) -> Self {
        let path = format!("/api/v1/homes/{home}");
        let shown = match hub.get(body, &path) {
            (200, document) => Some(Shown {
                entries: timeline(hub, body, &path),
                home: serde_json::from_str(&document).expect("JSON"),
            }),
            (404, _) => {
                assert_eq!(hub.get(body, &format!("{path}/timeline")).0, 404, "{body}: {path}");
                None
            }
            (status, document) => panic!("GET {path}: {status}: {document}"),
        };
        let found = hub.get_json(body, &format!("/api/v1/escalations?home={home}&limit=500"));
        let escalations = found["items"].as_array().expect("a list").clone();
        match &shown {
            Some(shown) => assert_eq!(shown.home["escalations"], found["items"], "{body}: {path}"),
            None => assert!(escalations.is_empty(), "{body}: {path}: {found}"),
        }
        Self { body, home, shown, escalations }
    }

    /// The references of the concerns in it.
    pub(super) fn concerns(&self) -> BTreeSet<&str> {
        let entries = self.shown.iter().flat_map(|shown| &shown.entries);
        let concerns = entries.filter(|entry| entry["what"]["concern"].is_string());
        concerns.map(|entry| entry["reference"].as_str().expect("a reference")).collect()
    }

    pub(super) fn escalation(&self, id: &str) -> Option<&Value> {
        self.escalations.iter().find(|escalation| escalation["id"] == id)
    }

    /// What `carehub chronology --by recorded --json` printed for that moment is this answer.
    #[track_caller]
    pub(super) fn check(&self, at: Timestamp, (status, printed): &(ExitStatus, String)) {
        let Self { body, home, shown, .. } = self;
        let asked = format!("{body} of {home} at {at}");
        let Some(shown) = shown else {
            let says_so = printed.contains(&format!("no home {home}"));
            assert!(!status.success() && says_so, "{asked}: {printed}");
            return;
        };
        assert!(status.success(), "{asked}: {printed}");
        let known: Value = serde_json::from_str(printed)
            .unwrap_or_else(|_| panic!("{asked}: not JSON: {printed}"));
        assert_eq!((&known["body"], &known["home"]), (&json!(body), &json!(home)));
        let last: Timestamp = known["as_known_at"].as_str().expect("a time").parse().expect("one");
        assert!(last <= at, "{asked}: it took in what was said at {last}");
        let entries: Vec<Value> = list(&known["entries"]).iter().map(entry_of_chronology).collect();
        same(&format!("{asked}: an entry"), &entries, &shown.entries);

        let mut known: Vec<&Value> = list(&known["escalations"]).iter().collect();
        known.sort_by_key(|one| one["escalation"].to_string());
        let mut answered: Vec<&Value> = self.escalations.iter().collect();
        answered.sort_by_key(|one| one["id"].to_string());
        let of_known: Vec<Value> = known.iter().copied().map(escalation_of_chronology).collect();
        let of_answer: Vec<Value> = answered.iter().copied().map(escalation_of_api).collect();
        same(&format!("{asked}: an escalation"), &of_known, &of_answer);
        for (known, answered) in known.iter().zip(&answered).filter(|(_, one)| is_whole(one)) {
            assert_eq!(known["first_held_on"], answered["first_held_on"], "{asked}: {known}");
        }

        let counts = entries.iter().filter(|entry| entry["what"]["standing"] == "counts");
        let incidents: BTreeSet<String> =
            counts.map(|entry| entry["what"]["incident"].to_string()).collect();
        assert_eq!(shown.home["concerns"]["total"], incidents.len(), "{asked}: incidents");
    }
}

/// Whether the reader saw all of an escalation.
pub(super) fn is_whole(escalation: &Value) -> bool {
    escalation.get("responsible").is_some()
}

/// The first that differs, and not all of both.
#[track_caller]
fn same(what: &str, known: &[Value], answered: &[Value]) {
    for (known, answered) in known.iter().zip(answered) {
        assert_eq!(known, answered, "{what}");
    }
    let more = known.iter().skip(answered.len()).chain(answered.iter().skip(known.len())).next();
    assert_eq!(more, None, "{what}: {} known, {} answered", known.len(), answered.len());
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn timeline(hub: &Hub, body: &str, home: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("{home}/timeline?order=oldest&limit={ON_A_PAGE}{after}");
        let page = hub.get_json(body, &path);
        entries.extend(list(&page["items"]).iter().map(entry_of_api));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return entries,
        }
    }
}

fn entry_of_api(entry: &Value) -> Value {
    let what = match entry["type"].as_str().expect("a type") {
        "concern-raised" => json!({
            "concern": entry["kind"], "severity": entry["severity"],
            "happened": entry["occurred_at"], "known_at": entry["known_at"],
            "standing": entry["standing"], "incident": entry["incident"],
        }),
        "escalation-changed" => json!({
            "escalation": entry["escalation"], "trigger": entry["trigger"],
            "change": entry["change"],
        }),
        "notice-given" => json!({ "notice": entry["kind"] }),
        event => json!({
            "event": event, "about": entry["about"], "escalation": entry["escalation"],
        }),
    };
    entry_of(entry, &what)
}

fn entry_of_chronology(entry: &Value) -> Value {
    let what = match entry["type"].as_str().expect("a type") {
        "concern" => json!({
            "concern": entry["kind"], "severity": entry["severity"],
            "happened": entry["happened"], "known_at": entry["known_at"],
            "standing": entry["standing"], "incident": entry["incident"],
        }),
        "escalation" => json!({
            "escalation": entry["escalation"], "trigger": entry["trigger"],
            "change": entry["change"],
        }),
        "notice" => json!({ "notice": entry["notice"] }),
        "event" => json!({
            "event": entry["event"], "about": entry["about"], "escalation": entry["escalation"],
        }),
        other => panic!("there is no entry of type {other}"),
    };
    entry_of(entry, &what)
}

fn entry_of(entry: &Value, what: &Value) -> Value {
    json!({
        "reference": entry["reference"], "recorded_at": entry["recorded_at"],
        "agency": entry["agency"], "what": what,
    })
}

/// The decision is there for those alone who see it whole.
fn escalation_of_api(escalation: &Value) -> Value {
    json!({
        "escalation": escalation["id"], "trigger": escalation["trigger"],
        "level": escalation["level"], "responsible": escalation["bodies"],
        "raised_at": escalation["raised_at"], "decision": escalation["decision"],
        "closed": escalation["state"] == "closed",
    })
}

fn escalation_of_chronology(escalation: &Value) -> Value {
    json!({
        "escalation": escalation["escalation"], "trigger": escalation["trigger"],
        "level": escalation["level"], "responsible": escalation["responsible"],
        "raised_at": escalation["raised_at"], "decision": escalation["decision"],
        "closed": !escalation["closed_at"].is_null(),
    })
}
