//! What is to be preserved while police advice is awaited on something that the reader sees, and how the bodies are
//! reached that must act.

use carehub_domain::policy::Policy;
use serde_json::{Value, json};

use super::HOME;
use crate::hub::Hub;
use crate::pages::scene_under;
use crate::published::agreed_policy;

const LINE: &str = "Keep clothing and bedding apart";

/// The police advise, and there is a list.
fn policy() -> Policy {
    let mut policy = agreed_policy();
    policy.powers.police_advice = vec!["police".to_owned()];
    policy.evidence.checklist = vec![LINE.to_owned()];
    policy
}

fn hub(policy: Policy) -> Hub {
    let mut hub = Hub::under(policy);
    hub.at("2024-03-01T10:00:00Z");
    hub
}

fn home() -> String {
    format!("/homes/{HOME}")
}

/// The page of the one escalation that a trigger has raised.
#[track_caller]
fn escalation(hub: &Hub, reader: &str, trigger: &str) -> String {
    let list = hub.get(reader, &format!("/api/v1/escalations?trigger={trigger}")).ok();
    let [escalation] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    format!("/escalations/{}", escalation["id"].as_str().unwrap())
}

#[track_caller]
fn page(hub: &Hub, reader: &str, path: &str) -> String {
    let page = hub.get(reader, path);
    assert_eq!(page.status, 200, "{reader} {path}: {}", page.body);
    page.body
}

/// Whether a page asks its reader to preserve the evidence, with the list.
#[track_caller]
fn asks(hub: &Hub, reader: &str, path: &str) -> bool {
    let page = page(hub, reader, path);
    let asks = page.contains("Police advice is awaited: preserve the evidence");
    assert_eq!(page.contains(LINE), asks, "{reader} {path}");
    asks
}

fn advise(hub: &mut Hub, advice: &str, about: Value) {
    let mut data = json!({"advice": advice, "advised_on": "2024-03-01"});
    data.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
    hub.say("police", "concern", HOME, "police-advice.recorded", data);
}

#[test]
fn while_police_advice_is_awaited_a_home_and_its_escalation_say_what_to_preserve() {
    let mut hub = hub(policy());
    hub.concern("ambulance", HOME, "complaint", "2024-02-20");
    assert!(!asks(&hub, "cqc", &home()), "no crime and no death");
    let crime = json!({"possible_crime": true});
    hub.concern_with("ambulance", HOME, "health-and-safety-breach", "2024-02-21", crime);
    let breach = escalation(&hub, "cqc", "breach");
    let says = |hub: &Hub| [asks(hub, "cqc", &home()), asks(hub, "cqc", &breach)];
    assert_eq!(says(&hub), [true; 2]);
    // To whom it is not routed, that page only says that there is one.
    assert!(asks(&hub, "council-qa", &home()) && !asks(&hub, "council-qa", &breach));
    assert!(!asks(&hub, "cqc", "/homes/1-100"), "elsewhere nothing is awaited");

    advise(&mut hub, "hold", json!({}));
    assert_eq!(says(&hub), [true; 2], "to hold is no advice to go on");
    advise(&mut hub, "go-on", json!({}));
    assert_eq!(says(&hub), [false; 2]);
    // What comes later is awaited anew, and settled by advice on it alone.
    hub.concern("ambulance", HOME, "death", "2024-03-01");
    let death = hub.last_id();
    assert_eq!(says(&hub), [true; 2]);
    let about = json!({"concern": {"id": death, "agency": "ambulance"}});
    advise(&mut hub, "go-on-with-conditions", about);
    assert_eq!(says(&hub), [false; 2]);
}

#[test]
fn whoever_may_not_see_the_crime_is_not_told_of_it_by_the_list() {
    let mut hub = hub(policy());
    for day in ["2024-02-01", "2024-02-02", "2024-02-03"] {
        hub.concern("police", HOME, "safeguarding-referral", day);
    }
    let referrals = escalation(&hub, "council-qa", "referrals");
    let close = json!({
        "possible_crime": true,
        "handling": {"code": "C", "conditions": "For one.", "audience": ["council-safeguarding"]},
    });
    hub.concern_with("police", HOME, "complaint", "2024-02-21", close);
    for (reader, sees) in [("council-safeguarding", true), ("council-qa", false)] {
        let asked = [asks(&hub, reader, &home()), asks(&hub, reader, &referrals)];
        assert_eq!(asked, [sees; 2], "{reader}");
    }
    let marked = json!({"marking": "OFFICIAL-SENSITIVE", "possible_crime": true});
    hub.concern_with("police", "1-300", "complaint", "2024-02-21", marked);
    let asked = ["council-qa", "ambulance"].map(|reader| asks(&hub, reader, "/homes/1-300"));
    assert_eq!(asked, [true, false]);
    // Of what they may see they are told.
    hub.concern("council-qa", "1-300", "death", "2024-02-22");
    assert!(asks(&hub, "ambulance", "/homes/1-300"));
}

#[test]
fn whoever_may_say_something_records_from_there_what_was_preserved() {
    let mut scene = scene_under(&policy());
    let today = scene.today();
    scene.hub.concern("ambulance", HOME, "death", &today);
    let record = format!("/homes/{HOME}/say/safety-action.taken");
    for (name, may) in [("council-qa", true), ("council-qa-reads", false)] {
        let mut browser = scene.signed_in(name);
        let shown = browser.get(&home()).body;
        assert!(shown.contains(LINE), "{name}: {shown}");
        assert_eq!(shown.contains(&format!("href=\"{record}\"")), may, "{name}: {shown}");
        assert_eq!(browser.get(&record).status == 200, may, "{name}");
    }
}

#[test]
fn an_open_escalation_says_how_its_bodies_are_reached_at_night_to_whom_it_is_routed() {
    let mut policy = agreed_policy();
    let desks = [
        ("council-safeguarding", "Safeguarding duty desk, 01632 960101"),
        ("council-qa", "Quality duty desk, 01632 960102"),
        ("cqc", "National desk, 01632 960103"),
    ];
    for (body, desk) in desks {
        let known = policy.body.iter_mut().find(|known| known.id.as_str() == body).unwrap();
        known.out_of_hours = Some(desk.to_owned());
    }
    let mut hub = hub(policy);
    for day in ["2024-02-01", "2024-02-02", "2024-02-03"] {
        hub.concern("police", HOME, "safeguarding-referral", day);
    }
    let path = escalation(&hub, "council-qa", "referrals");
    let reached = |hub: &Hub, reader: &str, path: &str| {
        let page = page(hub, reader, path);
        let shown = desks.map(|(_, desk)| page.contains(&format!("<bdi>{desk}</bdi>")));
        assert_eq!(page.contains("Outside office hours"), shown.contains(&true), "{reader}");
        shown
    };
    // Who must act, and who is told; CQC has no part in it.
    for (reader, expected) in [
        ("council-safeguarding", [true, true, false]),
        ("council-qa", [true, true, false]),
        ("police", [false; 3]),
        ("cqc", [false; 3]),
    ] {
        assert_eq!(reached(&hub, reader, &path), expected, "{reader}");
        assert_eq!(reached(&hub, reader, &home()), [false; 3], "{reader}: of no one escalation");
    }
    let id = path.rsplit('/').next().unwrap();
    for (event, mut data) in [
        ("escalation.acknowledged", json!({})),
        ("escalation.decided", json!({"decision": "monitoring-visit", "rationale": "Seen."})),
        ("escalation.closed", json!({"reason": "Repaired."})),
    ] {
        data["escalation"] = json!(id);
        hub.say("council-safeguarding", "response", HOME, event, data);
    }
    assert_eq!(reached(&hub, "council-qa", &path), [false; 3], "nobody must act any more");
}
