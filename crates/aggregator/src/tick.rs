//! When the hub says that time has passed (law 3). The clock of this machine only decides when a
//! tick is published; what time it is for the fold is the log's own timestamp.

use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::encode_tick;
use carehub_domain::Position;
use carehub_domain::message::Tick;
use carehub_storage::log::{Log, Once};
use jiff::Timestamp;
use tokio::task::JoinHandle;

/// A tick also after so many positions: the next start then has less to look up.
const EVERY_POSITIONS: u64 = 1_000;

/// And after so long, when anything was folded meanwhile.
const EVERY: Duration = Duration::from_secs(60);

/// And at least so often when nobody speaks.
const AT_LEAST: Duration = Duration::from_secs(24 * 3_600);

/// A due time is announced again when its tick did not move the fold's time past it (the server's
/// clock runs behind).
const AGAIN: Duration = Duration::from_secs(1);

/// Remembers what was last said.
#[derive(Debug)]
pub(crate) struct Ticker {
    last_position: u64,
    last: Instant,
    last_unix: i64,
    /// The tick that is being published: one at a time.
    publishing: Option<JoinHandle<Option<Ticked>>>,
}

/// A tick is in the log.
#[derive(Debug, Clone, Copy)]
struct Ticked {
    position: u64,
    due: Timestamp,
}

impl Ticker {
    pub(crate) fn new(position: u64) -> Self {
        Self { last_position: position, last: Instant::now(), last_unix: 0, publishing: None }
    }

    /// The due time of the tick to publish now, if there is one.
    pub(crate) fn due(
        &self,
        position: u64,
        next_due: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let since = self.last.elapsed();
        if let Some(due) = next_due.filter(|due| *due <= now) {
            let announced = Timestamp::from_second(due.as_second() + 1).unwrap_or(due);
            if announced.as_second() > self.last_unix {
                return Some(announced);
            }
            return (since >= AGAIN).then_some(now);
        }
        let busy = position >= self.last_position + EVERY_POSITIONS
            || position > self.last_position + 1 && since >= EVERY;
        (busy || since >= AT_LEAST).then_some(now)
    }

    /// Publishes a tick beside whoever folds. `position` is what is folded by now.
    pub(crate) fn publish(&mut self, log: Log, due: Timestamp, position: u64, through: Position) {
        self.publishing = Some(tokio::spawn(publish(log, due, position, through)));
    }

    /// Whether no tick is under way; does not wait for one that is.
    pub(crate) async fn is_free(&mut self) -> bool {
        if self.publishing.as_ref().is_some_and(|publishing| !publishing.is_finished()) {
            return false;
        }
        self.published().await;
        true
    }

    /// Waits for the tick that is under way.
    pub(crate) async fn published(&mut self) {
        let Some(publishing) = self.publishing.take() else {
            return;
        };
        // One that failed was logged; the next is due at once.
        if let Ok(Some(Ticked { position, due })) = publishing.await {
            self.last_position = position;
            self.last = Instant::now();
            self.last_unix = due.as_second();
        }
    }
}

async fn publish(log: Log, due: Timestamp, position: u64, through: Position) -> Option<Ticked> {
    let encoded = encode_tick(due, &Tick { decided_through: through }).ok()?;
    match log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await {
        Ok(Once::Stored(at)) => Some(Ticked { position: at, due }),
        // Another tick of that second is there already: as good as ours.
        Ok(Once::AlreadySame(_) | Once::AlreadyDifferent(_)) => Some(Ticked { position, due }),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "publishing a tick failed");
            None
        }
    }
}
