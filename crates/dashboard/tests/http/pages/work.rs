//! The home page of a body, and the list of escalations.

use carehub_contract::AuditAction;

use super::scene;

#[test]
fn a_body_sees_first_what_is_asked_of_it_and_what_changed() {
    let mut scene = scene();
    let mut browser = scene.signed_in("cqc");
    let empty = browser.get("/").body;
    assert!(empty.contains("Nothing is asked of your agency now."), "{empty}");
    assert!(empty.contains("No home is at moderate or major."), "{empty}");
    assert!(empty.contains("What changed in the last week"), "{empty}");
    let today = scene.today();
    scene.hub.concern("police", "1-100", "health-and-safety-breach", &today);
    let page = browser.get("/").body;
    for part in [
        "<strong>1</strong> <a class=\"govuk-link\" href=\"/escalations?whose=asked&amp;state=open\">",
        "A &#60;breach&#62; &#38; more",
        "<strong>1</strong> <a class=\"govuk-link\" href=\"/homes?sort=level\">",
        "1 concern (health and safety breach)",
        "What changed since you last looked",
        "The cqc: your work",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // It is not asked of others, who see that it exists.
    let other = scene.signed_in("ambulance").get("/").body;
    assert!(other.contains("Nothing is asked of your agency now."), "{other}");
    let audit = scene.hub.audit();
    let shown =
        audit.iter().rfind(|record| record.agency.as_ref().is_some_and(|a| a.as_str() == "cqc"));
    let shown = shown.unwrap();
    assert_eq!(shown.action, AuditAction::EscalationsListed);
    assert!(shown.homes.iter().any(|home| home.as_str() == "1-100"));
}

#[test]
fn only_whoever_may_match_is_told_how_many_addresses_wait() {
    let mut scene = scene();
    let today = scene.today();
    let place = serde_json::json!({"place": {"postcode": "NR1 1AA", "address": "Oak Lodge"}});
    scene.hub.concern_with("ambulance", "unmatched", "soft-intelligence", &today, place);
    let page = |name: &str| scene.signed_in(name).get("/").body;
    assert!(
        page("council-qa")
            .contains("<strong>1</strong> <a class=\"govuk-link\" href=\"/unmatched\">")
    );
    assert!(!page("cqc").contains("addresses to match"));
}

#[test]
fn overdue_comes_first_and_says_how_late_it_is() {
    let mut hub = crate::hub::Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    hub.at("2024-03-05T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-03-05");
    let list = hub.get("cqc", "/escalations").body;
    let (late, other) = (list.find("3 days late"), list.find("Oak Lodge"));
    assert!(late.is_some() && late < other, "{list}");
    let overdue = hub.get("cqc", "/escalations?whose=asked&state=overdue").body;
    assert!(overdue.contains("1 in all") && !overdue.contains("Oak Lodge"), "{overdue}");
    assert!(hub.get("cqc", "/escalations?state=closed").body.contains("None."));
    assert!(hub.get("ambulance", "/escalations").body.contains("None."));
    assert!(hub.get("ambulance", "/escalations?whose=all").body.contains("2 in all"));
}
