//! What was passed on to an agency, and that no other agency sees it.

use serde_json::{Value, json};

use crate::hub::Hub;

/// A home where three referrals have raised an escalation to the council, and one of them is corrected.
fn corrected() -> (Hub, String) {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for day in ["2024-02-01", "2024-02-10", "2024-02-28"] {
        hub.concern("police", "1-100", "safeguarding-referral", day);
    }
    let (id, reference) = (hub.last_id(), hub.last_reference("police"));
    let correction =
        json!({ "corrects": { "id": id }, "reason": "Seen again.", "set": { "severity": "low" } });
    hub.say("police", "concern", "1-100", "concern.corrected", correction);
    (hub, reference)
}

fn items(hub: &Hub, agency: &str, path: &str) -> Vec<Value> {
    hub.get(agency, path).ok()["items"].as_array().unwrap().clone()
}

#[test]
fn who_was_told_of_a_concern_lists_that_it_was_corrected_and_nobody_else() {
    let (hub, reference) = corrected();
    let notices = items(&hub, "council-safeguarding", "/api/v1/notices");
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!(notice["kind"], "concern-corrected");
    assert_eq!(notice["home"], "1-100");
    assert_eq!(notice["content"]["concern"], reference);
    assert_eq!(notice["content"]["amended_on"], "2024-03-01");
    assert_eq!(notice["content"]["shared"], true);
    assert_eq!(notice["about"]["by"], "police");
    assert!(!notice.to_string().contains("position"), "{notice}");
    // Its own copy stands with the council's QA team, who is told; the sender and others have none.
    assert_eq!(items(&hub, "council-qa", "/api/v1/notices").len(), 1);
    for other in ["police", "cqc", "ambulance"] {
        assert_eq!(items(&hub, other, "/api/v1/notices"), [] as [Value; 0], "{other}");
    }
}

#[test]
fn notices_are_found_by_home_and_kind_and_page_by_page() {
    let (mut hub, _) = corrected();
    let id = hub.last_id();
    hub.concern("police", "1-100", "safeguarding-referral", "2024-02-29");
    let withdraw = json!({ "withdraws": { "id": hub.last_id() }, "reason": "Entered twice." });
    hub.say("police", "concern", "1-100", "concern.withdrawn", withdraw);
    assert_ne!(id, hub.last_id());
    let of = |query: &str| items(&hub, "council-safeguarding", &format!("/api/v1/notices{query}"));
    assert_eq!(of("?home=1-100&kind=concern-corrected").len(), 1);
    assert_eq!(of("?kind=outcome-closed").len(), 0);
    assert_eq!(of("?home=1-200").len(), 0);
    let page = hub.get("council-safeguarding", "/api/v1/notices?limit=1").ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_read_a_concern_over_http_finds_that_it_was_taken_back_and_nobody_else_does() {
    let mut hub = Hub::under(crate::published::agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    let mut withdrawn = Vec::new();
    for (kind, more) in [
        ("complaint", json!({})),
        ("criminal-proceedings", json!({})),
        ("complaint", json!({"marking": "OFFICIAL-SENSITIVE"})),
    ] {
        hub.concern_with("police", "1-100", kind, "2024-02-28", more);
        withdrawn.push(hub.last_reference("police"));
        let withdraw = json!({ "withdraws": { "id": hub.last_id() }, "reason": "Entered twice." });
        hub.say("police", "concern", "1-100", "concern.withdrawn", withdraw);
    }
    // Nobody was ever sent an escalation that rests on them, so nobody gets a notice.
    assert_eq!(items(&hub, "ambulance", "/api/v1/notices"), [] as [Value; 0]);
    let of = |agency: &str, query: &str| items(&hub, agency, &format!("/api/v1/amendments{query}"));
    let about =
        |items: &[Value]| -> Vec<Value> { items.iter().map(|one| one["about"].clone()).collect() };
    let told = of("ambulance", "");
    assert_eq!(about(&told), [json!(withdrawn[0])], "what the agreement hides stays hidden");
    assert_eq!(
        (&told[0]["type"], &told[0]["home"]),
        (&json!("concern-withdrawn"), &json!("1-100"))
    );
    let all = of("council-safeguarding", "");
    assert_eq!(about(&all), [json!(withdrawn[2]), json!(withdrawn[1]), json!(withdrawn[0])]);
    assert_eq!(of("police", ""), [] as [Value; 0], "its own");
    assert_eq!(of("ambulance", "?home=1-200").len(), 0);
    assert_eq!(of("ambulance", "?since=2024-03-01T10:00:01Z").len(), 0);
    let page = hub.get("council-safeguarding", "/api/v1/amendments?limit=2").ok();
    let next = format!("?limit=2&after={}", page["next"].as_str().unwrap());
    assert_eq!(about(&of("council-safeguarding", &next)), [json!(withdrawn[0])]);
    hub.get("provider", "/api/v1/amendments")
        .assert_problem(403, carehub_dashboard::problem::FORBIDDEN);
    let page = hub.get_with("/notices", &basic("ambulance")).body;
    assert!(page.contains(&withdrawn[0]) && !page.contains(&withdrawn[1]), "{page}");
}

fn basic(agency: &str) -> String {
    let pair = format!("{agency}:token-of-{agency}");
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
}
