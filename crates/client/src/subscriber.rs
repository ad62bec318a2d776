//! Receiving: what the hub tells a body, from the body's own durable place in the log.

use std::collections::VecDeque;
use std::time::Duration;

use carehub_domain::{BodyId, HomeId};
use carehub_storage::link::{AckError, AgencyLink, Delivery, FetchError};
use carehub_storage::{ConnectError, Connection, Tls};

/// How many messages are fetched at a time: few enough to be handled before they are sent again.
const LOT: usize = 100;

/// Why nothing can be received.
#[derive(Debug, thiserror::Error)]
pub enum SubscriberError {
    /// The hub cannot be reached, or refuses the key.
    #[error("could not connect to the hub")]
    Connect(#[from] ConnectError),
    /// The durable consumer is not there, or is not this key's.
    #[error("could not fetch")]
    Fetch(#[from] FetchError),
    /// An acknowledgement was not sent: the message comes again.
    #[error("could not acknowledge")]
    Ack(#[from] AckError),
}

/// What the hub tells a body, or one of its officers, one message after the other. A message that is
/// not acknowledged comes again, so that a crash between the two loses nothing.
pub struct Subscriber {
    link: AgencyLink,
    durable: String,
    home: Option<HomeId>,
    lot: usize,
    at_hand: VecDeque<Delivery>,
}

impl Subscriber {
    /// Connects with a body's key or, when `officer` is given, with that officer's own: an officer
    /// has an account, an inbox and a place in the log of their own.
    ///
    /// With `home`, messages of other homes are acknowledged unseen, so it takes an officer's key:
    /// with the body's it would consume what colleagues wait for.
    ///
    /// # Errors
    /// The hub cannot be reached, or refuses the key.
    pub async fn connect(
        url: &str,
        key: &str,
        body: &BodyId,
        officer: Option<&BodyId>,
        home: Option<HomeId>,
    ) -> Result<Self, SubscriberError> {
        Self::connect_over(&Tls::default(), url, key, body, officer, home).await
    }

    /// [`Self::connect`] over TLS.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_over(
        tls: &Tls,
        url: &str,
        key: &str,
        body: &BodyId,
        officer: Option<&BodyId>,
        home: Option<HomeId>,
    ) -> Result<Self, SubscriberError> {
        let durable =
            officer.map_or_else(|| body.to_string(), |officer| format!("{body}-{officer}"));
        let connection = Connection::new(url, &durable)
            .with_key(key)
            .with_inbox_prefix(format!("_INBOX_{durable}"))
            .with_tls(tls.clone());
        let link = AgencyLink::connect_with(&connection).await?;
        Ok(Self { link, durable, home, lot: LOT, at_hand: VecDeque::new() })
    }

    /// Fetches at most so many messages at a time. What is fetched and not acknowledged when the
    /// process ends comes again only after a minute: whoever wants few should not fetch many.
    pub fn fetch_at_most(&mut self, messages: usize) {
        self.lot = messages.clamp(1, LOT);
    }

    /// The next message; `None` when none came within `wait` (at most 30 s). Acknowledge it with
    /// [`Delivery::ack`] once it has been handled.
    ///
    /// # Errors
    /// The consumer is gone or not this key's, or the hub is away for long.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<Delivery>, SubscriberError> {
        loop {
            while let Some(delivery) = self.at_hand.pop_front() {
                if self.is_wanted(&delivery.subject) {
                    return Ok(Some(delivery));
                }
                delivery.ack().await?;
            }
            self.at_hand.extend(self.link.fetch(&self.durable, self.lot, wait).await?);
            if self.at_hand.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Waits until every acknowledgement was sent.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn flush(&self) -> Result<(), carehub_storage::RequestError> {
        self.link.flush().await
    }

    fn is_wanted(&self, subject: &str) -> bool {
        // carehub.escalation.<body>.<home>..., carehub.notice.<agency>.<home>...
        self.home.as_ref().is_none_or(|home| subject.split('.').nth(3) == Some(home.as_str()))
    }
}
