//! What is new in what a person follows, home by home: where an e-mail leads, which names no home itself. It is asked
//! as for the e-mails, so that both tell the same; nothing depends on whether a message was sent.

use jiff::{SignedDuration, Timestamp};

use super::{Delivery, Entry, Follower, Moment, Outcome, Seen};
use crate::Position;
use crate::sharing::View;

/// What the messages of so many days told of is listed still: whoever hears at once may read the first of a day's
/// messages after the last has come.
const DAYS_OF_MESSAGES: i64 = 7;

/// Where there was no message, so many days are listed.
const DAYS_WITHOUT_MESSAGE: i64 = 30;

/// From when on it is listed what is new for a follower.
#[derive(Debug, Clone, Copy)]
pub struct WhatsNew<'a> {
    follower: &'a Follower,
    after: Moment,
    through: Moment,
    /// Nothing that might have been told before this is listed.
    from: Timestamp,
    /// After when, and up to when, the last message told that was sent.
    last: Option<(Moment, Moment)>,
}

/// What is new at one home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAt {
    /// How many entries.
    pub count: u32,
    /// How many of them the last message told of that was sent.
    pub in_last: u32,
    /// The first of them.
    pub first: Entry,
    /// The newest of them.
    pub newest: Entry,
}

impl<'a> WhatsNew<'a> {
    /// For a follower at a time; none where they follow nothing.
    #[must_use]
    pub fn of(follower: &'a Follower, now: Timestamp) -> Option<Self> {
        let begins = follower.begins()?;
        let days_ago = |days: i64| {
            now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
        };
        let recent =
            follower.deliveries().take_while(|it| it.plan.at >= days_ago(DAYS_OF_MESSAGES));
        let told = recent.last().or_else(|| follower.last()).map(|delivery| delivery.after);
        let (after, from) = match told.filter(|_| follower.settings.email) {
            Some(after) => (after, Timestamp::MIN),
            None => (Moment::default(), days_ago(DAYS_WITHOUT_MESSAGE)),
        };
        let is_made = |it: &&Delivery| matches!(it.outcome, Some(Outcome::Made(_)));
        let last = follower.deliveries().find(is_made).map(|it| (it.after, it.through()));
        let through = Moment { position: Position(u64::MAX), at: now };
        Some(Self { follower, after: after.max(begins), through, from, last })
    }

    /// Since when it is listed what is new.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.after.at.max(self.from)
    }

    /// What is new at the home of a view, which is the follower's agency's; none where nothing is.
    #[must_use]
    pub fn at(&self, view: &View) -> Option<NewAt> {
        let seen = Seen::of(view, self.after)?;
        let mut new = seen.news(self.follower, self.after, self.through);
        new.retain(|entry| self.from <= entry.told_from);
        new.sort_by_key(|entry| entry.told_from);
        let in_last = |entry: &&Entry| {
            let told = |(after, through)| entry.is_after(after) && !entry.is_after(through);
            self.last.is_some_and(told)
        };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Some(NewAt {
            count: count(new.len()),
            in_last: count(new.iter().filter(in_last).count()),
            first: *new.first()?,
            newest: *new.last()?,
        })
    }
}
