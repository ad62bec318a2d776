//! Publishes the outbox: in the order of causes, one cause in flight, each message at most once for
//! ever (laws 2 and 5). An entry leaves the outbox when it is read back, never on an ack.

use std::time::Duration;

use bytes::Bytes;
use carehub_contract::{Encoded, alert_of};
use carehub_domain::Position;
use carehub_domain::message::Output;
use carehub_storage::log::{Log, LogError, Once};
use tokio::sync::mpsc;

use crate::metrics::Metrics;

/// All decisions of one cause, encoded.
pub(crate) struct OfCause {
    pub(crate) position: Position,
    pub(crate) messages: Vec<(Output, Encoded)>,
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Publishes until the channel closes. A cause that fails is tried again for ever: nothing behind
/// it may overtake it.
pub(crate) async fn run(log: Log, metrics: Metrics, mut causes: mpsc::Receiver<OfCause>) {
    while let Some(cause) = causes.recv().await {
        let mut pause = Duration::from_millis(50);
        loop {
            match publish(&log, &metrics, &cause).await {
                Ok(()) => break,
                Err(error) => {
                    metrics.relay_retries.inc();
                    tracing::warn!(
                        cause = cause.position.0,
                        error = &error as &dyn std::error::Error,
                        "publishing decisions failed; trying again"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

async fn publish(log: &Log, metrics: &Metrics, cause: &OfCause) -> Result<(), LogError> {
    let messages = cause
        .messages
        .iter()
        .map(|(_, encoded)| (encoded.subject.clone(), Bytes::from(encoded.payload.clone())))
        .collect();
    let outcomes = log.publish_once_all(messages).await?;
    for (outcome, (output, encoded)) in outcomes.into_iter().zip(&cause.messages) {
        match outcome {
            Once::Stored(_) => {
                metrics.published.inc();
                alert(log, output).await;
            }
            Once::AlreadySame(_) => metrics.already.inc(),
            Once::AlreadyDifferent(at) => {
                metrics.differing.inc();
                tracing::error!(
                    subject = encoded.subject,
                    at,
                    "the log holds another decision under this subject; the log counts"
                );
            }
        }
    }
    Ok(())
}

/// A live copy for whoever listens now. It may be lost; the durable copy is in the log.
async fn alert(log: &Log, output: &Output) {
    if let Ok(Some(encoded)) = alert_of(output) {
        let _ = log.publish_core(&encoded.subject, Bytes::from(encoded.payload)).await;
    }
}
