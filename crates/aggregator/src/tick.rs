//! When the hub says that time has passed (law 3). The clock of this machine only decides when a
//! tick is published; what time it is for the fold is the log's own timestamp.

use std::time::{Duration, Instant};

use jiff::Timestamp;

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
}

impl Ticker {
    pub(crate) fn new(position: u64) -> Self {
        Self { last_position: position, last: Instant::now(), last_unix: 0 }
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

    /// A tick was published at `position` for `due`.
    pub(crate) fn ticked(&mut self, position: u64, due: Timestamp) {
        self.last_position = position;
        self.last = Instant::now();
        self.last_unix = due.as_second();
    }
}
