//! Reports: what the partnership asks of the hub by the month, the quarter or the meeting. Each is made of
//! [`View`]s, so that nothing is in it that its reader could not open, and counts for each reader what that reader
//! may see. Nothing is decided from one.
//!
//! A report looks back with what is known now: a concern that was withdrawn since counts no more, and a rule that was
//! changed since is asked as it stands. What was known on a day in the past is the chronology's business.

pub mod actions;
pub mod answers;
pub mod board;
pub mod key_questions;
pub mod memorandum;
pub mod minutes;
pub mod pack;
pub mod plans;
pub mod published;
pub mod sources;
pub mod threshold;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::HomeId;
use crate::picture::Home;
use crate::sharing::View;
use crate::time::{london_date, start_of_day};

/// Days in London: from the first, before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first of them.
    pub from: Date,
    /// The day after the last.
    pub until: Date,
}

impl Days {
    /// The month of a day.
    #[must_use]
    pub fn of_month(day: Date) -> Self {
        let from = day.first_of_month();
        Self { from, until: from.saturating_add(1.month()) }
    }

    /// The quarter of a day.
    #[must_use]
    pub fn of_quarter(day: Date) -> Self {
        let into = i64::from((day.month() - 1) % 3);
        let from = day.first_of_month().saturating_sub(into.months());
        Self { from, until: from.saturating_add(3.months()) }
    }

    /// The days that came just before, as many calendar months of them, or as many days where these are no whole
    /// months.
    #[must_use]
    pub fn before(self) -> Self {
        let whole = self.from.day() == 1 && self.until.day() == 1;
        let months = i64::from(self.until.year() - self.from.year()) * 12
            + i64::from(self.until.month() - self.from.month());
        let from = if whole && months > 0 {
            self.from.saturating_sub(months.months())
        } else {
            self.from.saturating_sub(self.until - self.from)
        };
        Self { from, until: self.from }
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn has(self, day: Date) -> bool {
        self.from <= day && day < self.until
    }

    /// Whether an instant falls into them.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.has(london_date(at))
    }

    /// Whether an instant comes before their end.
    #[must_use]
    pub fn end_after(self, at: Timestamp) -> bool {
        at < start_of_day(self.until)
    }
}

/// The home that a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its name in the register; none while it is not registered.
    pub name: Option<String>,
    /// Its token; `general` where a line is about no one home.
    pub id: HomeId,
    /// Its local authority.
    pub area: Option<String>,
}

impl Place {
    /// The place of a picture.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        let registration = home.head.registration.as_ref();
        Self {
            name: registration.map(|known| known.name.clone()),
            id: home.id().clone(),
            area: registration.and_then(|known| known.area.clone()),
        }
    }

    /// Whether a report on an area is about it: where none is asked for, every home, else the homes in it.
    #[must_use]
    pub fn is_in(&self, area: Option<&str>) -> bool {
        area.is_none_or(|area| self.area.as_deref() == Some(area))
    }
}

/// The day on which the hub knew of an entry, as far as its reader can tell: of what is protected the month is all that
/// a reader knows, and its last day is the latest that it may have been.
fn known_on(view: &View, item: &crate::picture::Item) -> Date {
    let day = london_date(item.recorded_at);
    if view.is_month_only(item) { day.last_of_month() } else { day }
}

/// Whether an entry came after `since`. What is protected is taken as new while its month was not over, so that nothing
/// new is missed.
fn is_since(view: &View, item: &crate::picture::Item, since: Date) -> bool {
    since <= known_on(view, item)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(from: Date, until: Date) -> Days {
        Days { from, until }
    }

    #[test]
    fn months_and_quarters_begin_and_end_in_london() {
        assert_eq!(Days::of_month(date(2024, 2, 29)), days(date(2024, 2, 1), date(2024, 3, 1)));
        for day in [date(2024, 4, 1), date(2024, 6, 30)] {
            assert_eq!(Days::of_quarter(day), days(date(2024, 4, 1), date(2024, 7, 1)));
        }
        assert_eq!(Days::of_quarter(date(2023, 12, 31)).until, date(2024, 1, 1));
        let july = Days::of_month(date(2024, 7, 1));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!july.holds(at("2024-06-30T22:59:59Z")));
        assert!(july.holds(at("2024-06-30T23:00:00Z")), "summer time");
        assert!(
            july.holds(at("2024-07-31T22:59:59Z")) && july.end_after(at("2024-07-31T22:59:59Z"))
        );
        assert!(
            !july.holds(at("2024-07-31T23:00:00Z")) && !july.end_after(at("2024-07-31T23:00:00Z"))
        );
    }

    #[test]
    fn what_came_before_is_as_long() {
        let quarter = Days::of_quarter(date(2024, 5, 5));
        assert_eq!(quarter.before(), days(date(2024, 1, 1), date(2024, 4, 1)));
        assert_eq!(Days::of_month(date(2024, 1, 1)).before(), Days::of_month(date(2023, 12, 1)));
        let fortnight = days(date(2024, 3, 1), date(2024, 3, 15));
        assert_eq!(fortnight.before(), days(date(2024, 2, 16), date(2024, 3, 1)));
    }
}
