//! What is known of a home besides what was said against it.

mod police_desk;

use serde_json::json;

use super::scene;
use crate::hub::Hub;

const HOME: &str = "1-200";

/// What stands on the home's page under a term; none where the term does not stand.
fn fact(hub: &Hub, reader: &str, term: &str) -> Option<String> {
    let page = hub.get(reader, &format!("/homes/{HOME}")).body;
    let (_, rest) = page.split_once(&format!("__key\">{term}</dt>"))?;
    let (_, value) = rest.split_once("<bdi>")?;
    Some(value.split("</bdi>").next()?.to_owned())
}

#[test]
fn a_home_says_its_incidents_a_bed_its_visits_placements_and_police_advice() {
    let mut policy = crate::published::policy();
    policy.powers.police_advice = vec!["police".to_owned()];
    let mut hub = Hub::under(policy);
    hub.at("2024-03-01T10:00:00Z");
    for term in ["Last visits", "Next visit", "People placed", "Police advice"] {
        assert_eq!(fact(&hub, "cqc", term), None, "{term}");
    }
    assert_eq!(
        fact(&hub, "cqc", "Incidents a bed").unwrap(),
        "0.00 over twelve months: 0 incidents for 20 beds"
    );
    // A year and a day ago is not within twelve months; one incident of two words is one.
    hub.concern("ambulance", HOME, "complaint", "2023-02-28");
    hub.concern("ambulance", HOME, "complaint", "2023-03-01");
    for agency in ["ambulance", "police"] {
        let together = json!({"incident_ref": "CAD-1"});
        hub.concern_with(agency, HOME, "soft-intelligence", "2024-02-02", together);
    }
    assert_eq!(
        fact(&hub, "cqc", "Incidents a bed").unwrap(),
        "0.10 over twelve months: 2 incidents for 20 beds"
    );
    hub.concern("council-qa", HOME, "contract-monitoring", "2024-02-20");
    let visit = json!({"details": {"visit_type": "unannounced"}});
    hub.concern_with("council-qa", HOME, "visit", "2024-01-10", visit);
    let rating = json!({"details": {"rating": "good"}});
    hub.concern_with("cqc", HOME, "inspection-rating", "2023-12-05", rating);
    let visit = json!({"details": {"visit_type": "announced"}});
    hub.concern_with("ambulance", HOME, "visit", "2023-11-30", visit);
    let visits = fact(&hub, "police", "Last visits").unwrap();
    let visitors: Vec<&str> = visits.split("; ").collect();
    let [first, second, third] = visitors[..] else { panic!("{visits}") };
    assert!(third.starts_with("The ambulance (visit), 30 November 2023"), "{visits}");
    assert!(first.starts_with("The council-qa (contract monitoring), 20 February"), "{visits}");
    assert!(second.starts_with("The cqc (inspection rating), 5 December 2023"), "{visits}");

    let assessed = |on: &str, next: &str| json!({"scheme": "pamms", "assessed_on": on, "overall": "good", "next_due_on": next});
    let assess = |hub: &mut Hub, assessed| {
        hub.say("council-qa", "concern", HOME, "assessment.recorded", assessed);
    };
    assess(&mut hub, assessed("2023-01-09", "2024-01-09"));
    let late = fact(&hub, "cqc", "Next visit").unwrap();
    assert!(late.contains("PAMMS") && late.ends_with("which is past"), "{late}");
    assess(&mut hub, assessed("2024-02-09", "2025-02-09"));
    let next = fact(&hub, "cqc", "Next visit").unwrap();
    assert!(next.contains("9 February 2025") && !next.contains("past"), "{next}");

    let placements = json!({"month": "2024-02", "placements": [
        {"authority": "Norfolk", "residents": 12, "reviews_due": 3, "reviews_overdue": 2},
        {"authority": "Suffolk", "residents": 3, "reviews_due": 0, "reviews_overdue": 0},
    ]});
    hub.say("council-qa", "concern", HOME, "placements.counted", placements);
    assert_eq!(
        fact(&hub, "cqc", "People placed").unwrap(),
        "Norfolk 12 (February 2024, 2 reviews overdue); Suffolk 3 (February 2024)"
    );
    let advice = json!({"advice": "hold", "advised_on": "2024-03-01", "crime_ref": "36/1234/24"});
    hub.say("police", "concern", HOME, "police-advice.recorded", advice);
    let hold = fact(&hub, "cqc", "Police advice").unwrap();
    assert!(hold.starts_with("About the home, ") && hold.contains(": hold: nobody"), "{hold}");
}

#[test]
fn an_entry_says_who_else_tells_of_it_and_the_crime_reference_to_whoever_may_read_it() {
    let mut scene = scene();
    let today = scene.today();
    let crime = json!({
        "incident_ref": "CAD-7",
        "details": {"crime_recorded": true, "crime_ref": "36/1234/24", "offence": "violence"},
    });
    scene.hub.concern_with("police", HOME, "police-incident", &today, crime);
    let page = scene.hub.get("police", &format!("/homes/{HOME}")).body;
    assert!(page.contains("crime reference 36/1234/24") && !page.contains("also told by"));
    let call = json!({"incident_ref": "CAD-7", "details": {"line": "999"}});
    scene.hub.concern_with("ambulance", HOME, "ambulance-999-call", &today, call);
    let page = scene.hub.get("police", &format!("/homes/{HOME}")).body;
    assert_eq!(page.matches("also told by The ambulance").count(), 1, "{page}");
    assert_eq!(page.matches("also told by The police").count(), 1, "{page}");
    // Another agency's words are not the ambulance's to read.
    let page = scene.hub.get("ambulance", &format!("/homes/{HOME}")).body;
    assert!(page.contains("also told by The police") && !page.contains("36/1234/24"), "{page}");
    // One that was withdrawn tells of nothing.
    let id = scene.hub.last_id();
    let withdrawal = json!({"withdraws": {"id": id}, "reason": "Another address."});
    scene.hub.say("ambulance", "concern", HOME, "concern.withdrawn", withdrawal);
    let page = scene.hub.get("police", &format!("/homes/{HOME}")).body;
    assert!(!page.contains("also told by The ambulance"), "{page}");
}

#[test]
fn an_entry_says_whether_it_was_recorded_as_a_crime_to_whoever_may_read_it() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    for (day, is_recorded) in [("2024-02-01", true), ("2024-02-02", false)] {
        let details = json!({"details": {"crime_recorded": is_recorded, "offence": "violence"}});
        hub.concern_with("police", HOME, "police-incident", day, details);
    }
    // What is put right later stands with the correction.
    let correction = json!({
        "corrects": {"id": hub.last_id()}, "reason": "Recorded since.",
        "set": {"details": {"crime_recorded": true}},
    });
    hub.say("police", "concern", HOME, "concern.corrected", correction);
    let says = |reader: &str| {
        let page = hub.get(reader, &format!("/homes/{HOME}")).body;
        [" · recorded as a crime", " · not recorded as a crime", ">recorded as a crime</p>"]
            .map(|words| page.matches(words).count())
    };
    assert_eq!(says("police"), [1, 1, 1]);
    assert_eq!(says("ambulance"), [0, 0, 0]);
}

#[test]
fn a_home_says_which_general_practices_serve_it_and_which_will() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let serve = |hub: &Hub| fact(hub, "cqc", "General practices");
    assert_eq!(serve(&hub), None);
    let align = |hub: &mut Hub, code: &str, since: &str, until: Option<&str>| {
        let practice = json!({"ods_code": code, "name": format!("Surgery {code}")});
        let mut data = json!({"practice": practice, "since": since});
        if let Some(until) = until {
            data["until"] = json!(until);
        }
        hub.say("council-qa", "concern", HOME, "practice.aligned", data);
    };
    align(&mut hub, "Y99901", "2023-10-01", None);
    align(&mut hub, "Y99902", "2020-01-01", Some("2024-03-01"));
    align(&mut hub, "Y99903", "2024-04-01", None);
    let (present, coming) = (
        "Surgery Y99901 (Y99901), since 1 October 2023",
        "Surgery Y99903 (Y99903), from 1 April 2024",
    );
    let both = format!("{present}; {coming}");
    assert_eq!(serve(&hub), Some(both.clone()), "the day on which one ends counts no more");
    // Said again, it replaces what was said of that practice: until tomorrow it serves the home.
    align(&mut hub, "Y99901", "2023-10-01", Some("2024-03-02"));
    assert_eq!(serve(&hub), Some(both));
    hub.at("2024-03-02T10:00:00Z");
    hub.concern("ambulance", HOME, "complaint", "2024-03-01");
    assert_eq!(serve(&hub).as_deref(), Some(coming));
}
