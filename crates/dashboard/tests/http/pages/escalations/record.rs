//! What was said of an escalation is read by those to whom it is routed, and by nobody else: why it was asked for, why
//! it was decided so, and the record of its discussion.

use serde_json::json;

use super::super::scene;
use super::{raised, say};

#[test]
fn a_discussion_has_a_record_that_is_ready_for_the_providers_file() {
    let (mut scene, page) = raised();
    let mut officer = scene.signed_in("council-safeguarding");
    let before = officer.get(&page).body;
    assert!(!before.contains("Record of discussions"), "{before}");
    say(&mut scene, &mut officer, &page, &[("answer", "acknowledge")], "Acknowledged");
    let discussed = [
        ("answer", "discuss"),
        ("took_part", "police"),
        ("took_part", "council-qa"),
        ("held_on", "2024-02-09"),
        ("osas_ref", "OSAS 12/3"),
        ("referral_form", "RF-7"),
        ("note", "Agreed to visit."),
    ];
    say(&mut scene, &mut officer, &page, &discussed, "The discussion is recorded.");
    let decided = [
        ("answer", "decide"),
        ("decision", "monitoring-visit"),
        ("rationale", "To see for ourselves."),
    ];
    say(&mut scene, &mut officer, &page, &decided, "The decision is recorded.");
    let secrets = ["OSAS 12/3", "RF-7", "Agreed to visit.", "To see for ourselves."];
    // It is routed to the officers of quality, too.
    let told = scene.signed_in("council-qa").get(&page).body;
    let (_, record) = told.split_once("Record of discussions</h2>").unwrap();
    let (record, history) = record.split_once("What it rests on</h2>").unwrap();
    for part in [
        "held on <time datetime=\"2024-02-09\"",
        "The council-qa, The police",
        "<bdi>OSAS 12/3</bdi>",
        "<bdi>RF-7</bdi>",
        "Agreed to visit.",
        "by The council-safeguarding",
    ] {
        assert!(record.contains(part), "{part}: {record}");
    }
    assert!(!record.contains("<details"), "it prints as it stands: {record}");
    assert!(history.contains("To see for ourselves."), "{history}");
    // Others know that there is such an escalation, and read nothing that was said of it.
    let other = scene.signed_in("ambulance").get(&page).body;
    assert!(other.contains("It is not routed to your agency"), "{other}");
    assert!(!other.contains("Record of discussions"), "{other}");
    for secret in secrets {
        assert!(!other.contains(secret), "{secret}: {other}");
    }
}

#[test]
fn a_request_stands_in_the_history_and_its_reason_with_why() {
    let mut scene = scene();
    let asked = json!({
        "level": "major", "responsible": ["cqc"], "reason": "The owner says that it will close.",
    });
    scene.hub.say("council-qa", "concern", "1-200", "escalation.requested", asked);
    let open = scene.hub.get("cqc", "/api/v1/escalations?trigger=asked").ok();
    let page = format!("/escalations/{}", open["items"][0]["id"].as_str().unwrap());
    let entry = "Raised an escalation on professional judgement</h3>";
    let why = "The council-qa asked for it: <span class=\"ch-text\" dir=\"auto\">The owner says that it will close.</span>";
    for (reader, reads) in [("cqc", true), ("council-qa", true), ("ambulance", false)] {
        let shown = scene.hub.get(reader, &page).body;
        assert_eq!(shown.contains(why), reads, "{reader}: {shown}");
        assert_eq!(shown.contains("The owner says"), reads, "{reader}: {shown}");
        let (_, history) = shown.split_once("What was said of it</h2>").unwrap();
        assert!(history.contains(entry), "{reader}: {history}");
    }
    // Another request of the same home is none of it.
    let other = json!({"level": "minor", "responsible": ["police"], "reason": "Another matter."});
    scene.hub.say("cqc", "concern", "1-200", "escalation.requested", other);
    let shown = scene.hub.get("cqc", &page).body;
    assert_eq!(shown.matches(entry).count(), 1, "{shown}");
    assert!(!shown.contains("Another matter."), "{shown}");
}

#[test]
fn what_is_withheld_for_correction_is_read_by_nobody_else() {
    let (mut scene, page) = raised();
    let id = page.rsplit('/').next().unwrap();
    let number = json!({"escalation": id, "note": "Ring 01603 123456"});
    let met = json!({"escalation": id, "took_part": ["police"], "note": "Seen today."});
    for (event, said) in [("escalation.acknowledged", number), ("escalation.discussed", met)] {
        scene.hub.say("council-safeguarding", "response", "1-100", event, said);
    }
    let other = scene.hub.get("council-qa", &page).body;
    assert!(other.contains("Seen today.") && !other.contains("01603"), "{other}");
}
