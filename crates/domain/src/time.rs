//! The calendar: Europe/London dates, rolling windows, working days. Time comes in as an argument.

pub(crate) mod calendar;

use std::sync::LazyLock;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Europe/London from the time-zone data that is compiled in (design law 3); UTC could only stand
/// in if that data were missing from the build, which `london_is_bundled` tests.
pub(crate) static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC));

/// The Europe/London date of an instant.
#[must_use]
pub fn london_date(instant: Timestamp) -> Date {
    let local = offset_of(instant.as_second()).map(|offset| instant.as_second() + offset);
    let date = local.and_then(|second| calendar::date_of(second.div_euclid(SECONDS_OF_A_DAY)));
    date.unwrap_or_else(|| LONDON.to_datetime(instant).date())
}

const SECONDS_OF_A_DAY: i64 = 24 * 3_600;

/// When the clocks of London changed or will change, in seconds since 1970, and how far ahead of UTC they
/// are from then on: read from the time zone once, because every event asks for a date or two and the
/// zone works its rule out anew for each.
static CLOCK_CHANGES: LazyLock<Vec<(i64, i64)>> = LazyLock::new(|| {
    let changes = LONDON.following(Timestamp::UNIX_EPOCH).take(CHANGES_KEPT);
    changes
        .map(|change| (change.timestamp().as_second(), change.offset().seconds().into()))
        .collect()
});

/// Two a year, until 2080.
const CHANGES_KEPT: usize = 220;

const HALF_A_YEAR: i64 = 365 * SECONDS_OF_A_DAY / 2;

/// How far London is ahead of UTC at a second, as far as the list reaches.
fn offset_of(second: i64) -> Option<i64> {
    let changes = CLOCK_CHANGES.as_slice();
    // There are two a year: the place is found by division, and a step or two put it right.
    let near = usize::try_from(second / HALF_A_YEAR).unwrap_or_default().min(changes.len());
    let later = near + changes.get(near..)?.iter().take_while(|(from, _)| *from <= second).count();
    let back = changes.get(..later)?.iter().rev().take_while(|(from, _)| *from > second).count();
    let later = later - back;
    let (_, offset) = CLOCK_CHANGES.get(later.checked_sub(1)?)?;
    (later < CLOCK_CHANGES.len()).then_some(*offset)
}

/// A time by which something is due, as a sentence says it in London: `5 March 2024, 14:30`, or `the end of 5 March 2024`.
#[must_use]
pub fn due_in_words(due: Timestamp) -> String {
    let due = due.to_zoned(LONDON.clone());
    let day = due.strftime("%-d %B %Y");
    match (due.hour(), due.minute()) {
        (23, 59) => format!("the end of {day}"),
        (_, _) => format!("{day}, {}", due.strftime("%H:%M")),
    }
}

/// The first moment of a London date.
#[must_use]
pub fn start_of_day(date: Date) -> Timestamp {
    let zoned = || date.to_zoned(LONDON.clone()).map_or(Timestamp::MAX, |day| day.timestamp());
    instant_of(date, 0).and_then(|at| Timestamp::from_second(at).ok()).unwrap_or_else(zoned)
}

/// The same hour of the same day so many months later by London's calendar, the day clamped to the month's
/// end; none beyond the years that a date can have.
pub(crate) fn months_after(instant: Timestamp, months: u32) -> Option<Timestamp> {
    let zoned = || {
        let span = Span::new().try_months(months).ok()?;
        let end = instant.to_zoned(LONDON.clone()).checked_add(span);
        end.ok().map(|end| end.timestamp())
    };
    let second = instant.as_second();
    let local = offset_of(second).map(|offset| second + offset);
    let later = local.zip(i32::try_from(months).ok()).and_then(|(local, months)| {
        let day = calendar::date_of(local.div_euclid(SECONDS_OF_A_DAY))?;
        instant_of(calendar::plus_months(day, months), local.rem_euclid(SECONDS_OF_A_DAY))
    });
    let later = later.and_then(|at| Timestamp::new(at, instant.subsec_nanosecond()).ok());
    later.or_else(zoned)
}

/// The second since 1970 of a second of a London date; none near a change of the clocks, where there may be
/// two of it or none, and none as far as the list of changes does not reach.
fn instant_of(date: Date, second: i64) -> Option<i64> {
    let local = calendar::days_of(date) * SECONDS_OF_A_DAY + second;
    let offset = offset_of(local - CLOCKS_DIFFER)?;
    (offset_of(local + CLOCKS_DIFFER)? == offset).then_some(local - offset)
}

/// More than London's clock ever differed from UTC, in seconds.
const CLOCKS_DIFFER: i64 = 3 * 3_600;

/// The last second of a London date: when something due "the same day" is due.
#[must_use]
pub fn end_of_day(date: Date) -> Timestamp {
    let next = start_of_day(date.saturating_add(1.day()));
    next.checked_sub(1.second()).unwrap_or(next)
}

/// Whether the offices are closed at an instant: from `from` of a working day until `until` of the next,
/// in London, and on all days that are none. `holiday` says which dates are bank holidays.
#[must_use]
pub fn is_out_of_hours(
    instant: Timestamp,
    from: Time,
    until: Time,
    holiday: impl Fn(Date) -> bool,
) -> bool {
    let now = LONDON.to_datetime(instant);
    let open = until <= now.time() && now.time() < from;
    !(open && is_working_day(now.date(), holiday))
}

fn is_working_day(day: Date, holiday: impl Fn(Date) -> bool) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !holiday(day)
}

/// A rolling window: calendar lengths count London dates, hours are exact durations (triggers.md §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Window {
    /// Calendar months, the day clamped to the month's end.
    Months(u16),
    /// Days.
    Days(u16),
    /// Exact hours.
    Hours(u16),
}

/// Why a window or a timescale was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not understood; write {wanted}")]
pub struct BadLength {
    text: String,
    wanted: &'static str,
}

impl Window {
    /// The first date after a window of months or days that starts at `start`: the window holds
    /// `start ≤ x < end_after(start)`. Hours only bound a search: they are rounded up, and a day more
    /// is added, because 26 hours that begin late on one day reach into the third.
    #[must_use]
    pub fn end_after(self, start: Date) -> Date {
        match self {
            Self::Months(n) => calendar::plus_months(start, i32::from(n)),
            Self::Days(n) => calendar::plus_days(start, i64::from(n)),
            Self::Hours(n) => calendar::plus_days(start, i64::from(n) / 24 + 2),
        }
    }

    /// The earliest date at which a window that still holds `date` can start.
    #[must_use]
    pub fn earliest_start(self, date: Date) -> Date {
        match self {
            // Clamping makes month arithmetic not reversible (30 August − 6 months = 28 February, yet
            // 28 February + 6 months = 28 August): it is the day after in the earlier month, where both
            // months have one, else the first of the month after that.
            Self::Months(n) => {
                let first = calendar::plus_months(date.first_of_month(), -i32::from(n));
                let has_next = date < date.last_of_month() && date.day() < first.days_in_month();
                let next = has_next.then(|| Date::new(first.year(), first.month(), date.day() + 1));
                next.and_then(Result::ok).unwrap_or_else(|| calendar::plus_months(first, 1))
            }
            Self::Days(n) => calendar::plus_days(date, 1 - i64::from(n)),
            Self::Hours(n) => calendar::plus_days(date, -1 - i64::from(n) / 24),
        }
    }
}

impl TryFrom<String> for Window {
    type Error = BadLength;
    fn try_from(text: String) -> Result<Self, BadLength> {
        let bad =
            || BadLength { text: text.clone(), wanted: "`6 months`, `30 days` or `48 hours`" };
        let (number, unit) = text.split_once(' ').ok_or_else(bad)?;
        let n: u16 = number.parse().map_err(|_| bad())?;
        match unit.trim_end_matches('s') {
            "month" if n > 0 => Ok(Self::Months(n)),
            "day" if n > 0 => Ok(Self::Days(n)),
            "hour" if n > 0 => Ok(Self::Hours(n)),
            _ => Err(bad()),
        }
    }
}

fn plural(n: u16, unit: &str) -> String {
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

impl From<Window> for String {
    fn from(window: Window) -> String {
        match window {
            Window::Months(n) => plural(n, "month"),
            Window::Days(n) => plural(n, "day"),
            Window::Hours(n) => plural(n, "hour"),
        }
    }
}

/// How long a body has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Within {
    /// By the end of the London day on which the clock starts.
    SameDay,
    /// Exact hours.
    Hours(u16),
    /// Calendar days, to the end of the day.
    Days(u16),
    /// Working days, to the end of the day; the day on which the clock starts does not count.
    WorkingDays(u16),
}

impl TryFrom<String> for Within {
    type Error = BadLength;
    fn try_from(text: String) -> Result<Self, BadLength> {
        let wanted = "`same day`, `2 hours`, `28 days` or `10 working days`";
        let bad = || BadLength { text: text.clone(), wanted };
        if text == "same day" {
            return Ok(Self::SameDay);
        }
        let (number, unit) = text.split_once(' ').ok_or_else(bad)?;
        let n: u16 = number.parse().map_err(|_| bad())?;
        match unit.trim_end_matches('s') {
            "hour" if n > 0 => Ok(Self::Hours(n)),
            "day" if n > 0 => Ok(Self::Days(n)),
            "working day" if n > 0 => Ok(Self::WorkingDays(n)),
            _ => Err(bad()),
        }
    }
}

impl From<Within> for String {
    fn from(within: Within) -> String {
        match within {
            Within::SameDay => "same day".to_owned(),
            Within::Hours(n) => plural(n, "hour"),
            Within::Days(n) => plural(n, "day"),
            Within::WorkingDays(n) => plural(n, "working day"),
        }
    }
}

impl Within {
    /// When an answer is due whose clock starts at `from`.
    ///
    /// `holiday` says which dates are bank holidays: policy data, never a file of the host.
    #[must_use]
    pub fn due(self, from: Timestamp, holiday: impl Fn(Date) -> bool) -> Timestamp {
        let today = london_date(from);
        match self {
            Self::SameDay => end_of_day(today),
            Self::Hours(n) => from.checked_add(i64::from(n).hours()).unwrap_or(Timestamp::MAX),
            Self::Days(n) => end_of_day(calendar::plus_days(today, i64::from(n))),
            Self::WorkingDays(n) => {
                let mut day = today;
                let mut left = n;
                while left > 0 && day < Date::MAX {
                    day = calendar::plus_days(day, 1);
                    if is_working_day(day, &holiday) {
                        left -= 1;
                    }
                }
                end_of_day(day)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn london_is_bundled() {
        assert_eq!(LONDON.iana_name(), Some("Europe/London"));
    }

    #[test]
    fn a_date_near_midnight_follows_the_clock_of_london() {
        let summer: Timestamp = "2024-06-30T23:30:00Z".parse().unwrap();
        assert_eq!(london_date(summer), date(2024, 7, 1));
        let winter: Timestamp = "2024-01-31T23:30:00Z".parse().unwrap();
        assert_eq!(london_date(winter), date(2024, 1, 31));
    }

    #[test]
    fn the_date_is_that_of_the_time_zone_around_every_change_of_the_clocks_and_far_away() {
        let mut instants: Vec<i64> = CLOCK_CHANGES.iter().map(|(at, _)| *at).collect();
        instants.extend((-40..140).map(|years: i64| years * 31_557_600 + 12_345));
        for at in instants {
            for second in [at - 86_401, at - 3_601, at - 1, at, at + 1, at + 3_599, at + 86_400] {
                let instant = Timestamp::from_second(second).unwrap();
                assert_eq!(london_date(instant), LONDON.to_datetime(instant).date(), "{instant}");
            }
        }
        assert_eq!(CLOCK_CHANGES.len(), CHANGES_KEPT);
    }

    #[test]
    fn the_start_of_a_day_and_months_later_are_those_of_the_time_zone() {
        let zoned = |date: Date| date.to_zoned(LONDON.clone()).unwrap().timestamp();
        let mut day = date(1969, 12, 1);
        while day < date(2082, 1, 1) {
            assert_eq!(start_of_day(day), zoned(day), "{day}");
            day = calendar::plus_days(day, 1);
        }
        let changes = CLOCK_CHANGES.iter().map(|(at, _)| *at);
        for at in changes.chain((-4..130).map(|years: i64| years * 31_557_600 + 12_345)) {
            for (hours, months) in [(-4, 6), (-1, 12), (0, 6), (1, 24), (25, 5), (0, 0), (2, 84)] {
                let instant = Timestamp::new(at + hours * 3_600 + 59, 7).unwrap();
                let later = instant.to_zoned(LONDON.clone());
                let later = later.checked_add(i64::from(months).months()).unwrap().timestamp();
                assert_eq!(months_after(instant, months), Some(later), "{instant} {months}");
            }
        }
        assert_eq!(months_after(Timestamp::UNIX_EPOCH, u32::MAX), None);
    }

    #[test]
    fn six_months_clamp_to_the_end_of_the_month() {
        let six = Window::Months(6);
        assert_eq!(six.end_after(date(2023, 8, 31)), date(2024, 2, 29));
        assert_eq!(six.end_after(date(2024, 8, 31)), date(2025, 2, 28));
        assert_eq!(six.end_after(date(2024, 2, 29)), date(2024, 8, 29));
    }

    #[test]
    fn the_earliest_start_is_the_first_whose_window_still_holds_the_date() {
        let months = [1, 3, 6, 12, 13].map(Window::Months);
        let others = [Window::Days(1), Window::Days(30), Window::Hours(26), Window::Hours(48)];
        for window in months.into_iter().chain(others) {
            let mut day = date(2023, 1, 1);
            while day < date(2025, 3, 1) {
                let start = window.earliest_start(day);
                assert!(window.end_after(start) > day, "{window:?} {day}");
                assert!(window.end_after(start.yesterday().unwrap()) <= day, "{window:?} {day}");
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn working_days_skip_weekends_and_holidays() {
        let friday: Timestamp = "2024-12-20T15:00:00Z".parse().unwrap();
        let holiday = |day| day == date(2024, 12, 25) || day == date(2024, 12, 26);
        let due = Within::WorkingDays(3).due(friday, holiday);
        assert_eq!(due.to_string(), "2024-12-27T23:59:59Z");
    }

    #[test]
    fn the_offices_are_closed_at_night_at_weekends_and_on_holidays() {
        let closed = |at: &str| {
            let (from, until) = (Time::constant(17, 0, 0, 0), Time::constant(9, 0, 0, 0));
            is_out_of_hours(at.parse().unwrap(), from, until, |day| day == date(2024, 5, 6))
        };
        // British Summer Time: nine o'clock in London is eight in UTC.
        for (at, expected) in [
            ("2024-05-03T07:59:59Z", true),
            ("2024-05-03T08:00:00Z", false),
            ("2024-05-03T15:59:59Z", false),
            ("2024-05-03T16:00:00Z", true),
            ("2024-05-04T10:00:00Z", true),
            ("2024-05-06T10:00:00Z", true),
        ] {
            assert_eq!(closed(at), expected, "{at}");
        }
    }

    #[test]
    fn lengths_read_as_they_are_written() {
        for text in ["6 months", "1 month", "30 days", "48 hours"] {
            assert_eq!(String::from(Window::try_from(text.to_owned()).unwrap()), text);
        }
        for text in ["same day", "2 hours", "10 working days", "1 working day", "28 days"] {
            assert_eq!(String::from(Within::try_from(text.to_owned()).unwrap()), text);
        }
        for text in ["", "six months", "0 days", "1 fortnight", "-1 days", "999999 days"] {
            assert!(Window::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
