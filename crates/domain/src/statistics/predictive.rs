//! Many or few against a home's own history: the negative-binomial predictive law.
//!
//! When S events were seen over a baseline exposure E₀, and the home goes on as it was, then the events of
//! the next exposure e follow the negative-binomial law of size S + ½ and probability E₀ / (E₀ + e): the
//! Poisson law averaged over what the rate may be after that history, with Jeffreys' prior. With k equal
//! periods the probability is k / (k + 1), and this is `algo.bayes` of the R package surveillance (Höhle
//! 2007, Computational Statistics 22:571). It is exact, stands on zero events, and needs no estimate of a
//! deviation, which is what makes mean-and-deviation limits (EARS C1) cry wolf over sparse counts.
//!
//! Each side is judged at alpha. Under a steady rate, whatever it is, the share of false alarms stays below
//! 1.06 alpha on either side, and mostly far below, because counts are whole (`tests/statistics` computes
//! it). That holds for a baseline of a single period too: see `LEAST_HISTORY` for why more is asked.
//!
//! The nine digits of a chance are right up to about a million events; beyond, the last of them are noise,
//! though the same noise on every machine.

use special::Beta;

use super::{Alpha, rounded};

/// How many times the exposure of the judged period a baseline must have.
///
/// The false alarms do not ask for it; the sense does. With one or two periods the limit is mostly the
/// prior's, so "unusual for this home" would rest on nothing that the home did, and one bad week would set
/// the standard for the next. Six is the shortest window of reference that `algo.bayes` itself uses; from
/// there on the uncertainty of the history adds about 8 % or less to the spread of what is expected.
pub const LEAST_HISTORY: u64 = 6;

/// What a home is compared with: its own past, without the period that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Baseline {
    /// How many periods it spans. Only for the sentence.
    pub periods: u32,
    /// Events in them.
    pub events: u64,
    /// Exposure in them, in the unit of the judged period's: periods, bed-weeks, bed-days.
    pub exposure: u64,
}

impl Baseline {
    /// Periods of equal exposure, one each, with their counts: the exposure of the judged period is 1.
    #[must_use]
    pub fn of_periods(counts: &[u32]) -> Self {
        let periods = u32::try_from(counts.len()).unwrap_or(u32::MAX);
        Self {
            periods,
            events: counts.iter().copied().map(u64::from).sum(),
            exposure: u64::from(periods),
        }
    }
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The events of the judged period.
    pub observed: u32,
    /// How many the history leads to expect: its rate times the exposure.
    pub expected: f64,
    /// The most events that are still usual: more is high.
    pub upper: u32,
    /// The most events that are unusually few, so that as many or fewer is low. None when even no event at
    /// all would not be unusual: then nobody can say that the home is quiet.
    pub lower: Option<u32>,
    /// The chance of so many or more.
    pub chance_of_more: f64,
    /// The chance of so many or fewer.
    pub chance_of_fewer: f64,
    /// What it was compared with.
    pub baseline: Baseline,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// More than the home's history explains.
    High(Figures),
    /// Fewer than the home's history explains.
    Low(Figures),
    /// Neither.
    Usual(Figures),
    /// Nothing was seen, and so little was to be expected that this says nothing.
    NotEnoughExposure(Figures),
    /// The baseline is shorter than `LEAST_HISTORY`, or the judged period has no exposure.
    NotEnoughHistory {
        /// The exposure there is.
        exposure: u64,
        /// The exposure that is needed.
        needed: u64,
    },
}

impl Verdict {
    /// What it rests on; none where there is not enough history.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Self::High(figures)
            | Self::Low(figures)
            | Self::Usual(figures)
            | Self::NotEnoughExposure(figures) => Some(figures),
            Self::NotEnoughHistory { .. } => None,
        }
    }
}

/// Judges a period against equal periods before it, oldest or newest first.
#[must_use]
pub fn judge(history: &[u32], observed: u32, alpha: Alpha) -> Verdict {
    judge_exposed(Baseline::of_periods(history), observed, 1, alpha)
}

/// Judges a period of the given exposure against a baseline, in the same unit.
#[must_use]
pub fn judge_exposed(baseline: Baseline, observed: u32, exposure: u64, alpha: Alpha) -> Verdict {
    let needed = exposure.saturating_mul(LEAST_HISTORY).max(1);
    if exposure == 0 || baseline.exposure < needed {
        return Verdict::NotEnoughHistory { exposure: baseline.exposure, needed };
    }
    let law = Law::after(&baseline, exposure);
    let figures = Figures {
        observed,
        expected: rounded(baseline.events as f64 * exposure as f64 / baseline.exposure as f64),
        upper: law.upper(alpha),
        lower: law.lower(alpha),
        chance_of_more: rounded(law.at_least(observed)),
        chance_of_fewer: rounded(law.at_most(observed)),
        baseline,
    };
    match figures.lower {
        _ if observed > figures.upper => Verdict::High(figures),
        Some(lower) if observed <= lower => Verdict::Low(figures),
        None if observed == 0 => Verdict::NotEnoughExposure(figures),
        Some(_) | None => Verdict::Usual(figures),
    }
}

/// The most events of the next period, of the given exposure, that are still usual after this baseline:
/// `qnbinom(1 - alpha, S + 1/2, E0 / (E0 + e))`. It asks for no least history; without any exposure there
/// is no law, and nothing is unusual.
#[must_use]
pub fn upper_limit(baseline: &Baseline, exposure: u64, alpha: Alpha) -> u32 {
    if baseline.exposure == 0 { u32::MAX } else { Law::after(baseline, exposure).upper(alpha) }
}

/// The negative-binomial law of the next period.
struct Law {
    size: f64,
    /// Baseline exposure as a share of all exposure.
    past: f64,
    /// The judged period's.
    now: f64,
}

impl Law {
    /// The law after a baseline with some exposure.
    fn after(baseline: &Baseline, exposure: u64) -> Self {
        let (past, now) = (baseline.exposure as f64, exposure as f64);
        Self {
            size: baseline.events as f64 + 0.5,
            past: past / (past + now),
            now: now / (past + now),
        }
    }

    fn mean(&self) -> f64 {
        self.size * self.now / self.past
    }

    /// P(Y ≥ count): the regularised incomplete beta function at the judged period's share.
    fn at_least(&self, count: u32) -> f64 {
        if count == 0 {
            return 1.0;
        }
        let count = f64::from(count);
        self.now.inc_beta(count, self.size, count.ln_beta(self.size)).clamp(0.0, 1.0)
    }

    /// P(Y ≤ count), computed from its own side, so that a small chance keeps its digits.
    fn at_most(&self, count: u32) -> f64 {
        let next = f64::from(count) + 1.0;
        self.past.inc_beta(self.size, next, self.size.ln_beta(next)).clamp(0.0, 1.0)
    }

    /// The least count with P(Y > count) ≤ alpha.
    fn upper(&self, alpha: Alpha) -> u32 {
        let holds = |count: u32| alpha.covers(self.at_least(count.saturating_add(1)));
        // From the mean outwards with doubled steps: a few questions where the counts are small.
        let mut below = self.mean() as u32;
        let mut step = 1_u32;
        let mut above = below;
        while !holds(above) && above < u32::MAX {
            below = above;
            above = above.saturating_add(step);
            step = step.saturating_mul(2);
        }
        if above == below {
            below = 0;
            if holds(0) {
                return 0;
            }
        }
        // `below` does not hold, `above` does.
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if holds(middle) {
                above = middle;
            } else {
                below = middle;
            }
        }
        above
    }

    /// The greatest count with P(Y ≤ count) ≤ alpha, if there is one.
    fn lower(&self, alpha: Alpha) -> Option<u32> {
        let holds = |count: u32| alpha.covers(self.at_most(count));
        if !holds(0) {
            return None;
        }
        let (mut below, mut above) = (0, (self.mean() as u32).saturating_add(1));
        // Alpha is below one half, and the median is not above the mean rounded up: `above` does not hold.
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if holds(middle) {
                below = middle;
            } else {
                above = middle;
            }
        }
        Some(below)
    }
}
