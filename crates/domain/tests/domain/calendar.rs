//! A calendar of the oracle's own, in whole numbers and without any library, so that an oracle and the
//! code under test cannot share a mistake: days since 1970, calendar months, and London's clock.

/// Days since 1970-01-01 of a date of the Gregorian calendar.
pub(crate) fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let years_before = year - 1;
    let leap_days = years_before / 4 - years_before / 100 + years_before / 400;
    let mut days = years_before * 365 + leap_days - 719_162;
    for earlier in 1..month {
        days += length(year, earlier);
    }
    days + day - 1
}

/// Year, month and day of a day.
pub(crate) fn date_of(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day / 366;
    while day_of(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day_of(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - day_of(year, month, 1) + 1)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

/// The same day of the month so many months later, or the last day of a shorter month.
pub(crate) fn months_after(day: i64, months: i64) -> i64 {
    let (year, month, of_month) = date_of(day);
    let count = year * 12 + (month - 1) + months;
    let (year, month) = (count / 12, count % 12 + 1);
    day_of(year, month, of_month.min(length(year, month)))
}

/// The date in London of a second since 1970: one hour ahead from 01:00 UTC of the last Sunday of
/// March until 01:00 UTC of the last Sunday of October.
pub(crate) fn london_day(second: i64) -> i64 {
    let (year, _, _) = date_of(second.div_euclid(86_400));
    let change = |month: i64| {
        let last = day_of(year, month, 31);
        // 1970-01-04 was a Sunday.
        let sunday = last - (last - 3).rem_euclid(7);
        sunday * 86_400 + 3_600
    };
    let ahead = if (change(3)..change(10)).contains(&second) { 3_600 } else { 0 };
    (second + ahead).div_euclid(86_400)
}

#[test]
fn the_calendar_knows_leap_days_month_ends_and_both_changes_of_the_clock() {
    assert_eq!(day_of(1970, 1, 1), 0);
    assert_eq!(day_of(2024, 3, 1), 19_783);
    assert_eq!(date_of(day_of(2024, 2, 29)), (2024, 2, 29));
    assert_eq!(months_after(day_of(2023, 8, 31), 6), day_of(2024, 2, 29));
    let noon = |day: i64| day * 86_400 + 43_200;
    for day in 0..40_000 {
        assert_eq!(london_day(noon(day)), day);
    }
    let late = |day: i64| day * 86_400 + 84_600;
    assert_eq!(london_day(late(day_of(2024, 3, 30))), day_of(2024, 3, 30), "still winter");
    assert_eq!(london_day(late(day_of(2024, 3, 31))), day_of(2024, 4, 1), "summer");
    assert_eq!(london_day(late(day_of(2024, 10, 26))), day_of(2024, 10, 27));
    assert_eq!(london_day(late(day_of(2024, 10, 27))), day_of(2024, 10, 27));
}
