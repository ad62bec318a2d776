//! The forms on the page of an escalation: which there are, what each asks, and what would be refused now.

mod beforehand;
mod choices;

use askama::Template;
use carehub_domain::Position;
use carehub_domain::escalation::{Answering, Escalation};
use carehub_domain::event::EventType;
use carehub_people::Who;

use super::refusals;
use crate::figures::Seen;
use crate::forms::{Fault, Fields, fresh_event_id};
use crate::problem::Problem;
use crate::shared::App;
use beforehand::{next, would_refuse};
pub(super) use choices::{GRADES, RATINGS};

/// Stands in place of the token of a form where an action was assigned to an owner whom the hub tells nothing.
pub(super) const UNTOLD: &str = "action-untold";

/// One thing that can be said of an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Acknowledge,
    Discuss,
    Decide,
    AgreeLead,
    AssignAction,
    ProgressAction,
    CompleteAction,
    AddEvidence,
    Close,
}

impl Answer {
    /// In the order of the page.
    pub(super) const ALL: [Self; 9] = [
        Self::Acknowledge,
        Self::Discuss,
        Self::AgreeLead,
        Self::Decide,
        Self::AssignAction,
        Self::ProgressAction,
        Self::CompleteAction,
        Self::AddEvidence,
        Self::Close,
    ];

    /// As it stands in the form.
    pub(super) fn token(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Discuss => "discuss",
            Self::Decide => "decide",
            Self::AgreeLead => "lead",
            Self::AssignAction => "action",
            Self::ProgressAction => "progress",
            Self::CompleteAction => "complete",
            Self::AddEvidence => "evidence",
            Self::Close => "close",
        }
    }

    pub(super) fn read(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.token() == token)
    }

    /// The event that it becomes.
    pub(super) fn event(self) -> EventType {
        match self {
            Self::Acknowledge => EventType::Acknowledged,
            Self::Discuss => EventType::Discussed,
            Self::Decide => EventType::Decided,
            Self::AgreeLead => EventType::LeadAgreed,
            Self::AssignAction => EventType::ActionAssigned,
            Self::ProgressAction => EventType::ActionProgressed,
            Self::CompleteAction => EventType::ActionCompleted,
            Self::AddEvidence => EventType::EvidenceAdded,
            Self::Close => EventType::Closed,
        }
    }

    /// The heading of its form, and the word on its button.
    fn heading(self) -> (&'static str, &'static str) {
        match self {
            Self::Acknowledge => ("Acknowledge", "Acknowledge"),
            Self::Discuss => ("Record a discussion", "Record the discussion"),
            Self::Decide => ("Record a decision", "Record the decision"),
            Self::AgreeLead => ("Agree who leads", "Record who leads"),
            Self::AssignAction => ("Assign an action", "Assign the action"),
            Self::ProgressAction => ("Say how an action goes", "Record how it goes"),
            Self::CompleteAction => ("Complete an action", "Record that it is achieved"),
            Self::AddEvidence => ("Add evidence", "Add the evidence"),
            Self::Close => ("Close", "Close the escalation"),
        }
    }

    /// What the page says when it was taken.
    fn done(self) -> &'static str {
        match self {
            Self::Acknowledge => "Acknowledged for your agency.",
            Self::Discuss => "The discussion is recorded.",
            Self::Decide => "The decision is recorded.",
            Self::AgreeLead => "It is recorded who leads.",
            Self::AssignAction => "The action is assigned, and its owner is told.",
            Self::ProgressAction => "It is recorded how the action goes.",
            Self::CompleteAction => "The action is recorded as achieved.",
            Self::AddEvidence => "The evidence is added.",
            Self::Close => "The escalation is closed.",
        }
    }
}

/// What a page says of the form that was taken last: of an answer, and of a request to raise an escalation.
pub(super) fn done(token: &str) -> &'static str {
    match token {
        "raised" => "It is raised. Those whom you named are told.",
        "asked" => {
            "Your request is in the log and is being worked on. The escalation stands on the page of the home as soon as it is raised: there is no need to send it again."
        }
        UNTOLD => "The action is assigned. Its owner is not told by the hub: tell them yourself.",
        "said" => "It is said, and stands in the timeline.",
        "before" => "You had sent this form already. What you sent first is what counts.",
        "sent" => {
            "Your answer is in the log and is being worked on. This page shows it as soon as it is taken in."
        }
        token => Answer::read(token).map_or("", Answer::done),
    }
}

/// A form that was sent and not taken.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) answer: Option<Answer>,
    pub(super) fields: Fields,
    pub(super) faults: Vec<Fault>,
    /// The code with which the hub refused it.
    pub(super) refused: Option<String>,
}

impl Filled {
    pub(super) fn is_refused(&self) -> bool {
        !self.faults.is_empty() || self.refused.is_some()
    }
}

/// The forms.
#[derive(Template)]
#[template(path = "answer_forms.html")]
pub(super) struct AnswerForms {
    pub(super) forms: Vec<OneForm>,
    /// Where each fault stands: the id of the field, and what is wrong.
    pub(super) summary: Vec<(String, String)>,
    escalation: String,
    csrf: String,
    bodies: Vec<Choice>,
    leads: Vec<Choice>,
    owners: Vec<Choice>,
    /// Which owners the hub tells nothing.
    untold: String,
    decisions: Vec<Choice>,
    /// How it was known before at this home that an action is achieved.
    measures: Vec<String>,
    progressed: Vec<Choice>,
    grades: Vec<Choice>,
    ratings: Vec<Choice>,
    completed: Vec<Choice>,
    offered: Vec<Choice>,
}

/// One of several to choose from.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

/// One form.
pub(super) struct OneForm {
    token: &'static str,
    heading: &'static str,
    button: &'static str,
    /// Why the hub would refuse it now.
    would_refuse: Option<String>,
    /// Why the hub has just refused it.
    refused: Option<String>,
    is_open: bool,
    event: String,
    faults: Vec<Fault>,
    fields: Fields,
}

impl OneForm {
    fn is(&self, token: &str) -> bool {
        self.token == token
    }

    /// What was typed into a field.
    fn typed(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// What is wrong with a field.
    fn fault(&self, name: &str) -> Option<&'static str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.words)
    }

    /// The hint of a field, where it has one.
    fn hint<'a>(&self, words: &'a str) -> Option<&'a str> {
        (!words.is_empty()).then_some(words)
    }

    /// The ids of what describes a field: its hint, and what is wrong with it.
    fn described(&self, name: &str, hint: &str) -> Option<String> {
        let hint = self.hint(hint).map(|_| format!("{}-{name}-hint", self.token));
        let error = self.fault(name).map(|_| format!("{}-{name}-error", self.token));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

impl AnswerForms {
    pub(super) fn of(
        app: &App,
        who: &Who,
        seen: &Seen,
        escalation: &Escalation,
        csrf: String,
        filled: &Filled,
    ) -> Result<Self, Problem> {
        let policy = app.pictures.policy();
        let now = app.pictures.time();
        let answering = Answering { by: who.agency.clone(), at: now, position: Position(0) };
        let next = next(escalation, &answering, &policy);
        let mut forms = Vec::new();
        for answer in Answer::ALL {
            let is_filled = filled.answer == Some(answer);
            let (heading, button) = answer.heading();
            let offered = match filled.answer {
                Some(filled) => filled == answer,
                None => next == Some(answer),
            };
            let is_of_actions = matches!(answer, Answer::ProgressAction | Answer::CompleteAction);
            if is_of_actions && escalation.actions.is_empty() && !is_filled {
                continue;
            }
            let refusal = would_refuse(answer, escalation, &answering, &policy);
            let refused = filled.refused.as_deref().filter(|_| is_filled);
            forms.push(OneForm {
                token: answer.token(),
                heading,
                button,
                would_refuse: refusal.map(|refusal| refusals::words(&refusal.code)),
                refused: refused.map(refusals::words),
                is_open: offered,
                event: fresh_event_id()?,
                faults: if is_filled { filled.faults.clone() } else { Vec::new() },
                fields: if is_filled { filled.fields.clone() } else { Fields::default() },
            });
        }
        let chosen = |answer: Answer, field: &str, value: &str| {
            filled.answer == Some(answer) && filled.fields.has(field, value)
        };
        // Whoever records a discussion most likely took part, and may have said otherwise in the form that was refused.
        let is_fresh = filled.answer != Some(Answer::Discuss);
        Ok(Self {
            summary: summary(filled),
            escalation: escalation.id.to_string(),
            csrf,
            bodies: choices::bodies(&policy, |id| {
                chosen(Answer::Discuss, "took_part", id.as_str()) || (is_fresh && *id == who.agency)
            }),
            leads: choices::leads(&policy, escalation, |id| {
                chosen(Answer::AgreeLead, "lead", id.as_str())
            }),
            owners: choices::bodies(&policy, |id| {
                chosen(Answer::AssignAction, "owner", id.as_str())
            }),
            untold: choices::untold(&policy),
            decisions: choices::decisions(|token| chosen(Answer::Decide, "decision", token)),
            measures: choices::measures(seen),
            progressed: choices::actions(&policy, escalation, |id| {
                chosen(Answer::ProgressAction, "action", id)
            }),
            grades: choices::grades(|grade| chosen(Answer::ProgressAction, "grade", grade)),
            ratings: choices::ratings(|rating| chosen(Answer::ProgressAction, "rating", rating)),
            completed: choices::actions(&policy, escalation, |id| {
                chosen(Answer::CompleteAction, "action", id)
            }),
            offered: choices::offered(&policy, seen, escalation, |reference| {
                chosen(Answer::AddEvidence, "events", reference)
            }),
            forms,
        })
    }
}

fn summary(filled: &Filled) -> Vec<(String, String)> {
    let Some(answer) = filled.answer else { return Vec::new() };
    let token = answer.token();
    let mut summary: Vec<(String, String)> = filled
        .faults
        .iter()
        .map(|fault| (format!("{token}-{}", fault.field), fault.words.to_owned()))
        .collect();
    if let Some(code) = &filled.refused {
        summary.push((format!("form-{token}"), refusals::words(code)));
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_read_as_its_form_writes_it_and_says_that_it_was_taken() {
        for answer in Answer::ALL {
            assert_eq!(Answer::read(answer.token()), Some(answer));
            assert!(!done(answer.token()).is_empty());
        }
        for token in ["raised", "asked", "before", "sent", UNTOLD] {
            assert!(!done(token).is_empty() && Answer::read(token).is_none(), "{token}");
        }
        assert_eq!(done("anything else"), "");
    }
}
