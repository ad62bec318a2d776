//! Keeps the tallies of a home true to its concerns: a concern that comes, changes or goes is counted
//! anew together with whatever tells of the same incident.

use std::collections::{BTreeMap, BTreeSet};

use super::super::incident::concern_of;
use super::super::item::{ConcernItem, Item};
use super::super::shown::Shows;
use super::super::tally::{Counted, Day, Tally};
use super::Home;
use crate::Position;
use crate::event::{Facets, Kind, Severity};
use crate::policy::InForce;

impl Home {
    /// The tally of this number, as the policy in force numbers them.
    pub(crate) fn tally(&self, number: usize) -> Option<&Tally> {
        self.tallies.get(number)
    }

    /// Counts everything anew, as a policy that takes effect says.
    pub fn count_all(&mut self, rules: &InForce) {
        self.tallies.clear();
        self.count_incidents(0..self.items.len() as u32, rules);
    }

    /// The tally of the concerns for which `counts` says so; whoever asks for one trigger once.
    pub(crate) fn tally_of(&self, counts: impl Fn(&Item, &ConcernItem) -> bool) -> Tally {
        let mut tally = Tally::of(Shows { fading: true, ..Shows::default() });
        for places in self.by_incident(0..self.items.len() as u32) {
            self.put(&mut tally, &places, &counts);
        }
        tally
    }

    fn set_up_tallies(&mut self, rules: &InForce) {
        let missing = self.tallies.len()..rules.tallies();
        self.tallies.extend(missing.map(|number| Tally::of(rules.shows(number))));
    }

    /// Counts a concern that names no incident.
    pub(super) fn count_alone(&mut self, place: u32, rules: &InForce) {
        self.set_up_tallies(rules);
        let Some(item) = self.items.get(place as usize) else {
            return;
        };
        let Some(concern) = item.concern() else {
            return;
        };
        for number in rules.tallies_of(concern.kind) {
            if rules.is_tallied(*number, item, concern)
                && let Some(tally) = self.tallies.get_mut(*number)
            {
                tally.insert(alone(place, concern));
            }
        }
    }

    /// Takes the concerns at these places out of every tally.
    pub(super) fn count_no_more(&mut self, places: &BTreeSet<u32>, rules: &InForce) {
        for place in places {
            let Some(concern) = concern_of(&self.items, *place) else {
                continue;
            };
            let day = Day::of(concern.date);
            for tally in rules.tallies_of(concern.kind) {
                if let Some(tally) = self.tallies.get_mut(*tally) {
                    tally.remove(day, *place);
                }
            }
        }
    }

    /// Counts the concerns at these places anew; whatever tells of one incident is among them whole.
    pub(super) fn count_again(&mut self, places: &BTreeSet<u32>, rules: &InForce) {
        self.count_no_more(places, rules);
        self.count_incidents(places.iter().copied(), rules);
    }

    fn count_incidents(&mut self, places: impl Iterator<Item = u32>, rules: &InForce) {
        self.set_up_tallies(rules);
        let mut tallies = std::mem::take(&mut self.tallies);
        for places in self.by_incident(places) {
            let concerns = places.iter().filter_map(|place| concern_of(&self.items, *place));
            let mut wanted: Vec<usize> =
                concerns.flat_map(|concern| rules.tallies_of(concern.kind)).copied().collect();
            wanted.sort_unstable();
            wanted.dedup();
            for number in wanted {
                if let Some(tally) = tallies.get_mut(number) {
                    self.put(tally, &places, |item, concern| {
                        rules.is_tallied(number, item, concern)
                    });
                }
            }
        }
        self.tallies = tallies;
    }

    /// Puts the words of one incident into a tally, in the order of their days.
    fn put(&self, tally: &mut Tally, places: &[u32], counts: impl Fn(&Item, &ConcernItem) -> bool) {
        let mut words: Vec<(u32, &ConcernItem)> = places
            .iter()
            .filter_map(|place| Some((*place, self.concern_at(*place)?)))
            .filter(|(_, (item, concern))| concern.counts() && counts(item, concern))
            .map(|(place, (_, concern))| (place, concern))
            .collect();
        words.sort_unstable_by_key(|(place, concern)| (concern.date, *place));
        let gravest = words.iter().map(|(_, concern)| concern.severity).max();
        let risk = words.iter().any(|(_, concern)| concern.kind == Kind::PropertyRisk);
        let lasting = risk && !self.is_repaired(places);
        let mut before = Day::NEVER;
        for (place, concern) in words {
            let mut row = alone(place, concern);
            row.before = before;
            row.gravest = gravest.unwrap_or(Severity::Low);
            row.lasting = lasting;
            before = row.day;
            tally.insert(row);
        }
    }

    /// The places of each incident.
    fn by_incident(&self, places: impl Iterator<Item = u32>) -> impl Iterator<Item = Vec<u32>> {
        let mut incidents: BTreeMap<Position, Vec<u32>> = BTreeMap::new();
        for place in places {
            if let Some(concern) = concern_of(&self.items, place) {
                incidents.entry(concern.incident).or_default().push(place);
            }
        }
        incidents.into_values()
    }

    /// Whether a permanent repair has ended the risk to the building that the concern at `position` tells
    /// of.
    pub(crate) fn has_been_repaired(&self, position: Position) -> bool {
        ended(self.same_incident(position))
    }

    /// Whether a permanent repair has ended the incident told of here.
    fn is_repaired(&self, places: &[u32]) -> bool {
        ended(places.iter().filter_map(|place| self.concern_at(*place)))
    }
}

/// Whether the last word about a building, by its day and then by the log, says that it was repaired for
/// good. What fails again after a repair was not ended by it.
fn ended<'a>(words: impl Iterator<Item = (&'a Item, &'a ConcernItem)>) -> bool {
    let about = words.filter(|(_, word)| word.counts() && word.kind == Kind::PropertyRisk);
    let last = about.max_by_key(|(item, word)| (word.date, item.position));
    last.is_some_and(|(_, word)| word.facets.has(Facets::REPAIRED))
}

/// The row of a concern that is an incident by itself.
fn alone(place: u32, concern: &ConcernItem) -> Counted {
    Counted {
        day: Day::of(concern.date),
        place,
        before: Day::NEVER,
        severity: concern.severity,
        gravest: concern.severity,
        lasting: concern.kind == Kind::PropertyRisk && !concern.facets.has(Facets::REPAIRED),
        kind: concern.kind,
        indicators: concern.indicators,
        named: concern.person.is_some(),
    }
}
