//! The county as it goes on: one event after the other, as fast as it is asked.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::county::{Home, chance};
use super::feeds::{self, Feed};
use super::history::concern;
use crate::event::{Draft, Outgoing};

/// The stream of chance of what is live, far from those of the homes.
const STREAM: u64 = u64::MAX;

/// What the county goes on to say.
#[derive(Debug, Clone)]
pub struct Live {
    homes: Arc<[Home]>,
    /// How often each home and feed comes, added up: a draw falls into one of them.
    homes_up_to: Vec<f64>,
    feeds_up_to: Vec<f64>,
    chance: ChaCha8Rng,
    prefix: String,
    number: u64,
}

impl Live {
    pub(super) fn new(seed: u64, homes: Vec<Home>, start: Timestamp) -> Self {
        Self {
            homes_up_to: added_up(homes.iter().map(|home| f64::from(home.beds) * home.frailty)),
            feeds_up_to: added_up(feeds::ALL.iter().map(|feed| feed.a_bed_a_year)),
            homes: homes.into(),
            chance: chance(seed, STREAM),
            prefix: format!("sim-{seed}-live-{}", start.as_millisecond()),
            number: 0,
        }
    }

    /// The next concern, known at `now`; `None` for a county without homes.
    pub fn next_at(&mut self, now: Timestamp) -> Option<Outgoing> {
        let home = drawn(&self.homes_up_to, &mut self.chance)
            .and_then(|place| self.homes.get(place))?
            .clone();
        let feed: &Feed =
            drawn(&self.feeds_up_to, &mut self.chance).and_then(|place| feeds::ALL.get(place))?;
        self.number += 1;
        let lag = feed.lag.draw(&mut self.chance);
        let occurred = now.checked_sub(lag.seconds()).unwrap_or(now);
        let id = format!("{}-{}", self.prefix, self.number);
        let data = concern(&home, feed, &format!("{id}-record"), occurred, &mut self.chance);
        let draft = Draft {
            agency: feed.agency.to_owned(),
            id,
            event_type: "concern.raised".to_owned(),
            home: home.id,
            time: now.to_string(),
            data,
        };
        draft.encode().ok()
    }
}

fn added_up(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}

fn drawn(up_to: &[f64], chance: &mut ChaCha8Rng) -> Option<usize> {
    let draw = up_to.last()? * chance.random::<f64>();
    Some(up_to.partition_point(|sum| *sum <= draw).min(up_to.len() - 1))
}
