//! `linked`: a death in hospital and a safeguarding concern about the same person, in either order
//! (Coventry 3). Where no pseudonym decides it, "same person?" is asked.

use jiff::ToSpan;
use jiff::civil::Date;

use super::matches;
use crate::Position;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{Match, Policy};

/// A concern of this or another home, as far as the link needs it.
pub type Subject<'a> = (&'a Item, &'a ConcernItem);

/// What two facts have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// They are about the same person.
    Same(Position, Position),
    /// They may be: a person must say. The death, and the concern.
    Ask(Position, Position),
}

/// The parts of a linked rule.
pub(crate) struct Rule<'a> {
    pub(crate) death: &'a Match,
    pub(crate) concern: &'a Match,
    pub(crate) closed_by: &'a Match,
    pub(crate) closed_within_days: u32,
}

/// Every link between `new` and what stands in `home` or, about the same person, in `elsewhere`.
/// The first position of a link is the death's.
#[must_use]
pub fn links(
    rule: &crate::policy::Rule,
    policy: &Policy,
    home: &Home,
    elsewhere: &[Subject<'_>],
    new: Subject<'_>,
) -> Vec<Link> {
    let crate::policy::Rule::Linked {
        death,
        concern,
        closed_by,
        closed_within_days,
        ..
    } = rule
    else {
        return Vec::new();
    };
    let rule = Rule {
        death,
        concern,
        closed_by,
        closed_within_days: *closed_within_days,
    };
    let all: Vec<Subject<'_>> = home
        .concerns()
        .chain(elsewhere.iter().copied())
        .filter(|(_, concern)| concern.counts())
        .collect();
    let is_death = |(item, concern): Subject<'_>| matches(rule.death, policy, item, concern);
    let is_concern = |(item, concern): Subject<'_>| matches(rule.concern, policy, item, concern);
    let mut links = Vec::new();
    if is_death(new) {
        for concern in all.iter().copied().filter(|other| is_concern(*other)) {
            links.extend(link(&rule, policy, home, &all, new, concern));
        }
    }
    if is_concern(new) {
        for death in all.iter().copied().filter(|other| is_death(*other)) {
            links.extend(link(&rule, policy, home, &all, death, new));
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

fn link(
    rule: &Rule<'_>,
    policy: &Policy,
    home: &Home,
    all: &[Subject<'_>],
    death: Subject<'_>,
    concern: Subject<'_>,
) -> Option<Link> {
    if !open_at(rule, policy, all, concern, death.1.date) {
        return None;
    }
    let (dead, subject) = (death.0.position, concern.0.position);
    let answered = home
        .head
        .same_person
        .iter()
        .rev()
        .find(|(d, c, _)| (*d, *c) == (dead, subject));
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
        .filter(|(_, other)| {
            let same_incident = other.incident == concern.1.incident;
            let same_person = other.person.is_some() && other.person == concern.1.person;
            (same_incident || same_person) && other.date >= concern.1.date
        })
        .map(|(_, other)| other.date)
        .min();
    closed.is_none_or(|on| on.saturating_add(i64::from(rule.closed_within_days).days()) >= died)
}
