//! The log as a stream of a nats-server: connecting, and reading single messages.

use std::time::Duration;

use async_nats::{Message, StatusCode};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::time::Instant;

use super::api::{ask, failed, refused};
use super::{ASK_FOR, AUDIT, Kept, LOG, LogError, Stored, headers};
use crate::wire::{ApiError, ConnectError, Connection, RequestError, Wire};

/// Direct gets in flight: more do not make it faster.
const GETS_IN_FLIGHT: usize = 128;

/// A stream of the hub over one connection; clones share the connection.
#[derive(Clone)]
pub struct JetStreamLog {
    pub(super) wire: Wire,
    pub(super) kept: &'static Kept,
}

impl JetStreamLog {
    /// Connects, see [`super::Log::connect`].
    ///
    /// # Errors
    /// No server in time, or a key that it does not accept.
    pub async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self { wire: Wire::connect(connection).await?, kept: &LOG })
    }

    pub(super) fn audit(&self) -> Self {
        Self { wire: self.wire.clone(), kept: &AUDIT }
    }

    /// The subject of a request to JetStream about this stream.
    pub(super) fn api(&self, request: &str) -> String {
        format!("$JS.API.{request}.{}", self.kept.name)
    }

    pub(super) async fn get(&self, sequence: u64) -> Result<Option<Stored>, LogError> {
        const GET: &str = "reading a message by sequence";
        let body = json!({ "seq": sequence }).to_string();
        let deadline = Instant::now() + ASK_FOR;
        loop {
            let subject = self.api("DIRECT.GET");
            if let Some(stored) = self.direct(GET, &subject, body.clone().into()).await? {
                return Ok(Some(stored));
            }
            // In a cluster any replica answers a direct get, and one that lags knows less than
            // its leader: only the leader's "not there" counts.
            let leader = self.api("STREAM.MSG.GET");
            match ask(&self.wire, GET, &leader, &json!({ "seq": sequence })).await? {
                Err(error) if error.number == ApiError::MESSAGE_NOT_FOUND => return Ok(None),
                Err(error) => return Err(refused(GET, error)),
                Ok(_) if Instant::now() >= deadline => {
                    return Err(LogError::Answer {
                        operation: GET,
                        what: "the replicas do not agree".to_owned(),
                    });
                }
                Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    pub(super) async fn get_many(
        &self,
        sequences: &[u64],
    ) -> Result<Vec<Option<Stored>>, LogError> {
        stream::iter(sequences.to_vec())
            .map(|sequence| async move { self.get(sequence).await })
            .buffered(GETS_IN_FLIGHT)
            .try_collect()
            .await
    }

    /// Reads from any replica: what was acknowledged a moment ago may still be missing.
    pub(super) async fn last_for_subject(&self, subject: &str) -> Result<Option<Stored>, LogError> {
        // In the body, not in the subject: only so may it have wildcards.
        let body = serde_json::json!({ "last_by_subj": subject }).to_string();
        self.direct("reading the last message of a subject", &self.api("DIRECT.GET"), body.into())
            .await
    }

    pub(super) async fn last_for_subjects(
        &self,
        subjects: &[String],
    ) -> Result<Vec<Option<Stored>>, LogError> {
        stream::iter(subjects.to_vec())
            .map(|subject| async move { self.last_for_subject(&subject).await })
            .buffered(GETS_IN_FLIGHT)
            .try_collect()
            .await
    }

    /// One direct get, tried again while nobody answers.
    async fn direct(
        &self,
        operation: &'static str,
        subject: &str,
        body: Bytes,
    ) -> Result<Option<Stored>, LogError> {
        let deadline = Instant::now() + ASK_FOR;
        let mut pause = Duration::from_millis(10);
        loop {
            match self.wire.request(subject, body.clone()).await {
                Ok(message) => return read_direct(operation, &message),
                Err(error) if error.is_passing() && Instant::now() < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                Err(error) => return Err(failed(operation)(error)),
            }
        }
    }

    pub(super) async fn delete(&self, sequence: u64) -> Result<bool, LogError> {
        const DELETE: &str = "deleting a message";
        // With no_erase the bytes would stay on the disk and could never be erased again.
        let body = json!({ "seq": sequence, "no_erase": false });
        match ask(&self.wire, DELETE, &self.api("STREAM.MSG.DELETE"), &body).await? {
            Ok(_) => Ok(true),
            // 10043: there is no such message (any more).
            Err(error) if [ApiError::MESSAGE_NOT_FOUND, 10_043].contains(&error.number) => {
                Ok(false)
            }
            // 10057 stands for both "there is none" and "this stream lets nobody delete".
            Err(error) if error.number == 10_057 => match self.get(sequence).await? {
                None => Ok(false),
                Some(_) => Err(refused(DELETE, error)),
            },
            Err(error) => Err(refused(DELETE, error)),
        }
    }

    pub(super) async fn publish_core(
        &self,
        subject: &str,
        payload: Bytes,
    ) -> Result<(), RequestError> {
        self.wire.publish_core(subject, payload).await
    }

    pub(super) async fn flush(&self) -> Result<(), RequestError> {
        self.wire.flush().await
    }

    pub(super) fn max_payload(&self) -> usize {
        self.wire.client().max_payload()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.wire.is_up()
    }
}

/// A direct get answers with the message itself and its place in headers.
fn read_direct(operation: &'static str, message: &Message) -> Result<Option<Stored>, LogError> {
    match message.status {
        None => {}
        Some(StatusCode::NOT_FOUND) => return Ok(None),
        Some(status) => {
            return Err(LogError::Refused {
                operation,
                number: u64::from(status.as_u16()),
                description: message.description.clone().unwrap_or_default(),
            });
        }
    }
    let missing = |name: &str| LogError::Answer { operation, what: format!("no header {name}") };
    let malformed =
        |name: &str| LogError::Answer { operation, what: format!("malformed header {name}") };
    let place = headers::place(message.headers.as_ref());
    let [_, subject, sequence, time] = place.server;
    Ok(Some(Stored {
        sequence: sequence
            .ok_or_else(|| missing("Nats-Sequence"))?
            .parse()
            .map_err(|_| malformed("Nats-Sequence"))?,
        time: async_nats::datetime::parse_rfc3339(&time.ok_or_else(|| missing("Nats-Time-Stamp"))?)
            .map_err(|_| malformed("Nats-Time-Stamp"))?
            .unix_timestamp_nanos(),
        subject: subject.ok_or_else(|| missing("Nats-Subject"))?,
        headers: place.publisher,
        payload: message.payload.clone(),
    }))
}
