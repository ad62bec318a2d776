//! The provider's own account, and what was cleared for it to hear: the page says where there is more, and leads to it.

use serde_json::json;

use crate::hub::Hub;

#[test]
fn what_is_not_shown_of_the_providers_account_and_of_what_was_cleared_is_said_and_reached() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let part = |hub: &Hub, path: &str, from: &str, until: &str| {
        let page = hub.get("cqc", path).body;
        let (_, part) = page.split_once(from).unwrap_or_else(|| panic!("no {from} in {page}"));
        part.split_once(until).unwrap().0.to_owned()
    };
    let account = |hub: &Hub| part(hub, "/homes/1-100", "id=\"account\"", "id=\"cleared\"");
    let cleared = |hub: &Hub, path: &str| part(hub, path, "id=\"cleared\"", "id=\"others\"");
    assert!(account(&hub).contains("id=\"own-account\" data-live-region"), "while it is empty");
    for nth in 1..=6 {
        hub.concern("provider", "1-100", "provider-response", &format!("2024-02-0{nth}"));
        let part = account(&hub);
        assert_eq!(part.contains("The newest 5 of 6 are shown."), nth == 6, "{nth}: {part}");
        assert_eq!(part.matches("moj-timeline__item").count(), nth.min(5), "{nth}: {part}");
    }
    let link = "/homes/1-100?kind=provider-response";
    assert!(account(&hub).contains(&format!("href=\"{link}#timeline\"")));
    let timeline = part(&hub, link, "id=\"entries\"", "id=\"account\"");
    assert_eq!(timeline.matches("moj-timeline__item").count(), 6, "{timeline}");

    for nth in 1..=21 {
        hub.concern("ambulance", "1-100", "complaint", &format!("2024-02-{nth:02}"));
        let id = hub.last_id();
        let clearance = json!({"concern": {"id": id}});
        hub.say("ambulance", "response", "1-100", "disclosure.cleared", clearance);
    }
    let newest = cleared(&hub, "/homes/1-100");
    assert!(newest.contains("id=\"cleared-entries\" data-live-region"), "{newest}");
    assert!(newest.contains("The newest 20 of 21 are shown."), "{newest}");
    assert!(newest.contains("href=\"/homes/1-100?cleared=all#cleared\""), "{newest}");
    assert_eq!(newest.matches("moj-timeline__item").count(), 20);
    let all = cleared(&hub, "/homes/1-100?cleared=all");
    assert_eq!(all.matches("moj-timeline__item").count(), 21, "{all}");
    assert!(!all.contains("are shown."), "{all}");
    assert_eq!(hub.get("cqc", "/homes/1-100?cleared=some").status, 400);
}
