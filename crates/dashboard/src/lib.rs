//! The read side for people and programs: the JSON API, live changes, plain pages, probes.
//!
//! It reads pictures that are published in memory ([`Pictures`]) and, for an agency's own free
//! text, the log. It decides nothing and writes nothing. What a reader may not see does not exist
//! for that reader: every way out goes through `carehub_domain::sharing`.

mod api;
mod config;
mod figures;
mod guard;
mod metrics;
mod openapi;
mod pages;
mod paging;
mod parameters;
mod pictures;
mod probes;
pub mod problem;
mod reader;
mod routes;
mod shared;
mod tokens;

use std::future::Future;
use std::sync::Arc;

use carehub_storage::log::Log;
use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use shared::{App, Shared};

pub use config::Config;
pub use pictures::{Changed, Pictures, Progress, ReadError, VerdictAt};
pub use tokens::Tokens;

/// The HTTP server of the read side.
pub struct Dashboard(App);

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
        Ok(Self(Arc::new(Shared {
            requests: Semaphore::new(config.concurrent_requests),
            live: Arc::new(Semaphore::new(config.live_readers)),
            closing: watch::Sender::new(false),
            pictures: Arc::new(pictures),
            log,
            registry,
            metrics,
            tokens,
            ready: figures::Ready::default(),
            config,
        })))
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
        let Self(app) = self;
        let mut closing = app.closing.subscribe();
        let told = {
            let app = Arc::clone(&app);
            async move {
                shutdown.await;
                // Live streams never end by themselves: they are told, or shutdown would wait.
                app.closing.send_replace(true);
            }
        };
        let drain = app.config.drain;
        let serving = axum::serve(listener, routes::router(app)).with_graceful_shutdown(told);
        let drained = async move {
            // The sender lives as long as the server.
            let _ = closing.wait_for(|closing| *closing).await;
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            served = serving => served.map_err(DashboardError::Serve),
            () = drained => {
                tracing::warn!("requests were still running at the end of the drain time");
                Ok(())
            }
        }
    }
}
