//! Checks the projections against a fresh replay of the log, and the log for gaps. Publishes nothing.

use std::path::Path;

use carehub_contract::Contract;
use carehub_storage::log::Log;
use carehub_storage::table::{Table, TableError};

use crate::aggregator::{Aggregator, AggregatorError, Options};
use crate::keys::OUTBOX;
use crate::metrics::Metrics;
use crate::restore::restore;

/// A key whose value differs from what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only the replay has it.
    Missing(Vec<u8>),
    /// Only the table has it.
    Surplus(Vec<u8>),
    /// Both have it, with other values.
    Differs(Vec<u8>),
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The position at which both were compared.
    pub position: u64,
    /// Keys compared.
    pub keys: u64,
    /// Messages missing from the log without a tombstone.
    pub missing: u64,
    /// What differs; at most [`DIFFERENCES_LISTED`].
    pub differences: Vec<Difference>,
}

/// How many differences are listed.
pub const DIFFERENCES_LISTED: usize = 100;

/// Folds the log into a table of its own in `scratch` up to the position of the table in
/// `directory`, and compares the two, the outbox aside.
///
/// # Errors
/// [`AggregatorError`].
pub async fn verify(
    log: Log,
    directory: &Path,
    scratch: &Path,
    metrics: Metrics,
    options: Options,
    progress: impl FnMut(u64),
) -> Result<Verified, AggregatorError> {
    // Not through `Aggregator::open`, which would set a doubtful table aside and find nothing wrong
    // with the empty one in its place.
    let live = Table::open(directory, &options.table)?;
    let contract = Contract::compile()?;
    let stream = log.identity().await?.to_string();
    let last = log.last_sequence().await?;
    let restored = restore(&live, &contract, &stream, last, options.read_policy)?;
    let position = restored.position.0;
    let before = metrics.missing.get();
    let mut replay = Aggregator::open(log, scratch, metrics.clone(), options).await?;
    replay.fold_through(position, progress).await?;
    let missing = metrics.missing.get() - before;
    let (keys, differences) = compare(&live, replay.table())?;
    Ok(Verified { position, keys, missing, differences })
}

fn compare(live: &Table, replay: &Table) -> Result<(u64, Vec<Difference>), TableError> {
    let mut differences = Vec::new();
    let mut keys = 0;
    let mut ours = live.dump(&[OUTBOX]);
    let mut theirs = replay.dump(&[OUTBOX]);
    let mut left = ours.next().transpose()?;
    let mut right = theirs.next().transpose()?;
    while differences.len() < DIFFERENCES_LISTED {
        keys += 1;
        match (left.take(), right.take()) {
            (None, None) => {
                keys -= 1;
                break;
            }
            (Some(a), Some(b)) if a.0 == b.0 => {
                if a.1 != b.1 {
                    differences.push(Difference::Differs(a.0));
                }
                left = ours.next().transpose()?;
                right = theirs.next().transpose()?;
            }
            (Some(a), b) if b.as_ref().is_none_or(|b| a.0 < b.0) => {
                differences.push(Difference::Surplus(a.0));
                left = ours.next().transpose()?;
                right = b;
            }
            (a, Some(b)) => {
                differences.push(Difference::Missing(b.0));
                left = a;
                right = theirs.next().transpose()?;
            }
            (Some(_), None) => break,
        }
    }
    Ok((keys, differences))
}
