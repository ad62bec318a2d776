//! Meetings: that they are held, that their minutes are distributed and their output passed on; and
//! requests for information, that they are answered.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Duty, rule};
use crate::HomeId;
use crate::event::{InformationPower, MeetingKind};
use crate::picture::Home;
use crate::picture::records::Meeting;
use crate::policy::{InForce, Owed, Window, Within};
use crate::time::{end_of_day, london_date, start_of_day};

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
    Some(policy.due(output_within?, meeting.recorded_at))
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

/// The next of each kind of regular meeting, which are about no single home: later than `after`, and while nobody
/// plans or holds one, again every so often. Without `after`, when each first was due.
pub(super) fn regular_due(
    policy: &InForce,
    home: &Home,
    after: Option<Timestamp>,
) -> Vec<(Timestamp, Duty)> {
    if home.id().as_str() != HomeId::GENERAL {
        return Vec::new();
    }
    let regular = policy.overdue().filter_map(|(_, of)| match of {
        Owed::Meeting { regular, .. } => Some(regular),
        Owed::Answer {}
        | Owed::Triage { .. }
        | Owed::Plan { .. }
        | Owed::Sample { .. }
        | Owed::Information { .. }
        | Owed::Minutes { .. }
        | Owed::Reviews {}
        | Owed::Improvement {}
        | Owed::Restriction {}
        | Owed::Lead {}
        | Owed::Onward { .. } => None,
    });
    let each = regular.flatten().map(|(kind, every)| (*kind, *every));
    each.filter_map(|(kind, every)| {
        let mut day = next_by(policy, home, kind, every)?;
        while after.is_some_and(|after| start_of_day(day) <= after) {
            let later = every.end_after(day);
            if later <= day {
                return None;
            }
            day = later;
        }
        Some((start_of_day(day), Duty::Regular { kind }))
    })
    .collect()
}

/// The day from which the next meeting of a kind is missing: so long after the last that was held, or that is planned
/// for a day in time.
fn next_by(policy: &InForce, home: &Home, kind: MeetingKind, every: Window) -> Option<Date> {
    let of_kind = || home.head.records.meetings.values().filter(|meeting| meeting.kind == kind);
    let held = of_kind().filter_map(|meeting| meeting.held_on).max();
    let mut by = every.end_after(held.or_else(|| policy.since().map(london_date))?);
    let mut planned: Vec<Date> = of_kind()
        .filter(|meeting| meeting.held_on.is_none())
        .filter_map(|meeting| meeting.planned_for)
        .collect();
    planned.sort_unstable();
    for day in planned {
        if day <= by {
            by = by.max(every.end_after(day));
        }
    }
    Some(by)
}

/// Whether, at `now`, the next of a kind of regular meeting is not missing.
pub(crate) fn is_regular_planned(
    policy: &InForce,
    home: &Home,
    kind: MeetingKind,
    now: Timestamp,
) -> bool {
    let mut due = regular_due(policy, home, None).into_iter();
    due.all(|(at, duty)| duty != Duty::Regular { kind } || at > now)
}

fn rule_of_meeting(policy: &InForce, kind: MeetingKind) -> Option<(Within, Option<Within>)> {
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
