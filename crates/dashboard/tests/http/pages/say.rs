//! Saying something of a home by a form: each form asks for all that its message can say, and what is filled in is said.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use carehub_contract::Subject;
use carehub_domain::time::london_date;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::hostile::norfolk;
use super::{Scene, after, scene, scene_under};

const HOME: &str = "1-200";

/// What a person does not type: the hub knows it, or nobody should.
const LEFT: [&str; 5] = ["home", "place", "person_ref", "provider", "picture_revision"];

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// The forms that a page offers, by their word.
fn offered(page: &str) -> BTreeSet<String> {
    let links = page.split("/say/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_form_asks_for_all_that_its_message_can_say() {
    let scene = scene_under(&norfolk());
    let mut officer = scene.signed_in("council-safeguarding");
    let offered = offered(&officer.get(&format!("/homes/{HOME}/say")).body);
    assert!(offered.len() >= 28, "{offered:?}");
    // Only who decides on placements suspends them, and only the police record what they advise.
    assert!(
        !offered.contains("placements.suspended") && !offered.contains("police-advice.recorded")
    );
    assert!(offered.contains("concern.triaged") && offered.contains("process.started"));
    for word in &offered {
        let schema = read(&schemas().join(format!("{word}.v1.json")));
        let page = officer.get(&format!("/homes/{HOME}/say/{word}?kind=death"));
        assert_eq!(page.status, 200, "{word}");
        for property in schema["properties"].as_object().unwrap().keys() {
            if LEFT.contains(&property.as_str()) {
                continue;
            }
            let asked = page.body.contains(&format!("name=\"{property}\""))
                || page.body.contains(&format!("name=\"{property}."));
            assert!(asked, "{word} does not ask for {property}");
        }
    }
    let death = officer.get(&format!("/homes/{HOME}/say/concern.raised?kind=death")).body;
    assert!(death.contains("name=\"details.coroner_notified\""), "{death}");
    let visit = officer.get(&format!("/homes/{HOME}/say/concern.raised?kind=visit")).body;
    assert!(
        visit.contains("name=\"details.visit_type\"") && !visit.contains("coroner_notified"),
        "{visit}"
    );
}

/// Fills a form in with what a message says.
fn fill(path: &str, value: &Value, form: &mut Vec<(String, String)>) {
    let name = path.rsplit('.').next().unwrap();
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                fill(&format!("{path}.{name}"), field, form);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for (nth, item) in items.iter().enumerate() {
                fill(&format!("{path}.{nth}"), item, form);
            }
        }
        Value::Array(items) if name == "escalation_triggers" => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            form.push((path.to_owned(), lines.join("\n")));
        }
        Value::Array(items) => items.iter().for_each(|item| fill(path, item, form)),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => {
                let local = at.to_zoned(TimeZone::get("Europe/London").unwrap());
                form.push((path.to_owned(), local.date().to_string()));
                form.push((format!("{path}.time"), local.time().to_string()));
            }
            Err(_) => form.push((path.to_owned(), text.clone())),
        },
        Value::Bool(_) | Value::Number(_) => form.push((path.to_owned(), value.to_string())),
        Value::Null => {}
    }
}

/// The same said in one way: instants in UTC.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => json!(at),
            Err(_) => value.clone(),
        },
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| !LEFT.contains(&name.as_str()));
            Value::Object(fields.map(|(name, field)| (name.clone(), plain(field))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Takes out what names an event, at any depth: a form names it by its entry. With the names of those at the top.
fn without_events(data: &Value) -> (Value, Vec<String>) {
    let is_event = |value: &Value| {
        value.as_object().is_some_and(|fields| {
            fields.contains_key("id") && fields.keys().all(|name| name == "id" || name == "agency")
        })
    };
    let (mut kept, mut events) = (Map::new(), Vec::new());
    for (name, field) in data.as_object().unwrap() {
        match field {
            field if is_event(field) => events.push(name.clone()),
            Value::Object(_) => drop(kept.insert(name.clone(), without_events(field).0)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => drop(kept.insert(name.clone(), field.clone())),
        }
    }
    (Value::Object(kept), events)
}

/// The last message that a form became, as the log holds it.
fn last_said(scene: &Scene) -> (u64, Value) {
    let messages = scene.hub.log().messages();
    let said = messages.iter().rev().find(|message| {
        matches!(Subject::parse(&message.subject), Ok(Subject::Agency { .. }))
            && message.subject.starts_with("carehub.form.")
    });
    said.map_or((0, Value::Null), |said| {
        (said.sequence, serde_json::from_slice(&said.payload).unwrap())
    })
}

#[test]
fn what_every_example_says_can_be_said_by_a_form() {
    let mut scene = scene_under(&norfolk());
    let today = scene.today();
    let mut officer = scene.signed_in("council-safeguarding");
    // One entry of each kind that a form may be about.
    for kind in ["safeguarding-referral", "death", "enquiry-outcome", "complaint"] {
        let more = match kind {
            "death" => json!({"details": {"place_of_death": "hospital"}}),
            "enquiry-outcome" => json!({"details": {"conclusion": "substantiated"}}),
            _ => json!({}),
        };
        scene.hub.concern_with("council-safeguarding", HOME, kind, &today, more);
    }
    let words = offered(&officer.get(&format!("/homes/{HOME}/say")).body);
    let mut said = 0;
    for word in words {
        let dir = schemas().join("examples").join(format!("{word}.v1/valid"));
        let mut files: Vec<PathBuf> =
            fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let example = read(&file);
            if example["data"].get("place").is_some() {
                continue;
            }
            let (data, events) = without_events(&plain(&example["data"]));
            let kind = data["kind"].as_str().unwrap_or_default();
            let page = format!("/homes/{HOME}/say/{word}?kind={kind}");
            let body = officer.get(&page).body;
            let mut form: Vec<(String, String)> = ["csrf", "event", "revision"]
                .map(|name| (name.to_owned(), crate::browser::field(&body, name)))
                .into();
            for (name, field) in data.as_object().unwrap() {
                fill(name, field, &mut form);
            }
            let mut about = Vec::new();
            for event in &events {
                let offered = body.split_once(&format!("name=\"{event}\"")).map(|(_, rest)| rest);
                let Some(offered) = offered else { panic!("{word} does not offer {event}") };
                let offered = offered.split_once("</select>").unwrap().0;
                let first =
                    offered.split("value=\"").nth(2).map(|rest| rest.split('"').next().unwrap());
                about.push(first.map(str::to_owned));
            }
            // Nobody has asked for information here: there is nothing to answer.
            if about.iter().any(Option::is_none) {
                assert!(word.starts_with("information."), "{word} offers no entry for {events:?}");
                continue;
            }
            form.extend(events.iter().cloned().zip(about.into_iter().flatten()));
            let before = last_said(&scene).0;
            let filled: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = scene.post(&mut officer, &format!("/homes/{HOME}/say/{word}"), &filled);
            let (at, message) = last_said(&scene);
            assert!(at > before, "{}: {} {}", file.display(), answer.status, answer.body);
            let (found, named) = without_events(&plain(&message["data"]));
            assert_eq!(found, data, "{}", file.display());
            assert_eq!(named, events, "{}", file.display());
            assert_eq!(message["actor"].as_str().map(str::is_empty), Some(false));
            // The domain may refuse it here; then the form says why.
            match answer.status {
                303 => assert!(answer.header("location").ends_with("?done=said")),
                422 => assert!(answer.body.contains("There is a problem"), "{}", answer.body),
                other => panic!("{}: {other} {}", file.display(), answer.body),
            }
            said += 1;
        }
    }
    assert!(said >= 70, "{said} examples were said by a form");
}

#[test]
fn a_concern_is_told_of_and_stands_in_the_timeline() {
    let mut scene = scene();
    let today = london_date(scene.now).to_string();
    let mut officer = scene.signed_in("council-qa");
    let list = officer.get(&format!("/homes/{HOME}/say")).body;
    assert!(
        list.contains("Tell of a concern") && list.contains("value=\"understaffing\""),
        "{list}"
    );
    let page = format!("/homes/{HOME}/say/concern.raised?kind=understaffing");
    let empty = scene.send(
        &mut officer,
        &page,
        &[("kind", "understaffing"), ("summary", "Ring 01603 123456")],
    );
    assert_eq!(empty.status, 422, "{}", empty.body);
    for (field, words) in [("severity", "Fill this in"), ("occurred_at", "Fill this in")] {
        assert!(
            empty.body.contains(&format!("<a href=\"#{field}\">{words}</a>")),
            "{}",
            empty.body
        );
        let error = after(&empty.body, &format!("id=\"{field}-error\""), '/');
        assert!(error.contains(words) || error.contains("Error"), "{error}");
        assert!(empty.body.contains(&format!("{field}-error\"")), "{}", empty.body);
    }
    assert!(empty.body.contains(">Ring 01603 123456</textarea>"), "what was typed is kept");
    let form = [
        ("kind", "understaffing"),
        ("severity", "medium"),
        ("occurred_at", today.as_str()),
        ("occurred_at.time", "00:00"),
        ("summary", "One carer for the whole night."),
        ("details.staff_needed", "3"),
        ("details.staff_present", "1"),
        ("key_questions", "safe"),
        ("key_questions", "well-led"),
    ];
    let personal: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (*name, if *name == "summary" { "Ring 01603 123456" } else { *value }))
        .collect();
    let personal = scene.send(&mut officer, &page, &personal);
    assert_eq!(personal.status, 422);
    assert!(
        personal.body.contains("<a href=\"#summary\">Leave out the phone number</a>"),
        "{}",
        personal.body
    );
    let said = scene.send(&mut officer, &page, &form);
    assert_eq!(
        (said.status, said.header("location")),
        (303, "/homes/1-200?done=said"),
        "{}",
        said.body
    );
    let home = officer.get(said.header("location")).body;
    assert!(home.contains("It is said, and stands in the timeline."), "{home}");
    assert!(home.contains("One carer for the whole night."), "{home}");
    let timeline =
        scene.hub.get("council-qa", "/api/v1/homes/1-200/timeline?kind=understaffing").ok();
    assert_eq!(timeline["items"][0]["key_questions"], json!(["safe", "well-led"]));
}

#[test]
fn a_triage_rests_on_the_picture_that_was_shown_and_a_refusal_is_said_in_the_form() {
    let mut scene = scene_under(&norfolk());
    let today = scene.today();
    scene.hub.concern("ambulance", HOME, "complaint", &today);
    let concerns = "/api/v1/homes/1-200/timeline?type=concern-raised";
    let timeline = scene.hub.get("council-safeguarding", concerns).ok();
    let entry = timeline["items"][0]["reference"].as_str().unwrap().to_owned();
    let mut officer = scene.signed_in("council-safeguarding");
    let page = format!("/homes/{HOME}/say/concern.triaged?about={entry}");
    let shown = officer.get(&page).body;
    assert!(shown.contains(&format!("value=\"{entry}\" selected")), "{entry}: {shown}");
    let form = [
        ("triages", entry.as_str()),
        ("outcome", "below-s42"),
        ("rationale", "One complaint."),
        ("revision", "0123456789abcdef0123456789abcdef"),
    ];
    let refused = scene.send(&mut officer, &page, &form);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("There is a problem"), "{}", refused.body);
    let body = officer.get(&page).body;
    let revision = crate::browser::field(&body, "revision");
    let form = [
        ("triages", entry.as_str()),
        ("outcome", "below-s42"),
        ("rationale", "One complaint."),
        ("revision", revision.as_str()),
    ];
    let taken = scene.send(&mut officer, &page, &form);
    assert_eq!(taken.status, 303, "{}", taken.body);
    let timeline = scene.hub.get("council-safeguarding", "/api/v1/homes/1-200/timeline").ok();
    assert_eq!(timeline["items"][0]["type"], "concern-triaged", "{timeline}");
}

#[test]
fn only_those_say_something_who_may_answer() {
    let scene = scene();
    for page in ["/homes/1-200/say", "/homes/1-200/say/concern.raised"] {
        assert_eq!(scene.signed_in("council-qa-reads").get(page).status, 403, "{page}");
        assert_eq!(scene.hub.get("council-qa", page).status, 403, "{page}");
    }
    let mut officer = scene.signed_in("council-qa");
    for page in ["/homes/9-9/say", "/homes/1-200/say/home.registered", "/homes/1-200/say/nothing"] {
        assert_eq!(officer.get(page).status, 404, "{page}");
    }
    let home = officer.get("/homes/1-200").body;
    assert!(home.contains("href=\"/homes/1-200/say\""), "{home}");
    let reads = scene.signed_in("council-qa-reads").get("/homes/1-200").body;
    assert!(!reads.contains("/homes/1-200/say\""), "{reads}");
}
