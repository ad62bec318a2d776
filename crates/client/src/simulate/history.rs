//! What the agencies say about each home over time, and what a hub must make of it.

use jiff::{Timestamp, ToSpan as _};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::Settings;
use super::county::{Home, chance, object};
use super::feeds::{self, Feed};
use super::lag::{Lag, exponential, happens, one_of, skewed, whole};
use super::truth::Truth;
use crate::event::{Draft, Outgoing};

/// Who says which home an unmatched address is.
pub(super) const MATCHES: &str = "council-qa";

const YEAR: f64 = 365.25 * 86_400.0;
/// The share of homes that have one bad spell in the time, and how much more is said about them then.
const SPELLS: f64 = 0.1;
const SPELL_FACTOR: f64 = 6.0;
/// Shares of concerns: said by somebody who does not know the home, corrected, withdrawn, sent
/// twice, said again by the second agency, broken.
const UNMATCHED: f64 = 0.04;
const CORRECTED: f64 = 0.04;
const WITHDRAWN: f64 = 0.01;
const DUPLICATE: f64 = 0.01;
const SECOND: f64 = 0.25;
const INVALID: f64 = 0.003;

/// Something an agency says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// When it says so.
    pub at: Timestamp,
    /// The event.
    pub event: Outgoing,
    /// The event that it is about, by id: it must be in the log before this one.
    pub follows: Option<String>,
}

/// The stream in order, and its truth.
pub(super) fn of(settings: &Settings, homes: &[Home]) -> (Vec<Spoken>, Truth) {
    let mut story = Story { settings: *settings, spoken: Vec::new(), truth: Truth::default() };
    for (number, home) in (0_u64..).zip(homes) {
        story.home(home, &mut chance(settings.seed, number * 2 + 1));
    }
    let Story { mut spoken, truth, .. } = story;
    // A stable sort: what is said at the same second stays in the order in which it was made, so a
    // second sending never comes before the first.
    spoken.sort_by_key(|spoken| spoken.at);
    (spoken, truth)
}

struct Story {
    settings: Settings,
    spoken: Vec<Spoken>,
    truth: Truth,
}

/// A concern that was said, for what is said about it later.
struct Said {
    id: String,
    agency: &'static str,
    /// The home token that it was said under.
    under: String,
    at: Timestamp,
    data: Map<String, Value>,
}

impl Story {
    fn home(&mut self, home: &Home, chance: &mut ChaCha8Rng) {
        let (from, until) = (self.settings.from.as_second(), self.settings.until.as_second());
        let spell = happens(chance, SPELLS).then(|| {
            let start = chance.random_range(from..=until.max(from));
            start..start + chance.random_range(60..=120) * 86_400
        });
        let mut number = 0;
        for feed in &feeds::ALL {
            let mean = YEAR / (feed.a_bed_a_year * f64::from(home.beds) * home.frailty).max(1e-6);
            // Slow feeds tell at the beginning what happened long before it.
            let mut second = from - 400 * 86_400;
            loop {
                let in_spell = spell.as_ref().is_some_and(|spell| spell.contains(&second));
                let mean = if in_spell { mean / SPELL_FACTOR } else { mean };
                // Short steps, so that a spell begins and ends when it does and not at the next event.
                let step = exponential(chance, mean);
                let longest = 5.0 * 86_400.0;
                second += whole(step.min(longest)).max(1);
                if second > until {
                    break;
                }
                if step < longest {
                    number += 1;
                    self.happening(home, feed, number, second, chance);
                }
            }
        }
    }

    /// Something happens; the agency says so when it knows, if that is within the time.
    fn happening(
        &mut self,
        home: &Home,
        feed: &Feed,
        number: u32,
        second: i64,
        chance: &mut ChaCha8Rng,
    ) {
        let Ok(occurred) = Timestamp::from_second(second) else {
            return;
        };
        let known = second + feed.lag.draw(chance);
        let data = concern(home, feed, &format!("{}-{number}", home.id), occurred, chance);
        let Ok(at) = Timestamp::from_second(known) else {
            return;
        };
        let told = at >= self.settings.from && at <= self.settings.until;
        let id = format!("sim-{}-{}-{number}", self.settings.seed, home.id);
        let mut said = Said { id, agency: feed.agency, under: home.id.clone(), at, data };
        // Chance is drawn in the same order whatever is told, so that a longer time tells the same.
        let fate: [f64; 6] = chance.random();
        let patience = chance.random_range(1..=20_i64);
        if !told {
            return;
        }
        if fate[0] < INVALID {
            said.data.insert("severity".to_owned(), json!("severe"));
            self.truth.of(&home.id).invalid += 1;
            self.say(&said.draft(), said.at, None);
            return;
        }
        let stands = self.first_account(home, &mut said, fate[1], patience);
        if fate[2] < DUPLICATE {
            self.truth.of(&stands).duplicates += 1;
            self.say(&said.draft(), said.at, Some(said.id.clone()));
        }
        let withdrawn = self.later(&said, &stands, feed, fate[3], patience);
        if withdrawn {
            self.truth.of(&stands).withdrawn += 1;
        } else {
            self.truth.of(&stands).count(feed.kind, feed.agency);
        }
        if let Some(second) = feed.second
            && fate[4] < SECOND
            && stands == home.id
            && !withdrawn
        {
            self.second_account(&said, second, patience);
        }
    }

    /// Says the concern; returns the home where it stands in the end.
    fn first_account(&mut self, home: &Home, said: &mut Said, fate: f64, patience: i64) -> String {
        if said.agency != "ambulance" || fate >= UNMATCHED {
            self.say(&said.draft(), said.at, None);
            return home.id.clone();
        }
        // A crew knows the address. Half of them have its UPRN, padded as their system writes it, and
        // the hub finds the home by it; of the others most are matched by hand after some days.
        said.under = "unmatched".to_owned();
        let has_uprn = fate < UNMATCHED / 2.0;
        let place = if has_uprn {
            json!({ "uprn": format!("000{}", home.uprn), "postcode": home.postcode })
        } else {
            json!({ "postcode": home.postcode })
        };
        said.data.insert("place".to_owned(), place);
        self.say(&said.draft(), said.at, None);
        let matched_at = said.at + (patience * 24).hours();
        if has_uprn {
            return home.id.clone();
        }
        if matched_at > self.settings.until {
            return "unmatched".to_owned();
        }
        let data = json!({ "matches": { "id": said.id, "agency": said.agency }, "reason": "The postcode and the crew's notes fit" });
        let draft = Draft {
            agency: MATCHES.to_owned(),
            id: format!("{}-matched", said.id),
            event_type: "concern.matched".to_owned(),
            home: home.id.clone(),
            time: matched_at.to_string(),
            data: object(data),
        };
        self.say(&draft, matched_at, Some(said.id.clone()));
        home.id.clone()
    }

    /// What the sender says about it later; whether it takes it back.
    fn later(&mut self, said: &Said, stands: &str, feed: &Feed, fate: f64, patience: i64) -> bool {
        let at = said.at + (patience * 36).hours();
        if at > self.settings.until || said.under != stands {
            return false;
        }
        let (verb, data) = if fate < WITHDRAWN {
            (
                "withdrawn",
                json!({ "withdraws": { "id": said.id }, "reason": "Entered for the wrong home" }),
            )
        } else if fate < WITHDRAWN + CORRECTED {
            self.truth.of(stands).corrected += 1;
            let set = json!({ "severity": if feed.lag == Lag::Slow { "high" } else { "medium" } });
            (
                "corrected",
                json!({ "corrects": { "id": said.id }, "reason": "Graded again after a visit", "set": set }),
            )
        } else {
            return false;
        };
        let draft = Draft {
            agency: said.agency.to_owned(),
            id: format!("{}-{verb}", said.id),
            event_type: format!("concern.{verb}"),
            home: said.under.clone(),
            time: at.to_string(),
            data: object(data),
        };
        self.say(&draft, at, Some(said.id.clone()));
        verb == "withdrawn"
    }

    /// Another agency says the same from the same record.
    fn second_account(&mut self, said: &Said, agency: &'static str, patience: i64) {
        let at = said.at + (patience * 7).hours();
        if at > self.settings.until {
            return;
        }
        self.truth.of(&said.under).corroborating += 1;
        let draft = Draft {
            agency: agency.to_owned(),
            id: format!("{}-again", said.id),
            time: at.to_string(),
            ..said.draft()
        };
        self.say(&draft, at, Some(said.id.clone()));
    }

    fn say(&mut self, draft: &Draft, at: Timestamp, follows: Option<String>) {
        if let Ok(event) = draft.encode() {
            self.spoken.push(Spoken { at, event, follows });
        }
    }
}

impl Said {
    fn draft(&self) -> Draft {
        Draft {
            agency: self.agency.to_owned(),
            id: self.id.clone(),
            event_type: "concern.raised".to_owned(),
            home: self.under.clone(),
            time: self.at.to_string(),
            data: self.data.clone(),
        }
    }
}

/// The fields of a concern. Slow feeds know the date only.
pub(super) fn concern(
    home: &Home,
    feed: &Feed,
    record: &str,
    occurred: Timestamp,
    chance: &mut ChaCha8Rng,
) -> Map<String, Value> {
    let occurred = match feed.lag {
        Lag::Slow => carehub_domain::time::london_date(occurred).to_string(),
        Lag::Hours | Lag::Days => occurred.to_string(),
    };
    let mut data = object(json!({
        "kind": feed.kind,
        "occurred_at": occurred,
        "severity": skewed(chance, &["low", "low", "medium", "medium", "high", "critical"]),
        "summary": format!("{} (fictional)", one_of(chance, &SUMMARIES)),
        "source_record": { "system": feed.system, "id": record },
    }));
    if happens(chance, feed.crime) {
        data.insert("possible_crime".to_owned(), json!(true));
    }
    let resident = chance.random_range(1..=home.beds);
    if feed.person {
        data.insert("about_named_individual".to_owned(), json!(true));
        data.insert("person_ref".to_owned(), json!(format!("{}-r{resident}", home.id)));
    }
    if let Some(details) = feeds::details(feed.kind, chance) {
        data.insert("details".to_owned(), details);
    }
    data
}

const SUMMARIES: [&str; 8] = [
    "A resident was found on the floor in the morning",
    "The call bell was not answered for a long time",
    "The room was cold and the radiator did not work",
    "Medicines were not given at the right time",
    "Two of the night staff did not come",
    "A relative is worried about weight loss",
    "Bruising on an arm that nobody can explain",
    "The lift is out of use and residents stay upstairs",
];
