//! Where each trigger stands for a home today: what it counts, against which limit, and when it
//! first held. A view for readers; nothing is decided from it.

use jiff::civil::Date;
use serde::Serialize;

use super::{Chance, breadth, chance, count, matches, score, stood, wanted, window_of};
use crate::picture::{Home, Tally};
use crate::policy::{InForce, Match, Per, Rule, Trigger};
use crate::{EscalationId, TriggerId};

/// A trigger's standing for one home.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TriggerStanding {
    /// The trigger.
    pub id: TriggerId,
    /// What it is for.
    pub title: String,
    /// Where the rule stands in a source document.
    pub source: String,
    /// What it counts today; of `immediate`, of which each concern raises its own, what is open.
    pub counts: f64,
    /// The limit: it holds above it (`count`) or from it on (`score`, `immediate`).
    pub limit: f64,
    /// Its rolling window.
    pub window: Option<String>,
    /// The first date of the whole history on which it held.
    pub first_held_on: Option<Date>,
    /// Of a count at one home: the chance of more than its limit in the window that ends today.
    pub chance: Option<Chance>,
    /// Its open escalations for this home.
    pub open: Vec<EscalationId>,
}

/// The standing of every trigger that looks at concerns, in the order of the policy.
///
/// `others` are the homes that the chance is set against, each as the reader sees it, without `home` itself.
#[must_use]
pub fn standing(
    rules: &InForce,
    home: &Home,
    others: &[&Home],
    today: Date,
) -> Vec<TriggerStanding> {
    let on = rules.trigger.iter().filter(|trigger| !trigger.off);
    on.filter_map(|trigger| one(trigger, rules, home, others, today)).collect()
}

/// The chance that stands beside a count.
fn of_chance(
    trigger: &Trigger,
    rules: &InForce,
    (home, tally): (&Home, &Tally),
    others: &[&Home],
    today: Date,
) -> Option<Chance> {
    let Rule::Count { matching, more_than, per: Per::Home, .. } = &trigger.rule else {
        return None;
    };
    let rule = count::Rule::of(&trigger.rule, trigger.level, rules)?;
    let tested = count::tested_today(rule, today);
    let number = rules.tallies_of_trigger(&trigger.id).first().copied();
    let there = || others.iter().copied().filter(|other| stood(other, tested));
    // A picture that was narrowed for the reader is not tallied.
    let counted: Vec<Option<Tally>> =
        there().map(|other| untallied(rules, matching, other, number)).collect();
    let peers: Vec<(&Home, &Tally)> = there()
        .zip(&counted)
        .filter_map(|(other, counted)| {
            Some((other, counted.as_ref().or_else(|| other.tally(number?))?))
        })
        .collect();
    Some(chance(*more_than, tested, &[(home, tally)], &peers))
}

fn untallied(
    rules: &InForce,
    matching: &Match,
    home: &Home,
    number: Option<usize>,
) -> Option<Tally> {
    let kept = number.and_then(|number| home.tally(number)).is_some();
    let matched = |item: &_, concern: &_| matches(matching, rules, item, concern);
    (!kept).then(|| home.tally_of(matched))
}

fn one(
    trigger: &Trigger,
    policy: &InForce,
    home: &Home,
    others: &[&Home],
    today: Date,
) -> Option<TriggerStanding> {
    let matching = wanted(&trigger.rule)?;
    let tally = home.tally_of(|item, concern| matches(matching, policy, item, concern));
    let open: Vec<EscalationId> = home
        .escalations()
        .filter(|escalation| escalation.trigger == trigger.id && escalation.is_open())
        .map(|escalation| escalation.id.clone())
        .collect();
    let (counts, limit, first_held_on) = match &trigger.rule {
        // Each matching concern raises its own: what stands is what is open.
        Rule::Immediate { .. } => {
            let first = tally.all().next().and_then(|row| row.day.date());
            (open.len() as f64, 1.0, first)
        }
        Rule::Count { more_than, .. } => {
            let rule = count::Rule::of(&trigger.rule, trigger.level, policy)?;
            let first = count::first_held(rule, home, &tally);
            let now = count::now(rule, home, &tally, today);
            (f64::from(now), f64::from(*more_than), first.map(|held| held.first_held_on))
        }
        Rule::Score { limit, .. } => {
            let rule = score::Rule::of(&trigger.rule, trigger.level)?;
            let first = score::first_held(&rule, home, &tally);
            let now = score::on(&rule, &tally, today);
            (now, *limit, first.map(|held| held.first_held_on))
        }
        Rule::Breadth { at_least, .. } => {
            let rule = breadth::Rule::of(&trigger.rule, trigger.level)?;
            let first = breadth::first_held(rule, home, &tally);
            let now = breadth::now(rule, home, &tally, today);
            (now as f64, f64::from(*at_least), first.map(|held| held.first_held_on))
        }
        // What is judged by weeks depends on other homes and on the weeks before: its figures stand in the
        // escalation that it raises.
        Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => return None,
    };
    Some(TriggerStanding {
        id: trigger.id.clone(),
        title: trigger.title.clone(),
        source: trigger.source.clone(),
        counts,
        limit,
        window: window_of(&trigger.rule),
        first_held_on,
        chance: of_chance(trigger, policy, (home, &tally), others, today),
        open,
    })
}
