//! `score`: the weighted sum of incidents crosses a limit. A weight halves every half-life; an
//! unresolved property risk does not decay (triggers.md §3).

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::{Held, matches};
use crate::Position;
use crate::escalation::Level;
use crate::event::{Kind, Severity};
use crate::picture::{ConcernItem, Home};
use crate::policy::{LevelRule, Match, Policy, Rule as AnyRule};

/// The parts of a score rule.
pub(super) struct Rule<'a> {
    matching: &'a Match,
    weights: &'a BTreeMap<Severity, f64>,
    half_life_days: u32,
    limit: f64,
    higher_limit: Option<f64>,
}

impl<'a> Rule<'a> {
    /// The parts, if it is a score rule.
    pub(super) fn of(rule: &'a AnyRule) -> Option<Self> {
        match rule {
            AnyRule::Score { matching, weights, half_life_days, limit, higher_limit } => {
                Some(Self {
                    matching,
                    weights,
                    half_life_days: *half_life_days,
                    limit: *limit,
                    higher_limit: *higher_limit,
                })
            }
            AnyRule::Immediate { .. }
            | AnyRule::Count { .. }
            | AnyRule::Linked { .. }
            | AnyRule::Overdue { .. }
            | AnyRule::Requested {} => None,
        }
    }
}

/// One incident of the sum.
struct Part {
    incident: Position,
    date: Date,
    weight: f64,
    decays: bool,
    severity: Severity,
}

/// A weight below this share of itself no longer moves the third decimal of any sum that matters:
/// ten half-lives.
const HALF_LIVES_THAT_MATTER: i64 = 10;

/// A part with less than this in the sum is no evidence for it.
const SHARE_OF_EVIDENCE: f64 = 0.001;

/// Whether the sum reaches the limit on some date from `from` on. Between events the sum only
/// falls, so only `from` and the dates of later events need a look.
pub(super) fn holds(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
    from: Date,
) -> Option<Held> {
    let parts = parts(rule, policy, home, Some(from));
    best(rule, level, policy, home, &parts, Some(from))
}

/// Whether the sum reaches the limit on the date `today`.
pub(super) fn holds_today(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
    today: Date,
) -> Option<Held> {
    let mut parts = parts(rule, policy, home, Some(today));
    parts.retain(|part| part.date <= today);
    best(rule, level, policy, home, &parts, Some(today))
}

/// The first date of the whole history on which the sum reaches the limit.
pub(super) fn first_held(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
) -> Option<Held> {
    let parts = parts(rule, policy, home, None);
    best(rule, level, policy, home, &parts, None)
}

/// The sum on a date.
pub(super) fn on(rule: &Rule<'_>, policy: &Policy, home: &Home, date: Date) -> f64 {
    sum(rule, &parts(rule, policy, home, Some(date)), date)
}

/// What holds on the first date that reaches the limit. The level follows the highest sum from there
/// on: a late event can push a later date over the higher limit.
fn best(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
    parts: &[Part],
    from: Option<Date>,
) -> Option<Held> {
    let undecayed: f64 = parts.iter().map(|part| part.weight).sum();
    if undecayed < rule.limit - SHARE_OF_EVIDENCE {
        return None;
    }
    let later =
        parts.iter().map(|part| part.date).filter(|date| from.is_none_or(|from| *date > from));
    let mut dates: Vec<Date> = from.into_iter().chain(later).collect();
    dates.dedup();
    let mut sums = dates.into_iter().map(|date| (sum(rule, parts, date), date));
    let first = sums.find(|(sum, _)| *sum >= rule.limit)?;
    let highest = sums.fold(first, |a, b| if b.0 > a.0 { b } else { a });
    Some(held(rule, level, policy, home, parts, first.1, highest))
}

fn held(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
    parts: &[Part],
    first_held_on: Date,
    (counted, date): (f64, Date),
) -> Held {
    let evidence: BTreeMap<Position, &Part> = parts
        .iter()
        .filter(|part| share(rule, part, date) > SHARE_OF_EVIDENCE)
        .map(|part| (part.incident, part))
        .collect();
    // In the order of dates; an old part that is evidence at all is a risk that never fades.
    let since = parts.first().map_or(date, |part| part.date);
    let mut events: Vec<Position> = home
        .concerns_fitting(since, Date::MAX, rule.matching)
        .filter(|(item, concern)| {
            evidence.contains_key(&concern.incident)
                && concern.counts()
                && matches(rule.matching, policy, item, concern)
        })
        .map(|(item, _)| item.position)
        .collect();
    events.sort_unstable();
    let severities = evidence.values().map(|part| part.severity);
    let severity = severities.max().unwrap_or(Severity::Low);
    let higher = rule.higher_limit.is_some_and(|higher| counted >= higher);
    let level = match (level, higher) {
        (LevelRule::ByScore, true) => Level::Moderate,
        (rule, _) => rule.level(severity),
    };
    Held {
        counted,
        limit: rule.limit,
        incidents: evidence.len() as u32,
        events,
        first_held_on,
        severity,
        level,
        sentence: format!(
            "{} concerns below the threshold add up to {counted:.3} on {date} (a weight halves \
             every {} days); the limit is {}.",
            evidence.len(),
            rule.half_life_days,
            rule.limit,
        ),
    }
}

/// Rounded to three decimals, so that every machine stores and compares the same value.
fn sum(rule: &Rule<'_>, parts: &[Part], date: Date) -> f64 {
    let happened = parts.partition_point(|part| part.date <= date);
    let so_far = parts.get(..happened).unwrap_or_default();
    let total: f64 = so_far.iter().map(|part| share(rule, part, date)).sum();
    // The sum of nothing is minus zero, which reads like a fault: adding zero makes it plain.
    libm::round(total * 1000.0) / 1000.0 + 0.0
}

fn share(rule: &Rule<'_>, part: &Part, date: Date) -> f64 {
    if part.date > date {
        return 0.0;
    }
    if !part.decays || part.date == date {
        return part.weight;
    }
    let days = i64::from((date - part.date).get_days());
    let half_life = i64::from(rule.half_life_days.max(1));
    if days > half_life * HALF_LIVES_THAT_MATTER {
        return 0.0;
    }
    part.weight * libm::exp2(-(days as f64) / half_life as f64)
}

/// The incidents, each once with its gravest event, in the order of their dates. Without those that
/// no longer weigh anything on `from`; the risks that never fade are kept, however old.
fn parts(rule: &Rule<'_>, policy: &Policy, home: &Home, from: Option<Date>) -> Vec<Part> {
    let faded =
        i64::from(rule.half_life_days.max(1)).saturating_mul(HALF_LIVES_THAT_MATTER).min(MOST_DAYS);
    let since = from.map_or(Date::MIN, |from| from.saturating_sub(Span::new().days(faded)));
    let fresh = home.concerns_fitting(since, Date::MAX, rule.matching);
    let old = home.property_risks().filter(|(_, concern)| concern.date < since);
    let mut parts: Vec<Part> = Vec::new();
    // Only events that name an incident or a record can be one with another.
    let mut named: BTreeMap<Position, usize> = BTreeMap::new();
    for (item, concern) in fresh.chain(old) {
        if concern.counts() && matches(rule.matching, policy, item, concern) {
            let at = if concern.has_names() {
                *named.entry(concern.incident).or_insert(parts.len())
            } else {
                parts.len()
            };
            add(rule, &mut parts, at, concern);
        }
    }
    for part in parts.iter_mut().filter(|part| !part.decays) {
        part.decays = home.is_repaired(part.incident);
    }
    parts.sort_by_key(|part| (part.date, part.incident));
    parts
}

/// Longer than any history, and short enough for date arithmetic.
const MOST_DAYS: i64 = 1_000_000;

fn add(rule: &Rule<'_>, parts: &mut Vec<Part>, at: usize, concern: &ConcernItem) {
    let weight = rule.weights.get(&concern.severity).copied();
    let weight = weight.unwrap_or_default();
    let fades = concern.kind != Kind::PropertyRisk;
    match parts.get_mut(at) {
        None => parts.push(Part {
            incident: concern.incident,
            date: concern.date,
            weight,
            decays: fades,
            severity: concern.severity,
        }),
        Some(part) => {
            part.decays &= fades;
            part.date = part.date.min(concern.date);
            if weight > part.weight {
                part.weight = weight;
                part.severity = concern.severity;
            }
        }
    }
}
