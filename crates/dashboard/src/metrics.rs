//! What the read side counts. The doc comment of a metric is its help text.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

macro_rules! metrics {
    ($(#[$doc:meta])* $vis:vis struct $metrics:ident {
        $(#[doc = $help:literal] $field:ident: $kind:ident = $name:literal $labels:tt,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        $vis struct $metrics {
            $(#[doc = $help] $vis $field: $kind,)*
        }

        impl $metrics {
            /// Makes the metrics and registers them.
            ///
            /// # Errors
            /// The registry holds a metric of the same name already.
            $vis fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
                $(
                    let $field = <$kind as Made>::made($name, $help.trim(), &$labels)?;
                    registry.register(Box::new($field.clone()))?;
                )*
                Ok(Self { $($field),* })
            }
        }
    };
}

metrics! {
    /// The metrics of the read side. Routes are templates such as `/api/v1/homes/{id}`: a label
    /// never holds a home.
    pub(crate) struct Metrics {
        /// Requests answered, by route and status.
        requests: IntCounterVec = "carehub_http_requests_total" ["route", "status"],
        /// Seconds until the answer to a request began, by route.
        seconds: HistogramVec = "carehub_http_request_seconds" ["route"],
        /// Requests that are being worked on.
        in_flight: IntGauge = "carehub_http_requests_in_flight" [],
        /// Readers that listen to live changes.
        live: IntGauge = "carehub_http_live_readers" [],
        /// Requests that were refused, by the code of the problem.
        refused: IntCounterVec = "carehub_http_refused_total" ["code"],
        /// Connections that are open.
        connections: IntGauge = "carehub_http_connections" [],
        /// Connections that were turned away or ended badly, by why. What is malformed counts here.
        connections_failed: IntCounterVec = "carehub_http_connections_failed_total" ["why"],
        /// Attempts to sign in, by how (password or provider) and what came of it.
        sign_ins: IntCounterVec = "carehub_http_sign_ins_total" ["how", "outcome"],
        /// Records of the audit, by action and by whether they were kept.
        audit: IntCounterVec = "carehub_audit_records_total" ["action", "outcome"],
        /// Times that a live reader was told that changes may have been missed, by why.
        missed: IntCounterVec = "carehub_http_live_missed_total" ["why"],
    }
}

/// From half a millisecond, since a picture is served from memory, to the request timeout.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

trait Made: Sized {
    fn made(name: &str, help: &str, labels: &[&str]) -> Result<Self, prometheus::Error>;
}

impl Made for IntCounterVec {
    fn made(name: &str, help: &str, labels: &[&str]) -> Result<Self, prometheus::Error> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Made for IntGauge {
    fn made(name: &str, help: &str, _labels: &[&str]) -> Result<Self, prometheus::Error> {
        Self::new(name, help)
    }
}

impl Made for HistogramVec {
    fn made(name: &str, help: &str, labels: &[&str]) -> Result<Self, prometheus::Error> {
        let buckets = BUCKETS.to_vec();
        Self::new(HistogramOpts::new(name, help).buckets(buckets), labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doc_comment_is_the_help_text() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        metrics.live.inc();
        let gathered = registry.gather();
        let live =
            gathered.iter().find(|family| family.name() == "carehub_http_live_readers").unwrap();
        assert_eq!(live.help(), "Readers that listen to live changes.");
    }
}
