//! When something is due: at once, gathered and kept apart; as a digest; not in quiet hours. And when a delivery
//! that failed is tried again.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Cadence, Delivery, Entry, Follower, Hour, Plan, Reason, Settings};
use crate::Position;
use crate::time::LONDON;

/// How what is sent at once is gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long after the first new entry it is waited for more.
    pub gather: SignedDuration,
    /// How long after a message the next one comes at the earliest.
    pub apart: SignedDuration,
}

impl Default for Timing {
    /// Half a minute, and a quarter of an hour.
    fn default() -> Self {
        Self { gather: SignedDuration::from_secs(30), apart: SignedDuration::from_mins(15) }
    }
}

/// How many days a delivery is tried.
pub const DAYS_TRIED: i64 = 5;

/// The longest pause between two tries, in minutes.
const LONGEST_PAUSE: i64 = 60;

/// What is due to a follower now of what is new for them, if anything is.
#[must_use]
pub fn due(follower: &Follower, new: &[Entry], now: Timestamp, timing: Timing) -> Option<Plan> {
    let settings = &follower.settings;
    if !settings.email || follower.under_way().is_some() || is_held_back(settings, new, now) {
        return None;
    }
    match settings.cadence {
        Cadence::AtOnce => {
            let oldest = new.iter().map(|entry| entry.told_from).min()?;
            let gathered = oldest.checked_add(timing.gather).ok()?;
            let last = follower.last().map(|last| last.plan.at);
            let apart = last.and_then(|last| last.checked_add(timing.apart).ok());
            if now < gathered || apart.is_some_and(|apart| now < apart) {
                return None;
            }
            let reason = if is_quiet(settings, now) { Reason::Urgent } else { Reason::AtOnce };
            Some(plan(follower, new, now, reason))
        }
        Cadence::Daily { hour } => {
            digest(follower, new, now, last_at(now, None, hour)?, Reason::Daily)
        }
        Cadence::Weekly { day, hour } => {
            let before = last_at(now, Some(day.weekday()), hour)?;
            digest(follower, new, now, before, Reason::Weekly)
        }
    }
}

fn is_quiet(settings: &Settings, now: Timestamp) -> bool {
    settings.quiet.is_some_and(|quiet| quiet.contain(now))
}

/// Whether quiet hours hold back now what tells of these entries, a first time or once more. They do not where the
/// person hears at once, has said that the highest level may be told in them, and one of the entries is of it.
pub(super) fn is_held_back(settings: &Settings, told: &[Entry], now: Timestamp) -> bool {
    let passes = settings.cadence == Cadence::AtOnce
        && settings.urgent_passes
        && told.iter().any(|entry| entry.urgent);
    is_quiet(settings, now) && !passes
}

/// The digest of what was recorded before a moment; none when that is nothing.
fn digest(
    follower: &Follower,
    new: &[Entry],
    now: Timestamp,
    before: Timestamp,
    reason: Reason,
) -> Option<Plan> {
    // A month may be over at the very hour of the digest.
    let is_in_time = |entry: &&Entry| {
        entry.told_from < before || entry.is_month_only && entry.told_from == before
    };
    if !new.iter().any(|entry| is_in_time(&entry)) {
        return None;
    }
    let in_time = new.iter().filter(is_in_time);
    let through = last_place(in_time).unwrap_or_default();
    // By position, so that a clock that was put back leaves nothing between two digests. What has no place that may tell
    // is told with the first message after its month, which is this one.
    let told = new.iter().filter(|entry| entry.is_month_only || entry.position <= through);
    Some(plan(follower, &told.copied().collect::<Vec<_>>(), now, reason))
}

/// The last place of entries in the log; none where none has a place that may tell.
fn last_place<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<Position> {
    entries.filter(|entry| !entry.is_month_only).map(|entry| entry.position).max()
}

fn plan(follower: &Follower, told: &[Entry], at: Timestamp, reason: Reason) -> Plan {
    let so_far = follower.told_through().max(follower.begins().unwrap_or_default());
    let through = last_place(told.iter()).unwrap_or(so_far.position);
    let count = u32::try_from(told.len()).unwrap_or(u32::MAX);
    Plan { at, reason, through, count }
}

/// The latest time at which it was this hour in London, on this day of the week if one is given. Where the
/// clocks skip the hour it is the one after, and where they repeat it, the first.
fn last_at(now: Timestamp, day: Option<jiff::civil::Weekday>, hour: Hour) -> Option<Timestamp> {
    let today = LONDON.to_datetime(now).date();
    (0..=7_i32).find_map(|back| {
        let date = today.checked_sub(back.days()).ok()?;
        if day.is_some_and(|day| date.weekday() != day) {
            return None;
        }
        let at = date.to_datetime(hour.time()).to_zoned(LONDON.clone()).ok()?.timestamp();
        (at <= now).then_some(at)
    })
}

/// What is to be done with a delivery that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// Try it now.
    Now,
    /// Not before this.
    NotBefore(Timestamp),
    /// It is too old to be of use.
    Never,
}

/// When a delivery is tried next: a minute after its first failure, then twice as long each time, an hour at most.
#[must_use]
pub fn next_try(delivery: &Delivery, now: Timestamp) -> Try {
    let end = delivery.plan.at.checked_add(SignedDuration::from_hours(24 * DAYS_TRIED));
    if end.is_ok_and(|end| end <= now) {
        return Try::Never;
    }
    let Some(failed) = delivery.failed else { return Try::Now };
    // Six times doubled is longer than the longest.
    let doubled = 1_i64 << delivery.failures.saturating_sub(1).min(6);
    let pause = SignedDuration::from_mins(doubled.min(LONGEST_PAUSE));
    match failed.at.checked_add(pause) {
        Ok(at) if at > now => Try::NotBefore(at),
        Ok(_) | Err(_) => Try::Now,
    }
}
