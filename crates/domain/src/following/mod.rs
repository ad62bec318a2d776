//! Following: a person says which homes, providers, areas or levels they follow and how they want to hear of
//! them; here it is decided what is due to whom, and what became of it (design law 10).
//!
//! A [`Book`] is what the hub's own messages on `carehub.person.>` and `carehub.delivery.>` say. [`round`] looks
//! at it, at the pictures as each follower's agency sees them, and at the time, and says what is to be done next
//! ([`Act`]). The shell writes a plan into the log before it sends, and the outcome after: so a rebuild sends
//! nothing again, and no picture depends on any of it.
//!
//! What is new for somebody is what stands in the timeline of a home as their agency sees it *now*: what was
//! withheld since it was planned is not told. [`WhatsNew`] lists it by home, for the page to which a message leads.

mod book;
mod course;
mod due;
mod letter;
mod looked;
mod news;
mod round;
mod whats_new;

pub use book::{
    Book, Delivery, EndedWhy, Failed, FailedCode, Follower, Moment, Outcome, Plan, Reason,
};
pub use due::{DAYS_TRIED, Timing, Try, due, next_try};
pub use letter::Letter;
pub use looked::Looked;
pub use news::{Entry, Recorded, Seen};
pub use round::{Act, Whom, round};
pub use whats_new::{NewAt, WhatsNew};

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::HomeId;
use crate::escalation::Level;
use crate::time::LONDON;

/// How much one person may follow.
pub const FOLLOWS_AT_MOST: usize = 200;

/// One thing that is followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", content = "which", rename_all = "kebab-case")]
pub enum Follow {
    /// A home, also under the registrations that succeed it.
    Home(HomeId),
    /// Every home of a provider, by its id in the register.
    Provider(String),
    /// Every home in a local authority's area, as the policy names areas.
    Area(String),
    /// Every home for as long as its level is this or higher, as the reader sees it.
    Level(Level),
}

/// When somebody wants to hear of what is new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Cadence {
    /// As soon as it is there; what comes soon after joins it.
    #[default]
    AtOnce,
    /// Once a day, at this hour in London.
    Daily {
        /// From 0 to 23.
        hour: Hour,
    },
    /// Once a week.
    Weekly {
        /// On this day.
        day: Day,
        /// At this hour in London, from 0 to 23.
        hour: Hour,
    },
}

/// An hour of the day, from 0 to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct Hour(i8);

/// A number that is no hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an hour is a number from 0 to 23")]
pub struct NoHour;

impl Hour {
    /// As a number.
    #[must_use]
    pub fn get(self) -> i8 {
        self.0
    }

    pub(super) fn time(self) -> Time {
        Time::constant(self.0, 0, 0, 0)
    }
}

impl TryFrom<i8> for Hour {
    type Error = NoHour;

    fn try_from(hour: i8) -> Result<Self, NoHour> {
        if (0..24).contains(&hour) { Ok(Self(hour)) } else { Err(NoHour) }
    }
}

impl From<Hour> for i8 {
    fn from(hour: Hour) -> i8 {
        hour.0
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// Every day, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    pub(super) fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}

/// Hours in which nothing is sent, by London's clock; over midnight where they end before they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The first moment.
    pub from: Hour,
    /// The first moment after them.
    pub until: Hour,
}

impl QuietHours {
    /// Whether an instant is within them. Those that end where they begin are none.
    #[must_use]
    pub fn contain(self, instant: Timestamp) -> bool {
        let time = LONDON.to_datetime(instant).time();
        let (from, until) = (self.from.time(), self.until.time());
        if from <= until { from <= time && time < until } else { from <= time || time < until }
    }
}

/// What a person has said of how they follow. It stands in the log whole; the last one counts. Their address is
/// not in it: that is in the accounts file alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What they follow.
    pub follows: BTreeSet<Follow>,
    /// Whether they want e-mail at all.
    pub email: bool,
    /// When.
    pub cadence: Cadence,
    /// When not.
    pub quiet: Option<QuietHours>,
    /// Whether an escalation at the highest level may be told in quiet hours.
    pub urgent_passes: bool,
}

impl Settings {
    /// What they are until the person has said something: nothing is followed, and e-mail begins with the first
    /// follow.
    #[must_use]
    pub fn to_begin_with() -> Self {
        Self { email: true, ..Self::default() }
    }
}
