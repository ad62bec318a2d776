//! Live changes.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use carehub_dashboard::{Config, problem};

use crate::hub::Hub;
use crate::published::agreed_policy;

/// The events of a stream, as they come. The client's timeout ends a wait that is in vain.
struct Events(BufReader<ureq::BodyReader<'static>>);

impl Events {
    fn open(hub: &Hub, agency: &str, path: &str, last_event_id: Option<&str>) -> Self {
        let response = hub.stream(agency, path, last_event_id);
        assert_eq!(response.status(), 200);
        Self(BufReader::new(response.into_body().into_reader()))
    }

    /// The id of the next event.
    fn next_id(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(id) = line.trim_end().strip_prefix("id: ") {
                return id.to_owned();
            }
        }
    }

    /// Name and data of the next event; none at the end of the stream.
    fn next(&mut self) -> Option<(String, Value)> {
        let (mut name, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => value.clone_into(&mut data),
                Some(_) => {}
                None if line.trim_end().is_empty() && !data.is_empty() => {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
                None => {}
            }
        }
    }
}

#[test]
fn a_change_is_told_with_the_revision_that_the_home_then_has() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let mut events = Events::open(&hub, "cqc", "/api/v1/live", None);
    hub.concern("police", "1-200", "complaint", "2024-02-01");
    let (name, data) = events.next().unwrap();
    assert_eq!((name.as_str(), &data["home"]), ("home", &Value::from("1-200")));
    let home = hub.get("cqc", "/api/v1/homes/1-200").ok();
    assert_eq!(data["revision"], home["revision"]);
}

#[test]
fn a_stream_of_one_home_tells_of_no_other() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let mut events = Events::open(&hub, "cqc", "/api/v1/live?home=1-200", None);
    hub.concern("police", "1-100", "complaint", "2024-02-01");
    hub.concern("police", "1-200", "complaint", "2024-02-01");
    assert_eq!(events.next().unwrap().1["home"], "1-200");
}

#[test]
fn a_reader_who_comes_again_is_told_that_changes_may_be_missing() {
    let hub = Hub::new();
    let mut events = Events::open(&hub, "cqc", "/api/v1/live", Some("anything"));
    assert_eq!(events.next().unwrap().0, "missed");
    assert_eq!(missed(&hub, "reconnected"), 1);
}

#[test]
fn a_reader_who_is_too_slow_is_told_that_changes_may_be_missing_and_hears_on() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let mut events = Events::open(&hub, "cqc", "/api/v1/live", None);
    hub.more_changes_than_are_kept("1-300");
    assert_eq!(events.next().unwrap().0, "missed");
    assert_eq!(missed(&hub, "too-slow"), 1);
    hub.concern("police", "1-200", "complaint", "2024-02-01");
    assert_eq!(events.next().unwrap().1["home"], "1-200");
}

/// Where a page listens.
#[track_caller]
fn listens_at(page: &str) -> String {
    let (_, rest) = page.split_once("data-live=\"").unwrap_or_else(|| panic!("not live: {page}"));
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

#[test]
fn a_page_that_listens_is_told_first_of_what_changed_since_it_was_made_and_of_nothing_else() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-200", "health-and-safety-breach", "2024-02-29");
    let open = hub.get("cqc", "/api/v1/escalations").ok();
    let escalation = format!("/escalations/{}", open["items"][0]["id"].as_str().unwrap());
    let pages = ["/", "/homes/1-200", &escalation, "/escalations"];
    let made = pages.map(|page| listens_at(&hub.get("cqc", page).body));
    let listening = made.each_ref().map(|at| Events::open(&hub, "cqc", at, None));
    hub.concern("police", "1-200", "complaint", "2024-02-28");
    for (page, mut events) in pages.iter().zip(listening) {
        assert_eq!(events.next().unwrap().0, "home", "{page}: nothing was missed");
    }
    for (page, at) in pages.iter().zip(&made) {
        let mut events = Events::open(&hub, "cqc", at, None);
        assert_eq!(events.next().unwrap().0, "missed", "{page}");
    }
}

#[test]
fn whoever_comes_again_with_the_last_event_has_missed_nothing_until_something_changes() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let mut events = Events::open(&hub, "cqc", "/api/v1/live", None);
    hub.concern("police", "1-200", "complaint", "2024-02-01");
    let last = events.next_id();
    let mut again = Events::open(&hub, "cqc", "/api/v1/live?mark=of-the-page", Some(&last));
    hub.concern("police", "1-300", "complaint", "2024-02-01");
    let (name, data) = again.next().unwrap();
    assert_eq!((name.as_str(), &data["home"]), ("home", &json!("1-300")));
    let mut late = Events::open(&hub, "cqc", "/api/v1/live", Some(&last));
    assert_eq!(late.next().unwrap().0, "missed");
}

#[test]
fn what_stands_at_no_place_is_told_to_those_who_see_it_and_to_nobody_else() {
    let mut hub = Hub::under(agreed_policy());
    hub.at("2024-03-01T10:00:00Z");
    let mut events = Events::open(&hub, "ambulance", "/api/v1/live", None);
    let hidden = json!({"code": "C", "conditions": "ask first", "audience": ["council-qa"]});
    let place = json!({"postcode": "NR1 1AA", "address": "Oak Lodge"});
    let secret = json!({"handling": hidden, "place": place});
    hub.concern_with("police", "unmatched", "soft-intelligence", "2024-02-29", secret);
    hub.concern("police", "1-300", "complaint", "2024-02-29");
    assert_eq!(events.next().unwrap().1["home"], "1-300", "the hidden address is not told");
    let mut only = Events::open(&hub, "ambulance", "/api/v1/live?home=unmatched", None);
    let open = json!({"place": place});
    hub.concern_with("police", "unmatched", "soft-intelligence", "2024-02-29", open);
    let mut before = Value::Null;
    for events in [&mut events, &mut only] {
        let (name, data) = events.next().unwrap();
        assert_eq!((name.as_str(), &data["home"]), ("home", &json!("unmatched")));
        before = data["revision"].clone();
    }
    // The only address that this reader saw is matched: it counts elsewhere.
    let concern = json!({"id": hub.last_id(), "agency": "police"});
    let matched = json!({"matches": concern, "reason": "Same postcode.", "from": "unmatched"});
    hub.say("council-qa", "concern", "1-200", "concern.matched", matched);
    let (_, data) = only.next().unwrap();
    assert_eq!(data["home"], "unmatched");
    assert_ne!(data["revision"], before);
}

/// How often readers were told so, for this reason.
fn missed(hub: &Hub, why: &str) -> u32 {
    let figures = hub.metrics();
    let line = figures.lines().find(|line| line.contains("missed") && line.contains(why)).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn readers_are_bounded_and_the_end_of_the_hub_ends_their_streams() {
    let config = Config { live_readers: 1, ..Config::default() };
    let mut hub = Hub::with(config);
    let mut events = Events::open(&hub, "cqc", "/api/v1/live", None);
    hub.get("police", "/api/v1/live").assert_problem(503, problem::TOO_MANY);
    assert!(hub.metrics().contains("carehub_http_live_readers 1"));
    hub.stop();
    assert_eq!(events.next(), None);
}
