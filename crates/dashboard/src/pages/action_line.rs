//! An action: what is to be done, where and by when, with its rating: the one by its dates, or a person's beside the one
//! that it replaced.

use carehub_domain::escalation::{Action, Escalation};
use carehub_domain::event::EventType;
use carehub_domain::picture::What;
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, Position};
use carehub_storage::log::Log;
use jiff::civil::Date;

use super::when::When;
use super::words::{self, Tag};
use crate::api::text;
use crate::figures::Seen;
use crate::problem::Problem;

/// A line.
pub(super) struct ActionLine {
    pub(super) id: String,
    pub(super) number: u16,
    /// The escalation and what it is called; none on the page of the escalation itself.
    pub(super) escalation: Option<(String, String)>,
    /// The home and its name, where the page is not the home's own; what stands at no place has no id.
    pub(super) home: Option<(String, String)>,
    /// What is to be done; empty for whoever may not read it.
    pub(super) summary: String,
    pub(super) owner: String,
    pub(super) measure: String,
    pub(super) due: When,
    pub(super) is_late: bool,
    pub(super) review_on: Option<When>,
    pub(super) rating: Tag,
    /// The rating that a person replaced.
    pub(super) previous: Option<Tag>,
    pub(super) completed: Option<When>,
    pub(super) grade: &'static str,
    pub(super) is_over: bool,
    due_on: Date,
    position: Position,
    /// Who assigned it, where the reader may read what was said.
    reads: Option<BodyId>,
}

impl ActionLine {
    /// The actions of an escalation, in the order of assignment.
    pub(super) fn all(policy: &Policy, escalation: &Escalation, today: Date) -> Vec<Self> {
        let line = |action: &Action| Self::of(policy, escalation, action, today);
        escalation.actions.iter().map(line).collect()
    }

    fn of(policy: &Policy, escalation: &Escalation, action: &Action, today: Date) -> Self {
        let serious_after = policy.process.actions.serious_after_days;
        let title = words::trigger(policy, &escalation.trigger);
        Self {
            id: action.id.to_string(),
            number: action.number,
            escalation: Some((escalation.id.to_string(), title)),
            home: None,
            summary: String::new(),
            owner: words::body(policy, &action.owner),
            measure: action.measure.to_string().replace('-', " "),
            due: When::day(action.due),
            is_late: action.due < today && !action.is_over(),
            review_on: action.review_on.map(When::day),
            rating: words::rating(action.rating(today, serious_after)),
            previous: action.rated.as_ref().map(|rated| words::rating(rated.previous)),
            completed: action.completed_at.map(When::of),
            grade: action.grade.map(grade).unwrap_or_default(),
            is_over: action.is_over(),
            due_on: action.due,
            position: action.position,
            reads: None,
        }
    }

    /// By due day, overdue first; what is over comes last.
    pub(super) fn sort(lines: &mut [Self]) {
        lines.sort_by_key(|line| (line.is_over, line.due_on, line.number));
    }

    /// Names the home of lines that stand on another page than its own.
    pub(super) fn name_home(lines: &mut [Self], seen: &Seen) {
        let id = Some(seen.home().id()).filter(|id| id.is_place());
        let id = id.map(ToString::to_string).unwrap_or_default();
        for line in lines {
            line.home = Some((id.clone(), words::name(seen.home())));
        }
    }

    /// Notes of the actions of a home which texts the reader may read. They are read with [`Self::read_texts`].
    pub(super) fn note_texts(lines: &mut [Self], seen: &Seen) {
        if lines.is_empty() {
            return;
        }
        for item in seen.home().items().iter() {
            let is_assignment = match &item.what {
                What::Event { event, .. } => *event == EventType::ActionAssigned,
                What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => false,
            };
            if is_assignment && seen.view.has_text(item) {
                for line in lines.iter_mut().filter(|line| line.position == item.position) {
                    line.reads = Some(item.agency.clone());
                }
            }
        }
    }

    /// Reads what is to be done, where the reader may.
    pub(super) async fn read_texts(lines: &mut [Self], log: &Log) -> Result<(), Problem> {
        let wanted = lines.iter().filter_map(|line| Some((line.position, line.reads.clone()?)));
        let said = text::read(log, &wanted.collect()).await?;
        for line in lines {
            let mut texts = said.get(&line.position).map(text::Said::text).unwrap_or_default();
            line.summary = texts.remove("summary").unwrap_or_default();
        }
        Ok(())
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
