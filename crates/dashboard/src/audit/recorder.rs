//! Writes records to the audit stream, each acknowledged before its answer goes out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::{AuditAction, AuditRecord, encode_audit};
use carehub_people::Who;
use carehub_storage::log::Log;
use jiff::Timestamp;

use super::note::by;
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
    gathered: Mutex<BTreeMap<(AuditAction, &'static str), Gathered>>,
    /// Begins the name of each record: when this process began, and which it is.
    began: String,
    kept: AtomicU64,
}

/// Of one action and code, which are few.
#[derive(Default)]
struct Gathered {
    times: u32,
    kept: Option<Instant>,
}

impl Recorder {
    pub(crate) fn new(log: &Log, metrics: Metrics) -> Self {
        let began = format!("{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id());
        let kept = AtomicU64::new(0);
        Self { audit: log.audit(), metrics, gathered: Mutex::default(), began, kept }
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
        self.gather(AuditAction::Unknown, UNAUTHENTICATED).await
    }

    /// Keeps that somebody signed in as `who`, with a password or at the provider.
    ///
    /// # Errors
    /// As [`Recorder::keep`].
    pub(crate) async fn signed_in(&self, who: &Who, how: &str) -> Result<(), Problem> {
        let what = Some(how.to_owned());
        self.keep(AuditRecord { what, ..by(who, AuditAction::SignedIn) }).await
    }

    /// Keeps that nobody was signed in, and why, gathered over a minute: whoever tries is not known.
    ///
    /// # Errors
    /// As [`Recorder::keep`].
    pub(crate) async fn not_signed_in(&self, code: &'static str) -> Result<(), Problem> {
        self.gather(AuditAction::SignedIn, code).await
    }

    async fn gather(&self, action: AuditAction, code: &'static str) -> Result<(), Problem> {
        let times = {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            let gathered = gathered.entry((action, code)).or_default();
            gathered.times = gathered.times.saturating_add(1);
            if gathered.kept.is_some_and(|kept| kept.elapsed() < GATHERED_FOR) {
                return Ok(());
            }
            gathered.kept = Some(Instant::now());
            std::mem::take(&mut gathered.times)
        };
        self.keep(AuditRecord { times, ..AuditRecord::of(action) }.refused(code)).await
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
