//! What can be known of the log's next messages before they are folded: what the hub has decided at
//! them already, what they say, and their leaves. It needs the log and no state, so that the next
//! messages are prepared on one core while the present ones are folded on another.

use std::sync::Arc;
use std::time::Duration;

use carehub_contract::seal::{Hash, absent_leaf};
use carehub_contract::{Contract, Mode, Subject};
use carehub_domain::Position;
use carehub_domain::fold::Decided;
use carehub_domain::message::{Message, MessageBody};
use carehub_storage::log::{Log, LogError, Read, Stored};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::decisions::Decisions;
use crate::erased;
use crate::log_pass::{Tombstones, leaf_of};
use crate::seal::Sealing;

/// Messages read at a time.
const AT_ONCE: usize = 1_000;

/// Messages that wait prepared for whoever folds; this bounds memory.
const AHEAD: usize = 4_096;

/// How long a reader is waited for before it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A position of the log, ready to be folded.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The position.
    pub(crate) position: Position,
    /// What stands for it in the tree over the log.
    pub(crate) leaf: Hash,
    /// What is there.
    pub(crate) what: What,
}

/// What is at a position of the log.
#[derive(Debug)]
pub(crate) enum What {
    /// A message, what the log holds of the decisions at it, and what it means to the tree.
    Message { message: Message, decided: Decided, sealing: Sealing },
    /// What a tombstone holds of a message that is gone.
    Erased { message: Message, decided: Decided },
    /// Nothing, and no tombstone: an alarm.
    Missing,
}

/// Prepares what the log holds, in the order of positions.
pub(crate) struct Preparing {
    log: Log,
    contract: Arc<Contract>,
    decisions: Decisions,
    tombstones: Tombstones,
}

impl Preparing {
    /// For positions after `position`, where the log ended at `end` when the hub started: what was
    /// decided up to there is looked up.
    ///
    /// # Errors
    /// The log does not answer.
    pub(crate) async fn after(
        log: &Log,
        contract: Arc<Contract>,
        position: Position,
        end: u64,
    ) -> Result<Self, LogError> {
        let decisions = Decisions::after(log, position, end).await?;
        Ok(Self { log: log.clone(), contract, decisions, tombstones: Tombstones::default() })
    }

    /// Reads what comes after `position` and prepares it, ahead of whoever folds it.
    pub(crate) fn ahead(mut self, position: Position) -> Ahead {
        let (into, ready) = mpsc::channel(AHEAD);
        let task = tokio::spawn(async move {
            if let Err(error) = self.run(position, &into).await {
                // Nobody folds any more if this does not arrive.
                let _ = into.send(Err(error)).await;
            }
        });
        Ahead { ready, task: task.abort_handle() }
    }

    async fn run(
        &mut self,
        position: Position,
        into: &mpsc::Sender<Result<Prepared, LogError>>,
    ) -> Result<(), LogError> {
        let mut reader = self.log.reader(position.0 + 1, Vec::new());
        loop {
            for read in reader.next_batch(AT_ONCE, PATIENCE).await? {
                match read {
                    Read::Message(stored) => {
                        let prepared = self.message(&stored).await?;
                        if into.send(Ok(prepared)).await.is_err() {
                            return Ok(());
                        }
                    }
                    Read::Gap { from, to } => {
                        for prepared in self.gap(from, to).await? {
                            if into.send(Ok(prepared)).await.is_err() {
                                return Ok(());
                            }
                        }
                    }
                }
            }
        }
    }

    /// Prepares one message.
    pub(crate) async fn message(&mut self, stored: &Stored) -> Result<Prepared, LogError> {
        let position = Position(stored.sequence);
        let decided = self.decisions.at(&self.contract, position).await?;
        let mode = if decided.has_verdict() { Mode::Trust } else { Mode::Validate };
        let recorded_at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
        let subject = Subject::parse(&stored.subject).ok();
        let message = match &subject {
            Some(subject) => {
                self.contract.decode(subject, &stored.payload, recorded_at, position, mode)
            }
            None => Message { position, recorded_at, body: MessageBody::Unreadable },
        };
        let sealing = Sealing::of(subject.as_ref(), &stored.payload);
        let what = What::Message { message, decided, sealing };
        Ok(Prepared { position, leaf: leaf_of(stored), what })
    }

    /// Messages are not there: what their tombstones hold of them is folded in their place.
    async fn gap(&mut self, from: u64, to: u64) -> Result<Vec<Prepared>, LogError> {
        let mut prepared = Vec::new();
        for (position, erased) in erased::in_gap(&self.log, from, to).await? {
            let leaf = self.tombstones.leaf(&self.log, position.0).await?;
            let leaf = leaf.unwrap_or_else(|| absent_leaf(position.0));
            let what = match erased {
                Some(erased) => {
                    let decided = self.decisions.at(&self.contract, position).await?;
                    What::Erased { message: erased.message(position), decided }
                }
                None => What::Missing,
            };
            prepared.push(Prepared { position, leaf, what });
        }
        Ok(prepared)
    }
}

/// What is prepared, in the order of positions. Dropping it ends the preparing.
pub(crate) struct Ahead {
    ready: mpsc::Receiver<Result<Prepared, LogError>>,
    task: AbortHandle,
}

impl Ahead {
    /// What comes next: at most `max` positions, as soon as there is one, or none when nothing came
    /// within `wait`. Cancelling the call loses nothing.
    ///
    /// # Errors
    /// The log did not answer; nothing comes any more.
    pub(crate) async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Prepared>, LogError> {
        let mut batch = Vec::with_capacity(max.min(self.ready.len().max(1)));
        match tokio::time::timeout(wait, self.ready.recv_many(&mut batch, max)).await {
            Ok(0) => Err(LogError::ReaderStopped),
            Ok(_) | Err(_) => batch.into_iter().collect(),
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}
