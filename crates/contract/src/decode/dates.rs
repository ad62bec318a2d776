//! Dates that cannot all be true.

use carehub_domain::event::{EventType, Occurred};
use carehub_domain::time::london_date;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::agency::Findings;
use crate::codes::DATE_IMPOSSIBLE;

/// Nobody who lives in a home was harmed before it.
const FIRST: Date = date(1900, 1, 1);

/// How far a sender's clock may run ahead of the log's.
const AHEAD_MINUTES: i64 = 5;

/// Finds what happened before 1900 or, by London's dates, after its sender knew; and what its sender
/// knew or said more than five minutes after it was recorded; and days of the record that were not past
/// when they were said. What does not parse is not judged here.
pub(super) fn check(
    event_type: EventType,
    data: &Value,
    time: Option<Timestamp>,
    recorded_at: Timestamp,
    findings: &mut Findings,
) {
    let latest = recorded_at.checked_add(AHEAD_MINUTES.minutes()).unwrap_or(Timestamp::MAX);
    if time.is_some_and(|time| time > latest) {
        findings.add(
            DATE_IMPOSSIBLE,
            "/time",
            "must not be later than the log's own time by more than five minutes",
        );
    }
    past_days(event_type, data, time, findings);
    let (occurred, pointer, known) = match event_type {
        EventType::ConcernRaised => {
            (data.get("occurred_at"), "/data/occurred_at", data.get("known_at"))
        }
        EventType::ConcernCorrected => {
            (data.get("set").and_then(|set| set.get("occurred_at")), "/data/set/occurred_at", None)
        }
        EventType::ConcernWithdrawn
        | EventType::ConcernMatched
        | EventType::DeathSamePerson
        | EventType::EscalationRequested
        | EventType::HomeRegistered
        | EventType::HomeChanged
        | EventType::HomeClosed
        | EventType::HomeSucceeded
        | EventType::Acknowledged
        | EventType::Discussed
        | EventType::Decided
        | EventType::LeadAgreed
        | EventType::EvidenceAdded
        | EventType::Closed
        | EventType::ConcernTriaged
        | EventType::AssessmentRecorded
        | EventType::PlanEvidenced
        | EventType::PlanSampled
        | EventType::PlacementsCounted
        | EventType::MeetingPlanned
        | EventType::MeetingRecorded
        | EventType::InformationRequested
        | EventType::InformationSupplied
        | EventType::InformationRefused
        | EventType::GuidanceIssued
        | EventType::PoliceAdviceRecorded
        | EventType::BodySucceeded
        | EventType::ActionAssigned
        | EventType::ActionProgressed
        | EventType::ActionCompleted
        | EventType::Reopened
        | EventType::PlacementsSuspended
        | EventType::PlacementsCautioned
        | EventType::PlacementsLifted
        | EventType::ProcessStarted
        | EventType::ProcessMoved
        | EventType::ProcessRecorded
        | EventType::ProcessClosed
        | EventType::ProviderInformed
        | EventType::ProviderMet
        | EventType::SafetyActionTaken
        | EventType::DisclosureCleared
        | EventType::SummitRecorded
        | EventType::ClosurePlanAgreed
        | EventType::ErasureRequested
        | EventType::BreakGlassOpened
        | EventType::ConcernReceived
        | EventType::EnquiryChecked
        | EventType::SupportCounted
        | EventType::PracticeAligned => return,
    };
    let known: Option<Timestamp> = known.and_then(Value::as_str).and_then(|text| text.parse().ok());
    if known.is_some_and(|known| known > latest) {
        let message = "must not be later than the log's own time by more than five minutes";
        findings.add(DATE_IMPOSSIBLE, "/data/known_at", message);
    }
    let occurred =
        occurred.and_then(Value::as_str).and_then(|text| Occurred::try_from(text.to_owned()).ok());
    if let Some(occurred) = occurred {
        let day = occurred.date();
        if day < FIRST {
            findings.add(DATE_IMPOSSIBLE, pointer, "must not be before 1900");
        }
        if let Some(known) = known.or(time)
            && day > london_date(known)
        {
            let message =
                "must not be after the day on which the sender knew (`known_at`, else `time`)";
            findings.add(DATE_IMPOSSIBLE, pointer, message);
        }
    }
}

/// What an event of the record says has happened on a day cannot have happened after it was said.
fn past_days(
    event_type: EventType,
    data: &Value,
    time: Option<Timestamp>,
    findings: &mut Findings,
) {
    for name in days(event_type) {
        let day: Option<Date> =
            data.get(*name).and_then(Value::as_str).and_then(|text| text.parse().ok());
        let Some(day) = day else {
            continue;
        };
        if day < FIRST {
            findings.add(DATE_IMPOSSIBLE, &format!("/data/{name}"), "must not be before 1900");
        }
        if time.is_some_and(|time| day > london_date(time)) {
            let message = "must not be after the day on which it is said (`time`)";
            findings.add(DATE_IMPOSSIBLE, &format!("/data/{name}"), message);
        }
    }
}

/// The days of an event of the record that are past when it is said.
fn days(event_type: EventType) -> &'static [&'static str] {
    match event_type {
        EventType::AssessmentRecorded => &["assessed_on"],
        EventType::PlanEvidenced => &["evidenced_on"],
        EventType::PlanSampled => &["sampled_on"],
        EventType::MeetingRecorded => &["held_on", "minutes_distributed_on", "output_passed_on"],
        EventType::InformationSupplied => &["supplied_on"],
        EventType::InformationRefused => &["refused_on"],
        EventType::GuidanceIssued => &["issued_on"],
        EventType::PoliceAdviceRecorded => &["advised_on"],
        EventType::ConcernReceived => &["received_on"],
        EventType::EnquiryChecked => &["checked_on"],
        EventType::SupportCounted => &["counted_on"],
        // A practice may be agreed beforehand.
        EventType::PracticeAligned => &[],
        EventType::PlacementsSuspended
        | EventType::PlacementsCautioned
        | EventType::PlacementsLifted => &["police_consulted_on", "safeguarding_consulted_on"],
        EventType::ProcessClosed => {
            &["provider_notified_on", "cqc_notified_on", "reported_to_board_on"]
        }
        EventType::ProviderInformed
        | EventType::ProviderMet
        | EventType::SafetyActionTaken
        | EventType::SummitRecorded => &["on"],
        EventType::ClosurePlanAgreed => &["agreed_on"],
        EventType::ConcernTriaged
        | EventType::PlacementsCounted
        | EventType::MeetingPlanned
        | EventType::InformationRequested
        | EventType::BodySucceeded
        | EventType::ConcernRaised
        | EventType::ConcernCorrected
        | EventType::ConcernWithdrawn
        | EventType::ConcernMatched
        | EventType::DeathSamePerson
        | EventType::EscalationRequested
        | EventType::HomeRegistered
        | EventType::HomeChanged
        | EventType::HomeClosed
        | EventType::HomeSucceeded
        | EventType::Acknowledged
        | EventType::Discussed
        | EventType::Decided
        | EventType::LeadAgreed
        | EventType::EvidenceAdded
        | EventType::Closed
        | EventType::ActionAssigned
        | EventType::ActionProgressed
        | EventType::ActionCompleted
        | EventType::Reopened
        | EventType::ProcessStarted
        | EventType::ProcessMoved
        | EventType::ProcessRecorded
        | EventType::DisclosureCleared
        | EventType::ErasureRequested
        | EventType::BreakGlassOpened => &[],
    }
}
