//! The progress of actions, with the rating before and the rating now side by side, and the grade of the last review
//! (Coventry, Kirklees, Stockton; triggers.md §6). Only actions of escalations that are routed to the reader: others
//! do not see them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Place;
use crate::escalation::{Action, Escalation, Grade, Rated, Rating};
use crate::sharing::{Sight, View};
use crate::time::{end_of_day, london_date, start_of_day};
use crate::{ActionId, BodyId, EscalationId, MeasureId, TriggerId};

/// How actions have gone on since a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// Each that was not over before that day; the most behind first, then by due day.
    pub actions: Vec<ActionLine>,
    /// The same in figures, by owner.
    pub owners: BTreeMap<BodyId, OwnerLine>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionLine {
    /// The home.
    pub place: Place,
    /// The escalation that led to it.
    pub escalation: EscalationId,
    /// The trigger of that.
    pub trigger: TriggerId,
    /// Its name.
    pub action: ActionId,
    /// The how-manieth of its escalation.
    pub number: u16,
    /// Who does it.
    pub owner: BodyId,
    /// How one will know that it is achieved.
    pub measure: MeasureId,
    /// The last day on which it is in time.
    pub due: Date,
    /// The rating at the end of the earlier day; none where it was assigned later.
    pub before: Option<Rating>,
    /// The rating now.
    pub now: Rating,
    /// What a person replaced the rating by dates with.
    pub rated: Option<Rated>,
    /// The grade of the last review.
    pub grade: Option<Grade>,
    /// When that was.
    pub reviewed_at: Option<Timestamp>,
    /// When it is looked at next.
    pub review_on: Option<Date>,
    /// Whether that day is past and nothing more is known.
    pub is_review_late: bool,
    /// When it was achieved.
    pub completed_at: Option<Timestamp>,
    /// Whether nothing more is expected of it.
    pub is_over: bool,
}

/// The actions of an owner that are in the report: each stands in exactly one of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnerLine {
    /// Open and green.
    pub green: u32,
    /// Open and amber.
    pub amber: u32,
    /// Open and red.
    pub red: u32,
    /// Achieved.
    pub achieved: u32,
    /// Given up: a review found them not achieved.
    pub given_up: u32,
}

impl Actions {
    /// What the readers of these views see of it: how it stood at the end of `since`, and how it stands at `now`.
    /// `serious_after` days late an action is red.
    pub fn of<'a>(
        views: impl IntoIterator<Item = &'a View>,
        since: Date,
        serious_after: u16,
        now: Timestamp,
    ) -> Self {
        let mut actions = Vec::new();
        for view in views {
            let whole = view.home().escalations().filter(|e| view.sight(e) == Sight::Whole);
            for escalation in whole {
                let known = escalation.actions.iter().filter(|action| !is_old(action, since));
                let place = Place::of(view.home());
                actions.extend(known.map(|action| {
                    line(place.clone(), escalation, action, (since, now), serious_after)
                }));
            }
        }
        actions.sort_by_cached_key(order);
        let mut owners: BTreeMap<BodyId, OwnerLine> = BTreeMap::new();
        for line in &actions {
            let owner = owners.entry(line.owner.clone()).or_default();
            let place = match (line.completed_at, line.is_over, line.now) {
                (Some(_), _, _) => &mut owner.achieved,
                (None, true, _) => &mut owner.given_up,
                (None, false, Rating::Green) => &mut owner.green,
                (None, false, Rating::Amber) => &mut owner.amber,
                (None, false, Rating::Red) => &mut owner.red,
            };
            *place += 1;
        }
        Self { actions, owners }
    }
}

fn order(line: &ActionLine) -> impl Ord + use<> {
    let behind = std::cmp::Reverse(line.now);
    (line.is_over, behind, line.due, line.place.clone(), line.escalation.clone(), line.number)
}

/// Whether it was over before a day began.
fn is_old(action: &Action, since: Date) -> bool {
    let over_at = action.completed_at.or(action.reviewed_at.filter(|_| action.is_over()));
    over_at.is_some_and(|at| at < start_of_day(since))
}

fn line(
    place: Place,
    escalation: &Escalation,
    action: &Action,
    (since, now): (Date, Timestamp),
    serious_after: u16,
) -> ActionLine {
    let today = london_date(now);
    ActionLine {
        place,
        escalation: escalation.id.clone(),
        trigger: escalation.trigger.clone(),
        action: action.id.clone(),
        number: action.number,
        owner: action.owner.clone(),
        measure: action.measure.clone(),
        due: action.due,
        before: rating_on(action, since, serious_after),
        now: action.rating(today, serious_after),
        rated: action.rated.clone(),
        grade: action.grade,
        reviewed_at: action.reviewed_at,
        review_on: action.review_on,
        is_review_late: !action.is_over() && action.review_on.is_some_and(|day| day < today),
        completed_at: action.completed_at,
        is_over: action.is_over(),
    }
}

/// The rating at the end of a day, as far as the record tells; none before it was assigned. The record holds the last
/// rating by a person and the one that this replaced. Where that was no rating by dates, an earlier person's was in
/// force, nobody knows since when; it is taken for all the time before.
fn rating_on(action: &Action, day: Date, serious_after: u16) -> Option<Rating> {
    let end = end_of_day(day);
    if action.assigned_at > end {
        return None;
    }
    if action.completed_at.is_some_and(|completed| completed <= end) {
        return Some(Rating::Green);
    }
    let open = Action { completed_at: None, ..action.clone() };
    let by_dates = |day| open.by_dates(day, serious_after);
    Some(match &action.rated {
        Some(rated) if rated.at <= end => rated.rating,
        Some(rated) if rated.previous != by_dates(london_date(rated.at)) => rated.previous,
        Some(_) | None => by_dates(day),
    })
}
