//! A fictional county that says what agencies say: homes with invented names, agencies of the
//! shipped pack, and a stream of concerns whose delays are those of real records.
//!
//! Everything follows from a seed, so that a test or a benchmark that names the seed names its
//! input. No home, person, postcode or UPRN in it exists.

mod county;
mod feeds;
mod history;
mod lag;
mod live;
mod truth;

use jiff::{Timestamp, ToSpan as _};

pub use county::Home;
pub use history::Spoken;
pub use lag::Lag;
pub use live::Live;
pub use truth::{HomeTruth, Truth};

use crate::event::Outgoing;

/// Who keeps the register of the fictional county.
const REGISTER_OWNER: &str = "cqc";

/// How many homes `carehub up` starts with.
const EMBEDDED_HOMES: u32 = 12;

/// Which county, and which part of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The same seed makes the same county.
    pub seed: u64,
    /// How many homes; the first ones of a larger county are those of a smaller one.
    pub homes: u32,
    /// From when on agencies speak.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A county.
#[derive(Debug, Clone)]
pub struct Simulation {
    settings: Settings,
    homes: Vec<Home>,
}

impl Simulation {
    /// Makes the county of a seed.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let homes = (0..settings.homes).map(|number| Home::of(settings.seed, number)).collect();
        Self { settings, homes }
    }

    /// The small register that `carehub up` starts with, so that a first concern can be published at once.
    #[must_use]
    pub fn embedded() -> Self {
        let day = Timestamp::UNIX_EPOCH;
        Self::new(Settings { seed: 1, homes: EMBEDDED_HOMES, from: day, until: day + 24.hours() })
    }

    /// What was asked for.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The homes.
    #[must_use]
    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// The agencies that speak, in alphabetical order: each needs a key.
    #[must_use]
    pub fn agencies() -> Vec<&'static str> {
        let mut agencies: Vec<_> =
            feeds::ALL.iter().flat_map(|feed| [Some(feed.agency), feed.second]).flatten().collect();
        agencies.extend([REGISTER_OWNER, history::MATCHES]);
        agencies.sort_unstable();
        agencies.dedup();
        agencies
    }

    /// The register: one `home.registered` a home, by the register's owner.
    #[must_use]
    pub fn register_events(&self) -> Vec<Outgoing> {
        self.homes
            .iter()
            .filter_map(|home| home.registration(self.settings.seed).encode().ok())
            .collect()
    }

    /// Everything the agencies say in the settings' time, in the order in which they knew it.
    pub fn history(&self) -> impl Iterator<Item = Spoken> + use<> {
        history::of(&self.settings, &self.homes).0.into_iter()
    }

    /// What a hub must hold of each home once it has read the register and the history in order.
    #[must_use]
    pub fn truth(&self) -> Truth {
        history::of(&self.settings, &self.homes).1
    }

    /// What the county goes on to say; `start` keeps the ids of two runs apart.
    #[must_use]
    pub fn live(&self, start: Timestamp) -> Live {
        Live::new(self.settings.seed, self.homes.clone(), start)
    }
}

#[cfg(test)]
mod tests;
