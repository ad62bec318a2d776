//! How to reach a server, and making the connection.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, ServerAddr};
use tokio::time::Instant;

use super::events::Events;
use super::tls::Tls;

/// How to reach a server, and how long to wait for it.
#[derive(Clone)]
pub struct Connection {
    /// `nats://host:port`, or several separated by commas.
    pub url: String,
    /// The nkey seed (`SU...`) of the user; `None` for a server that asks for none.
    pub key: Option<String>,
    /// The name that the server's own monitoring shows for this connection.
    pub name: String,
    /// What this user may listen to for answers; `None` is the default `_INBOX`.
    pub inbox_prefix: Option<String>,
    /// The files of a connection over TLS; none for a server that asks for none.
    pub tls: Tls,
    /// How long connecting may take in all, over repeated attempts.
    pub connect_within: Duration,
    /// How long one attempt of a publish or request waits for its answer.
    pub answer_within: Duration,
    /// How long a publish is tried again before its outcome is reported as unknown.
    pub give_up_after: Duration,
}

impl Connection {
    /// A connection to `url` under `name`, without a key, with waiting times that suit a server
    /// which may be restarting.
    #[must_use]
    pub fn new(url: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key: None,
            name: name.into(),
            inbox_prefix: None,
            tls: Tls::default(),
            connect_within: Duration::from_secs(10),
            answer_within: Duration::from_secs(5),
            give_up_after: Duration::from_secs(60),
        }
    }

    /// The same connection with the user's nkey seed.
    #[must_use]
    pub fn with_key(mut self, seed: impl Into<String>) -> Self {
        self.key = Some(seed.into());
        self
    }

    /// The same connection listening for answers under `prefix`.
    #[must_use]
    pub fn with_inbox_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.inbox_prefix = Some(prefix.into());
        self
    }

    /// The same connection over TLS with these files.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }
}

impl std::fmt::Debug for Connection {
    /// The seed is a secret, so only its presence is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.url)
            .field("key", &self.key.as_ref().map(|_| "(secret)"))
            .field("name", &self.name)
            .field("inbox_prefix", &self.inbox_prefix)
            .finish_non_exhaustive()
    }
}

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server answered and refused this key.
    #[error("the server at {url} does not accept this key")]
    Refused {
        /// The server that was asked.
        url: String,
        /// What the client library reports.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No server answered in time.
    #[error("no server answers at {url}")]
    Unreachable {
        /// The server that was asked.
        url: String,
        /// What the last attempt met.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection was made, and lost before the inbox was set up.
    #[error("the connection to {url} broke while it was set up")]
    Broke {
        /// The server that was asked.
        url: String,
        /// What the client library reports.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

pub(super) async fn open(
    connection: &Connection,
    events: &Arc<Events>,
) -> Result<Client, ConnectError> {
    let deadline = Instant::now() + connection.connect_within;
    loop {
        match options(connection, events).connect(servers(connection)?).await {
            Ok(client) => return Ok(client),
            Err(error) => {
                let url = connection.url.clone();
                let passing = match error.kind() {
                    async_nats::ConnectErrorKind::AuthorizationViolation
                    | async_nats::ConnectErrorKind::Authentication => {
                        return Err(ConnectError::Refused { url, source: Box::new(error) });
                    }
                    async_nats::ConnectErrorKind::ServerParse => false,
                    async_nats::ConnectErrorKind::Dns
                    | async_nats::ConnectErrorKind::TimedOut
                    | async_nats::ConnectErrorKind::Tls
                    | async_nats::ConnectErrorKind::Io
                    | async_nats::ConnectErrorKind::MaxReconnects => true,
                };
                if !passing || Instant::now() >= deadline {
                    return Err(ConnectError::Unreachable { url, source: Box::new(error) });
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Every server of a cluster: the client goes on with another when one is gone.
fn servers(connection: &Connection) -> Result<Vec<ServerAddr>, ConnectError> {
    let parse = |url: &str| url.trim().parse();
    connection.url.split(',').map(parse).collect::<Result<_, std::io::Error>>().map_err(|error| {
        ConnectError::Unreachable { url: connection.url.clone(), source: Box::new(error) }
    })
}

fn options(connection: &Connection, events: &Arc<Events>) -> ConnectOptions {
    let events = Arc::clone(events);
    let mut options = ConnectOptions::new()
        .name(&connection.name)
        .event_callback(move |event| {
            events.note(&event);
            std::future::ready(())
        })
        // The default waits up to four seconds, which a restart of the server seldom takes.
        .reconnect_delay_callback(|attempts| {
            let doublings = u32::try_from(attempts.min(7)).unwrap_or(7);
            Duration::from_millis(10 << doublings).min(Duration::from_secs(1))
        });
    if let Some(seed) = &connection.key {
        options = options.nkey(seed.clone());
    }
    if let Some(prefix) = &connection.inbox_prefix {
        options = options.custom_inbox_prefix(prefix);
    }
    connection.tls.apply(options)
}
