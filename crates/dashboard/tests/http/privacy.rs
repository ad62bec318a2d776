//! What a reader may not see does not exist for that reader. The strongest way to say so: whatever
//! is said under handling C, no answer that a third agency can get changes by a single byte.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::hub::Hub;

/// Everything that an agency can ask about the test's homes, but for how far the log has come.
const ROUTES: [&str; 19] = [
    "/",
    "/homes/1-100",
    "/homes/9-secret",
    "/api/v1/homes",
    "/api/v1/homes?sort=total",
    "/api/v1/homes?sort=level",
    "/api/v1/homes?q=secret",
    "/api/v1/homes?registered=false",
    "/api/v1/homes?changed_since=2024-03-02T00:00:00Z",
    "/api/v1/homes/1-100",
    "/api/v1/homes/9-secret",
    "/api/v1/homes/1-100/timeline?limit=500",
    "/api/v1/homes/1-100/timeline?kind=health-and-safety-breach",
    "/api/v1/homes/1-100/triggers",
    "/api/v1/escalations",
    "/api/v1/escalations?home=1-100&trigger=breach",
    "/api/v1/policy",
    "/api/v1/providers/p-1",
    "/api/v1/unmatched",
];

fn secret() -> Value {
    json!({
        "handling": {"code": "C", "conditions": "ask first", "audience": ["council-safeguarding"]},
        "severity": "critical",
    })
}

fn secret_with(name: &str, value: Value) -> Value {
    let mut more = secret();
    more[name] = value;
    more
}

/// Open history: two escalations, one of them over the limit of `referrals`, and a shared incident.
fn open_history(hub: &mut Hub) -> String {
    hub.at("2024-03-01T10:00:00Z");
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let shared = json!({"incident_ref": "cad-7"});
    hub.concern_with("ambulance", "1-100", "death", "2024-02-20", shared);
    let death = hub.last_id();
    hub.concern("police", "unmatched", "complaint", "2024-02-21");
    death
}

fn answers(hub: &Hub, agency: &str) -> Vec<(u16, String)> {
    ROUTES
        .iter()
        .map(|path| {
            let answer = hub.get(agency, path);
            (answer.status, answer.body)
        })
        .collect()
}

#[track_caller]
fn assert_same(before: &[(u16, String)], after: &[(u16, String)], what: &str) {
    for ((path, before), after) in ROUTES.iter().zip(before).zip(after) {
        assert_eq!(before, after, "{what}: {path}");
    }
}

#[test]
fn nothing_said_for_a_named_audience_changes_what_a_third_agency_is_answered() {
    let mut hub = Hub::new();
    let death = open_history(&mut hub);
    let before = answers(&hub, "ambulance");
    let check = |hub: &Hub, what: &str| assert_same(&before, &answers(hub, "ambulance"), what);

    hub.concern_with("police", "1-100", "health-and-safety-breach", "2024-02-29", secret());
    let breach = hub.last_id();
    check(&hub, "an escalation of its own");
    let open = hub.get("cqc", "/api/v1/escalations?trigger=breach").ok();
    let escalation = open["items"][0]["id"].as_str().unwrap().to_owned();
    hub.get("ambulance", &format!("/api/v1/escalations/{escalation}"))
        .assert_problem(404, "not-found");
    let id = json!({"escalation": escalation});
    hub.say("cqc", "response", "1-100", "escalation.acknowledged", id);
    check(&hub, "an answer to it");
    hub.concern_with("police", "1-100", "safeguarding-referral", "2024-02-29", secret());
    check(&hub, "further evidence of an escalation that is known");
    let same = secret_with("incident_ref", json!("cad-7"));
    hub.concern_with("police", "1-100", "complaint", "2024-02-20", same);
    check(&hub, "corroboration of the reader's own event");
    hub.concern_with("police", "9-secret", "complaint", "2024-02-29", secret());
    check(&hub, "a home that only it names");
    let place = secret_with("place", json!({"postcode": "NR9 9ZZ"}));
    hub.concern_with("police", "unmatched", "complaint", "2024-02-29", place);
    let unmatched = hub.last_id();
    check(&hub, "an unmatched one");
    let matched = json!({
        "matches": {"id": unmatched, "agency": "police"}, "reason": "known", "from": "unmatched",
    });
    hub.say("police", "concern", "1-100", "concern.matched", matched);
    check(&hub, "its matching");
    let asked = json!({
        "level": "major", "responsible": ["council-safeguarding"], "reason": "grave",
        "evidence": [{"id": breach}],
    });
    hub.say("police", "concern", "1-100", "escalation.requested", asked);
    check(&hub, "a request that rests on it");
    let answered = json!({
        "death": {"id": death, "agency": "ambulance"}, "concern": {"id": breach, "agency": "police"},
        "same": true,
    });
    hub.say("council-safeguarding", "concern", "1-100", "death.same-person", answered);
    check(&hub, "that it is about the same person");
    let corrected =
        json!({"corrects": {"id": breach}, "set": {"severity": "low"}, "reason": "wrong"});
    hub.say("police", "concern", "1-100", "concern.corrected", corrected);
    check(&hub, "its correction");
    let withdrawn = json!({"withdraws": {"id": breach}, "reason": "wrong home"});
    hub.say("police", "concern", "1-100", "concern.withdrawn", withdrawn);
    check(&hub, "its withdrawal");
}

#[test]
fn the_sender_and_the_named_audience_see_it_and_those_it_is_routed_to_see_the_escalation() {
    let mut hub = Hub::new();
    open_history(&mut hub);
    hub.concern_with("police", "1-100", "health-and-safety-breach", "2024-02-29", secret());
    let reference = hub.last_reference("police");
    let path = "/api/v1/homes/1-100/timeline?kind=health-and-safety-breach";
    for reader in ["police", "council-safeguarding"] {
        let page = hub.get(reader, path).ok();
        assert_eq!(page["items"][0]["reference"], reference.as_str(), "{reader}");
        assert_eq!(page["items"][0]["handling"], "C");
        let home = hub.get(reader, "/api/v1/homes/1-100").ok();
        assert_eq!(home["concerns"]["by_kind"]["health-and-safety-breach"], 1);
        assert_eq!(home["level"], "major");
    }
    // It is routed to the inspectorate, which has to act and is not of the audience.
    assert_eq!(hub.get("cqc", path).ok()["items"], json!([]));
    let open = hub.get("cqc", "/api/v1/escalations?trigger=breach").ok();
    assert_eq!(open["items"][0]["level"], "major");
    assert_eq!(open["items"][0]["evidence"]["events"], json!([]));
}

#[test]
fn an_event_that_corroborates_what_its_sender_may_not_see_is_simply_accepted() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let first = secret_with("incident_ref", json!("cad-9"));
    hub.concern_with("police", "1-100", "complaint", "2024-02-20", first);
    let shared = json!({"incident_ref": "cad-9"});
    let mut own = Vec::new();
    for agency in ["ambulance", "council-safeguarding"] {
        let position = hub.concern_with(agency, "1-100", "complaint", "2024-02-20", shared.clone());
        let asked = json!({"positions": [position]}).to_string();
        let answer = hub.post(agency, "/api/v1/verdicts", &asked).ok();
        own.push(answer["items"][0]["verdict"].clone());
    }
    assert_eq!(own, ["accepted", "corroborating"]);
    // The incident is named by what the reader may see of it.
    let page = hub.get("ambulance", "/api/v1/homes/1-100/timeline?kind=complaint").ok();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["incident"], items[1]["reference"]);
}

#[test]
fn a_change_that_a_reader_may_not_see_is_not_told_live() {
    let mut hub = Hub::new();
    open_history(&mut hub);
    let response = hub.stream("ambulance", "/api/v1/live", None);
    let mut lines = BufReader::new(response.into_body().into_reader()).lines();
    hub.concern_with("police", "1-100", "health-and-safety-breach", "2024-02-29", secret());
    hub.concern_with("police", "9-secret", "complaint", "2024-02-29", secret());
    hub.concern("police", "1-300", "complaint", "2024-02-29");
    let first = lines.find_map(|line| line.unwrap().strip_prefix("data: ").map(str::to_owned));
    let first: Value = serde_json::from_str(&first.unwrap()).unwrap();
    assert_eq!(first["home"], "1-300");
}
