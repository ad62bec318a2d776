//! Which of many stand out, when many are judged at once (Benjamini and Hochberg 1995, Journal of the Royal
//! Statistical Society B 57:289).
//!
//! A limit on each home's own false alarms grows with the number of homes: 400 homes weekly at 0.01 are four
//! false alarms a week. This instead limits the share of false ones among those that are named. Chances of
//! whole counts are larger than they need be, so the share stays below the limit; homes that depend on one
//! another (one outbreak, one provider) are covered as long as they rise together.

/// The places of the `chances` that stand out, in rising order of place, when at most the share
/// `false_share` of those named may be false on average. A chance that is no number does not stand out, and
/// still counts among those judged.
#[must_use]
pub fn standing_out(chances: &[f64], false_share: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..chances.len()).filter(|at| !chances[*at].is_nan()).collect();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    let step = false_share / chances.len() as f64;
    let met = |(place, at): (usize, &usize)| chances[*at] <= step * (place + 1) as f64;
    // All up to the last that meets its step, also those before it that do not.
    let named = order.iter().enumerate().rposition(met).map_or(0, |last| last + 1);
    order.truncate(named);
    order.sort_unstable();
    order
}
