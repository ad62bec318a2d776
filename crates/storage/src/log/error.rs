//! What can go wrong with the log, apart from a publish.

use super::{Difference, stream};
use crate::wire::{ConnectError, PublishError, RequestError};

/// Why the log could not be read or arranged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no connection.
    #[error("cannot connect to the log")]
    Connect(#[from] ConnectError),
    /// The server was asked and no usable answer came.
    #[error("{operation} failed")]
    Request {
        /// What was asked for.
        operation: &'static str,
        /// What happened to the request.
        #[source]
        source: RequestError,
    },
    /// The server answered with a refusal.
    #[error("{operation} was refused: {description} ({number})")]
    Refused {
        /// What was asked for.
        operation: &'static str,
        /// The server's stable number for the reason.
        number: u64,
        /// The server's words.
        description: String,
    },
    /// The server's answer is not what this version of the protocol says.
    #[error("the answer to {operation} cannot be read: {what}")]
    Answer {
        /// What was asked for.
        operation: &'static str,
        /// The part that is missing or malformed.
        what: String,
    },
    /// The stream exists with settings under which the log could be lost or forged.
    #[error(
        "the stream {stream} has other settings than it must have: {}",
        stream::list(differences)
    )]
    Drift {
        /// The stream's name.
        stream: &'static str,
        /// Each setting that differs.
        differences: Vec<Difference>,
    },
    /// A message that may exist only once could not be published.
    #[error("a message that may exist only once could not be published")]
    Publish(#[from] PublishError),
    /// The reader's background task ended.
    #[error("the reader has stopped")]
    ReaderStopped,
}
