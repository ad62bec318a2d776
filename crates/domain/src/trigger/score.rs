//! `score`: the weighted sum of incidents crosses a limit. A weight halves every half-life; an
//! unresolved property risk does not decay (triggers.md §3).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Held, matches};
use crate::Position;
use crate::escalation::Level;
use crate::event::{Facets, Kind, Severity};
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{LevelRule, Match, Policy};

/// The parts of a score rule.
pub(super) struct Rule<'a> {
    pub(super) matching: &'a Match,
    pub(super) weights: &'a BTreeMap<Severity, f64>,
    pub(super) half_life_days: u32,
    pub(super) limit: f64,
    pub(super) higher_limit: Option<f64>,
}

/// One incident of the sum.
struct Part {
    date: Date,
    weight: f64,
    decays: bool,
    severity: Severity,
    events: Vec<Position>,
}

/// A weight below this share of itself no longer moves the third decimal of any sum that matters:
/// ten half-lives.
const HALF_LIVES_THAT_MATTER: i64 = 10;

/// Whether the sum reaches the limit on some date from `from` on. Between events the sum only
/// falls, so only `from` and the dates of later events need a look.
pub(super) fn holds(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
    from: Date,
) -> Option<Held> {
    let parts = parts(rule, policy, home);
    best(rule, level, &parts, |date| date >= from, Some(from))
}

/// The first date of the whole history on which the sum reaches the limit.
pub(super) fn first_held(
    rule: &Rule<'_>,
    level: LevelRule,
    policy: &Policy,
    home: &Home,
) -> Option<Held> {
    let parts = parts(rule, policy, home);
    best(rule, level, &parts, |_| true, None)
}

/// The sum on a date.
pub(super) fn on(rule: &Rule<'_>, policy: &Policy, home: &Home, date: Date) -> f64 {
    sum(rule, &parts(rule, policy, home), date)
}

fn best(
    rule: &Rule<'_>,
    level: LevelRule,
    parts: &[Part],
    wanted: impl Fn(Date) -> bool,
    also: Option<Date>,
) -> Option<Held> {
    let mut dates: Vec<Date> = parts
        .iter()
        .map(|part| part.date)
        .filter(|date| wanted(*date))
        .chain(also)
        .collect();
    dates.sort_unstable();
    dates.dedup();
    let date = dates
        .into_iter()
        .find(|date| sum(rule, parts, *date) >= rule.limit)?;
    Some(held(rule, level, parts, date))
}

fn held(rule: &Rule<'_>, level: LevelRule, parts: &[Part], date: Date) -> Held {
    let counted = sum(rule, parts, date);
    let evidence: Vec<&Part> = parts
        .iter()
        .filter(|part| share(rule, part, date) > 0.001)
        .collect();
    let mut events: Vec<Position> = evidence
        .iter()
        .flat_map(|part| part.events.iter().copied())
        .collect();
    events.sort_unstable();
    let severity = evidence
        .iter()
        .map(|part| part.severity)
        .max()
        .unwrap_or(Severity::Low);
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
        first_held_on: date,
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
    let total: f64 = parts.iter().map(|part| share(rule, part, date)).sum();
    libm::round(total * 1000.0) / 1000.0
}

fn share(rule: &Rule<'_>, part: &Part, date: Date) -> f64 {
    if part.date > date {
        return 0.0;
    }
    if !part.decays {
        return part.weight;
    }
    let days = i64::from((date - part.date).get_days());
    let half_life = i64::from(rule.half_life_days.max(1));
    if days > half_life * HALF_LIVES_THAT_MATTER {
        return 0.0;
    }
    part.weight * libm::exp2(-(days as f64) / half_life as f64)
}

/// The incidents, each once with its gravest event, in the order of their dates.
fn parts(rule: &Rule<'_>, policy: &Policy, home: &Home) -> Vec<Part> {
    let mut parts: BTreeMap<Position, Part> = BTreeMap::new();
    let mut repaired: Vec<Position> = Vec::new();
    for (item, concern) in home.concerns().filter(|(_, concern)| concern.counts()) {
        if concern.facets.has(Facets::REPAIRED) {
            repaired.push(concern.incident);
        }
        if !matches(rule.matching, policy, item, concern) {
            continue;
        }
        let weight = rule
            .weights
            .get(&concern.severity)
            .copied()
            .unwrap_or_default();
        add(&mut parts, item, concern, weight);
    }
    for incident in repaired {
        if let Some(part) = parts.get_mut(&incident) {
            part.decays = true;
        }
    }
    let mut parts: Vec<Part> = parts.into_values().collect();
    parts.sort_by_key(|part| part.date);
    parts
}

fn add(parts: &mut BTreeMap<Position, Part>, item: &Item, concern: &ConcernItem, weight: f64) {
    let part = parts.entry(concern.incident).or_insert_with(|| Part {
        date: concern.date,
        weight,
        decays: true,
        severity: concern.severity,
        events: Vec::new(),
    });
    part.events.push(item.position);
    part.decays &= concern.kind != Kind::PropertyRisk;
    if weight > part.weight {
        part.weight = weight;
        part.severity = concern.severity;
    }
}
