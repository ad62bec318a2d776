//! The chronology of a home, over HTTP: its orders, its escalations, and only what its reader may see.

mod answers;
mod words;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::reports::{hub, rows};
use crate::hub::Hub;
use crate::published::agreed_policy;

const HOME: &str = "1-100";

/// A late word stands where it happened, and last where the order is that in which the hub knew.
#[test]
fn a_chronology_is_in_the_order_that_is_asked_for() {
    let mut hub = hub();
    hub.concern("council-safeguarding", "1-400", "complaint", "2024-02-01");
    let kinds = |by: &str| {
        let rows =
            rows(&hub, "council-safeguarding", &format!("chronology?home=1-400{by}"), "entries");
        let said = rows.iter().filter(|row| row["agency"] == "council-safeguarding");
        said.map(|row| row["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let happened = kinds("");
    assert_eq!(happened.first().map(String::as_str), Some("complaint"), "{happened:?}");
    assert_eq!(kinds("&by=recorded").last().map(String::as_str), Some("complaint"));
    assert_eq!(kinds("&by=happened"), happened);
    let raised = rows(&hub, "council-safeguarding", "chronology?home=1-400", "escalations");
    let referrals = &raised[0];
    for (column, expected) in [
        ("first_held_on", json!("2024-02-05")),
        ("hours_to_acknowledge", json!(4)),
        ("hours_to_decide", Value::Null),
        ("closed_at", Value::Null),
    ] {
        assert_eq!(referrals[column], expected, "{column}");
    }
    let page = hub.get("council-safeguarding", "/reports/chronology?home=1-400&by=known").body;
    assert!(page.contains("value=\"known\" selected") && page.contains("by when its sender knew"));
    let record = hub.audit().pop().unwrap();
    assert_eq!(record.home.as_ref().map(|home| home.as_str()), Some("1-400"));
    // What its reader may not open is in nobody's chronology.
    let of = |reader: &str| rows(&hub, reader, "chronology?home=1-200", "entries").len();
    assert_eq!(of("cqc"), of("ambulance") + 1);
    let home = hub.get("cqc", "/homes/1-400").body;
    assert!(home.contains("href=\"/reports/chronology?home=1-400\""));
}

/// A day that is past shows what was known at its end, and nothing that was closed to the reader since.
#[test]
fn a_chronology_of_the_past_is_what_was_known_then_and_is_open_still() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-20");
    let first = hub.last_id();
    hub.concern("ambulance", "1-100", "soft-intelligence", "2024-02-21");
    hub.at("2024-03-02T23:30:00Z");
    hub.concern("police", "1-100", "neglect-sign", "2024-02-22");
    hub.at("2024-03-04T10:00:00Z");
    let set = json!({"corrects": {"id": first}, "reason": "Graver.", "set": {"severity": "high"}});
    hub.say("police", "concern", "1-100", "concern.corrected", set);
    let said = |hub: &Hub, reader: &str, at: &str| -> Vec<(String, String)> {
        let at = if at.is_empty() { String::new() } else { format!("&as_known_at={at}") };
        let rows = rows(hub, reader, &format!("chronology?home=1-100{at}"), "entries");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let concerns = rows.iter().filter(|row| !text(&row["detail"]).is_empty());
        concerns.map(|row| (text(&row["what"]), text(&row["detail"]))).collect()
    };
    let pair = |what: &str, detail: &str| (what.to_owned(), detail.to_owned());
    let (complaint, soft, neglect) = (
        pair("complaint", "medium"),
        pair("soft-intelligence", "medium"),
        pair("neglect-sign", "medium"),
    );
    let both = vec![complaint.clone(), soft.clone()];
    assert_eq!(said(&hub, "cqc", "2024-03-01"), both);
    assert_eq!(said(&hub, "cqc", "2024-03-02T23:29:59Z"), both);
    let three = vec![complaint.clone(), soft.clone(), neglect.clone()];
    assert_eq!(said(&hub, "cqc", "2024-03-02T23:30:00Z"), three);
    assert_eq!(said(&hub, "cqc", "2024-03-02"), three, "the day ends in London");
    assert_eq!(said(&hub, "cqc", "2024-02-01"), [], "nothing was known then");
    assert_eq!(said(&hub, "cqc", "").first(), Some(&pair("complaint", "high")));

    // Since then the police keep it to a named few: to nobody else does it come back.
    let handling = json!({"code": "C", "conditions": "For CQC.", "audience": ["cqc"]});
    let named = json!({"handling": handling});
    let set = json!({"corrects": {"id": first}, "reason": "Kept close.", "set": named});
    hub.say("police", "concern", "1-100", "concern.corrected", set);
    assert_eq!(said(&hub, "cqc", "2024-03-01"), both);
    assert_eq!(said(&hub, "council-qa", "2024-03-01"), [soft]);

    // What another agreement opens now was not open then.
    let marked = json!({"marking": "OFFICIAL-SENSITIVE"});
    hub.at("2024-03-05T10:00:00Z");
    hub.concern_with("police", "1-100", "behaviour-change", "2024-03-05", marked);
    let seen = |hub: &Hub, at: &str| -> bool {
        said(hub, "ambulance", at).iter().any(|(what, _)| what == "behaviour-change")
    };
    assert!(!seen(&hub, "") && !seen(&hub, "2024-03-05"));
    hub.at("2024-03-06T10:00:00Z");
    let mut open = agreed_policy();
    "test-2".clone_into(&mut open.version);
    open.sharing.row.retain(|row| row.marking.is_empty());
    hub.activate(&open);
    let days = ["", "2024-03-06", "2024-03-05"].map(|at| seen(&hub, at));
    assert_eq!(days, [true, true, false]);

    let page = hub.get("cqc", "/reports/chronology?home=1-100&as_known_at=2024-03-01").body;
    assert!(page.contains("under the agreement then in force"), "{page}");
    assert!(page.contains("name=\"as_known_at\"") && page.contains("value=\"2024-03-01\""));
    let record = hub.audit().pop().unwrap();
    assert!(record.what.unwrap().contains("as_known_at=2024-03-01"));
    for wrong in ["yesterday", "2024-02-30", "2024-03-01T14"] {
        let path = format!("/api/v1/reports/chronology?home=1-100&as_known_at={wrong}");
        assert_eq!(hub.get("cqc", &path).status, 400, "{wrong}");
    }
    let other = "/api/v1/reports/sources?as_known_at=2024-03-01";
    assert_eq!(hub.get("cqc", other).status, 400, "no other report has a past");
}

/// What each entry of one agency is, with the column that is asked for.
fn column(hub: &Hub, reader: &str, query: &str, agency: &str, name: &str) -> Vec<Value> {
    let rows = rows(hub, reader, &format!("chronology?home=1-100{query}"), "entries");
    rows.iter().filter(|row| row["agency"] == agency).map(|row| row[name].clone()).collect()
}

/// Three concerns whose three orders are three.
#[test]
fn each_of_the_three_orders_is_one_of_its_own() {
    let mut hub = Hub::under(agreed_policy());
    let known = |at: &str| json!({"known_at": at});
    hub.at("2024-03-10T10:00:00Z");
    hub.concern_with("police", "1-100", "complaint", "2024-03-02", known("2024-03-09T10:00:00Z"));
    hub.at("2024-03-11T10:00:00Z");
    hub.concern_with(
        "police",
        "1-100",
        "soft-intelligence",
        "2024-03-03",
        known("2024-03-04T10:00:00Z"),
    );
    hub.at("2024-03-12T10:00:00Z");
    hub.concern_with(
        "police",
        "1-100",
        "safeguarding-referral",
        "2024-03-01",
        known("2024-03-08T10:00:00Z"),
    );
    let order = |by: &str| column(&hub, "police", by, "police", "what");
    assert_eq!(order("&by=happened"), ["safeguarding-referral", "complaint", "soft-intelligence"]);
    assert_eq!(order("&by=known"), ["soft-intelligence", "safeguarding-referral", "complaint"]);
    assert_eq!(order("&by=recorded"), ["complaint", "soft-intelligence", "safeguarding-referral"]);
    assert_eq!(hub.get("police", "/reports/chronology?home=1-100&by=size").status, 400);
}

/// A day where the reader may know it, a month where it would say who told; and that a concern was taken back.
#[test]
fn an_entry_says_its_day_or_its_month_and_that_it_was_withdrawn() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-10T10:00:00Z");
    let told = json!({
        "reported_by": "whistle-blower", "handling": {"code": "P"}, "known_at": "2024-03-10T10:00:00Z",
    });
    hub.concern_with("ambulance", "1-100", "complaint", "2024-02-07", told);
    let happened =
        |reader: &str| column(&hub, reader, "", "ambulance", "happened").into_iter().next();
    assert_eq!(happened("police"), Some(json!("2024-02-07")));
    assert_eq!(happened("council-qa"), Some(json!("2024-02")));
    let page = |hub: &Hub, reader: &str| {
        hub.get(reader, "/reports/chronology?home=1-100").body.replace('\u{a0}', " ")
    };
    assert!(page(&hub, "council-qa").contains("February 2024"));
    assert!(!page(&hub, "council-qa").contains("7 February 2024"));
    assert!(page(&hub, "police").contains("7 February 2024"));
    let withdrawn = json!({"withdraws": {"id": hub.last_id()}, "reason": "Entered twice."});
    assert!(!page(&hub, "police").contains("Medium, withdrawn"));
    hub.say("ambulance", "concern", "1-100", "concern.withdrawn", withdrawn);
    assert!(page(&hub, "police").contains("Medium, withdrawn"));
}

/// Two who tell of one incident tell of the same; whoever sees one of them is told of no other.
#[test]
fn the_entries_of_one_incident_have_it_in_common() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-10T10:00:00Z");
    let mut say = |agency: &str, kind: &str, marking: &str, incident: &str| {
        let more = json!({"marking": marking, "incident_ref": incident});
        hub.concern_with(agency, HOME, kind, "2024-03-01", more);
        hub.last_reference(agency)
    };
    let police = say("police", "complaint", "OFFICIAL-SENSITIVE", "CAD-1");
    let ambulance = say("ambulance", "soft-intelligence", "OFFICIAL", "CAD-1");
    let other = say("cqc", "complaint", "OFFICIAL", "CAD-2");
    let incidents = |reader: &str| -> BTreeMap<String, String> {
        let entries = rows(&hub, reader, &format!("chronology?home={HOME}"), "entries");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        entries.iter().map(|row| (text(&row["reference"]), text(&row["incident"]))).collect()
    };
    let cqc = incidents("cqc");
    assert_eq!(cqc[&police], police, "it is named by the first who told of it");
    assert_eq!((&cqc[&ambulance], &cqc[&other]), (&police, &other));
    let own = incidents("ambulance");
    assert_eq!((own.get(&police), &own[&ambulance]), (None, &ambulance));
    let page = hub.get("cqc", &format!("/reports/chronology?home={HOME}")).body;
    assert!(!page.contains("<bdi>Incident</bdi>"), "a page has no room for it");
}

/// Three referrals that the police tell on 1 March, and every answer to what they raise.
fn answered() -> Hub {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", HOME, "safeguarding-referral", day);
    }
    let list = hub.get("council-safeguarding", &format!("/api/v1/escalations?home={HOME}")).ok();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    for (at, event, mut data) in [
        ("2024-03-01T14:00:00Z", "escalation.acknowledged", json!({})),
        ("2024-03-02T10:00:00Z", "escalation.discussed", json!({"took_part": ["council-qa"]})),
        (
            "2024-03-04T10:00:00Z",
            "escalation.decided",
            json!({"decision": "monitoring-visit", "rationale": "Seen to be safe."}),
        ),
        ("2024-03-05T11:00:00Z", "escalation.closed", json!({"reason": "Repaired."})),
    ] {
        hub.at(at);
        data["escalation"] = json!(id);
        hub.say("council-safeguarding", "response", HOME, event, data);
    }
    hub
}
