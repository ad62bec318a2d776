//! How many incidents are expected of a home of its size: its beds, and the rate at the other homes over the same
//! window. A view for readers; nothing is decided from it.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::picture::Home;
use crate::statistics::{funnel, poisson, rounded};

/// What a home of its size would have, if it were like the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedOfSize {
    /// Its beds.
    pub beds: u32,
    /// With how many other homes it is compared.
    pub homes: u32,
    /// How many are expected.
    pub expected: f64,
    /// Nineteen of twenty such homes have from so many,
    pub from: u32,
    /// to so many.
    pub to: u32,
}

/// One in forty below the range, and one in forty above it.
const TAIL: f64 = 0.025;

/// What is expected of `home` on the days from `from` to `today`, by the rate of `others`, each as the reader sees
/// it. None where its beds are not known, or the others are too few to tell a rate by.
#[must_use]
pub fn expected_of_size(
    home: &Home,
    others: &[&Home],
    from: Date,
    today: Date,
) -> Option<ExpectedOfSize> {
    let beds = known_beds(home)?;
    let days = u64::try_from((today - from).get_days() + 1).ok()?;
    let (mut homes, mut all_beds, mut events) = (0, 0_u64, 0_u64);
    for other in others.iter().filter(|other| stood(other, from)) {
        if let Some(beds) = known_beds(other) {
            homes += 1;
            all_beds += u64::from(beds);
            events += incidents(other, from, today);
        }
    }
    let peers = funnel::Peers { events, exposure: all_beds * days };
    let verdict = funnel::judge(peers, 0, u64::from(beds) * days);
    let expected = rounded(verdict.figures()?.expected);
    let (from, to) = range(expected);
    Some(ExpectedOfSize { beds, homes, expected, from, to })
}

/// The narrowest range with at most [`TAIL`] on either side.
fn range(expected: f64) -> (u32, u32) {
    let mut from = 0;
    while poisson::at_most(from, expected) <= TAIL {
        from += 1;
    }
    let mut to = from;
    while poisson::at_least(to + 1, expected) > TAIL {
        to += 1;
    }
    (from, to)
}

fn stood(home: &Home, from: Date) -> bool {
    home.id().is_place()
        && home.head.succeeded_by.is_none()
        && home.head.closed_on.is_none_or(|closed| from < closed)
}

fn known_beds(home: &Home) -> Option<u32> {
    home.head.registration.as_ref()?.beds.filter(|beds| *beds > 0)
}

fn incidents(home: &Home, from: Date, today: Date) -> u64 {
    let within = home
        .concerns_as_filed()
        .filter(|(_, concern)| concern.counts() && from <= concern.date && concern.date <= today);
    let mut incidents: Vec<_> = within.map(|(_, concern)| concern.incident).collect();
    incidents.sort_unstable();
    incidents.dedup();
    incidents.len() as u64
}

/// The first day of the window over which pages count, unless they are asked for another.
#[must_use]
pub fn usual_window(today: Date) -> Date {
    today.saturating_sub(6.months()).saturating_add(1.day())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nineteen_of_twenty_are_within_the_range() {
        for (expected, range_of_it) in
            [(0.1, (0, 1)), (1.0, (0, 3)), (5.0, (1, 10)), (20.0, (12, 29))]
        {
            let (from, to) = range(expected);
            assert_eq!((from, to), range_of_it, "{expected}");
            let within = poisson::at_most(to, expected)
                - if from == 0 { 0.0 } else { poisson::at_most(from - 1, expected) };
            assert!(within >= 0.95, "{expected}: {within}");
        }
    }

    #[test]
    fn the_window_is_six_calendar_months_with_today() {
        assert_eq!(usual_window(date(2026, 11, 27)), date(2026, 5, 28));
        assert_eq!(usual_window(date(2026, 8, 31)), date(2026, 3, 1));
    }
}
