//! Deletes messages whose tombstones are in the log: with a key that may do nothing else, again and again
//! until each is gone, also after a restart (law 9). Decides nothing: a tombstone says what goes.

use std::time::Duration;

use bytes::Bytes;
use carehub_contract::{Contract, Mode, Subject, encode};
use carehub_domain::message::{Cause, MessageBody};
use carehub_domain::{Digest, Position};
use carehub_storage::log::{Eraser, Log, LogError, Stored};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::aggregator::AggregatorError;
use crate::erased;
use crate::metrics::Metrics;

pub use ledger::Ledger;

mod ledger;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Every tombstone.
const TOMBSTONES: &str = "carehub.tombstone.>";

/// Tombstones read at a time.
const BATCH: usize = 1_000;

/// With what messages are deleted.
#[derive(Clone)]
pub struct Erasing {
    /// The erasure account's connection.
    pub eraser: Eraser,
    /// Where every tombstone is kept beside the log, for a restore of an older one.
    pub ledger: Ledger,
}

impl std::fmt::Debug for Erasing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Erasing").finish_non_exhaustive()
    }
}

/// What became of one erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Erased {
    /// The message is gone.
    Gone,
    /// There is no tombstone for it, or another message stands there: it stays.
    Stays,
}

/// Erases what the log's tombstones say, then whatever is told, until nobody tells any more.
pub(crate) async fn run(
    log: Log,
    erasing: Erasing,
    metrics: Metrics,
    mut told: mpsc::UnboundedReceiver<u64>,
) {
    let mut pause = Duration::from_millis(100);
    while let Err(error) = all_of_log(&log, &erasing).await {
        failed(&metrics, &error, &mut pause).await;
    }
    while let Some(position) = told.recv().await {
        metrics.to_erase.set(told.len() as i64 + 1);
        let mut pause = Duration::from_millis(100);
        while let Err(error) = one(&log, &erasing, position).await {
            failed(&metrics, &error, &mut pause).await;
        }
        metrics.to_erase.set(told.len() as i64);
    }
}

async fn failed(metrics: &Metrics, error: &AggregatorError, pause: &mut Duration) {
    metrics.erase_retries.inc();
    tracing::warn!(error = error as &dyn std::error::Error, "erasing failed; trying again");
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

/// Everything that is to be gone is gone before anybody reads: the tombstones of the log, and those that
/// the ledger has from a later log than this one, which a restore has brought back. Returns how many
/// tombstones were carried over.
///
/// # Errors
/// The log does not answer, or the ledger cannot be read or written.
pub async fn erase_all(log: &Log, erasing: &Erasing) -> Result<u64, AggregatorError> {
    let mut carried = 0;
    let contract = Contract::compile()?;
    let last = log.last_sequence().await?;
    for (position, tombstone) in erasing.ledger.read()? {
        let subject = erased::subject(position);
        if position > last || log.last_for_subject(&subject).await?.is_some() {
            continue;
        }
        if carry_over(log, &contract, position, &tombstone).await? {
            carried += 1;
        }
    }
    all_of_log(log, erasing).await?;
    Ok(carried)
}

/// Publishes a tombstone of a later log in this one, if it is of the message that stands here.
async fn carry_over(
    log: &Log,
    contract: &Contract,
    position: u64,
    tombstone: &[u8],
) -> Result<bool, AggregatorError> {
    let subject = Subject::Tombstone { position: Position(position) };
    let read =
        contract.decode(&subject, tombstone, Timestamp::UNIX_EPOCH, Position(0), Mode::Trust);
    let MessageBody::Hub(mut output) = read.body else {
        tracing::error!(position, "a tombstone of the ledger cannot be read");
        return Ok(false);
    };
    let stands = log.get(position).await?;
    let here = Stored {
        sequence: position,
        time: 0,
        subject: subject.to_string(),
        headers: Vec::new(),
        payload: Bytes::copy_from_slice(tombstone),
    };
    if !stands.is_some_and(|stands| is_of(&here, &stands)) {
        tracing::error!(position, "the ledger's tombstone is of another message; it is left alone");
        return Ok(false);
    }
    // Decided in a log that is lost, so no cause of this log: replays look for nothing there.
    output.cause = Cause { position: Position(0), n: 0, of: 0 };
    let encoded = encode(&output)?;
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await?;
    Ok(true)
}

/// Everything that the tombstones of the log say.
async fn all_of_log(log: &Log, erasing: &Erasing) -> Result<(), AggregatorError> {
    let Some(newest) = log.last_for_subject(TOMBSTONES).await? else {
        return Ok(());
    };
    let mut reader = log.reader(1, vec![TOMBSTONES.to_owned()]);
    let mut through = 0;
    while through < newest.sequence {
        let reads = reader.next_batch(BATCH, Duration::from_secs(5)).await?;
        let mut positions = Vec::new();
        for read in reads {
            through = through.max(read.through());
            if let carehub_storage::log::Read::Message(stored) = read
                && let Ok(Subject::Tombstone { position }) = Subject::parse(&stored.subject)
            {
                erasing.ledger.keep(position.0, &stored.payload)?;
                positions.push(position.0);
            }
        }
        let still_there = log.get_many(&positions).await?;
        for stored in still_there.into_iter().flatten() {
            one(log, erasing, stored.sequence).await?;
        }
    }
    Ok(())
}

/// Deletes one message, if its tombstone is in the log, and looks that it is gone.
async fn one(log: &Log, erasing: &Erasing, position: u64) -> Result<(), AggregatorError> {
    match try_one(log, erasing, position).await? {
        Erased::Gone => tracing::info!(position, "erased"),
        Erased::Stays => {
            tracing::error!(position, "a message is not erased: its tombstone is not its own");
        }
    }
    Ok(())
}

async fn try_one(log: &Log, erasing: &Erasing, position: u64) -> Result<Erased, AggregatorError> {
    let Some(stored) = log.get(position).await? else {
        return Ok(Erased::Gone);
    };
    let tombstone = log.last_for_subject(&erased::subject(position)).await?;
    let Some(tombstone) = tombstone.filter(|tombstone| is_of(tombstone, &stored)) else {
        return Ok(Erased::Stays);
    };
    erasing.ledger.keep(position, &tombstone.payload)?;
    erasing.eraser.erase(position).await?;
    match log.get(position).await? {
        None => Ok(Erased::Gone),
        Some(_) => Err(AggregatorError::Log(LogError::Answer {
            operation: "erasing a message",
            what: "it is still there".to_owned(),
        })),
    }
}

/// Whether a tombstone is of the message that stands there: nothing is deleted without what is left of it.
fn is_of(tombstone: &Stored, message: &Stored) -> bool {
    let content = Digest::of(&[&message.payload]);
    erased::of_tombstone(tombstone)
        .is_some_and(|erased| erased.content == format!("{:032x}", u128::from(content)))
}
