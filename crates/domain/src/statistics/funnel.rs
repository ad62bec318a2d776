//! Many or few against the peers: the exact Poisson funnel.
//!
//! The peers' rate times the home's exposure (bed-weeks) gives how many were to be expected. The count is
//! set against it with the exact limits of the Poisson law (Garwood 1936, Biometrika 28:437), which are
//! χ²(2O)/2 and χ²(2O+2)/2: where the expectation lies below the lower limit the home is high, above the
//! upper one it is low. The two pairs of limits of a funnel plot are used, 95 % and 99.8 % (Spiegelhalter
//! 2005, Statistics in Medicine 24:1185), 2.5 % and 0.1 % on each side.
//!
//! No event at all is low only once 3.69 were expected (6.91 at 99.8 %). Before that, silence says nothing,
//! and the answer is that there is not enough exposure.

use super::{Alpha, poisson, rounded};

/// How many times the home's exposure its peers must have together, and how many events.
///
/// The funnel takes the peers' rate as known. It is not: with twenty times the home's exposure its
/// uncertainty adds 2.5 % to the spread, and the share of false alarms stays below 1.3 times the nominal one
/// (`tests/statistics` computes it).
pub const LEAST_PEERS: u64 = 20;

/// The peers, without the home that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peers {
    /// Their events.
    pub events: u64,
    /// Their exposure, in the unit of the home's: bed-weeks, bed-days.
    pub exposure: u64,
}

/// Which pair of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Of 40 steady homes one is beyond it on either side.
    Of95Percent,
    /// Of 1,000 steady homes one is beyond it on either side.
    Of998PerMille,
}

impl Limit {
    /// The chance on one side.
    #[must_use]
    pub fn alpha(self) -> Alpha {
        match self {
            Self::Of95Percent => Alpha(0.025),
            Self::Of998PerMille => Alpha(0.001),
        }
    }
}

/// The expectations with which a count is compatible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// χ²(2O)/2.
    pub lower: f64,
    /// χ²(2O+2)/2.
    pub upper: f64,
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The home's events.
    pub observed: u32,
    /// How many the peers' rate leads to expect for its exposure.
    pub expected: f64,
    /// The limits of 95 %.
    pub of_95_percent: Bounds,
    /// The limits of 99.8 %.
    pub of_998_per_mille: Bounds,
    /// The chance of so many or more.
    pub chance_of_more: f64,
    /// The chance of so many or fewer.
    pub chance_of_fewer: f64,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// More than the peers' rate explains; the farthest limit that is passed.
    High(Limit, Figures),
    /// Fewer than the peers' rate explains; the farthest limit that is passed.
    Low(Limit, Figures),
    /// Neither.
    Usual(Figures),
    /// Nothing was seen, and so little was expected that this says nothing.
    NotEnoughExposure(Figures),
    /// The peers have fewer than `LEAST_PEERS` times the home's exposure, or fewer events than that, or the
    /// home has no exposure.
    NotEnoughPeers(Peers),
}

impl Verdict {
    /// What it rests on; none where there are not enough peers.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Self::High(_, figures)
            | Self::Low(_, figures)
            | Self::Usual(figures)
            | Self::NotEnoughExposure(figures) => Some(figures),
            Self::NotEnoughPeers(_) => None,
        }
    }
}

/// Judges a home's count over an exposure against its peers' in the same time.
#[must_use]
pub fn judge(peers: Peers, observed: u32, exposure: u64) -> Verdict {
    let needed = exposure.saturating_mul(LEAST_PEERS);
    if exposure == 0 || peers.exposure < needed || peers.events < LEAST_PEERS {
        return Verdict::NotEnoughPeers(peers);
    }
    against(observed, peers.events as f64 * exposure as f64 / peers.exposure as f64)
}

/// Judges a count against an expectation that is known. One that is no number or not above zero is no
/// expectation: the answer is then `NotEnoughExposure`, whatever was seen.
#[must_use]
pub fn against(observed: u32, expected: f64) -> Verdict {
    let chance_of_more = poisson::at_least(observed, expected);
    let chance_of_fewer = poisson::at_most(observed, expected);
    let figures = Figures {
        observed,
        expected: rounded(expected),
        of_95_percent: bounds(observed, Limit::Of95Percent.alpha()).rounded(),
        of_998_per_mille: bounds(observed, Limit::Of998PerMille.alpha()).rounded(),
        chance_of_more: rounded(chance_of_more),
        chance_of_fewer: rounded(chance_of_fewer),
    };
    if expected.is_nan() || expected <= 0.0 {
        return Verdict::NotEnoughExposure(figures);
    }
    // The expectation is beyond a limit just where the chance is below its alpha.
    let beyond = |chance| {
        let limits = [Limit::Of998PerMille, Limit::Of95Percent];
        limits.into_iter().find(|limit| limit.alpha().covers(chance))
    };
    if let Some(limit) = beyond(chance_of_more) {
        Verdict::High(limit, figures)
    } else if let Some(limit) = beyond(chance_of_fewer) {
        Verdict::Low(limit, figures)
    } else if observed == 0 {
        Verdict::NotEnoughExposure(figures)
    } else {
        Verdict::Usual(figures)
    }
}

/// Garwood's exact limits of the expectation after a count, `alpha` outside on each side.
#[must_use]
pub fn bounds(observed: u32, alpha: Alpha) -> Bounds {
    let alpha = alpha.get();
    let count = f64::from(observed);
    let lower = if observed == 0 {
        0.0
    } else {
        // P(X ≥ O | m) rises with m, as fast as the chance of O - 1.
        let rise = |mean| poisson::exactly(observed - 1, mean);
        rising_root(|mean| poisson::at_least(observed, mean) - alpha, rise, 0.0, count)
    };
    let far = count + 1.0 + 50.0 * (count + 1.0).sqrt();
    let rise = |mean| poisson::exactly(observed, mean);
    let upper = rising_root(|mean| alpha - poisson::at_most(observed, mean), rise, count, far);
    Bounds { lower, upper }
}

impl Bounds {
    fn rounded(self) -> Self {
        Self { lower: rounded(self.lower), upper: rounded(self.upper) }
    }
}

/// Where a rising function is zero, between a place where it is below and one where it is above: Newton's
/// steps, halving wherever a step would leave the bracket.
fn rising_root(
    value: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
    mut below: f64,
    mut above: f64,
) -> f64 {
    let mut at = (below + above) / 2.0;
    // Halving alone would be done in 1,100 steps; Newton's need fewer than ten.
    for _ in 0..1_100 {
        let off = value(at);
        if off < 0.0 {
            below = at;
        } else {
            above = at;
        }
        let newton = at - off / slope(at);
        let next = if newton > below && newton < above { newton } else { (below + above) / 2.0 };
        if (next - at).abs() <= at * f64::EPSILON {
            return next;
        }
        at = next;
    }
    at
}
