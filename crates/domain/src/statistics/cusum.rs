//! A slow rise: the Poisson CUSUM.
//!
//! C = max(0, C + y − k) is carried from period to period, and signals above a limit h. With
//! k = (λ₁ − λ₀) / ln(λ₁ / λ₀), no other chart with as few false alarms is sooner, at worst, to notice a
//! lasting rise of the rate from λ₀ to λ₁ (Lucas 1985, Technometrics 27:129; Moustakides 1986, Annals of
//! Statistics 14:1379). A rise too slow for any single period to be unusual adds up here.
//!
//! k and C are kept in whole hundredths. So a stored chart holds no float, its steps are exact, and its
//! states can be counted: `Chart::chance_of_signal` follows every one of them (Brook and Evans 1972,
//! Biometrika 59:539) and gives the false alarms of the chart as it runs, not an approximation.

use super::{poisson, rounded};

/// Hundredths in one event.
const UNIT: u32 = 100;

/// The lowest reference value: below it, rounding to hundredths would change k by more than a tenth. Rarer
/// events are charted in longer periods.
const LEAST_REFERENCE: u32 = 5;

/// The highest limit that is tried, in events: beyond it a chart notices nothing in time.
const HIGHEST_LIMIT: u32 = 50;

/// A chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Chart {
    /// k, in hundredths of an event.
    reference: u32,
    /// h, in hundredths of an event.
    limit: u32,
}

/// Why there is no chart for these rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChart {
    /// The rate to be noticed is not above the present one, or one of them is no positive number.
    #[error("a chart needs two positive rates, the second above the first")]
    NoRise,
    /// k would be below five hundredths.
    #[error("too rare for periods this short: chart longer ones")]
    TooRare,
    /// k would be above what the chart can count.
    #[error("too many in a period: chart shorter ones")]
    TooMany,
    /// Even the highest limit signals too often.
    #[error("no limit up to 50 events keeps false signals that rare")]
    NoLimit,
}

/// Where a chart stands after the counts it was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// C, in hundredths of an event: what to keep and to start the next period from.
    pub sum: u32,
    /// Whether C is above the limit.
    pub signals: bool,
    /// Since which of the counts shown it has been above zero: where the rise seems to begin. None when it
    /// stands at zero.
    pub since: Option<usize>,
    /// Events from there on.
    pub observed: u64,
    /// k for each period from there on: as many would have left the chart where it was.
    pub tolerated: f64,
}

impl Chart {
    /// The chart that notices soonest a rise of the rate per period from `steady` to `raised`, with its
    /// limit in hundredths of an event.
    ///
    /// # Errors
    /// When there is no such rise, or when k is out of range.
    pub fn new(steady: f64, raised: f64, limit: u32) -> Result<Self, BadChart> {
        if !(steady > 0.0 && raised > steady && raised.is_finite()) {
            return Err(BadChart::NoRise);
        }
        let k = (raised - steady) / libm::log(raised / steady);
        let reference = libm::round(k * f64::from(UNIT));
        if reference < f64::from(LEAST_REFERENCE) {
            Err(BadChart::TooRare)
        } else if reference > f64::from(UNIT) * 1e6 {
            Err(BadChart::TooMany)
        } else {
            Ok(Self { reference: reference as u32, limit })
        }
    }

    /// The same with the lowest limit at which a home that stays at `steady` signals within so many periods
    /// with at most that chance.
    ///
    /// It costs some milliseconds to a second: choose charts once, for bands of rates, not for each home.
    ///
    /// # Errors
    /// As `new`, and when no limit is high enough.
    pub fn with_false_alarms(
        steady: f64,
        raised: f64,
        periods: u32,
        chance: f64,
    ) -> Result<Self, BadChart> {
        let chart = |limit| Self::new(steady, raised, limit);
        let keeps = |chart: &Self| chart.chance_of_signal(steady, periods) <= chance;
        let (mut below, mut above) = (0, HIGHEST_LIMIT * UNIT);
        if keeps(&chart(below)?) {
            return chart(below);
        }
        if !keeps(&chart(above)?) {
            return Err(BadChart::NoLimit);
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if keeps(&chart(middle)?) {
                above = middle;
            } else {
                below = middle;
            }
        }
        chart(above)
    }

    /// k, in events per period.
    #[must_use]
    pub fn reference(&self) -> f64 {
        f64::from(self.reference) / f64::from(UNIT)
    }

    /// h, in events.
    #[must_use]
    pub fn limit(&self) -> f64 {
        f64::from(self.limit) / f64::from(UNIT)
    }

    /// C after one more period.
    #[must_use]
    pub fn step(&self, sum: u32, count: u32) -> u32 {
        sum.saturating_add(count.saturating_mul(UNIT)).saturating_sub(self.reference)
    }

    /// Whether the chart signals at this C.
    #[must_use]
    pub fn signals(&self, sum: u32) -> bool {
        sum > self.limit
    }

    /// Follows the counts, oldest first, from zero. It goes on after a signal: whether and when to start
    /// again is the caller's.
    #[must_use]
    pub fn follow(&self, counts: &[u32]) -> Reading {
        let mut sum = 0;
        let mut since = 0;
        for (at, count) in counts.iter().enumerate() {
            sum = self.step(sum, *count);
            if sum == 0 {
                since = at + 1;
            }
        }
        let rise = &counts[since..];
        Reading {
            sum,
            signals: self.signals(sum),
            since: (sum > 0).then_some(since),
            observed: rise.iter().copied().map(u64::from).sum(),
            tolerated: rounded(self.reference() * rise.len() as f64),
        }
    }

    /// The chance that a chart that starts at zero signals within so many periods, at this rate: with the
    /// steady rate its false alarms, with a raised one its power. Exact: it follows the chance of every
    /// value of C.
    #[must_use]
    pub fn chance_of_signal(&self, rate: f64, periods: u32) -> f64 {
        let enough = (self.limit + self.reference) / UNIT + 1;
        let counts: Vec<f64> = (0..=enough).map(|count| poisson::exactly(count, rate)).collect();
        let mut now = vec![0.0; self.limit as usize + 1];
        let mut next = now.clone();
        now[0] = 1.0;
        for _ in 0..periods {
            next.fill(0.0);
            for (sum, chance) in now.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
                for (count, share) in counts.iter().enumerate() {
                    let to = self.step(sum as u32, count as u32);
                    if self.signals(to) {
                        break;
                    }
                    next[to as usize] += chance * share;
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        (1.0 - now.iter().sum::<f64>()).clamp(0.0, 1.0)
    }
}
