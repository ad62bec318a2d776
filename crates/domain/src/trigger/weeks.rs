//! The weeks before a Monday, as the weekly rules look at them.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::picture::{Day, Tally};

/// Whole weeks up to a Monday, without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weeks {
    monday: Date,
    weeks: u16,
}

impl Weeks {
    /// So many weeks that end with the Sunday before `monday`.
    pub(crate) fn before(monday: Date, weeks: u16) -> Self {
        Self { monday, weeks }
    }

    /// The first day.
    pub(crate) fn from(self) -> Date {
        self.monday.saturating_sub((i64::from(self.weeks) * 7).days())
    }

    /// The Monday after the last day.
    pub(crate) fn until(self) -> Date {
        self.monday
    }

    /// How many weeks.
    pub(crate) fn len(self) -> u16 {
        self.weeks
    }

    /// Up to so many weeks before these, as far as `since` allows.
    pub(crate) fn preceding(self, weeks: u16, since: Date) -> Self {
        let days = i64::from((self.from() - since).get_days());
        let there = u16::try_from(days.max(0) / 7).unwrap_or(u16::MAX);
        Self { monday: self.from(), weeks: weeks.min(there) }
    }

    /// The incidents of all these weeks together.
    pub(crate) fn together(self, tally: &Tally) -> u32 {
        tally.incidents(Day::of(self.from()), Day::of(self.until())) as u32
    }

    /// The incidents of each week, the oldest first.
    pub(crate) fn each(self, tally: &Tally) -> Vec<u32> {
        let weeks = (1..=self.weeks).rev();
        weeks
            .map(|ago| {
                let from = self.monday.saturating_sub((i64::from(ago) * 7).days());
                let until = from.saturating_add(7.days());
                tally.incidents(Day::of(from), Day::of(until)) as u32
            })
            .collect()
    }
}
