//! Meetings: that they are held, that their minutes are distributed and their output passed on; and
//! requests for information, that they are answered.

use jiff::Timestamp;

use super::{Duty, rule};
use crate::event::{InformationPower, MeetingKind};
use crate::picture::Home;
use crate::picture::records::Meeting;
use crate::policy::{InForce, Owed, Within};
use crate::time::{end_of_day, start_of_day};

/// What is due of the meetings of a home, in no order.
pub(super) fn of_meetings<'a>(
    policy: &'a InForce,
    home: &'a Home,
) -> impl Iterator<Item = (Timestamp, Duty)> + 'a {
    home.head.records.meetings.iter().flat_map(move |(key, meeting)| {
        let key = *key;
        let held = held_due(policy, meeting).map(|due| (due, Duty::Meeting { meeting: key }));
        let minutes = minutes_due(policy, meeting).map(|due| (due, Duty::Minutes { meeting: key }));
        let output = output_due(policy, meeting).map(|due| (due, Duty::Output { meeting: key }));
        [held, minutes, output].into_iter().flatten()
    })
}

/// By when a meeting that is planned and was not held is to be recorded.
pub(crate) fn held_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    let planned = meeting.planned_for.filter(|_| meeting.held_on.is_none())?;
    let (within, _) = rule_of_meeting(policy, meeting.kind)?;
    Some(policy.due(within, start_of_day(planned).max(meeting.recorded_at)))
}

fn output_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    output_limit(policy, meeting).filter(|_| meeting.output_on.is_none())
}

fn minutes_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    minutes_limit(policy, meeting).filter(|_| meeting.minutes_on.is_none())
}

/// By when the output of a meeting that was held is to be passed on, whether or not it was.
pub(crate) fn output_limit(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    meeting.held_on?;
    let (_, output_within) = rule_of_meeting(policy, meeting.kind)?;
    Some(policy.due(output_within, meeting.recorded_at))
}

/// By when the minutes of a meeting that was held are to be distributed, whether or not they were.
pub(crate) fn minutes_limit(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    meeting.held_on?;
    let of_kind = |of: &Owed| matches!(of, Owed::Minutes { meetings, .. } if meetings.contains(&meeting.kind));
    let (_, Owed::Minutes { within, .. }) = rule(policy, of_kind)? else {
        return None;
    };
    Some(policy.due(*within, meeting.recorded_at))
}

fn rule_of_meeting(policy: &InForce, kind: MeetingKind) -> Option<(Within, Within)> {
    let of_kind =
        |of: &Owed| matches!(of, Owed::Meeting { meetings, .. } if meetings.contains(&kind));
    let (_, Owed::Meeting { within, output_within, .. }) = rule(policy, of_kind)? else {
        return None;
    };
    Some((*within, *output_within))
}

/// What is due of the requests for information about a home: only those that must be answered.
pub(super) fn of_requests<'a>(
    policy: &'a InForce,
    home: &'a Home,
) -> impl Iterator<Item = (Timestamp, Duty)> + 'a {
    let rule = rule(policy, |of| matches!(of, Owed::Information { .. }));
    let within = rule.and_then(|(_, of)| {
        let Owed::Information { within } = of else {
            return None;
        };
        Some(*within)
    });
    let open = home.head.records.requests.iter().filter(|(_, request)| {
        request.answer.is_none() && request.power == InformationPower::CareActS45
    });
    open.filter_map(move |(position, request)| {
        let within = within?;
        let by_then = request.answer_by.map(end_of_day).filter(|by| *by > request.recorded_at);
        let due = by_then.unwrap_or_else(|| policy.due(within, request.recorded_at));
        Some((due, Duty::Information { request: *position }))
    })
}
