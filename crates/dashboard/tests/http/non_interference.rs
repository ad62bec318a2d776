//! Non-interference: two logs that differ only in what a reader may not see, and agree in every escalation
//! that the reader may see, give that reader the same bytes on every way out.
//!
//! The routes are those of the server's own description, which a test of the crate holds to its table of
//! routes: a new route is asked by itself, and one whose parameters are not known here fails the test. Ways
//! out that are not routes stand in [`ways_out`]: what the NATS feed carries to the reader, and the live
//! frames. Search is the parameter `q`. E-mails and notices do not exist yet: each is one line there.
//!
//! What the transport itself shows is left out, and stands in `docs/SECURITY.md`: the position of a
//! message's own cause, and its id, which is made of it. So are the probes, which are the operator's.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::hub::Hub;
use crate::published::agreed_policy;

/// Who reads. The test's agreement gives it a summary of most, the number of allegations against people in
/// positions of trust, and nothing of criminal proceedings or of what is marked sensitive.
const READER: &str = "ambulance";

const HOMES: [&str; 3] = ["1-100", "1-200", "1-300"];

/// One thing that is said.
#[derive(Debug, Clone)]
enum Said {
    /// A concern that the reader sees.
    Open { agency: usize, home: usize, kind: usize, day: u8 },
    /// The newest of them is corrected, or withdrawn.
    Amend { withdraw: bool },
    /// What the reader may not see.
    Hidden(Hidden),
}

#[derive(Debug, Clone)]
enum Hidden {
    /// Handling C for others.
    Narrowed { home: usize, kind: usize, day: u8 },
    /// A kind of which the agreement gives the reader nothing.
    Kind { home: usize, day: u8 },
    /// Marked so that the agreement gives the reader nothing.
    Marked { home: usize, day: u8 },
    /// A whistle-blower's report, which is handling C unless its sender says otherwise.
    Reported { home: usize, day: u8 },
    /// About a home that nothing else names.
    Elsewhere { day: u8 },
    /// A breach: it raises an escalation of its own, which is then acknowledged.
    Breach { home: usize, day: u8 },
    /// A request that rests on nothing but a hidden concern.
    Request { home: usize, day: u8 },
    /// The newest hidden concern is withdrawn.
    Withdrawn,
}

fn said() -> impl Strategy<Value = Said> {
    let home = 0..HOMES.len();
    let day = || 1_u8..29;
    let hidden = prop_oneof![
        (home.clone(), 0..3_usize, day()).prop_map(|(home, kind, day)| Hidden::Narrowed {
            home,
            kind,
            day
        }),
        (home.clone(), day()).prop_map(|(home, day)| Hidden::Kind { home, day }),
        (home.clone(), day()).prop_map(|(home, day)| Hidden::Marked { home, day }),
        (home.clone(), day()).prop_map(|(home, day)| Hidden::Reported { home, day }),
        day().prop_map(|day| Hidden::Elsewhere { day }),
        (home.clone(), day()).prop_map(|(home, day)| Hidden::Breach { home, day }),
        (home.clone(), day()).prop_map(|(home, day)| Hidden::Request { home, day }),
        Just(Hidden::Withdrawn),
    ];
    prop_oneof![
        3 => (0..3_usize, home, 0..5_usize, day())
            .prop_map(|(agency, home, kind, day)| Said::Open { agency, home, kind, day }),
        1 => any::<bool>().prop_map(|withdraw| Said::Amend { withdraw }),
        4 => hidden.prop_map(Said::Hidden),
    ]
}

const AGENCIES: [&str; 3] = ["police", "ambulance", "council-qa"];
const OPEN_KINDS: [&str; 5] =
    ["complaint", "safeguarding-referral", "nutrition", "position-of-trust", "soft-intelligence"];
const NARROWED_KINDS: [&str; 3] = ["complaint", "nutrition", "soft-intelligence"];

/// A log as it is said, with what the reader was given meanwhile.
struct Told {
    hub: Hub,
    live: BufReader<ureq::BodyReader<'static>>,
    /// The last frame of each home after each thing that the reader may see.
    frames: Vec<BTreeMap<String, String>>,
    /// The reader's own positions: the transport gave them.
    own: Vec<u64>,
    open: Vec<(String, String, &'static str)>,
    hidden: Vec<(String, &'static str)>,
}

impl Told {
    fn new() -> Self {
        let mut hub = Hub::under(agreed_policy());
        hub.at("2024-03-04T10:00:00Z");
        let live =
            BufReader::new(hub.stream(READER, "/api/v1/live", None).into_body().into_reader());
        let (frames, own) = (Vec::new(), Vec::new());
        Self { hub, live, frames, own, open: Vec::new(), hidden: Vec::new() }
    }

    fn take(&mut self, nth: usize, said: &Said, with_hidden: bool) {
        self.hub.call_the_next(&format!("said-{nth}"));
        match said {
            Said::Open { agency, home, kind, day } => {
                let (agency, home) = (AGENCIES[*agency], HOMES[*home]);
                let day = format!("2024-02-{day:02}");
                let position = self.hub.concern(agency, home, OPEN_KINDS[*kind], &day);
                if agency == READER {
                    self.own.push(position);
                }
                self.open.push((format!("said-{nth}"), agency.to_owned(), home));
                self.listen(home);
            }
            Said::Amend { withdraw } => {
                if let Some((id, agency, home)) = self.open.pop() {
                    let (event, data) = if *withdraw {
                        ("concern.withdrawn", json!({"withdraws": {"id": id}, "reason": "wrong"}))
                    } else {
                        let set = json!({"severity": "high"});
                        (
                            "concern.corrected",
                            json!({"corrects": {"id": id}, "set": set, "reason": "wrong"}),
                        )
                    };
                    self.hub.say(&agency, "concern", home, event, data);
                    self.listen(home);
                }
            }
            Said::Hidden(hidden) if with_hidden => self.hide(nth, hidden),
            Said::Hidden(_) => {}
        }
    }

    fn hide(&mut self, nth: usize, hidden: &Hidden) {
        let id = format!("said-{nth}");
        let c =
            json!({"code": "C", "conditions": "ask first", "audience": ["council-safeguarding"]});
        let secret = json!({"handling": c, "severity": "critical"});
        let day = |day: &u8| format!("2024-02-{day:02}");
        let (home, kind, on, more) = match hidden {
            Hidden::Narrowed { home, kind, day: on } => {
                (HOMES[*home], NARROWED_KINDS[*kind], day(on), secret)
            }
            Hidden::Kind { home, day: on } => {
                (HOMES[*home], "criminal-proceedings", day(on), json!({}))
            }
            Hidden::Marked { home, day: on } => {
                (HOMES[*home], "complaint", day(on), json!({"marking": "OFFICIAL-SENSITIVE"}))
            }
            Hidden::Reported { home, day: on } => {
                (HOMES[*home], "complaint", day(on), json!({"reported_by": "whistle-blower"}))
            }
            Hidden::Elsewhere { day: on } => ("9-secret", "complaint", day(on), secret),
            Hidden::Breach { home, day: on } => {
                (HOMES[*home], "health-and-safety-breach", day(on), secret)
            }
            Hidden::Request { home, day: on } => (HOMES[*home], "complaint", day(on), secret),
            Hidden::Withdrawn => {
                if let Some((id, home)) = self.hidden.pop() {
                    let data = json!({"withdraws": {"id": id}, "reason": "wrong"});
                    self.hub.say("police", "concern", home, "concern.withdrawn", data);
                }
                return;
            }
        };
        self.hub.concern_with("police", home, kind, &on, more);
        self.hidden.push((id.clone(), home));
        if let Hidden::Request { .. } = hidden {
            self.hub.call_the_next(&format!("asked-{nth}"));
            let asked = json!({
                "level": "major", "responsible": ["council-safeguarding"], "reason": "grave",
                "evidence": [{"id": id}],
            });
            self.hub.say("police", "concern", home, "escalation.requested", asked);
        }
        if let Hidden::Breach { .. } = hidden {
            let open = self
                .hub
                .get("cqc", &format!("/api/v1/escalations?trigger=breach&home={home}&state=raised"))
                .ok();
            if let Some(escalation) = open["items"][0]["id"].as_str() {
                self.hub.call_the_next(&format!("answer-{nth}"));
                let data = json!({"escalation": escalation});
                self.hub.say("cqc", "response", home, "escalation.acknowledged", data);
            }
        }
    }

    /// Reads live frames until the one that tells of `home` as it is now.
    fn listen(&mut self, home: &str) {
        let now = self.hub.get(READER, &format!("/api/v1/homes/{home}")).ok();
        let known = self.frames.iter().rev().find_map(|frames| frames.get(home));
        let frame = json!({"home": home, "revision": now["revision"]}).to_string();
        let mut frames = BTreeMap::new();
        if known != Some(&frame) {
            loop {
                let mut line = String::new();
                assert!(self.live.read_line(&mut line).unwrap() > 0, "the stream ended");
                let Some(data) = line.trim_end().strip_prefix("data: ") else { continue };
                let told: Value = serde_json::from_str(data).unwrap();
                let told_home = told["home"].as_str().unwrap_or("missed").to_owned();
                let text = told.to_string();
                let is_last = text == frame;
                frames.insert(told_home, text);
                if is_last {
                    break;
                }
            }
        }
        self.frames.push(frames);
    }
}

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
            let path = path.replace("{id}", &id).replace("{report}", &id);
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

const REPORTS: [&str; 8] = [
    "threshold",
    "meeting-pack",
    "sources",
    "actions",
    "contingency-plans",
    "minutes",
    "memorandum",
    "sharing",
];

/// What a parameter may be asked for.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "q" => &["secret", "oak", "1-"],
        "after" => &[],
        "to" => &["/homes/9-secret"],
        "code" => &["x"],
        "limit" => &["1", "2", "500"],
        "body" => &["cqc", "council-safeguarding"],
        "home" => &["1-100", "9-secret"],
        "state" => &["open", "closed", "acknowledged"],
        "trigger" => &["breach", "referrals", "asked"],
        "overdue" | "registered" => &["true", "false"],
        "level" => &["none", "moderate", "major"],
        "provider" => &["p-1"],
        "area" => &["Norfolk"],
        "changed_since" => &["2024-03-01T00:00:00Z"],
        "sort" => &["id", "level", "total"],
        "kind" => &["complaint", "criminal-proceedings"],
        "agency" => &["police", "hub"],
        "from" => &["2024-02-10"],
        "until" => &["2024-02-20"],
        "type" => &["concern-raised", "concern-withdrawn", "escalation-changed"],
        "order" => &["newest", "oldest"],
        "person" => &["p-1"],
        "action" => &["home-read"],
        "whose" => &["asked", "told", "all"],
        "done" => &["acknowledge", "sent"],
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
    let history = proptest::collection::vec(said(), 12..30);
    let compared = std::cell::Cell::new(0_usize);
    runner
        .run(&history, |history| {
            let (mut with, mut without) = (Told::new(), Told::new());
            for (nth, said) in history.iter().enumerate() {
                with.take(nth, said, true);
                without.take(nth, said, false);
            }
            let (with, without) = (ways_out(&with), ways_out(&without));
            prop_assert_eq!(with.keys().collect::<Vec<_>>(), without.keys().collect::<Vec<_>>());
            for (way, bytes) in &with {
                prop_assert_eq!(bytes, &without[way], "{}", way);
                compared.set(compared.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > 300, "{} answers", compared.get());
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
