//! Requests that wait for their answer, and what can become of them instead.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::Message;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::denial::Denial;

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The server's permissions do not let this user publish to the subject.
    #[error("the server does not permit publishing to {subject}")]
    Denied {
        /// The subject that was refused.
        subject: String,
    },
    /// This user may not listen to its own inbox, so no answer can ever reach it.
    #[error("the server does not permit listening to {subject}, so no answer can arrive")]
    InboxDenied {
        /// The inbox that was refused; the inbox prefix is probably wrong for this key.
        subject: String,
    },
    /// The server no longer accepts this key: it was revoked, or is not there yet.
    #[error("the server does not accept this key any more")]
    KeyRefused,
    /// The message is larger than the server, or this account, accepts.
    #[error("{bytes} bytes to {subject} are more than the server accepts")]
    TooLarge {
        /// Where it was addressed.
        subject: String,
        /// The size of its payload.
        bytes: usize,
    },
    /// The subject is not one that can be published to (empty, a space, a wildcard).
    #[error("{subject:?} is not a subject")]
    BadSubject {
        /// What was given.
        subject: String,
    },
    /// Nobody listens on the subject: JetStream is starting, or an import is missing.
    #[error("nobody answers on {subject}")]
    NoResponders {
        /// Where it was addressed.
        subject: String,
    },
    /// The connection went away while the answer was awaited: the outcome is unknown.
    #[error("the connection was lost while {subject} was awaited")]
    Lost {
        /// Where it was addressed.
        subject: String,
    },
    /// No answer came in time: the outcome is unknown.
    #[error("no answer on {subject} in {} ms", waited.as_millis())]
    TimedOut {
        /// Where it was addressed.
        subject: String,
        /// How long it was awaited.
        waited: Duration,
    },
    /// The server cannot do it at the moment (status 503): no leader, or its store is full.
    #[error("the server cannot take it at the moment: {description} ({number})")]
    Unavailable {
        /// The server's stable number for the reason.
        number: u64,
        /// The server's words.
        description: String,
    },
    /// There was no connection in time, so nothing was sent.
    #[error("not connected after {} ms", waited.as_millis())]
    NotConnected {
        /// How long a connection was awaited.
        waited: Duration,
    },
    /// The client was closed.
    #[error("the connection is closed")]
    Closed,
}

impl RequestError {
    /// Whether asking again may help. `false` means that the same request fails the same way.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoResponders { .. }
            | Self::Lost { .. }
            | Self::TimedOut { .. }
            | Self::Unavailable { .. }
            | Self::NotConnected { .. } => true,
            Self::Denied { .. }
            | Self::InboxDenied { .. }
            | Self::KeyRefused
            | Self::TooLarge { .. }
            | Self::BadSubject { .. }
            | Self::Closed => false,
        }
    }
}

struct Waiting {
    subject: String,
    bytes: usize,
    answer: oneshot::Sender<Result<Message, RequestError>>,
}

/// The requests of one connection that have no answer yet.
///
/// An entry leaves when it is answered, failed, or when its [`InFlight`] is dropped, so that a
/// request which is never answered leaves nothing behind.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: Mutex<HashMap<u64, Waiting>>,
    next: AtomicU64,
}

impl Pending {
    /// Registers a request before it is sent, so that even the quickest answer finds it.
    pub(crate) fn register(self: &Arc<Self>, subject: &str, bytes: usize) -> InFlight {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, receiver) = oneshot::channel();
        self.lock().insert(id, Waiting { subject: subject.to_owned(), bytes, answer });
        InFlight {
            id,
            receiver,
            since: Instant::now(),
            subject: subject.to_owned(),
            pending: Arc::clone(self),
        }
    }

    /// Hands the answer to whoever waits for `id`; late answers are dropped.
    pub(crate) fn answer(&self, id: u64, message: Message) {
        let waiting = self.lock().remove(&id);
        if let Some(waiting) = waiting {
            // The asker may have given up in this very moment.
            let _ = waiting.answer.send(Ok(message));
        }
    }

    /// Fails what the server's denial concerns.
    pub(crate) fn deny(&self, denial: &Denial) {
        match denial {
            Denial::Publish(subject) => self.fail_where(
                |waiting| waiting.subject == *subject,
                |waiting| RequestError::Denied { subject: waiting.subject.clone() },
            ),
            // The server does not say which message it was. If any was over the limit, the
            // largest one was; the others are lost with the connection and may be sent again.
            Denial::Payload => {
                let largest = self.lock().values().map(|waiting| waiting.bytes).max();
                if let Some(bytes) = largest {
                    self.fail_where(
                        |waiting| waiting.bytes == bytes,
                        |waiting| RequestError::TooLarge {
                            subject: waiting.subject.clone(),
                            bytes,
                        },
                    );
                }
            }
            Denial::Subscribe(_) => {}
        }
    }

    /// Fails everything that waits, because the connection that would bring the answer is gone.
    pub(crate) fn lose_all(&self) {
        self.fail_where(
            |_| true,
            |waiting| RequestError::Lost { subject: waiting.subject.clone() },
        );
    }

    /// Fails everything that waits, because no answer can ever arrive.
    pub(crate) fn bar(&self, error: &RequestError) {
        self.fail_where(|_| true, |_| error.clone());
    }

    fn fail_where(
        &self,
        concerns: impl Fn(&Waiting) -> bool,
        error: impl Fn(&Waiting) -> RequestError,
    ) {
        let failed: Vec<Waiting> = self
            .lock()
            .extract_if(|_, waiting| concerns(waiting))
            .map(|(_, waiting)| waiting)
            .collect();
        for waiting in failed {
            let error = error(&waiting);
            let _ = waiting.answer.send(Err(error));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        // Nothing panics while the lock is held, and the map is valid at every step.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }
}

/// A request that was sent; dropping it forgets the answer.
pub(crate) struct InFlight {
    id: u64,
    receiver: oneshot::Receiver<Result<Message, RequestError>>,
    since: Instant,
    subject: String,
    pending: Arc<Pending>,
}

impl InFlight {
    /// The token that the answer's subject ends with.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// When it was sent.
    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    /// Waits until `deadline` for the answer.
    pub(crate) async fn answer(mut self, deadline: Instant) -> Result<Message, RequestError> {
        match tokio::time::timeout_at(deadline, &mut self.receiver).await {
            Ok(Ok(Ok(message)))
                if message.status == Some(async_nats::StatusCode::NO_RESPONDERS) =>
            {
                Err(RequestError::NoResponders { subject: self.subject.clone() })
            }
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(RequestError::Closed),
            Err(_) => Err(RequestError::TimedOut {
                subject: self.subject.clone(),
                waited: self.since.elapsed(),
            }),
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.pending.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(10)
    }

    #[tokio::test]
    async fn an_unanswered_request_leaves_nothing_behind() {
        let pending = Arc::new(Pending::default());
        let asked = pending.register("a", 1);
        assert!(matches!(asked.answer(soon()).await, Err(RequestError::TimedOut { .. })));
        assert_eq!(pending.len(), 0);
    }

    #[tokio::test]
    async fn a_denial_fails_only_its_own_subject() {
        let pending = Arc::new(Pending::default());
        let (denied, other) = (pending.register("a", 1), pending.register("b", 1));
        pending.deny(&Denial::Publish("a".into()));
        assert_eq!(
            denied.answer(soon()).await.unwrap_err(),
            RequestError::Denied { subject: "a".into() }
        );
        assert!(matches!(other.answer(soon()).await, Err(RequestError::TimedOut { .. })));
    }

    #[tokio::test]
    async fn too_much_payload_fails_the_largest_and_loses_the_rest() {
        let pending = Arc::new(Pending::default());
        let (small, large) = (pending.register("a", 10), pending.register("a", 200));
        pending.deny(&Denial::Payload);
        pending.lose_all();
        assert_eq!(
            large.answer(soon()).await.unwrap_err(),
            RequestError::TooLarge { subject: "a".into(), bytes: 200 }
        );
        assert_eq!(
            small.answer(soon()).await.unwrap_err(),
            RequestError::Lost { subject: "a".into() }
        );
    }
}
