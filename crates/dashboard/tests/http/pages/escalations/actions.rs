//! Actions are assigned, rated and graded from the page of the escalation that they follow from.

use super::super::Scene;
use super::{form, raised, say};
use crate::browser::Browser;

/// Assigns an action to a body; the page on which the officer lands.
fn assign(scene: &mut Scene, browser: &mut Browser, page: &str, owner: &str) -> String {
    let today = scene.today();
    let action = [
        ("answer", "action"),
        ("owner", owner),
        ("summary", "Visit unannounced."),
        ("measure", "Visit made!"),
        ("due", today.as_str()),
    ];
    let assigned = scene.send(browser, page, &action);
    assert_eq!(assigned.status, 303, "{}", assigned.body);
    browser.get(assigned.header("location")).body
}

/// The name of the only action.
fn named(page: &str) -> String {
    format!("a-{}", super::super::after(form(page, "complete"), "<option value=\"a-", '"'))
}

#[test]
fn an_owner_whom_the_hub_tells_nothing_is_not_said_to_be_told() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let fresh = officer.get(&page).body;
    let words = "<div class=\"govuk-hint\" id=\"action-owner-hint\">The provider is not told by the hub: tell them yourself.</div>";
    assert!(form(&fresh, "action").contains(words), "{fresh}");
    assert!(form(&fresh, "action").contains("aria-describedby=\"action-owner-hint\""), "{fresh}");
    let untold = assign(&mut scene, &mut officer, &page, "provider");
    assert!(untold.contains("Its owner is not told by the hub: tell them yourself."), "{untold}");
    assert!(!untold.contains("its owner is told"), "{untold}");
    let told = assign(&mut scene, &mut officer, &page, "council-qa");
    assert!(told.contains("The action is assigned, and its owner is told."), "{told}");
}

#[test]
fn a_measure_is_as_long_as_the_form_says_and_those_used_before_are_offered_to_who_saw_them() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let fresh = officer.get(&page).body;
    let field =
        "name=\"measure\" value=\"\" maxlength=\"32\" aria-describedby=\"action-measure-hint\"";
    assert!(form(&fresh, "action").contains(field), "{fresh}");
    assert!(!fresh.contains("id=\"measures\""), "{fresh}");
    let today = scene.today();
    let long = "visit made and written up in full";
    assert_eq!(long.len(), 33);
    let too_long = [
        ("answer", "action"),
        ("owner", "council-qa"),
        ("summary", "Visit."),
        ("due", today.as_str()),
        ("measure", long),
    ];
    let refused = scene.send(&mut officer, &page, &too_long);
    assert_eq!(refused.status, 422);
    let described = "aria-describedby=\"action-measure-hint action-measure-error\"";
    assert!(form(&refused.body, "action").contains(described), "{}", refused.body);
    let fits = [("measure", &long[..32])];
    let form_sent: Vec<_> = too_long.iter().take(4).chain(&fits).copied().collect();
    assert_eq!(scene.send(&mut officer, &page, &form_sent).status, 303);
    let offered = "<datalist id=\"measures\"><option value=\"visit made and written up in ful\">";
    let after = officer.get(&page).body;
    assert!(after.contains(offered), "{after}");
    // Another escalation of the home: who has no part in the first reads nothing of its actions there.
    scene.hub.concern("police", "1-100", "health-and-safety-breach", &today);
    let open = scene.hub.get("cqc", "/api/v1/escalations?trigger=breach").ok();
    let other = format!("/escalations/{}", open["items"][0]["id"].as_str().unwrap());
    let elsewhere = scene.signed_in("cqc").get(&other).body;
    assert!(elsewhere.contains("id=\"form-action\""), "{elsewhere}");
    assert!(!elsewhere.contains("id=\"measures\""), "{elsewhere}");
}

#[test]
fn it_is_said_how_an_action_goes_with_its_rating_and_its_grade() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let id = named(&assign(&mut scene, &mut officer, &page, "council-qa"));
    let today = scene.today();
    let mut owner = scene.signed_in("council-qa");
    let progress = [
        ("answer", "progress"),
        ("action", id.as_str()),
        ("note", "A day is agreed."),
        ("grade", "3"),
        ("rating", "amber"),
        ("reason", "The home asked to wait."),
        ("review_on", today.as_str()),
    ];
    say(&mut scene, &mut owner, &page, &progress, "It is recorded how the action goes.");
    let shown = officer.get(&page).body;
    for part in [">Amber</strong><br>was <strong", ">Green</strong>", "grade 3, slipped"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // A review alone is enough; what is graded as not achieved is over.
    let given_up = [("answer", "progress"), ("action", id.as_str()), ("grade", "4")];
    say(&mut scene, &mut officer, &page, &given_up, "It is recorded how the action goes.");
    let shown = officer.get(&page).body;
    assert!(shown.contains("grade 4, not achieved"), "{shown}");
    let late = scene.send(&mut owner, &page, &given_up);
    assert_eq!(late.status, 422);
    let progress = form(&late.body, "progress");
    assert!(progress.contains("id=\"progress-refused\"") && progress.contains("(action-over)"));
    assert!(progress.contains("<option value=\"4\" selected>"), "what was sent stays: {progress}");
}

#[test]
fn what_is_missing_or_senseless_of_how_an_action_goes_is_told_in_the_form() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let id = named(&assign(&mut scene, &mut officer, &page, "council-qa"));
    let action = ("action", id.as_str());
    for (form_sent, field, words) in [
        (vec![("note", "Seen.")], "action", "Choose the action"),
        (vec![action], "note", "Say what was done so far, or give a grade, a rating or a day"),
        (vec![action, ("rating", "amber")], "reason", "Say why it is rated so"),
        (
            vec![action, ("rating", "blue"), ("reason", "So.")],
            "rating",
            "Choose one of the ratings",
        ),
        (
            vec![action, ("reason", "So.")],
            "rating",
            "Choose the rating that this is the reason for",
        ),
        (vec![action, ("grade", "5")], "grade", "Choose one of the grades"),
        (vec![action, ("review_on", "soon")], "review_on", "Write the day as year-month-day"),
        (vec![action, ("note", "Ring 01603 123456")], "note", "Leave out the phone number"),
    ] {
        let all: Vec<_> = [("answer", "progress")].into_iter().chain(form_sent).collect();
        let answer = scene.send(&mut officer, &page, &all);
        assert_eq!(answer.status, 422, "{all:?}");
        let error = format!("<p id=\"progress-{field}-error\" class=\"govuk-error-message\"");
        let progress = form(&answer.body, "progress");
        assert!(progress.contains(&error) && progress.contains(words), "{all:?}: {progress}");
        let link = format!("<a href=\"#progress-{field}\">{words}");
        assert!(answer.body.contains(&link), "{link}: {}", answer.body);
    }
}

#[test]
fn who_is_told_and_neither_owns_nor_directs_an_action_is_refused_in_the_form() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let id = named(&assign(&mut scene, &mut officer, &page, "cqc"));
    let mut told = scene.signed_in("council-qa");
    let form_sent = [("answer", "progress"), ("action", id.as_str()), ("note", "Seen.")];
    let refused = scene.send(&mut told, &page, &form_sent);
    assert_eq!(refused.status, 422);
    let progress = form(&refused.body, "progress");
    let chosen = format!("<option value=\"{id}\" selected>");
    for part in ["<p id=\"progress-refused\"", "(not-addressed)", ">Seen.</textarea>", &chosen] {
        assert!(progress.contains(part), "{part}: {progress}");
    }
    // Only the form that was sent has what was sent.
    assert!(!form(&refused.body, "complete").contains(" selected>"), "{}", refused.body);
}
