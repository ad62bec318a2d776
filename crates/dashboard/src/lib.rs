//! The read side for people and programs: the JSON API, live changes, plain pages, probes.
//!
//! It reads pictures that are published in memory ([`Pictures`]) and, for an agency's own free
//! text, the log. It decides nothing and writes nothing. What a reader may not see does not exist
//! for that reader: every way out goes through `carehub_domain::sharing`.

mod api;
mod asking;
mod assets;
pub mod audit;
mod config;
mod cookies;
pub mod csv;
mod figures;
mod following;
mod forged;
mod forms;
mod guard;
mod limits;
mod metrics;
mod openapi;
mod pages;
mod paging;
mod parameters;
mod pictures;
mod probes;
pub mod problem;
mod reader;
mod reports;
mod routes;
mod server;
mod shared;
mod site;
mod tls;
mod tokens;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use carehub_people::{People, Provider, Secret};
use carehub_storage::log::Log;
use jiff::Timestamp;
use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use shared::{App, Shared};
use site::Site;
use tls::Tls;

pub use config::Config;
pub use limits::Rate;
pub use pictures::{Changed, Past, Pictures, Progress, ReadError, VerdictAt};
pub use tls::{TlsError, TlsFiles};
pub use tokens::Tokens;

/// The HTTP server of the read side.
pub struct Dashboard {
    shared: Shared,
    tls: Option<Arc<Tls>>,
}

/// How many passwords are looked at at once: each takes a core for tens of milliseconds.
const PASSWORDS_AT_ONCE: usize = 2;

/// How often it is written down when each session was seen last.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// Why the read side did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// A metric of the same name is registered already.
    #[error("register the metrics of the read side")]
    Metrics(#[source] prometheus::Error),
    /// It cannot be told where the listener listens.
    #[error("look at the listener of HTTP")]
    Listener(#[source] std::io::Error),
    /// The certificate or its key cannot be used.
    #[error("serve HTTP over TLS")]
    Tls(#[source] TlsError),
    /// The hub's address as browsers know it is none.
    #[error("the public address has to be https:// or http:// and a host, without a path")]
    PublicUrl,
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
        let shared = Shared {
            requests: Semaphore::new(config.concurrent_requests),
            live: Arc::new(Semaphore::new(config.live_readers)),
            closing: watch::Sender::new(false),
            pictures: Arc::new(pictures),
            audit: audit::Recorder::new(&log, metrics.clone()),
            log,
            registry,
            metrics,
            tokens,
            metrics_token: None,
            people: None,
            provider: None,
            unsubscribe_key: None,
            limits: limits::Limits::default(),
            site: OnceLock::new(),
            passwords: Semaphore::new(PASSWORDS_AT_ONCE),
            past: Semaphore::new(1),
            ready: figures::Ready::default(),
            config,
        };
        Ok(Self { shared, tls: None })
    }

    /// Lets whoever has this token read the metrics. An empty one opens nothing.
    #[must_use]
    pub fn with_metrics_token(mut self, secret: &str) -> Self {
        self.shared.metrics_token = tokens::MetricsToken::new(secret);
        self
    }

    /// Lets people sign in: with a password, and at a provider where there is one. Opens API tokens, too.
    #[must_use]
    pub fn with_people(mut self, people: People, provider: Option<Provider>) -> Self {
        self.shared.people = Some(people);
        self.shared.provider = provider;
        self
    }

    /// Lets the links in the hub's messages end e-mail: they are made with this key. An empty one opens nothing.
    #[must_use]
    pub fn with_unsubscribe_key(mut self, secret: &str) -> Self {
        self.shared.unsubscribe_key = Some(Secret::given(secret)).filter(|_| !secret.is_empty());
        self
    }

    /// Serves over TLS.
    ///
    /// # Errors
    /// [`DashboardError::Tls`].
    pub fn with_tls(mut self, files: TlsFiles) -> Result<Self, DashboardError> {
        self.tls = Some(Tls::open(files).map_err(DashboardError::Tls)?);
        Ok(self)
    }

    /// Serves until `shutdown` completes, then lets running requests end within the drain time.
    ///
    /// # Errors
    /// [`DashboardError`].
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), DashboardError> {
        let Self { shared, tls } = self;
        let local = listener.local_addr().map_err(DashboardError::Listener)?;
        let loopback = local.ip().to_canonical().is_loopback();
        let public = shared.config.public_url.as_deref();
        let site = Site::new(public, Some(local), tls.is_some(), loopback)
            .ok_or(DashboardError::PublicUrl)?;
        // Set nowhere else.
        let _ = shared.site.set(site);
        let acceptor = match &tls {
            Some(tls) => Some(tls.acceptor().map_err(DashboardError::Tls)?),
            None => None,
        };
        let app: App = Arc::new(shared);
        let stop = {
            let app = Arc::clone(&app);
            async move {
                shutdown.await;
                // Live streams never end by themselves: they are told, or shutdown would wait.
                app.closing.send_replace(true);
            }
        };
        let mut closing = app.closing.subscribe();
        let drain = app.config.drain;
        let drained = async move {
            // The sender lives as long as the server.
            let _ = closing.wait_for(|closing| *closing).await;
            tokio::time::sleep(drain).await;
        };
        let router = routes::router(Arc::clone(&app));
        let serving = server::serve(Arc::clone(&app), listener, router, acceptor, stop);
        let certificate = async {
            match tls {
                Some(tls) => tls.keep().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serving => {}
            () = drained => {
                tracing::warn!("requests were still running at the end of the drain time");
            }
            () = certificate => {}
            () = keep_sessions(&app) => {}
        }
        Ok(())
    }
}

/// Writes down when each session was seen last. Runs for as long as the server does.
async fn keep_sessions(app: &App) {
    let Some(people) = app.people.clone() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(KEEP_EVERY).await;
        let people = people.clone();
        let kept = tokio::task::spawn_blocking(move || people.keep(Timestamp::now())).await;
        match kept {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "could not write when sessions were seen");
            }
            Err(error) => tracing::error!(%error, "could not write when sessions were seen"),
        }
    }
}
