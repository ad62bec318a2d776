//! The Poisson law: how likely so many are, when so many are expected and nothing has changed.
//!
//! It stands beside the rule of Norfolk SAR Case E, recommendation 7.3.9 (more than five safeguarding
//! referrals in six months), because that rule counts, and a large steady home crosses five often: at a mean
//! of 3 in six months, six or more come in one window of twelve.
//!
//! A mean that is no number, or below zero, is taken as zero: nothing is expected.

use special::Gamma;

/// The chance of exactly `count`, when `mean` are expected.
#[must_use]
pub fn exactly(count: u32, mean: f64) -> f64 {
    let count = f64::from(count);
    if mean > 0.0 {
        libm::exp(count * libm::log(mean) - mean - libm::lgamma(count + 1.0))
    } else if count == 0.0 {
        1.0
    } else {
        0.0
    }
}

/// The chance of `count` or more, P(X ≥ count), when `mean` are expected. Exact, also far out, where it
/// ends at about 1e-308 and is then zero.
#[must_use]
pub fn at_least(count: u32, mean: f64) -> f64 {
    if count == 0 {
        1.0
    } else if mean > 0.0 {
        // P(X ≥ n | m) is the regularised lower incomplete gamma function P(n, m).
        mean.min(f64::MAX).inc_gamma(f64::from(count)).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The chance of `count` or fewer, P(X ≤ count), when `mean` are expected.
#[must_use]
pub fn at_most(count: u32, mean: f64) -> f64 {
    if mean <= f64::from(count) || mean.is_nan() {
        // Large: nothing is lost in the difference.
        return 1.0 - at_least(count.saturating_add(1), mean);
    }
    // Small: the difference from one would lose its digits, so the terms are added, the largest first.
    let mut term = exactly(count, mean);
    let mut sum = 0.0;
    let mut left = count;
    while term > sum * f64::EPSILON / 4.0 {
        sum += term;
        if left == 0 {
            break;
        }
        term *= f64::from(left) / mean;
        left -= 1;
    }
    sum.min(1.0)
}
