//! The state as it was at a moment in the past: what a hub held that had been stopped then. Publishes
//! nothing and touches no table.

use std::sync::Arc;
use std::time::Duration;

use carehub_contract::Contract;
use carehub_contract::seal::Hash;
use carehub_domain::Position;
use carehub_domain::fold::State;
use carehub_storage::log::Log;
use jiff::Timestamp;

use crate::aggregator::AggregatorError;
use crate::prepare::{Preparing, What};

/// Positions taken at a time, and how long none may come before they are asked for again.
const AT_ONCE: usize = 4_000;
const PATIENCE: Duration = Duration::from_secs(5);

/// What was known at a moment.
#[derive(Debug)]
pub struct Known {
    /// The pictures and the policy of that moment.
    pub state: State,
    /// The leaf of each message up to it, the first position's at index 0: with `carehub prove` they show
    /// that a message stood in the log.
    pub leaves: Vec<Hash>,
}

/// Folds the log up to the last message that it took in no later than `at`. What the hub decided is taken from
/// the log, and a decision counts from when the log held it, as it did for readers. Of what has been erased
/// since only its structure is known, as everywhere (law 9). `progress` hears the position.
///
/// # Errors
/// [`AggregatorError`]: the log does not answer.
pub async fn as_known_at(
    log: &Log,
    at: Timestamp,
    mut progress: impl FnMut(u64),
) -> Result<Known, AggregatorError> {
    let contract = Arc::new(Contract::compile()?);
    let end = log.last_sequence().await?;
    let preparing = Preparing::after(log, contract, Position(0), end).await?;
    let mut ahead = preparing.ahead(Position(0));
    let (mut state, mut leaves) = (State::default(), Vec::new());
    let mut position = 0;
    while position < end {
        for prepared in ahead.next_batch(AT_ONCE, PATIENCE).await? {
            position = prepared.position.0;
            if position > end {
                break;
            }
            match prepared.what {
                What::Message { message, decided, .. } | What::Erased { message, decided } => {
                    if message.recorded_at > at {
                        return Ok(Known { state, leaves });
                    }
                    state.take(message, decided);
                }
                What::Missing => {}
            }
            leaves.push(prepared.leaf);
        }
        progress(position);
    }
    Ok(Known { state, leaves })
}
