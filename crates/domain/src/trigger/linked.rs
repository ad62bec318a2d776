//! `linked`: a death in hospital and a safeguarding concern about the same person, in either order
//! (Coventry 3). Where no pseudonym decides it, "same person?" is asked.

use jiff::Span;
use jiff::civil::Date;

use super::matches;
use crate::Position;
use crate::picture::{ConcernItem, Day, Home, Item, Tally};
use crate::policy::{InForce, Match, Policy, Rule as AnyRule, Trigger};

/// A concern of this or another home, as far as the link needs it.
pub type Subject<'a> = (&'a Item, &'a ConcernItem);

/// What two facts have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// They are about the same person. The death, and the concern.
    Same(Position, Position),
    /// They may be: a person must say. The death, and the concern.
    Ask(Position, Position),
}

/// What is known beyond the home where a fact came.
#[derive(Debug, Clone, Default)]
pub struct Beyond<'a> {
    /// What was said at the home of the same person.
    pub of_person: Vec<Subject<'a>>,
    /// Concerns at other homes, about the same person as far as anybody knows.
    pub elsewhere: Vec<Subject<'a>>,
    /// Answers to "same person?", the latest last: death, concern, answer.
    pub answers: Vec<(Position, Position, bool)>,
}

/// The parts of a linked rule.
struct Rule<'a> {
    death: &'a Match,
    concern: &'a Match,
    closed_by: &'a Match,
    closed_within_days: i64,
}

impl<'a> Rule<'a> {
    fn of(rule: &'a AnyRule) -> Option<Self> {
        let AnyRule::Linked { death, concern, closed_by, closed_within_days, .. } = rule else {
            return None;
        };
        Some(Self {
            death,
            concern,
            closed_by,
            closed_within_days: i64::from(*closed_within_days).min(MOST_DAYS),
        })
    }
}

/// Longer than any history, and short enough for date arithmetic.
const MOST_DAYS: i64 = 1_000_000;

/// Whether a concern is a fact that a linked rule looks at: a death, or what it is linked with.
pub(crate) fn is_subject(
    rule: &AnyRule,
    policy: &Policy,
    item: &Item,
    concern: &ConcernItem,
) -> bool {
    Rule::of(rule).is_some_and(|rule| {
        matches(rule.death, policy, item, concern) || matches(rule.concern, policy, item, concern)
    })
}

/// Every link between `new` and what stands in `home` or, about the same person, beyond it.
#[must_use]
pub fn links(
    trigger: &Trigger,
    rules: &InForce,
    home: &Home,
    beyond: &Beyond<'_>,
    new: Subject<'_>,
) -> Vec<Link> {
    let Some(rule) = Rule::of(&trigger.rule) else {
        return Vec::new();
    };
    let is_death = |(item, concern): Subject<'_>| matches(rule.death, rules, item, concern);
    let is_concern = |(item, concern): Subject<'_>| matches(rule.concern, rules, item, concern);
    let is_close = |(item, concern): Subject<'_>| matches(rule.closed_by, rules, item, concern);
    if !new.1.counts() {
        return Vec::new();
    }
    let here = |nth: usize, since: Date| {
        let number = rules.tallies_of_trigger(&trigger.id).get(nth);
        let tally = number.and_then(|number| home.tally(*number));
        let rows = tally.into_iter().flat_map(move |tally| tally.since(Day::of(since)));
        rows.filter_map(|row| home.concern_at(row.place))
    };
    let there = || beyond.elsewhere.iter().copied().filter(|(_, concern)| concern.counts());
    // A fact that names a person is linked with what names the same one, with what names nobody, and with
    // what somebody has answered about; one that names nobody with everything.
    let may_link = |nth: usize| -> Vec<Subject<'_>> {
        if new.1.person.is_none() {
            return here(nth, Date::MIN).collect();
        }
        let number = rules.tallies_of_trigger(&trigger.id).get(nth);
        let tally = number.and_then(|number| home.tally(*number));
        let nameless = tally.into_iter().flat_map(Tally::nameless);
        let mut found: Vec<_> = nameless.filter_map(|row| home.concern_at(row.place)).collect();
        found.extend(&beyond.of_person);
        let answered = beyond.answers.iter().flat_map(|(death, concern, _)| [death, concern]);
        found.extend(answered.filter_map(|position| home.concern(*position)));
        found.retain(|(_, concern)| concern.counts());
        found
    };
    let mut pairs: Vec<(Subject<'_>, Subject<'_>)> = Vec::new();
    if is_death(new) {
        let concerns = may_link(1).into_iter().chain(there());
        let concerns = concerns.filter(|other| is_concern(*other));
        pairs.extend(concerns.map(|concern| (new, concern)));
    }
    if is_concern(new) {
        let deaths = may_link(0).into_iter().chain(there());
        let deaths = deaths.filter(|other| is_death(*other));
        pairs.extend(deaths.map(|death| (death, new)));
    }
    let mut found: Vec<(Link, Subject<'_>, Date)> = pairs
        .into_iter()
        .filter_map(|(death, concern)| Some((link(beyond, death, concern)?, concern, death.1.date)))
        .collect();
    // Only what came after a concern can have closed it.
    let Some(since) = found.iter().map(|(_, concern, _)| concern.1.date).min() else {
        return Vec::new();
    };
    let of_person =
        |(_, concern): &Subject<'_>| concern.person.is_none() || concern.person == new.1.person;
    let mut closing: Vec<Subject<'_>> = there().collect();
    if found.iter().all(|(_, concern, _)| of_person(concern)) {
        closing.extend(&beyond.of_person);
        for (_, (item, concern), _) in &found {
            closing.extend(home.same_incident(item.position));
            closing.extend(concern.incident_ref.into_iter().flat_map(|name| home.bearing(name)));
        }
    } else {
        closing.extend(here(2, since));
    }
    closing.retain(|(item, concern)| concern.counts() && is_close((item, concern)));
    found.retain(|(_, concern, died)| open_at(&rule, &closing, *concern, *died));
    let mut links: Vec<Link> = found.into_iter().map(|(link, ..)| link).collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// What a death and a concern have to do with each other by whom they are about.
fn link(beyond: &Beyond<'_>, death: Subject<'_>, concern: Subject<'_>) -> Option<Link> {
    let (dead, subject) = (death.0.position, concern.0.position);
    if dead == subject {
        return None;
    }
    let answered = beyond.answers.iter().rev().find(|(d, c, _)| (*d, *c) == (dead, subject));
    if let Some((_, _, same)) = answered {
        return same.then_some(Link::Same(dead, subject));
    }
    match (death.1.person, concern.1.person) {
        (Some(a), Some(b)) => (a == b).then_some(Link::Same(dead, subject)),
        // One of them names nobody: nothing can be ruled out.
        (None, _) | (_, None) => Some(Link::Ask(dead, subject)),
    }
}

/// Whether the concern was open when the person died, had closed not long before, or came after.
fn open_at(rule: &Rule<'_>, closing: &[Subject<'_>], concern: Subject<'_>, died: Date) -> bool {
    let closed = closing
        .iter()
        .filter(|(_, other)| is_about(other, concern.1) && other.date >= concern.1.date)
        .map(|(_, other)| other.date)
        .min();
    let days = Span::new().days(rule.closed_within_days);
    closed.is_none_or(|on| on.saturating_add(days) >= died)
}

/// A safeguarding concern closes on an enquiry outcome of the same incident or the same person. At
/// different homes an incident has different positions, and only its own name tells.
fn is_about(outcome: &ConcernItem, concern: &ConcernItem) -> bool {
    outcome.incident == concern.incident
        || outcome.incident_ref.is_some() && outcome.incident_ref == concern.incident_ref
        || outcome.person.is_some() && outcome.person == concern.person
}
