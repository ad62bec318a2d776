//! Raising an escalation on professional judgement.

use super::{after, scene, scene_under};
use crate::browser::field;
use crate::published::policy;

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
    assert!(location.ends_with("?done=raised"), "{location}");
    let landed = officer.get(&location).body;
    assert!(landed.contains("It is raised. Those whom you named are told."), "{landed}");
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

#[test]
fn what_the_hub_has_not_taken_in_yet_is_said_and_sent_again_raises_nothing_twice() {
    let mut scene = scene();
    let mut officer = scene.signed_in("council-qa");
    let page = officer.get("/homes/1-200/raise").body;
    let (csrf, event) = (field(&page, "csrf"), field(&page, "event"));
    let form = [
        ("csrf", csrf.as_str()),
        ("event", event.as_str()),
        ("level", "minor"),
        ("reason", "Nobody answers the door."),
        ("responsible", "cqc"),
    ];
    // Nothing is folded meanwhile.
    let waits = officer.post("/homes/1-200/raise", &form);
    assert_eq!((waits.status, waits.header("location")), (303, "/homes/1-200?done=asked"));
    let told = officer.get("/homes/1-200?done=asked").body;
    assert!(told.contains("Your request is in the log and is being worked on."), "{told}");
    scene.hub.folding(|| ());
    let again = scene.post(&mut officer, "/homes/1-200/raise", &form);
    let location = again.header("location").to_owned();
    assert!(location.starts_with("/escalations/"), "{location}");
    assert!(location.ends_with("?done=before"), "{location}");
    let told = officer.get(&location).body;
    assert!(told.contains("You had sent this form already."), "{told}");
    let raised = scene.hub.get("cqc", "/api/v1/escalations?trigger=asked").ok();
    assert_eq!(raised["items"].as_array().unwrap().len(), 1, "{raised}");
}

#[test]
fn what_the_hub_refuses_is_said_in_the_form_and_what_was_typed_is_kept() {
    let mut policy = policy();
    policy.trigger.retain(|trigger| trigger.id.as_str() != "asked");
    let mut scene = scene_under(&policy);
    let mut officer = scene.signed_in("council-qa");
    let form = [("level", "minor"), ("reason", "Nobody answers."), ("responsible", "cqc")];
    let refused = scene.send(&mut officer, "/homes/1-200/raise", &form);
    assert_eq!(refused.status, 422, "{}", refused.body);
    for part in [
        "<p id=\"raise-refused\" class=\"govuk-error-message\"",
        "aria-describedby=\"raise-refused\"",
        "(not-permitted)",
        ">Nobody answers.</textarea>",
        "value=\"cqc\" checked",
    ] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
}

#[test]
fn a_fault_is_tied_to_its_field_and_nothing_else_is_described_by_an_error() {
    let mut scene = scene();
    let mut officer = scene.signed_in("council-qa");
    let fresh = officer.get("/homes/1-200/raise").body;
    assert!(!fresh.contains("-error") && !fresh.contains("raise-refused"), "{fresh}");
    let empty = scene.send(&mut officer, "/homes/1-200/raise", &[]);
    for field in ["level", "responsible"] {
        for part in
            [format!("<p id=\"{field}-error\""), format!("aria-describedby=\"{field}-error\"")]
        {
            assert!(empty.body.contains(&part), "{part}: {}", empty.body);
        }
    }
}
