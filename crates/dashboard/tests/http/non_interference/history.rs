//! What is said in a history, open and hidden, and one such history as a log.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::READER;
use crate::hub::Hub;
use crate::published::agreed_policy;

const HOMES: [&str; 3] = ["1-100", "1-200", "1-300"];

/// One thing that is said.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// A concern that the reader sees.
    Open { agency: usize, home: usize, kind: usize, day: u8 },
    /// The newest of them is corrected, or withdrawn.
    Amend { withdraw: bool },
    /// Somebody asks the reader to act, or somebody else, on the newest of them.
    Ask { reader: bool },
    /// Whoever was asked last acknowledges, decides, closes.
    Answer,
    /// What the reader may not see.
    Hidden(Hidden),
}

#[derive(Debug, Clone)]
pub(super) enum Hidden {
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

pub(super) fn said() -> impl Strategy<Value = Said> {
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
        1 => any::<bool>().prop_map(|reader| Said::Ask { reader }),
        2 => Just(Said::Answer),
        4 => hidden.prop_map(Said::Hidden),
    ]
}

/// What leads to an outcome for the reader, to an escalation that is told to it, and to a correction of what that
/// rests on: so that none of these is compared only by chance.
pub(super) fn told() -> Vec<Said> {
    let open = |agency| Said::Open { agency, home: 0, kind: 0, day: 20 };
    vec![
        open(1),
        Said::Ask { reader: false },
        Said::Answer,
        Said::Answer,
        open(0),
        Said::Ask { reader: true },
        Said::Amend { withdraw: false },
        Said::Answer,
    ]
}

const AGENCIES: [&str; 3] = ["police", "ambulance", "council-qa"];
const OPEN_KINDS: [&str; 5] =
    ["complaint", "safeguarding-referral", "nutrition", "position-of-trust", "soft-intelligence"];
const NARROWED_KINDS: [&str; 3] = ["complaint", "nutrition", "soft-intelligence"];

/// A log as it is said, with what the reader was given meanwhile.
pub(super) struct Told {
    pub(super) hub: Hub,
    live: BufReader<ureq::BodyReader<'static>>,
    /// The last frame of each home after each thing that the reader may see.
    pub(super) frames: Vec<BTreeMap<String, String>>,
    /// The reader's own positions: the transport gave them.
    pub(super) own: Vec<u64>,
    open: Vec<(String, String, &'static str)>,
    hidden: Vec<(String, &'static str)>,
    asked: Vec<Asked>,
    /// The names of everything that was said and is hidden.
    pub(super) named: Vec<String>,
}

/// An escalation that somebody asked for, and how far its answer is.
struct Asked {
    id: String,
    by: &'static str,
    home: &'static str,
    steps: usize,
}

impl Told {
    pub(super) fn new() -> Self {
        let mut policy = agreed_policy();
        policy.sharing.feedback.outcomes = vec![READER.to_owned()];
        let mut hub = Hub::under(policy);
        hub.at("2024-03-04T10:00:00Z");
        let live =
            BufReader::new(hub.stream(READER, "/api/v1/live", None).into_body().into_reader());
        let (frames, own) = (Vec::new(), Vec::new());
        let (open, hidden, asked, named) = Default::default();
        Self { hub, live, frames, own, open, hidden, asked, named }
    }

    pub(super) fn take(&mut self, nth: usize, said: &Said, with_hidden: bool) {
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
            Said::Ask { reader } => self.ask(*reader),
            Said::Answer => self.answer(),
            Said::Hidden(hidden) if with_hidden => self.hide(nth, hidden),
            Said::Hidden(_) => {}
        }
    }

    fn ask(&mut self, reader: bool) {
        let Some((concern, agency, home)) = self.open.last().cloned() else { return };
        let by = if reader { READER } else { "council-qa" };
        let asked = json!({
            "level": "minor", "responsible": [by], "reason": "look",
            "evidence": [{"id": concern, "agency": agency}],
        });
        self.hub.say("police", "concern", home, "escalation.requested", asked);
        let told: Value = serde_json::from_str(self.hub.sent_to(by).last().unwrap()).unwrap();
        let id = told["data"]["escalation"]["id"].as_str().unwrap().to_owned();
        self.asked.push(Asked { id, by, home, steps: 0 });
        self.listen(home);
    }

    fn answer(&mut self) {
        let Some(Asked { id, by, home, steps }) = self.asked.last_mut() else { return };
        let (event, data) = match steps {
            0 => ("acknowledged", json!({"escalation": id})),
            1 => (
                "decided",
                json!({"escalation": id, "decision": "monitor", "rationale": "because"}),
            ),
            _ => ("closed", json!({"escalation": id, "reason": "done"})),
        };
        *steps += 1;
        let (by, home, is_last) = (*by, *home, *steps > 2);
        self.hub.say(by, "response", home, &format!("escalation.{event}"), data);
        if is_last {
            self.asked.pop();
        }
        self.listen(home);
    }

    fn hide(&mut self, nth: usize, hidden: &Hidden) {
        let id = format!("said-{nth}");
        self.named.extend([id.clone(), format!("asked-{nth}"), format!("answer-{nth}")]);
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
