//! What waits for a person: addresses to match, and what the hub did not take; and homes side by side.

mod rejected;
mod typed;

use serde_json::json;

use super::{Scene, scene};

fn unmatched(scene: &mut Scene, address: &str) {
    let today = scene.today();
    let place = json!({"place": {"postcode": "NR1 1AA", "address": address}});
    scene.hub.concern_with("ambulance", "unmatched", "soft-intelligence", &today, place);
}

#[test]
fn an_address_is_matched_to_a_home_that_is_proposed_with_the_reason() {
    let mut scene = scene();
    unmatched(&mut scene, "Oak Lodge, High Street");
    let reference = scene.hub.last_reference("ambulance");
    let mut officer = scene.signed_in("council-qa");
    let page = officer.get("/unmatched").body;
    let (first, second) = (page.find("value=\"1-200\""), page.find("value=\"1-100\""));
    assert!(first.is_some() && first < second, "{page}");
    assert!(page.contains("Same postcode, its name is in the address"), "{page}");
    assert!(page.contains("<bdi>Oak Lodge, High Street</bdi>"), "{page}");
    let concern = ("concern", reference.as_str());
    let nothing = scene.send(&mut officer, "/unmatched", &[concern]);
    assert_eq!(nothing.status, 422);
    let words = "Choose a home, or type its name, postcode or id";
    assert!(nothing.body.contains(words), "{}", nothing.body);
    let matched = scene.send(&mut officer, "/unmatched", &[concern, ("home", "1-200")]);
    assert_eq!((matched.status, matched.header("location")), (303, "/unmatched?done=matched"));
    let after = officer.get("/unmatched?done=matched").body;
    assert!(after.contains("The concern is matched") && after.contains("Nothing waits"), "{after}");
    let home = scene.hub.get("ambulance", "/api/v1/homes/1-200").ok();
    assert_eq!(home["concerns"]["total"], 1);
    // The reason is what was known, where the person said nothing.
    let timeline = scene.hub.get("council-qa", "/api/v1/homes/1-200/timeline").body;
    assert!(timeline.contains("Same postcode, its name is in the address"), "{timeline}");
    // Whoever had the page open and comes second is told that it is done.
    let csrf = crate::browser::field(&officer.get("/account").body, "csrf");
    let second = [("csrf", csrf.as_str()), concern, ("home", "1-100")];
    let late = scene.post(&mut officer, "/unmatched", &second);
    assert_eq!(late.status, 422);
    assert!(late.body.contains("<a href=\"#queue\">That concern does not wait any more"));
    assert!(late.body.contains("id=\"queue\""), "{}", late.body);
}

#[test]
fn only_the_sender_and_whoever_matches_read_the_address_and_say_which_home_it_is() {
    let mut scene = scene();
    unmatched(&mut scene, "Oak Lodge, High Street");
    let reference = scene.hub.last_reference("ambulance");
    let no_right = "Your agency may say which home it is, and your sign-in may not. Whoever keeps your agency&#39;s accounts can change that.";
    let others = "It is for its sender, or whoever matches for the partnership";
    for (name, reads, may, why) in [
        ("council-qa", true, true, ""),
        ("ambulance", true, true, ""),
        ("council-qa-reads", true, false, no_right),
        ("police", false, false, others),
    ] {
        let mut browser = scene.signed_in(name);
        let page = browser.get("/unmatched").body;
        assert_eq!(page.contains("High Street"), reads, "{name}");
        assert_eq!(page.contains("<form method=\"post\" action=\"/unmatched\""), may, "{name}");
        for words in [no_right, others] {
            assert_eq!(page.contains(words), words == why, "{name}: {page}");
        }
        if !may {
            let csrf = crate::browser::field(&browser.get("/account").body, "csrf");
            let form =
                [("csrf", csrf.as_str()), ("concern", reference.as_str()), ("home", "1-200")];
            let refused = scene.post(&mut browser, "/unmatched", &form).status;
            assert!([403, 404].contains(&refused), "{name}: {refused}");
        }
    }
}

#[test]
fn an_agency_reads_what_was_not_taken_of_its_own_and_of_nobody_elses() {
    let mut scene = scene();
    let today = scene.today();
    let none = scene.signed_in("ambulance").get("/returned").body;
    assert_eq!(none.matches("None.").count(), 2, "{none}");
    let bad = json!({"kind": "gossip", "occurred_at": today, "severity": "low"});
    scene.hub.try_to_say("ambulance", "concern", "1-100", "concern.raised", bad);
    let withheld = json!({"summary": "Ring 01603 123456"});
    scene.hub.concern_with("ambulance", "1-200", "complaint", &today, withheld);
    let (waits, reference) = (scene.hub.last_id(), scene.hub.last_reference("ambulance"));
    let unknown = json!({"escalation": "0123456789abcdef"});
    scene.hub.try_to_say("ambulance", "response", "1-100", "escalation.acknowledged", unknown);
    let page = scene.signed_in("ambulance").get("/returned").body;
    let correct = format!("<bdi>{waits}</bdi></td>");
    for part in [
        "Values are missing, or are not in the form that is asked for. (schema-violation)",
        "<code>/data/kind</code>",
        "No escalation of this home has that id. (escalation-unknown)",
        "Text returned for correction",
        "send a correction from the system that sent it",
        "<a class=\"govuk-link\" href=\"/homes/1-200\"><bdi>Oak Lodge</bdi></a>",
        &correct,
        "<strong>1</strong> Values are missing, or are not in the form that is asked for. <span class=\"ch-quiet govuk-!-font-size-16\">schema-violation</span>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for hidden in ["01603", "gossip", reference.as_str(), "by agency"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let other = scene.signed_in("police").get("/returned").body;
    assert_eq!(other.matches("None.").count(), 2, "{other}");
    let api = scene.hub.get("ambulance", "/api/v1/rejections").ok();
    assert_eq!(api["items"].as_array().unwrap().len(), 3);
    assert_eq!(api["items"][0]["outcome"], "refused");
    assert_eq!(scene.hub.get("police", "/api/v1/rejections").ok()["items"], json!([]));
}

#[test]
fn a_provider_shows_its_homes_side_by_side_and_one_that_nobody_knows_is_none() {
    let mut hub = crate::hub::Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-01");
    let page = hub.get("cqc", "/providers/p-1").body;
    for part in [
        "Fictional Care",
        "<strong>2</strong> homes",
        "Oak Lodge: 1 incident over 24 months, 1 in the busiest",
        ">Moderate</strong>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("Oak Lodge") < page.find("Willow"), "the highest level first");
    assert!(!page.contains("Elm Court"));
    for path in ["/providers/p-9", "/brands/p-1"] {
        assert_eq!(hub.get("cqc", path).status, 404, "{path}");
    }
    let map = hub.get("cqc", "/map").body;
    assert!(map.contains("aria-label=\"Oak Lodge: Moderate\""), "{map}");
    assert!(map.contains("3 homes: 1 moderate, 2 no level"), "{map}");
}

#[test]
fn a_home_stands_on_the_map_where_the_register_says_and_the_gravest_above_the_others() {
    let mut hub = crate::hub::Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-01");
    for (id, name, latitude, longitude) in [
        ("1-200", "Oak Lodge", 52.63, 1.30),
        ("1-400", "Fen View", 52.93, 1.30),
        ("1-500", "Fen End", 52.63, 1.80),
        ("1-600", "Fen Side", 52.63, 1.30),
    ] {
        let coordinates = json!({"latitude": latitude, "longitude": longitude});
        let data = json!({"name": name, "area": "Norfolk", "coordinates": coordinates});
        hub.say("cqc", "register", id, "home.registered.v2", data);
    }
    let map = hub.get("cqc", "/map").body;
    let drawn: Vec<(&str, f64, f64)> = map
        .split("<a href=\"/homes/")
        .filter_map(|mark| {
            let (id, rest) = mark.split_once('"')?;
            let (_, place) = rest.split_once("transform=\"translate(")?;
            let (x, y) = place.split_once(')')?.0.split_once(' ')?;
            Some((id, x.parse().ok()?, y.parse().ok()?))
        })
        .collect();
    let of = |id| drawn.iter().find(|mark| mark.0 == id).copied().unwrap();
    let (oak, view, end, side) = (of("1-200"), of("1-400"), of("1-500"), of("1-600"));
    assert!(view.2 < end.2 && end.1 > view.1, "north is up and east is right: {drawn:?}");
    // 0.3 degrees north and 0.5 degrees east at 52.78 degrees: 33.4 and 33.6 kilometres.
    assert!(((end.1 - view.1) / (end.2 - view.2) - 1.008).abs() < 0.01, "{drawn:?}");
    // Two at one place both show; the graver is drawn after, and so above.
    assert_ne!((oak.1, oak.2), (side.1, side.2));
    assert_eq!(drawn.last().map(|mark| mark.0), Some("1-200"));
    assert!(map.contains("aria-label=\"Oak Lodge: Moderate\"><title>"), "reached by the keyboard");
    assert!(map.contains("aria-label=\"Fen View: No level\" tabindex=\"-1\""), "{map}");
    assert!(map.contains(">10 km</text>") || map.contains(">5 km</text>"), "{map}");
    // Of the others nobody knows where they lie.
    assert!(map.contains("Homes of which the register gives no place"));
    assert!(map.contains("2 homes: 2 no level"), "{map}");
}

#[test]
fn the_register_of_suspensions_names_who_restricts_since_when_and_the_next_review() {
    let mut policy = crate::published::policy();
    policy.process.placements.decided_by = vec!["council-qa".to_owned()];
    let mut hub = crate::hub::Hub::under(policy);
    hub.at("2024-03-01T10:00:00Z");
    let empty = hub.get("cqc", "/placements").body;
    assert!(empty.contains("No commissioner has restricted its placements"), "{empty}");
    let cautioned = json!({
        "reason": "No manager in post.", "police_consulted_on": "2024-03-01",
        "safeguarding_consulted_on": "2024-03-01", "police_agree_to_hear_provider": false,
        "review_on": "2024-03-15", "conditions": "None with nursing needs.",
    });
    hub.say("council-qa", "response", "1-200", "placements.cautioned", cautioned);
    for path in ["/placements", "/homes/1-200"] {
        let page = hub.get("cqc", path).body;
        let words =
            if path == "/placements" { "Place with caution" } else { "places with caution" };
        assert!(page.contains(words) && page.contains("15 March 2024"), "{path}: {page}");
    }
    let api = hub.get("cqc", "/api/v1/homes/1-200").ok();
    assert_eq!(api["placements"][0]["kind"], "caution");
    hub.at("2024-03-20T10:00:00Z");
    hub.concern("police", "1-100", "complaint", "2024-03-20");
    assert!(hub.get("cqc", "/placements").body.contains("ch-due--late"));
}
