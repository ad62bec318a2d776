//! Publishing with an acknowledgement: one, or many in flight, none of them unaccounted for.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::HeaderMap;
use bytes::Bytes;
use tokio::time::Instant;

use super::Wire;
use super::reply::{ApiError, PubAck};
use super::request::{InFlight, RequestError};

/// Why a publish is not known to be in the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// It was not stored, and the same message never will be: permissions, size, subject.
    #[error("publishing to {subject} failed")]
    Failed {
        /// Where it was addressed.
        subject: String,
        /// What stood in the way.
        #[source]
        source: RequestError,
    },
    /// JetStream answered, and refused the message for good.
    #[error("the log refused {subject}: {description} ({number})")]
    Refused {
        /// Where it was addressed.
        subject: String,
        /// The server's stable number for the reason.
        number: u64,
        /// The server's words.
        description: String,
    },
    /// No acknowledgement until the deadline. It may be in the log or not: publish the same again.
    #[error("whether {subject} is in the log is unknown after {} ms", waited.as_millis())]
    Unknown {
        /// Where it was addressed.
        subject: String,
        /// How long it was tried.
        waited: Duration,
        /// What the last attempt met.
        #[source]
        source: RequestError,
    },
}

/// Some of many publishes failed; what is known of the others is in here.
#[derive(Debug, Clone, thiserror::Error)]
#[error("message {index} of a batch failed, {} others are in the log", stored.len())]
pub struct PublishAllError {
    /// The first message that failed, counted from 0. None after it was begun once it failed.
    pub index: usize,
    /// Every message that was acknowledged, as (index, sequence), including some after `index`
    /// that were already in flight.
    pub stored: Vec<(usize, u64)>,
    /// Why it failed.
    #[source]
    pub source: PublishError,
}

/// A message to publish.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) subject: String,
    pub(crate) payload: Bytes,
}

/// What must be true of the subject for the log to take the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Anything.
    Any,
    /// No message on this subject yet.
    NewSubject,
}

/// What the log made of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    /// Stored at this sequence.
    Stored(u64),
    /// Not stored: the subject has a message already. Only with [`Expect::NewSubject`].
    Taken,
}

/// One attempt's failure.
enum Attempt {
    Request(RequestError),
    Api(ApiError),
}

impl Attempt {
    fn is_passing(&self) -> bool {
        match self {
            Self::Request(error) => error.is_passing(),
            // 503: no leader yet, starting, out of resources for the moment.
            Self::Api(error) => error.code == 503,
        }
    }

    /// The error to report when the deadline has passed, or when trying again cannot help.
    fn into_error(self, subject: &str, waited: Duration) -> PublishError {
        let subject = subject.to_owned();
        match self {
            // It may pass, so whoever keeps the message must go on keeping it.
            Self::Api(error) if error.code == 503 => PublishError::Unknown {
                source: RequestError::Unavailable {
                    number: error.number,
                    description: error.description,
                },
                subject,
                waited,
            },
            Self::Api(error) => PublishError::Refused {
                subject,
                number: error.number,
                description: error.description,
            },
            Self::Request(source) if source.is_passing() => {
                PublishError::Unknown { subject, waited, source }
            }
            Self::Request(source) => PublishError::Failed { subject, source },
        }
    }
}

async fn send(wire: &Wire, message: &Outgoing, expect: Expect) -> Result<InFlight, RequestError> {
    let headers = match expect {
        Expect::Any => None,
        Expect::NewSubject => {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
            Some(headers)
        }
    };
    wire.send(&message.subject, headers, message.payload.clone()).await
}

async fn settle(sent: Result<InFlight, RequestError>, within: Duration) -> Result<Ack, Attempt> {
    let sent = sent.map_err(Attempt::Request)?;
    let deadline = sent.since() + within;
    let answer = sent.answer(deadline).await.map_err(Attempt::Request)?;
    let unreadable = || {
        // Something other than JetStream answered; what it did with the message is unknown.
        Attempt::Request(RequestError::NoResponders { subject: answer.subject.to_string() })
    };
    let ack: PubAck = serde_json::from_slice(&answer.payload).map_err(|_| unreadable())?;
    match ack.error {
        Some(error) if error.is_conflict() => Ok(Ack::Taken),
        Some(error) => Err(Attempt::Api(error)),
        None if ack.sequence == 0 => Err(unreadable()),
        None => Ok(Ack::Stored(ack.sequence)),
    }
}

/// Publishes one message, trying again until the log has answered for it or the deadline passed.
pub(crate) async fn publish_one(
    wire: &Wire,
    message: &Outgoing,
    expect: Expect,
) -> Result<Ack, PublishError> {
    let connection = wire.connection();
    let started = Instant::now();
    let deadline = started + connection.give_up_after;
    let mut pause = Duration::from_millis(10);
    loop {
        let attempt = match wire.connected(deadline).await {
            Ok(()) => settle(send(wire, message, expect).await, connection.answer_within).await,
            Err(error) => Err(Attempt::Request(error)),
        };
        match attempt {
            Ok(ack) => return Ok(ack),
            Err(failure) if failure.is_passing() && Instant::now() + pause < deadline => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
            Err(failure) => return Err(failure.into_error(&message.subject, started.elapsed())),
        }
    }
}

/// Publishes many messages with at most `in_flight` unacknowledged, and accounts for each.
///
/// Messages whose outcome is unknown are published again one by one, in order, before any new one
/// is begun. `each` is called in order with the index, the message and what became of it.
/// On a failure everything in flight is still awaited, without trying again.
pub(crate) async fn publish_each(
    wire: &Wire,
    messages: impl Iterator<Item = Outgoing> + Send,
    in_flight: usize,
    expect: Expect,
    mut each: impl FnMut(usize, &Outgoing, Ack) + Send,
) -> Result<(), (usize, PublishError)> {
    let within = wire.connection().answer_within;
    let mut messages = messages.enumerate();
    let mut window = VecDeque::with_capacity(in_flight);
    loop {
        // What is sent without a connection would only be lost: the window is emptied first, and
        // its messages wait for the connection one by one.
        while window.len() < in_flight
            && (wire.is_up() || window.is_empty())
            && let Some((index, message)) = messages.next()
        {
            let sent = if wire.is_up() {
                send(wire, &message, expect).await
            } else {
                Err(RequestError::NotConnected { waited: Duration::ZERO })
            };
            window.push_back((index, message, sent));
        }
        let Some((index, message, sent)) = window.pop_front() else {
            return Ok(());
        };
        let outcome = match settle(sent, within).await {
            Ok(ack) => Ok(ack),
            Err(failure) if failure.is_passing() => publish_one(wire, &message, expect).await,
            Err(failure) => Err(failure.into_error(&message.subject, within)),
        };
        match outcome {
            Ok(ack) => each(index, &message, ack),
            Err(error) => {
                for (index, message, sent) in window {
                    if let Ok(ack) = settle(sent, within).await {
                        each(index, &message, ack);
                    }
                }
                return Err((index, error));
            }
        }
    }
}

/// Publishes one message whatever its subject holds; returns its sequence.
pub(crate) async fn publish_any(
    wire: &Wire,
    subject: &str,
    payload: Bytes,
) -> Result<u64, PublishError> {
    let message = Outgoing { subject: subject.to_owned(), payload };
    match publish_one(wire, &message, Expect::Any).await? {
        Ack::Stored(sequence) => Ok(sequence),
        Ack::Taken => Err(unasked_conflict(&message)),
    }
}

/// Publishes many whatever their subjects hold; returns their sequences in the order given.
pub(crate) async fn publish_all(
    wire: &Wire,
    messages: impl Iterator<Item = (String, Bytes)> + Send,
    in_flight: usize,
    mut progress: impl FnMut(usize) + Send,
) -> Result<Vec<u64>, PublishAllError> {
    let mut stored: Vec<(usize, u64)> = Vec::with_capacity(messages.size_hint().0);
    let mut conflict = None;
    let outgoing = messages.map(|(subject, payload)| Outgoing { subject, payload });
    let published =
        publish_each(wire, outgoing, in_flight, Expect::Any, |index, message, ack| match ack {
            Ack::Stored(sequence) => {
                stored.push((index, sequence));
                progress(stored.len());
            }
            Ack::Taken => {
                conflict = conflict.take().or_else(|| Some((index, unasked_conflict(message))))
            }
        })
        .await;
    match published.err().or(conflict) {
        Some((index, source)) => Err(PublishAllError { index, stored, source }),
        None => Ok(stored.into_iter().map(|(_, sequence)| sequence).collect()),
    }
}

/// The server compared sequences though nothing was expected: it is not the server we know.
fn unasked_conflict(message: &Outgoing) -> PublishError {
    PublishError::Refused {
        subject: message.subject.clone(),
        number: 0,
        description: "an expectation failed that was never sent".to_owned(),
    }
}
