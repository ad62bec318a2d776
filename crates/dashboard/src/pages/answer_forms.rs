//! The forms on the page of an escalation: which there are, what each asks, and what would be refused now.

use askama::Template;
use carehub_domain::escalation::{
    Answering, Escalation, Stage, acknowledge, agree_lead, close, decide, discuss,
};
use carehub_domain::event::{DecisionKind, EventType};
use carehub_domain::message::Refusal;
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, Position};
use carehub_people::Who;

use super::refusals;
use super::when::When;
use super::words;
use crate::figures::Seen;
use crate::forms::{Fault, Fields, fresh_event_id};
use crate::problem::Problem;
use crate::shared::App;

/// How many concerns are offered to be added as evidence.
const OFFERED: usize = 30;

/// One thing that can be said of an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Acknowledge,
    Discuss,
    Decide,
    AgreeLead,
    AssignAction,
    CompleteAction,
    AddEvidence,
    Close,
}

impl Answer {
    /// In the order of the page.
    pub(super) const ALL: [Self; 8] = [
        Self::Acknowledge,
        Self::Discuss,
        Self::AgreeLead,
        Self::Decide,
        Self::AssignAction,
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
            Self::CompleteAction => "The action is recorded as achieved.",
            Self::AddEvidence => "The evidence is added.",
            Self::Close => "The escalation is closed.",
        }
    }
}

/// What the page says of the form that was taken last.
pub(super) fn done(token: &str) -> &'static str {
    match token {
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
    decisions: Vec<Choice>,
    actions: Vec<Choice>,
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
        let next = next(escalation, &answering);
        let mut forms = Vec::new();
        for answer in Answer::ALL {
            let is_filled = filled.answer == Some(answer);
            let (heading, button) = answer.heading();
            let offered = match filled.answer {
                Some(filled) => filled == answer,
                None => next == Some(answer),
            };
            if answer == Answer::CompleteAction && escalation.actions.iter().all(|a| a.is_over()) {
                continue;
            }
            let refusal = would_refuse(answer, escalation, &answering);
            forms.push(OneForm {
                token: answer.token(),
                heading,
                button,
                would_refuse: refusal.map(|refusal| refusals::words(&refusal.code)),
                is_open: offered,
                event: fresh_event_id()?,
                faults: if is_filled { filled.faults.clone() } else { Vec::new() },
                fields: if is_filled { filled.fields.clone() } else { Fields::default() },
            });
        }
        let chosen = |field: &str, value: &str| filled.fields.has(field, value);
        Ok(Self {
            summary: summary(filled),
            escalation: escalation.id.to_string(),
            csrf,
            bodies: bodies(&policy, |id| chosen("took_part", id.as_str()) || *id == who.agency),
            leads: escalation
                .responsible
                .iter()
                .map(|id| Choice {
                    value: id.to_string(),
                    words: words::body(&policy, id),
                    is_chosen: chosen("lead", id.as_str()),
                })
                .collect(),
            owners: bodies(&policy, |id| chosen("owner", id.as_str())),
            decisions: words::DECISIONS
                .iter()
                .map(|(_, token, words)| Choice {
                    value: (*token).to_owned(),
                    words: (*words).to_owned(),
                    is_chosen: chosen("decision", token),
                })
                .collect(),
            actions: escalation
                .actions
                .iter()
                .filter(|action| !action.is_over())
                .map(|action| Choice {
                    value: action.id.to_string(),
                    words: format!(
                        "Action {} of {}, due {}",
                        action.number,
                        words::body(&policy, &action.owner),
                        When::day(action.due).words()
                    ),
                    is_chosen: chosen("action", action.id.as_str()),
                })
                .collect(),
            offered: offered(&policy, seen, escalation, filled),
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

/// What the agency is asked for next.
fn next(escalation: &Escalation, answering: &Answering) -> Option<Answer> {
    let order = [
        Answer::Acknowledge,
        Answer::Discuss,
        Answer::AgreeLead,
        Answer::Decide,
        Answer::AssignAction,
        Answer::Close,
    ];
    let is_next = |answer: &Answer| {
        let is_due = match answer {
            Answer::Acknowledge => true,
            Answer::Discuss => escalation.stage < Stage::Discussed,
            Answer::AgreeLead => escalation.lead.is_none() && escalation.responsible.len() > 1,
            Answer::Decide => escalation.decision.is_none(),
            Answer::AssignAction => escalation.actions.is_empty(),
            Answer::CompleteAction | Answer::AddEvidence => false,
            Answer::Close => true,
        };
        is_due && would_refuse(*answer, escalation, answering).is_none()
    };
    order.into_iter().find(is_next)
}

/// Why the hub would refuse an answer as things stand. It decides when the answer comes.
fn would_refuse(answer: Answer, escalation: &Escalation, answering: &Answering) -> Option<Refusal> {
    let tried = match answer {
        Answer::Acknowledge => acknowledge(escalation, answering),
        Answer::Discuss => discuss(escalation, answering),
        Answer::Decide => decide(escalation, answering, DecisionKind::Monitor),
        Answer::AgreeLead => match escalation.responsible.first() {
            Some(lead) => agree_lead(escalation, answering, lead),
            None => return None,
        },
        Answer::Close => close(escalation, answering),
        Answer::AssignAction | Answer::CompleteAction | Answer::AddEvidence => return None,
    };
    tried.err()
}

fn bodies(policy: &Policy, is_chosen: impl Fn(&BodyId) -> bool) -> Vec<Choice> {
    let there = policy.body.iter().filter(|body| !policy.successions.has_ended(&body.id));
    there
        .map(|body| Choice {
            value: body.id.to_string(),
            words: body.name.clone(),
            is_chosen: is_chosen(&body.id),
        })
        .collect()
}

/// The concerns that the reader sees and that it does not rest on yet, the newest first.
fn offered(policy: &Policy, seen: &Seen, escalation: &Escalation, filled: &Filled) -> Vec<Choice> {
    let mut concerns: Vec<_> = seen
        .home()
        .concerns_as_filed()
        .filter(|(item, concern)| {
            concern.counts() && !escalation.evidence.events.contains(&item.position)
        })
        .collect();
    concerns.sort_by_key(|(item, concern)| std::cmp::Reverse((concern.date, item.position)));
    let choice = |(item, concern): &(
        &carehub_domain::picture::Item,
        &carehub_domain::picture::ConcernItem,
    )| {
        let value = item.reference.to_string();
        let day = if seen.view.is_month_only(item) {
            concern.date.strftime("%Y-%m").to_string()
        } else {
            concern.date.to_string()
        };
        Choice {
            words: format!(
                "{}, {}, told by {}",
                words::capital(&words::kind(concern.kind)),
                When::on(&day).words(),
                words::body(policy, &item.agency)
            ),
            is_chosen: filled.fields.has("events", &value),
            value,
        }
    };
    concerns.iter().take(OFFERED).map(choice).collect()
}
