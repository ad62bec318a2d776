//! Who speaks about what, how often, and how late.

use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::lag::{Lag, happens, one_of, skewed};

/// A kind of concern that one agency reports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feed {
    /// Who reports it.
    pub(super) agency: &'static str,
    /// Its kind.
    pub(super) kind: &'static str,
    /// How often, by bed and year, for a home of average frailty. Invented, in plausible proportion
    /// to each other: what is tested is the hub, not a county.
    pub(super) a_bed_a_year: f64,
    /// How late it is known.
    pub(super) lag: Lag,
    /// The system that its record numbers are of.
    pub(super) system: &'static str,
    /// Who has the same record and sometimes reports it too.
    pub(super) second: Option<&'static str>,
    /// The share in which a crime is possible.
    pub(super) crime: f64,
    /// Whether it is about one resident.
    pub(super) person: bool,
}

const PLAIN: Feed = Feed {
    agency: "",
    kind: "",
    a_bed_a_year: 0.0,
    lag: Lag::Days,
    system: "casebook",
    second: None,
    crime: 0.0,
    person: false,
};

pub(super) const ALL: [Feed; 17] = [
    Feed {
        agency: "ambulance",
        kind: "ambulance-999-call",
        a_bed_a_year: 0.6,
        lag: Lag::Hours,
        system: "cad",
        ..PLAIN
    },
    Feed {
        agency: "acute-trust",
        kind: "hospital-attendance",
        a_bed_a_year: 0.25,
        person: true,
        ..PLAIN
    },
    Feed {
        agency: "acute-trust",
        kind: "death",
        a_bed_a_year: 0.02,
        lag: Lag::Hours,
        person: true,
        ..PLAIN
    },
    Feed {
        agency: "police",
        kind: "police-incident",
        a_bed_a_year: 0.03,
        lag: Lag::Hours,
        system: "athena",
        second: Some("police-mash"),
        crime: 0.2,
        ..PLAIN
    },
    Feed {
        agency: "council-safeguarding",
        kind: "safeguarding-referral",
        a_bed_a_year: 0.07,
        lag: Lag::Slow,
        system: "liquidlogic",
        second: Some("adult-social-care"),
        crime: 0.06,
        person: true,
    },
    Feed {
        agency: "council-qa",
        kind: "complaint",
        a_bed_a_year: 0.06,
        lag: Lag::Slow,
        second: Some("contracts"),
        ..PLAIN
    },
    Feed { agency: "council-qa", kind: "soft-intelligence", a_bed_a_year: 0.05, ..PLAIN },
    Feed { agency: "contracts", kind: "contract-monitoring", a_bed_a_year: 0.02, ..PLAIN },
    Feed { agency: "contracts", kind: "understaffing", a_bed_a_year: 0.02, ..PLAIN },
    Feed {
        agency: "gp-practice",
        kind: "missed-appointment",
        a_bed_a_year: 0.03,
        system: "systmone",
        ..PLAIN
    },
    Feed {
        agency: "gp-practice",
        kind: "soft-intelligence",
        a_bed_a_year: 0.03,
        system: "systmone",
        ..PLAIN
    },
    Feed {
        agency: "community-nursing",
        kind: "neglect-sign",
        a_bed_a_year: 0.05,
        system: "systmone",
        person: true,
        ..PLAIN
    },
    Feed {
        agency: "community-nursing",
        kind: "medication-supply",
        a_bed_a_year: 0.02,
        system: "systmone",
        ..PLAIN
    },
    Feed { agency: "health-commissioner", kind: "medication-error", a_bed_a_year: 0.04, ..PLAIN },
    Feed {
        agency: "healthwatch",
        kind: "resident-or-family-feedback",
        a_bed_a_year: 0.03,
        ..PLAIN
    },
    Feed {
        agency: "district-council",
        kind: "health-and-safety-breach",
        a_bed_a_year: 0.008,
        ..PLAIN
    },
    Feed { agency: "fire", kind: "property-risk", a_bed_a_year: 0.01, ..PLAIN },
];

/// What this kind of concern adds, in the words of its schema.
pub(super) fn details(kind: &str, chance: &mut ChaCha8Rng) -> Option<Value> {
    Some(match kind {
        "ambulance-999-call" => json!({
            "line": if happens(chance, 0.9) { "999" } else { "111" },
            "disposition": one_of(chance, &["conveyed", "treated", "not-attended"]),
            "call_reason": skewed(chance, &["fall", "breathing", "sepsis", "dehydration", "injury", "other"]),
        }),
        "hospital-attendance" => json!({
            "admitted": happens(chance, 0.5),
            "injury_or_illness": skewed(chance, &["fall", "infection", "fracture", "dehydration", "pressure-ulcer"]),
        }),
        "death" => {
            json!({ "place_of_death": skewed(chance, &["hospital", "home"]), "expected": happens(chance, 0.7) })
        }
        "police-incident" => {
            json!({ "offence": skewed(chance, &["welfare-check", "missing-person", "theft-or-fraud", "violence"]) })
        }
        "neglect-sign" => {
            json!({ "sign": skewed(chance, &["pressure-ulcer", "poor-hygiene", "weight-loss", "unexplained-injury"]) })
        }
        "medication-error" => {
            json!({ "error": skewed(chance, &["omitted", "wrong-dose", "wrong-time", "record"]) })
        }
        "missed-appointment" => {
            json!({ "appointment_with": one_of(chance, &["gp", "dentist", "hospital"]) })
        }
        "health-and-safety-breach" => json!({
            "outcome": skewed(chance, &["none", "injury", "serious-injury"]),
            "hazard": skewed(chance, &["fall", "scald", "legionella", "lifting-equipment", "exposure-to-cold"]),
        }),
        "property-risk" => {
            json!({ "property_fault": skewed(chance, &["heating", "hot-water", "lift", "call-system", "fire-system"]) })
        }
        "contract-monitoring" => {
            json!({ "monitoring_result": skewed(chance, &["compliant", "minor-breach", "major-breach"]) })
        }
        "resident-or-family-feedback" => {
            json!({ "tone": one_of(chance, &["positive", "mixed", "negative"]) })
        }
        _ => return None,
    })
}
