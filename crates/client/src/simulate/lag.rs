//! Chance: delays and rates, from nothing but a seeded generator.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// How long an agency takes to know. In seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// Control rooms: three hours on average.
    Hours,
    /// Visits and rounds: four days on average.
    Days,
    /// Complaints and referrals: median 63 days, 5% under 18, 95% under 279, at most 3,717. The
    /// figures are those of 35,762 complaints to one state's regulator (The Oregonian / OregonLive).
    Slow,
}

const DAY: f64 = 86_400.0;
/// ln 63.
const MEDIAN: f64 = 4.143_134_726_391_533;
/// (ln 63 − ln 18) / 1.645: the spread below the median, in logarithms of days.
const BELOW: f64 = 0.761_558;
/// (ln 279 − ln 63) / 1.645: the spread above it. The two differ, so one log-normal would fit neither end.
const ABOVE: f64 = 0.904_591;
const LONGEST_DAYS: f64 = 3_717.0;

impl Lag {
    /// A delay in whole seconds.
    #[must_use]
    pub fn draw(self, chance: &mut ChaCha8Rng) -> i64 {
        let seconds = match self {
            Self::Hours => exponential(chance, 3.0 * 3_600.0),
            Self::Days => exponential(chance, 4.0 * DAY),
            Self::Slow => {
                let z = normal(chance);
                let spread = if z < 0.0 { BELOW } else { ABOVE };
                (MEDIAN + spread * z).exp().min(LONGEST_DAYS) * DAY
            }
        };
        whole(seconds)
    }
}

/// Seconds as a whole number; the inputs are far below what an `i64` holds.
#[expect(clippy::cast_possible_truncation, reason = "at most some ten years of seconds")]
pub(super) fn whole(seconds: f64) -> i64 {
    seconds as i64
}

/// In (0, 1]: its logarithm is finite.
fn unit(chance: &mut ChaCha8Rng) -> f64 {
    1.0 - chance.random::<f64>()
}

/// The time until the next of events that happen every `mean` on average.
pub(super) fn exponential(chance: &mut ChaCha8Rng, mean: f64) -> f64 {
    -unit(chance).ln() * mean
}

/// Box and Muller's standard normal.
fn normal(chance: &mut ChaCha8Rng) -> f64 {
    let (radius, angle) = ((-2.0 * unit(chance).ln()).sqrt(), std::f64::consts::TAU * unit(chance));
    radius * angle.cos()
}

/// A gamma variable of mean 1 (Marsaglia and Tsang, for a shape under 1): how much more or less than
/// others is said about a home. The smaller the shape, the more a few homes stand out.
pub(super) fn frailty(chance: &mut ChaCha8Rng, shape: f64) -> f64 {
    let d = shape + 1.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = normal(chance);
        let v = (1.0 + c * z).powi(3);
        if v > 0.0 && unit(chance).ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v * unit(chance).powf(1.0 / shape) / shape;
        }
    }
}

/// Whether something happens that does so in this share of cases.
pub(super) fn happens(chance: &mut ChaCha8Rng, share: f64) -> bool {
    chance.random::<f64>() < share
}

/// One of the items, the earlier ones more often: `u²` of the way through.
pub(super) fn skewed<'a, T>(chance: &mut ChaCha8Rng, items: &'a [T]) -> &'a T {
    let u = chance.random::<f64>();
    &items[below(u * u, items.len())]
}

/// One of the items.
pub(super) fn one_of<'a, T>(chance: &mut ChaCha8Rng, items: &'a [T]) -> &'a T {
    &items[below(chance.random::<f64>(), items.len())]
}

/// `share` of the way through `count` things, as an index.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "share is in [0, 1) and count small"
)]
pub(super) fn below(share: f64, count: usize) -> usize {
    ((share * count as f64) as usize).min(count.saturating_sub(1))
}
