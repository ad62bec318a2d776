//! The ladder of an escalation: who is asked for this home, and how far it has come, as each reader knows.

use serde_json::json;

use crate::hub::Hub;

/// A policy that chases: first the director of the home's own area, then the council's officers.
fn chasing() -> Hub {
    let mut policy = crate::published::policy();
    for (id, name, area) in [
        ("north-director", "The director of Norfolk", "Norfolk"),
        ("south-director", "The director of Suffolk", "Suffolk"),
    ] {
        let body = json!({"id": id, "name": name, "roles": ["director"], "areas": [area]});
        policy.body.push(serde_json::from_value(body).unwrap());
    }
    let late = json!({
        "id": "late", "title": "Late", "source": "N", "kind": "overdue", "level": "none",
        "answer": [{"step": "acknowledge", "within": "1 working day"}],
        "ladder": ["director", "fire", "council-qa"],
    });
    policy.trigger.push(serde_json::from_value(late).unwrap());
    Hub::under(policy)
}

/// The part of a page that is the ladder, a rung a part.
fn rungs(page: &str) -> Vec<String> {
    let (_, ladder) = page.split_once("The ladder</h2>").unwrap_or_else(|| panic!("{page}"));
    let (ladder, _) = ladder.split_once("</ol>").unwrap();
    ladder.split("<li>").skip(1).map(str::to_owned).collect()
}

/// The page of the only open escalation of a trigger.
fn page_of(hub: &Hub, reader: &str, trigger: &str) -> String {
    let open = hub.get(reader, &format!("/api/v1/escalations?trigger={trigger}")).ok();
    format!("/escalations/{}", open["items"][0]["id"].as_str().unwrap())
}

#[test]
fn the_ladder_names_who_is_asked_for_this_home_and_says_which_rung_was_told_and_when() {
    let mut hub = chasing();
    // Friday; it is to be acknowledged the same day.
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    let page = page_of(&hub, "cqc", "breach");
    let fresh = hub.get("cqc", &page).body;
    let ladder = rungs(&fresh);
    assert!(ladder[0].starts_with("Director (The director of Norfolk)"), "{ladder:?}");
    assert!(ladder[1].starts_with("Fire: nobody holds this role here"), "{ladder:?}");
    assert!(ladder[2].starts_with("Council qa (The council-qa)"), "{ladder:?}");
    assert!(ladder.iter().all(|rung| !rung.contains("Told")), "{ladder:?}");
    assert!(!fresh.contains("The director of Suffolk"), "the hub would not ask there: {fresh}");
    // Chromium does not print what is closed.
    let (before, _) = fresh.split_once("The ladder</h2>").unwrap();
    assert_eq!(before.matches("<details").count(), before.matches("</details>").count());

    hub.at("2024-03-04T10:00:00Z");
    hub.concern("police", "1-200", "complaint", "2024-03-04");
    let ladder = rungs(&hub.get("cqc", &page).body);
    for part in [
        ">Told</strong> <time datetime=\"2024-03-04T10:00:00+00:00\"",
        "because the acknowledgement was overdue",
        "href=\"/escalations/",
    ] {
        assert!(ladder[0].contains(part), "{part}: {ladder:?}");
    }
    assert!(!ladder[2].contains("Told"), "{ladder:?}");
    // On the page of what the rung was told, the same rung is marked, without a link to itself.
    let told = page_of(&hub, "cqc", "late");
    let ladder = rungs(&hub.get("cqc", &told).body);
    assert!(ladder[0].contains(">Told</strong>") && !ladder[0].contains("href="), "{ladder:?}");
}

#[test]
fn a_rung_is_marked_for_those_alone_who_were_told_of_it() {
    let mut hub = chasing();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    let page = page_of(&hub, "cqc", "breach");
    for day in ["04", "08"] {
        hub.at(&format!("2024-03-{day}T10:00:00Z"));
        hub.concern("police", "1-200", "complaint", "2024-03-01");
    }
    // The director was not answered either: now the officers are told, and CQC is not.
    let cqc = rungs(&hub.get("cqc", &page).body);
    assert!(cqc[0].contains(">Told</strong>") && !cqc[2].contains(">Told</strong>"), "{cqc:?}");
    let officers = rungs(&hub.get("council-qa", &page).body);
    assert!(officers[2].contains(">Told</strong> <time datetime=\"2024-03-08"), "{officers:?}");
    assert!(!officers[0].contains(">Told</strong>"), "{officers:?}");
    assert!(officers[0].contains("Passed: a higher rung is told already"), "{officers:?}");
}

#[test]
fn where_nobody_chases_there_is_no_ladder() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-03-01");
    let page = hub.get("cqc", &page_of(&hub, "cqc", "breach")).body;
    assert!(page.contains("The clock") && !page.contains("The ladder"), "{page}");
}
