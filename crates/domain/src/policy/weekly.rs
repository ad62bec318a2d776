//! The rules that are judged at the end of each week: what is unusual for a home, what rises slowly, what
//! runs together. They need a past; "not enough history" is an answer, and raises nothing.

use serde::{Deserialize, Serialize};

use super::Match;

/// A rule that is judged when a week is over (on Monday, 00:00 Europe/London).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Weekly {
    /// High or low against the home's own history, and against its peers (domain.md part 4, 2 and 3).
    Unusual {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// Unusually many, or unusually few.
        side: Side,
        /// How many weeks are judged together.
        weeks: u16,
        /// With how many weeks before them they are compared, at most.
        history_weeks: u16,
        /// The chance of a false alarm, a home and week.
        alpha: f64,
        /// What it must be unusual against: every one that is named.
        against: Vec<Against>,
    },
    /// A slow rise: the Poisson CUSUM (domain.md part 4, 4).
    Drift {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// How many weeks the sum follows.
        weeks: u16,
        /// How many weeks before them give the steady rate.
        history_weeks: u16,
        /// The rise that is to be noticed soonest: so many times the steady rate.
        rise: f64,
        /// The sum above which it fires, in concerns.
        limit: f64,
    },
    /// A run in time, or across a provider's homes, that chance does not explain (Kulldorff's scan).
    Cluster {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// How many weeks are looked at.
        weeks: u16,
        /// The longest run, in weeks; it lasts until now.
        longest_weeks: u16,
        /// The chance that is still called chance.
        chance: f64,
        /// How many times the same concerns are dealt out anew by chance.
        replicates: u32,
        /// A home by itself, or the homes of a provider together.
        per: Per,
    },
}

/// Which side is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Side {
    High,
    Low,
}

/// What a count is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// The home's own weeks before.
    History,
    /// The other homes, by their beds.
    Peers,
}

/// What a rule looks at as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Each home.
    #[default]
    Home,
    /// All homes of a provider.
    Provider,
}

impl Weekly {
    /// Which concerns it counts.
    #[must_use]
    pub fn matching(&self) -> &Match {
        match self {
            Self::Unusual { matching, .. }
            | Self::Drift { matching, .. }
            | Self::Cluster { matching, .. } => matching,
        }
    }
}
