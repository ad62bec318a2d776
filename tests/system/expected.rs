//! What must follow from what agencies said, counted here from their meaning in the order of the
//! log, without any part of the hub; and what the log, the API and the subscribers have of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use carehub_storage::log::Stored;
use serde_json::{Value, json};

use crate::process::Hub;
use crate::speaking::{Kind, Meaning, Record, Said};

/// The limits of the shipped pack.
const MORE_REFERRALS_THAN: usize = 5;
const LOW_LEVEL_LIMIT: u32 = 5;

/// A verdict in the words of the API, and its code.
type Verdict = (&'static str, Option<&'static str>);

/// A trigger, the home, and the incident where each has an escalation of its own.
pub(crate) type Raised = (String, String, String);

/// What must be true.
#[derive(Default)]
pub(crate) struct Expected {
    /// Of every message of an agency in the log, by agency and position.
    pub(crate) verdicts: BTreeMap<String, BTreeMap<u64, Verdict>>,
    /// Distinct incidents by home.
    pub(crate) incidents: BTreeMap<String, usize>,
    /// Every escalation that must be raised, once.
    pub(crate) raised: BTreeSet<Raised>,
}

#[derive(Default)]
struct Home {
    /// Weights of low-level concerns, by (agency, id).
    low_level: HashMap<(String, String), u32>,
    referrals: BTreeSet<(String, String)>,
    attendances: BTreeSet<String>,
}

impl Home {
    fn incidents(&self) -> usize {
        self.low_level.len() + self.referrals.len() + self.attendances.len()
    }
}

#[derive(Default)]
struct Count {
    expected: Expected,
    homes: BTreeMap<String, Home>,
    /// The bytes of what counts, by (agency, id).
    taken: HashMap<(String, String), Bytes>,
    acknowledged: BTreeSet<(String, String)>,
}

impl Expected {
    /// Counts everything that agencies have in the log. Each of these messages must be one of
    /// `record`'s, at every position where the log acknowledged it.
    pub(crate) fn of(content: &[Stored], record: &Record) -> Self {
        let mut count = Count::default();
        let mut at: HashMap<u64, Said> = HashMap::new();
        for stored in content.iter().filter(|stored| is_of_agency(stored)) {
            let Some(said) = record.meaning(&stored.subject, &stored.payload) else {
                assert!(stored.subject.starts_with("carehub.register."), "{}", stored.subject);
                continue;
            };
            let verdict = count.take(stored.sequence, &said);
            let verdicts = count.expected.verdicts.entry(said.agency.clone()).or_default();
            verdicts.insert(stored.sequence, verdict);
            at.insert(stored.sequence, said);
        }
        for (position, said) in record.acked() {
            let there = at.get(&position).is_some_and(|there| there.payload == said.payload);
            assert!(there, "what was acknowledged at {position} is not there");
        }
        for (home, counted) in &count.homes {
            count.expected.incidents.insert(home.clone(), counted.incidents());
        }
        count.expected
    }
}

/// The register is not counted here.
fn is_of_agency(stored: &Stored) -> bool {
    ["concern", "response", "register"]
        .iter()
        .any(|room| stored.subject.starts_with(&format!("carehub.{room}.")))
}

impl Count {
    fn take(&mut self, position: u64, said: &Said) -> Verdict {
        if let Meaning::Invalid(code) = said.meaning {
            return ("rejected", Some(code));
        }
        let name = (said.agency.clone(), said.id.clone());
        match self.taken.get(&name) {
            Some(bytes) if *bytes == said.payload => return ("duplicate", None),
            Some(_) => return ("rejected", Some("id-reused")),
            None => {}
        }
        let verdict = self.take_new(position, said);
        if verdict.0 != "refused" {
            self.taken.insert(name, said.payload.clone());
        }
        verdict
    }

    fn take_new(&mut self, position: u64, said: &Said) -> Verdict {
        let name = (said.agency.clone(), said.id.clone());
        let home = self.homes.entry(said.home.clone()).or_default();
        let mut verdict = ("accepted", None);
        match &said.meaning {
            Meaning::Concern { kind, weight, crime, withheld, incident_ref } => {
                match (kind, incident_ref) {
                    (Kind::SoftIntelligence, _) => drop(home.low_level.insert(name, *weight)),
                    (Kind::Referral, _) => drop(home.referrals.insert(name)),
                    (Kind::Attendance, None) => drop(home.attendances.insert(name.1)),
                    (Kind::Attendance, Some(incident)) => {
                        if !home.attendances.insert(incident.clone()) {
                            verdict = ("corroborating", None);
                        }
                    }
                }
                if *withheld {
                    verdict = ("text-withheld", None);
                }
                if *crime {
                    self.raise("possible-crime", said, format!("incident {position}"));
                }
            }
            Meaning::Corrects { id, weight } => {
                if let Some(known) = home.low_level.get_mut(&(said.agency.clone(), id.clone())) {
                    *known = *weight;
                }
            }
            Meaning::Withdraws { id } => {
                let name = (said.agency.clone(), id.clone());
                home.low_level.remove(&name);
                home.referrals.remove(&name);
            }
            Meaning::WithdrawsNothing => verdict = ("refused", Some("event-unknown")),
            Meaning::Acknowledges(escalation) => {
                if !self.acknowledged.insert((said.agency.clone(), escalation.clone())) {
                    verdict = ("refused", Some("step-already-taken"));
                }
            }
            Meaning::Invalid(_) => unreachable!("it was rejected before"),
        }
        self.ask(said);
        verdict
    }

    /// A trigger over several concerns is met by the concern that makes it hold.
    fn ask(&mut self, said: &Said) {
        let Some(home) = self.homes.get(&said.home) else { return };
        let low_level: u32 = home.low_level.values().sum();
        let referrals = home.referrals.len();
        if low_level >= LOW_LEVEL_LIMIT {
            self.raise("low-level-cumulative", said, String::new());
        }
        if referrals > MORE_REFERRALS_THAN {
            self.raise("referrals-6m", said, String::new());
        }
    }

    fn raise(&mut self, trigger: &str, said: &Said, scope: String) {
        let raised = (trigger.to_owned(), said.home.clone(), scope);
        self.expected.raised.insert(raised);
    }
}

impl Expected {
    /// Holds what the API says against it: every event has exactly the verdict that it must have,
    /// every home the incidents.
    pub(crate) fn holds_in(&self, hub: &Hub) {
        for (agency, expected) in &self.verdicts {
            let positions: Vec<u64> = expected.keys().copied().collect();
            let mut found = BTreeMap::new();
            for some in positions.chunks(1_000) {
                let asked = json!({ "positions": some });
                let answer = hub.post_json(agency, "/api/v1/verdicts", &asked);
                for item in answer["items"].as_array().expect("items") {
                    let position = item["position"].as_u64().expect("a position");
                    let told = (word(&item["verdict"]), item["code"].as_str().map(str::to_owned));
                    assert!(found.insert(position, told).is_none(), "two verdicts of {position}");
                }
            }
            for (position, (verdict, code)) in expected {
                let wanted = ((*verdict).to_owned(), code.map(str::to_owned));
                assert_eq!(found.get(position), Some(&wanted), "{agency} at {position}");
            }
        }
        for (home, incidents) in self.incidents.iter().filter(|(_, incidents)| **incidents > 0) {
            let document = hub.get_json("council-qa", &format!("/api/v1/homes/{home}"));
            assert_eq!(document["concerns"]["total"], *incidents, "incidents of {home}");
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The hub's own messages in the log, checked: one on each subject, all of each cause, causes in
/// order, revisions without a hole, a copy for every recipient. Returns what was raised.
pub(crate) fn sound_decisions(content: &[Stored]) -> BTreeSet<Raised> {
    let mut subjects = BTreeSet::new();
    let mut causes: BTreeMap<u64, (u64, BTreeSet<u64>)> = BTreeMap::new();
    let mut last_cause = 0;
    let mut revisions: BTreeMap<String, u64> = BTreeMap::new();
    let mut copies = BTreeSet::new();
    let mut owed = BTreeSet::new();
    let mut raised = BTreeSet::new();
    for stored in content.iter().filter(|stored| is_decision(stored)) {
        assert!(subjects.insert(stored.subject.clone()), "twice: {}", stored.subject);
        let message: Value = serde_json::from_slice(&stored.payload).expect("JSON");
        let data = &message["data"];
        let cause = |name: &str| data["cause"][name].as_u64().expect("a cause");
        let (position, n, of) = (cause("position"), cause("n"), cause("of"));
        assert!(position >= last_cause, "{} overtakes {last_cause}", stored.subject);
        last_cause = position;
        let (total, numbers) = causes.entry(position).or_insert((of, BTreeSet::new()));
        assert!(*total == of && numbers.insert(n), "{} of {of} again at {position}", n);
        let escalation = &data["escalation"];
        if escalation.is_null() {
            continue;
        }
        let id = word(&escalation["id"]);
        let revision = escalation["revision"].as_u64().expect("a revision");
        if data["to"] != "hub" {
            copies.insert((word(&data["to"]), id, revision));
            continue;
        }
        for role in ["responsible", "told"] {
            for body in escalation[role].as_array().expect("bodies") {
                owed.insert((word(body), id.clone(), revision));
            }
        }
        let before = revisions.insert(id.clone(), revision).unwrap_or_default();
        assert_eq!(revision, before + 1, "revisions of {id}");
        if revision == 1 {
            assert_eq!(escalation["change"]["kind"], "raised");
            let of = ["trigger", "home", "scope"].map(|name| word(&escalation[name]));
            assert!(raised.insert(of.clone().into()), "raised twice: {of:?}");
        }
    }
    assert_eq!(copies, owed, "copies and recipients");
    for (position, (of, numbers)) in causes {
        assert!(numbers.into_iter().eq(1..=of), "not all decisions of {position}");
    }
    raised
}

fn is_decision(stored: &Stored) -> bool {
    ["escalation", "rejection", "refusal"]
        .iter()
        .any(|room| stored.subject.starts_with(&format!("carehub.{room}.")))
}

/// The subjects of the copies that a body must receive.
pub(crate) fn addressed_to(content: &[Stored], body: &str) -> BTreeSet<String> {
    let prefix = format!("carehub.escalation.{body}.");
    let subjects = content.iter().map(|stored| &stored.subject);
    subjects.filter(|subject| subject.starts_with(&prefix)).cloned().collect()
}

/// Ticks and heads, which every hub may add whenever time passes.
pub(crate) fn is_of_time(subject: &str) -> bool {
    let of_time = ["carehub.control.tick.", "carehub.control.head."];
    let to_an_agency = subject.starts_with("carehub.notice.") && subject.contains(".general.head-");
    to_an_agency || of_time.iter().any(|prefix| subject.starts_with(prefix))
}
