//! Throws the projections away and folds the log again: into a new table beside the live one, which
//! takes its place only when it is whole.

use std::path::Path;

use carehub_contract::Contract;
use carehub_storage::log::Log;

use crate::aggregator::{Aggregator, AggregatorError, Options, open_table};
use crate::metrics::Metrics;
use crate::restore::fresh;

/// Folds the whole log into a fresh table and swaps it in. Publishes nothing; what is left to
/// decide waits in the outbox for the next start. Returns the position reached.
///
/// `progress` hears the position and the last one.
///
/// # Errors
/// [`AggregatorError`]; in use while a hub runs on the directory.
pub async fn rebuild(
    log: Log,
    directory: &Path,
    metrics: Metrics,
    options: Options,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, AggregatorError> {
    let live = open_table(directory, &options.table)?;
    let replacement = live.begin_replacement()?;
    let last = log.last_sequence().await?;
    let contract = Contract::compile()?;
    let table = replacement.table().clone();
    let mut hub = Aggregator::over(log, table, contract, metrics, options, fresh()).await?;
    hub.fold_through(last, |position| progress(position, last)).await?;
    drop(hub);
    replacement.finish(live)?;
    Ok(last)
}
