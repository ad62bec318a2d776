//! `count`: more than N incidents match within some window of the given length that contains the
//! new event (triggers.md §3). Late events count where they happened; a window that starts at the
//! date d of an event holds d ≤ x < d + the length.

pub(crate) mod across;
mod hours;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Held, Tested};
use crate::escalation::EVIDENCE_LISTED;
use crate::event::Severity;
use crate::picture::{ConcernItem, Counted, Day, Home, Tally};
use crate::policy::{LevelRule, Policy, Rule as AnyRule, Successions};
use crate::time::Window;
use crate::{BodyId, Position};

/// The parts of a count rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule<'a> {
    more_than: u32,
    window: Window,
    min_agencies: u32,
    level: LevelRule,
    /// A body and the one that goes on in its place are one agency.
    successions: &'a Successions,
}

impl<'a> Rule<'a> {
    /// The parts, if it is a count rule.
    pub(crate) fn of(rule: &AnyRule, level: LevelRule, policy: &'a Policy) -> Option<Self> {
        let AnyRule::Count { more_than, window, min_agencies, .. } = rule else {
            return None;
        };
        Some(Self {
            more_than: *more_than,
            window: *window,
            min_agencies: *min_agencies,
            level,
            successions: &policy.successions,
        })
    }
}

/// The days `from ≤ day < until`, and how many incidents they hold.
#[derive(Clone, Copy)]
struct Days {
    from: Day,
    until: Day,
    incidents: usize,
}

/// Whether some window that contains `new` exceeds the limit. The fullest such window is the
/// evidence, the earliest of them where several are as full.
pub(super) fn holds(rule: Rule<'_>, home: &Home, tally: &Tally, new: &ConcernItem) -> Option<Held> {
    let from = Day::of(rule.window.earliest_start(new.date));
    let until = Day::of(rule.window.end_after(new.date));
    if tally.words(from, until) <= rule.more_than as usize {
        return None;
    }
    if let Window::Hours(hours) = rule.window {
        let found = hours::fullest(rule, hours, home, tally.rows(from, until), new);
        return held(rule, home, found.rows.iter(), found.incidents);
    }
    let new = Day::of(new.date);
    let tomorrow = next(new);
    let mut best: Option<Days> = None;
    for start in starts(tally.rows(from, tomorrow)) {
        let Some(window) = window(rule, tally, start).filter(|window| window.until > new) else {
            continue;
        };
        let fuller = best.is_none_or(|best| best.incidents < window.incidents);
        if fuller && exceeds(rule, home, tally, window) {
            best = Some(window);
        }
    }
    held_in(rule, home, tally, best?)
}

/// The earliest window of the whole history that exceeds the limit.
pub(super) fn first_held(rule: Rule<'_>, home: &Home, tally: &Tally) -> Option<Held> {
    if let Window::Hours(hours) = rule.window {
        let found = hours::first(rule, hours, home, tally.all());
        return held(rule, home, found.rows.iter(), found.incidents);
    }
    let mut windows = starts(tally.all()).filter_map(|start| window(rule, tally, start));
    let first = windows.find(|window| exceeds(rule, home, tally, *window))?;
    held_in(rule, home, tally, first)
}

/// How many incidents the window that ends today holds.
pub(super) fn now(rule: Rule<'_>, home: &Home, tally: &Tally, today: Date) -> u32 {
    if let Window::Hours(hours) = rule.window {
        return hours::today(hours, home, tally, today).incidents as u32;
    }
    until_today(rule, tally, today).incidents as u32
}

/// Whether the window that ends today exceeds the limit.
pub(super) fn holds_today(rule: Rule<'_>, home: &Home, tally: &Tally, today: Date) -> Option<Held> {
    if let Window::Hours(hours) = rule.window {
        let found = hours::today(hours, home, tally, today);
        return held(rule, home, found.rows.iter(), found.incidents);
    }
    held_in(rule, home, tally, until_today(rule, tally, today))
}

/// The window that ends with today.
pub(super) fn tested_today(rule: Rule<'_>, today: Date) -> Tested {
    let until = today.saturating_add(1.day());
    Tested::new(rule.window, rule.window.earliest_start(today), until)
}

fn until_today(rule: Rule<'_>, tally: &Tally, today: Date) -> Days {
    let from = Day::of(rule.window.earliest_start(today));
    let until = Day::of(today.saturating_add(1.day()));
    Days { from, until, incidents: tally.incidents(from, until) }
}

/// The window that starts on a day.
fn window(rule: Rule<'_>, tally: &Tally, from: Day) -> Option<Days> {
    let until = Day::of(rule.window.end_after(from.date()?));
    Some(Days { from, until, incidents: tally.incidents(from, until) })
}

/// The days on which a window may start, in order.
fn starts<'a>(rows: impl Iterator<Item = &'a Counted>) -> impl Iterator<Item = Day> {
    let mut last = Day::NEVER;
    rows.filter_map(move |row| {
        let another = row.day != last;
        last = row.day;
        another.then_some(row.day)
    })
}

fn next(day: Day) -> Day {
    day.date().map_or(day, |date| Day::of(date.saturating_add(1.day())))
}

fn exceeds(rule: Rule<'_>, home: &Home, tally: &Tally, days: Days) -> bool {
    let enough = || {
        let mut agencies: BTreeSet<&BodyId> = BTreeSet::new();
        let places = tally.rows(days.from, days.until).map(|row| row.place);
        places.filter_map(|place| home.concern_at(place)).any(|(item, _)| {
            agencies.insert(rule.successions.counted_as(&item.agency));
            agencies.len() >= rule.min_agencies as usize
        })
    };
    days.incidents > rule.more_than as usize && (rule.min_agencies <= 1 || enough())
}

fn held_in(rule: Rule<'_>, home: &Home, tally: &Tally, days: Days) -> Option<Held> {
    let mut held = held(rule, home, tally.rows(days.from, days.until), days.incidents)?;
    // A window reaches from its first day to its end, whether or not something happened on its last days.
    let (from, until) = (days.from.date()?, days.until.date()?);
    held.tested = Some(Tested::new(rule.window, from, until));
    Some(held)
}

/// What holds in a window of these concerns, in order; nothing where they do not exceed the limit.
fn held<'a>(
    rule: Rule<'_>,
    home: &Home,
    rows: impl DoubleEndedIterator<Item = &'a Counted> + Clone,
    incidents: usize,
) -> Option<Held> {
    let first_held_on = exceeded_on(rule, home, rows.clone())?;
    let (first, last) = (rows.clone().next()?.day.date()?, rows.clone().next_back()?.day.date()?);
    let severity = rows.clone().map(|row| row.severity).max().unwrap_or(Severity::Low);
    Some(Held {
        tested: Some(Tested::new(rule.window, first, next(Day::of(last)).date()?)),
        counted: incidents as f64,
        limit: f64::from(rule.more_than),
        events: newest(home, rows),
        incidents: incidents as u32,
        first_held_on,
        severity,
        level: rule.level.level(severity),
        sentence: format!(
            "{incidents} within {}, between {first} and {last}; the limit is {}.",
            String::from(rule.window),
            rule.more_than,
        ),
    })
}

/// The date of the concern with which the limit was exceeded.
fn exceeded_on<'a>(
    rule: Rule<'_>,
    home: &Home,
    rows: impl Iterator<Item = &'a Counted>,
) -> Option<Date> {
    let mut incidents: BTreeSet<Position> = BTreeSet::new();
    let mut agencies: BTreeSet<&BodyId> = BTreeSet::new();
    for row in rows {
        let (item, concern) = home.concern_at(row.place)?;
        incidents.insert(concern.incident);
        agencies.insert(rule.successions.counted_as(&item.agency));
        if incidents.len() > rule.more_than as usize && agencies.len() >= rule.min_agencies as usize
        {
            return Some(concern.date);
        }
    }
    None
}

/// The positions of the latest concerns, as many as an escalation lists, oldest position first.
pub(super) fn newest<'a>(
    home: &Home,
    rows: impl DoubleEndedIterator<Item = &'a Counted>,
) -> Vec<Position> {
    let places = rows.rev().take(EVIDENCE_LISTED).map(|row| row.place);
    let concerns = places.filter_map(|place| home.concern_at(place));
    let mut events: Vec<Position> = concerns.map(|(item, _)| item.position).collect();
    events.sort_unstable();
    events
}
