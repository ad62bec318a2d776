//! The log: one stream, read in order, the only truth.
//!
//! [`Log`] is either the JetStream stream `CAREHUB` or a [`MemoryLog`] that keeps the same
//! promises inside one process. Sequences start at 1, are never reused, and leave a gap where a
//! message was deleted.

mod api;
mod consumer;
mod eraser;
mod error;
mod headers;
mod jetstream;
mod kept;
mod memory;
mod memory_read;
mod publish;
mod pull;
mod read;
mod stream;
mod subject;

use std::time::Duration;

use bytes::Bytes;

pub use consumer::ACKNOWLEDGE_WITHIN;
pub use eraser::{Eraser, StreamEraser};
pub use error::LogError;
pub use jetstream::JetStreamLog;
pub use kept::{AUDIT, Kept, LOG};
pub use memory::MemoryLog;
pub use read::{Read, Reader};
pub use stream::{Difference, StreamIdentity, StreamSettings, StreamState};

use crate::wire::{ConnectError, Connection, PublishAllError, PublishError, RequestError};

/// The name of the log's stream.
pub const STREAM: &str = LOG.name;

/// How many publishes wait for their acknowledgement by default.
pub const IN_FLIGHT: usize = 256;

/// The most that may wait; beyond it other connections suffer and nothing is gained.
pub const MOST_IN_FLIGHT: usize = 4_000;

/// A message as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the log, from 1.
    pub sequence: u64,
    /// When the log recorded it, in unix nanoseconds, by the server's clock.
    pub time: i128,
    /// Where it was published; the server stamps the agency into it.
    pub subject: String,
    /// The headers that it was published with, sorted by name; the values of one name in their order.
    pub headers: Vec<(String, String)>,
    /// The bytes, exactly as published.
    pub payload: Bytes,
}

/// What became of a message that may be in the log only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// It was stored now, at this sequence.
    Stored(u64),
    /// The subject already held the very same bytes, at this sequence.
    AlreadySame(u64),
    /// The subject already held other bytes, at this sequence: somebody decided differently.
    AlreadyDifferent(u64),
}

impl Once {
    /// The sequence of the message that the subject holds.
    #[must_use]
    pub fn sequence(self) -> u64 {
        match self {
            Self::Stored(sequence)
            | Self::AlreadySame(sequence)
            | Self::AlreadyDifferent(sequence) => sequence,
        }
    }
}

/// The log, in JetStream or in memory; clones share it.
#[derive(Clone)]
pub enum Log {
    /// The stream of a nats-server.
    JetStream(JetStreamLog),
    /// A log inside this process, for tests.
    Memory(MemoryLog),
}

impl Log {
    /// Connects to a server; the stream is not touched, see [`Log::ensure_stream`].
    ///
    /// # Errors
    /// No server in time, or a key that it does not accept.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        JetStreamLog::connect(connection).await.map(Self::JetStream)
    }

    /// An empty log in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::Memory(MemoryLog::new())
    }

    /// The audit stream beside this log, over the same connection; see [`AUDIT`].
    #[must_use]
    pub fn audit(&self) -> Self {
        match self {
            Self::JetStream(log) => Self::JetStream(log.audit()),
            Self::Memory(log) => Self::Memory(log.audit()),
        }
    }

    /// Creates the stream, or compares every setting of the existing one that matters for safety.
    ///
    /// # Errors
    /// [`LogError::Drift`] lists the settings that differ; nothing is changed then.
    pub async fn ensure_stream(
        &self,
        settings: &StreamSettings,
    ) -> Result<StreamIdentity, LogError> {
        match self {
            Self::JetStream(log) => log.ensure_stream(settings).await,
            Self::Memory(log) => Ok(log.identity()),
        }
    }

    /// Which stream this is; another one of the same name has another identity.
    ///
    /// # Errors
    /// The stream does not exist or the server does not answer.
    pub async fn identity(&self) -> Result<StreamIdentity, LogError> {
        match self {
            Self::JetStream(log) => log.identity().await,
            Self::Memory(log) => Ok(log.identity()),
        }
    }

    /// First and last sequence, how many messages and how many bytes.
    ///
    /// # Errors
    /// The stream does not exist or the server does not answer.
    pub async fn state(&self) -> Result<StreamState, LogError> {
        match self {
            Self::JetStream(log) => log.state().await,
            Self::Memory(log) => Ok(log.state()),
        }
    }

    /// The sequence of the newest message, also when that one was deleted; 0 for an empty log.
    ///
    /// # Errors
    /// The stream does not exist or the server does not answer.
    pub async fn last_sequence(&self) -> Result<u64, LogError> {
        self.state().await.map(|state| state.last)
    }

    /// Publishes and waits until the log has acknowledged it; returns its sequence.
    ///
    /// Tries again while the outcome is unknown, so the log may hold it more than once.
    ///
    /// # Errors
    /// See [`PublishError`]: refused for good, or still unknown at the deadline.
    pub async fn publish(&self, subject: &str, payload: Bytes) -> Result<u64, PublishError> {
        match self {
            Self::JetStream(log) => log.publish(subject, payload).await,
            Self::Memory(log) => log.publish(subject, payload),
        }
    }

    /// Publishes many with at most `in_flight` (see [`IN_FLIGHT`]) unacknowledged; returns their
    /// sequences in the order given. `progress` hears how many are acknowledged so far.
    ///
    /// # Errors
    /// Stops at the first message that fails and says which of the others were stored.
    pub async fn publish_all<I>(
        &self,
        messages: I,
        in_flight: usize,
        progress: impl FnMut(usize) + Send,
    ) -> Result<Vec<u64>, PublishAllError>
    where
        I: IntoIterator<Item = (String, Bytes)>,
        I::IntoIter: Send,
    {
        match self {
            Self::JetStream(log) => {
                log.publish_all(messages.into_iter(), in_flight, progress).await
            }
            Self::Memory(log) => log.publish_all(messages.into_iter(), progress),
        }
    }

    /// Publishes a message on a subject of its own, at most once for ever.
    ///
    /// # Errors
    /// The publish failed, or the message that is already there could not be read.
    pub async fn publish_once(&self, subject: &str, payload: Bytes) -> Result<Once, LogError> {
        match self {
            Self::JetStream(log) => log.publish_once(subject, payload).await,
            Self::Memory(log) => log.publish_once(subject, payload).map_err(LogError::from),
        }
    }

    /// [`Log::publish_once`] for many, pipelined; outcomes are in the order given.
    ///
    /// They reach the log in that order unless the connection is lost on the way; what was lost
    /// is published again, so then a later one may precede.
    ///
    /// # Errors
    /// The first failure. Calling again with the same messages is always right.
    pub async fn publish_once_all(
        &self,
        messages: Vec<(String, Bytes)>,
    ) -> Result<Vec<Once>, LogError> {
        match self {
            Self::JetStream(log) => log.publish_once_all(messages).await,
            Self::Memory(log) => messages
                .into_iter()
                .map(|(subject, payload)| {
                    log.publish_once(&subject, payload).map_err(LogError::from)
                })
                .collect(),
        }
    }

    /// Reads in order from a sequence on; `filters` are subjects with wildcards, none means all.
    ///
    /// The reader lives until it is dropped; it survives restarts of the server.
    #[must_use]
    pub fn reader(&self, from_sequence: u64, filters: Vec<String>) -> Reader {
        match self {
            Self::JetStream(log) => Reader::of_stream(log.clone(), from_sequence, filters),
            Self::Memory(log) => Reader::of_memory(log.clone(), from_sequence, filters),
        }
    }

    /// The message at a sequence; `None` when it was deleted or is not there yet.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn get(&self, sequence: u64) -> Result<Option<Stored>, LogError> {
        match self {
            Self::JetStream(log) => log.get(sequence).await,
            Self::Memory(log) => Ok(log.get(sequence)),
        }
    }

    /// [`Log::get`] for many, 128 at a time in flight; answers are in the order asked.
    ///
    /// # Errors
    /// The first failure.
    pub async fn get_many(&self, sequences: &[u64]) -> Result<Vec<Option<Stored>>, LogError> {
        match self {
            Self::JetStream(log) => log.get_many(sequences).await,
            Self::Memory(log) => Ok(sequences.iter().map(|sequence| log.get(*sequence)).collect()),
        }
    }

    /// The newest message on this subject; with wildcards, the newest on any that they match.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn last_for_subject(&self, subject: &str) -> Result<Option<Stored>, LogError> {
        match self {
            Self::JetStream(log) => log.last_for_subject(subject).await,
            Self::Memory(log) => Ok(log.last_for_subject(subject)),
        }
    }

    /// [`Log::last_for_subject`] for many, 128 at a time in flight; answers are in the order asked.
    ///
    /// # Errors
    /// The first failure.
    pub async fn last_for_subjects(
        &self,
        subjects: &[String],
    ) -> Result<Vec<Option<Stored>>, LogError> {
        match self {
            Self::JetStream(log) => log.last_for_subjects(subjects).await,
            Self::Memory(log) => {
                Ok(subjects.iter().map(|subject| log.last_for_subject(subject)).collect())
            }
        }
    }

    /// Deletes a message and overwrites its bytes; `false` when there was none.
    ///
    /// A gap stays, so whoever deletes stores a tombstone first.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn delete(&self, sequence: u64) -> Result<bool, LogError> {
        match self {
            Self::JetStream(log) => log.delete(sequence).await,
            Self::Memory(log) => Ok(log.delete(sequence)),
        }
    }

    /// Creates the durable consumer of an agency, or gives the existing one these filters.
    ///
    /// # Errors
    /// The server does not answer or refuses the name or a filter.
    pub async fn ensure_consumer(&self, name: &str, filters: Vec<String>) -> Result<(), LogError> {
        match self {
            Self::JetStream(log) => log.ensure_consumer(name, &filters).await,
            Self::Memory(log) => {
                log.ensure_consumer(name, filters);
                Ok(())
            }
        }
    }

    /// The names of the durable consumers, sorted.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn consumers(&self) -> Result<Vec<String>, LogError> {
        match self {
            Self::JetStream(log) => log.consumers().await,
            Self::Memory(log) => Ok(log.consumers()),
        }
    }

    /// Deletes a durable consumer; `false` when there was none.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn delete_consumer(&self, name: &str) -> Result<bool, LogError> {
        match self {
            Self::JetStream(log) => log.delete_consumer(name).await,
            Self::Memory(log) => Ok(log.delete_consumer(name)),
        }
    }

    /// Publishes without storing and without an acknowledgement: receipts and live alerts.
    ///
    /// # Errors
    /// Not a subject, too large for the server, or closed. What is sent while there is no
    /// connection may be lost, which is all right for these.
    pub async fn publish_core(&self, subject: &str, payload: Bytes) -> Result<(), RequestError> {
        match self {
            Self::JetStream(log) => log.publish_core(subject, payload).await,
            Self::Memory(log) => {
                log.publish_core(subject, payload);
                Ok(())
            }
        }
    }

    /// Waits until everything published so far was handed to the operating system.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn flush(&self) -> Result<(), RequestError> {
        match self {
            Self::JetStream(log) => log.flush().await,
            Self::Memory(_) => Ok(()),
        }
    }

    /// The largest payload that the server accepts, in bytes. An account may accept less.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        match self {
            Self::JetStream(log) => log.max_payload(),
            Self::Memory(_) => MemoryLog::MAX_PAYLOAD,
        }
    }

    /// Whether there is a connection at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match self {
            Self::JetStream(log) => log.is_connected(),
            Self::Memory(_) => true,
        }
    }
}

/// How long a call that asks the server something is tried again while nobody answers.
const ASK_FOR: Duration = Duration::from_secs(15);
