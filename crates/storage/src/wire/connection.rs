//! Connecting, noticing that the connection came or went, and sending.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::client::PublishErrorKind;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, HeaderMap, ServerError, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::denial::{self, Denial};
use super::request::{InFlight, Pending, RequestError};

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

/// Whether there is a connection, and which one in a row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// There is a connection now.
    pub(crate) up: bool,
    /// Counts the connections; another number means that the server may have restarted.
    pub(crate) generation: u64,
}

/// What the event callback needs; separate from [`Wire`] because it exists before the client.
struct Watched {
    pending: Arc<Pending>,
    link: watch::Sender<Link>,
    /// Subscriptions which the server refused, newest last.
    refused: watch::Sender<Vec<String>>,
    inbox: Mutex<Option<String>>,
}

impl Watched {
    fn note(&self, event: &Event) {
        match event {
            Event::Connected => self.link.send_modify(|link| {
                link.up = true;
                link.generation += 1;
            }),
            Event::Disconnected | Event::Closed => {
                self.link.send_modify(|link| link.up = false);
                self.pending.lose_all();
            }
            Event::ServerError(ServerError::Other(text)) => self.note_refusal(text),
            Event::SlowConsumer(_) => {
                tracing::warn!("a subscription fell behind and messages were dropped")
            }
            Event::ServerError(error) => tracing::warn!(%error, "the server reports an error"),
            Event::ClientError(error) => tracing::debug!(%error, "the client reports an error"),
            Event::LameDuckMode | Event::Draining => {}
        }
    }

    fn note_refusal(&self, text: &str) {
        let Some(denial) = denial::parse(text) else {
            tracing::warn!(error = text, "the server reports an error");
            return;
        };
        self.pending.deny(&denial);
        if let Denial::Subscribe(subject) = denial {
            let inbox = self
                .inbox
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if inbox.is_some_and(|inbox| inbox == subject) {
                self.pending.deny_inbox(&subject);
            }
            self.refused.send_modify(|refused| refused.push(subject));
        }
    }
}

/// A connection that reconnects by itself; clones share it.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    client: Client,
    connection: Connection,
    /// Answers arrive on `<inbox>.<number of the request>`.
    inbox: String,
    pending: Arc<Pending>,
    link: watch::Receiver<Link>,
    refused: watch::Receiver<Vec<String>>,
    router: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.router.abort();
    }
}

impl Wire {
    /// Connects, trying until `connect_within` has passed; a refused key fails at once.
    pub(crate) async fn connect(connection: &Connection) -> Result<Self, ConnectError> {
        let (link, link_seen) = watch::channel(Link {
            up: false,
            generation: 0,
        });
        let (refused, refused_seen) = watch::channel(Vec::new());
        let pending = Arc::new(Pending::default());
        let watched = Arc::new(Watched {
            pending: Arc::clone(&pending),
            link,
            refused,
            inbox: Mutex::new(None),
        });

        let client = open(connection, &watched).await?;
        let inbox = client.new_inbox();
        let listened = format!("{inbox}.*");
        *watched.inbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(listened.clone());
        let answers = client
            .subscribe(listened)
            .await
            .map_err(|error| ConnectError::Broke {
                url: connection.url.clone(),
                source: Box::new(error),
            })?;
        // The first event may be handled later than the first request is sent.
        if client.connection_state() == State::Connected {
            watched.link.send_modify(|link| link.up = true);
        }
        let router = tokio::spawn(route(answers, Arc::clone(&pending))).abort_handle();
        Ok(Self(Arc::new(Inner {
            client,
            connection: connection.clone(),
            inbox,
            pending,
            link: link_seen,
            refused: refused_seen,
            router,
        })))
    }

    /// How this connection was configured.
    pub(crate) fn connection(&self) -> &Connection {
        &self.0.connection
    }

    /// The client itself, for subscriptions and plain publishes.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Follows whether there is a connection.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.0.link.clone()
    }

    /// Follows which subscriptions the server refused.
    pub(crate) fn refused(&self) -> watch::Receiver<Vec<String>> {
        self.0.refused.clone()
    }

    /// Whether there is a connection at this moment.
    pub(crate) fn is_up(&self) -> bool {
        self.0.link.borrow().up
    }

    /// Waits for a connection until `deadline`.
    pub(crate) async fn connected(&self, deadline: Instant) -> Result<(), RequestError> {
        let since = Instant::now();
        let mut link = self.0.link.clone();
        match tokio::time::timeout_at(deadline, link.wait_for(|link| link.up)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(RequestError::Closed),
            Err(_) => Err(RequestError::NotConnected {
                waited: since.elapsed(),
            }),
        }
    }

    /// Sends a request without waiting for its answer; waits only for room in the client.
    pub(crate) async fn send(
        &self,
        subject: &str,
        headers: Option<HeaderMap>,
        payload: Bytes,
    ) -> Result<InFlight, RequestError> {
        let asked = self.0.pending.register(subject, payload.len());
        let reply = format!("{}.{}", self.0.inbox, asked.id());
        let bytes = payload.len();
        let to = subject.to_owned();
        let client = &self.0.client;
        let sending = async {
            match headers {
                Some(headers) => {
                    client
                        .publish_with_reply_and_headers(to, reply, headers, payload)
                        .await
                }
                None => client.publish_with_reply(to, reply, payload).await,
            }
        };
        // Without a connection the client's queue fills, and sending would wait for ever.
        match tokio::time::timeout(self.0.connection.answer_within, sending).await {
            Ok(Ok(())) => Ok(asked),
            Ok(Err(error)) => Err(refusal(error.kind(), subject, bytes)),
            Err(_) => Err(RequestError::NotConnected {
                waited: self.0.connection.answer_within,
            }),
        }
    }

    /// Publishes without an answer.
    pub(crate) async fn publish_core(
        &self,
        subject: &str,
        payload: Bytes,
    ) -> Result<(), RequestError> {
        let bytes = payload.len();
        let sending = self.0.client.publish(subject.to_owned(), payload);
        match tokio::time::timeout(self.0.connection.answer_within, sending).await {
            Ok(sent) => sent.map_err(|error| refusal(error.kind(), subject, bytes)),
            Err(_) => Err(RequestError::NotConnected {
                waited: self.0.connection.answer_within,
            }),
        }
    }

    /// Registers an interest in what goes wrong with a subject, without sending anything: the
    /// answer never comes, but a denial or the loss of the connection does.
    pub(crate) fn watch(&self, subject: &str) -> InFlight {
        self.0.pending.register(subject, 0)
    }

    /// Publishes with an inbox of the caller's own for many answers.
    pub(crate) async fn publish_with_reply(
        &self,
        subject: &str,
        reply: &str,
        payload: Bytes,
    ) -> Result<(), RequestError> {
        let bytes = payload.len();
        let sending =
            self.0
                .client
                .publish_with_reply(subject.to_owned(), reply.to_owned(), payload);
        sending
            .await
            .map_err(|error| refusal(error.kind(), subject, bytes))
    }

    /// Waits until what was published so far was written to the socket.
    pub(crate) async fn flush(&self) -> Result<(), RequestError> {
        match tokio::time::timeout(self.0.connection.answer_within, self.0.client.flush()).await {
            Ok(flushed) => flushed.map_err(|_| RequestError::Closed),
            Err(_) => Err(RequestError::NotConnected {
                waited: self.0.connection.answer_within,
            }),
        }
    }

    /// Sends a request and waits for its answer, once.
    pub(crate) async fn request(
        &self,
        subject: &str,
        payload: Bytes,
    ) -> Result<async_nats::Message, RequestError> {
        let deadline = Instant::now() + self.0.connection.answer_within;
        self.connected(deadline).await?;
        self.send(subject, None, payload)
            .await?
            .answer(deadline)
            .await
    }
}

async fn open(connection: &Connection, watched: &Arc<Watched>) -> Result<Client, ConnectError> {
    let deadline = Instant::now() + connection.connect_within;
    loop {
        match options(connection, watched).connect(&connection.url).await {
            Ok(client) => return Ok(client),
            Err(error) => {
                let url = connection.url.clone();
                let passing = match error.kind() {
                    async_nats::ConnectErrorKind::AuthorizationViolation
                    | async_nats::ConnectErrorKind::Authentication => {
                        return Err(ConnectError::Refused {
                            url,
                            source: Box::new(error),
                        });
                    }
                    async_nats::ConnectErrorKind::ServerParse => false,
                    async_nats::ConnectErrorKind::Dns
                    | async_nats::ConnectErrorKind::TimedOut
                    | async_nats::ConnectErrorKind::Tls
                    | async_nats::ConnectErrorKind::Io
                    | async_nats::ConnectErrorKind::MaxReconnects => true,
                };
                if !passing || Instant::now() >= deadline {
                    return Err(ConnectError::Unreachable {
                        url,
                        source: Box::new(error),
                    });
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn options(connection: &Connection, watched: &Arc<Watched>) -> ConnectOptions {
    let watched = Arc::clone(watched);
    let mut options = ConnectOptions::new()
        .name(&connection.name)
        .event_callback(move |event| {
            watched.note(&event);
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
    options
}

/// What the client itself refuses before anything is sent.
fn refusal(kind: PublishErrorKind, subject: &str, bytes: usize) -> RequestError {
    match kind {
        PublishErrorKind::MaxPayloadExceeded => RequestError::TooLarge {
            subject: subject.to_owned(),
            bytes,
        },
        PublishErrorKind::InvalidSubject => RequestError::BadSubject {
            subject: subject.to_owned(),
        },
        PublishErrorKind::Send => RequestError::Closed,
    }
}

/// Brings each answer to the request whose number ends the answer's subject.
async fn route(mut answers: Subscriber, pending: Arc<Pending>) {
    while let Some(message) = answers.next().await {
        let id = message
            .subject
            .rsplit('.')
            .next()
            .and_then(|token| token.parse().ok());
        if let Some(id) = id {
            pending.answer(id, message);
        }
    }
}
