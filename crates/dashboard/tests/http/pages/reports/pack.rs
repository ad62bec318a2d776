//! The pack of a meeting: what is new since the last one, what has ended, and what the level was.

use serde_json::json;

use super::{hub, rows, same};
use crate::hub::Hub;
use crate::published::agreed_policy;

#[test]
fn the_meeting_pack_says_what_is_new_since_the_last_meeting() {
    let mut hub = hub();
    let page = hub.get("council-safeguarding", "/reports/meeting-pack?area=Norfolk").body;
    for part in [
        "Pack for the care governance board, Norfolk",
        "New is what came on or after 4 February 2024, the day of the last meeting.",
        "Last meeting: 4 February 2024. There: The council-qa.",
        "No next one is planned.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let homes = rows(&hub, "council-safeguarding", "meeting-pack?area=Norfolk", "homes");
    let home = homes.iter().find(|row| row["home"] == "1-400").unwrap();
    // One that was raised, and one that says that its action is late.
    assert_eq!((&home["new_concerns"], &home["new_escalations"]), (&json!(1), &json!(2)));
    assert_eq!((&home["level_before"], &home["level_now"]), (&json!("none"), &json!("moderate")));
    let actions = rows(&hub, "council-safeguarding", "meeting-pack?area=Norfolk", "actions");
    assert_eq!(
        (&actions[0]["rating_now"], &actions[0]["due"]),
        (&json!("amber"), &json!("2024-02-20"))
    );
    // An action is called by its number; what its sender named it stands in the file.
    assert_eq!((&actions[0]["number"], &actions[0]["action"]), (&json!("1"), &json!("visit-1")));
    assert!(page.contains("<bdi>Action 1</bdi>") && !page.contains("visit-1"), "{page}");
    let away = json!({"name": "Sea View", "beds": 20, "area": "Suffolk"});
    hub.say("cqc", "register", "1-500", "home.registered", away);
    let elsewhere = hub.get("council-safeguarding", "/reports/meeting-pack?area=Suffolk").body;
    assert!(elsewhere.contains("No home that you may see has a level or anything new."));
    let esap = hub.get("council-safeguarding", "/reports/meeting-pack?meeting=esap").body;
    assert!(esap.contains("No such meeting is recorded: new is what came in the last 3 months"));
}

#[test]
fn the_meeting_pack_says_what_has_ended_since_and_what_is_matched_to_no_home() {
    let mut hub = hub();
    let back = hub.last_id();
    let withdrawn = json!({"withdraws": {"id": back}, "reason": "Entered twice."});
    hub.say("police", "concern", "1-300", "concern.withdrawn", withdrawn);
    hub.concern("police", "unmatched", "complaint", "2024-03-03");
    let ended = rows(&hub, "council-qa", "meeting-pack?area=Norfolk", "ended");
    let [line] = ended.as_slice() else { panic!("{ended:?}") };
    for (column, expected) in [
        ("what", "concern-withdrawn"),
        ("which", "complaint"),
        ("home", "1-300"),
        ("at", "2024-03-04T10:00:00+00:00"),
        ("by", "police"),
    ] {
        assert_eq!(line[column], json!(expected), "{column}");
    }
    let told_of = |query: &str| {
        let concerns = rows(&hub, "council-qa", &format!("meeting-pack{query}"), "concerns");
        concerns.iter().any(|row| row["home"] == "unmatched")
    };
    assert!(told_of("") && !told_of("?area=Norfolk"));
    let page = hub.get("council-qa", "/reports/meeting-pack").body;
    assert!(page.contains("<bdi>Not yet matched to a home</bdi>"), "{page}");
    assert!(page.contains("Ended or changed since the last meeting"), "{page}");
    assert!(same::check(&hub, "council-qa", "meeting-pack", "meeting=care-governance") > 0);
}

/// An escalation that rose on further evidence: how low it was before is not kept, and that is what the page says.
#[test]
fn the_meeting_pack_says_where_the_level_before_is_not_known() {
    let mut hub = Hub::under(agreed_policy());
    let graded = |grade: &str| json!({"severity": grade, "incident_ref": "incident-1"});
    hub.at("2024-02-01T10:00:00Z");
    let breach = "health-and-safety-breach";
    hub.concern_with("council-qa", "1-300", breach, "2024-02-01", graded("low"));
    hub.at("2024-02-20T10:00:00Z");
    hub.concern_with("police", "1-300", breach, "2024-02-20", graded("high"));
    let page = hub.get("cqc", "/reports/meeting-pack?since=2024-02-10").body;
    for part in ["Minor to moderate, not known exactly", "only the level that followed is kept"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let homes = rows(&hub, "cqc", "meeting-pack?since=2024-02-10", "homes");
    for (column, expected) in [
        ("level_before", "not-known"),
        ("level_before_least", "minor"),
        ("level_before_most", "moderate"),
        ("level_now", "major"),
    ] {
        assert_eq!(homes[0][column], json!(expected), "{column}");
    }
    let since_then = rows(&hub, "cqc", "meeting-pack?since=2024-02-21", "homes");
    assert_eq!(since_then[0]["level_before"], json!("major"));
    assert!(same::check(&hub, "cqc", "meeting-pack", "since=2024-02-10") > 0);
}
