//! Signs the head that is due and publishes it: to every agency first, so that once the log holds it
//! nobody is left out, then to the log. Beside the loop: folding does not wait for it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::seal::{SignedHead, Signer, Statement, encode_head, encode_head_for};
use carehub_contract::{EncodeError, Encoded};
use carehub_domain::BodyId;
use carehub_domain::policy::Policy;
use carehub_storage::log::{Log, LogError, Once};
use tokio::task::JoinHandle;

use crate::metrics::Metrics;

/// How long it waits after a failure.
const AGAIN: Duration = Duration::from_secs(5);

/// Remembers what is under way.
#[derive(Debug)]
pub(crate) struct Heads {
    publishing: Option<JoinHandle<bool>>,
    /// The size of the head that was published last: it is due until it is read back.
    published: u64,
    tried: Option<(u64, Instant)>,
}

impl Heads {
    pub(crate) fn new() -> Self {
        Self { publishing: None, published: 0, tried: None }
    }

    /// Publishes the head that is due, unless that is under way or done. Does not wait.
    pub(crate) async fn publish(
        &mut self,
        due: &Statement,
        signer: &Signer,
        policy: &Policy,
        log: &Log,
        metrics: &Metrics,
    ) {
        if let Some(publishing) = &mut self.publishing {
            if !publishing.is_finished() {
                return;
            }
            let succeeded = publishing.await.unwrap_or(false);
            self.publishing = None;
            if let Some((size, _)) = self.tried.filter(|_| succeeded) {
                self.published = size;
            }
        }
        let waits = self.tried.is_some_and(|(size, at)| size == due.size && at.elapsed() < AGAIN);
        if self.published == due.size || waits {
            return;
        }
        self.tried = Some((due.size, Instant::now()));
        let signed = match signer.sign(due.clone()) {
            Ok(signed) => signed,
            Err(error) => {
                metrics.head_failures.inc();
                tracing::error!(error = &error as &dyn std::error::Error, "cannot sign a head");
                return;
            }
        };
        let (log, metrics, readers) = (log.clone(), metrics.clone(), readers(policy));
        self.publishing = Some(tokio::spawn(async move {
            match say(&log, &metrics, &signed, &readers).await {
                Ok(()) => true,
                Err(error) => {
                    metrics.head_failures.inc();
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, size = signed.statement.size, "publishing a head failed");
                    false
                }
            }
        }));
    }
}

/// Who gets a head: every body that reads a feed of notices.
fn readers(policy: &Policy) -> Vec<BodyId> {
    let reads = |id: &&BodyId| {
        !policy.holds(id, &policy.powers.never_reads) && !policy.successions.has_ended(id)
    };
    policy.body.iter().map(|body| &body.id).filter(reads).cloned().collect()
}

/// Why a head was not published.
#[derive(Debug, thiserror::Error)]
enum HeadError {
    #[error("write a head")]
    Encode(#[from] EncodeError),
    #[error("publish a head")]
    Log(#[from] LogError),
}

async fn say(
    log: &Log,
    metrics: &Metrics,
    head: &SignedHead,
    readers: &[BodyId],
) -> Result<(), HeadError> {
    let message = |encoded: Encoded| (encoded.subject, Bytes::from(encoded.payload));
    let mut notices = Vec::with_capacity(readers.len());
    for reader in readers {
        notices.push(message(encode_head_for(reader, head)?));
    }
    let mut outcomes = log.publish_once_all(notices).await?;
    let (subject, payload) = message(encode_head(head)?);
    let in_log = log.publish_once(&subject, payload).await?;
    if let Once::Stored(_) = in_log {
        metrics.heads_signed.inc();
    }
    outcomes.push(in_log);
    if outcomes.iter().any(|once| matches!(once, Once::AlreadyDifferent(_))) {
        metrics.heads_differing.inc();
        let size = head.statement.size;
        tracing::error!(size, key = head.key, "the log holds another head of this size");
    }
    Ok(())
}
