//! Holds the domain's types and the schemas together: one list of words, not two.

use std::collections::BTreeSet;

use carehub_contract::{event_type, personal_data, schema};
use carehub_domain::escalation::{self, ChangeKind, Level, Stage, Step};
use carehub_domain::event::{
    AbuseType, Advice, DeathPlace, DecisionKind, EventType, EvidenceSource, HandlingCode,
    Indicator, InformationPower, Kind, Line, Marking, MeetingKind, Outcome, PlanKind,
    ProviderResponse, Rating, RecordKind, ReportedBy, SafetyKind, Scheme, Severity, Topic,
    TriageOutcome, VisitManner,
};
use carehub_domain::message::RejectionOutcome;
use carehub_domain::policy::{Fact, LevelRule, Need, Share};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::load::examples;

/// The words of an enum, as serde has them: it lists them all when it is given another.
fn words<T: DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
    let message = serde_json::from_str::<T>("\"no-such-word\"").unwrap_err().to_string();
    let (_, list) = message.split_once("expected").unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn listed(schema: &str, pointer: &str) -> BTreeSet<String> {
    let value: Value = serde_json::from_str(schema::published(schema).unwrap()).unwrap();
    let list = value.pointer(pointer).unwrap_or_else(|| panic!("{schema} {pointer}"));
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn check<T: DeserializeOwned + std::fmt::Debug>(schema: &str, pointer: &str) {
    assert_eq!(words::<T>(), listed(schema, pointer), "{schema} {pointer}");
}

#[test]
fn the_words_of_the_types_are_the_words_of_the_schemas() {
    for schema in ["concern.raised.v1", "concern.corrected.v1"] {
        check::<Kind>(schema, "/$defs/kind/enum");
        check::<Severity>(schema, "/$defs/severity/enum");
        check::<Indicator>(schema, "/$defs/indicator/enum");
        check::<AbuseType>(schema, "/$defs/abuse-type/enum");
        check::<ReportedBy>(schema, "/$defs/reported-by/enum");
        check::<Marking>(schema, "/$defs/marking/enum");
        check::<HandlingCode>(schema, "/$defs/handling/properties/code/enum");
    }
    let details =
        |kind: &str, field: &str| format!("/$defs/details-{kind}/properties/{field}/enum");
    check::<Line>("concern.raised.v1", &details("ambulance-999-call", "line"));
    check::<DeathPlace>("concern.raised.v1", &details("death", "place_of_death"));
    check::<Outcome>("concern.raised.v1", &details("health-and-safety-breach", "outcome"));
    check::<DecisionKind>("escalation.decided.v1", "/$defs/decision/enum");
    check::<DecisionKind>("escalation.changed.v4", "/$defs/decision/enum");
    check::<Level>("escalation.changed.v4", "/$defs/level/enum");
    check::<Stage>("escalation.changed.v4", "/$defs/stage/enum");
    check::<escalation::Rating>("escalation.changed.v4", "/$defs/rating/enum");
    check::<escalation::Rating>("escalation.action-progressed.v1", "/$defs/rating/enum");
    check::<Severity>("escalation.changed.v4", "/$defs/severity/enum");
    let kind = "/properties/escalation/properties/change/properties/kind/enum";
    check::<ChangeKind>("escalation.changed.v4", kind);
    // An action's number makes its step an object; the others are words.
    let mut steps = words::<Step>();
    assert!(steps.remove("action"));
    assert_eq!(steps, listed("escalation.changed.v4", "/$defs/step/anyOf/0/enum"));
    assert_eq!(steps, listed("escalation.changed.v1", "/$defs/step/enum"));
    for old in ["escalation.changed.v1", "escalation.changed.v2", "escalation.changed.v3"] {
        assert!(listed(old, kind).is_subset(&words::<ChangeKind>()));
    }
    check::<RejectionOutcome>("rejection.issued.v1", "/properties/outcome/enum");
    check::<Kind>("policy.activated.v5", "/$defs/kind/enum");
    check::<Fact>("policy.activated.v5", "/$defs/fact/enum");
    let of_trigger = |key: &str| {
        format!("/properties/policy/properties/trigger/items/properties/{key}/items/enum")
    };
    check::<PlanKind>("policy.activated.v5", &of_trigger("plans"));
    check::<MeetingKind>("policy.activated.v5", &of_trigger("meetings"));
    check::<TriageOutcome>("concern.triaged.v1", "/properties/outcome/enum");
    check::<Scheme>("assessment.recorded.v1", "/properties/scheme/enum");
    check::<Rating>("assessment.recorded.v1", "/$defs/rating/enum");
    check::<PlanKind>("plan.evidenced.v1", "/$defs/plan/enum");
    check::<PlanKind>("plan.sampled.v1", "/$defs/plan/enum");
    check::<MeetingKind>("meeting.planned.v1", "/$defs/meeting/enum");
    check::<MeetingKind>("meeting.recorded.v1", "/$defs/meeting/enum");
    check::<InformationPower>("information.requested.v1", "/properties/power/enum");
    check::<Topic>("guidance.issued.v1", "/$defs/topic/enum");
    check::<Advice>("police-advice.recorded.v1", "/properties/advice/enum");
    check::<LevelRule>(
        "policy.activated.v5",
        "/properties/policy/properties/trigger/items/properties/level/enum",
    );
    let of_sharing =
        |key: &str| format!("/properties/policy/properties/sharing/properties/{key}/enum");
    check::<Share>("policy.activated.v5", &of_sharing("row/items/properties/share"));
    check::<ReportedBy>(
        "policy.activated.v5",
        "/properties/policy/properties/sharing/properties/reporters/properties/protected/items/enum",
    );
    check::<Marking>("policy.activated.v5", &of_sharing("row/items/properties/marking/items"));
    check::<RecordKind>("process.recorded.v1", "/properties/kind/enum");
    check::<EvidenceSource>("process.recorded.v1", "/properties/source/enum");
    check::<VisitManner>("process.recorded.v1", "/properties/manner/enum");
    check::<SafetyKind>("safety-action.taken.v1", "/properties/action/enum");
    for schema in ["placements.suspended.v1", "placements.cautioned.v1"] {
        check::<ProviderResponse>(schema, "/properties/provider_response/enum");
    }
    check::<Need>(
        "policy.activated.v5",
        "/properties/policy/properties/process/properties/step/items/properties/needs/items/enum",
    );
}

#[test]
fn a_level_that_is_asked_for_is_any_but_none() {
    let mut levels = words::<Level>();
    assert!(levels.remove("none"));
    assert_eq!(levels, listed("escalation.requested.v1", "/properties/level/enum"));
}

#[test]
fn every_event_type_has_a_schema_and_an_example() {
    let examples = examples();
    for event_type in EventType::ALL {
        let name = schema::name_of_type(event_type::name(event_type)).unwrap();
        assert!(schema::published(name).is_some(), "{name}");
        assert!(examples.iter().any(|example| example.schema == name && example.valid), "{name}");
    }
}

#[test]
fn every_kind_of_concern_has_a_branch_and_an_example() {
    let schema: Value =
        serde_json::from_str(schema::published("concern.raised.v1").unwrap()).unwrap();
    let branches: BTreeSet<String> = schema["allOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|branch| branch["if"]["properties"]["kind"]["const"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(branches, words::<Kind>());
    let shown: BTreeSet<String> = examples()
        .iter()
        .filter(|example| example.schema == "concern.raised.v1" && example.valid)
        .map(|example| example.value()["data"]["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(shown, words::<Kind>());
}

/// A correction may set the details of any kind: what `concern.raised` lets a kind say, it knows.
#[test]
fn a_correction_knows_the_details_of_every_kind() {
    let read = |name| -> Value { serde_json::from_str(schema::published(name).unwrap()).unwrap() };
    let (raised, corrected) = (read("concern.raised.v1"), read("concern.corrected.v1"));
    let mut all = serde_json::Map::new();
    for (name, details) in raised["$defs"].as_object().unwrap() {
        if name.starts_with("details-") {
            all.extend(details["properties"].as_object().unwrap().clone());
        }
    }
    assert_eq!(Value::Object(all), corrected["$defs"]["details"]["properties"]);
}

/// The scan for personal data goes by name: every long string without a form of its own is looked at,
/// in whatever schema of an agency it stands.
#[test]
fn every_free_text_of_an_agency_is_looked_at() {
    // Names and areas out of the public register.
    let public = ["name", "area"];
    let mut free = BTreeSet::from(["person_ref".to_owned()]);
    for event_type in EventType::ALL {
        let name = schema::name_of_type(event_type::name(event_type)).unwrap();
        let schema = serde_json::from_str(schema::published(name).unwrap()).unwrap();
        collect(&schema, &mut free);
    }
    for name in public {
        free.remove(name);
    }
    let looked_at: BTreeSet<String> =
        personal_data::LOOKED_AT.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(free, looked_at);
}

fn collect(schema: &Value, free: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                for (name, property) in properties {
                    let formless = property["type"] == "string"
                        && property.get("pattern").is_none()
                        && property.get("format").is_none();
                    if formless {
                        free.insert(name.clone());
                    }
                }
            }
            map.values().for_each(|inner| collect(inner, free));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, free)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn an_unknown_format_is_refused_when_a_schema_is_compiled() {
    let schema = serde_json::json!({ "type": "string", "format": "postcode" });
    assert!(schema::compile_value("trial", &schema).is_err());
    let schema = serde_json::json!({ "type": "string", "format": "date" });
    let compiled = schema::compile_value("trial", &schema).unwrap();
    assert!(!compiled.is_valid(&"2014-02-30".into()), "formats are asserted");
}

#[test]
fn a_pattern_that_could_take_exponential_time_is_refused() {
    let schema = serde_json::json!({ "type": "string", "pattern": "^(a)\\1$" });
    assert!(schema::compile_value("trial", &schema).is_err());
}
