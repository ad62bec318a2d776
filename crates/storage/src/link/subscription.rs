//! Listening for what is not stored: receipts and live alerts.

use async_nats::Subscriber;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::AgencyLink;

/// Why nothing can be heard on a subject.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The server does not let this key listen there.
    #[error("the server does not permit listening to {subject}")]
    Denied {
        /// What was to be listened to.
        subject: String,
    },
    /// Not a subject, or the connection is closed.
    #[error("cannot listen to {subject}")]
    Failed {
        /// What was to be listened to.
        subject: String,
        /// What the client library reports.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Something that was said and not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Where it was said.
    pub subject: String,
    /// Its bytes.
    pub payload: Bytes,
}

/// What is heard on a subject while this is kept. What is said while there is no connection, or
/// while nobody takes it for very long, is missed.
pub struct Subscription {
    subject: String,
    incoming: Subscriber,
    refused: watch::Receiver<Vec<String>>,
    /// How often this subject had been refused before, under permissions that may have changed.
    refused_before: usize,
}

impl AgencyLink {
    /// Listens to a subject; wildcards are allowed where the key's permissions allow them.
    ///
    /// # Errors
    /// Not a subject, or closed. A denial by the server arrives later, at
    /// [`Subscription::next`].
    pub async fn subscribe(&self, subject: &str) -> Result<Subscription, SubscribeError> {
        let refused = self.wire.refused();
        let refused_before = times(&refused.borrow(), subject);
        let incoming = self.wire.client().subscribe(subject.to_owned()).await.map_err(|error| {
            SubscribeError::Failed { subject: subject.to_owned(), source: Box::new(error) }
        })?;
        Ok(Subscription { subject: subject.to_owned(), incoming, refused, refused_before })
    }
}

impl Subscription {
    /// The next thing said; `None` when the connection was closed for good.
    ///
    /// # Errors
    /// The server denied the subscription.
    pub async fn next(&mut self) -> Result<Option<Announcement>, SubscribeError> {
        let subject = &self.subject;
        tokio::select! {
            message = self.incoming.next() => Ok(message.map(|message| Announcement {
                subject: message.subject.into_string(),
                payload: message.payload,
            })),
            Ok(_) = self.refused.wait_for(|refused| times(refused, subject) > self.refused_before) => {
                Err(SubscribeError::Denied { subject: subject.clone() })
            }
        }
    }
}

fn times(refused: &[String], subject: &str) -> usize {
    refused.iter().filter(|refused| *refused == subject).count()
}
