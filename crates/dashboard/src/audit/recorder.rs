//! Writes records to the audit stream, each acknowledged before its answer goes out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::{AuditAction, AuditRecord, encode_audit};
use carehub_storage::log::Log;
use jiff::Timestamp;

use crate::metrics::Metrics;
use crate::problem::{Problem, UNAUTHENTICATED};

/// How long an answer waits for its record.
const KEPT_WITHIN: Duration = Duration::from_secs(5);

/// Requests without a known credential make at most one record in so long, with their number: nobody
/// without a key may fill the disk with the audit of it.
const GATHERED_FOR: Duration = Duration::from_secs(60);

/// The audit stream, to be written to.
pub(crate) struct Recorder {
    audit: Log,
    metrics: Metrics,
    unknown: Mutex<Unknown>,
    /// Begins the name of each record: when this process began, and which it is.
    began: String,
    kept: AtomicU64,
}

#[derive(Default)]
struct Unknown {
    times: u32,
    kept: Option<Instant>,
}

impl Recorder {
    pub(crate) fn new(log: &Log, metrics: Metrics) -> Self {
        let began = format!("{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id());
        let kept = AtomicU64::new(0);
        Self { audit: log.audit(), metrics, unknown: Mutex::default(), began, kept }
    }

    /// The audit stream, to be read.
    pub(crate) fn stream(&self) -> &Log {
        &self.audit
    }

    /// Keeps a record.
    ///
    /// # Errors
    /// [`Problem::audit_unavailable`]: it is not known to be kept, so nothing may be shown for it.
    pub(crate) async fn keep(&self, record: AuditRecord) -> Result<(), Problem> {
        let action = record.action.as_str();
        let outcome = self.write(&record).await;
        let counted = if outcome.is_ok() { "kept" } else { "failed" };
        self.metrics.audit.with_label_values(&[action, counted]).inc();
        outcome
    }

    /// Keeps that somebody without a known credential asked, gathered over a minute.
    ///
    /// # Errors
    /// As [`Recorder::keep`].
    pub(crate) async fn unknown(&self) -> Result<(), Problem> {
        let times = {
            let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
            unknown.times = unknown.times.saturating_add(1);
            if unknown.kept.is_some_and(|kept| kept.elapsed() < GATHERED_FOR) {
                return Ok(());
            }
            unknown.kept = Some(Instant::now());
            std::mem::take(&mut unknown.times)
        };
        let record = AuditRecord { times, ..AuditRecord::of(AuditAction::Unknown) };
        self.keep(record.refused(UNAUTHENTICATED)).await
    }

    /// A name that no other record has.
    fn name(&self) -> String {
        format!("{}-{:x}", self.began, self.kept.fetch_add(1, Ordering::Relaxed))
    }

    async fn write(&self, record: &AuditRecord) -> Result<(), Problem> {
        let encoded = encode_audit(record, self.name(), Timestamp::now())
            .map_err(|_| Problem::audit_unavailable())?;
        let published = self.audit.publish(&encoded.subject, Bytes::from(encoded.payload));
        match tokio::time::timeout(KEPT_WITHIN, published).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a record of the audit could not be kept");
                Err(Problem::audit_unavailable())
            }
            Err(_) => {
                tracing::error!("a record of the audit was not acknowledged in time");
                Err(Problem::audit_unavailable())
            }
        }
    }
}
