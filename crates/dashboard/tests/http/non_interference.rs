//! Non-interference: two logs that differ only in what a reader may not see, and agree in every escalation
//! that the reader may see, give that reader the same bytes on every way out.
//!
//! The routes are those of the server's own description, which a test of the crate holds to its table of
//! routes: a new route is asked by itself, and one whose parameters are not known here fails the test. Ways
//! out that are not routes stand in [`ways_out`]: what the NATS feed carries to the reader (escalations and
//! notices), live alerts, the frames of the live stream, and e-mails. Search is the parameter `q`.
//!
//! What the transport itself shows is left out, and stands in `docs/SECURITY.md`: the position of a
//! message's own cause, and its id, which is made of it. So are the probes, which are the operator's.

mod history;
mod mails;

use std::collections::BTreeMap;

use carehub_domain::BodyId;
use carehub_domain::fold::identity;
use carehub_domain::picture::Reference;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use self::history::{Told, said, told};
use crate::hub::Hub;
use crate::published::agreed_policy;

/// Who reads. The test's agreement gives it a summary of most, the number of allegations against people in
/// positions of trust, and nothing of criminal proceedings or of what is marked sensitive.
const READER: &str = "ambulance";

/// Everything that the reader can be given, by what it is.
fn ways_out(told: &Told) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for path in asked_for(&told.hub) {
        let answer = told.hub.get(READER, &path);
        out.insert(format!("GET {path}"), format!("{} {}", answer.status, answer.body));
    }
    let asked = json!({"positions": told.own}).to_string();
    let mut verdicts = told.hub.post(READER, "/api/v1/verdicts", &asked).body;
    // The reader's own positions are what the transport gave it.
    for (nth, position) in told.own.iter().enumerate().rev() {
        verdicts = verdicts.replace(&format!(":{position},"), &format!(":own-{nth},"));
        verdicts = verdicts.replace(&format!(":{position}}}"), &format!(":own-{nth}}}"));
    }
    out.insert("POST /api/v1/verdicts".to_owned(), verdicts);
    out.insert("live".to_owned(), format!("{:?}", told.frames));
    for (nth, message) in told.hub.sent_to(READER).into_iter().enumerate() {
        out.insert(format!("NATS {nth}"), message);
    }
    for (nth, letter) in mails::to(READER, &told.hub).into_iter().enumerate() {
        out.insert(format!("mail {nth}"), letter);
    }
    for (nth, alert) in told.hub.alerts_to(READER).into_iter().enumerate() {
        out.insert(format!("alert {nth}"), alert);
    }
    out
}

/// Every path of the description with every value of its parameters that the reader may think of: homes that
/// it sees, that are hidden from it and that do not exist alike.
fn asked_for(hub: &Hub) -> Vec<String> {
    let description = hub.get_open("/api/openapi.json").json();
    let listed = hub.get(READER, "/api/v1/escalations?limit=500").ok();
    let ids = listed["items"].as_array().unwrap().iter();
    let mut escalations: Vec<String> =
        ids.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    escalations.push("0000000000000000".to_owned());
    let mut paths = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let Some(get) = methods.get("get") else { continue };
        // The operator's probes tell of no home; the live stream is listened to.
        if get["tags"] == json!(["probes"]) || path == "/api/v1/live" {
            continue;
        }
        let ids: Vec<String> = match path.split('/').rev().find(|part| *part != "{id}") {
            _ if path.contains("{report}") => REPORTS.map(str::to_owned).to_vec(),
            _ if !path.contains('{') => vec![String::new()],
            Some("escalations") => escalations.clone(),
            Some("{token}") => vec!["p-1.0".to_owned()],
            Some("providers" | "brands") => ["p-1", "p-2", "p-9"].map(str::to_owned).to_vec(),
            Some(_) if path.contains("/homes/{id}") => {
                ["1-100", "1-200", "1-300", "9-secret", "9-none"].map(str::to_owned).to_vec()
            }
            _ => panic!("say here what `{path}` may be asked about"),
        };
        let parameters = get["parameters"].as_array().cloned().unwrap_or_default();
        let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let names: Vec<&str> = queries.map(|query| query["name"].as_str().unwrap()).collect();
        for id in ids {
            let path = path.replace("{id}", &id).replace("{report}", &id).replace("{token}", &id);
            paths.push(path.clone());
            for name in &names {
                for value in values(name) {
                    paths.push(format!("{path}?{name}={value}"));
                }
            }
        }
    }
    assert!(paths.len() > 60, "{paths:?}");
    paths
}

const REPORTS: [&str; 10] = [
    "threshold",
    "meeting-pack",
    "sources",
    "actions",
    "contingency-plans",
    "minutes",
    "memorandum",
    "sharing",
    "board",
    "chronology",
];

/// What a parameter may be asked for.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "q" => &["secret", "oak", "1-"],
        "after" => &[],
        "to" => &["/homes/9-secret"],
        "code" => &["x"],
        "limit" => &["1", "2", "500"],
        "by" => &["known"],
        // Of a home that is seen, at the end of a day and in the middle of it, and of one that is hidden.
        "as_known_at" => &[
            "2024-03-04&home=1-100",
            "2024-03-04T12:00:00Z&home=1-100",
            "2024-03-05&home=1-200",
            "2024-03-05&home=9-secret",
        ],
        "body" => &["cqc", "council-safeguarding"],
        "home" => &["1-100", "9-secret"],
        "state" => &["open", "closed", "acknowledged"],
        "trigger" => &["breach", "referrals", "asked"],
        "overdue" | "registered" => &["true", "false"],
        "level" => &["none", "moderate", "major", "raised"],
        "provider" => &["p-1"],
        "brand" => &["b-1"],
        "cleared" => &["all"],
        "about" => &["", "0123456789abcdef"],
        "area" => &["Norfolk"],
        "changed_since" => &["2024-03-01T00:00:00Z"],
        "sort" => &["id", "level", "total"],
        "kind" => &["complaint", "criminal-proceedings", "outcome-decided", "concern-corrected"],
        "agency" => &["police", "hub"],
        "from" => &["2024-02-10"],
        "until" => &["2024-02-20"],
        "type" => &["concern-raised", "concern-withdrawn", "escalation-changed"],
        "order" => &["newest", "oldest"],
        "person" => &["p-1"],
        "action" => &["home-read"],
        "whose" => &["asked", "told", "all"],
        "done" => &["acknowledge", "sent", "opened", "before"],
        "since" => &["2024-03-01T00:00:00Z", "2024-02-10"],
        "month" => &["2024-02", "2024-03"],
        "meeting" => &["care-governance", "esap"],
        "published" => &["true"],
        "format" => &["csv"],
        "table" => &["homes"],
        other => panic!("say here what `{other}` may be asked for"),
    }
}

#[test]
fn what_a_reader_may_not_see_changes_no_byte_of_what_that_reader_is_given() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config =
        Config { cases: cases.unwrap_or(6), failure_persistence: None, ..Config::default() };
    let rng = proptest::test_runner::TestRng::deterministic_rng(Default::default());
    let mut runner = TestRunner::new_with_rng(config, rng);
    let some = || proptest::collection::vec(said(), 8..18);
    let history = (some(), some()).prop_map(|(before, after)| [before, told(), after].concat());
    let compared = std::cell::Cell::new(0_usize);
    let ways = std::cell::RefCell::new(BTreeMap::<&str, usize>::new());
    runner
        .run(&history, |history| {
            let (mut with, mut without) = (Told::new(), Told::new());
            for (nth, said) in history.iter().enumerate() {
                with.take(nth, said, true);
                without.take(nth, said, false);
            }
            // What names a hidden event stands in nothing that the reader is sent.
            let sent = [with.hub.whole_to(READER), with.hub.alerts_to(READER)].concat();
            for message in &sent {
                for id in &with.named {
                    let is_there = names(id).iter().any(|name| message.contains(name));
                    prop_assert!(!is_there, "{} in {}", id, message);
                }
            }
            let (with, without) = (ways_out(&with), ways_out(&without));
            // Logs that differ in which notices the reader gets are no case: the police are asked first, so a
            // notice may wait for something that its reader may not know of (docs/SECURITY.md).
            prop_assume!(notices(&with) == notices(&without));
            let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
                a.iter()
                    .filter(|(way, _)| !b.contains_key(*way))
                    .map(|it| format!("{it:?}"))
                    .collect()
            };
            let differ: [Vec<String>; 2] = [only(&with, &without), only(&without, &with)];
            prop_assert!(differ.iter().all(Vec::is_empty), "{:?}", differ);
            for (way, bytes) in &with {
                prop_assert_eq!(bytes, &without[way], "{}", way);
                compared.set(compared.get() + 1);
                let kinds =
                    ["alert ", "mail ", "outcome-", "concern-corrected", "carehub.escalation."];
                for kind in kinds {
                    let counts = way.starts_with("NATS") && bytes.contains(kind);
                    let counts = counts || way.starts_with(kind);
                    *ways.borrow_mut().entry(kind).or_default() += usize::from(counts);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > 300, "{} answers", compared.get());
    // None of these ways out was compared only while it was empty.
    let ways = ways.into_inner();
    assert!(ways.len() == 5 && ways.values().all(|times| *times > 0), "{ways:?}");
}

/// Which notices the reader got.
fn notices(ways: &BTreeMap<String, String>) -> Vec<String> {
    let subject = |bytes: &String| {
        let message: Value = serde_json::from_str(bytes).ok()?;
        let subject = message["subject-of-the-feed"].as_str()?.to_owned();
        subject.starts_with("carehub.notice.").then_some(subject)
    };
    let sent = ways.iter().filter(|(way, _)| way.starts_with("NATS"));
    let mut notices: Vec<String> = sent.filter_map(|(_, bytes)| subject(bytes)).collect();
    notices.sort();
    notices
}

/// What names what an agency said: its own id, and the reference made of it.
fn names(id: &str) -> [String; 2] {
    let police = BodyId::new("police").unwrap();
    let reference = Reference::of_event(identity(&police, "urn:carehub:police", id));
    [format!("\"{id}\""), reference.to_string()]
}

/// A body may be told because of an event that it may not see: that it was told is all that it learns. The
/// message holds the position of its cause, which is a number that the transport shows anyway, and which opens
/// nothing.
#[test]
fn a_message_that_a_hidden_event_causes_names_it_nowhere_and_its_position_opens_nothing() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-04T10:00:00Z");
    for day in ["2024-02-01", "2024-02-02", "2024-02-03"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    // Told of it, and not in the audience of what makes it grow.
    let told = "council-qa";
    let before = hub.whole_to(told).len();
    assert!(before > 0);
    let c = json!({"code": "C", "conditions": "ask", "audience": ["council-safeguarding"]});
    hub.call_the_next("hidden-1");
    let more = json!({"handling": c, "severity": "critical"});
    let position = hub.concern_with("police", "1-100", "safeguarding-referral", "2024-02-04", more);
    let caused = hub.whole_to(told).split_off(before);
    assert!(!caused.is_empty(), "it is told that the escalation changed");
    assert!(caused[0].contains(&format!("\"position\":{position}")), "{caused:?}");
    for message in caused.iter().chain(&hub.alerts_to(told)) {
        assert!(!names("hidden-1").iter().any(|name| message.contains(name)), "{message}");
    }
    assert!(
        hub.whole_to("council-safeguarding").iter().any(|it| it.contains(&names("hidden-1")[1]))
    );
    // It opens nothing: what became of it, and its erasure, are asked about as of what is not there.
    // The policy with which the log begins is nobody's event.
    let nothing = 1;
    let mut asked = |position: u64| {
        let asked = json!({"positions": [position]}).to_string();
        let verdicts = hub.post(told, "/api/v1/verdicts", &asked);
        let erase = json!({
            "position": position, "reason": "sent-in-error", "decided_by": "lead",
        });
        let sent = hub.whole_to(told).len();
        hub.try_to_say(told, "concern", "1-100", "narrative.erasure-requested", erase);
        let refused = hub.whole_to(told).split_off(sent);
        let code = |message: &String| {
            let (_, payload) = message.split_once(' ').unwrap();
            let message: Value = serde_json::from_str(payload).unwrap();
            message["data"]["code"].clone()
        };
        let codes: Vec<Value> = refused.iter().map(code).collect();
        (verdicts.status, verdicts.body.replace(&format!(":{position}}}"), ":POSITION}"), codes)
    };
    let hidden = asked(position);
    assert_eq!(hidden, asked(nothing));
    assert_eq!(hidden.2.len(), 1, "{hidden:?}");
}

/// The error of what is hidden is the error of what does not exist, to the byte.
#[test]
fn a_hidden_home_and_one_that_does_not_exist_have_the_same_error() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-04T10:00:00Z");
    let c = json!({"code": "C", "conditions": "ask", "audience": ["council-safeguarding"]});
    hub.concern_with("police", "9-secret", "complaint", "2024-02-01", json!({"handling": c}));
    for path in [
        "/homes/{}",
        "/homes/{}/raise",
        "/homes/{}?order=oldest",
        "/api/v1/homes/{}",
        "/api/v1/homes/{}/timeline",
        "/api/v1/homes/{}/triggers",
    ] {
        let answer = |home: &str| {
            let answer = hub.get(READER, &path.replace("{}", home));
            (answer.status, answer.headers.get("content-type").cloned(), answer.body)
        };
        assert_eq!(answer("9-secret"), answer("9-none"), "{path}");
        assert_eq!(answer("9-secret").0, 404, "{path}");
    }
}
