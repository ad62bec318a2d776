//! The list of homes is narrowed to an area, a level, a provider or a brand, and what it is narrowed to can be followed.

use serde_json::json;

use super::scene;
use crate::hub::Hub;

/// Three homes in Norfolk, and one of another provider, of a brand, in another area.
fn four() -> Hub {
    let mut hub = Hub::new();
    let data = json!({
        "name": "Sea View", "area": "East Suffolk", "beds": 9,
        "provider": {"id": "p-10", "name": "Coast Care"},
        "brand": {"id": "b-1", "name": "Bright Days"},
    });
    hub.say("cqc", "register", "1-400", "home.registered", data);
    hub
}

#[test]
fn an_area_is_compared_in_any_case_and_chosen_from_those_there_are() {
    let hub = four();
    let found = |query: &str| {
        let page = hub.get("cqc", &format!("/homes?{query}")).body;
        let api = hub.get("cqc", &format!("/api/v1/homes?{query}")).ok();
        let listed = api["items"].as_array().unwrap().len();
        assert_eq!(page.matches("href=\"/homes/1-").count(), listed, "{query}");
        (page, listed)
    };
    for (query, homes) in
        [("area=Norfolk", 3), ("area=NORFOLK", 3), ("area=east+suffolk", 1), ("area=Suffolk", 0)]
    {
        assert_eq!(found(query).1, homes, "{query}");
    }
    let (page, _) = found("area=norfolk");
    assert!(page.contains("<option value=\"Norfolk\" selected>Norfolk</option>"), "{page}");
    assert!(page.contains("<option value=\"East Suffolk\">East Suffolk</option>"), "{page}");
    // What was asked for stands in the form, even where no home is there.
    let (page, _) = found("area=%3Cb%3ENowhere");
    let shown = "<option value=\"&#60;b&#62;Nowhere\" selected>&#60;b&#62;Nowhere</option>";
    assert!(page.contains(shown), "{page}");
}

#[test]
fn a_provider_or_a_brand_is_meant_exactly_and_found_by_name() {
    let mut hub = four();
    let found = |hub: &Hub, query: &str| {
        let api = hub.get("cqc", &format!("/api/v1/homes?{query}")).ok();
        let listed = api["items"].as_array().unwrap().len();
        let page = hub.get("cqc", &format!("/homes?{query}")).body;
        assert_eq!(page.matches("href=\"/homes/1-").count(), listed, "{query}");
        listed
    };
    for (query, homes) in [
        ("provider=p-1", 2),
        ("provider=P-1", 0),
        ("provider=p-10", 1),
        // A search finds what is like it.
        ("q=p-1", 3),
        ("brand=b-1", 1),
        ("brand=b", 0),
        ("q=bright", 1),
        ("q=b-1", 1),
        ("provider=p-1&area=norfolk&q=oak", 1),
    ] {
        assert_eq!(found(&hub, query), homes, "{query}");
    }
    let page = hub.get("cqc", "/homes?brand=b-1").body;
    assert!(page.contains("Of the brand <bdi>Bright Days</bdi> alone."), "{page}");
    assert!(page.contains("<input type=\"hidden\" name=\"brand\" value=\"b-1\">"), "{page}");
    // Further pages are of the same provider.
    for nth in 0..60 {
        let data = json!({"name": "Many", "provider": {"id": "p-3", "name": "Many Care"}});
        hub.say("cqc", "register", &format!("1-5{nth:02}"), "home.registered", data);
    }
    let first = hub.get("cqc", "/homes?provider=p-3").body;
    assert!(first.contains("Of the provider <bdi>Many Care</bdi> alone."), "{first}");
    assert_eq!(first.matches("href=\"/homes/1-5").count(), 50);
    let next = super::super::after(&first, "rel=\"next\" href=\"", '"').replace("&amp;", "&");
    let last = hub.get("cqc", &next).body;
    assert_eq!(last.matches("href=\"/homes/1-").count(), 10, "{next}: {last}");
}

#[test]
fn raised_is_minor_or_above() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for (home, severity) in [("1-100", "low"), ("1-200", "critical")] {
        let severity = json!({"severity": severity});
        hub.concern_with("police", home, "health-and-safety-breach", "2024-02-01", severity);
    }
    for (level, homes) in [("raised", 2), ("minor", 1), ("moderate", 0), ("major", 1), ("none", 1)]
    {
        let query = format!("level={level}");
        let api = hub.get("cqc", &format!("/api/v1/homes?{query}")).ok();
        assert_eq!(api["items"].as_array().unwrap().len(), homes, "{level}");
        let page = hub.get("cqc", &format!("/homes?{query}")).body;
        assert_eq!(page.matches("href=\"/homes/1-").count(), homes, "{level}");
        assert!(page.contains(&format!("<option value=\"{level}\" selected>")), "{level}: {page}");
    }
    hub.get("cqc", "/api/v1/homes?level=grave").assert_problem(400, "bad-parameter");
}

#[test]
fn what_the_list_is_narrowed_to_can_be_followed_by_a_person() {
    let scene = scene();
    let mut browser = scene.signed_in("council-qa");
    let follows = |page: &str, what: &str, which: &str| {
        page.contains(&format!(
            "name=\"what\" value=\"{what}\"><input type=\"hidden\" name=\"which\" value=\"{which}\">"
        ))
    };
    let all = browser.get("/homes").body;
    assert!(!all.contains("action=\"/following\""), "{all}");
    let both = browser.get("/homes?area=norfolk&level=raised").body;
    assert!(follows(&both, "area", "Norfolk") && follows(&both, "level", "minor"), "{both}");
    assert!(both.contains("Follow this area</button>"), "{both}");
    let major = browser.get("/homes?level=major").body;
    assert!(follows(&major, "level", "major") && !major.contains("value=\"area\""), "{major}");
    for path in ["/homes?level=none", "/homes?area=Nowhere", "/homes?q=oak"] {
        assert!(!browser.get(path).body.contains("action=\"/following\""), "{path}");
    }
    // A program follows nothing.
    let program = scene.hub.get("council-qa", "/homes?level=major").body;
    assert!(!program.contains("action=\"/following\""), "{program}");
}
