//! How many messages of an agency the contract did not accept of late: a feed that is refused whole would otherwise
//! be noticed by nobody. What they were and why stands on `/returned`.

use std::fmt;
use std::time::Duration;

use carehub_domain::BodyId;
use carehub_storage::log::{Log, LogError, Read};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::problem::Problem;

/// How long ago is of late.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many are counted at most: the page is read often, and whoever has so many knows enough.
const COUNTED: u32 = 1_000;

/// Messages handed over at once, and how long they are waited for.
const AT_ONCE: usize = 500;
const WAIT: Duration = Duration::from_secs(5);

/// A number of rejected messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rejected(u32);

/// The part of a rejection that is read.
#[derive(Deserialize)]
struct Told {
    data: ToldData,
}

#[derive(Deserialize)]
struct ToldData {
    outcome: String,
}

impl Rejected {
    /// Those of `agency` of the 30 days before `now`. Texts that were returned are not among them: they are counted
    /// by themselves.
    pub(super) async fn of_late(
        log: &Log,
        agency: &BodyId,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let since = now.checked_sub(LATELY).unwrap_or(Timestamp::MIN);
        count(log, agency, since.as_nanosecond()).await.map(Self).map_err(|error| {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "could not count rejections");
            Problem::internal()
        })
    }

    /// Whether there are any.
    pub(super) fn any(self) -> bool {
        self.0 > 0
    }

    /// Whether it is one.
    pub(super) fn is_one(self) -> bool {
        self.0 == 1
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < COUNTED { write!(f, "{}", self.0) } else { f.write_str("1,000 or more") }
    }
}

async fn count(log: &Log, agency: &BodyId, since: i128) -> Result<u32, LogError> {
    let subject = format!("carehub.rejection.{agency}.>");
    let newest = log.last_for_subject(&subject).await?;
    let Some(newest) = newest.filter(|newest| newest.time >= since) else { return Ok(0) };
    let mut position = before(log, since, newest.sequence).await?;
    let mut reader = log.reader(position + 1, vec![subject]);
    let mut counted = 0;
    while position < newest.sequence {
        for read in reader.next_batch(AT_ONCE, WAIT).await? {
            position = read.through();
            let Read::Message(stored) = read else { continue };
            let is_rejected = || {
                let told = serde_json::from_slice::<Told>(&stored.payload);
                told.is_ok_and(|told| told.data.outcome == "rejected")
            };
            counted += u32::from(stored.time >= since && is_rejected());
            if counted == COUNTED {
                return Ok(counted);
            }
        }
    }
    Ok(counted)
}

/// A sequence before the first message of the log that was stored at or after `since`, and not long before it. Where
/// a message was erased in the middle it is looked for further ahead, so that none is left out.
async fn before(log: &Log, since: i128, newest: u64) -> Result<u64, LogError> {
    let (mut earlier, mut later) = (0, newest);
    while later - earlier > 1 {
        let middle = earlier + (later - earlier) / 2;
        match log.get(middle).await? {
            Some(stored) if stored.time < since => earlier = middle,
            Some(_) | None => later = middle,
        }
    }
    Ok(earlier)
}
