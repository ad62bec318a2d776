//! A policy as it is in force, with what the fold looks up at every event: which triggers a concern
//! may meet, and what each home keeps a tally of.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;

use super::retention::Kept;
use super::{Facet, Gathered, Match, Owed, Policy, Rule, Trigger, Weekly};
use crate::event::Kind;
use crate::lookup::Lookup;
use crate::picture::{ConcernItem, Item, Shows};
use crate::sharing::Reader;
use crate::trigger::matches;
use crate::{BodyId, TriggerId};

/// A policy, and its tables.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    policy: Arc<Policy>,
    /// The triggers that are on and may look at a concern of each kind.
    asked: ByKind,
    /// What is tallied: each selection of concerns once, however many triggers count it.
    tallied: Vec<Match>,
    /// What rules ask of each tally besides.
    shows: Vec<Shows>,
    /// Which of them may hold a concern of each kind.
    held: ByKind,
    numbers: Lookup<TriggerId, Vec<usize>>,
    /// The triggers that are on and are asked by time, by what is open, or when something is overdue.
    weekly: Vec<usize>,
    gathered: Vec<usize>,
    overdue: Vec<usize>,
    /// The bodies of the policy.
    partners: Lookup<BodyId, ()>,
    /// Triggers that were on in an earlier policy and are not in this one: they raise nothing any
    /// more, and what they have raised goes on by their terms.
    withdrawn: BTreeMap<TriggerId, Trigger>,
    /// For how long the text of each kind of concern is kept.
    texts: Vec<Kept>,
    /// Since when it is in force, as far as a log says so.
    since: Option<Timestamp>,
    /// Every body under the agreement of this policy.
    readers: BTreeMap<BodyId, Arc<Reader>>,
}

impl InForce {
    /// The policy with its tables.
    #[must_use]
    pub fn new(policy: Arc<Policy>) -> Self {
        Self::with(policy, Vec::new())
    }

    /// The policy with its tables, and the triggers that were withdrawn.
    pub(crate) fn with(policy: Arc<Policy>, withdrawn: Vec<Trigger>) -> Self {
        let mut rules = Self { policy, ..Self::default() };
        let policy = Arc::clone(&rules.policy);
        rules.partners = policy.body.iter().map(|body| (body.id.clone(), ())).collect();
        for (number, trigger) in policy.trigger.iter().enumerate().filter(|(_, t)| !t.off) {
            match &trigger.rule {
                Rule::Weekly(_) => rules.weekly.push(number),
                Rule::Gathered(_) => rules.gathered.push(number),
                Rule::Overdue { .. } => rules.overdue.push(number),
                Rule::Immediate { .. }
                | Rule::Count { .. }
                | Rule::Score { .. }
                | Rule::Linked { .. }
                | Rule::Requested {}
                | Rule::Breadth { .. } => {}
            }
            for wanted in trigger.rule.wanted() {
                rules.asked.put(wanted, number);
            }
            rules.number(trigger);
        }
        rules.texts = Kind::ALL.into_iter().map(|kind| policy.text_kept(kind)).collect();
        for body in &policy.body {
            let reader = Arc::new(Reader::new(&policy, &body.id));
            rules.readers.insert(body.id.clone(), reader);
        }
        for trigger in withdrawn {
            rules.number(&trigger);
            rules.withdrawn.insert(trigger.id.clone(), trigger);
        }
        rules
    }

    /// The same with the moment since which it is in force.
    pub(crate) fn in_force_since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    /// Since when it is in force, where a log says so.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Whether any meeting is to be held regularly.
    pub(crate) fn has_regular_meetings(&self) -> bool {
        self.overdue()
            .any(|(_, of)| matches!(of, Owed::Meeting { regular, .. } if !regular.is_empty()))
    }

    fn number(&mut self, trigger: &Trigger) {
        let tallied: Vec<usize> =
            trigger.rule.tallied().into_iter().map(|wanted| self.tally(wanted)).collect();
        let shows = trigger.rule.shows();
        for number in &tallied {
            if let Some(known) = self.shows.get_mut(*number) {
                known.indicators |= shows.indicators;
                known.kinds |= shows.kinds;
                known.names |= shows.names;
                known.fading |= shows.fading;
            }
        }
        self.numbers.insert(trigger.id.clone(), tallied);
    }

    /// The terms by which what a trigger has raised goes on: those in force, or, once it is
    /// withdrawn, those that it had last.
    #[must_use]
    pub fn terms(&self, id: &TriggerId) -> Option<&Trigger> {
        self.withdrawn.get(id).or_else(|| self.policy.trigger(id))
    }

    /// Every trigger that may have raised anything: those of the policy, and the withdrawn ones.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &TriggerId> {
        let own = self.policy.trigger.iter().map(|trigger| &trigger.id);
        own.chain(self.withdrawn.keys().filter(|id| self.policy.trigger(id).is_none()))
    }

    /// A body as a reader; one that the policy does not name sees nothing but its own.
    #[must_use]
    pub fn reader(&self, body: &BodyId) -> Arc<Reader> {
        let known = self.readers.get(body).cloned();
        known.unwrap_or_else(|| Arc::new(Reader::new(&self.policy, body)))
    }

    /// When the text of a concern is to go, as [`Policy::text_ends`] says.
    pub(crate) fn text_ends(&self, kind: Kind, recorded_at: Timestamp) -> Option<Timestamp> {
        self.texts.get(kind as usize)?.end(recorded_at)
    }

    fn tally(&mut self, wanted: &Match) -> usize {
        if let Some(known) = self.tallied.iter().position(|known| known == wanted) {
            return known;
        }
        let number = self.tallied.len();
        self.held.put(wanted, number);
        self.tallied.push(wanted.clone());
        self.shows.push(Shows::default());
        number
    }

    /// The policy itself.
    #[must_use]
    pub fn document(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The triggers that may look at a concern of this kind, in the order of the policy.
    pub(crate) fn asked(&self, kind: Kind) -> impl Iterator<Item = &Trigger> {
        self.asked.of(kind).iter().filter_map(|number| self.policy.trigger.get(*number))
    }

    /// The triggers that are judged at the end of each week, in the order of the policy.
    pub(crate) fn weekly(&self) -> impl Iterator<Item = (&Trigger, &Weekly)> {
        self.of(&self.weekly).filter_map(|trigger| {
            let Rule::Weekly(weekly) = &trigger.rule else {
                return None;
            };
            Some((trigger, weekly))
        })
    }

    /// The triggers about what is open already, in the order of the policy.
    pub(crate) fn gathered(&self) -> impl Iterator<Item = (&Trigger, &Gathered)> {
        self.of(&self.gathered).filter_map(|trigger| {
            let Rule::Gathered(gathered) = &trigger.rule else {
                return None;
            };
            Some((trigger, gathered))
        })
    }

    /// The triggers about what is overdue, in the order of the policy.
    pub(crate) fn overdue(&self) -> impl Iterator<Item = (&Trigger, &Owed)> {
        self.of(&self.overdue).filter_map(|trigger| {
            let Rule::Overdue { of } = &trigger.rule else {
                return None;
            };
            Some((trigger, of))
        })
    }

    fn of<'a>(&'a self, numbers: &'a [usize]) -> impl Iterator<Item = &'a Trigger> {
        numbers.iter().filter_map(|number| self.policy.trigger.get(*number))
    }

    /// Whether the policy names the agency; anybody may speak before there is one.
    pub(crate) fn is_partner(&self, agency: &BodyId) -> bool {
        self.partners.is_empty() || self.partners.contains(agency)
    }

    /// How many tallies a home keeps.
    pub(crate) fn tallies(&self) -> usize {
        self.tallied.len()
    }

    /// What rules ask of a tally besides how many it holds.
    pub(crate) fn shows(&self, tally: usize) -> Shows {
        self.shows.get(tally).copied().unwrap_or_default()
    }

    /// The tallies that may hold a concern of this kind.
    pub(crate) fn tallies_of(&self, kind: Kind) -> &[usize] {
        self.held.of(kind)
    }

    /// Whether a tally holds a concern.
    pub(crate) fn is_tallied(&self, tally: usize, item: &Item, concern: &ConcernItem) -> bool {
        concern.counts()
            && self.tallied.get(tally).is_some_and(|wanted| matches(wanted, self, item, concern))
    }

    /// The tallies of a trigger, in the order in which its rule names what it counts; none for one
    /// that was never on.
    pub(crate) fn tallies_of_trigger(&self, trigger: &TriggerId) -> &[usize] {
        self.numbers.get(trigger).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Deref for InForce {
    type Target = Policy;
    fn deref(&self) -> &Policy {
        &self.policy
    }
}

/// Numbers by kind of concern.
#[derive(Debug, Clone, Default)]
struct ByKind {
    numbers: Vec<Vec<usize>>,
}

impl ByKind {
    fn put(&mut self, wanted: &Match, number: usize) {
        self.numbers.resize_with(Kind::ALL.len(), Vec::new);
        let kinds = self.numbers.iter_mut().zip(Kind::ALL);
        for (numbers, _) in kinds.filter(|(_, kind)| wanted.fits_kind(*kind)) {
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }

    fn of(&self, kind: Kind) -> &[usize] {
        self.numbers.get(kind as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Rule {
    /// The selections of concerns that the rule looks at.
    fn wanted(&self) -> Vec<&Match> {
        match self {
            Self::Immediate { matching } => vec![matching],
            Self::Count { .. }
            | Self::Score { .. }
            | Self::Linked { .. }
            | Self::Breadth { .. } => self.tallied(),
            Self::Overdue { .. } | Self::Requested {} | Self::Weekly(_) | Self::Gathered(_) => {
                Vec::new()
            }
        }
    }

    /// What the rule asks of its tallies besides how many they hold.
    fn shows(&self) -> Shows {
        match self {
            Self::Breadth { different, .. } => Shows {
                indicators: *different == Facet::Indicators,
                kinds: *different == Facet::Kinds,
                ..Shows::default()
            },
            Self::Score { .. } => Shows { fading: true, ..Shows::default() },
            Self::Linked { .. } => Shows { names: true, ..Shows::default() },
            Self::Immediate { .. }
            | Self::Count { .. }
            | Self::Overdue { .. }
            | Self::Requested {}
            | Self::Weekly(_)
            | Self::Gathered(_) => Shows::default(),
        }
    }

    /// The selections of concerns that the rule counts, and of which homes keep a tally.
    fn tallied(&self) -> Vec<&Match> {
        match self {
            Self::Count { matching, .. }
            | Self::Score { matching, .. }
            | Self::Breadth { matching, .. } => vec![matching],
            Self::Weekly(weekly) => vec![weekly.matching()],
            Self::Linked { death, concern, closed_by, .. } => vec![death, concern, closed_by],
            Self::Immediate { .. }
            | Self::Overdue { .. }
            | Self::Requested {}
            | Self::Gathered(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kinds_is_in_the_order_of_the_kinds() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
