//! What would be refused is said in the form before it is sent, and what was sent is kept when it is refused.

use serde_json::json;

use super::super::Scene;
use super::{form, raised};

const WOULD: &str = "As things stand the hub would refuse this: ";

/// An action for a body, said by who is responsible.
fn assigned(scene: &mut Scene, page: &str, id: &str, owner: &str) {
    let today = scene.today();
    let escalation = page.trim_start_matches("/escalations/");
    let data = json!({
        "escalation": escalation, "action": id, "owner": owner, "summary": "Visit.",
        "measure": "visit-made", "due": today,
    });
    scene.hub.say("council-safeguarding", "response", "1-100", "escalation.action-assigned", data);
}

/// What the page says of a form for a body.
fn said(scene: &Scene, name: &str, page: &str, token: &str) -> String {
    form(&scene.signed_in(name).get(page).body, token).to_owned()
}

#[test]
fn who_is_only_told_reads_that_it_cannot_assign_and_that_it_may_add_evidence() {
    let (scene, page) = raised();
    let assign = said(&scene, "council-qa", &page, "action");
    assert!(assign.contains(WOULD) && assign.contains("(not-addressed)"), "{assign}");
    let evidence = said(&scene, "council-qa", &page, "evidence");
    assert!(!evidence.contains(WOULD), "{evidence}");
    for token in ["action", "evidence"] {
        let responsible = said(&scene, "council-safeguarding", &page, token);
        assert!(!responsible.contains(WOULD), "{responsible}");
    }
}

#[test]
fn an_action_is_its_owners_and_the_responsible_bodies_to_speak_of_until_it_is_over() {
    let (mut scene, page) = raised();
    let none = scene.signed_in("council-safeguarding").get(&page).body;
    assert!(!none.contains("id=\"form-complete\"") && !none.contains("id=\"form-progress\""));
    assigned(&mut scene, &page, "visit", "cqc");
    for token in ["complete", "progress"] {
        for name in ["cqc", "council-safeguarding"] {
            let may = said(&scene, name, &page, token);
            assert!(!may.contains(WOULD), "{name}: {may}");
        }
        let told = said(&scene, "council-qa", &page, token);
        assert!(told.contains(WOULD) && told.contains("(not-addressed)"), "{told}");
    }
    let escalation = page.trim_start_matches("/escalations/");
    let done = json!({"escalation": escalation, "action": "visit", "note": "Seen."});
    scene.hub.say("cqc", "response", "1-100", "escalation.action-completed", done);
    for token in ["complete", "progress"] {
        let over = said(&scene, "council-safeguarding", &page, token);
        assert!(over.contains(WOULD) && over.contains("(action-over)"), "{over}");
    }
}

#[test]
fn an_escalation_that_holds_as_many_actions_as_it_can_says_so_before_another_is_typed() {
    let (mut scene, page) = raised();
    for nth in 0..64 {
        assigned(&mut scene, &page, &format!("visit-{nth}"), "council-qa");
    }
    let full = said(&scene, "council-safeguarding", &page, "action");
    assert!(full.contains(WOULD) && full.contains("(too-many-actions)"), "{full}");
}

#[test]
fn a_discussion_that_is_refused_keeps_who_was_ticked_and_ticks_nobody_else() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let own = "value=\"council-safeguarding\" checked";
    assert!(officer.get(&page).body.contains(own), "whoever records it most likely took part");
    // Nobody has acknowledged it yet.
    let form_sent = [("answer", "discuss"), ("took_part", "police")];
    let refused = scene.send(&mut officer, &page, &form_sent);
    assert_eq!(refused.status, 422, "{}", refused.body);
    let discuss = form(&refused.body, "discuss");
    assert!(discuss.contains("(step-out-of-order)"), "{discuss}");
    assert!(discuss.contains("value=\"police\" checked") && !discuss.contains(own), "{discuss}");
    // Another form that is refused leaves this one fresh.
    let refused = scene.send(&mut officer, &page, &[("answer", "decide")]);
    assert!(form(&refused.body, "discuss").contains(own), "{}", refused.body);
}
