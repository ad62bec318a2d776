//! Reports: what each holds on both sides of its boundaries, and only what its reader may see.

mod actions;
mod board;
mod key_questions;
mod minutes;
mod pack;
mod plans;
mod sources;
mod threshold;

use carehub_domain::event::{
    Concern, Event, Kind, MeetingKind, MeetingPlan, MeetingRecord, Occurred, Record, Registration,
    Severity,
};
use carehub_domain::policy::InForce;
use carehub_domain::sharing::View;
use jiff::civil::Date;
use std::sync::Arc;

use crate::said;
use crate::story::Story;

const HOME: &str = "1-1000";
const OTHER: &str = "1-2000";
const COUNCIL: &str = "council-safeguarding";
const QA: &str = "council-qa";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A safeguarding referral that happened on a day.
fn refers(story: &mut Story, home: &str, id: &str, on: &str) {
    refers_with(story, COUNCIL, home, id, on, |_| {});
}

fn refers_with(
    story: &mut Story,
    agency: &str,
    home: &str,
    id: &str,
    on: &str,
    alter: impl FnOnce(&mut Concern),
) {
    story.raises(agency, home, id, Kind::SafeguardingReferral, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(day(on));
        alter(concern);
    });
}

fn registers(story: &mut Story, home: &str, name: &str, area: &str) {
    let registration = Registration {
        name: name.to_owned(),
        provider: None,
        brand: None,
        beds: Some(20),
        service: None,
        uprn: None,
        postcode: None,
        area: Some(area.to_owned()),
        coordinates: None,
        registered_on: None,
    };
    let id = format!("register {home}");
    story.says("cqc", home, &id, Event::HomeRegistered(Box::new(registration)));
}

fn plans_meeting(story: &mut Story, home: &str, kind: MeetingKind, reference: &str, on: &str) {
    let plan = MeetingPlan {
        meeting: kind,
        meeting_ref: reference.to_owned(),
        planned_for: day(on),
        chair_role: QA.to_owned(),
    };
    let id = format!("plan {home} {reference}");
    story.says(QA, home, &id, Event::Record(Record::MeetingPlanned(plan)));
}

/// A meeting was held on the first day; its minutes and its output went out on the others.
fn holds_meeting(
    story: &mut Story,
    home: &str,
    kind: MeetingKind,
    reference: &str,
    (on, minutes, output): (&str, Option<&str>, Option<&str>),
) {
    let held = MeetingRecord {
        meeting: kind,
        meeting_ref: reference.to_owned(),
        held_on: day(on),
        chair_role: QA.to_owned(),
        attended: vec![said::body(QA)],
        not_attended: vec![carehub_domain::event::Absence { body: said::body("cqc") }],
        minutes_distributed_on: minutes.map(day),
        output_passed_on: output.map(day),
        passed_on_to: Vec::new(),
    };
    let id = format!("held {home} {reference} {minutes:?} {output:?}");
    story.says(QA, home, &id, Event::Record(Record::MeetingRecorded(Box::new(held))));
}

/// Every picture that exists for a reader.
fn views(story: &Story, reader: &str) -> Vec<View> {
    let homes: Vec<String> = story.state.homes().map(|home| home.id().to_string()).collect();
    let views = homes.iter().map(|home| story.seen_by(home, reader));
    views.filter(View::exists).collect()
}

fn rules(story: &Story) -> InForce {
    InForce::new(Arc::clone(story.state.policy()))
}
