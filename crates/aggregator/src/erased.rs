//! What tombstones hold of messages that are gone (law 9): read at a gap, written before there is one.

use std::time::Duration;

use carehub_contract::{ErasedMessage, Subject};
use carehub_domain::Position;
use carehub_domain::erasure::Residue;
use carehub_domain::message::Verdict;
use carehub_storage::log::{Log, LogError, Stored};
use jiff::Timestamp;

use crate::aggregator::AggregatorError;
use crate::log_pass::leaf_of;

/// Tombstones looked up before what they hold is handed on.
const AT_ONCE: u64 = 4_096;

/// In a cluster the replica that answers may not have a tombstone yet that another has.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// The subject of the tombstone of the message at `position`.
pub(crate) fn subject(position: u64) -> String {
    Subject::Tombstone { position: Position(position) }.to_string()
}

/// What is left of each message in `from..=to`, all of which are missing from the log; none where there is
/// no tombstone, which is an alarm.
///
/// # Errors
/// The log does not answer.
pub async fn in_gap(
    log: &Log,
    from: u64,
    to: u64,
) -> Result<Vec<(Position, Option<ErasedMessage>)>, LogError> {
    let mut found = Vec::new();
    let mut first = from;
    while first <= to {
        let last = to.min(first.saturating_add(AT_ONCE - 1));
        let mut missing: Vec<u64> = (first..=last).collect();
        for again in 0..TRIES {
            if again > 0 && !missing.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            let subjects: Vec<String> = missing.iter().map(|at| subject(*at)).collect();
            let tombstones = log.last_for_subjects(&subjects).await?;
            let mut still = Vec::new();
            for (at, tombstone) in missing.into_iter().zip(tombstones) {
                match tombstone.as_ref().and_then(of_tombstone) {
                    Some(erased) => found.push((Position(at), Some(erased))),
                    None => still.push(at),
                }
            }
            missing = still;
        }
        found.extend(missing.into_iter().map(|at| (Position(at), None)));
        first = last.saturating_add(1);
    }
    found.sort_by_key(|(at, _)| *at);
    Ok(found)
}

/// What a tombstone holds of its message.
pub(crate) fn of_tombstone(stored: &Stored) -> Option<ErasedMessage> {
    let subject = Subject::parse(&stored.subject).ok()?;
    ErasedMessage::of_tombstone(&subject, &stored.payload)
}

/// What is left of the message at `position`, to be written into its tombstone. Where the message or its
/// verdict is not there any more, nothing is.
pub(crate) fn residue(
    position: Position,
    stored: Option<&Stored>,
    verdict: Option<Verdict>,
) -> Result<Residue, AggregatorError> {
    let erased = stored.zip(verdict).and_then(|(stored, verdict)| {
        let subject = Subject::parse(&stored.subject).ok()?;
        let at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
        ErasedMessage::of(&subject, &stored.payload, at, verdict, leaf_of(stored).to_string())
    });
    match erased {
        Some(erased) => erased.write().map_err(AggregatorError::Residue),
        None => {
            tracing::error!(position = position.0, "nothing is left of a message to be erased");
            Ok(Residue::nothing())
        }
    }
}
