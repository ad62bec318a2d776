//! What the API answers.

use serde_json::{Value, json};

use crate::hub::Hub;

/// The ids of all items of a list, page by page.
fn all(hub: &Hub, agency: &str, path: &str, limit: usize, id: &str) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = hub.get(agency, &format!("{path}{join}limit={limit}{after}")).ok();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit);
        found.extend(items.iter().map(|item| item[id].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

#[test]
fn a_home_has_the_fields_of_the_design() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    hub.concern("ambulance", "1-100", "hospital-attendance", "2024-02-29");
    let home = hub.get("council-qa", "/api/v1/homes/1-100").ok();
    assert_eq!(home["id"], "1-100");
    assert_eq!(home["provider"], json!({"id": "p-1", "name": "Fictional Care"}));
    assert_eq!(home["beds"], 20);
    assert_eq!(home["level"], "moderate");
    assert_eq!(home["registered"], true);
    assert_eq!(home["concerns"]["total"], 4);
    let by_kind = json!({"safeguarding-referral": 3, "hospital-attendance": 1});
    assert_eq!(home["concerns"]["by_kind"], by_kind);
    assert_eq!(home["concerns"]["by_agency"], json!({"police": 3, "ambulance": 1}));
    let escalation = &home["escalations"][0];
    assert_eq!(escalation["trigger"], "referrals");
    assert_eq!(escalation["state"], "raised");
    assert_eq!(escalation["bodies"], json!(["council-safeguarding"]));
    assert_eq!(escalation["due"], "2024-03-05T23:59:59Z");
    assert_eq!(escalation["evidence"]["count"], 3);
    assert_eq!(escalation["evidence"]["events"].as_array().unwrap().len(), 3);
    assert_eq!(home["revision"].as_str().unwrap().len(), 32);
}

#[test]
fn an_escalation_is_whole_for_those_it_is_routed_to_and_an_outline_for_others() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let list =
        hub.get("council-qa", "/api/v1/escalations?body=council-safeguarding&state=open").ok();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/escalations/{id}");
    let whole = hub.get("council-qa", &path).ok();
    assert_eq!(whole["explanation"]["counted"], 3.0);
    assert_eq!(whole["told"], json!(["council-qa"]));
    assert_eq!(whole["first_held_on"], "2024-02-28");
    let outline = hub.get("cqc", &path).ok();
    assert_eq!(outline["evidence"]["count"], 3);
    for hidden in ["explanation", "told", "answers", "lead", "still_holds"] {
        assert!(outline.get(hidden).is_none(), "{hidden}");
    }
    // Who is told is not for others to find out by asking for it.
    let told = |reader| hub.get(reader, "/api/v1/escalations?body=council-qa").ok();
    assert_eq!(told("council-qa")["items"].as_array().unwrap().len(), 1);
    assert_eq!(told("cqc")["items"], json!([]));
}

#[test]
fn escalations_are_found_by_home_state_trigger_and_lateness() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-03-01");
    let count = |query: &str| {
        let page = hub.get("cqc", &format!("/api/v1/escalations?{query}")).ok();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count(""), 2);
    assert_eq!(count("home=1-200"), 1);
    assert_eq!(count("trigger=breach&state=raised"), 2);
    assert_eq!(count("trigger=referrals"), 0);
    assert_eq!(count("state=closed"), 0);
    assert_eq!(count("overdue=true"), 0);
    hub.at("2024-03-02T10:00:00Z");
    hub.concern("police", "1-300", "complaint", "2024-03-01");
    let late = hub.get("cqc", "/api/v1/escalations?overdue=true").ok();
    assert_eq!(late["items"].as_array().unwrap().len(), 2);
    let ids = all(&hub, "cqc", "/api/v1/escalations", 1, "id");
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn homes_are_filtered_and_sorted() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-300", "health-and-safety-breach", "2024-03-01");
    hub.concern("police", "1-200", "complaint", "2024-02-27");
    hub.concern("police", "1-200", "complaint", "2024-02-28");
    hub.concern("police", "9-new", "complaint", "2024-02-28");
    let ids = |query: &str| all(&hub, "police", &format!("/api/v1/homes?{query}"), 2, "id");
    assert_eq!(ids(""), ["1-100", "1-200", "1-300", "9-new"]);
    assert_eq!(ids("q=oak"), ["1-200"]);
    assert_eq!(ids("q=nr1&provider=p-1"), ["1-100", "1-200"]);
    assert_eq!(ids("q=00"), ["1-100", "1-200", "1-300"]);
    assert_eq!(ids("area=Norfolk&level=moderate"), ["1-300"]);
    assert_eq!(ids("registered=false"), ["9-new"]);
    assert_eq!(ids("registered=true&sort=total"), ["1-200", "1-300", "1-100"]);
    assert_eq!(ids("sort=level"), ["1-300", "1-100", "1-200", "9-new"]);
    assert_eq!(ids("changed_since=2024-03-01T00:00:00Z"), ["1-200", "1-300", "9-new"]);
    hub.say("cqc", "register", "1-100", "home.closed", json!({"closed_on": "2024-02-29"}));
    let closed = all(&hub, "police", "/api/v1/homes?registered=closed", 2, "id");
    assert_eq!(closed, ["1-100"]);
}

#[test]
fn an_earlier_registration_finds_the_present_one() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-27");
    hub.say("cqc", "register", "1-200", "home.succeeded", json!({"predecessor": "1-100"}));
    let home = hub.get("police", "/api/v1/homes/1-100").ok();
    assert_eq!(home["id"], "1-200");
    assert_eq!(home["predecessors"], json!(["1-100"]));
    assert_eq!(home["concerns"]["total"], 1);
    assert_eq!(all(&hub, "police", "/api/v1/homes", 9, "id"), ["1-200", "1-300"]);
}

#[test]
fn a_timeline_is_paged_filtered_and_has_the_readers_own_text_only() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-02-01");
    let first = hub.last_reference("police");
    hub.concern("ambulance", "1-100", "hospital-attendance", "2024-02-10");
    let second = hub.last_reference("ambulance");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-02-20");
    let third = hub.last_reference("police");
    let path = "/api/v1/homes/1-100/timeline";
    let newest = all(&hub, "police", path, 2, "reference");
    let mut oldest = all(&hub, "police", &format!("{path}?order=oldest"), 3, "reference");
    assert!(newest.len() > 4, "{newest:?}");
    oldest.reverse();
    assert_eq!(newest, oldest);
    let positions = |query: &str| all(&hub, "police", &format!("{path}?{query}"), 9, "reference");
    assert_eq!(positions("kind=complaint"), [first.as_str()]);
    assert_eq!(positions("agency=ambulance"), [second.as_str()]);
    assert_eq!(
        positions("type=concern-raised&from=2024-02-10&until=2024-02-20"),
        [second.as_str()]
    );
    assert_eq!(positions("type=concern-raised"), [third.as_str(), second.as_str(), first.as_str()]);
    assert_eq!(positions("type=escalation-changed").len(), 1);
    let page = hub.get("police", &format!("{path}?type=concern-raised")).ok();
    assert_eq!(page["items"][0]["text"]["summary"], "summary by police");
    assert_eq!(page["items"][1]["agency"], "ambulance");
    assert!(page["items"][1].get("text").is_none());
}

#[test]
fn withheld_text_is_shown_to_nobody() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let more = json!({"summary": "call 01632 960 001"});
    hub.concern_with("police", "1-100", "complaint", "2024-02-01", more);
    let answer = hub.get("police", "/api/v1/homes/1-100/timeline?kind=complaint");
    assert!(!answer.body.contains("960"), "{}", answer.body);
    assert_eq!(answer.ok()["items"][0]["facts"], json!(["text-withheld"]));
}

#[test]
fn triggers_say_what_they_count_and_against_which_limit() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "safeguarding-referral", "2024-02-01");
    let standing = hub.get("cqc", "/api/v1/homes/1-100/triggers").ok();
    assert_eq!(standing["policy_version"], "test-1");
    let referrals = &standing["items"][0];
    assert_eq!(referrals["id"], "referrals");
    assert_eq!((&referrals["counts"], &referrals["limit"]), (&json!(1.0), &json!(2.0)));
    assert_eq!(referrals["window"], "6 months");
}

/// A trigger of which each concern raises its own counts what is open, and not all that ever was.
#[test]
fn an_immediate_trigger_counts_what_is_open() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let counts = |hub: &Hub| {
        let standing = hub.get("cqc", "/api/v1/homes/1-200/triggers").ok();
        let items = standing["items"].as_array().unwrap();
        items.iter().find(|item| item["id"] == "breach").unwrap()["counts"].clone()
    };
    assert_eq!(counts(&hub), json!(0.0));
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-01");
    assert_eq!(counts(&hub), json!(1.0));
    let open = hub.get("cqc", "/api/v1/escalations?home=1-200&trigger=breach").ok();
    let (id, bodies) = (&open["items"][0]["id"], open["items"][0]["bodies"].as_array().unwrap());
    let bodies: Vec<&str> = bodies.iter().filter_map(Value::as_str).collect();
    for body in &bodies {
        let seen = json!({"escalation": id});
        hub.say(body, "response", "1-200", "escalation.acknowledged", seen);
    }
    let decided = json!({"escalation": id, "decision": "monitor", "rationale": "It is mended."});
    hub.say(bodies[0], "response", "1-200", "escalation.decided", decided);
    let closed = json!({"escalation": id, "reason": "It is mended."});
    hub.say(bodies[0], "response", "1-200", "escalation.closed", closed);
    assert_eq!(counts(&hub), json!(0.0), "what is closed counts no more");
}

#[test]
fn a_provider_has_its_homes() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-01");
    let provider = hub.get("cqc", "/api/v1/providers/p-1").ok();
    assert_eq!(provider["name"], "Fictional Care");
    assert_eq!((&provider["level"], &provider["total"]), (&json!("moderate"), &json!(1)));
    let homes: Vec<&Value> =
        provider["homes"].as_array().unwrap().iter().map(|home| &home["id"]).collect();
    assert_eq!(homes, ["1-100", "1-200"]);
}

#[test]
fn the_unmatched_queue_gives_what_matching_needs_to_those_who_may_match() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let more = json!({"place": {"postcode": "NR1 1AA", "address": "The old mill"}});
    hub.concern_with("police", "unmatched", "complaint", "2024-02-01", more);
    let (id, unmatched) = (hub.last_id(), hub.last_reference("police"));
    hub.concern("ambulance", "9-new", "complaint", "2024-02-02");
    let unknown = hub.last_reference("ambulance");
    // What is about no place is in no list of homes.
    let homes = hub.get("council-qa", "/api/v1/homes").ok();
    let homes = homes["items"].as_array().unwrap().iter();
    let homes: Vec<&str> = homes.map(|home| home["id"].as_str().unwrap()).collect();
    assert_eq!(homes, ["1-100", "1-200", "1-300", "9-new"]);
    let page = hub.get("council-qa", "/api/v1/unmatched").ok();
    let items = page["items"].as_array().unwrap();
    assert_eq!(
        (&items[0]["reference"], &items[1]["reference"]),
        (&json!(unmatched), &json!(unknown))
    );
    assert_eq!((&items[0]["home"], &items[1]["home"]), (&json!("unmatched"), &json!("9-new")));
    assert_eq!(items[0]["event"], id.as_str());
    assert_eq!(items[0]["place"]["address"], "The old mill");
    let other = hub.get("cqc", "/api/v1/unmatched").ok();
    assert!(other["items"][0].get("place").is_none() && other["items"][0].get("event").is_none());
    let matched = json!({
        "matches": {"id": id, "agency": "police"}, "reason": "the postcode", "from": "unmatched",
    });
    hub.say("council-qa", "concern", "1-100", "concern.matched", matched);
    let left = hub.get("council-qa", "/api/v1/unmatched").ok();
    assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(hub.get("cqc", "/api/v1/homes/1-100").ok()["concerns"]["total"], 1);
}

#[test]
fn an_agency_gets_the_verdicts_of_its_own_events() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let shared = json!({"incident_ref": "cad-1"});
    let first = hub.concern_with("police", "1-100", "complaint", "2024-02-01", shared.clone());
    let reference = hub.last_reference("police");
    let second = hub.concern_with("provider", "1-100", "complaint", "2024-02-01", shared);
    let unknown = json!({"kind": "no-such-kind", "occurred_at": "2024-02-01", "severity": "low"});
    let bad = hub.try_to_say("provider", "concern", "1-100", "concern.raised", unknown);
    let asked = json!({"positions": [bad, second, first, 9_999]}).to_string();
    let answer = hub.post("provider", "/api/v1/verdicts", &asked).ok();
    assert_eq!(
        answer["items"],
        json!([
            {"position": bad, "verdict": "rejected", "code": "schema-violation"},
            // Who never reads does not learn that somebody else told of it.
            {"position": second, "verdict": "accepted"},
        ])
    );
    assert!(answer["through"].as_u64().unwrap() >= bad);
    let third = json!({"incident_ref": "cad-1"});
    let third = hub.concern_with("cqc", "1-100", "complaint", "2024-02-01", third);
    let answer =
        hub.post("cqc", "/api/v1/verdicts", &json!({"positions": [third]}).to_string()).ok();
    let told = json!([{"position": third, "verdict": "corroborating", "first": reference}]);
    assert_eq!(answer["items"], told);
}

#[test]
fn the_policy_in_force_is_told_to_every_reader_with_its_explanation_and_its_triggers() {
    let hub = Hub::new();
    let shown = hub.get("cqc", "/api/v1/policy").ok();
    let in_force = &shown["in_force"];
    assert_eq!((&in_force["version"], &in_force["pack"]), (&json!("test-1"), &json!("test")));
    assert_eq!(in_force["standing"], "in-force");
    assert_eq!(in_force["since"], "2024-01-02T09:00:00Z");
    assert_eq!(in_force["recorded_at"], "2024-01-02T09:00:00Z");
    // A hub began its log with it.
    assert_eq!((&in_force["by"], &in_force["effective_from"]), (&Value::Null, &Value::Null));
    assert!(in_force.get("position").is_none(), "it would tell how much is said");
    let explanation = in_force["explanation"].as_str().unwrap();
    assert!(explanation.starts_with("POLICY test-1\n"), "{explanation}");
    assert!(explanation.contains("More than two referrals"), "{explanation}");
    let triggers = in_force["triggers"].as_array().unwrap();
    let ids: Vec<&Value> = triggers.iter().map(|trigger| &trigger["id"]).collect();
    assert_eq!(ids, ["referrals", "breach", "asked"]);
    assert_eq!((&triggers[0]["kind"], &triggers[0]["more_than"]), (&json!("count"), &json!(2)));
    assert_eq!(shown["pending"], json!([]));
    assert_eq!(hub.get("police", "/api/v1/policy").ok(), shown, "the same for every reader");
    hub.get("provider", "/api/v1/policy").assert_problem(403, "forbidden");
    hub.get_with("/api/v1/policy", "Bearer nobody").assert_problem(401, "unauthenticated");
    let empty = Hub::empty(carehub_dashboard::Config::default());
    empty.get("cqc", "/api/v1/policy").assert_problem(503, "not-ready");
}

#[test]
fn beside_every_count_stands_the_chance_of_more_over_what_the_reader_may_see() {
    let mut hub = Hub::new();
    // Two in the year and a half before the six months that end today.
    for (now, day) in [("2024-02-05", "2024-02-05"), ("2024-06-05", "2024-06-05")] {
        hub.at(&format!("{now}T10:00:00Z"));
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    hub.at("2025-08-06T10:00:00Z");
    hub.concern("police", "1-200", "safeguarding-referral", "2025-08-06");
    let asked = |hub: &Hub, reader: &str| {
        let answer = hub.get(reader, "/api/v1/homes/1-100/triggers").ok();
        let items = answer["items"].as_array().unwrap().clone();
        assert_eq!(items[1]["chance"], Value::Null, "a rule that does not count");
        items[0]["chance"].clone()
    };
    let chance = asked(&hub, "cqc");
    assert_eq!(chance["more_than"], 2);
    assert_eq!(chance["own"]["answer"], "known");
    // 5 February 2024 to 7 February 2025, when the window of 181 days begins.
    assert_eq!((&chance["own"]["incidents"], &chance["own"]["days"]), (&json!(2), &json!(368)));
    let expected = 2.0 * 181.0 / 368.0;
    assert!((chance["own"]["expected"].as_f64().unwrap() - expected).abs() < 1e-6, "{chance}");
    assert!((chance["own"]["chance"].as_f64().unwrap() - 0.0773).abs() < 1e-4, "{chance}");
    assert_eq!(chance["peers"], json!({"answer": "not-enough-peers"}));
    let page = hub.get("cqc", "/homes/1-100").body;
    assert!(page.contains("0.0773 at its own rate (2 in the 368 days before"), "{page}");
    // What is said for others alone changes nothing of it, neither here nor at a home it is compared with.
    let secret = json!({
        "handling": {"code": "C", "conditions": "ask first", "audience": ["council-safeguarding"]},
    });
    for home in ["1-100", "1-200"] {
        let kind = "safeguarding-referral";
        hub.concern_with("police", home, kind, "2024-07-01", secret.clone());
    }
    assert_eq!(asked(&hub, "cqc"), chance);
    assert_eq!(asked(&hub, "council-safeguarding")["own"]["incidents"], 3);
}
