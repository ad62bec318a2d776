//! A home's contingency plan: evidence every so often, and a look through it when the quarter's sample
//! draws the home (Norfolk 7.3.8).

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::rule;
use crate::event::PlanKind;
use crate::picture::Home;
use crate::policy::{InForce, Owed, Window};
use crate::time::{london_date, start_of_day};
use crate::{Digest, HomeId};

/// How many quarters ahead the sample is looked up: with one home in a hundred drawn, all but one home
/// in fifty thousand have a turn in them.
const QUARTERS_AHEAD: u32 = 1_000;

/// Since when the hub knows a home that still stands in the register.
fn known_since(home: &Home) -> Option<Date> {
    let head = &home.head;
    let open = head.registration.is_some() && head.closed_on.is_none();
    head.records.registered_at.filter(|_| open).map(london_date)
}

/// Each part of the plan with the day from which its evidence is too old.
fn runs_out<'a>(
    policy: &'a InForce,
    home: &'a Home,
) -> Option<(Window, impl Iterator<Item = (PlanKind, Date)> + 'a)> {
    let (_, Owed::Plan { plans, window }) = rule(policy, |of| matches!(of, Owed::Plan { .. }))?
    else {
        return None;
    };
    let since = known_since(home)?;
    let shown = &home.head.records.plans;
    let each = plans.iter().map(move |kind| {
        let shown = shown.get(kind).map(|shown| window.end_after(*shown));
        // What had run out before the hub knew the home was for somebody else to chase.
        let runs_out = shown.filter(|day| *day > since);
        (*kind, runs_out.unwrap_or_else(|| window.end_after(since)))
    });
    Some((*window, each))
}

/// When evidence of some part of the plan is next due after `after`: while it does not come, again
/// every window.
pub(super) fn evidence_due(policy: &InForce, home: &Home, after: Timestamp) -> Option<Timestamp> {
    let (window, each) = runs_out(policy, home)?;
    let next = each.filter_map(|(_, mut day)| {
        while start_of_day(day) <= after {
            let later = window.end_after(day);
            if later <= day {
                return None;
            }
            day = later;
        }
        Some(start_of_day(day))
    });
    next.min()
}

/// When evidence of some part of the plan first ran out.
pub(super) fn first_due(policy: &InForce, home: &Home) -> Option<Timestamp> {
    runs_out(policy, home)?.1.map(|(_, day)| start_of_day(day)).min()
}

/// Each part of the plan that is asked for, with the day from which its evidence is too old: none of that where it was
/// never shown. None at all where no rule asks for a plan.
pub(crate) fn shown_until(policy: &InForce, home: &Home) -> Option<Vec<(PlanKind, Option<Date>)>> {
    let (_, Owed::Plan { plans, window }) = rule(policy, |of| matches!(of, Owed::Plan { .. }))?
    else {
        return None;
    };
    let shown = &home.head.records.plans;
    let until = |kind: &PlanKind| shown.get(kind).map(|shown| window.end_after(*shown));
    Some(plans.iter().map(|kind| (*kind, until(kind))).collect())
}

/// Whether the sample of the quarter that begins on `quarter` has drawn a home, and one in how many it draws; none
/// where no rule draws one. A home that the hub came to know in the quarter has its first turn in the next.
pub(crate) fn is_in_sample(policy: &InForce, home: &Home, quarter: Date) -> Option<(bool, u32)> {
    let (_, Owed::Sample { one_in }) = rule(policy, |of| matches!(of, Owed::Sample { .. }))? else {
        return None;
    };
    let is_known = known_since(home).is_some_and(|since| since < quarter);
    Some((is_known && is_drawn(home.id(), quarter, *one_in), *one_in))
}

/// The parts of the plan of which there is no evidence that is young enough at `at`.
pub(crate) fn missing(policy: &InForce, home: &Home, at: Timestamp) -> Vec<PlanKind> {
    let Some((_, each)) = runs_out(policy, home) else {
        return Vec::new();
    };
    each.filter(|(_, day)| start_of_day(*day) <= at).map(|(kind, _)| kind).collect()
}

/// When a quarter next begins, after `after`, whose sample has drawn the home.
pub(super) fn sample_due(policy: &InForce, home: &Home, after: Timestamp) -> Option<Timestamp> {
    let (_, Owed::Sample { one_in }) = rule(policy, |of| matches!(of, Owed::Sample { .. }))? else {
        return None;
    };
    let since = known_since(home)?;
    let mut quarter = next_quarter(london_date(after).max(since))?;
    for _ in 0..QUARTERS_AHEAD {
        if is_drawn(home.id(), quarter, *one_in) {
            return Some(start_of_day(quarter));
        }
        quarter = next_quarter(quarter)?;
    }
    None
}

/// Whether the sample of the quarter that begins on `quarter` has drawn the home. Everybody can do the
/// draw again: the first 128 bits of SHA-256 over the home and the day, divided by `one_in` without rest.
fn is_drawn(home: &HomeId, quarter: Date, one_in: u32) -> bool {
    let day = quarter.to_string();
    let drawn = Digest::of(&[b"plan sample", home.as_str().as_bytes(), day.as_bytes()]);
    one_in > 0 && u128::from(drawn).is_multiple_of(u128::from(one_in))
}

/// The first day of the quarter after that of `date`.
fn next_quarter(date: Date) -> Option<Date> {
    let into = i64::from((date.month() - 1) % 3);
    date.first_of_month().checked_add((3 - into).months()).ok()
}
