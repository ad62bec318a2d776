//! `count`: more than N incidents match within some window of the given length that contains the
//! new event (triggers.md §3). Late events count where they happened; a window that starts at the
//! date d of an event holds d ≤ x < d + the length.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Held, level, matches};
use crate::event::Severity;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{LevelRule, Match, Policy, Rule as AnyRule};
use crate::time::Window;
use crate::{BodyId, Position};

/// The parts of a count rule.
pub(super) struct Rule<'a> {
    pub(super) matching: &'a Match,
    pub(super) more_than: u32,
    pub(super) window: Window,
    pub(super) min_agencies: u32,
}

impl<'a> Rule<'a> {
    /// The parts, if it is a count rule.
    pub(super) fn of(rule: &'a AnyRule) -> Option<Self> {
        match rule {
            AnyRule::Count { matching, more_than, window, min_agencies } => Some(Self {
                matching,
                more_than: *more_than,
                window: *window,
                min_agencies: *min_agencies,
            }),
            AnyRule::Immediate { .. }
            | AnyRule::Score { .. }
            | AnyRule::Linked { .. }
            | AnyRule::Overdue { .. }
            | AnyRule::Requested {} => None,
        }
    }
}

const NANOSECONDS_OF_AN_HOUR: i128 = 3_600_000_000_000;

/// A concern on the line along which the window slides: London dates in days, or exact nanoseconds.
struct Point<'a> {
    at: i128,
    item: &'a Item,
    concern: &'a ConcernItem,
}

/// A window that exceeds the limit: the points `start..end`.
struct Exceeds {
    start: usize,
    end: usize,
    incidents: usize,
}

impl Exceeds {
    fn span(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }
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
        home.concerns_fitting(from, rule.window.end_after(date), rule.matching),
    );
    let new_at = place(rule.window, new.1);
    let mut best: Option<Exceeds> = None;
    slide(rule, &points, |window| {
        let holds_new = points
            .get(window.start)
            .is_some_and(|first| first.at <= new_at && new_at < end(rule.window, first.concern));
        if holds_new && best.as_ref().is_none_or(|best| best.incidents < window.incidents) {
            best = Some(window);
        }
    });
    held(rule, level_rule, points.get(best?.span())?)
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
    held(rule, level_rule, points.get(first?.span())?)
}

/// How many incidents the window that ends today holds.
pub(super) fn now(rule: &Rule<'_>, policy: &Policy, home: &Home, today: Date) -> u32 {
    let points = until_today(rule, policy, home, today);
    let incidents: BTreeSet<Position> = points.iter().map(|point| point.concern.incident).collect();
    incidents.len() as u32
}

/// Whether the window that ends today exceeds the limit.
pub(super) fn holds_today(
    rule: &Rule<'_>,
    level_rule: LevelRule,
    policy: &Policy,
    home: &Home,
    today: Date,
) -> Option<Held> {
    held(rule, level_rule, &until_today(rule, policy, home, today))
}

fn until_today<'a>(
    rule: &Rule<'_>,
    policy: &Policy,
    home: &'a Home,
    today: Date,
) -> Vec<Point<'a>> {
    let tomorrow = today.saturating_add(1.day());
    let from = rule.window.earliest_start(today);
    let mut points = points(rule, policy, home.concerns_fitting(from, tomorrow, rule.matching));
    if let Window::Hours(n) = rule.window {
        // The hours that end with today; the dates above only bound the search.
        let until = crate::time::start_of_day(tomorrow).as_nanosecond();
        let from = until - i128::from(n) * NANOSECONDS_OF_AN_HOUR;
        points.retain(|point| point.at >= from);
    }
    points
}

fn points<'a>(
    rule: &Rule<'_>,
    policy: &Policy,
    concerns: impl Iterator<Item = (&'a Item, &'a ConcernItem)>,
) -> Vec<Point<'a>> {
    let mut points: Vec<Point<'a>> = concerns
        .filter(|(item, concern)| concern.counts() && matches(rule.matching, policy, item, concern))
        .map(|(item, concern)| Point { at: place(rule.window, concern), item, concern })
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
        if over(rule, incidents.len(), agencies.len()) {
            exceeds(Exceeds { start, end: end_at, incidents: incidents.len() });
        }
        if end_at == points.len() {
            // Every later window is a part of this one: it holds no more, and no more agencies.
            return;
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

fn held(rule: &Rule<'_>, level_rule: LevelRule, points: &[Point<'_>]) -> Option<Held> {
    let (first, last) = (points.first()?, points.last()?);
    let mut incidents: BTreeSet<Position> = BTreeSet::new();
    let mut agencies: BTreeSet<&BodyId> = BTreeSet::new();
    let mut first_held_on = None;
    for point in points {
        incidents.insert(point.concern.incident);
        agencies.insert(&point.item.agency);
        if first_held_on.is_none() && over(rule, incidents.len(), agencies.len()) {
            first_held_on = Some(point.concern.date);
        }
    }
    let mut events: Vec<Position> = points.iter().map(|point| point.item.position).collect();
    events.sort_unstable();
    let severities = points.iter().map(|point| point.concern.severity);
    let severity = severities.max().unwrap_or(Severity::Low);
    let incidents = incidents.len() as u32;
    Some(Held {
        counted: f64::from(incidents),
        limit: f64::from(rule.more_than),
        events,
        incidents,
        first_held_on: first_held_on?,
        severity,
        level: level(level_rule, severity),
        sentence: format!(
            "{incidents} within {}, between {} and {}; the limit is {}.",
            String::from(rule.window),
            first.concern.date,
            last.concern.date,
            rule.more_than,
        ),
    })
}

fn over(rule: &Rule<'_>, incidents: usize, agencies: usize) -> bool {
    incidents > rule.more_than as usize && agencies >= rule.min_agencies as usize
}

/// Where a concern stands on the line.
fn place(window: Window, concern: &ConcernItem) -> i128 {
    match window {
        Window::Months(_) | Window::Days(_) => days(concern.date),
        Window::Hours(_) => concern.occurred.instant().as_nanosecond(),
    }
}

/// The first place after a window that starts at this concern.
fn end(window: Window, concern: &ConcernItem) -> i128 {
    match window {
        Window::Months(_) | Window::Days(_) => days(window.end_after(concern.date)),
        Window::Hours(n) => place(window, concern) + i128::from(n) * NANOSECONDS_OF_AN_HOUR,
    }
}

/// Days in the order of the calendar; only the order matters, so no month arithmetic is needed.
fn days(date: Date) -> i128 {
    i128::from(date.year()) * 512 + i128::from(date.month()) * 32 + i128::from(date.day())
}
