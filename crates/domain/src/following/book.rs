//! What the log says of followers: their settings, what was planned for them, and what became of it. Taking
//! something in cannot fail; what does not fit is passed over.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Follow, Settings};
use crate::{PersonId, Position};

/// How many deliveries of a person are kept, the newest: the log has them all.
const DELIVERIES_KEPT: usize = 50;

/// A moment of the log, from which or up to which something is told. The position is never shown to anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Its place in the log.
    pub position: Position,
    /// Its time, for what has no place that may tell: of what a reader knows the month only.
    pub at: Timestamp,
}

impl Moment {
    /// The later of two, in each of its parts.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let (position, at) = (self.position.max(other.position), self.at.max(other.at));
        Self { position, at }
    }
}

/// Why something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Something is new, and the person wants to hear at once.
    AtOnce,
    /// The same in quiet hours, because of an escalation at the highest level.
    Urgent,
    /// It is time for the daily digest.
    Daily,
    /// It is time for the weekly digest.
    Weekly,
}

/// That something is to be sent to a person: what is new for them up to a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// When it was decided.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// The last position that it tells of. Never shown to anybody.
    pub through: Position,
    /// Of how many entries it told when it was planned.
    pub count: u32,
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedCode {
    /// The mail server could not be reached, or did not answer.
    MailUnreachable,
    /// It did not offer TLS, or one that cannot be trusted.
    MailTls,
    /// It said no.
    MailRefused,
    /// The account has no address.
    MailNoAddress,
}

impl FailedCode {
    /// The stable code; its page is under `docs/errors/`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MailUnreachable => "mail-unreachable",
            Self::MailTls => "mail-tls",
            Self::MailRefused => "mail-refused",
            Self::MailNoAddress => "mail-no-address",
        }
    }
}

/// A failed attempt. What the server said is not in it: it may repeat the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub code: FailedCode,
    /// The server's reply code, where it gave one, such as 550.
    pub reply: Option<u16>,
}

/// Why a delivery ended without having been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedWhy {
    /// Nothing of it is left that the person follows and may see.
    NothingLeft,
    /// The person wants no e-mail any more.
    Unsubscribed,
    /// The account is gone or kept out, or its agency reads no more.
    NoReader,
    /// It was tried for as long as it is of use.
    Outdated,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it.
    Made(Timestamp),
    /// It is not tried any more.
    Ended(Timestamp, EndedWhy),
}

/// One delivery, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number among those of the person, from 1.
    pub number: u32,
    /// What was planned.
    pub plan: Plan,
    /// Up to where the deliveries before it told.
    pub after: Moment,
    /// How often it has failed.
    pub failures: u32,
    /// The last failure.
    pub failed: Option<Failed>,
    /// What became of it; none while it is under way.
    pub outcome: Option<Outcome>,
}

impl Delivery {
    /// Up to where it tells.
    #[must_use]
    pub fn through(&self) -> Moment {
        Moment { position: self.plan.through, at: self.plan.at }
    }
}

/// One person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Follower {
    /// What they have said last.
    pub settings: Settings,
    /// How often they have said something; 0 before.
    pub revision: u32,
    /// After when each follow counts: what was there before is not new.
    since: BTreeMap<Follow, Moment>,
    deliveries: BTreeMap<u32, Delivery>,
}

impl Follower {
    /// Somebody who has not said anything yet.
    #[must_use]
    pub fn to_begin_with() -> Self {
        Self { settings: Settings::to_begin_with(), ..Self::default() }
    }

    /// Every follow, with the moment after which it counts.
    pub fn follows(&self) -> impl Iterator<Item = (&Follow, Moment)> {
        self.since.iter().map(|(follow, since)| (follow, *since))
    }

    /// The moment up to which nothing can be new for them; none where they follow nothing.
    #[must_use]
    pub fn begins(&self) -> Option<Moment> {
        earliest(self.since.values().copied())
    }

    /// The newest deliveries, the newest first.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.values().rev()
    }

    /// The newest.
    #[must_use]
    pub fn last(&self) -> Option<&Delivery> {
        self.deliveries().next()
    }

    /// The one that is under way: nothing else is planned meanwhile, so a mail server that is down for long
    /// leaves one message behind, not many.
    #[must_use]
    pub fn under_way(&self) -> Option<&Delivery> {
        self.last().filter(|last| last.outcome.is_none())
    }

    /// Up to where the deliveries tell.
    #[must_use]
    pub fn told_through(&self) -> Moment {
        // A clock that was put back between two of them must not tell again of what the first told.
        self.deliveries.values().map(Delivery::through).fold(Moment::default(), Moment::max)
    }

    /// The person said how they follow.
    pub fn take_settings(&mut self, said: Moment, revision: u32, settings: Settings) {
        if revision <= self.revision {
            return;
        }
        // What was said while no e-mail was wanted is not sent when it is wanted again.
        let begins = settings.email && !self.settings.email;
        let before = std::mem::take(&mut self.since);
        let since = |follow: &Follow| before.get(follow).copied().filter(|_| !begins);
        self.since = settings
            .follows
            .iter()
            .map(|follow| (follow.clone(), since(follow).unwrap_or(said)))
            .collect();
        (self.settings, self.revision) = (settings, revision);
    }

    /// A delivery was planned.
    pub fn take_plan(&mut self, number: u32, plan: Plan) {
        let expected = self.last().map_or(1, |last| last.number.saturating_add(1));
        if number < expected {
            return;
        }
        let after = self.told_through();
        let (failures, failed, outcome) = (0, None, None);
        let delivery = Delivery { number, plan, after, failures, failed, outcome };
        self.deliveries.insert(number, delivery);
        while self.deliveries.len() > DELIVERIES_KEPT {
            self.deliveries.pop_first();
        }
    }

    /// An attempt failed.
    pub fn take_failure(&mut self, number: u32, failed: Failed) {
        if let Some(delivery) = self.deliveries.get_mut(&number) {
            delivery.failures = delivery.failures.saturating_add(1);
            delivery.failed = Some(failed);
        }
    }

    /// It was made or ended. What came first counts.
    pub fn take_outcome(&mut self, number: u32, outcome: Outcome) {
        if let Some(delivery) = self.deliveries.get_mut(&number) {
            delivery.outcome.get_or_insert(outcome);
        }
    }
}

/// Everybody who follows something, or has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    persons: BTreeMap<PersonId, Follower>,
}

impl Book {
    /// One person.
    #[must_use]
    pub fn person(&self, person: &PersonId) -> Option<&Follower> {
        self.persons.get(person)
    }

    /// One person, to take something in.
    pub fn person_mut(&mut self, person: &PersonId) -> &mut Follower {
        self.persons.entry(person.clone()).or_default()
    }

    /// Everybody, in order.
    pub fn persons(&self) -> impl Iterator<Item = (&PersonId, &Follower)> {
        self.persons.iter()
    }

    /// The moment up to which nothing can be new for anybody.
    #[must_use]
    pub fn floor(&self) -> Moment {
        let never = Moment { position: Position(u64::MAX), at: Timestamp::MAX };
        earliest(self.persons.values().filter_map(Follower::begins)).unwrap_or(never)
    }
}

/// The earliest of moments, in each of its parts.
fn earliest(moments: impl Iterator<Item = Moment>) -> Option<Moment> {
    moments.reduce(|a, b| Moment { position: a.position.min(b.position), at: a.at.min(b.at) })
}
