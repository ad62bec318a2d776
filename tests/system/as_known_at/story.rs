//! What agencies say of two homes, by chance, and in the middle another rule book.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::chapters::Beat;
use crate::activating::{activate, pack};
use crate::harness::until;
use crate::process::{Hub, publish, today};

pub(super) const HOMES: [&str; 2] = ["home-1", "home-2"];

/// The chapter from which on everybody speaks of both homes: until then one body alone knows of the second.
const OF_BOTH: usize = 3;

const AGENCIES: [&str; 5] =
    ["ambulance", "gp-practice", "community-nursing", "council-safeguarding", "police"];

/// Who says what is for a named audience only.
const CLINICAL: [&str; 2] = ["gp-practice", "community-nursing"];

const KINDS: [&str; 7] = [
    "soft-intelligence",
    "safeguarding-referral",
    "safeguarding-referral",
    "hospital-attendance",
    "missed-visit",
    "complaint",
    "medication-error",
];

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

const AUDIENCES: [&[&str]; 3] = [&["police"], &["police", "council-qa"], &["police", "ambulance"]];

/// Who may have to answer what these agencies make the hub raise.
const DESKS: [&str; 4] = ["police", "council-qa", "council-safeguarding", "cqc"];

/// How an escalation is answered, step by step.
const STATES: [&str; 4] = ["raised", "acknowledged", "discussed", "decided"];

const DECISIONS: [&str; 3] = ["monitor", "monitoring-visit", "no-further-action"];

/// What stands and its sender may take back.
#[derive(Debug, Clone)]
struct Standing {
    id: String,
    agency: &'static str,
    home: &'static str,
    severity: &'static str,
}

/// An escalation that somebody has to answer.
#[derive(Debug, Clone)]
struct Open {
    id: String,
    home: &'static str,
    body: &'static str,
    state: String,
}

pub(super) struct Story {
    pub(super) hub: Hub,
    pub(super) chance: ChaCha8Rng,
    /// The escalation of the possible crime, once it is raised, and how many steps it was answered by.
    pub(super) crime: Option<(String, usize)>,
    /// Of how many homes everybody speaks.
    homes: usize,
    number: usize,
    standing: Vec<Standing>,
    unmatched: Option<String>,
    packs: TempDir,
}

impl Story {
    pub(super) fn begin(data_dir: &Path, seed: u64) -> Self {
        Self {
            hub: Hub::start(data_dir),
            chance: ChaCha8Rng::seed_from_u64(seed),
            crime: None,
            homes: 1,
            number: 0,
            standing: Vec::new(),
            unmatched: None,
            packs: tempfile::tempdir().expect("a directory"),
        }
    }

    pub(super) fn turn_to(&mut self, chapter: usize) {
        self.homes = if chapter < OF_BOTH { 1 } else { HOMES.len() };
    }

    pub(super) async fn tell(&mut self, beat: Beat) {
        match beat {
            Beat::Anything => self.anything().await,
            Beat::Crime => self.possible_crime().await,
            Beat::Answered => self.answer_crime().await,
            Beat::Unmatched => {
                let place = json!({
                    "postcode": "EX1 1AA", "address": "The house behind the chapel, Example Lane",
                });
                let data = json!({
                    "kind": "soft-intelligence", "severity": "low", "occurred_at": hours_ago(50),
                    "place": place,
                });
                let id = self.says("gp-practice", "unmatched", "concern.raised", data).await;
                self.unmatched = Some(id);
            }
            Beat::Matched => {
                let id = self.unmatched.clone().expect("an address was spoken of");
                let data = json!({
                    "matches": { "id": id, "agency": "gp-practice" }, "from": "unmatched",
                    "reason": "The only home in the lane.",
                });
                self.says("council-qa", HOMES[0], "concern.matched", data).await;
            }
            Beat::Narrow => {
                let data = json!({
                    "kind": "missed-appointment", "severity": "low", "occurred_at": hours_ago(40),
                    "handling": only_for(&["police"]),
                });
                self.says("gp-practice", HOMES[1], "concern.raised", data).await;
            }
            Beat::Corrected => self.correct().await,
            Beat::Withdrawn => self.withdraw().await,
            Beat::Requested => {
                let data = json!({
                    "level": "moderate", "responsible": ["council-safeguarding"],
                    "told": ["council-qa"], "reason": "More than the counts say.",
                });
                self.says("ambulance", HOMES[0], "escalation.requested", data).await;
            }
            Beat::Met => {
                let data = json!({
                    "meeting": "quarterly", "meeting_ref": "Q-1", "held_on": today().to_string(),
                    "chair_role": "council-qa", "attended": ["council-qa", "cqc"],
                    "output_passed_on": today().to_string(), "passed_on_to": ["ambulance"],
                });
                self.says("council-qa", HOMES[0], "meeting.recorded", data).await;
            }
            Beat::Activated => self.activate_stricter().await,
        }
    }

    /// Waits until the hub has said all that follows from what was said; where the log ends then.
    pub(super) async fn quiet(&self) -> u64 {
        let end = async || {
            let log = self.hub.log().await;
            log.last_sequence().await.expect("the last sequence")
        };
        loop {
            self.hub.settled().await;
            let before = end().await;
            // Its figures are read one after the other: it may have gone on between two of them.
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.hub.settled().await;
            if end().await == before {
                return before;
            }
        }
    }

    async fn says(&mut self, agency: &str, home: &str, event: &str, data: Value) -> String {
        self.number += 1;
        let id = format!("said-{}", self.number);
        let link = self.hub.link(agency).await;
        publish(&link, agency, home, &id, event, data).await.expect("publish");
        self.quiet().await;
        id
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.chance.random_range(0..all.len())]
    }

    async fn anything(&mut self) {
        match self.chance.random_range(0..10) {
            0 | 1 => self.answer().await,
            2 => self.correct().await,
            3 => self.withdraw().await,
            _ => self.concern().await,
        }
    }

    async fn concern(&mut self) {
        let home = HOMES[self.chance.random_range(0..self.homes)];
        let (mut agency, severity) = (self.one_of(&AGENCIES), self.one_of(&SEVERITIES));
        let mut kind = if agency == "police" { "police-incident" } else { self.one_of(&KINDS) };
        let mut data = json!({ "severity": severity, "occurred_at": self.happened() });
        match self.chance.random_range(0..8) {
            0 => {
                (agency, kind) = (self.one_of(&CLINICAL), "missed-appointment");
                data["handling"] =
                    only_for(AUDIENCES[self.chance.random_range(0..AUDIENCES.len())]);
            }
            1 => {
                data["reported_by"] = json!("whistle-blower");
                data["handling"] = json!({ "code": "P" });
            }
            _ => {}
        }
        data["kind"] = json!(kind);
        if self.chance.random_range(0..2) == 0 {
            data["known_at"] = json!(hours_ago(self.chance.random_range(1..20)));
        }
        // The first one is told by `possible_crime`.
        let may_be_crime = agency != "police" && self.crime.is_some();
        if may_be_crime && self.chance.random_range(0..6) == 0 {
            data["possible_crime"] = json!(true);
        }
        let id = self.says(agency, home, "concern.raised", data).await;
        self.standing.push(Standing { id, agency, home, severity });
    }

    /// A day or an instant, before whatever its sender says of when it knew.
    fn happened(&mut self) -> String {
        if self.chance.random_range(0..2) == 0 {
            let days = self.chance.random_range(1..60_i64);
            today().saturating_sub(days.days()).to_string()
        } else {
            hours_ago(self.chance.random_range(25..500))
        }
    }

    async fn correct(&mut self) {
        if self.standing.is_empty() {
            self.concern().await;
        }
        let nth = self.chance.random_range(0..self.standing.len());
        let Standing { id, agency, home, severity } = self.standing[nth].clone();
        let set = if self.chance.random_range(0..3) == 0 {
            json!({ "handling": only_for(&["police", "council-qa"]) })
        } else {
            let others = SEVERITIES.into_iter().filter(|other| *other != severity);
            let other = self.one_of(&others.collect::<Vec<_>>());
            self.standing[nth].severity = other;
            json!({ "severity": other })
        };
        let data = json!({ "corrects": { "id": id }, "reason": "Looked at again.", "set": set });
        self.says(agency, home, "concern.corrected", data).await;
    }

    async fn withdraw(&mut self) {
        if self.standing.is_empty() {
            self.concern().await;
        }
        let nth = self.chance.random_range(0..self.standing.len());
        let Standing { id, agency, home, .. } = self.standing.remove(nth);
        let data = json!({ "withdraws": { "id": id }, "reason": "Entered twice." });
        self.says(agency, home, "concern.withdrawn", data).await;
    }

    /// Somebody takes the next step of an open escalation; a concern where there is none.
    async fn answer(&mut self) {
        let open = self.open();
        if open.is_empty() {
            return self.concern().await;
        }
        let Open { id, home, body, state } = open[self.chance.random_range(0..open.len())].clone();
        self.step(&id, home, body, &state).await;
    }

    fn open(&self) -> Vec<Open> {
        let mut open = BTreeMap::new();
        for home in HOMES.into_iter().take(self.homes) {
            for body in DESKS {
                let path = format!("/api/v1/escalations?home={home}&state=open&limit=500");
                let found = self.hub.get_json(body, &path);
                for item in found["items"].as_array().expect("a list") {
                    let text = |name: &str| item[name].as_str().expect("a text").to_owned();
                    let (id, state) = (text("id"), text("state"));
                    let acts = item["bodies"].as_array().expect("bodies").iter().any(|b| b == body);
                    if acts && self.crime.as_ref().is_none_or(|(crime, _)| *crime != id) {
                        open.insert(id.clone(), Open { id, home, body, state });
                    }
                }
            }
        }
        open.into_values().collect()
    }

    async fn step(&mut self, id: &str, home: &str, body: &str, state: &str) {
        let (event, data) = match state {
            "raised" => ("escalation.acknowledged", json!({ "escalation": id })),
            "acknowledged" => (
                "escalation.discussed",
                json!({
                    "escalation": id, "took_part": [body], "held_on": today().to_string(),
                }),
            ),
            "discussed" => (
                "escalation.decided",
                json!({
                    "escalation": id, "decision": self.one_of(&DECISIONS),
                    "rationale": "Looked at together.",
                }),
            ),
            "decided" => ("escalation.closed", json!({ "escalation": id, "reason": "Done." })),
            other => panic!("nothing answers what is {other}"),
        };
        self.says(body, home, event, data).await;
    }

    async fn possible_crime(&mut self) {
        let data = json!({
            "kind": "soft-intelligence", "severity": "medium", "occurred_at": hours_ago(30),
            "possible_crime": true,
        });
        self.says("gp-practice", HOMES[0], "concern.raised", data).await;
        let path = format!("/api/v1/escalations?home={}&trigger=possible-crime", HOMES[0]);
        let mut raised = None;
        until("the police are told of it", async || {
            let found = self.hub.get_json("police", &path);
            raised = found["items"][0]["id"].as_str().map(str::to_owned);
            raised.is_some()
        })
        .await;
        self.crime = raised.map(|id| (id, 0));
    }

    async fn answer_crime(&mut self) {
        let (id, taken) = self.crime.clone().expect("a possible crime was told");
        self.step(&id, HOMES[0], "police", STATES[taken]).await;
        self.crime = Some((id, taken + 1));
    }

    /// What no row decides otherwise was a summary, and is a number from now on; and fewer referrals fire.
    async fn activate_stricter(&mut self) {
        let (row, summary, number) = ("[[sharing.row]]\nshare =", "\"summary\"", "\"existence\"");
        let (from, to) = (format!("{row} {summary}"), format!("{row} {number}"));
        let pack = pack(self.packs.path(), "sharing.toml", &from, &to);
        let triggers = pack.join("triggers.toml");
        let text = std::fs::read_to_string(&triggers).expect("read the pack");
        let stricter = text.replacen("more_than = 5", "more_than = 1", 1);
        assert_ne!(stricter, text, "the pack has no such limit");
        std::fs::write(&triggers, stricter).expect("write the pack");
        let said = activate(&self.hub, &pack, "now");
        assert_eq!(said["activated"], true, "{said}");
        self.quiet().await;
    }
}

fn only_for(audience: &[&str]) -> Value {
    json!({ "code": "C", "conditions": "For those who are named.", "audience": audience })
}

fn hours_ago(hours: i64) -> String {
    let second = Timestamp::now().as_second() - hours * 3_600;
    Timestamp::from_second(second).expect("a time").to_string()
}
