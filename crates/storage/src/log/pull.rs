//! The background task of a reader: an ordered pull consumer that is made anew on any doubt.
//!
//! The consumer lives in the server's memory and acknowledges nothing, so losing it loses
//! nothing: the next one starts after the last message that was handed on. Order and completeness
//! are checked by the consumer's own numbering, deletions seen by the stream's.

use std::time::Duration;

use async_nats::Message;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::api::{ask, refused};
use super::consumer::READER_PREFIX;
use super::{JetStreamLog, LogError, Read, Stored, headers};
use crate::wire::delivered;

/// Messages asked for at once. Two thousand and more keep the server busy; the default of most
/// clients, 200, halves the speed.
const BATCH: u64 = 4_000;

/// Bytes asked for at once, so that large messages do not fill the memory.
const BATCH_BYTES: u64 = 32 * 1024 * 1024;

/// How long the server keeps an unfinished pull.
const PULL_EXPIRES_NANOS: u64 = 30_000_000_000;

/// How long the server keeps a consumer that nobody pulls from.
const FORGET_AFTER_NANOS: u64 = 120_000_000_000;

/// After this long without a message the reader asks the stream whether it missed any.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// Why a consumer is given up.
enum Ended {
    /// The reader was dropped.
    NobodyReads,
    /// In doubt; go on with a new consumer.
    Doubt(&'static str),
    /// The server did not do what it was asked.
    Failed(LogError),
}

impl From<LogError> for Ended {
    fn from(error: LogError) -> Self {
        Self::Failed(error)
    }
}

struct Pull {
    log: JetStreamLog,
    filters: Vec<String>,
    into: mpsc::Sender<Read>,
    /// The sequence that comes next, if nothing is missing.
    expected: u64,
    /// Whether the present consumer has brought anything.
    progressed: bool,
}

/// Reads until the receiving end is gone.
pub(super) async fn run(
    log: JetStreamLog,
    from: u64,
    filters: Vec<String>,
    into: mpsc::Sender<Read>,
) {
    let mut pull = Pull { log, filters, into, expected: from.max(1), progressed: false };
    let mut pause = Duration::ZERO;
    loop {
        pull.progressed = false;
        let ended = pull.one_consumer().await;
        match ended {
            Ended::NobodyReads => return,
            Ended::Doubt(reason) => {
                tracing::debug!(reason, expected = pull.expected, "the reader starts anew")
            }
            Ended::Failed(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    expected = pull.expected,
                    "cannot read the log"
                );
            }
        }
        pause = if pull.progressed {
            Duration::ZERO
        } else {
            (pause * 2).clamp(Duration::from_millis(20), Duration::from_secs(1))
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = pull.into.closed() => return,
        }
    }
}

impl Pull {
    async fn one_consumer(&mut self) -> Ended {
        match self.follow().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn follow(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut link = self.log.wire.link();
        link.wait_for(|link| link.up).await.map_err(|_| Ended::NobodyReads)?;
        let generation = link.borrow_and_update().generation;

        let client = self.log.wire.client().clone();
        let inbox = client.new_inbox();
        let mut incoming = client
            .subscribe(format!("{inbox}.*"))
            .await
            .map_err(|_| Ended::Doubt("cannot subscribe"))?;
        let name = format!("{READER_PREFIX}{}", inbox.rsplit('.').next().unwrap_or_default());
        self.create(&name).await?;

        let mut pulls: u64 = 0;
        let mut outstanding: u64 = 0;
        let mut deliveries: u64 = 0;
        loop {
            if outstanding <= BATCH / 2 {
                pulls += 1;
                outstanding += BATCH;
                let body = json!({ "batch": BATCH, "max_bytes": BATCH_BYTES, "expires": PULL_EXPIRES_NANOS });
                client
                    .publish_with_reply(
                        format!("{}.{name}", self.log.api("CONSUMER.MSG.NEXT")),
                        format!("{inbox}.{pulls}"),
                        body.to_string().into(),
                    )
                    .await
                    .map_err(|_| Ended::Doubt("cannot ask for more"))?;
            }
            // What has already arrived is taken without setting up timers.
            let arrived = match incoming.next().now_or_never() {
                Some(message) => Some(message),
                None => tokio::select! {
                    message = incoming.next() => Some(message),
                    changed = link.wait_for(|link| link.up && link.generation != generation) => {
                        return Err(changed.map_or(Ended::NobodyReads, |_| Ended::Doubt("reconnected")));
                    }
                    () = self.into.closed() => return Err(Ended::NobodyReads),
                    () = tokio::time::sleep(STALLED_AFTER) => None,
                },
            };
            let Some(message) = arrived else {
                self.check_stalled(&name).await?;
                continue;
            };
            let message = message.ok_or(Ended::Doubt("the subscription ended"))?;
            if message.status.is_some() {
                outstanding = outstanding.saturating_sub(unfinished(&message)?);
                continue;
            }
            let place = message
                .reply
                .as_deref()
                .and_then(delivered)
                .ok_or(Ended::Doubt("a message without a place"))?;
            deliveries += 1;
            if place.delivery != deliveries || place.sequence < self.expected {
                return Err(Ended::Doubt("a delivery is missing"));
            }
            outstanding = outstanding.saturating_sub(1);
            self.gap_before(place.sequence).await?;
            let stored = Stored {
                sequence: place.sequence,
                time: place.time,
                subject: message.subject.into_string(),
                headers: headers::of(message.headers.as_ref()),
                payload: message.payload,
            };
            self.hand_on(Read::Message(stored)).await?;
            self.expected = place.sequence + 1;
        }
    }

    async fn create(&self, name: &str) -> Result<(), Ended> {
        const CREATE: &str = "creating the reader's consumer";
        let body = json!({
            "stream_name": self.log.kept.name,
            "config": {
                "name": name,
                "deliver_policy": "by_start_sequence",
                "opt_start_seq": self.expected,
                "ack_policy": "none",
                "max_deliver": 1,
                "replay_policy": "instant",
                "mem_storage": true,
                "num_replicas": 1,
                "inactive_threshold": FORGET_AFTER_NANOS,
                "filter_subjects": self.filters,
            },
            "action": "",
        });
        let subject = format!("{}.{name}", self.log.api("CONSUMER.CREATE"));
        ask(&self.log.wire, CREATE, &subject, &body)
            .await?
            .map_err(|error| refused(CREATE, error))?;
        Ok(())
    }

    /// Nothing has come for a while: is there really nothing?
    async fn check_stalled(&mut self, name: &str) -> Result<(), Ended> {
        const LOOK: &str = "looking after the reader's consumer";
        // The stream first: what it holds now, the consumer must know of when it is asked next.
        let last = self.log.state().await?.last;
        if last < self.expected {
            return Ok(());
        }
        let subject = format!("{}.{name}", self.log.api("CONSUMER.INFO"));
        let info = ask(&self.log.wire, LOOK, &subject, &Value::Null)
            .await?
            .map_err(|_| Ended::Doubt("the consumer is gone"))?;
        let number = |path: &str| info.pointer(path).and_then(Value::as_u64);
        let pending =
            number("/num_pending").ok_or(Ended::Doubt("the consumer's state is unreadable"))?;
        let sent = number("/delivered/stream_seq").unwrap_or(0);
        if pending > 0 || sent >= self.expected {
            return Err(Ended::Doubt("the stream holds messages that did not arrive"));
        }
        // Healthy, and nothing to deliver up to `last`: those at the end were deleted.
        self.gap_before(last + 1).await?;
        self.expected = self.expected.max(last + 1);
        Ok(())
    }

    async fn gap_before(&mut self, sequence: u64) -> Result<(), Ended> {
        if !self.filters.is_empty() || sequence <= self.expected {
            return Ok(());
        }
        self.hand_on(Read::Gap { from: self.expected, to: sequence - 1 }).await?;
        self.expected = sequence;
        Ok(())
    }

    async fn hand_on(&mut self, read: Read) -> Result<(), Ended> {
        self.progressed = true;
        self.into.send(read).await.map_err(|_| Ended::NobodyReads)
    }
}

/// How many messages a finished pull leaves undelivered. Statuses without that number (consumer
/// deleted, leader changed, nobody there) end the consumer.
fn unfinished(status: &Message) -> Result<u64, Ended> {
    if status.status == Some(async_nats::StatusCode::IDLE_HEARTBEAT) {
        return Ok(0);
    }
    let gone = status.description.as_deref().is_some_and(|text| {
        ["Consumer Deleted", "Leadership Change", "Server Shutdown"].contains(&text)
    });
    status
        .headers
        .as_ref()
        .and_then(|headers| headers.get("Nats-Pending-Messages"))
        .and_then(|count| count.as_str().parse().ok())
        .filter(|_| !gone)
        .ok_or(Ended::Doubt("a pull was refused"))
}
