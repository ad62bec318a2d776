//! Hostile words that are typed into a form and not taken come back as text: where a field is at fault, and where the hub
//! itself says no.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::Scene;
use super::super::escaping::check;
use super::reading::forms;
use super::saying::Saying;
use super::words::{SHOWN, formula};
use super::{HOME, scene};
use crate::browser::Browser;

/// Sends a form, which is not taken.
#[track_caller]
fn refused(scene: &mut Scene, officer: &mut Browser, page: &str, form: &[(&str, &str)]) {
    let answer = scene.send(officer, page, form);
    let what = format!("{page} {:?}", form.first());
    assert_eq!(answer.status, 422, "{what}");
    check(&answer.body, &what);
    assert!(answer.body.contains(SHOWN), "{what}: what was typed does not come back");
}

/// The names of the fields of a page.
fn named(page: &str) -> BTreeSet<String> {
    let names = page.split("name=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    names.filter(|name| !["csrf", "event"].contains(name)).map(str::to_owned).collect()
}

#[test]
fn hostile_words_in_a_form_that_is_not_taken_come_back_as_text() {
    let mut scene = scene();
    let mut saying = Saying::begun(&mut scene);
    saying.end(&mut scene);
    let (long, line) = (formula(4_000), formula(200));
    let mut officer = scene.signed_in("council-qa");

    let page = format!("/homes/{HOME}/raise");
    let form = [("reason", &*long), ("level", &line), ("responsible", &line), ("within", &line)];
    refused(&mut scene, &mut officer, &page, &form);

    let page = format!("/homes/{HOME}/break-glass");
    refused(&mut scene, &mut officer, &page, &[("reason", &long), ("lasts", &line)]);

    // The council has acknowledged it, and nobody has decided: the first and the last of these are refused by the hub.
    let asked = json!({"level": "minor", "responsible": ["council-qa"], "reason": "One more."});
    scene.hub.say("police", "concern", HOME, "escalation.requested", asked);
    let open = format!("/api/v1/escalations?home={HOME}&state=raised&body=council-qa");
    let open = scene.hub.get("council-qa", &open).ok();
    let id = open["items"][0]["id"].as_str().unwrap();
    let acknowledged = json!({"escalation": id});
    scene.hub.say("council-qa", "response", HOME, "escalation.acknowledged", acknowledged);
    let page = format!("/escalations/{id}");
    for answer in [
        "acknowledge",
        "discuss",
        "lead",
        "decide",
        "action",
        "progress",
        "complete",
        "evidence",
        "close",
    ] {
        let texts = ["note", "rationale", "reason", "summary"].map(|name| (name, &*long));
        let lines = [
            "took_part",
            "held_on",
            "referral_form",
            "osas_ref",
            "lead",
            "decision",
            "owner",
            "measure",
            "due",
            "review_on",
            "action",
            "grade",
            "rating",
            "events",
        ];
        let mut form = vec![("answer", answer)];
        form.extend(texts);
        form.extend(lines.map(|name| (name, &*line)));
        refused(&mut scene, &mut officer, &page, &form);
    }

    let waiting = scene.hub.get("council-qa", "/api/v1/unmatched").ok();
    let concern = waiting["items"][0]["reference"].as_str().unwrap();
    let form = [("concern", concern), ("home", "other"), ("other", &line), ("reason", &line)];
    refused(&mut scene, &mut officer, "/unmatched", &form);
    // It stands there already, says the hub.
    let today = scene.today();
    scene.hub.concern("ambulance", "9-new", "complaint", &today);
    let concern = scene.hub.last_reference("ambulance");
    let form = [("concern", &*concern), ("home", "9-new"), ("reason", &line)];
    refused(&mut scene, &mut officer, "/unmatched", &form);

    let mut filled = BTreeSet::new();
    for name in ["council-safeguarding", "police"] {
        let mut officer = scene.signed_in(name);
        for page in forms(&mut officer) {
            if !filled.insert(page.clone()) {
                continue;
            }
            let is_concern = page.contains("/concern.raised?");
            let fields = named(&officer.get(&page).body);
            // Of a concern the kind is chosen before: without it less is asked.
            let kept = fields.iter().filter(|field| !(is_concern && *field == "kind"));
            let mut form: Vec<(&str, &str)> = kept.map(|field| (field.as_str(), &*line)).collect();
            if is_concern {
                form.push(("kind", "death"));
            }
            refused(&mut scene, &mut officer, &page, &form);
        }
    }
    assert!(filled.len() >= 29, "{filled:?}");
}
