//! How far a trigger came at a home within some days: for reports. Nothing is decided from it. Each day is judged by
//! what is known now and by the rule that is in force now.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{breadth, count, matches, score, wanted};
use crate::Position;
use crate::picture::{Day, Home, Tally};
use crate::policy::{InForce, Match, Per, Rule, Trigger};

/// How far a trigger came.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// The most that it counted on a day.
    pub most: f64,
    /// Its limit.
    pub limit: f64,
    /// The first of the days on which it held.
    pub held_on: Option<Date>,
    /// Of a trigger that fires on each concern: those of these days.
    pub events: BTreeSet<Position>,
}

/// What a trigger counted at `home` from the day `from` to the day `last`, both included; none where it counted
/// nothing, and for a trigger that does not count a home's own concerns by days.
#[must_use]
pub fn reached(
    trigger: &Trigger,
    rules: &InForce,
    home: &Home,
    (from, last): (Date, Date),
) -> Option<Reached> {
    let matching = wanted(&trigger.rule)?;
    if let Rule::Count { per: Per::Provider, .. } = trigger.rule {
        return None;
    }
    let tally = tally(trigger, matching, rules, home);
    let (first, end) = (Day::of(from), Day::of(last.saturating_add(1.day())));
    if let Rule::Immediate { .. } = trigger.rule {
        let held_on = tally.rows(first, end).find_map(|row| row.day.date());
        let events = tally.rows(first, end).filter_map(|row| home.concern_at(row.place));
        let events = events.map(|(item, _)| item.position).collect();
        let most = tally.incidents(first, end) as f64;
        return held_on.map(|_| Reached { most, limit: 1.0, held_on, events });
    }
    // A count rises only on the day of a concern, and a sum that fades is highest on such a day.
    let days: BTreeSet<Date> =
        tally.rows(first, end).filter_map(|row| row.day.date()).chain([from]).collect();
    let mut reached: Option<Reached> = None;
    for day in days {
        let (counted, limit, holds) = counted(trigger, rules, home, &tally, day)?;
        let known = reached.get_or_insert(Reached {
            most: 0.0,
            limit,
            held_on: None,
            events: BTreeSet::new(),
        });
        known.most = known.most.max(counted);
        known.held_on = known.held_on.or(holds.then_some(day));
    }
    reached.filter(|reached| reached.most > 0.0)
}

/// What it counted on a day, its limit, and whether it held.
fn counted(
    trigger: &Trigger,
    rules: &InForce,
    home: &Home,
    tally: &Tally,
    day: Date,
) -> Option<(f64, f64, bool)> {
    match &trigger.rule {
        Rule::Count { more_than, .. } => {
            let rule = count::Rule::of(&trigger.rule, trigger.level, rules)?;
            let counted = count::now(rule, home, tally, day);
            // Above the limit it may still want more agencies.
            let holds =
                counted > *more_than && count::holds_today(rule, home, tally, day).is_some();
            Some((f64::from(counted), f64::from(*more_than), holds))
        }
        Rule::Score { limit, .. } => {
            let rule = score::Rule::of(&trigger.rule, trigger.level)?;
            let holds = score::holds_today(&rule, home, tally, day).is_some();
            Some((score::on(&rule, tally, day), *limit, holds))
        }
        Rule::Breadth { at_least, .. } => {
            let rule = breadth::Rule::of(&trigger.rule, trigger.level)?;
            let counted = breadth::now(rule, home, tally, day) as f64;
            let limit = f64::from(*at_least);
            Some((counted, limit, counted >= limit))
        }
        Rule::Immediate { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => None,
    }
}

/// What the rule counts at the home: as it is kept, or anew where the picture was narrowed for a reader.
fn tally<'a>(
    trigger: &Trigger,
    matching: &Match,
    rules: &InForce,
    home: &'a Home,
) -> Cow<'a, Tally> {
    let number = rules.tallies_of_trigger(&trigger.id).first().copied();
    match number.and_then(|number| home.tally(number)) {
        Some(kept) => Cow::Borrowed(kept),
        None => Cow::Owned(home.tally_of(|item, concern| matches(matching, rules, item, concern))),
    }
}
