//! Windows of exact hours: short, so the concerns of their days are looked at one by one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::Rule;
use crate::picture::{ConcernItem, Counted, Day, Home, Tally};
use crate::{BodyId, Position};

const NANOSECONDS_OF_AN_HOUR: i128 = 3_600_000_000_000;

/// The concerns of a window, and how many incidents they tell of.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Counted>,
    pub(super) incidents: usize,
}

/// A concern at its instant.
struct Point<'a> {
    at: i128,
    row: Counted,
    incident: Position,
    agency: &'a BodyId,
}

/// The fullest window that holds `new` and exceeds the limit, the earliest of them; empty if none.
pub(super) fn fullest<'a>(
    rule: Rule<'_>,
    hours: u16,
    home: &Home,
    rows: impl Iterator<Item = &'a Counted>,
    new: &ConcernItem,
) -> Found {
    let points = points(home, rows);
    let at = new.occurred.instant().as_nanosecond();
    let mut best = (0..0, 0);
    slide(rule, hours, &points, |window, incidents| {
        let first = points.get(window.start).map(|first| first.at);
        let holds_new = first.is_some_and(|first| first <= at && at < end(first, hours));
        if holds_new && best.1 < incidents {
            best = (window, incidents);
        }
    });
    found(&points, best.0)
}

/// The earliest window that exceeds the limit; empty if none.
pub(super) fn first<'a>(
    rule: Rule<'_>,
    hours: u16,
    home: &Home,
    rows: impl Iterator<Item = &'a Counted>,
) -> Found {
    let points = points(home, rows);
    let mut earliest = None;
    slide(rule, hours, &points, |window, _| {
        if earliest.is_none() {
            earliest = Some(window);
        }
    });
    found(&points, earliest.unwrap_or_default())
}

/// The hours that end with today.
pub(super) fn today(hours: u16, home: &Home, tally: &Tally, today: Date) -> Found {
    let tomorrow = today.saturating_add(1.day());
    let until = crate::time::start_of_day(tomorrow).as_nanosecond();
    let from = until - i128::from(hours) * NANOSECONDS_OF_AN_HOUR;
    let days = i64::from(hours) / 24 + 2;
    let earliest = Day::of(today.saturating_sub(days.days()));
    let mut points = points(home, tally.rows(earliest, Day::of(tomorrow)));
    points.retain(|point| point.at >= from);
    found(&points, 0..points.len())
}

fn points<'h, 'r>(home: &'h Home, rows: impl Iterator<Item = &'r Counted>) -> Vec<Point<'h>> {
    let mut points: Vec<Point<'h>> = rows
        .filter_map(|row| {
            let (item, concern) = home.concern_at(row.place)?;
            let at = concern.occurred.instant().as_nanosecond();
            Some(Point { at, row: *row, incident: concern.incident, agency: &item.agency })
        })
        .collect();
    points.sort_by_key(|point| (point.at, point.row.place));
    points
}

fn found(points: &[Point<'_>], window: std::ops::Range<usize>) -> Found {
    let points = points.get(window).unwrap_or_default();
    let incidents: BTreeSet<Position> = points.iter().map(|point| point.incident).collect();
    Found { rows: points.iter().map(|point| point.row).collect(), incidents: incidents.len() }
}

fn end(start: i128, hours: u16) -> i128 {
    start + i128::from(hours) * NANOSECONDS_OF_AN_HOUR
}

/// Slides the window along the points and hands over each one that exceeds the limit.
fn slide(
    rule: Rule<'_>,
    hours: u16,
    points: &[Point<'_>],
    mut exceeds: impl FnMut(std::ops::Range<usize>, usize),
) {
    let mut incidents: BTreeMap<Position, u32> = BTreeMap::new();
    let mut agencies: BTreeMap<&BodyId, u32> = BTreeMap::new();
    let mut until = 0;
    for (start, first) in points.iter().enumerate() {
        while let Some(point) = points.get(until).filter(|p| p.at < end(first.at, hours)) {
            *incidents.entry(point.incident).or_default() += 1;
            *agencies.entry(rule.successions.counted_as(point.agency)).or_default() += 1;
            until += 1;
        }
        if incidents.len() > rule.more_than as usize && agencies.len() >= rule.min_agencies as usize
        {
            exceeds(start..until, incidents.len());
        }
        leave(&mut incidents, &first.incident);
        leave(&mut agencies, &rule.successions.counted_as(first.agency));
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
