//! Bodies that merge or split on a legal date (triggers.md §1). The log says who goes on in whose
//! place; the rule book in force is read with it, so that accounts, routing, holders and reading all
//! follow from the bodies of one policy. Old records keep the old names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Body, Policy};
use crate::escalation::refusal;
use crate::event::BodySuccession;
use crate::message::Refusal;
use crate::{BodyId, Position};

/// A succession as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccessionRecord {
    /// Where the log keeps it.
    pub position: Position,
    /// The bodies that end.
    pub predecessors: Vec<BodyId>,
    /// The bodies that go on in their place.
    pub successors: Vec<BodyId>,
    /// The legal date.
    pub on: Date,
    /// Since when it has effect; none while its date is to come.
    pub since: Option<Timestamp>,
}

impl SuccessionRecord {
    /// One that is recorded at a position, and waits for its date.
    #[must_use]
    pub fn new(position: Position, said: &BodySuccession) -> Self {
        Self {
            position,
            predecessors: said.predecessors.clone(),
            successors: said.successors.clone(),
            on: said.on,
            since: None,
        }
    }
}

/// The successions that have effect: who went on in whose place, and from which date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Successions {
    of: BTreeMap<BodyId, (Vec<BodyId>, Date)>,
}

impl Successions {
    /// Those of the records that have effect; a body that ends twice ends the first time.
    #[must_use]
    pub fn in_effect(records: &[SuccessionRecord]) -> Self {
        Self::of_all(records.iter().filter(|record| record.since.is_some()))
    }

    fn of_all<'a>(records: impl Iterator<Item = &'a SuccessionRecord>) -> Self {
        let mut of = BTreeMap::new();
        for record in records {
            for body in &record.predecessors {
                of.entry(body.clone()).or_insert_with(|| (record.successors.clone(), record.on));
            }
        }
        Self { of }
    }

    /// Whether none has effect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Whether a body has ended: it speaks and reads no more.
    #[must_use]
    pub fn has_ended(&self, body: &BodyId) -> bool {
        self.of.contains_key(body)
    }

    /// Who stands in the place of a body today, through every merger since: itself when it goes on.
    #[must_use]
    pub fn now<'a>(&'a self, body: &'a BodyId) -> Vec<&'a BodyId> {
        let (mut now, mut seen, mut next) = (Vec::new(), BTreeSet::new(), vec![body]);
        // A circle is refused when it is said; what was seen keeps an impossible history harmless.
        while let Some(body) = next.pop() {
            if !seen.insert(body) {
                continue;
            }
            match self.of.get(body) {
                Some((successors, _)) => next.extend(successors.iter().rev()),
                None => now.push(body),
            }
        }
        now
    }

    /// The bodies in whose place `body` stands today; it is none of them.
    pub fn places_of<'a>(&'a self, body: &BodyId) -> impl Iterator<Item = &'a BodyId> {
        self.of.keys().filter(move |ended| self.now(ended).contains(&body))
    }

    /// Whether `body` is `earlier`, or goes on in its place: it speaks for what that one said.
    #[must_use]
    pub fn speaks_for(&self, body: &BodyId, earlier: &BodyId) -> bool {
        body == earlier || (self.has_ended(earlier) && self.now(earlier).contains(&body))
    }

    /// The one name under which a body is counted. One that was split counts as the first of those that
    /// go on in its place.
    #[must_use]
    pub fn counted_as<'a>(&'a self, body: &'a BodyId) -> &'a BodyId {
        if self.of.is_empty() { body } else { self.now(body).first().copied().unwrap_or(body) }
    }
}

/// Whether a succession may be recorded beside those that were recorded before, pending ones among them.
///
/// # Errors
/// `body-unknown`: the policy in force does not name a body. `not-permitted`: one reads and another never
/// does. `body-already-succeeded`: one of them ends
/// by an earlier record. `body-succession-loop`: a body would go on in its own place.
/// `body-succession-order`: a body would end on or before the date on which it takes another's place.
pub(crate) fn check(
    said: &BodySuccession,
    policy: &Policy,
    records: &[SuccessionRecord],
) -> Result<(), Refusal> {
    if said.predecessors.iter().chain(&said.successors).any(|body| policy.body(body).is_none()) {
        return Err(refusal::body_unknown());
    }
    // Roles pass on, and with them that a body is sent nothing: who reads does not follow who does not.
    let silent = |body: &BodyId| policy.holds(body, &policy.powers.never_reads);
    let mut all = said.predecessors.iter().chain(&said.successors).map(silent);
    if all.next().is_some_and(|first| all.any(|other| other != first)) {
        return Err(refusal::not_permitted());
    }
    let known = Successions::of_all(records.iter());
    if said.predecessors.iter().any(|body| known.has_ended(body)) {
        return Err(refusal::body_already_succeeded());
    }
    let loops = |body: &BodyId| {
        said.predecessors.contains(body)
            || known.now(body).into_iter().any(|now| said.predecessors.contains(now))
    };
    if said.successors.iter().any(loops) {
        return Err(refusal::body_succession_loop());
    }
    let ends_first = |body: &BodyId| known.of.get(body).is_some_and(|(_, ends)| *ends <= said.on);
    let began_later = |record: &SuccessionRecord| {
        record.on >= said.on
            && record.successors.iter().any(|body| said.predecessors.contains(body))
    };
    if said.successors.iter().any(ends_first) || records.iter().any(began_later) {
        return Err(refusal::body_succession_order());
    }
    Ok(())
}

impl Policy {
    /// This rule book with the successions that have effect: a body that has ended stops on its date, and
    /// each body in its place holds its roles, too, in the areas that the rule book gives it.
    #[must_use]
    pub fn with_successions(mut self, successions: Successions) -> Self {
        // In the order of their dates, so that a chain hands on what it was handed.
        let mut ended: Vec<_> = successions.of.iter().collect();
        ended.sort_by_key(|(body, (_, on))| (*on, (*body).clone()));
        for (ends, (successors, on)) in ended {
            let Some(old) = self.body.iter_mut().find(|body| body.id == *ends) else {
                continue;
            };
            old.until = Some(old.until.map_or(*on, |until| until.min(*on)));
            let old = old.clone();
            for body in self.body.iter_mut().filter(|body| successors.contains(&body.id)) {
                body.from = body.from.map(|from| from.min(*on));
                take_roles(body, &old);
            }
        }
        self.successions = successions;
        self
    }

    /// Whether `body` is `earlier`, or stands in its place for a home in `area`: it may do there what that one
    /// might.
    #[must_use]
    pub fn speaks_for(&self, body: &BodyId, earlier: &BodyId, area: Option<&str>) -> bool {
        body == earlier || self.successors_of(earlier, area).contains(body)
    }

    /// Who stands in the place of `body` for a home in `area`: of several, those that hold that area,
    /// or all of them where none does. Itself while it goes on, and while the rule book names nobody
    /// who could take over.
    #[must_use]
    pub fn successors_of(&self, body: &BodyId, area: Option<&str>) -> Vec<BodyId> {
        if !self.successions.has_ended(body) {
            return vec![body.clone()];
        }
        let now = self.successions.now(body);
        let named: Vec<&Body> = now.into_iter().filter_map(|body| self.body(body)).collect();
        let holds = |body: &&&Body| {
            body.areas.is_empty()
                || area.is_none_or(|area| body.areas.iter().any(|held| held == area))
        };
        let there: Vec<BodyId> = named.iter().filter(holds).map(|body| body.id.clone()).collect();
        if !there.is_empty() {
            there
        } else if named.is_empty() {
            vec![body.clone()]
        } else {
            named.into_iter().map(|body| body.id.clone()).collect()
        }
    }
}

fn take_roles(body: &mut Body, old: &Body) {
    for role in &old.roles {
        if !body.roles.contains(role) {
            body.roles.push(role.clone());
        }
    }
}
