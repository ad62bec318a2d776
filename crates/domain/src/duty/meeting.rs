//! Meetings: that they are held, that their minutes are distributed and their output passed on; and
//! requests for information, that they are answered.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Duty, rule};
use crate::event::{InformationPower, MeetingKind};
use crate::picture::Home;
use crate::picture::records::{Meeting, Regular};
use crate::policy::{InForce, Owed, Window, Within};
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

/// When the next of each regular meeting is due later than `after`, if none is held before.
pub(super) fn of_regular<'a>(
    policy: &'a InForce,
    home: &'a Home,
    after: Timestamp,
) -> impl Iterator<Item = (Timestamp, Duty)> + 'a {
    home.head.records.regular.iter().filter_map(move |(kind, regular)| {
        let (due, _) = regular_due(policy, *kind, regular, after)?;
        Some((due, Duty::Regular { kind: *kind }))
    })
}

/// The first time later than `after` at which a regular meeting ought to have been recorded as held, and how
/// often it is held; nothing where no rule says so any more.
pub(crate) fn regular_due(
    policy: &InForce,
    kind: MeetingKind,
    regular: &Regular,
    after: Timestamp,
) -> Option<(Timestamp, Window)> {
    let of_kind =
        |of: &Owed| matches!(of, Owed::Meeting { every, .. } if every.contains_key(&kind));
    let (_, Owed::Meeting { within, every, .. }) = rule(policy, of_kind)? else {
        return None;
    };
    let every = *every.get(&kind)?;
    let mut last = regular.since;
    loop {
        let next = every.end_after(last);
        // At the end of all days.
        if next <= last {
            return None;
        }
        let due = policy.due(*within, start_of_day(next));
        if due > after {
            return Some((due, every));
        }
        last = next;
    }
}

/// The kinds of meeting that the policy wants held regularly.
pub(crate) fn regular_kinds(policy: &InForce) -> BTreeSet<MeetingKind> {
    let every = policy.overdue().filter_map(|(_, of)| {
        if let Owed::Meeting { every, .. } = of { Some(every.keys().copied()) } else { None }
    });
    every.flatten().collect()
}

fn held_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    let planned = meeting.planned_for.filter(|_| meeting.held_on.is_none())?;
    let (within, _) = rule_of_meeting(policy, meeting.kind)?;
    Some(policy.due(within, start_of_day(planned).max(meeting.recorded_at)))
}

fn output_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    meeting.held_on.filter(|_| meeting.output_on.is_none())?;
    let (_, output_within) = rule_of_meeting(policy, meeting.kind)?;
    Some(policy.due(output_within, meeting.recorded_at))
}

fn minutes_due(policy: &InForce, meeting: &Meeting) -> Option<Timestamp> {
    meeting.held_on.filter(|_| meeting.minutes_on.is_none())?;
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
