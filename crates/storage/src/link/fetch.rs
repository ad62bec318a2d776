//! Fetching from the agency's durable consumer, through the import `carejs`.

use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::Instant;

use super::AgencyLink;
use crate::log::STREAM;
use crate::wire::{RequestError, Wire, delivered};

/// The longest that one fetch waits: each leaves an entry in the hub's account meanwhile.
const LONGEST: Duration = Duration::from_secs(30);

/// How much later than the server this side gives up waiting for its last word.
const GRACE: Duration = Duration::from_secs(2);

/// Why a fetch brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The request to the consumer failed.
    #[error("fetching from {consumer} failed")]
    Request {
        /// The durable consumer.
        consumer: String,
        /// What happened to the request.
        #[source]
        source: RequestError,
    },
    /// The server answered and refused: the consumer is gone, or the request too large.
    #[error("fetching from {consumer} was refused: {status} {description}")]
    Refused {
        /// The durable consumer.
        consumer: String,
        /// The status, like HTTP's.
        status: u16,
        /// The server's words.
        description: String,
    },
}

/// A delivery could not be acknowledged; it will be delivered again.
#[derive(Debug, thiserror::Error)]
#[error("acknowledging message {sequence} failed")]
pub struct AckError {
    /// Its sequence in the log.
    pub sequence: u64,
    /// What happened.
    #[source]
    pub source: RequestError,
}

/// A message that the log delivered to the agency. Unless it is acknowledged it comes again.
pub struct Delivery {
    /// Its sequence in the log.
    pub sequence: u64,
    /// When the log recorded it, in unix nanoseconds.
    pub time: i128,
    /// How often it was delivered, from 1.
    pub attempts: u64,
    /// Its subject in the log.
    pub subject: String,
    /// Its bytes.
    pub payload: Bytes,
    reply: String,
    wire: Wire,
}

impl Delivery {
    /// Acknowledges without waiting for the log to confirm; call [`AgencyLink::flush`] before the
    /// process ends. A lost acknowledgement means another delivery, never a lost message.
    ///
    /// # Errors
    /// The connection is closed, or none came back in time.
    pub async fn ack(&self) -> Result<(), AckError> {
        let acked = self.wire.publish_core(&self.reply, Bytes::from_static(b"+ACK")).await;
        acked.map_err(|source| AckError { sequence: self.sequence, source })
    }

    /// Acknowledges and waits until the log has confirmed it.
    ///
    /// # Errors
    /// The confirmation did not come; the message may be delivered again.
    pub async fn ack_confirmed(&self) -> Result<(), AckError> {
        let confirmed = self.wire.request(&self.reply, Bytes::from_static(b"+ACK")).await;
        confirmed.map(drop).map_err(|source| AckError { sequence: self.sequence, source })
    }
}

impl std::fmt::Debug for Delivery {
    /// Without the payload, which may hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("sequence", &self.sequence)
            .field("attempts", &self.attempts)
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

impl AgencyLink {
    /// Fetches up to `batch` messages of a durable consumer, waiting up to `wait` (at most 30 s)
    /// for the first; returns as soon as the consumer has nothing more at hand.
    ///
    /// # Errors
    /// Denied at once for a consumer that this key may not use; refused when it is gone.
    pub async fn fetch(
        &self,
        durable: &str,
        batch: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, FetchError> {
        let wait = wait.min(LONGEST);
        // First what is at hand, then, if that is nothing, one message as soon as it comes: a
        // single waiting pull would only end when it is full or expired.
        let at_hand =
            self.pull(durable, json!({ "batch": batch.max(1), "no_wait": true }), GRACE).await?;
        if !at_hand.is_empty() || wait.is_zero() {
            return Ok(at_hand);
        }
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.pull(durable, json!({ "batch": 1, "expires": nanos }), wait + GRACE).await
    }

    async fn pull(
        &self,
        durable: &str,
        body: serde_json::Value,
        patience: Duration,
    ) -> Result<Vec<Delivery>, FetchError> {
        let failed = |source| FetchError::Request { consumer: durable.to_owned(), source };
        let wanted = body.get("batch").and_then(serde_json::Value::as_u64).unwrap_or(1);
        let deadline = Instant::now() + patience + self.wire.connection().answer_within;
        self.wire.connected(deadline).await.map_err(failed)?;

        let inbox = self.wire.client().new_inbox();
        let mut incoming: Subscriber = self
            .wire
            .client()
            .subscribe(inbox.clone())
            .await
            .map_err(|_| failed(RequestError::Closed))?;
        let subject = format!("carejs.CONSUMER.MSG.NEXT.{STREAM}.{durable}");
        // Asked as a request, so that a denial or a lost connection ends the wait at once; what
        // the consumer delivers goes to the inbox.
        let asked = self.wire.watch(&subject);
        self.wire
            .publish_with_reply(&subject, &inbox, body.to_string().into())
            .await
            .map_err(failed)?;

        let mut trouble = std::pin::pin!(asked.answer(deadline));
        let mut deliveries = Vec::new();
        while (deliveries.len() as u64) < wanted {
            let message = tokio::select! {
                biased;
                message = incoming.next() => message,
                trouble = &mut trouble => match trouble {
                    Err(source) if deliveries.is_empty() => return Err(failed(source)),
                    // What arrived before the trouble is still to be handled.
                    Err(_) | Ok(_) => break,
                },
            };
            let Some(message) = message else { break };
            if message.status.is_none() {
                deliveries.extend(self.delivery(message));
                continue;
            }
            if deliveries.is_empty() {
                ended_without(durable, &message)?;
            }
            break;
        }
        Ok(deliveries)
    }

    /// `None` for what did not come from a consumer.
    fn delivery(&self, message: Message) -> Option<Delivery> {
        let reply = message.reply?.into_string();
        let place = delivered(&reply)?;
        Some(Delivery {
            sequence: place.sequence,
            time: place.time,
            attempts: place.attempts,
            subject: message.subject.into_string(),
            payload: message.payload,
            reply,
            wire: self.wire.clone(),
        })
    }
}

/// Whether a pull that brought nothing ended well (nothing there) or not.
fn ended_without(durable: &str, status: &Message) -> Result<(), FetchError> {
    match status.status {
        // 404: nothing at hand. 408: the time is over.
        Some(StatusCode::NOT_FOUND | StatusCode::TIMEOUT) => Ok(()),
        Some(StatusCode::NO_RESPONDERS) => Err(FetchError::Request {
            consumer: durable.to_owned(),
            source: RequestError::NoResponders {
                subject: format!("carejs.CONSUMER.MSG.NEXT.{STREAM}.{durable}"),
            },
        }),
        status_code => Err(FetchError::Refused {
            consumer: durable.to_owned(),
            status: status_code.map_or(0, |status| status.as_u16()),
            description: status.description.clone().unwrap_or_default(),
        }),
    }
}
