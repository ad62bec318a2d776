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
    if !may_reach(rule, tally, from) {
        return None;
    }
    let begun = begun(rule, tally, Some(from));
    best(rule, home, tally, &begun, Some(from))
}

/// Whether the sum could reach the limit on some date from `from` on. It takes no power of two, and answers for
/// most concerns: what began within one half-life is halved here from the end of the next one on, never too early.
fn may_reach(rule: &Rule<'_>, tally: &Tally, from: Date) -> bool {
    let lasting: f64 = tally.lasting().map(|row| rule.weight(row.gravest)).sum();
    let limit = rule.limit - SHARE_OF_EVIDENCE - lasting;
    let (today, half_life) = (days_of(from), i64::from(rule.half_life_days));
    let (mut present, mut earlier) = (0.0, 0.0);
    let mut until = today - rule.days_that_matter() + half_life;
    let mut reaches_on = |day: i64, weight: f64| {
        while day >= until {
            (present, earlier) = (0.0, earlier * 0.5 + present);
            until += half_life;
        }
        present += weight;
        day >= today && present + earlier >= limit
    };
    let until_today = fading(rule, tally, rule.horizon(from)).take_while(|(day, _)| *day <= today);
    let later = fading(rule, tally, Day::of(plus_days(from, 1)));
    until_today.chain([(today, 0.0)]).chain(later).any(|(day, weight)| reaches_on(day, weight))
}

/// The weights that begin to count and fade, by day after 1970-01-01, in order.
fn fading(rule: &Rule<'_>, tally: &Tally, since: Day) -> impl Iterator<Item = (i64, f64)> {
    let weights = rule.weights();
    tally.begun(since).filter_map(move |of_day| {
        let sum = of_day.begun.iter().zip(weights).map(|(n, weight)| f64::from(*n) * weight).sum();
        Some((days_of(of_day.day.date()?), sum))
    })
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
    sums(rule, &begun, Some(date)).next().map_or(0.0, |(_, sum)| sum)
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
    let mut reached = sums(rule, begun, from).skip_while(|(_, sum)| *sum < rule.limit);
    let first = reached.next()?;
    let highest = reached.fold(first, |a, b| if b.1 > a.1 { b } else { a });
    Some(held(rule, home, tally, date_of(first.0)?, (date_of(highest.0)?, highest.1)))
}

/// What begins on each date, in order: without what no longer weighs anything on `from`, but with the
/// risks that last, however old.
fn begun(rule: &Rule<'_>, tally: &Tally, from: Option<Date>) -> Vec<Begun> {
    let since = from.map_or(Day::NEVER, |from| rule.horizon(from));
    let fading = fading(rule, tally, since);
    let fading = fading.map(|(day, fading)| Begun { day, fading, lasting: 0.0 });
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

/// The sum on `from` and on each later day on which something begins, in order, in days after 1970-01-01.
/// Rounded to three decimals, so that every machine stores and compares the same value.
fn sums<'a>(
    rule: &'a Rule<'_>,
    begun: &'a [Begun],
    from: Option<Date>,
) -> impl Iterator<Item = (i64, f64)> + 'a {
    let matter = rule.days_that_matter();
    let (mut fading, mut lasting, mut as_of) = (0.0, 0.0, None::<i64>);
    let (mut faded, mut next) = (0, 0);
    let mut from = from.map(days_of);
    std::iter::from_fn(move || {
        let day = from.take().or_else(|| begun.get(next).map(|begun| begun.day))?;
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
        Some((day, libm::round((fading + lasting) * 1000.0) / 1000.0 + 0.0))
    })
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

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::HomeId;
    use crate::event::Kind;
    use crate::picture::Shows;

    /// A day after 2024-01-01, a severity, and whether it is a risk that lasts.
    type Incident = (i64, Severity, bool);

    const WEIGHTS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

    fn day(day: i64) -> Date {
        plus_days(date(2024, 1, 1), day)
    }

    /// As the rule says it, one date after the other, and nothing of the code.
    fn first_date(incidents: &[Incident], half_life: u32, limit: f64, from: i64) -> Option<Date> {
        let last = incidents.iter().map(|(on, ..)| *on).chain([from]).max()?;
        let left = |on: i64, at: i64, (_, severity, lasting): &Incident| {
            let weight = WEIGHTS[*severity as usize];
            let age = (at - on) as f64 / f64::from(half_life);
            match (lasting, age > HALF_LIVES_THAT_MATTER as f64) {
                (true, _) => weight,
                (false, true) => 0.0,
                (false, false) => weight * libm::exp(-age * LN_2),
            }
        };
        let sum = |at: i64| -> f64 {
            incidents.iter().filter(|(on, ..)| *on <= at).map(|one| left(one.0, at, one)).sum()
        };
        (from..=last).find(|at| (sum(*at) * 1000.0).round() / 1000.0 >= limit).map(day)
    }

    fn incidents() -> impl Strategy<Value = Vec<Incident>> {
        let severity = prop_oneof![
            4 => Just(Severity::Low),
            2 => Just(Severity::Medium),
            1 => Just(Severity::High),
            1 => Just(Severity::Critical),
        ];
        let incident = (0..400_i64, severity, prop::bool::weighted(0.05));
        proptest::collection::vec(incident, 1..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_first_date_on_which_the_sum_reaches_the_limit_is_found(
            incidents in incidents(),
            half_life in prop::sample::select(vec![1_u32, 7, 28, 90]),
            limit in prop::sample::select(vec![2.0, 6.0, 10.0, 25.0]),
            from in 0..400_i64,
        ) {
            let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
            let weights = severities.into_iter().zip(WEIGHTS).collect();
            let rule = Rule {
                weights: &weights,
                half_life_days: half_life,
                limit,
                higher_limit: None,
                level: LevelRule::Minor,
            };
            let mut tally = Tally::of(Shows { fading: true, ..Shows::default() });
            for (place, (on, severity, lasting)) in (0..).zip(&incidents) {
                tally.insert(Counted {
                    day: Day::of(day(*on)),
                    place,
                    before: Day::NEVER,
                    severity: *severity,
                    gravest: *severity,
                    lasting: *lasting,
                    kind: Kind::Complaint,
                    indicators: 0,
                    named: false,
                });
            }
            let home = Home::new(HomeId::new("home").unwrap());
            let found = holds(&rule, &home, &tally, day(from)).map(|held| held.first_held_on);
            prop_assert_eq!(found, first_date(&incidents, half_life, limit, from));
        }
    }
}
