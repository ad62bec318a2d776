//! What must follow from what agencies said, counted here from their meaning in the order of the
//! log, without any part of the hub; and what the log, the API and the subscribers have of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use carehub_domain::BodyId;
use carehub_domain::fold::identity;
use carehub_domain::picture::Reference;
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
    /// Every message that must be erased: what was withheld, once its sender took it back, and the same
    /// said again.
    erased: BTreeSet<u64>,
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
    /// Where each event stands whose text waits for its correction.
    withheld: HashMap<(String, String), u64>,
    /// What was said under the same id and did not count.
    repeats: HashMap<(String, String), BTreeSet<u64>>,
}

impl Expected {
    /// Counts everything that agencies have said. Each message of the log must be one of `record`'s, and
    /// stand where the log acknowledged it or be erased there, as it must and nothing else may.
    pub(crate) fn of(content: &[Stored], record: &Record) -> Self {
        let mut count = Count::default();
        let mut at: BTreeMap<u64, Said> = BTreeMap::new();
        for stored in content.iter().filter(|stored| is_of_agency(stored)) {
            let Some(said) = record.meaning(&stored.subject, &stored.payload) else {
                assert!(stored.subject.starts_with("carehub.register."), "{}", stored.subject);
                continue;
            };
            at.insert(stored.sequence, said);
        }
        let tombstones = tombstones(content);
        for (position, (agency, content)) in &tombstones {
            assert!(!at.contains_key(position), "what is erased at {position} is still there");
            let said = record.meaning_of(agency, content);
            at.insert(*position, said.expect("a tombstone of what was said"));
        }
        for (position, said) in record.acked() {
            let there = at.get(&position).is_some_and(|there| there.payload == said.payload);
            assert!(there, "what was acknowledged at {position} is not there");
        }
        for (position, said) in at {
            let verdict = count.take(position, &said);
            let verdicts = count.expected.verdicts.entry(said.agency).or_default();
            verdicts.insert(position, verdict);
        }
        let erased: BTreeSet<u64> = tombstones.into_keys().collect();
        assert_eq!(erased, count.expected.erased, "what is erased, and what must be");
        for (home, counted) in &count.homes {
            count.expected.incidents.insert(home.clone(), counted.incidents());
        }
        count.expected
    }
}

/// Whose message each tombstone stands for, and the digest of its bytes, by its position.
pub(crate) fn tombstones(content: &[Stored]) -> BTreeMap<u64, (String, String)> {
    let of = |stored: &Stored| {
        let position = stored.subject.strip_prefix("carehub.tombstone.")?.parse().ok()?;
        let message: Value = serde_json::from_slice(&stored.payload).expect("JSON");
        let residue = &message["data"]["residue"];
        Some((position, (word(&residue["agency"]), word(&residue["content"]))))
    };
    content.iter().filter_map(of).collect()
}

/// The register is not counted here.
fn is_of_agency(stored: &Stored) -> bool {
    ["concern", "response", "register"]
        .iter()
        .any(|room| stored.subject.starts_with(&format!("carehub.{room}.")))
}

impl Count {
    fn take(&mut self, position: u64, said: &Said) -> Verdict {
        let name = (said.agency.clone(), said.id.clone());
        if let Meaning::Invalid(code) = said.meaning {
            // What is not even JSON has no id.
            if code != "not-json" {
                self.repeats.entry(name).or_default().insert(position);
            }
            return ("rejected", Some(code));
        }
        if let Some(bytes) = self.taken.get(&name) {
            let same = *bytes == said.payload;
            self.repeats.entry(name.clone()).or_default().insert(position);
            let first = self.withheld.get(&name);
            if same && first.is_some_and(|first| self.expected.erased.contains(first)) {
                self.expected.erased.insert(position);
            }
            return if same { ("duplicate", None) } else { ("rejected", Some("id-reused")) };
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
                    self.withheld.insert((said.agency.clone(), said.id.clone()), position);
                    verdict = ("text-withheld", None);
                }
                if *crime {
                    self.raise("possible-crime", said, format!("incident {}", reference(said)));
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
                if let Some(first) = self.withheld.get(&name) {
                    self.expected.erased.insert(*first);
                    self.expected.erased.extend(self.repeats.get(&name).into_iter().flatten());
                }
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

/// How escalations name an event: after who said it under which id.
fn reference(said: &Said) -> Reference {
    let agency = BodyId::new(&said.agency).expect("a body");
    let source = format!("urn:carehub:{agency}");
    Reference::of_event(identity(&agency, &source, &said.id))
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
    if is_of_time(&stored.subject) {
        return false;
    }
    ["escalation", "rejection", "refusal", "tombstone", "notice"]
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
