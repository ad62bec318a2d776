//! Agencies that speak at random, each with what it means by what it says: the meaning never
//! passes through the hub, so it can be held against what the hub made of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_client::Draft;
use carehub_domain::Digest;
use carehub_storage::PublishError;
use carehub_storage::link::AgencyLink;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// How long a log that crashes again and again may take to acknowledge one event.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(120);

/// What an agency means by an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A concern.
    Concern {
        kind: Kind,
        /// What it weighs among low-level concerns.
        weight: u32,
        crime: bool,
        /// Its free text holds an NHS number.
        withheld: bool,
        incident_ref: Option<String>,
    },
    /// An earlier concern weighs something else.
    Corrects { id: String, weight: u32 },
    /// An earlier concern is taken back.
    Withdraws { id: String },
    /// The contract must say no, with this code.
    Invalid(&'static str),
    /// The domain must say no: it takes back what was never said.
    WithdrawsNothing,
    /// An escalation is acknowledged by a body that is responsible for it.
    Acknowledges(String),
}

/// The kinds of concern that these agencies know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SoftIntelligence,
    Referral,
    Attendance,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::SoftIntelligence => "soft-intelligence",
            Self::Referral => "safeguarding-referral",
            Self::Attendance => "hospital-attendance",
        }
    }
}

/// An event and what is meant by it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) agency: String,
    pub(crate) home: String,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) payload: Bytes,
    pub(crate) meaning: Meaning,
}

impl Said {
    /// A concern of `agency` about `home`.
    pub(crate) fn concern(agency: &str, home: &str, id: &str, kind: Kind, weight: u32) -> Self {
        let meaning =
            Meaning::Concern { kind, weight, crime: false, withheld: false, incident_ref: None };
        Self::new(agency, home, id, meaning)
    }

    /// A concern that may be a crime.
    pub(crate) fn crime(agency: &str, home: &str, id: &str) -> Self {
        let meaning = Meaning::Concern {
            kind: Kind::SoftIntelligence,
            weight: 1,
            crime: true,
            withheld: false,
            incident_ref: None,
        };
        Self::new(agency, home, id, meaning)
    }

    /// The event that means this.
    pub(crate) fn new(agency: &str, home: &str, id: &str, meaning: Meaning) -> Self {
        let (event_type, data) = match &meaning {
            Meaning::Concern { .. } => ("concern.raised", concern(&meaning)),
            Meaning::Corrects { id, weight } => {
                let set = json!({ "severity": severity(*weight) });
                let data = json!({ "corrects": { "id": id }, "reason": "Seen again.", "set": set });
                ("concern.corrected", data)
            }
            Meaning::Withdraws { id } => (
                "concern.withdrawn",
                json!({ "withdraws": { "id": id }, "reason": "Entered twice." }),
            ),
            Meaning::WithdrawsNothing => (
                "concern.withdrawn",
                json!({ "withdraws": { "id": "never-said" }, "reason": "Entered twice." }),
            ),
            Meaning::Invalid(_) => (
                "concern.raised",
                json!({ "kind": "soft-intelligence", "severity": "severe", "occurred_at": yesterday() }),
            ),
            Meaning::Acknowledges(escalation) => {
                ("escalation.acknowledged", json!({ "escalation": escalation }))
            }
        };
        let draft = Draft {
            agency: agency.to_owned(),
            id: id.to_owned(),
            event_type: event_type.to_owned(),
            home: home.to_owned(),
            time: jiff::Timestamp::now().to_string(),
            data: data.as_object().cloned().expect("an object"),
        };
        let mut encoded = draft.encode().expect("encode an event");
        if meaning == Meaning::Invalid("not-json") {
            encoded.payload = Bytes::from(format!("{{\"id\":\"{id}\""));
        }
        Self {
            agency: agency.to_owned(),
            home: home.to_owned(),
            id: id.to_owned(),
            subject: encoded.subject,
            payload: encoded.payload,
            meaning,
        }
    }
}

fn concern(meaning: &Meaning) -> Value {
    let Meaning::Concern { kind, weight, crime, withheld, incident_ref } = meaning else {
        unreachable!("only concerns are written here");
    };
    let mut data = json!({
        "kind": kind.word(), "severity": severity(*weight), "occurred_at": yesterday(),
    });
    if *crime {
        data["possible_crime"] = json!(true);
    }
    if *withheld {
        data["summary"] = json!("Resident 999 000 0018 was left without water.");
    }
    if let Some(incident) = incident_ref {
        data["incident_ref"] = json!(incident);
    }
    data
}

fn severity(weight: u32) -> &'static str {
    if weight == 1 { "low" } else { "medium" }
}

/// A date that is in the past in every time zone, and the same for the whole test.
fn yesterday() -> String {
    static DATE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let date = || {
        let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(36);
        before.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    };
    DATE.get_or_init(date).clone()
}

/// How many events are said about the present homes before the agencies turn to the next one.
const EVENTS_A_HOME: u64 = 30;

/// How many homes are spoken of at a time.
const HOMES_AT_A_TIME: u64 = 4;

/// One agency, with its own chance.
pub(crate) struct Speaker {
    agency: &'static str,
    chance: ChaCha8Rng,
    /// Counts what all speakers say, so that they speak of the same homes.
    said_by_all: Arc<AtomicU64>,
    number: u64,
    everything: Vec<Said>,
    /// Its concerns that count, without those that name an incident.
    standing: Vec<Said>,
    next: Option<Said>,
}

impl Speaker {
    /// The same seed says the same, as far as the others allow.
    pub(crate) fn new(agency: &'static str, seed: u64, said_by_all: &Arc<AtomicU64>) -> Self {
        let own = agency.bytes().fold(seed, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
        Self {
            agency,
            chance: ChaCha8Rng::seed_from_u64(own),
            said_by_all: Arc::clone(said_by_all),
            number: 0,
            everything: Vec::new(),
            standing: Vec::new(),
            next: None,
        }
    }

    /// What it says next.
    pub(crate) fn say(&mut self) -> Said {
        if let Some(next) = self.next.take() {
            return self.remember(next);
        }
        let all = self.said_by_all.fetch_add(1, Ordering::Relaxed);
        let home = all / EVENTS_A_HOME + self.chance.random_range(0..HOMES_AT_A_TIME);
        let home = format!("home-{home:04}");
        let roll = self.chance.random_range(0..100);
        match roll {
            0..30 => self.concern(&home, Kind::SoftIntelligence),
            30..52 => self.concern(&home, Kind::Referral),
            52..60 => self.concern(&home, Kind::Attendance),
            60..68 if !self.everything.is_empty() => self.again(),
            68..73 if !self.standing.is_empty() => self.same_id(&home),
            73..81 if !self.standing.is_empty() => self.correct(),
            81..88 if !self.standing.is_empty() => self.withdraw(),
            88..92 => {
                let id = self.fresh_id();
                self.remember(Said::new(self.agency, &home, &id, Meaning::WithdrawsNothing))
            }
            _ => self.invalid(&home),
        }
    }

    fn fresh_id(&mut self) -> String {
        // Every agency counts from 1: the same ids mean different events.
        self.number += 1;
        format!("event-{}", self.number)
    }

    fn concern(&mut self, home: &str, kind: Kind) -> Said {
        let id = self.fresh_id();
        let weight = self.chance.random_range(1..=2);
        let incident_ref = (kind == Kind::Attendance)
            .then(|| format!("incident-{}", self.chance.random_range(0..3)));
        let soft = kind == Kind::SoftIntelligence;
        let meaning = Meaning::Concern {
            kind,
            weight,
            crime: soft && self.agency != "police" && self.chance.random_range(0..8) == 0,
            withheld: self.chance.random_range(0..12) == 0,
            incident_ref,
        };
        let said = Said::new(self.agency, home, &id, meaning);
        if kind != Kind::Attendance {
            self.standing.push(said.clone());
        }
        self.remember(said)
    }

    fn recent(&mut self) -> usize {
        let from = self.standing.len().saturating_sub(40);
        self.chance.random_range(from..self.standing.len())
    }

    fn again(&mut self) -> Said {
        let index = self.chance.random_range(0..self.everything.len());
        self.everything[index].clone()
    }

    fn same_id(&mut self, home: &str) -> Said {
        let index = self.recent();
        let id = self.standing[index].id.clone();
        let meaning = Meaning::Concern {
            kind: Kind::Referral,
            weight: 2,
            crime: true,
            withheld: false,
            incident_ref: None,
        };
        self.remember(Said::new(self.agency, home, &id, meaning))
    }

    fn correct(&mut self) -> Said {
        let index = self.recent();
        let of = self.standing[index].clone();
        let id = self.fresh_id();
        let weight = self.chance.random_range(1..=2);
        let meaning = Meaning::Corrects { id: of.id, weight };
        self.remember(Said::new(self.agency, &of.home, &id, meaning))
    }

    fn withdraw(&mut self) -> Said {
        let index = self.recent();
        let of = self.standing.remove(index);
        let id = self.fresh_id();
        let meaning = Meaning::Withdraws { id: of.id };
        self.remember(Said::new(self.agency, &of.home, &id, meaning))
    }

    fn invalid(&mut self, home: &str) -> Said {
        let id = self.fresh_id();
        let code =
            if self.chance.random_range(0..3) == 0 { "not-json" } else { "schema-violation" };
        if self.chance.random_range(0..2) == 0 {
            // A rejected event does not occupy its id.
            let put_right = Said::concern(self.agency, home, &id, Kind::SoftIntelligence, 1);
            self.standing.push(put_right.clone());
            self.next = Some(put_right);
        }
        self.remember(Said::new(self.agency, home, &id, Meaning::Invalid(code)))
    }

    fn remember(&mut self, said: Said) -> Said {
        self.everything.push(said.clone());
        said
    }
}

/// What was said, and where the log acknowledged it; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    meanings: HashMap<(String, Bytes), Said>,
    acked: Vec<(u64, Said)>,
}

impl Record {
    /// Publishes an event until the log has acknowledged it, and keeps where.
    pub(crate) async fn publish(&self, link: &AgencyLink, said: Said) {
        {
            let mut recorded = self.0.lock().expect("nobody panicked");
            let key = (said.subject.clone(), said.payload.clone());
            recorded.meanings.insert(key, said.clone());
        }
        let deadline = Instant::now() + ACKNOWLEDGED_WITHIN;
        let position = loop {
            match link.publish(&said.subject, said.payload.clone()).await {
                Ok(position) => break position,
                // The same again, as an agency's client does.
                Err(PublishError::Unknown { .. }) if Instant::now() < deadline => {}
                Err(error) => panic!("{} could not publish: {error:?}", said.agency),
            }
        };
        self.0.lock().expect("nobody panicked").acked.push((position, said));
    }

    /// What a message of the log means.
    pub(crate) fn meaning(&self, subject: &str, payload: &Bytes) -> Option<Said> {
        let recorded = self.0.lock().expect("nobody panicked");
        recorded.meanings.get(&(subject.to_owned(), payload.clone())).cloned()
    }

    /// What an agency said in bytes of this digest, as a tombstone has it.
    pub(crate) fn meaning_of(&self, agency: &str, digest: &str) -> Option<Said> {
        let recorded = self.0.lock().expect("nobody panicked");
        let is = |said: &&Said| {
            let content = u128::from(Digest::of(&[&said.payload]));
            said.agency == agency && format!("{content:032x}") == digest
        };
        recorded.meanings.values().find(is).cloned()
    }

    /// Everything that was acknowledged, with its position.
    pub(crate) fn acked(&self) -> Vec<(u64, Said)> {
        self.0.lock().expect("nobody panicked").acked.clone()
    }
}

/// Lets a speaker speak until it is told to stop.
pub(crate) async fn speak(
    link: AgencyLink,
    mut speaker: Speaker,
    record: Record,
    pause: Duration,
    stop: Arc<std::sync::atomic::AtomicBool>,
) {
    while !stop.load(Ordering::Relaxed) || speaker.next.is_some() {
        let said = speaker.say();
        record.publish(&link, said).await;
        tokio::time::sleep(pause).await;
    }
}
