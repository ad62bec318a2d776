//! What is counted of e-mail.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// The metrics; the help texts are what `/metrics` shows.
#[derive(Clone)]
pub(super) struct Metrics {
    pub(super) planned: IntCounter,
    pub(super) made: IntCounter,
    pub(super) failed: IntCounterVec,
    pub(super) ended: IntCounter,
}

impl Metrics {
    /// Registers them.
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let failed = IntCounterVec::new(
            Opts::new("carehub_mail_failed_total", "Attempts to send an e-mail that failed."),
            &["code"],
        )?;
        registry.register(Box::new(failed.clone()))?;
        Ok(Self {
            planned: counter("carehub_mail_planned_total", "E-mails that fell due.")?,
            made: counter("carehub_mail_made_total", "E-mails that the mail server took.")?,
            failed,
            ended: counter(
                "carehub_mail_ended_total",
                "E-mails that were not sent and are not tried any more.",
            )?,
        })
    }
}
