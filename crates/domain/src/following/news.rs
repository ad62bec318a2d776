//! What is new at a home for a reader: entries of the timeline as the reader's agency sees it. E-mails and the page that
//! they lead to ask the same here.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::course::Course;
use super::{Follow, Follower, Moment};
use crate::escalation::{ChangeKind, Level};
use crate::event::EventType;
use crate::picture::{Home, Item, What};
use crate::sharing::View;
use crate::time::{london_date, start_of_day};
use crate::{HomeId, Position};

/// One entry that a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands. Never shown.
    pub position: Position,
    /// From when on it may be told: when the log recorded it, or when its month is over where the reader knows no more
    /// than the month.
    pub told_from: Timestamp,
    /// Whether the reader knows the month only. Its place in the log would tell the day: it counts by `told_from` alone.
    pub is_month_only: bool,
    /// Whether it is an escalation at the highest level, raised or opened again.
    pub urgent: bool,
    /// The highest level at which the home stood when it came.
    level: Level,
}

/// When an entry was recorded, as far as its reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// At this time.
    At(Timestamp),
    /// On some day of the month that begins with this one.
    InMonth(Date),
}

impl Entry {
    /// Whether it comes after a moment.
    #[must_use]
    pub fn is_after(&self, moment: Moment) -> bool {
        if self.is_month_only {
            moment.at < self.told_from
        } else {
            moment.position < self.position
        }
    }

    /// When it was recorded, as far as the reader knows.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        if self.is_month_only {
            Recorded::InMonth(london_date(self.told_from).saturating_sub(1.month()))
        } else {
            Recorded::At(self.told_from)
        }
    }
}

/// A home as one agency sees it, as far as followers need it.
#[derive(Debug, Clone)]
pub struct Seen {
    home: HomeId,
    predecessors: Vec<HomeId>,
    provider: Option<String>,
    area: Option<String>,
    /// In the order of the log.
    entries: Vec<Entry>,
    /// Those of which the reader knows the month only.
    of_months: Vec<Entry>,
}

impl Seen {
    /// Of a view: its entries after `floor`. None where the home does not exist for the reader.
    #[must_use]
    pub fn of(view: &View, floor: Moment) -> Option<Self> {
        if !view.exists() {
            return None;
        }
        let home = view.home();
        let registration = home.head.registration.as_ref();
        let provider = registration.and_then(|known| known.provider.as_ref());
        let told = home.items().iter().filter(|item| is_told(item));
        let entries = told.map(|item| entry(view, item)).filter(|entry| entry.is_after(floor));
        let (of_months, mut entries): (Vec<Entry>, Vec<Entry>) =
            entries.partition(|entry| entry.is_month_only);
        entries.sort_by_key(|entry| entry.position);
        let mut seen = Self {
            home: home.id().clone(),
            predecessors: home.head.predecessors.clone(),
            provider: provider.map(|provider| provider.id.clone()),
            area: registration.and_then(|known| known.area.clone()),
            entries,
            of_months,
        };
        seen.set_levels(home);
        Some(seen)
    }

    fn set_levels(&mut self, home: &Home) {
        if self.entries.is_empty() && self.of_months.is_empty() {
            return;
        }
        let course = Course::of(home);
        for entry in &mut self.entries {
            entry.level = course.at(entry.position);
        }
        for entry in &mut self.of_months {
            // By its own place it would tell on which side of a raise or a closing it stands.
            let month = start_of_day(london_date(entry.told_from).saturating_sub(1.month()));
            entry.level = course.within(month, entry.told_from);
        }
    }

    /// What is new here for a follower after a moment, and up to another: each entry once, however often it is
    /// followed.
    #[must_use]
    pub fn news(&self, follower: &Follower, after: Moment, through: Moment) -> Vec<Entry> {
        let from = self.entries.partition_point(|entry| !entry.is_after(after));
        let entries = self.entries.get(from..).unwrap_or_default().iter().chain(&self.of_months);
        let in_range = entries.filter(|entry| entry.is_after(after) && !entry.is_after(through));
        let is_followed = |entry: &&Entry| {
            let mut follows = follower.follows();
            follows.any(|(follow, since)| self.is_meant_by(follow, entry) && entry.is_after(since))
        };
        in_range.filter(is_followed).copied().collect()
    }

    /// When the last month is over of which something may be told no earlier, if that is over by `now`.
    #[must_use]
    pub(super) fn last_month_over(&self, now: Timestamp) -> Option<Timestamp> {
        self.of_months.iter().map(|entry| entry.told_from).filter(|from| *from <= now).max()
    }

    /// Whether this follow means it, as it stood when an entry came. Whoever follows a level hears of what was said
    /// while the home stood at it, of what raised it and of what lowered it, also when it has been lowered since.
    fn is_meant_by(&self, follow: &Follow, entry: &Entry) -> bool {
        match follow {
            Follow::Home(home) => self.home == *home || self.predecessors.contains(home),
            Follow::Provider(provider) => self.provider.as_ref() == Some(provider),
            Follow::Area(area) => self.area.as_ref() == Some(area),
            Follow::Level(level) => entry.level >= *level,
        }
    }
}

fn entry(view: &View, item: &Item) -> Entry {
    let is_month_only = knows_month_only(view, item);
    let told_from = if is_month_only { month_over(item.recorded_at) } else { item.recorded_at };
    let (position, urgent) = (item.position, is_urgent(view, item));
    Entry { position, told_from, is_month_only, urgent, level: Level::None }
}

/// Whether the reader knows the month only, of the entry or of what it is about: that others corrected a report tells
/// that it was there by then.
fn knows_month_only(view: &View, item: &Item) -> bool {
    let about = match &item.what {
        What::Event { about, .. } if !view.is_own(&item.agency) => *about,
        What::Event { .. } | What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => {
            None
        }
    };
    let about = about.and_then(|about| view.home().concern(about));
    view.is_month_only(item) || about.is_some_and(|(item, _)| view.is_month_only(item))
}

/// The first moment in London after the month of an instant.
fn month_over(at: Timestamp) -> Timestamp {
    start_of_day(london_date(at).first_of_month().saturating_add(1.month()))
}

/// That a register was read in again is nothing to be told of.
fn is_told(item: &Item) -> bool {
    match &item.what {
        What::Event { event, .. } => {
            !matches!(event, EventType::HomeRegistered | EventType::HomeChanged)
        }
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => true,
    }
}

fn is_urgent(view: &View, item: &Item) -> bool {
    let What::Escalation { id, change: ChangeKind::Raised | ChangeKind::Reopened, .. } = &item.what
    else {
        return false;
    };
    view.home().escalation(id).is_some_and(|escalation| escalation.level == Level::Major)
}
