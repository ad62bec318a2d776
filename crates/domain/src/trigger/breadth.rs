//! `breadth`: at least K different categories or kinds within some window that contains the new event:
//! the six Hull categories (Kirklees 4), or kinds of concern (Norfolk 7.3.7).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Held;
use super::count::newest;
use crate::event::Severity;
use crate::picture::{ConcernItem, Counted, Day, Home, Tally};
use crate::policy::{Facet, LevelRule, Rule as AnyRule};
use crate::time::Window;

/// The parts of a breadth rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    different: Facet,
    at_least: u32,
    window: Window,
    level: LevelRule,
}

/// How many concerns show each category or kind.
type Seen = BTreeMap<u8, u32>;

impl Rule {
    /// The parts, if it is a breadth rule.
    pub(super) fn of(rule: &AnyRule, level: LevelRule) -> Option<Self> {
        if let AnyRule::Breadth { different, at_least, window, .. } = rule {
            return Some(Self {
                different: *different,
                at_least: *at_least,
                window: *window,
                level,
            });
        }
        None
    }

    /// What a concern shows: the places of its categories, or its kind.
    fn shows(self, concern: &ConcernItem) -> impl Iterator<Item = u8> {
        let (bits, kind) = match self.different {
            Facet::Indicators => (concern.indicators, None),
            Facet::Kinds => (0, Some(concern.kind as u8)),
        };
        (0..8_u8).filter(move |bit| bits & (1 << bit) != 0).chain(kind)
    }

    fn words(self) -> &'static str {
        match self.different {
            Facet::Indicators => "of the six categories of early indicators",
            Facet::Kinds => "kinds of concern",
        }
    }
}

/// The days `from ≤ day < until`, and how many different things they show.
#[derive(Clone, Copy)]
struct Days {
    from: Day,
    until: Day,
    different: usize,
}

/// Whether some window that contains `new` shows enough. The broadest is the evidence, the earliest of
/// them where several are as broad.
pub(super) fn holds(rule: Rule, home: &Home, tally: &Tally, new: &ConcernItem) -> Option<Held> {
    let from = Day::of(rule.window.earliest_start(new.date));
    let until = Day::of(rule.window.end_after(new.date));
    let at_least = rule.at_least as usize;
    // All that the windows show together, before any of them is looked at.
    if tally.shown().different(rule.different, from, until) < at_least {
        return None;
    }
    let mut best: Option<Days> = None;
    slide_days(rule, &tally.shown().days(rule.different, from, until), |days| {
        let holds_new = days.from <= Day::of(new.date) && Day::of(new.date) < days.until;
        if holds_new && best.is_none_or(|best| best.different < days.different) {
            best = Some(days);
        }
    });
    held(rule, home, tally, best?)
}

/// The earliest window of the whole history that shows enough.
pub(super) fn first_held(rule: Rule, home: &Home, tally: &Tally) -> Option<Held> {
    let mut first: Option<Days> = None;
    slide(rule, home, tally.all(), |days| {
        if first.is_none() {
            first = Some(days);
        }
    });
    held(rule, home, tally, first?)
}

/// How many different things the window that ends today shows.
pub(super) fn now(rule: Rule, home: &Home, tally: &Tally, today: Date) -> usize {
    until_today(rule, home, tally, today).different
}

/// Whether the window that ends today shows enough.
pub(super) fn holds_today(rule: Rule, home: &Home, tally: &Tally, today: Date) -> Option<Held> {
    let days = until_today(rule, home, tally, today);
    (days.different >= rule.at_least as usize).then(|| held(rule, home, tally, days)).flatten()
}

fn until_today(rule: Rule, home: &Home, tally: &Tally, today: Date) -> Days {
    let from = Day::of(rule.window.earliest_start(today));
    let until = Day::of(today.saturating_add(1.day()));
    let mut seen = Seen::new();
    tally.rows(from, until).for_each(|row| enter(rule, home, &mut seen, row));
    Days { from, until, different: seen.len() }
}

/// Slides the window along days with what is shown on each, and hands over each one that shows enough.
fn slide_days(rule: Rule, days: &[(Day, u64)], mut enough: impl FnMut(Days)) {
    let mut seen = [0_u32; 64];
    let mut different = 0;
    let mut coming = days.iter().peekable();
    for (day, shown) in days {
        let Some(start) = day.date() else { continue };
        let until = Day::of(rule.window.end_after(start));
        while let Some((_, shown)) = coming.next_if(|(day, _)| *day < until) {
            for (bit, seen) in seen.iter_mut().enumerate() {
                if shown & (1 << bit) != 0 {
                    different += usize::from(*seen == 0);
                    *seen += 1;
                }
            }
        }
        if different >= rule.at_least as usize {
            enough(Days { from: *day, until, different });
        }
        for (bit, seen) in seen.iter_mut().enumerate() {
            if shown & (1 << bit) != 0 {
                *seen = seen.saturating_sub(1);
                different -= usize::from(*seen == 0);
            }
        }
    }
}

/// Slides the window along the concerns and hands over each one that shows enough.
fn slide<'a>(
    rule: Rule,
    home: &Home,
    rows: impl Iterator<Item = &'a Counted> + Clone,
    mut enough: impl FnMut(Days),
) {
    let mut seen = Seen::new();
    let mut coming = rows.clone().peekable();
    let mut last = Day::NEVER;
    for row in rows {
        if row.day != last
            && let Some(start) = row.day.date()
        {
            let until = Day::of(rule.window.end_after(start));
            while let Some(row) = coming.next_if(|row| row.day < until) {
                enter(rule, home, &mut seen, row);
            }
            if seen.len() >= rule.at_least as usize {
                enough(Days { from: row.day, until, different: seen.len() });
            }
            last = row.day;
        }
        leave(rule, home, &mut seen, row);
    }
}

fn enter(rule: Rule, home: &Home, seen: &mut Seen, row: &Counted) {
    if let Some((_, concern)) = home.concern_at(row.place) {
        rule.shows(concern).for_each(|one| *seen.entry(one).or_default() += 1);
    }
}

fn leave(rule: Rule, home: &Home, seen: &mut Seen, row: &Counted) {
    if let Some((_, concern)) = home.concern_at(row.place) {
        for one in rule.shows(concern) {
            if let Some(count) = seen.get_mut(&one) {
                *count -= 1;
                if *count == 0 {
                    seen.remove(&one);
                }
            }
        }
    }
}

fn held(rule: Rule, home: &Home, tally: &Tally, days: Days) -> Option<Held> {
    let rows = tally.rows(days.from, days.until);
    let mut seen = Seen::new();
    let first_held_on = rows.clone().find_map(|row| {
        enter(rule, home, &mut seen, row);
        (seen.len() >= rule.at_least as usize).then(|| row.day.date()).flatten()
    })?;
    let (first, last) = (rows.clone().next()?.day.date()?, rows.clone().next_back()?.day.date()?);
    let severity = rows.clone().map(|row| row.severity).max().unwrap_or(Severity::Low);
    Some(Held {
        tested: None,
        counted: days.different as f64,
        limit: f64::from(rule.at_least),
        incidents: tally.incidents(days.from, days.until) as u32,
        events: newest(home, rows),
        first_held_on,
        severity,
        level: rule.level.level(severity),
        sentence: format!(
            "{} {} within {}, between {first} and {last}; the limit is {}.",
            days.different,
            rule.words(),
            String::from(rule.window),
            rule.at_least,
        ),
    })
}
