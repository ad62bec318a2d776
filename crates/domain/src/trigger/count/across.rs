//! The same count over the homes of a provider: one incident at one home counts once.

use std::collections::BTreeSet;

use super::Rule;
use crate::escalation::EVIDENCE_LISTED;
use crate::event::Severity;
use crate::picture::{ConcernItem, Day, Home, Tally};
use crate::trigger::{Held, Tested};
use crate::{BodyId, Position};

/// A concern at one of the homes.
#[derive(Clone, Copy)]
struct At<'a> {
    day: Day,
    incident: (usize, Position),
    position: Position,
    agency: &'a BodyId,
    severity: Severity,
}

/// Whether some window that contains `new` exceeds the limit over these homes together; the fullest is
/// the evidence. It looks at every concern in reach: a rule of this sort is for small groups.
pub(crate) fn holds(rule: Rule<'_>, homes: &[(&Home, &Tally)], new: &ConcernItem) -> Option<Held> {
    let from = Day::of(rule.window.earliest_start(new.date));
    let until = Day::of(rule.window.end_after(new.date));
    let mut all: Vec<At<'_>> = Vec::new();
    for (nth, (home, tally)) in homes.iter().enumerate() {
        all.extend(tally.rows(from, until).filter_map(|row| {
            let (item, concern) = home.concern_at(row.place)?;
            Some(At {
                day: row.day,
                incident: (nth, concern.incident),
                position: item.position,
                agency: rule.successions.counted_as(&item.agency),
                severity: row.severity,
            })
        }));
    }
    all.sort_by_key(|at| (at.day, at.position));
    let new = Day::of(new.date);
    let best = all
        .iter()
        .map(|first| first.day)
        .filter(|start| *start <= new)
        .filter_map(|start| {
            let end = Day::of(rule.window.end_after(start.date()?));
            let within = |at: &&At<'_>| start <= at.day && at.day < end;
            (new < end).then(|| all.iter().copied().filter(|at| within(&at)).collect::<Vec<_>>())
        })
        .filter(|window| exceeds(rule, window))
        .max_by_key(|window| {
            (incidents(window), std::cmp::Reverse(window.first().map(|at| at.day)))
        })?;
    let first_held_on =
        (1..=best.len()).find(|n| best.get(..*n).is_some_and(|some| exceeds(rule, some)))?;
    let severity = best.iter().map(|at| at.severity).max().unwrap_or(Severity::Low);
    let counted = incidents(&best);
    let mut events: Vec<Position> =
        best.iter().rev().take(EVIDENCE_LISTED).map(|at| at.position).collect();
    events.sort_unstable();
    let from = best.first()?.day.date()?;
    Some(Held {
        tested: Some(Tested::new(rule.window, from, rule.window.end_after(from))),
        counted: counted as f64,
        limit: f64::from(rule.more_than),
        incidents: counted as u32,
        events,
        first_held_on: best.get(first_held_on - 1)?.day.date()?,
        severity,
        level: rule.level.level(severity),
        sentence: format!(
            "{counted} within {} over {} homes of one provider; the limit is {}.",
            String::from(rule.window),
            homes.len(),
            rule.more_than,
        ),
    })
}

fn incidents(window: &[At<'_>]) -> usize {
    window.iter().map(|at| at.incident).collect::<BTreeSet<_>>().len()
}

fn exceeds(rule: Rule<'_>, window: &[At<'_>]) -> bool {
    let agencies: BTreeSet<&BodyId> = window.iter().map(|at| at.agency).collect();
    incidents(window) > rule.more_than as usize && agencies.len() >= rule.min_agencies as usize
}
