//! What an agency may do with its own account: publish what it says, fetch what is addressed to
//! it, and listen for receipts and live alerts.
//!
//! The account reaches the log only through service imports (see the server configuration), so
//! there is no stream API here: a publish is acknowledged by JetStream across the import, and the
//! agency's durable consumer is one that the hub made.

mod fetch;
mod subscription;

use bytes::Bytes;

pub use fetch::{AckError, Delivery, FetchError};
pub use subscription::{Announcement, SubscribeError, Subscription};

use crate::log::{IN_FLIGHT, MOST_IN_FLIGHT};
use crate::wire::{
    self, ConnectError, Connection, PublishAllError, PublishError, RequestError, Wire,
};

/// An agency's connection; clones share it.
#[derive(Clone)]
pub struct AgencyLink {
    wire: Wire,
}

impl AgencyLink {
    /// Connects to `url` with the agency's nkey seed.
    ///
    /// `agency` is the token that stands for it in subjects; its answers arrive under
    /// `_INBOX_<agency>`, which is all that its key may listen to.
    ///
    /// # Errors
    /// No server in time, or a key that it does not accept.
    pub async fn connect(url: &str, seed: &str, agency: &str) -> Result<Self, ConnectError> {
        let connection = Connection::new(url, agency)
            .with_key(seed)
            .with_inbox_prefix(format!("_INBOX_{agency}"));
        Self::connect_with(&connection).await
    }

    /// [`AgencyLink::connect`] with waiting times of the caller's choice.
    ///
    /// # Errors
    /// No server in time, or a key that it does not accept.
    pub async fn connect_with(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self { wire: Wire::connect(connection).await? })
    }

    /// Publishes and waits until the log has acknowledged it; returns its sequence.
    ///
    /// # Errors
    /// At once when the server denies the subject or the size ([`PublishError::Failed`]); at the
    /// deadline when the outcome is still unknown, then publish the same again.
    pub async fn publish(&self, subject: &str, payload: Bytes) -> Result<u64, PublishError> {
        wire::publish_any(&self.wire, subject, payload).await
    }

    /// Publishes many, pipelined; returns their sequences in the order given. `progress` hears
    /// how many are acknowledged so far.
    ///
    /// # Errors
    /// Stops at the first message that fails and says which of the others were stored.
    pub async fn publish_all<I>(
        &self,
        messages: I,
        in_flight: Option<usize>,
        progress: impl FnMut(usize) + Send,
    ) -> Result<Vec<u64>, PublishAllError>
    where
        I: IntoIterator<Item = (String, Bytes)>,
        I::IntoIter: Send,
    {
        let in_flight = in_flight.unwrap_or(IN_FLIGHT).clamp(1, MOST_IN_FLIGHT);
        wire::publish_all(&self.wire, messages.into_iter(), in_flight, progress).await
    }

    /// Waits until everything sent so far, acknowledgements too, was written to the connection.
    ///
    /// # Errors
    /// The connection is closed, or none came back in time.
    pub async fn flush(&self) -> Result<(), RequestError> {
        self.wire.flush().await
    }

    /// The largest payload that the server announces, in bytes; the account may accept less.
    #[must_use]
    pub fn max_payload(&self) -> usize {
        self.wire.client().max_payload()
    }

    /// Whether there is a connection at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.wire.is_up()
    }
}
