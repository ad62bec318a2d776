//! What the concerns of a tally show, by day: the categories of early indicators, or the kinds. A rule
//! over how many are different looks at days, of which a window holds few, and not at every concern.

use super::sorted::{Row, Sorted};
use super::tally::{Counted, Day};
use crate::policy::Facet;

/// What rules ask of a tally besides how many it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shows {
    /// Which categories of early indicators.
    pub(crate) indicators: bool,
    /// Which kinds.
    pub(crate) kinds: bool,
    /// Which concerns name nobody.
    pub(crate) names: bool,
    /// How many incidents that fade began on each day.
    pub(crate) fading: bool,
}

/// How many concerns show something on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OnDay {
    what: u8,
    day: Day,
    concerns: u32,
}

impl Row for OnDay {
    type Key = (u8, Day);
    fn key(&self) -> (u8, Day) {
        (self.what, self.day)
    }
}

/// What is shown on which days.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shown {
    days: Sorted<OnDay>,
}

/// Stands for a concern of no category: its day may begin a window all the same.
const NOTHING: u8 = 7;

/// The kinds stand after the categories.
const KINDS: u8 = 8;

/// Everything that a facet tells apart, and [`NOTHING`].
fn all(facet: Facet) -> std::ops::Range<u8> {
    match facet {
        Facet::Indicators => 0..KINDS,
        Facet::Kinds => KINDS..64,
    }
}

fn of(shows: Shows, row: &Counted) -> impl Iterator<Item = u8> + use<> {
    let (indicators, kind) = (row.indicators & !(1 << NOTHING), row.kind as u8);
    let categories = (0..NOTHING).filter(move |one| indicators & (1 << one) != 0);
    let nothing = (indicators == 0).then_some(NOTHING);
    let indicators = categories.chain(nothing).filter(move |_| shows.indicators);
    indicators.chain(shows.kinds.then_some(KINDS + kind))
}

impl Shown {
    pub(super) fn add(&mut self, shows: Shows, row: &Counted) {
        for what in of(shows, row) {
            let first = OnDay { what, day: row.day, concerns: 1 };
            self.days.insert_or(first, |day| day.concerns += 1);
        }
    }

    pub(super) fn take(&mut self, shows: Shows, row: &Counted) {
        for what in of(shows, row) {
            let key = (what, row.day);
            if let Some(day) = self.days.get_mut(key) {
                day.concerns = day.concerns.saturating_sub(1);
                if day.concerns == 0 {
                    self.days.remove(key);
                }
            }
        }
    }

    /// How many different things are shown on `from ≤ day < until`.
    pub(crate) fn different(&self, facet: Facet, from: Day, until: Day) -> usize {
        let all = all(facet);
        let (mut what, mut found) = (all.start, 0);
        while what < all.end {
            let next = self.days.range((what, from), (all.end, Day::NEVER)).next();
            let Some(next) = next else { break };
            if next.what == what {
                found += usize::from(what != NOTHING && next.day < until);
                what += 1;
            } else {
                what = next.what;
            }
        }
        found
    }

    /// The days `from ≤ day < until` with what is shown on each, a bit for each different thing.
    pub(crate) fn days(&self, facet: Facet, from: Day, until: Day) -> Vec<(Day, u64)> {
        let bit = |what| if what == NOTHING { 0 } else { 1_u64 << what };
        let mut days: Vec<(Day, u64)> = all(facet)
            .flat_map(|what| self.days.range((what, from), (what, until)))
            .map(|on| (on.day, bit(on.what)))
            .collect();
        days.sort_unstable();
        days.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            kept.1 |= if same { later.1 } else { 0 };
            same
        });
        days
    }
}
