//! Small counts judged honestly: what is unusual for a home that speaks of itself once in a month or less.
//!
//! Plain functions over numbers. They know no home, no policy and no calendar: the caller counts, asks, and
//! puts the figures of the answer into a sentence. Every answer carries the figures that the sentence needs,
//! and "there is too little to tell" is an answer.
//!
//! - `poisson`: the chance of so many, for example of six or more in six months.
//! - `predictive`: many or few against the home's own history.
//! - `funnel`: many or few against its peers.
//! - `cusum`: a slow rise.
//! - `scan`: a run in time, or across the homes of one provider, that chance does not explain.
//! - `false_discovery`: which of many homes, judged in one evening, stand out.
//!
//! **The same on every machine.** A replay must decide again what was decided, so no result may hang on the
//! platform's floats. The two functions that need a distribution (`incomplete gamma`, `incomplete beta`) come
//! from the crate `special` with its feature `no_std`, under which each of its floats goes through `libm`, as
//! ours do. (`statrs` asks `num-traits`, and that asks the platform as soon as any other crate of the build
//! switches its feature `std` on; ours do.) What an answer carries is rounded to nine significant digits, and
//! a chance is compared with its limit as if both were: a difference in the last bit can never decide.

pub mod cusum;
pub mod false_discovery;
pub mod funnel;
pub mod poisson;
pub mod predictive;
pub mod scan;

use serde::{Deserialize, Serialize};

/// How small a chance must be to be called unusual: more than 0, less than 0.5, for one side.
///
/// 400 homes judged weekly at 0.01 give about four false alarms a week: take 0.001, or ask
/// `false_discovery`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Alpha(f64);

/// No chance to call unusual.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("alpha must be more than 0 and less than 0.5, not {0}")]
pub struct BadAlpha(
    /// What was given.
    pub f64,
);

impl Alpha {
    /// One in twenty.
    pub const FIVE_PERCENT: Self = Self(0.05);
    /// One in a hundred.
    pub const ONE_PERCENT: Self = Self(0.01);
    /// One in a thousand.
    pub const ONE_IN_A_THOUSAND: Self = Self(0.001);

    /// The chance `alpha`.
    ///
    /// # Errors
    /// When it is not a number between 0 and 0.5; at one half, what is usual would be unusual.
    pub fn new(alpha: f64) -> Result<Self, BadAlpha> {
        if alpha > 0.0 && alpha < 0.5 { Ok(Self(alpha)) } else { Err(BadAlpha(alpha)) }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether something of this chance is unusual.
    #[must_use]
    pub fn covers(self, chance: f64) -> bool {
        chance <= self.0 * (1.0 + SLACK)
    }
}

impl TryFrom<f64> for Alpha {
    type Error = BadAlpha;

    fn try_from(alpha: f64) -> Result<Self, BadAlpha> {
        Self::new(alpha)
    }
}

impl From<Alpha> for f64 {
    fn from(alpha: Alpha) -> Self {
        alpha.0
    }
}

/// Two results that differ by less than this share of themselves are the same result.
const SLACK: f64 = 1e-9;

/// A figure with nine significant digits, as answers carry and keep it.
#[must_use]
pub fn rounded(figure: f64) -> f64 {
    // Through decimal text: the rounding is exact, and the figure prints as it is.
    format!("{figure:.8e}").parse().unwrap_or(figure)
}
