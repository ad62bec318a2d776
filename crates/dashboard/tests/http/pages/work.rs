//! The home page of a body, and the list of escalations.

use carehub_contract::AuditAction;
use jiff::SignedDuration;
use serde_json::json;

use super::scene;
use crate::audit::refreshed;
use crate::browser::{Browser, field};
use crate::signing_in::PASSWORD;

#[test]
fn a_body_sees_first_what_is_asked_of_it_and_what_changed() {
    let mut scene = scene();
    let mut browser = scene.signed_in("cqc");
    let empty = browser.get("/").body;
    assert!(empty.contains("Nothing is asked of your agency now."), "{empty}");
    assert!(empty.contains("No home is at minor, moderate or major."), "{empty}");
    assert!(empty.contains("What changed in the last week"), "{empty}");
    let today = scene.today();
    scene.hub.concern("police", "1-100", "health-and-safety-breach", &today);
    let page = browser.get("/").body;
    for part in [
        "<strong>1</strong> <a class=\"govuk-link\" href=\"/escalations?whose=asked&amp;state=open\">",
        "A &#60;breach&#62; &#38; more",
        "<strong>1</strong> <a class=\"govuk-link\" href=\"/homes?level=raised\">home at a raised level",
        "1 concern (health and safety breach)",
        "What changed in the last week",
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

/// The figure of the page that leads there, and whether it is shown as bad.
#[track_caller]
fn figure(page: &str, label: &str) -> (String, bool) {
    let (before, _) = page.split_once(label).unwrap_or_else(|| panic!("no {label} in {page}"));
    let (_, item) = before.rsplit_once("<li").unwrap();
    let (head, rest) = item.split_once("<strong>").unwrap();
    (rest.split("</strong>").next().unwrap().to_owned(), head.contains("ch-bad"))
}

#[test]
fn a_minor_level_is_raised_too_and_the_link_leads_to_exactly_those_homes() {
    let mut scene = scene();
    let today = scene.today();
    let asked = json!({"level": "minor", "responsible": ["cqc"], "reason": "Look at it."});
    scene.hub.say("police", "concern", "1-300", "escalation.requested", asked);
    scene.hub.concern("police", "1-200", "health-and-safety-breach", &today);
    let mut browser = scene.signed_in("cqc");
    let page = browser.get("/").body;
    assert_eq!(figure(&page, "homes at a raised level</a>").0, "2");
    let (_, raised) = page.split_once("<div id=\"raised\"").unwrap();
    let (graver, minor) = (raised.find("/homes/1-200"), raised.find("/homes/1-300"));
    assert!(graver.is_some() && graver < minor, "{raised}");
    let list = browser.get("/homes?level=raised").body;
    assert!(list.contains("/homes/1-200\"") && list.contains("/homes/1-300\""), "{list}");
    assert!(!list.contains("/homes/1-100\""), "{list}");
}

#[test]
fn what_was_rejected_of_late_is_counted_beside_what_was_returned() {
    let mut scene = scene();
    let today = scene.today();
    for home in ["1-100", "1-200"] {
        let bad = json!({"kind": "gossip", "occurred_at": today, "severity": "low"});
        scene.hub.try_to_say("ambulance", "concern", home, "concern.raised", bad);
    }
    let withheld = json!({"summary": "Ring 01603 123456"});
    scene.hub.concern_with("ambulance", "1-200", "complaint", &today, withheld);
    let figures = |scene: &super::Scene, name: &str| {
        let page = scene.signed_in(name).get("/").body;
        let label = "href=\"/returned\">message";
        (figure(&page, label), figure(&page, "of ours returned for correction"))
    };
    let (bad, good) = (|count: &str| (count.to_owned(), true), ("0".to_owned(), false));
    assert_eq!(figures(&scene, "ambulance"), (bad("2"), bad("1")));
    assert_eq!(figures(&scene, "police"), (good.clone(), good.clone()));
    // What was said after that is no longer of late either, a month on; what waits still waits.
    let later = scene.now + SignedDuration::from_hours(31 * 24);
    scene.hub.at(&later.to_string());
    scene.hub.concern("police", "1-100", "complaint", &today);
    assert_eq!(figures(&scene, "ambulance"), (good, bad("1")));
}

/// As if the browser had been here so many hours earlier.
fn hours_earlier(browser: &mut Browser, hours: i64) {
    let kept = browser.cookies["carehub-looked"].clone();
    let (last, rest) = kept.split_once('.').unwrap();
    let last: i64 = last.parse().unwrap();
    let kept = format!("{}.{rest}", last - hours * 3_600);
    browser.cookies.insert("carehub-looked".to_owned(), kept);
}

#[test]
fn only_a_person_who_looks_moves_what_is_new_and_only_for_themselves() {
    let scene = scene();
    let mut browser = scene.signed_in("cqc");
    assert!(browser.get("/").body.contains("What changed in the last week"));
    hours_earlier(&mut browser, 20);
    // The page that was left open all night.
    let kept = browser.cookies["carehub-looked"].clone();
    let by_itself = refreshed(&browser, "/");
    assert_eq!(by_itself.status, 200);
    assert!(by_itself.headers.get("set-cookie").is_none());
    assert!(by_itself.body.contains("What changed in the last week"), "as it was opened");
    let looked = browser.get("/");
    assert!(looked.body.contains("What changed since you last looked"), "{}", looked.body);
    assert_ne!(browser.cookies["carehub-looked"], kept);
    // The next officer at the same computer.
    assert_eq!(browser.sign_in("council-qa", PASSWORD).status, 303);
    assert!(browser.get("/").body.contains("What changed in the last week"));
    let csrf = field(&browser.get("/account").body, "csrf");
    browser.post("/sign-out", &[("csrf", &csrf)]);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
}
