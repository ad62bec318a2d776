//! The timeline of a home is filtered by the type of its entries, too.

use crate::hub::Hub;

#[test]
fn the_types_that_stand_in_the_timeline_are_offered_and_kept() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let none = hub.get("cqc", "/homes/1-300").body;
    assert!(!none.contains("value=\"concern-raised\""), "nothing was said: {none}");
    for day in 1..=28 {
        hub.concern("police", "1-100", "complaint", &format!("2024-02-{day:02}"));
    }
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-02-01");
    let page = hub.get("cqc", "/homes/1-100").body;
    for part in [
        "<label class=\"govuk-label\" for=\"type\">Type of entry</label>",
        "<option value=\"concern-raised\">Concern raised</option>",
        "<option value=\"escalation-changed\">What became of an escalation</option>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<option value=\"acknowledged\""), "what is not there: {page}");
    // As a browser sends the form.
    let sent = |of: &str| {
        let path = format!("/homes/1-100?type={of}&kind=&agency=&from=&until=&order=newest");
        hub.get("cqc", &path).body
    };
    let entries = |body: &str| {
        let (_, rest) = body.split_once("id=\"entries\"").unwrap();
        let (entries, _) = rest.split_once("id=\"account\"").unwrap();
        entries.matches("moj-timeline__item").count()
    };
    let changed = sent("escalation-changed");
    assert!(changed.contains("<option value=\"escalation-changed\" selected>"), "{changed}");
    assert_eq!(entries(&changed), 1, "{changed}");
    let concerns = sent("concern-raised");
    assert_eq!(entries(&concerns), 25);
    let next = super::super::after(&concerns, "rel=\"next\" href=\"", '"').replace("&amp;", "&");
    let further = hub.get("cqc", next.split('#').next().unwrap()).body;
    assert_eq!(entries(&further), 4, "{further}");
    assert!(further.contains("<option value=\"concern-raised\" selected>"), "{further}");
}
