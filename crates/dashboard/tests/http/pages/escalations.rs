//! An escalation is answered from its page, or refused in the form.

mod action_table;
mod actions;
mod beforehand;
mod ladder;
mod record;

use carehub_contract::{AuditAction, AuditOutcome};

use crate::browser::{Browser, field};

use super::{Scene, scene};

/// An escalation of which `council-safeguarding` is responsible and `council-qa` told.
fn raised() -> (Scene, String) {
    let mut scene = scene();
    let today = scene.today();
    for _ in 0..3 {
        scene.hub.concern("police", "1-100", "safeguarding-referral", &today);
    }
    let open = scene.hub.get("council-safeguarding", "/api/v1/escalations?state=open").ok();
    let id = open["items"][0]["id"].as_str().unwrap().to_owned();
    (scene, format!("/escalations/{id}"))
}

fn say(scene: &mut Scene, browser: &mut Browser, page: &str, form: &[(&str, &str)], done: &str) {
    let answer = scene.send(browser, page, form);
    let location = answer.header("location").to_owned();
    assert_eq!(answer.status, 303, "{form:?}: {}", answer.body);
    let shown = browser.get(&location).body;
    assert!(shown.contains(done), "{done}: {shown}");
}

/// One form of the page.
#[track_caller]
fn form<'a>(page: &'a str, token: &str) -> &'a str {
    let id = format!("id=\"form-{token}\"");
    let mut forms = page.split("<details");
    forms.find(|part| part.contains(&id)).unwrap_or_else(|| panic!("no {id} in {page}"))
}

#[test]
fn an_escalation_is_answered_from_its_page_to_the_end() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let first = officer.get(&page).body;
    for part in [
        "More than two referrals",
        "Not answered",
        "It rests on 3 incidents",
        "Acknowledgement",
        "id=\"form-acknowledge\"",
        "The council-safeguarding",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    say(
        &mut scene,
        &mut officer,
        &page,
        &[("answer", "acknowledge"), ("note", "Seen.")],
        "Acknowledged for your agency.",
    );
    let discussed = [
        ("answer", "discuss"),
        ("took_part", "police"),
        ("took_part", "council-qa"),
        ("osas_ref", "OSAS 12/3"),
    ];
    say(&mut scene, &mut officer, &page, &discussed, "The discussion is recorded.");
    let decided = [
        ("answer", "decide"),
        ("decision", "monitoring-visit"),
        ("rationale", "To see for ourselves."),
    ];
    say(&mut scene, &mut officer, &page, &decided, "The decision is recorded.");
    let today = scene.today();
    let action = [
        ("answer", "action"),
        ("owner", "council-qa"),
        ("summary", "Visit unannounced."),
        ("measure", "Visit made!"),
        ("due", today.as_str()),
    ];
    say(&mut scene, &mut officer, &page, &action, "The action is assigned");
    let shown = officer.get(&page).body;
    assert!(
        shown.contains("measured by visit made") && shown.contains(">Green</strong>"),
        "{shown}"
    );
    assert!(shown.contains("Monitoring visit"), "{shown}");
    // An action is still open.
    let closing = [("answer", "close"), ("reason", "All is well.")];
    let refused = scene.send(&mut officer, &page, &closing);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("An action is still open. Complete it first. (actions-open)"));
    assert!(refused.body.contains(">All is well.</textarea>"), "what was typed stays");
    // It stands in the form itself, too.
    let form = form(&refused.body, "close");
    assert!(form.contains("<p id=\"close-refused\" class=\"govuk-error-message\""), "{form}");
    assert!(form.contains("aria-describedby=\"close-refused\""), "{form}");
    assert_eq!(refused.body.matches("-refused\"").count(), 2, "and in no other");
    // Its owner is told, and completes it.
    let mut owner = scene.signed_in("council-qa");
    let theirs = owner.get("/").body;
    assert!(
        theirs.contains("Our actions") && theirs.contains("measured by visit made"),
        "{theirs}"
    );
    let id = super::after(&shown, "<option value=\"a-", '"');
    let id = format!("a-{id}");
    let complete =
        [("answer", "complete"), ("action", id.as_str()), ("note", "The report of the visit.")];
    say(&mut scene, &mut owner, &page, &complete, "The action is recorded as achieved.");
    say(&mut scene, &mut officer, &page, &closing, "The escalation is closed.");
    let closed = officer.get(&page).body;
    assert!(
        closed.contains("It is closed.") && !closed.contains("<form method=\"post\""),
        "{closed}"
    );
    // The audit has each form, with the person.
    let audit = scene.hub.audit();
    let forms = audit.iter().filter(|record| record.action == AuditAction::FormSent);
    assert!(forms.clone().all(|record| record.person.is_some()));
    let refused = forms.clone().filter(|record| record.outcome == AuditOutcome::Refused);
    let codes: Vec<_> = refused.map(|record| record.code.as_deref().unwrap()).collect();
    assert_eq!((forms.count(), codes), (7, vec!["actions-open"]));
}

#[test]
fn what_is_left_out_or_names_a_resident_is_told_in_the_form_and_never_said() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let before = scene.hub.sent_to("council-qa").len();
    for (form, words) in [
        (vec![("answer", "decide")], "Choose what was decided"),
        (vec![("answer", "decide"), ("decision", "monitor")], "Say why this was decided"),
        (vec![("answer", "discuss")], "Choose who took part"),
        (
            vec![("answer", "discuss"), ("took_part", "police"), ("held_on", "soon")],
            "Write the day as year-month-day",
        ),
        (
            vec![("answer", "acknowledge"), ("note", "Mr X, 943 476 5919")],
            "Leave out the NHS number",
        ),
        (vec![("answer", "action"), ("due", "2026-13-01")], "Say what exactly is to be done"),
        (vec![("answer", "evidence")], "Choose what is to be added"),
        (vec![("answer", "close")], "Say why it is closed"),
        (vec![("answer", "lead")], "Choose who leads"),
    ] {
        let answer = scene.send(&mut officer, &page, &form);
        assert_eq!(answer.status, 422, "{form:?}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
        assert!(answer.body.contains("<title>Error: "), "{words}");
        // The summary leads to a field that is there.
        let target =
            super::after(&answer.body, "error-summary__list\"><li><a href=\"#", '"').to_owned();
        assert!(answer.body.contains(&format!("id=\"{target}\"")), "{target}");
    }
    assert_eq!(scene.hub.sent_to("council-qa").len(), before);
}

#[test]
fn two_officers_who_answer_at_once_are_both_told_what_counts() {
    let (mut scene, page) = raised();
    let (mut one, mut other) =
        (scene.signed_in("council-safeguarding"), scene.signed_in("council-safeguarding"));
    let read = |browser: &mut Browser| {
        let body = browser.get(&page).body;
        (field(&body, "csrf"), field(&body, "event"))
    };
    let (first, second) = (read(&mut one), read(&mut other));
    let form = |(csrf, event): &(String, String)| {
        vec![
            ("csrf".to_owned(), csrf.clone()),
            ("event".to_owned(), event.clone()),
            ("answer".to_owned(), "acknowledge".to_owned()),
        ]
    };
    let mut send = |browser: &mut Browser, read: &(String, String)| {
        let form = form(read);
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        scene.post(browser, &page, &form)
    };
    assert_eq!(send(&mut one, &first).status, 303);
    let late = send(&mut other, &second);
    assert_eq!(late.status, 422);
    assert!(late.body.contains("Somebody of your agency has done this already."), "{}", late.body);
    assert!(late.body.contains(">Acknowledged</strong>"), "as it stands now");
    // The same form again says nothing again.
    let again = send(&mut one, &first);
    assert_eq!(
        (again.status, again.header("location")),
        (303, format!("{page}?done=before").as_str())
    );
}

#[test]
fn only_a_person_who_may_answers_what_is_routed_to_their_agency() {
    let (mut scene, page) = raised();
    for (name, why) in [
        ("council-safeguarding-reads", "Your sign-in may read and not answer."),
        ("ambulance", "It is not routed to your agency"),
    ] {
        let mut browser = scene.signed_in(name);
        let body = browser.get(&page).body;
        assert!(body.contains(why) && !body.contains("<form method=\"post\""), "{name}: {body}");
        let csrf = field(&browser.get("/account").body, "csrf");
        let forced = [("csrf", csrf.as_str()), ("answer", "acknowledge")];
        assert_eq!(scene.post(&mut browser, &page, &forced).status, 403, "{name}");
    }
    let body = scene.hub.get("council-safeguarding", &page).body;
    assert!(body.contains("Sign in as a person to answer it."), "{body}");
    // Told, but not responsible: the hub says no, in the form.
    let mut told = scene.signed_in("council-qa");
    let refused = scene.send(&mut told, &page, &[("answer", "acknowledge")]);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("(not-addressed)"), "{}", refused.body);
    let mut officer = scene.signed_in("council-safeguarding");
    let csrf = field(&officer.get(&page).body, "csrf");
    let unknown = [("csrf", csrf.as_str()), ("answer", "shout")];
    assert_eq!(scene.post(&mut officer, &page, &unknown).status, 403);
    let forged = [("csrf", "forged"), ("answer", "acknowledge")];
    assert_eq!(scene.post(&mut officer, &page, &forged).status, 403);
    assert_eq!(scene.post(&mut officer, "/escalations/0000000000000000", &unknown).status, 404);
}

#[test]
fn evidence_is_chosen_from_what_the_reader_sees() {
    let (mut scene, page) = raised();
    let today = scene.today();
    let hidden =
        serde_json::json!({"handling": {"code": "C", "conditions": "ask", "audience": ["cqc"]}});
    scene.hub.concern_with("police", "1-100", "complaint", &today, hidden);
    let unseen = scene.hub.last_reference("police");
    scene.hub.concern("police", "1-100", "nutrition", &today);
    let seen = scene.hub.last_reference("police");
    let mut officer = scene.signed_in("council-safeguarding");
    let body = officer.get(&page).body;
    assert!(body.contains(&format!("value=\"{seen}\"")) && !body.contains(&unseen), "{body}");
    let forced = scene.send(&mut officer, &page, &[("answer", "evidence"), ("events", &unseen)]);
    assert_eq!(forced.status, 422, "what one does not see cannot be chosen");
    let form = [("answer", "evidence"), ("events", seen.as_str())];
    say(&mut scene, &mut officer, &page, &form, "The evidence is added.");
    let body = officer.get(&page).body;
    assert!(body.contains("It rests on 4 incidents"), "{body}");
}
