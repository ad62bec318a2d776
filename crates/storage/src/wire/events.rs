//! What happens to a connection beside its requests: it comes and goes, and the server denies.

use std::sync::{Arc, Mutex, PoisonError};

use async_nats::{ClientError, Event, ServerError};
use tokio::sync::watch;

use super::denial::{self, Denial};
use super::request::{Pending, RequestError};

/// Whether there is a connection, and which one in a row it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// There is a connection now.
    pub(crate) up: bool,
    /// Counts the connections; another number means that the server may have restarted.
    pub(crate) generation: u64,
    /// Why nothing can be asked, as long as this key or its permissions stay as they are.
    pub(crate) barred: Option<RequestError>,
}

impl Link {
    /// Before the first connection.
    pub(super) const NONE: Self = Self { up: false, generation: 0, barred: None };

    /// Whether requests can be sent and answered.
    pub(crate) fn is_usable(&self) -> bool {
        self.up && self.barred.is_none()
    }
}

/// What the event callback needs; separate from [`super::Wire`] because it exists before the client.
pub(super) struct Events {
    pub(super) pending: Arc<Pending>,
    pub(super) link: watch::Sender<Link>,
    /// Subscriptions which the server refused, newest last.
    pub(super) refused: watch::Sender<Vec<String>>,
    pub(super) inbox: Mutex<Option<String>>,
}

impl Events {
    pub(super) fn note(&self, event: &Event) {
        match event {
            Event::Connected => self.link.send_modify(|link| {
                link.up = true;
                link.generation += 1;
                link.barred = None;
            }),
            Event::Disconnected | Event::Closed => {
                self.link.send_modify(|link| link.up = false);
                self.pending.lose_all();
            }
            Event::ServerError(ServerError::Other(text)) => self.note_refusal(text),
            Event::SlowConsumer(_) => {
                tracing::warn!("a subscription fell behind and messages were dropped");
            }
            Event::ServerError(error) => tracing::warn!(%error, "the server reports an error"),
            // A failed attempt to reconnect is told only by the text of its kind.
            Event::ClientError(ClientError::Other(text))
                if text.starts_with("authorization violation") =>
            {
                self.link.send_modify(|link| link.barred = Some(RequestError::KeyRefused));
            }
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
            let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if inbox.is_some_and(|inbox| inbox == subject) {
                let denied = RequestError::InboxDenied { subject: subject.clone() };
                self.link.send_modify(|link| link.barred = Some(denied.clone()));
                self.pending.bar(&denied);
            }
            self.refused.send_modify(|refused| refused.push(subject));
        }
    }
}
