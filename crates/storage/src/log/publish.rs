//! Publishing to the stream: once or at least once, one or many.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{ASK_FOR, IN_FLIGHT, JetStreamLog, LogError, MOST_IN_FLIGHT, Once};
use crate::wire::{self, Ack, Expect, Outgoing, PublishAllError, PublishError};

impl JetStreamLog {
    pub(super) async fn publish(&self, subject: &str, payload: Bytes) -> Result<u64, PublishError> {
        wire::publish_any(&self.wire, subject, payload).await
    }

    pub(super) async fn publish_all(
        &self,
        messages: impl Iterator<Item = (String, Bytes)> + Send,
        in_flight: usize,
        progress: impl FnMut(usize) + Send,
    ) -> Result<Vec<u64>, PublishAllError> {
        wire::publish_all(&self.wire, messages, in_flight.clamp(1, MOST_IN_FLIGHT), progress).await
    }

    pub(super) async fn publish_once(
        &self,
        subject: &str,
        payload: Bytes,
    ) -> Result<Once, LogError> {
        let message = Outgoing { subject: subject.to_owned(), payload };
        let ack = wire::publish_one(&self.wire, &message, Expect::NewSubject).await?;
        self.resolve(&message, ack).await
    }

    pub(super) async fn publish_once_all(
        &self,
        messages: Vec<(String, Bytes)>,
    ) -> Result<Vec<Once>, LogError> {
        let mut acks = Vec::with_capacity(messages.len());
        let outgoing = messages.into_iter().map(|(subject, payload)| Outgoing { subject, payload });
        let each = |_, message: &Outgoing, ack| acks.push((message.clone(), ack));
        wire::publish_each(&self.wire, outgoing, IN_FLIGHT, Expect::NewSubject, each)
            .await
            .map_err(|(_, error)| error)?;
        let mut outcomes = Vec::with_capacity(acks.len());
        for (message, ack) in acks {
            outcomes.push(self.resolve(&message, ack).await?);
        }
        Ok(outcomes)
    }

    /// Turns "the subject is taken" into whether it holds the same bytes.
    async fn resolve(&self, message: &Outgoing, mut ack: Ack) -> Result<Once, LogError> {
        let deadline = Instant::now() + ASK_FOR;
        loop {
            if let Ack::Stored(sequence) = ack {
                return Ok(Once::Stored(sequence));
            }
            match self.last_for_subject(&message.subject).await? {
                Some(stored) if stored.payload == message.payload => {
                    return Ok(Once::AlreadySame(stored.sequence));
                }
                Some(stored) => return Ok(Once::AlreadyDifferent(stored.sequence)),
                // The replica that answered lags behind the leader that refused, or the message
                // was deleted in between: ask again, then try again.
                None if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(20)).await
                }
                None => {
                    let what = "the subject is taken and holds no message".to_owned();
                    return Err(LogError::Answer { operation: "publishing once", what });
                }
            }
            ack = wire::publish_one(&self.wire, message, Expect::NewSubject).await?;
        }
    }
}
