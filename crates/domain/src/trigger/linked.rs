//! `linked`: a death in hospital and a safeguarding concern about the same person, in either order
//! (Coventry 3). Where no pseudonym decides it, "same person?" is asked.

use jiff::Span;
use jiff::civil::Date;

use super::matches;
use crate::Position;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{Match, Policy, Rule as AnyRule};

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
        match rule {
            AnyRule::Linked { death, concern, closed_by, closed_within_days, .. } => Some(Self {
                death,
                concern,
                closed_by,
                closed_within_days: i64::from(*closed_within_days).min(MOST_DAYS),
            }),
            AnyRule::Immediate { .. }
            | AnyRule::Count { .. }
            | AnyRule::Score { .. }
            | AnyRule::Overdue { .. }
            | AnyRule::Requested {} => None,
        }
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
    rule: &AnyRule,
    policy: &Policy,
    home: &Home,
    beyond: &Beyond<'_>,
    new: Subject<'_>,
) -> Vec<Link> {
    let Some(rule) = Rule::of(rule) else {
        return Vec::new();
    };
    let is_death = |(item, concern): Subject<'_>| matches(rule.death, policy, item, concern);
    let is_concern = |(item, concern): Subject<'_>| matches(rule.concern, policy, item, concern);
    if !new.1.counts() || !(is_death(new) || is_concern(new)) {
        return Vec::new();
    }
    let died_here = home.concerns_fitting(Date::MIN, Date::MAX, rule.death).next().is_some();
    if !died_here && !is_death(new) && !beyond.elsewhere.iter().copied().any(is_death) {
        return Vec::new();
    }
    let all: Vec<Subject<'_>> = home
        .concerns()
        .chain(beyond.elsewhere.iter().copied())
        .filter(|(_, concern)| concern.counts())
        .filter(|(item, concern)| {
            is_death((item, concern))
                || is_concern((item, concern))
                || matches(rule.closed_by, policy, item, concern)
        })
        .collect();
    let mut links = Vec::new();
    if is_death(new) {
        for concern in all.iter().copied().filter(|other| is_concern(*other)) {
            links.extend(link(&rule, policy, beyond, &all, new, concern));
        }
    }
    if is_concern(new) {
        for death in all.iter().copied().filter(|other| is_death(*other)) {
            links.extend(link(&rule, policy, beyond, &all, death, new));
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

fn link(
    rule: &Rule<'_>,
    policy: &Policy,
    beyond: &Beyond<'_>,
    all: &[Subject<'_>],
    death: Subject<'_>,
    concern: Subject<'_>,
) -> Option<Link> {
    let (dead, subject) = (death.0.position, concern.0.position);
    if dead == subject || !open_at(rule, policy, all, concern, death.1.date) {
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
fn open_at(
    rule: &Rule<'_>,
    policy: &Policy,
    all: &[Subject<'_>],
    concern: Subject<'_>,
    died: Date,
) -> bool {
    let closed = all
        .iter()
        .filter(|(item, other)| matches(rule.closed_by, policy, item, other))
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
