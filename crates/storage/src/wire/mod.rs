//! One connection to a server: requests with an answer, publishes with an acknowledgement.
//!
//! The hub's log and an agency's link both stand on this. It replaces the request and JetStream
//! publish calls of async-nats because those leak an entry for each request that is never
//! answered, cannot say which publish the server denied, and leave what was lost with a
//! connection to time out.

mod connection;
mod denial;
mod events;
mod publish;
mod reply;
mod request;
mod tls;

use std::sync::{Arc, Mutex, PoisonError};

use async_nats::client::PublishErrorKind;
use async_nats::connection::State;
use async_nats::{Client, HeaderMap, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub use connection::{ConnectError, Connection};
use events::{Events, Link};
pub(crate) use publish::{
    Ack, Expect, Outgoing, publish_all, publish_any, publish_each, publish_one,
};
pub use publish::{PublishAllError, PublishError};
pub(crate) use reply::{ApiError, delivered};
pub use request::RequestError;
use request::{InFlight, Pending};
pub use tls::Tls;

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
        let (link, link_seen) = watch::channel(Link::NONE);
        let (refused, refused_seen) = watch::channel(Vec::new());
        let pending = Arc::new(Pending::default());
        let events = Arc::new(Events {
            pending: Arc::clone(&pending),
            link,
            refused,
            inbox: Mutex::new(None),
        });

        let client = connection::open(connection, &events).await?;
        let inbox = client.new_inbox();
        let listened = format!("{inbox}.*");
        *events.inbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(listened.clone());
        let answers = client.subscribe(listened).await.map_err(|error| ConnectError::Broke {
            url: connection.url.clone(),
            source: Box::new(error),
        })?;
        // The first event may be handled later than the first request is sent.
        if client.connection_state() == State::Connected {
            events.link.send_modify(|link| link.up = true);
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
        self.0.link.borrow().is_usable()
    }

    /// Waits for a connection until `deadline`.
    pub(crate) async fn connected(&self, deadline: Instant) -> Result<(), RequestError> {
        let since = Instant::now();
        let mut link = self.0.link.clone();
        let told = link.wait_for(|link| link.up || link.barred.is_some());
        match tokio::time::timeout_at(deadline, told).await {
            Ok(Ok(link)) => link.barred.clone().map_or(Ok(()), Err),
            Ok(Err(_)) => Err(RequestError::Closed),
            Err(_) => Err(RequestError::NotConnected { waited: since.elapsed() }),
        }
    }

    /// Sends a request without waiting for its answer; waits only for room in the client.
    pub(crate) async fn send(
        &self,
        subject: &str,
        headers: Option<HeaderMap>,
        payload: Bytes,
    ) -> Result<InFlight, RequestError> {
        // The server would store a wildcard as if it were a token like any other.
        if subject.split('.').any(|token| token == "*" || token == ">") {
            return Err(RequestError::BadSubject { subject: subject.to_owned() });
        }
        let asked = self.0.pending.register(subject, payload.len());
        let reply = format!("{}.{}", self.0.inbox, asked.id());
        let bytes = payload.len();
        let to = subject.to_owned();
        let client = &self.0.client;
        let sending = async {
            match headers {
                Some(headers) => {
                    client.publish_with_reply_and_headers(to, reply, headers, payload).await
                }
                None => client.publish_with_reply(to, reply, payload).await,
            }
        };
        // Without a connection the client's queue fills, and sending would wait for ever.
        match tokio::time::timeout(self.0.connection.answer_within, sending).await {
            Ok(Ok(())) => Ok(asked),
            Ok(Err(error)) => Err(refusal(error.kind(), subject, bytes)),
            Err(_) => Err(RequestError::NotConnected { waited: self.0.connection.answer_within }),
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
            Err(_) => Err(RequestError::NotConnected { waited: self.0.connection.answer_within }),
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
            self.0.client.publish_with_reply(subject.to_owned(), reply.to_owned(), payload);
        sending.await.map_err(|error| refusal(error.kind(), subject, bytes))
    }

    /// Waits until what was published so far was written to the socket.
    pub(crate) async fn flush(&self) -> Result<(), RequestError> {
        match tokio::time::timeout(self.0.connection.answer_within, self.0.client.flush()).await {
            Ok(flushed) => flushed.map_err(|_| RequestError::Closed),
            Err(_) => Err(RequestError::NotConnected { waited: self.0.connection.answer_within }),
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
        self.send(subject, None, payload).await?.answer(deadline).await
    }
}

/// What the client itself refuses before anything is sent.
fn refusal(kind: PublishErrorKind, subject: &str, bytes: usize) -> RequestError {
    match kind {
        PublishErrorKind::MaxPayloadExceeded => {
            RequestError::TooLarge { subject: subject.to_owned(), bytes }
        }
        PublishErrorKind::InvalidSubject => {
            RequestError::BadSubject { subject: subject.to_owned() }
        }
        PublishErrorKind::Send => RequestError::Closed,
    }
}

/// Brings each answer to the request whose number ends the answer's subject.
async fn route(mut answers: Subscriber, pending: Arc<Pending>) {
    while let Some(message) = answers.next().await {
        let id = message.subject.rsplit('.').next().and_then(|token| token.parse().ok());
        if let Some(id) = id {
            pending.answer(id, message);
        }
    }
}
