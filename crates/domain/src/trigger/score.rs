//! `score`: the weighted sum of incidents crosses a limit. A weight halves every half-life; an
//! unresolved property risk does not decay (triggers.md §3).

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::Held;
use super::count::newest;
use crate::escalation::Level;
use crate::event::Severity;
use crate::picture::{Counted, Day, Home, Tally};
use crate::policy::{LevelRule, Rule as AnyRule};
use crate::time::calendar::{date_of, days_of, plus_days};

/// The parts of a score rule.
pub(super) struct Rule<'a> {
    weights: &'a BTreeMap<Severity, f64>,
    half_life_days: u32,
    limit: f64,
    higher_limit: Option<f64>,
    level: LevelRule,
}

impl<'a> Rule<'a> {
    /// The parts, if it is a score rule.
    pub(super) fn of(rule: &'a AnyRule, level: LevelRule) -> Option<Self> {
        let AnyRule::Score { weights, half_life_days, limit, higher_limit, .. } = rule else {
            return None;
        };
        Some(Self {
            weights,
            half_life_days: (*half_life_days).max(1),
            limit: *limit,
            higher_limit: *higher_limit,
            level,
        })
    }

    fn weight(&self, severity: Severity) -> f64 {
        self.weights.get(&severity).copied().unwrap_or_default()
    }

    fn weights(&self) -> [f64; 4] {
        [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
            .map(|severity| self.weight(severity))
    }

    /// What is left of a weight after so many days; nothing after [`HALF_LIVES_THAT_MATTER`].
    fn share(&self, weight: f64, days: i64) -> f64 {
        match days {
            ..=0 => weight,
            days if days > self.days_that_matter() => 0.0,
            days => self.faded(weight, days),
        }
    }

    /// What is left of a sum after so many days, however many.
    fn faded(&self, sum: f64, days: i64) -> f64 {
        sum * libm::exp2(-(days as f64) / f64::from(self.half_life_days))
    }

    fn days_that_matter(&self) -> i64 {
        i64::from(self.half_life_days).saturating_mul(HALF_LIVES_THAT_MATTER).min(MOST_DAYS)
    }

    /// The first day whose weights still matter on `date`.
    fn horizon(&self, date: Date) -> Day {
        Day::of(plus_days(date, -self.days_that_matter()))
    }
}

/// A weight below this share of itself no longer moves the third decimal of any sum that matters:
/// ten half-lives.
const HALF_LIVES_THAT_MATTER: i64 = 10;

/// A part with less than this in the sum is no evidence for it.
const SHARE_OF_EVIDENCE: f64 = 0.001;

/// Longer than any history, and short enough for date arithmetic.
const MOST_DAYS: i64 = 1_000_000;

/// The weights that begin to count on a date, in days after 1970-01-01: those that fade, and those that
/// last.
#[derive(Clone, Copy)]
struct Begun {
    day: i64,
    fading: f64,
    lasting: f64,
}

/// Whether the sum reaches the limit on some date from `from` on. Between events the sum only
/// falls, so only `from` and the dates of later events need a look.
pub(super) fn holds(rule: &Rule<'_>, home: &Home, tally: &Tally, from: Date) -> Option<Held> {
    if undecayed(rule, tally, from) < rule.limit - SHARE_OF_EVIDENCE {
        return None;
    }
    let begun = begun(rule, tally, Some(from));
    best(rule, home, tally, &begun, Some(from))
}

/// What the sum could be at most on some date from `from` on.
fn undecayed(rule: &Rule<'_>, tally: &Tally, from: Date) -> f64 {
    let weights = rule.weights();
    let of_day = |begun: &[u32; 4]| -> f64 {
        begun.iter().zip(weights).map(|(n, weight)| f64::from(*n) * weight).sum()
    };
    let fading: f64 = tally.begun(rule.horizon(from)).map(|day| of_day(&day.begun)).sum();
    fading + tally.lasting().map(|row| rule.weight(row.gravest)).sum::<f64>()
}

/// Whether the sum reaches the limit on the date `today`.
pub(super) fn holds_today(
    rule: &Rule<'_>,
    home: &Home,
    tally: &Tally,
    today: Date,
) -> Option<Held> {
    let mut begun = begun(rule, tally, Some(today));
    begun.retain(|begun| begun.day <= days_of(today));
    best(rule, home, tally, &begun, Some(today))
}

/// The first date of the whole history on which the sum reaches the limit.
pub(super) fn first_held(rule: &Rule<'_>, home: &Home, tally: &Tally) -> Option<Held> {
    best(rule, home, tally, &begun(rule, tally, None), None)
}

/// The sum on a date.
pub(super) fn on(rule: &Rule<'_>, tally: &Tally, date: Date) -> f64 {
    let mut begun = begun(rule, tally, Some(date));
    begun.retain(|begun| begun.day <= days_of(date));
    sums(rule, &begun, Some(date)).first().map_or(0.0, |(_, sum)| *sum)
}

/// What holds on the first date that reaches the limit. The level follows the highest sum from there
/// on: a late event can push a later date over the higher limit.
fn best(
    rule: &Rule<'_>,
    home: &Home,
    tally: &Tally,
    begun: &[Begun],
    from: Option<Date>,
) -> Option<Held> {
    let sums = sums(rule, begun, from);
    let mut reached = sums.into_iter().skip_while(|(_, sum)| *sum < rule.limit);
    let first = reached.next()?;
    let highest = reached.fold(first, |a, b| if b.1 > a.1 { b } else { a });
    Some(held(rule, home, tally, first.0, highest))
}

/// What begins on each date, in order: without what no longer weighs anything on `from`, but with the
/// risks that last, however old.
fn begun(rule: &Rule<'_>, tally: &Tally, from: Option<Date>) -> Vec<Begun> {
    let since = from.map_or(Day::NEVER, |from| rule.horizon(from));
    let weights = rule.weights();
    let fading = tally.begun(since).filter_map(|of_day| {
        let sum = of_day.begun.iter().zip(weights).map(|(n, weight)| f64::from(*n) * weight).sum();
        Some(Begun { day: days_of(of_day.day.date()?), fading: sum, lasting: 0.0 })
    });
    let lasting = tally.lasting().filter_map(|row| {
        let lasting = rule.weight(row.gravest);
        Some(Begun { day: days_of(row.day.date()?), fading: 0.0, lasting })
    });
    let mut begun: Vec<Begun> = fading.chain(lasting).collect();
    if tally.lasting().next().is_some() {
        begun.sort_by_key(|begun| begun.day);
    }
    begun
}

/// The sum on `from` and on each later date on which something begins, in order. Rounded to three
/// decimals, so that every machine stores and compares the same value.
fn sums(rule: &Rule<'_>, begun: &[Begun], from: Option<Date>) -> Vec<(Date, f64)> {
    let mut days: Vec<i64> = begun.iter().map(|begun| begun.day).collect();
    if let Some(from) = from.map(days_of) {
        days.retain(|day| *day > from);
        days.insert(0, from);
    }
    days.dedup();
    let matter = rule.days_that_matter();
    let (mut fading, mut lasting, mut as_of) = (0.0, 0.0, None::<i64>);
    let (mut faded, mut next) = (0, 0);
    let mut sums = Vec::with_capacity(days.len());
    for day in days {
        if let Some(as_of) = as_of {
            fading = rule.faded(fading, day - as_of);
        }
        while let Some(begun) = begun.get(next).filter(|begun| begun.day <= day) {
            fading += rule.share(begun.fading, day - begun.day);
            lasting += begun.lasting;
            next += 1;
        }
        // What stood in the sum at the day before and no longer matters.
        while let Some(old) = begun.get(faded).filter(|begun| begun.day < day - matter) {
            let counted = as_of.is_some_and(|as_of| old.day <= as_of && old.day >= as_of - matter);
            if counted {
                fading -= rule.faded(old.fading, day - old.day);
            }
            faded += 1;
        }
        as_of = Some(day);
        // Adding zero makes a minus zero plain.
        let sum = libm::round((fading + lasting) * 1000.0) / 1000.0 + 0.0;
        sums.extend(date_of(day).map(|date| (date, sum)));
    }
    sums
}

fn days_between(from: Date, until: Date) -> i64 {
    days_of(until) - days_of(from)
}

fn held(
    rule: &Rule<'_>,
    home: &Home,
    tally: &Tally,
    first_held_on: Date,
    (date, counted): (Date, f64),
) -> Held {
    let since = rule.horizon(date);
    let today = Day::of(date);
    let matters = |row: &&Counted| {
        let days = row.day.date().map_or(0, |on| days_between(on, date));
        row.lasting || rule.share(rule.weight(row.gravest), days) > SHARE_OF_EVIDENCE
    };
    let until = Day::of(date.saturating_add(Span::new().days(1)));
    let recent = tally.rows(since, until).filter(matters);
    let old = tally.lasting().filter(|row| row.day < since && row.day <= today);
    let rows = old.chain(recent);
    let incidents = rows.clone().filter(|row| row.leads()).count();
    let severity = rows.clone().map(|row| row.gravest).max().unwrap_or(Severity::Low);
    let higher = rule.higher_limit.is_some_and(|higher| counted >= higher);
    let level = match (rule.level, higher) {
        (LevelRule::ByScore, true) => Level::Moderate,
        (level, _) => level.level(severity),
    };
    Held {
        tested: None,
        counted,
        limit: rule.limit,
        incidents: incidents as u32,
        events: newest(home, rows),
        first_held_on,
        severity,
        level,
        sentence: format!(
            "{incidents} concerns below the threshold add up to {counted:.3} on {date} (a weight \
             halves every {} days); the limit is {}.",
            rule.half_life_days, rule.limit,
        ),
    }
}
