//! Leaks that were reported against comparable systems, each tried here and refused. The number is that of
//! the report.

use serde_json::{Value, json};

use crate::hub::Hub;
use crate::published::agreed_policy;

fn hub() -> Hub {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-04T10:00:00Z");
    hub
}

fn narrowed() -> Value {
    let c = json!({"code": "C", "conditions": "ask first", "audience": ["council-safeguarding"]});
    json!({"handling": c, "severity": "critical"})
}

/// What the feed carried to a body, without what the transport shows.
fn sent(hub: &Hub, body: &str) -> Vec<Value> {
    hub.sent_to(body).iter().map(|message| serde_json::from_str(message).unwrap()).collect()
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// OpenCTI #8120: a notification told of a report that its reader could not open.
#[test]
fn opencti_8120_whoever_is_told_of_an_escalation_can_open_it_and_sees_in_it_what_it_was_told() {
    let mut hub = hub();
    hub.concern_with("police", "1-100", "health-and-safety-breach", "2024-02-20", narrowed());
    let told = sent(&hub, "cqc");
    assert_eq!(told.len(), 1);
    let escalation = &told[0]["data"]["escalation"];
    let path = format!("/api/v1/escalations/{}", escalation["id"].as_str().unwrap());
    let opened = hub.get("cqc", &path).ok();
    // It may not see the evidence: neither the notification nor the page names it or counts it.
    assert_eq!(
        escalation["evidence"],
        json!({"count": 0, "events": [], "withdrawn": [], "whole": false})
    );
    assert_eq!(opened["evidence"], json!({"count": 0, "events": [], "withdrawn": []}));
    assert_eq!(escalation["explanation"], opened["explanation"]);
    let sentence = "It rests in part on what may not be shown to you.";
    assert_eq!(opened["explanation"]["sentence"], sentence);
    assert_eq!(opened["explanation"]["counted"], 0.0);
    assert_eq!(escalation["first_held_on"], Value::Null);
    // Who is told nothing can open nothing.
    assert!(sent(&hub, "ambulance").is_empty());
    hub.get("ambulance", &path).assert_problem(404, "not-found");
}

/// OpenCTI #8237: a history named other recipients.
#[test]
fn opencti_8237_a_history_names_no_recipient_to_those_who_are_none() {
    let mut hub = hub();
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let open = hub.get("council-qa", "/api/v1/escalations?trigger=referrals").ok();
    let id = json!({"escalation": open["items"][0]["id"]});
    // `council-qa` is told; `council-safeguarding` is responsible.
    hub.concern("police", "1-100", "complaint", "2024-02-28");
    let events = json!([{"id": hub.last_id(), "agency": "police"}]);
    let said = json!({"escalation": id["escalation"], "events": events});
    hub.say("council-qa", "response", "1-100", "escalation.evidence-added", said);
    hub.say("council-safeguarding", "response", "1-100", "escalation.acknowledged", id);
    let named = |reader: &str| {
        let page = hub.get(reader, "/api/v1/homes/1-100/timeline?limit=500").ok();
        let items = page["items"].as_array().unwrap().clone();
        items.iter().any(|item| item["agency"] == "council-qa")
    };
    assert!(named("council-safeguarding"), "who must act knows who else is told");
    assert!(!named("ambulance"), "who is told is not for others to know");
    let outline = hub.get("ambulance", "/api/v1/escalations?trigger=referrals").ok();
    assert!(outline["items"][0].get("told").is_none());
    assert!(!outline.to_string().contains("council-qa"), "{outline}");
}

/// OpenCTI #9160: what was restricted after it was created went on streaming.
#[test]
fn opencti_9160_what_is_restricted_later_is_gone_at_once_and_those_who_had_it_are_told() {
    let mut hub = hub();
    for day in ["2024-02-01", "2024-02-10", "2024-02-27"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    hub.concern("police", "1-100", "safeguarding-referral", "2024-02-28");
    let id = hub.last_id();
    let before = sent(&hub, "council-qa");
    let last = |told: &[Value]| {
        let mut escalations = told.iter().map(|told| &told["data"]["escalation"]);
        escalations.rfind(|told| !told.is_null()).unwrap().clone()
    };
    assert_eq!(last(&before)["evidence"]["events"].as_array().unwrap().len(), 4);
    let set = json!({"handling": {"code": "C", "conditions": "ask", "audience": ["council-safeguarding"]}});
    let corrected = json!({"corrects": {"id": id}, "set": set, "reason": "a source"});
    hub.say("police", "concern", "1-100", "concern.corrected", corrected);
    let page = hub.get("council-qa", "/api/v1/homes/1-100").ok();
    assert_eq!(page["concerns"]["total"], 3);
    let after = sent(&hub, "council-qa");
    assert_eq!(after.len(), before.len() + 2, "told again, and that it was corrected");
    let notice = &after.last().unwrap()["data"]["notice"]["content"];
    assert_eq!(notice["kind"], "concern-corrected");
    assert_eq!(notice["shared"], false);
    assert_eq!(last(&after)["change"]["kind"], "evidence-narrowed");
    assert_eq!(last(&after)["evidence"]["events"].as_array().unwrap().len(), 3);
    assert_eq!(last(&after)["evidence"]["count"], 3);
    assert_eq!(last(&after)["first_held_on"], Value::Null);
    // The named audience keeps it.
    let safeguarding = sent(&hub, "council-safeguarding");
    assert_eq!(last(&safeguarding)["evidence"]["events"].as_array().unwrap().len(), 4);
}

/// MISP #4200: an empty group was reported as sent to all.
#[test]
fn misp_4200_an_empty_audience_is_nobody_and_never_everybody() {
    let mut hub = hub();
    let empty = json!({"handling": {"code": "C", "conditions": "ask", "audience": []}});
    let data = json!({
        "kind": "complaint", "occurred_at": "2024-02-01", "severity": "low", "summary": "s",
        "handling": empty["handling"],
    });
    let position = hub.try_to_say("police", "concern", "1-100", "concern.raised", data);
    let asked = json!({"positions": [position]}).to_string();
    let verdict = hub.post("police", "/api/v1/verdicts", &asked).ok();
    let verdict = verdict["items"][0]["verdict"].as_str().unwrap().to_owned();
    assert!(["accepted", "rejected"].contains(&verdict.as_str()), "{verdict}");
    for reader in ["ambulance", "cqc", "council-qa", "council-safeguarding"] {
        let home = hub.get(reader, "/api/v1/homes/1-100").ok();
        assert_eq!(home["concerns"]["total"], 0, "{reader}");
    }
}

/// MISP #4681, #7409, #8350: what was deleted stayed with those who had received it.
#[test]
fn misp_4681_a_withdrawal_reaches_everybody_who_was_told() {
    let mut hub = hub();
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let id = hub.last_id();
    let withdrawn = json!({"withdraws": {"id": id}, "reason": "wrong home"});
    hub.say("police", "concern", "1-100", "concern.withdrawn", withdrawn);
    for body in ["council-safeguarding", "council-qa"] {
        let told = sent(&hub, body);
        let escalation = &told.last().unwrap()["data"]["escalation"];
        assert_eq!(escalation["change"]["kind"], "evidence-withdrawn", "{body}");
        let evidence = &escalation["evidence"];
        assert_eq!(evidence["withdrawn"].as_array().unwrap().len(), 1, "{body}");
        assert!(evidence["events"].as_array().unwrap().contains(&evidence["withdrawn"][0]));
    }
    let home = hub.get("ambulance", "/api/v1/homes/1-100").ok();
    assert_eq!(home["concerns"]["total"], 2);
}

/// MISP #3468: who joined later never got what was said before.
#[test]
fn misp_3468_a_body_that_joins_later_sees_what_was_said_before_and_no_more_than_it_may() {
    let mut first = agreed_policy();
    first.body.retain(|body| body.id.as_str() != "ambulance");
    let mut hub = Hub::under(first);
    hub.at("2024-03-04T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-01");
    hub.concern_with("police", "1-100", "complaint", "2024-02-02", narrowed());
    hub.get("ambulance", "/api/v1/homes/1-100").assert_problem(403, "forbidden");
    let mut second = agreed_policy();
    second.version = "test-2".to_owned();
    hub.activate(&second);
    let home = hub.get("ambulance", "/api/v1/homes/1-100").ok();
    assert_eq!(home["concerns"]["total"], 1);
}

/// SORMAS #11425: a list of duplicates showed records of other jurisdictions.
#[test]
fn sormas_11425_corroboration_names_nothing_outside_the_readers_jurisdiction() {
    let mut policy = agreed_policy();
    let of = |policy: &mut carehub_domain::policy::Policy, area: &str| {
        let body = policy.body.iter_mut().find(|body| body.id.as_str() == "ambulance").unwrap();
        body.areas = vec![area.to_owned()];
    };
    of(&mut policy, "Suffolk");
    let mut hub = Hub::under(policy);
    hub.at("2024-03-04T10:00:00Z");
    let shared = json!({"incident_ref": "cad-7"});
    hub.concern_with("police", "1-100", "complaint", "2024-02-01", shared.clone());
    let own = hub.concern_with("ambulance", "1-100", "complaint", "2024-02-01", shared);
    let asked = json!({"positions": [own]}).to_string();
    let verdict = hub.post("ambulance", "/api/v1/verdicts", &asked).ok();
    assert_eq!(verdict["items"][0]["verdict"], "accepted", "{verdict}");
    let page = hub.get("ambulance", "/api/v1/homes/1-100/timeline?type=concern-raised").ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "its own");
    assert_eq!(page["items"][0]["incident"], page["items"][0]["reference"]);
}

/// SORMAS #8113: a jurisdiction was stale after a handover.
#[test]
fn sormas_8113_a_handover_of_an_area_moves_what_is_seen_at_once() {
    let at = |policy: &mut carehub_domain::policy::Policy, id: &str, area: &str| {
        let body = policy.body.iter_mut().find(|body| body.id.as_str() == id).unwrap();
        body.areas = vec![area.to_owned()];
    };
    let mut policy = agreed_policy();
    at(&mut policy, "ambulance", "Norfolk");
    let mut hub = Hub::under(policy.clone());
    hub.at("2024-03-04T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-01");
    let total =
        |hub: &Hub| hub.get("ambulance", "/api/v1/homes/1-100").ok()["concerns"]["total"].clone();
    assert_eq!(total(&hub), 1);
    policy.version = "test-2".to_owned();
    at(&mut policy, "ambulance", "Suffolk");
    hub.activate(&policy);
    assert_eq!(total(&hub), 0);
}

/// MISP #1720, #1721: who belongs to a sharing group leaked.
#[test]
fn misp_1720_nobody_is_told_who_else_is_of_a_named_audience() {
    let mut hub = hub();
    let c = json!({"code": "C", "conditions": "ask", "audience": ["ambulance", "pipot-lead"]});
    hub.concern_with("police", "1-100", "complaint", "2024-02-01", json!({"handling": c}));
    for reader in ["police", "ambulance", "cqc"] {
        for path in ["/api/v1/homes/1-100", "/api/v1/homes/1-100/timeline", "/homes/1-100"] {
            let body = hub.get(reader, path).body;
            assert!(!body.contains("pipot-lead"), "{reader} {path}");
        }
    }
    let page = hub.get("ambulance", "/api/v1/homes/1-100/timeline").ok();
    assert_eq!(page["items"][0]["handling"], "C", "that it is narrowed, and not to whom");
}

/// What an escalation may show of an allegation of which only the existence is shared.
#[test]
fn existence_is_a_number_and_nothing_else() {
    let mut hub = hub();
    hub.concern("police", "1-100", "position-of-trust", "2024-02-01");
    let home = hub.get("ambulance", "/api/v1/homes/1-100").ok();
    assert_eq!(home["concerns"]["existence_only"], json!({"position-of-trust": 1}));
    assert_eq!(
        (&home["concerns"]["total"], &home["concerns"]["by_agency"]),
        (&json!(0), &json!({}))
    );
    let page = hub.get("ambulance", "/api/v1/homes/1-100/timeline?type=concern-raised").ok();
    assert_eq!(page["items"], json!([]));
    assert!(
        ids(&hub.get("ambulance", "/api/v1/homes?sort=total").ok()).contains(&"1-100".to_owned())
    );
}
