//! Natural justice: what may be put to the provider stands beside its own account, for whoever may see it.

use serde_json::{Value, json};

use super::{after, scene};
use crate::hub::Hub;

const HOME: &str = "1-100";

fn disclosure(hub: &Hub, reader: &str) -> Value {
    hub.get(reader, &format!("/api/v1/homes/{HOME}")).ok()["disclosure"].clone()
}

/// The part of the home's page that says what was cleared.
fn cleared_on_page(hub: &Hub, reader: &str) -> String {
    let page = hub.get(reader, &format!("/homes/{HOME}")).body;
    let part = after(&page, "id=\"cleared\">", '\u{0}');
    part.split_once("id=\"others\"").unwrap().0.to_owned()
}

#[test]
fn what_was_cleared_for_the_provider_stands_beside_its_own_account() {
    let mut scene = scene();
    let today = scene.today();
    let hub = &mut scene.hub;
    hub.concern("provider", HOME, "provider-response", &today);
    let account = hub.last_reference("provider");
    hub.concern("ambulance", HOME, "complaint", &today);
    let (id, open) = (hub.last_id(), hub.last_reference("ambulance"));
    let nothing = "Nothing that you may see was cleared for disclosure.";
    assert_eq!(disclosure(hub, "cqc"), json!({ "account": [account], "cleared": [] }));
    assert!(cleared_on_page(hub, "cqc").contains(nothing));

    // For its originator to clear, and for nobody else: another's word is refused.
    let clearance = |agency: Value| json!({ "concern": { "id": id, "agency": agency } });
    hub.try_to_say("cqc", "response", HOME, "disclosure.cleared", clearance(json!("ambulance")));
    assert_eq!(disclosure(hub, "cqc")["cleared"], json!([]));
    hub.say(
        "ambulance",
        "response",
        HOME,
        "disclosure.cleared",
        json!({ "concern": { "id": id } }),
    );
    assert_eq!(disclosure(hub, "cqc"), json!({ "account": [account], "cleared": [open] }));
    let part = cleared_on_page(hub, "cqc");
    assert!(part.contains("Complaint") && !part.contains(nothing), "{part}");

    // What was cleared is for those alone who may see it.
    let narrow = json!({ "handling": { "code": "C", "conditions": "ask", "audience": ["cqc"] } });
    hub.concern_with("ambulance", HOME, "soft-intelligence", &today, narrow);
    let (id, hidden) = (hub.last_id(), hub.last_reference("ambulance"));
    hub.say(
        "ambulance",
        "response",
        HOME,
        "disclosure.cleared",
        json!({ "concern": { "id": id } }),
    );
    assert_eq!(disclosure(hub, "cqc")["cleared"], json!([open, hidden]));
    assert_eq!(disclosure(hub, "council-qa")["cleared"], json!([open]));
    assert!(cleared_on_page(hub, "cqc").contains("Soft intelligence"));
    assert!(!cleared_on_page(hub, "council-qa").contains("Soft intelligence"));

    // What is withdrawn is put to nobody.
    let withdrawal = json!({ "withdraws": { "id": id }, "reason": "Another home." });
    hub.say("ambulance", "concern", HOME, "concern.withdrawn", withdrawal);
    assert_eq!(disclosure(hub, "cqc")["cleared"], json!([open]));
}
