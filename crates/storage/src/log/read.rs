//! Reading the log in order, from a position that the reader's owner keeps.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::memory_read::MemoryReader;
use super::{JetStreamLog, LogError, MemoryLog, Stored, pull};

/// How many messages wait decoded for the owner; with the pulls in flight this bounds memory.
const READ_AHEAD: usize = 8_192;

/// What comes next in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// A message.
    Message(Stored),
    /// Every message in `from..=to` was deleted. Reported only by readers without filters,
    /// because with filters what is missing is mostly what was filtered out.
    Gap {
        /// The first sequence that is missing.
        from: u64,
        /// The last sequence that is missing.
        to: u64,
    },
}

impl Read {
    /// The last sequence that this covers: what the position becomes once it is folded.
    #[must_use]
    pub fn through(&self) -> u64 {
        match self {
            Self::Message(stored) => stored.sequence,
            Self::Gap { to, .. } => *to,
        }
    }
}

/// An ordered reader. Dropping it ends its background task.
pub struct Reader(Source);

enum Source {
    Stream { ahead: mpsc::Receiver<Read>, task: AbortHandle },
    Memory(MemoryReader),
}

impl Reader {
    pub(super) fn of_stream(log: JetStreamLog, from_sequence: u64, filters: Vec<String>) -> Self {
        let (into, ahead) = mpsc::channel(READ_AHEAD);
        let task = tokio::spawn(pull::run(log, from_sequence, filters, into)).abort_handle();
        Self(Source::Stream { ahead, task })
    }

    pub(super) fn of_memory(log: MemoryLog, from_sequence: u64, filters: Vec<String>) -> Self {
        Self(Source::Memory(MemoryReader::new(log, from_sequence, filters)))
    }

    /// The next things in the log, in order: at most `max`, as soon as there is one, or none when
    /// nothing came within `wait`. Cancelling the call loses nothing.
    ///
    /// # Errors
    /// The background task is gone. A lost connection or a restarting server is not an error:
    /// the reader goes on from where it was.
    pub async fn next_batch(&mut self, max: usize, wait: Duration) -> Result<Vec<Read>, LogError> {
        match &mut self.0 {
            Source::Stream { ahead, .. } => {
                let mut batch = Vec::with_capacity(max.min(ahead.len().max(1)));
                match tokio::time::timeout(wait, ahead.recv_many(&mut batch, max)).await {
                    Ok(0) if max > 0 => Err(LogError::ReaderStopped),
                    Ok(_) | Err(_) => Ok(batch),
                }
            }
            Source::Memory(reader) => Ok(reader.next_batch(max, wait).await),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Source::Stream { task, .. } = &self.0 {
            task.abort();
        }
    }
}
