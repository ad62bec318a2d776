//! What each reader sees of one home. That nothing leaks through a route is tested where the
//! routes are.

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::event::{Facets, Kind, Occurred, Severity};
use crate::picture::{ConcernItem, Counts, Home, Standing};
use crate::policy::{Body, Powers};
use crate::{HomeId, Position};

fn body(id: &str) -> BodyId {
    BodyId::new(id).unwrap()
}

/// A concern of the police at a position, in the incident of that position unless another is given.
fn concern(position: u64, incident: u64, audience: Option<&[&str]>) -> Item {
    let audience = audience.map(|names| names.iter().map(|name| body(name)).collect());
    Item {
        position: Position(position),
        recorded_at: Timestamp::UNIX_EPOCH,
        agency: body("police"),
        what: What::Concern(ConcernItem {
            occurred: Occurred::Day(date(2024, 2, 1)),
            date: date(2024, 2, 1),
            known_at: Timestamp::UNIX_EPOCH,
            kind: Kind::Complaint,
            severity: Severity::Low,
            facets: Facets::default(),
            indicators: 0,
            incident: Position(incident),
            record: None,
            incident_ref: None,
            person: None,
            audience,
            standing: Standing::Counts,
            corrected: None,
            triaged: crate::picture::Triaged::No,
            text: crate::erasure::TextState::Stands,
        }),
    }
}

fn home(items: Vec<Item>) -> Arc<Home> {
    let head = Home::new(HomeId::new("1-100").unwrap()).head;
    Arc::new(Home::stored(head, items, Vec::new()))
}

fn total(home: &Arc<Home>, reader: &str) -> u32 {
    Counts::of(View::of(home, &body(reader)).home(), |_| true).total
}

#[test]
fn handling_c_is_for_its_sender_and_the_named_audience() {
    let home = home(vec![concern(1, 1, None), concern(2, 2, Some(&["cqc"]))]);
    assert!(!is_alike(&home));
    assert_eq!(total(&home, "police"), 2);
    assert_eq!(total(&home, "cqc"), 2);
    assert_eq!(total(&home, "ambulance"), 1);
}

#[test]
fn an_open_picture_is_the_same_for_everybody() {
    let home = home(vec![concern(1, 1, None), concern(2, 2, None)]);
    assert!(is_alike(&home));
    assert_eq!(View::of(&home, &body("ambulance")).home(), &*home);
}

#[test]
fn an_incident_is_named_by_what_the_reader_sees_of_it() {
    let items = vec![concern(1, 1, Some(&["cqc"])), concern(2, 1, None), concern(3, 1, None)];
    let home = home(items);
    let incident = |reader: &str| {
        let view = View::of(&home, &body(reader));
        let (_, concern) = view.home().concern(Position(3)).unwrap();
        concern.incident
    };
    assert_eq!(incident("cqc"), Position(1));
    assert_eq!(incident("ambulance"), Position(2));
    assert_eq!(total(&home, "ambulance"), 1);
}

#[test]
fn a_home_of_which_all_is_hidden_does_not_exist() {
    let home = home(vec![concern(1, 1, Some(&["cqc"]))]);
    assert!(View::of(&home, &body("cqc")).exists());
    assert!(!View::of(&home, &body("ambulance")).exists());
}

#[test]
fn only_bodies_of_the_policy_read_and_only_within_their_dates() {
    let entry = |id: &str, until| Body {
        id: body(id),
        name: id.to_owned(),
        roles: vec![id.to_owned()],
        areas: Vec::new(),
        from: Some(date(2024, 1, 1)),
        until,
        officers: Vec::new(),
    };
    let policy = Policy {
        body: vec![
            entry("police", None),
            entry("ccg", Some(date(2024, 7, 1))),
            entry("provider", None),
        ],
        powers: Powers { never_reads: vec!["provider".to_owned()], ..Powers::default() },
        ..Policy::default()
    };
    let reads = |id: &str, at: &str| may_read(&policy, &body(id), at.parse().unwrap());
    assert!(reads("police", "2024-08-01T00:00:00Z"));
    assert!(!reads("police", "2023-12-31T00:00:00Z"));
    assert!(reads("ccg", "2024-06-30T00:00:00Z"));
    assert!(!reads("ccg", "2024-07-01T00:00:00Z"));
    assert!(!reads("provider", "2024-08-01T00:00:00Z"));
    assert!(!reads("nobody", "2024-08-01T00:00:00Z"));
}
