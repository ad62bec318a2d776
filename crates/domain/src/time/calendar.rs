//! Adding days and months to dates, as every event does several times: the same as jiff's spans, which
//! are made for any unit and cost ten times as much.

use jiff::ToSpan;
use jiff::civil::Date;

/// The date so many days after 1970-01-01; none beyond the years that a date can have (H. Hinnant,
/// "chrono-compatible low-level date algorithms", `civil_from_days`).
pub(crate) fn date_of(days: i64) -> Option<Date> {
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()
}

/// How many days after 1970-01-01 a date is (`days_from_civil` of the same).
pub(crate) fn days_of(date: Date) -> i64 {
    let (month, day) = (i64::from(date.month()), i64::from(date.day()));
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days later, or earlier; the first or last date there is, where that lies beyond.
pub(crate) fn plus_days(date: Date, days: i64) -> Date {
    let sum = days_of(date).checked_add(days).and_then(date_of);
    sum.unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
}

/// The date so many months later, or earlier, the day clamped to the month's end.
pub(super) fn plus_months(date: Date, months: i32) -> Date {
    let count = i32::from(date.year()) * 12 + i32::from(date.month()) - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let first = i16::try_from(year).ok().and_then(|year| Date::new(year, month as i8, 1).ok());
    let moved = first.and_then(|first| {
        let day = date.day().min(first.days_in_month());
        Date::new(first.year(), first.month(), day).ok()
    });
    moved.unwrap_or_else(|| date.saturating_add(months.months()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_months_are_added_as_jiff_adds_them() {
        let mut day = date(1999, 12, 1);
        while day < date(2005, 3, 2) {
            for months in [-13, -12, -6, -1, 0, 1, 3, 6, 12, 26] {
                assert_eq!(plus_months(day, months), day.saturating_add(months.months()), "{day}");
            }
            for days in [-4_000, -366, -30, -1, 0, 1, 28, 365, 10_000] {
                assert_eq!(plus_days(day, days), day.saturating_add(days.days()), "{day} {days}");
            }
            day = day.tomorrow().unwrap();
        }
        for days in [-3_000_000, -720_000, 0, 700_000, 3_000_000_i64] {
            for day in [Date::MIN, Date::ZERO, date(1600, 2, 29), Date::MAX] {
                assert_eq!(plus_days(day, days), day.saturating_add(days.days()), "{day} {days}");
            }
        }
        assert_eq!(plus_months(Date::MAX, 5), Date::MAX);
        assert_eq!(plus_months(Date::MIN, -5), Date::MIN);
    }
}
