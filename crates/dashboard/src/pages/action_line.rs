//! An action with its rating: the one by its dates, or a person's beside the one that it replaced.

use carehub_domain::BodyId;
use carehub_domain::escalation::{Action, Escalation};
use carehub_domain::policy::Policy;
use jiff::civil::Date;

use super::when::When;
use super::words::{self, Tag};

/// A line.
pub(super) struct ActionLine {
    pub(super) id: String,
    pub(super) number: u16,
    pub(super) escalation: String,
    pub(super) owner: String,
    pub(super) measure: String,
    pub(super) due: When,
    pub(super) review_on: Option<When>,
    pub(super) rating: Tag,
    /// The rating that a person replaced.
    pub(super) previous: Option<Tag>,
    pub(super) completed: Option<When>,
    pub(super) grade: &'static str,
    pub(super) is_over: bool,
}

impl ActionLine {
    /// The actions of an escalation, in the order of assignment.
    pub(super) fn all(policy: &Policy, escalation: &Escalation, today: Date) -> Vec<Self> {
        let line = |action: &Action| Self::of(policy, escalation, action, today);
        escalation.actions.iter().map(line).collect()
    }

    fn of(policy: &Policy, escalation: &Escalation, action: &Action, today: Date) -> Self {
        let serious_after = policy.process.actions.serious_after_days;
        Self {
            id: action.id.to_string(),
            number: action.number,
            escalation: escalation.id.to_string(),
            owner: words::body(policy, &action.owner),
            measure: action.measure.to_string().replace('-', " "),
            due: When::day(action.due),
            review_on: action.review_on.map(When::day),
            rating: words::rating(action.rating(today, serious_after)),
            previous: action.rated.as_ref().map(|rated| words::rating(rated.previous)),
            completed: action.completed_at.map(When::of),
            grade: action.grade.map(grade).unwrap_or_default(),
            is_over: action.is_over(),
        }
    }
}

/// Whether an action waits for a body.
pub(super) fn waits_for(action: &Action, body: &BodyId) -> bool {
    !action.is_over() && action.owner == *body
}

pub(crate) fn grade(grade: carehub_domain::escalation::Grade) -> &'static str {
    use carehub_domain::escalation::Grade;
    match grade {
        Grade::FullyAchieved => "1, fully achieved",
        Grade::OnTrack => "2, on track",
        Grade::Slipped => "3, slipped",
        Grade::NotAchieved => "4, not achieved",
    }
}
