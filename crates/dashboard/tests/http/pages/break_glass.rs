//! The form of break-glass: offered alike whether or not anything is withheld, refused with its reason, and in the
//! audit either way.

use carehub_contract::{AuditAction, AuditOutcome};
use carehub_dashboard::problem;

use crate::answer::Answer;
use crate::break_glass::{REASON, Scene, last_of, scene, signed_in};
use crate::browser::{Browser, field};
use crate::hub::Hub;

const PAGE: &str = "/homes/1-100/break-glass";

/// Sends the form of the page with these fields.
fn send(hub: &mut Hub, browser: &mut Browser, reason: &str, lasts: &str) -> Answer {
    let page = browser.get(PAGE).body;
    let (csrf, event) = (field(&page, "csrf"), field(&page, "event"));
    let form = [("csrf", &*csrf), ("event", &event), ("reason", reason), ("lasts", lasts)];
    hub.folding(|| browser.post(PAGE, &form))
}

#[test]
fn the_form_is_the_same_at_every_home_whether_or_not_anything_is_withheld() {
    let Scene { hub, _dir, .. } = scene();
    let mut ann = signed_in(&hub, "ann");
    let mut at = |home: &str, name: &str| {
        assert!(ann.get(&format!("/homes/{home}")).body.contains(&format!("{home}/break-glass")));
        let page = ann.get(&format!("/homes/{home}/break-glass"));
        assert_eq!(page.status, 200);
        let event = field(&page.body, "event");
        page.body.replace(home, "HOME").replace(name, "NAME").replace(&event, "EVENT")
    };
    let withheld = at("1-100", "Willow &#60;b&#62;House&#60;/b&#62;");
    assert_eq!(withheld, at("1-300", "Elm Court"));
    // Who may not open is offered nothing, neither at the home nor at the form.
    let mut reader = signed_in(&hub, "reader");
    assert!(!reader.get("/homes/1-100").body.contains("break-glass"));
    assert_eq!(reader.get(PAGE).status, 403);
    assert_eq!(hub.get("ambulance", PAGE).status, 403, "a program is no person");
    assert_eq!(ann.get("/homes/9-none/break-glass").status, 404);
}

#[test]
fn a_form_that_is_not_taken_says_why_keeps_what_was_typed_and_is_in_the_audit() {
    let Scene { mut hub, _dir, .. } = scene();
    let mut ann = signed_in(&hub, "ann");
    for (reason, lasts, words, code) in [
        (" ", "60", "Say why you have to know it now", problem::FORM_NOT_TAKEN),
        ("Ring 07700 900123.", "60", "Leave out the phone number", problem::FORM_NOT_TAKEN),
        (&"x".repeat(1_001), "60", "Use 1,000 characters at most", problem::FORM_NOT_TAKEN),
        (REASON, "", "Choose for how long", problem::FORM_NOT_TAKEN),
        (REASON, "61", "Choose for how long", problem::FORM_NOT_TAKEN),
        // Four hours is what the policy allows: the hub itself says no.
        (REASON, "1440", "(break-glass-time)", problem::BREAK_GLASS_TIME),
    ] {
        let refused = send(&mut hub, &mut ann, reason, lasts);
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("There is a problem"), "{}", refused.body);
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
        assert!(refused.body.contains(reason.trim()), "what was typed is kept");
        let record = last_of(&hub, AuditAction::BreakGlassOpened);
        assert_eq!((record.outcome, record.code.as_deref()), (AuditOutcome::Refused, Some(code)));
    }
    // A form without the page's own token is nobody's.
    let form = [("csrf", "forged"), ("reason", REASON), ("lasts", "60")];
    assert_eq!(ann.post(PAGE, &form).status, 403);
    assert!(ann.get(PAGE).body.contains("Nothing that you may know of."));
    assert!(!ann.get("/homes/1-100").body.contains("withheld words"));
}

#[test]
fn what_is_opened_by_the_form_is_read_on_the_page_and_seen_by_the_owners_lead() {
    let Scene { mut hub, _dir, .. } = scene();
    let (mut ann, mut bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    let opened = send(&mut hub, &mut ann, REASON, "60");
    assert_eq!(opened.status, 303, "{}", opened.body);
    let told = ann.get(opened.header("location")).body;
    assert!(told.contains("It is opened for you.") && told.contains(REASON), "{told}");
    let record = last_of(&hub, AuditAction::BreakGlassOpened);
    assert_eq!((record.outcome, record.why.as_deref()), (AuditOutcome::Done, Some(REASON)));
    let home = ann.get("/homes/1-100").body;
    assert!(home.contains("withheld words") && home.contains("You have opened"), "{home}");
    assert!(!home.contains("words for one reader"), "what names its readers stays closed");
    // Nobody else of the agency, and nobody but the lead of whose words it opens.
    let others = bob.get("/homes/1-100").body;
    assert!(!others.contains("withheld words") && !others.contains("You have opened"), "{others}");
    assert!(!bob.get(PAGE).body.contains(REASON));
    assert!(signed_in(&hub, "lead").get(PAGE).body.contains(REASON));
    assert!(!signed_in(&hub, "other-lead").get(PAGE).body.contains(REASON));
    assert!(
        !signed_in(&hub, "lead").get(PAGE).body.contains("Open it for me"),
        "a lead opens nothing"
    );
    // The same form again, as a browser sends it that was told to try again, opens nothing more.
    let page = ann.get(PAGE).body;
    let (csrf, event) = (field(&page, "csrf"), field(&page, "event"));
    let form = [("csrf", &*csrf), ("event", &event), ("reason", REASON), ("lasts", "15")];
    for done in ["opened", "before"] {
        let answer = hub.folding(|| ann.post(PAGE, &form));
        assert_eq!(answer.header("location"), format!("{PAGE}?done={done}"));
    }
}
