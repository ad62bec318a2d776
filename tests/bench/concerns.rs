//! What the agencies say: concerns of the shipped pack's agencies about 1,000 fictional homes, in
//! about the proportions of `carehub simulate`, each of about 784 bytes.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// How many homes.
pub(crate) const HOMES: usize = 1_000;

/// The size of a message on the wire, as near as its summary can bring it.
const BYTES: usize = 784;

/// How far back lies what is said, at most. With twenty events a home and year about one event in
/// ten leads to a decision; more would be a thousand homes in their worst week, all unanswered.
const DAYS: i64 = 2 * 365;

/// A feed: who, what, how often in a thousand.
struct Feed {
    agency: &'static str,
    kind: &'static str,
    share: u32,
    details: fn() -> Value,
}

const FEEDS: [Feed; 10] = [
    Feed {
        agency: "ambulance",
        kind: "ambulance-999-call",
        share: 430,
        details: || json!({"line": "999", "disposition": "conveyed", "call_reason": "fall"}),
    },
    Feed {
        agency: "acute-trust",
        kind: "hospital-attendance",
        share: 190,
        details: || json!({"admitted": true, "injury_or_illness": "infection"}),
    },
    Feed {
        agency: "council-safeguarding",
        kind: "safeguarding-referral",
        share: 60,
        details: || json!({}),
    },
    Feed { agency: "council-qa", kind: "complaint", share: 60, details: || json!({}) },
    Feed { agency: "council-qa", kind: "soft-intelligence", share: 60, details: || json!({}) },
    Feed {
        agency: "community-nursing",
        kind: "neglect-sign",
        share: 50,
        details: || json!({"sign": "pressure-ulcer"}),
    },
    Feed {
        agency: "health-commissioner",
        kind: "medication-error",
        share: 50,
        details: || json!({"error": "omitted"}),
    },
    Feed {
        agency: "gp-practice",
        kind: "missed-appointment",
        share: 50,
        details: || json!({"appointment_with": "gp"}),
    },
    Feed { agency: "contracts", kind: "understaffing", share: 30, details: || json!({}) },
    Feed {
        agency: "police",
        kind: "police-incident",
        share: 20,
        details: || json!({"offence": "welfare-check"}),
    },
];

/// The agencies that speak.
pub(crate) fn agencies() -> Vec<&'static str> {
    let mut agencies: Vec<_> = FEEDS.iter().map(|feed| feed.agency).collect();
    agencies.sort_unstable();
    agencies.dedup();
    agencies
}

/// A concern, ready to be published.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) agency: &'static str,
    pub(crate) subject: String,
    pub(crate) payload: Bytes,
    /// Whether a crime is possible: the police are told at once.
    pub(crate) is_crime: bool,
}

/// Which concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) count: usize,
    /// Another name gives other ids.
    pub(crate) name: &'static str,
    /// Every so-manieth may be about a crime; 0 for none.
    pub(crate) crime_every: usize,
}

/// The same concerns for the same wish, but for the time: they are said now.
pub(crate) fn make(wanted: Wanted) -> Vec<Said> {
    let mut chance = ChaCha8Rng::seed_from_u64(784);
    let now = Timestamp::now();
    (0..wanted.count).map(|n| one(wanted, n, now, &mut chance)).collect()
}

/// The token of a home.
pub(crate) fn home(number: usize) -> String {
    format!("bench-{number:04}")
}

fn one(wanted: Wanted, n: usize, now: Timestamp, chance: &mut ChaCha8Rng) -> Said {
    let is_crime = wanted.crime_every > 0 && n.is_multiple_of(wanted.crime_every);
    let feed = feed(chance.random_range(0..1_000), is_crime);
    let home = home(chance.random_range(0..HOMES));
    let seconds = chance.random_range(60..DAYS * 24 * 3_600);
    let happened = now - SignedDuration::from_secs(seconds);
    let severity = match chance.random_range(0..100) {
        0..60 => "low",
        60..90 => "medium",
        _ => "high",
    };
    let id = format!("{}-{n:07}", wanted.name);
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("urn:carehub:{}", feed.agency),
        "type": "uk.carehub.concern.raised.v1",
        "time": now,
        "subject": home,
        "datacontenttype": "application/json",
        "data": {
            "home": home,
            "kind": feed.kind,
            "occurred_at": happened,
            "severity": severity,
            "possible_crime": is_crime,
            "about_named_individual": true,
            "person_ref": format!("{home}.resident-{}", chance.random_range(0..40)),
            "source_record": { "system": "casebook", "id": id },
            "indicators": ["basic-care-and-environment"],
            "marking": "OFFICIAL-SENSITIVE",
            "details": (feed.details)(),
            "summary": "",
        }
    });
    let short = event.to_string().len();
    event["data"]["summary"] = summary(BYTES.saturating_sub(short)).into();
    Said {
        agency: feed.agency,
        subject: format!("carehub.concern.{}.{home}", feed.agency),
        payload: Bytes::from(event.to_string()),
        is_crime,
    }
}

/// The feed of a draw. The police do not tell the police of a crime.
fn feed(draw: u32, is_crime: bool) -> &'static Feed {
    let mut left = draw;
    let mut chosen = &FEEDS[0];
    for feed in &FEEDS {
        chosen = feed;
        if left < feed.share {
            break;
        }
        left -= feed.share;
    }
    if is_crime && chosen.agency == "police" { &FEEDS[0] } else { chosen }
}

fn summary(bytes: usize) -> String {
    const TEXT: &str = "A resident was found on the floor of the lounge and could not say for how long. \
        Staff had not written the check of the night before. The call bell lay out of reach. ";
    TEXT.chars().cycle().take(bytes.max(1)).collect()
}
