//! An action that an escalation led to: SMART, rated by its dates, graded at review (Coventry SCR
//! Mrs E, Stockton; triggers.md §6). The text of what is to be done stays in the log (law 9).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Escalation, Step};
use crate::time::london_date;
use crate::{ActionId, BodyId, MeasureId, Position};

/// How many actions one escalation holds. A partnership that needs more splits the work; a record
/// must stay far below the server's payload limit.
pub const ACTIONS_HELD: usize = 64;

/// Red, amber or green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rating {
    /// On track, or achieved.
    Green,
    /// Slightly behind.
    Amber,
    /// Not achieved and seriously behind.
    Red,
}

/// What a review found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Grade {
    /// 1: fully achieved.
    FullyAchieved,
    /// 2: on track.
    OnTrack,
    /// 3: slipped.
    Slipped,
    /// 4: not achieved.
    NotAchieved,
}

/// A grade is one of 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a grade is 1, 2, 3 or 4")]
pub struct BadGrade;

impl TryFrom<u8> for Grade {
    type Error = BadGrade;
    fn try_from(number: u8) -> Result<Self, BadGrade> {
        match number {
            1 => Ok(Self::FullyAchieved),
            2 => Ok(Self::OnTrack),
            3 => Ok(Self::Slipped),
            4 => Ok(Self::NotAchieved),
            _ => Err(BadGrade),
        }
    }
}

impl From<Grade> for u8 {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::FullyAchieved => 1,
            Grade::OnTrack => 2,
            Grade::Slipped => 3,
            Grade::NotAchieved => 4,
        }
    }
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name, unique within the escalation.
    pub id: ActionId,
    /// The how-manieth of its escalation, from 1: [`Step::Action`] names it so.
    pub number: u16,
    /// Who does it.
    pub owner: BodyId,
    /// How one will know that it is achieved.
    pub measure: MeasureId,
    /// Where its text stands in the log.
    pub position: Position,
    /// When it was assigned.
    pub assigned_at: Timestamp,
    /// The last day on which it is in time.
    pub due: Date,
    /// When it is looked at again.
    pub review_on: Option<Date>,
    /// When it was achieved.
    pub completed_at: Option<Timestamp>,
    /// The grade of the last review.
    pub grade: Option<Grade>,
    /// When that was.
    pub reviewed_at: Option<Timestamp>,
    /// The rating that a person gave in place of the one by dates.
    pub rated: Option<Rated>,
}

/// A rating that a person gave, beside the one that it replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// The new one.
    pub rating: Rating,
    /// The one in force before.
    pub previous: Rating,
    /// Who gave it.
    pub by: BodyId,
    /// When.
    pub at: Timestamp,
    /// Where the reason stands in the log.
    pub position: Position,
}

impl Action {
    /// Whether nothing more is expected of it: it is achieved, or a review found that it was not and
    /// will not be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.completed_at.is_some() || self.grade == Some(Grade::NotAchieved)
    }

    /// The rating by dates alone, on `today`: green until the day it is due and once achieved, amber
    /// for `serious_after` days more, then red.
    #[must_use]
    pub fn by_dates(&self, today: Date, serious_after: u16) -> Rating {
        if self.completed_at.is_some() || today <= self.due {
            return Rating::Green;
        }
        let late = (today - self.due).get_days();
        if late <= i32::from(serious_after) { Rating::Amber } else { Rating::Red }
    }

    /// The rating in force on `today`: a person's, until the action is achieved, else the one by
    /// dates.
    #[must_use]
    pub fn rating(&self, today: Date, serious_after: u16) -> Rating {
        match &self.rated {
            Some(rated) if self.completed_at.is_none() => rated.rating,
            Some(_) | None => self.by_dates(today, serious_after),
        }
    }
}

impl Escalation {
    /// The action of this name.
    #[must_use]
    pub fn action(&self, id: &ActionId) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == *id)
    }

    /// The action that a step names.
    #[must_use]
    pub fn action_of(&self, step: Step) -> Option<&Action> {
        match step {
            Step::Action(number) => self.actions.iter().find(|action| action.number == number),
            Step::Acknowledge | Step::Discuss | Step::AgreeLead | Step::Decide => None,
        }
    }

    /// Whether a responsible body, or the lead, may direct the actions.
    pub(super) fn is_led_by(&self, body: &BodyId) -> bool {
        self.responsible.contains(body) || self.lead.as_ref() == Some(body)
    }

    /// Whether an action is seriously behind at `now`, by dates or by a person's rating.
    #[must_use]
    pub fn is_seriously_behind(&self, now: Timestamp, serious_after: u16) -> bool {
        let today = london_date(now);
        let open = self.actions.iter().filter(|action| action.completed_at.is_none());
        open.map(|action| action.rating(today, serious_after)).any(|r| r == Rating::Red)
    }
}
