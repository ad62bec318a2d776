//! Break-glass: one person sees, of one home, for a time, what the agreement withholds from their agency.
//!
//! It opens the words of those agencies alone that were told of it: an owner is in [`Opening::told`] once
//! the notice to it stands in the log. It opens what was said up to that moment, so nobody's words are ever
//! read under an opening of which they have not heard. Handling C, and the report of a protected person,
//! stay closed to whoever is not named.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::nanosecond::required as nanosecond;
use serde::{Deserialize, Serialize};

use super::Reader;
use super::reader::Marks;
use crate::picture::{Home, Item, Reference, What};
use crate::policy::{Policy, Share};
use crate::{BodyId, HomeId, PersonId, Position};

/// What one person opened at one home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The event that opened it. Never shown.
    pub position: Position,
    /// What names it to readers.
    pub reference: Reference,
    /// The agency of the person.
    pub agency: BodyId,
    /// The person.
    pub person: PersonId,
    /// When it was opened.
    #[serde(with = "nanosecond")]
    pub opened_at: Timestamp,
    /// When it ends.
    #[serde(with = "nanosecond")]
    pub until: Timestamp,
    /// The owners that were told: their words are open, and nobody else's.
    pub told: BTreeSet<BodyId>,
}

/// An opening, for the one reader who has it.
#[derive(Debug, Clone)]
pub(super) struct Open {
    home: HomeId,
    opening: Opening,
}

impl Open {
    pub(super) fn of(home: &Home, opening: &Opening) -> Self {
        Self { home: home.id().clone(), opening: opening.clone() }
    }

    /// Whether it opens an entry.
    pub(super) fn opens(&self, home: &Home, item: &Item) -> bool {
        *home.id() == self.home
            && item.position < self.opening.position
            && self.opening.told.contains(&item.agency)
    }
}

impl Opening {
    /// Whether it is this person's.
    #[must_use]
    pub fn is_of(&self, agency: &BodyId, person: &PersonId) -> bool {
        self.agency == *agency && self.person == *person
    }
}

/// Whose words an opening by `agency` would open: what stands here and is withheld from it, but for what no
/// opening opens. A body that has ended cannot be told, so its words stay closed.
#[must_use]
pub(crate) fn owners(home: &Home, agency: &BodyId, policy: &Policy) -> BTreeSet<BodyId> {
    let reader = Reader::new(policy, agency);
    let withheld = home.items().iter().filter(|item| match &item.what {
        What::Concern(concern) => {
            let share = reader.share(home, item, concern);
            share < Share::Full
                && !reader.is_kept_from(home, Marks::of(item, concern))
                && !policy.successions.has_ended(&item.agency)
        }
        What::Event { .. } | What::Escalation { .. } | What::Notice { .. } => false,
    });
    withheld.map(|item| item.agency.clone()).collect()
}
