//! What a rule counts at a home, kept as it changes: so that a rule looks at the days of its window
//! and never at every concern of the home.
//!
//! A tally holds the concerns that count and that the rule looks at, by day, and which of them tell
//! of an incident that another has told of before. How many incidents a window holds is then a
//! difference of two places, less those whose earlier word stands in the window too.

use jiff::civil::Date;

use super::shown::{Shown, Shows};
use super::sorted::{Row, Sorted};
use crate::event::{Kind, Severity};

/// A London date as a number that orders like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i32);

impl Day {
    /// Before every date.
    pub(crate) const NEVER: Self = Self(i32::MIN);

    pub(crate) fn of(date: Date) -> Self {
        Self(i32::from(date.year()) * 512 + i32::from(date.month()) * 32 + i32::from(date.day()))
    }

    /// The date; none for [`Day::NEVER`].
    pub(crate) fn date(self) -> Option<Date> {
        let (month, day) = (self.0.div_euclid(32).rem_euclid(16), self.0.rem_euclid(32));
        let year = i16::try_from(self.0.div_euclid(512)).ok()?;
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }

    /// The key of the first row of this day.
    pub(crate) fn start(self) -> (Self, u32) {
        (self, 0)
    }
}

/// A concern that the rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) day: Day,
    /// Its place in the home's timeline.
    pub(crate) place: u32,
    /// The day of the last earlier word of its incident that the rule counts, or [`Day::NEVER`].
    pub(crate) before: Day,
    pub(crate) severity: Severity,
    /// Of the first word of an incident: the gravest of all its words that the rule counts.
    pub(crate) gravest: Severity,
    /// Whether it tells of a property risk that no permanent repair has ended.
    pub(crate) lasting: bool,
    pub(crate) kind: Kind,
    /// The six Hull categories, a bit each.
    pub(crate) indicators: u8,
    /// Whether it names a person.
    pub(crate) named: bool,
}

impl Row for Counted {
    type Key = (Day, u32);
    fn key(&self) -> (Day, u32) {
        (self.day, self.place)
    }
}

impl Counted {
    /// Whether it is the first word of its incident.
    pub(crate) fn leads(&self) -> bool {
        self.before == Day::NEVER
    }
}

/// The incidents that began on one day, by severity, without the risks that last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayCount {
    pub(crate) day: Day,
    pub(crate) begun: [u32; 4],
}

impl Row for DayCount {
    type Key = Day;
    fn key(&self) -> Day {
        self.day
    }
}

/// The concerns of a home that one rule counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tally {
    rows: Sorted<Counted>,
    /// Those whose incident was told of earlier on the same day: in no window of days do they count.
    twins: Sorted<Counted>,
    /// Those whose incident was told of on an earlier day.
    repeats: Sorted<Counted>,
    begun: Sorted<DayCount>,
    /// The first words of property risks that last.
    lasting: Sorted<Counted>,
    /// What rules ask of it besides.
    shows: Shows,
    shown: Shown,
    /// Those that name nobody.
    nameless: Sorted<Counted>,
}

impl Tally {
    /// An empty one, which keeps besides what its rules ask of it.
    pub(crate) fn of(shows: Shows) -> Self {
        Self { shows, ..Self::default() }
    }

    pub(crate) fn insert(&mut self, row: Counted) {
        if self.rows.insert(row).is_none() {
            self.shown.add(self.shows, &row);
        }
        if self.shows.names && !row.named {
            self.nameless.insert(row);
        }
        if row.before == row.day {
            self.twins.insert(row);
        } else if !row.leads() {
            self.repeats.insert(row);
        } else if row.lasting {
            self.lasting.insert(row);
        } else if self.shows.fading {
            let severity = row.gravest as usize;
            let mut first = DayCount { day: row.day, begun: [0; 4] };
            first.begun[severity] = 1;
            self.begun.insert_or(first, |day| day.begun[severity] += 1);
        }
    }

    pub(crate) fn remove(&mut self, day: Day, place: u32) {
        let key = (day, place);
        let Some(row) = self.rows.remove(key) else {
            return;
        };
        self.shown.take(self.shows, &row);
        self.nameless.remove(key);
        self.twins.remove(key);
        self.repeats.remove(key);
        self.lasting.remove(key);
        if row.leads()
            && !row.lasting
            && let Some(of_day) = self.begun.get_mut(day)
        {
            of_day.begun[row.gravest as usize] -= 1;
            if of_day.begun == [0; 4] {
                self.begun.remove(day);
            }
        }
    }

    /// How many concerns stand on `from ≤ day < until`, each word of an incident counted.
    pub(crate) fn words(&self, from: Day, until: Day) -> usize {
        self.rows.between(from.start(), until.start())
    }

    /// How many incidents are told of on `from ≤ day < until`.
    pub(crate) fn incidents(&self, from: Day, until: Day) -> usize {
        let twins = match self.twins.is_empty() {
            true => 0,
            false => self.twins.between(from.start(), until.start()),
        };
        let repeats = match self.repeats.is_empty() {
            true => 0,
            false => {
                let repeats = self.repeats.range(from.start(), until.start());
                repeats.filter(|repeat| repeat.before >= from).count()
            }
        };
        self.words(from, until) - twins - repeats
    }

    /// The concerns on `from ≤ day < until`, in the order of days.
    pub(crate) fn rows(
        &self,
        from: Day,
        until: Day,
    ) -> impl DoubleEndedIterator<Item = &Counted> + Clone {
        self.rows.range(from.start(), until.start())
    }

    /// What the concerns show, by day; only of what its rules ask for.
    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The concerns that name nobody, in the order of days; only where a rule asks for them.
    pub(crate) fn nameless(&self) -> impl Iterator<Item = &Counted> {
        self.nameless.iter()
    }

    /// The concerns from a day on, in the order of days.
    pub(crate) fn since(&self, from: Day) -> impl Iterator<Item = &Counted> {
        self.rows.range(from.start(), Day(i32::MAX).start())
    }

    /// All concerns, in the order of days.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Counted> + Clone {
        self.rows.iter()
    }

    /// The days from `from` on which incidents began that fade, in order; only where a rule asks for them.
    pub(crate) fn begun(&self, from: Day) -> impl Iterator<Item = &DayCount> {
        self.begun.range(from, Day(i32::MAX))
    }

    /// The property risks that last, in the order of days.
    pub(crate) fn lasting(&self) -> impl DoubleEndedIterator<Item = &Counted> + Clone {
        self.lasting.iter()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_orders_like_its_date_and_reads_back() {
        let mut day = date(2023, 12, 28);
        while day < date(2024, 3, 3) {
            let next = day.tomorrow().unwrap();
            assert!(Day::of(day) < Day::of(next));
            assert_eq!(Day::of(day).date(), Some(day));
            day = next;
        }
        assert_eq!(Day::of(Date::MIN).date(), Some(Date::MIN));
        assert_eq!(Day::of(Date::MAX).date(), Some(Date::MAX));
        assert_eq!(Day::NEVER.date(), None);
    }
}
