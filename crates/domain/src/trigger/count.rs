//! `count`: more than N incidents match within some window of the given length that contains the
//! new event (triggers.md §3). Late events count where they happened; a window that starts at the
//! date d of an event holds d ≤ x < d + the length.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Held, level, matches};
use crate::event::Severity;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{LevelRule, Match, Policy};
use crate::time::Window;
use crate::{BodyId, Position};

/// The parts of a count rule.
pub(super) struct Rule<'a> {
    pub(super) matching: &'a Match,
    pub(super) more_than: u32,
    pub(super) window: Window,
    pub(super) min_agencies: u32,
}

/// A concern on the line along which the window slides: London dates in days, or exact seconds.
struct Point<'a> {
    at: i64,
    item: &'a Item,
    concern: &'a ConcernItem,
}

/// A window that exceeds the limit: the points `start..end`.
struct Exceeds {
    start: usize,
    end: usize,
    incidents: usize,
}

/// Whether some window that contains `new` exceeds the limit. The fullest such window is the
/// evidence, the earliest of them where several are as full.
pub(super) fn holds(
    rule: &Rule<'_>,
    level_rule: LevelRule,
    policy: &Policy,
    home: &Home,
    new: (&Item, &ConcernItem),
) -> Option<Held> {
    let date = new.1.date;
    let from = rule.window.earliest_start(date);
    let points = points(
        rule,
        policy,
        home.concerns_between(from, rule.window.end_after(date)),
    );
    let new_at = place(rule.window, new.1);
    let mut best: Option<Exceeds> = None;
    slide(rule, &points, |window| {
        let holds_new = points[window.start].at <= new_at
            && new_at < end(rule.window, points[window.start].concern);
        if holds_new
            && best
                .as_ref()
                .is_none_or(|best| best.incidents < window.incidents)
        {
            best = Some(window);
        }
    });
    best.map(|window| held(rule, level_rule, &points[window.start..window.end]))
}

/// The earliest window of the whole history that exceeds the limit.
pub(super) fn first_held(
    rule: &Rule<'_>,
    level_rule: LevelRule,
    policy: &Policy,
    home: &Home,
) -> Option<Held> {
    let points = points(rule, policy, home.concerns());
    let mut first: Option<Exceeds> = None;
    slide(rule, &points, |window| {
        if first.is_none() {
            first = Some(window);
        }
    });
    first.map(|window| held(rule, level_rule, &points[window.start..window.end]))
}

/// How many incidents the window that ends today holds.
pub(super) fn now(rule: &Rule<'_>, policy: &Policy, home: &Home, today: Date) -> u32 {
    let from = rule.window.earliest_start(today);
    let tomorrow = today.saturating_add(1.day());
    let points = points(rule, policy, home.concerns_between(from, tomorrow));
    let mut incidents: Vec<Position> = points.iter().map(|point| point.concern.incident).collect();
    incidents.sort_unstable();
    incidents.dedup();
    incidents.len() as u32
}

fn points<'a>(
    rule: &Rule<'_>,
    policy: &Policy,
    concerns: impl Iterator<Item = (&'a Item, &'a ConcernItem)>,
) -> Vec<Point<'a>> {
    let mut points: Vec<Point<'a>> = concerns
        .filter(|(item, concern)| concern.counts() && matches(rule.matching, policy, item, concern))
        .map(|(item, concern)| Point {
            at: place(rule.window, concern),
            item,
            concern,
        })
        .collect();
    points.sort_by_key(|point| (point.at, point.item.position));
    points
}

/// Slides the window along the points and hands over each start at which it exceeds the limit.
fn slide(rule: &Rule<'_>, points: &[Point<'_>], mut exceeds: impl FnMut(Exceeds)) {
    let mut incidents: BTreeMap<Position, u32> = BTreeMap::new();
    let mut agencies: BTreeMap<&BodyId, u32> = BTreeMap::new();
    let mut end_at = 0;
    for (start, first) in points.iter().enumerate() {
        let until = end(rule.window, first.concern);
        while let Some(point) = points.get(end_at).filter(|point| point.at < until) {
            *incidents.entry(point.concern.incident).or_default() += 1;
            *agencies.entry(&point.item.agency).or_default() += 1;
            end_at += 1;
        }
        if incidents.len() > rule.more_than as usize && agencies.len() >= rule.min_agencies as usize
        {
            exceeds(Exceeds {
                start,
                end: end_at,
                incidents: incidents.len(),
            });
        }
        leave(&mut incidents, &first.concern.incident);
        leave(&mut agencies, &&first.item.agency);
    }
}

fn leave<K: Ord>(counts: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn held(rule: &Rule<'_>, level_rule: LevelRule, points: &[Point<'_>]) -> Held {
    let mut seen: Vec<Position> = Vec::new();
    let mut first_held_on = points[0].concern.date;
    let mut over = false;
    for point in points {
        if !seen.contains(&point.concern.incident) {
            seen.push(point.concern.incident);
            if seen.len() > rule.more_than as usize && !over {
                over = true;
                first_held_on = point.concern.date;
            }
        }
    }
    let mut events: Vec<Position> = points.iter().map(|point| point.item.position).collect();
    events.sort_unstable();
    let severity = points
        .iter()
        .map(|point| point.concern.severity)
        .max()
        .unwrap_or(Severity::Low);
    let incidents = seen.len() as u32;
    Held {
        counted: f64::from(incidents),
        limit: f64::from(rule.more_than),
        events,
        incidents,
        first_held_on,
        severity,
        level: level(level_rule, severity),
        sentence: format!(
            "{incidents} within {}, between {} and {}; the limit is {}.",
            String::from(rule.window),
            points[0].concern.date,
            points[points.len() - 1].concern.date,
            rule.more_than,
        ),
    }
}

/// Where a concern stands on the line.
fn place(window: Window, concern: &ConcernItem) -> i64 {
    match window {
        Window::Months(_) | Window::Days(_) => days(concern.date),
        Window::Hours(_) => concern.occurred.instant().as_second(),
    }
}

/// The first place after a window that starts at this concern.
fn end(window: Window, concern: &ConcernItem) -> i64 {
    match window {
        Window::Months(_) | Window::Days(_) => days(window.end_after(concern.date)),
        Window::Hours(n) => concern.occurred.instant().as_second() + i64::from(n) * 3_600,
    }
}

/// Days in the order of the calendar; only the order matters, so no month arithmetic is needed.
fn days(date: Date) -> i64 {
    i64::from(date.year()) * 512 + i64::from(date.month()) * 32 + i64::from(date.day())
}
