//! The aggregator's metrics, all in one place; the doc comment is the help text.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ident = $metric:literal $([$label:literal])?;)*) => {
        /// Everything that the aggregator counts.
        #[derive(Clone)]
        pub struct Metrics {
            $($(#[doc = $help])+ pub $name: $kind,)*
        }

        impl Metrics {
            /// Creates the metrics and registers them.
            ///
            /// # Errors
            /// A name is already registered with `registry`.
            pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
                let metrics = Self {
                    $($name: metrics!(@new $kind, $metric, concat!($($help),+) $(, $label)?)?,)*
                };
                $(registry.register(Box::new(metrics.$name.clone()))?;)*
                Ok(metrics)
            }
        }
    };
    (@new IntCounterVec, $metric:literal, $help:expr, $label:literal) => {
        IntCounterVec::new(Opts::new($metric, $help.trim()), &[$label])
    };
    (@new $kind:ident, $metric:literal, $help:expr) => {
        $kind::with_opts(Opts::new($metric, $help.trim()))
    };
}

metrics! {
    /// Messages folded since the start.
    folded: IntCounter = "carehub_messages_folded_total";
    /// Events of agencies by what became of them; rejected and refused ones by their code.
    verdicts: IntCounterVec = "carehub_verdicts_total" ["verdict"];
    /// Events rejected or refused, by code.
    codes: IntCounterVec = "carehub_refused_total" ["code"];
    /// Decisions of the hub that were stored in the log now.
    published: IntCounter = "carehub_decisions_published_total";
    /// Decisions that the log held already when they were published: after a crash, or beside another
    /// hub that publishes too.
    already: IntCounter = "carehub_decisions_already_in_log_total";
    /// Decisions for which the log holds other bytes under the same subject: an alarm.
    differing: IntCounter = "carehub_decisions_differing_total";
    /// Messages of the hub or facts that this build could not fold and left aside.
    tolerated: IntGauge = "carehub_messages_tolerated";
    /// Messages missing from the log without a tombstone: an alarm.
    missing: IntCounter = "carehub_messages_missing_total";
    /// Gaps in the log that a tombstone accounts for.
    erased: IntCounter = "carehub_messages_erased_total";
    /// Messages whose tombstone is in the log and that are not deleted yet: erasure waits.
    to_erase: IntGauge = "carehub_messages_to_erase";
    /// Times that deleting a message failed and was tried again.
    erase_retries: IntCounter = "carehub_erase_retries_total";
    /// The position of the log that is folded.
    position: IntGauge = "carehub_position";
    /// The last position of the log.
    last: IntGauge = "carehub_log_last";
    /// Decisions that wait to be read back.
    outbox: IntGauge = "carehub_outbox_waiting";
    /// Keys of the largest batch written to the table since the start: readers wait for each batch.
    largest_batch: IntGauge = "carehub_table_largest_batch_keys";
    /// Messages that changed more than one batch may hold, and were written in chunks.
    chunked: IntCounter = "carehub_messages_chunked_total";
    /// Signed heads of the log that were published now.
    heads_signed: IntCounter = "carehub_heads_signed_total";
    /// The position up to which the log is covered by a signed head.
    signed_through: IntGauge = "carehub_log_signed_through";
    /// Times that signing or publishing a head failed; it is tried again.
    head_failures: IntCounter = "carehub_head_failures_total";
    /// Heads for which the log holds another one of the same size: an alarm.
    heads_differing: IntCounter = "carehub_heads_differing_total";
    /// Times that a publish of a decision failed and was tried again.
    relay_retries: IntCounter = "carehub_relay_retries_total";
}
