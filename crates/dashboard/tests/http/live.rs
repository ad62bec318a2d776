//! Live changes.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use carehub_dashboard::{Config, problem};

use crate::hub::Hub;

/// The events of a stream, as they come. The client's timeout ends a wait that is in vain.
struct Events(BufReader<ureq::BodyReader<'static>>);

impl Events {
    fn open(hub: &Hub, agency: &str, path: &str, last_event_id: Option<&str>) -> Self {
        let response = hub.stream(agency, path, last_event_id);
        assert_eq!(response.status(), 200);
        Self(BufReader::new(response.into_body().into_reader()))
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
