//! What an agency writes stays text, whatever it is.

use serde_json::json;

use super::scene;

/// Markup, script, an attribute's end, a template's braces and an override of the direction of writing.
pub(super) const HOSTILE: &str = "</textarea></title><script>alert(1)</script><img src=x onerror=alert(2)>\" autofocus onfocus=\"alert(3) {{ 7*7 }} {% raise %} &amp; \u{202e}gnp.exe\u{2066}";

fn long() -> String {
    let mut text = HOSTILE.to_owned();
    while text.chars().count() < 4_000 {
        text.push('W');
    }
    text
}

/// No element stands in the page that the page itself does not make.
#[track_caller]
pub(super) fn check(page: &str, what: &str) {
    assert_eq!(page.matches("<script").count(), 1, "{what}");
    for broken in ["<img", "onerror=alert(2)>", "\" autofocus", "<b>", "alert(1)</script"] {
        assert!(!page.contains(broken), "{what}: {broken}");
    }
    for open in ["main", "form", "table", "details", "textarea", "title", "dl", "svg"] {
        let opened =
            page.matches(&format!("<{open}>")).count() + page.matches(&format!("<{open} ")).count();
        assert_eq!(opened, page.matches(&format!("</{open}>")).count(), "{what}: {open}");
    }
}

#[test]
fn nothing_that_an_agency_writes_runs_or_breaks_a_page() {
    let mut scene = scene();
    let today = scene.today();
    let short: String = HOSTILE.chars().take(200).collect();
    let name = json!({
        "name": short, "provider": {"id": "p-1", "name": short}, "brand": {"id": "b-1", "name": short},
        "beds": 20, "area": "<b>Norfolk", "postcode": "NR1 1AA", "address": short,
    });
    scene.hub.say("cqc", "register", "1-666", "home.registered", name);
    let concern = json!({"summary": long()});
    scene.hub.concern_with("police", "1-666", "health-and-safety-breach", &today, concern);
    scene.hub.concern_with("cqc", "1-666", "provider-response", &today, json!({"summary": long()}));
    let place = json!({"place": {"postcode": "NR1 1AA", "address": short}, "summary": long()});
    scene.hub.concern_with("ambulance", "unmatched", "soft-intelligence", &today, place);
    let open = scene.hub.get("cqc", "/api/v1/escalations").ok();
    let id = open["items"][0]["id"].as_str().unwrap().to_owned();
    let note = json!({"escalation": id, "note": long()});
    scene.hub.say("cqc", "response", "1-666", "escalation.acknowledged", note);
    let escalation = format!("/escalations/{id}");
    for name in ["cqc", "police", "council-qa", "ambulance"] {
        let mut browser = scene.signed_in(name);
        for path in [
            "/",
            "/homes",
            "/homes?q=gnp",
            "/homes/1-666",
            "/homes/1-666/raise",
            "/providers/p-1",
            "/brands/b-1",
            "/map",
            "/unmatched",
            "/returned",
            "/escalations?whose=all",
            &escalation,
        ] {
            let page = browser.get(path);
            assert_eq!(page.status, 200, "{name} {path}");
            check(&page.body, &format!("{name} {path}"));
        }
    }
    // What was said is there, as it was said.
    let page = scene.signed_in("police").get("/homes/1-666").body;
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{page}");
    assert!(page.contains("{{ 7*7 }}") && page.contains(&"W".repeat(3_000)));
    // The override turns no more of the page than its own place.
    assert!(page.contains("<span class=\"ch-text\" dir=\"auto\">"));
    assert!(page.contains("<h1 class=\"govuk-heading-l govuk-!-margin-bottom-3\"><bdi>"));
}

#[test]
fn what_was_typed_into_a_refused_form_comes_back_as_text() {
    let mut scene = scene();
    let today = scene.today();
    scene.hub.concern("police", "1-100", "health-and-safety-breach", &today);
    let open = scene.hub.get("cqc", "/api/v1/escalations").ok();
    let page = format!("/escalations/{}", open["items"][0]["id"].as_str().unwrap());
    let mut browser = scene.signed_in("cqc");
    for field in ["note", "osas_ref", "referral_form", "held_on"] {
        let form = [("answer", "discuss"), (field, HOSTILE)];
        let answer = scene.send(&mut browser, &page, &form);
        assert_eq!(answer.status, 422);
        check(&answer.body, field);
        assert!(answer.body.contains("&#60;script&#62;alert(1)"), "{field}");
    }
    let form = [("reason", HOSTILE), ("level", HOSTILE), ("responsible", HOSTILE)];
    let answer = scene.send(&mut browser, "/homes/1-100/raise", &form);
    assert_eq!(answer.status, 422);
    check(&answer.body, "raise");
}
