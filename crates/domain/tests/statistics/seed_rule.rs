//! The rule of Norfolk SAR Case E 7.3.9, more than five in six months, over homes that are steady: why the
//! chance of six or more stands beside every six-month count.

use carehub_domain::statistics::poisson;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::chance::{Chance, error};

/// The share of homes at a steady weekly rate that cross within two years, counting weeks: some 26 hold more
/// than five. `before` weeks are already known when the two years begin.
fn by_weeks(rate: f64, before: usize, homes: u32, chance: &mut Chance) -> f64 {
    let crossed = (0..homes)
        .filter(|_| {
            let weeks: Vec<u32> = (0..before + 104).map(|_| chance.poisson(rate)).collect();
            (before..weeks.len())
                .any(|to| weeks[to.saturating_sub(25)..=to].iter().sum::<u32>() > 5)
        })
        .count();
    crossed as f64 / f64::from(homes)
}

/// The same by the calendar, as the policy counts: from some day on, less than six months, more than five.
fn by_calendar(rate: f64, homes: u32, chance: &mut Chance) -> f64 {
    let days: Vec<Date> = date(2022, 1, 1).series(1.day()).take(730).collect();
    let window = |six: &[Date]| six[5] < six[0].saturating_add(6.months());
    let crossed = (0..homes)
        .filter(|_| {
            let mut dates = Vec::new();
            for day in &days {
                for _ in 0..chance.poisson(rate / 7.0) {
                    dates.push(*day);
                }
            }
            dates.windows(6).any(window)
        })
        .count();
    crossed as f64 / f64::from(homes)
}

#[test]
fn a_large_steady_home_crosses_five_in_six_months() {
    let homes = 10_000;
    let mut chance = Chance::seeded(5);
    println!(
        "share of steady homes with more than five in six months at some time within two years:"
    );
    for (rate, expected) in [(0.05, None), (0.1, Some(0.35)), (0.2, Some(0.97)), (0.4, None)] {
        let weeks = by_weeks(rate, 0, homes, &mut chance);
        let known = by_weeks(rate, 25, homes, &mut chance);
        let calendar = by_calendar(rate, homes, &mut chance);
        let one = poisson::at_least(6, rate * 26.0);
        println!(
            "{rate} a week: {weeks:.3} by weeks, {calendar:.3} by the calendar, {known:.3} with the half \
             year before; in one window {one:.4}"
        );
        if let Some(expected) = expected {
            assert!((weeks - expected).abs() < 0.005 + error(expected, homes), "{rate}: {weeks}");
            assert!((calendar - expected).abs() < 0.04, "{rate}: {calendar}");
        }
        assert!(known >= weeks && weeks > one);
    }
}
