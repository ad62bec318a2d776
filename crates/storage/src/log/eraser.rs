//! Erasing single messages, with a key that may do nothing else (law 9).

use serde_json::json;

use super::api::{ask, refused};
use super::{LogError, MemoryLog, STREAM};
use crate::wire::{ApiError, ConnectError, Connection, Wire};

/// The name of the account, and of what it listens to for answers.
const ACCOUNT: &str = "erasure";

/// Under which the account imports JetStream's API.
const API: &str = "carejs";

/// What the server says of a sequence at which there is no message (any more).
const NOT_THERE: [u64; 3] = [ApiError::MESSAGE_NOT_FOUND, 10_043, 10_057];

/// A connection of the erasure account; clones share it.
#[derive(Clone)]
pub enum Eraser {
    /// To the stream of a nats-server.
    JetStream(Box<StreamEraser>),
    /// To a log in memory, for tests.
    Memory(MemoryLog),
}

/// The connection itself.
#[derive(Clone)]
pub struct StreamEraser {
    wire: Wire,
}

impl Eraser {
    /// Connects with the erasure account's nkey seed.
    ///
    /// # Errors
    /// No server in time, or a key that it does not accept.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        let connection = connection.clone().with_inbox_prefix(format!("_INBOX_{ACCOUNT}"));
        let wire = Wire::connect(&connection).await?;
        Ok(Self::JetStream(Box::new(StreamEraser { wire })))
    }

    /// Deletes the message at a sequence and overwrites its bytes; `false` when there is none. Whoever
    /// deletes has stored a tombstone before.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn erase(&self, sequence: u64) -> Result<bool, LogError> {
        const ERASE: &str = "erasing a message";
        match self {
            Self::JetStream(eraser) => {
                // With no_erase the bytes would stay on the disk and could never be erased again.
                let body = json!({ "seq": sequence, "no_erase": false });
                let subject = format!("{API}.STREAM.MSG.DELETE.{STREAM}");
                match ask(&eraser.wire, ERASE, &subject, &body).await? {
                    Ok(_) => Ok(true),
                    Err(error) if NOT_THERE.contains(&error.number) => Ok(false),
                    Err(error) => Err(refused(ERASE, error)),
                }
            }
            Self::Memory(log) => Ok(log.delete(sequence)),
        }
    }
}
