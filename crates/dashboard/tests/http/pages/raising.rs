//! Raising an escalation on professional judgement.

use super::{after, scene};

#[test]
fn an_escalation_is_raised_on_judgement_from_any_home() {
    let mut scene = scene();
    let mut officer = scene.signed_in("council-qa");
    let home = officer.get("/homes/1-200").body;
    let page = after(&home, "class=\"govuk-button\" href=\"", '"').to_owned();
    assert_eq!(page, "/homes/1-200/raise");
    let empty = scene.send(&mut officer, &page, &[("level", "grave"), ("reason", "  ")]);
    assert_eq!(empty.status, 422);
    for words in ["Choose a level", "Say why you raise it", "Choose who must act"] {
        assert!(empty.body.contains(words), "{words}: {}", empty.body);
    }
    let form = [
        ("level", "major"),
        ("reason", "The owner says that it will close."),
        ("responsible", "cqc"),
        ("told", "cqc"),
        ("told", "police"),
        ("within", "same day"),
    ];
    let raised = scene.send(&mut officer, &page, &form);
    assert_eq!(raised.status, 303, "{}", raised.body);
    let location = raised.header("location").to_owned();
    assert!(location.starts_with("/escalations/"), "{location}");
    let told = scene.signed_in("cqc").get("/").body;
    assert!(told.contains("A person asks") && told.contains("Oak Lodge"), "{told}");
    let shown = scene.signed_in("police").get(&location).body;
    assert!(shown.contains(">Major</strong>"), "{shown}");
}

#[test]
fn only_those_raise_who_may_answer() {
    let scene = scene();
    assert_eq!(scene.signed_in("council-qa-reads").get("/homes/1-200/raise").status, 403);
    assert_eq!(scene.hub.get("council-qa", "/homes/1-200/raise").status, 403);
    assert_eq!(scene.signed_in("council-qa").get("/homes/9-9/raise").status, 404);
    // The provider speaks and never reads: it cannot be named to act.
    let page = scene.signed_in("council-qa").get("/homes/1-200/raise").body;
    assert!(!page.contains("value=\"provider\""), "{page}");
}
