//! The page of what was passed on to the reader's agency.

use serde_json::json;

use super::scene;

#[test]
fn feedback_is_shown_to_its_recipient_alone_page_by_page_and_by_kind() {
    let mut scene = scene();
    let today = scene.today();
    // Each referral of the police is corrected: who was told of the escalation hears of each.
    for nth in 0..54 {
        scene.hub.concern("police", "1-100", "safeguarding-referral", &today);
        if nth < 2 {
            continue;
        }
        let correction = json!({
            "corrects": { "id": scene.hub.last_id() }, "reason": "Seen again.",
            "set": { "severity": "low" },
        });
        scene.hub.say("police", "concern", "1-100", "concern.corrected", correction);
    }
    let mut told = scene.signed_in("council-safeguarding-reads");
    let first = told.get("/notices").body;
    assert_eq!(first.matches("A concern was corrected</td>").count(), 50, "{first}");
    assert!(
        first.contains("Read it again.") && first.contains("Willow &#60;b&#62;House"),
        "{first}"
    );
    let next = super::after(&first, "rel=\"next\" href=\"", '"').replace("&amp;", "&");
    let last = told.get(&next).body;
    assert_eq!(last.matches("A concern was corrected</td>").count(), 2, "{last}");
    assert!(!last.contains("rel=\"next\""), "{last}");
    let of = |kind: &str| format!("/notices?kind={kind}");
    assert!(told.get(&of("outcome-closed")).body.contains("None."));
    assert!(told.get(&of("concern-corrected")).body.contains("A concern was corrected</td>"));
    assert_eq!(told.get(&of("x")).status, 400);
    for other in ["police", "cqc", "ambulance"] {
        let page = scene.signed_in(other).get("/notices").body;
        // What others may read of the corrections stands below, whoever was told.
        let (page, _) = page.split_once("Corrected, withdrawn or erased").unwrap();
        assert!(page.contains("None.") && !page.contains("Willow"), "{other}: {page}");
    }
    assert_eq!(scene.hub.get("provider", "/notices").status, 403);
}
