//! Checks the log itself: every message against the signed heads, and against what the hub kept of it.

use std::path::Path;

use carehub_contract::seal::{Checked, Checker, Known, Sealed, SignedHead};
use carehub_storage::log::Log;
use carehub_storage::table::{Table, TableOptions};

use crate::aggregator::AggregatorError;
use crate::log_pass::{At, Tombstones, heads, walk};
use crate::seal::stored_leaves;

/// Checks the log from its first message to its last. `keys` are the public keys that are trusted to
/// sign heads; `kept` are heads that agencies kept. The leaves in the table of `directory` say where a
/// fault is, if there is such a table and the heads do not contradict it.
///
/// # Errors
/// The log does not answer.
pub async fn check_log(
    log: &Log,
    directory: Option<&Path>,
    keys: &[String],
    kept: Vec<SignedHead>,
    progress: impl FnMut(u64),
) -> Result<Checked, AggregatorError> {
    let stream = log.identity().await?.to_string();
    let last = log.last_sequence().await?;
    let mut known = heads(log).await?;
    known.extend(kept.into_iter().map(|head| Known { head, position: None }));
    let tombstones = Tombstones::read(log).await?.all();
    let folded = directory.and_then(|directory| {
        let table = Table::open(directory, &TableOptions::default()).ok()?;
        // A table that cannot be read is no witness; what is wrong with it, the replay says.
        stored_leaves(&table).ok()
    });
    let folded = folded.unwrap_or_default();
    let mut checker = Checker::new(&stream, keys, known, &tombstones, folded);
    walk(log, last, progress, |at| match at {
        At::Message(stored) => checker.message(&Sealed {
            sequence: stored.sequence,
            time: stored.time,
            subject: &stored.subject,
            headers: &stored.headers,
            payload: &stored.payload,
        }),
        At::Gone(position) => checker.gone(position),
    })
    .await?;
    Ok(checker.end())
}
