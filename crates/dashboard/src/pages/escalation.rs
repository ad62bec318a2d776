//! An escalation: the evidence that the reader may see, why it was raised, the clock and the ladder, and the forms
//! to answer it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::Escalation;
use carehub_domain::picture::{Item, What};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;
use carehub_domain::time::london_date;
use carehub_people::{Right, Who};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::action_line::ActionLine;
use super::answer_forms::{AnswerForms, Filled};
use super::frame::{Frame, Section};
use super::home::{EntryLine, reason};
use super::when::{self, When};
use super::words::{self, Tag};
use super::{PageParameters, PageProblem, not_taken, rendered};
use crate::api::escalations::find;
use crate::api::timeline::{self as entries, EntryDocument};
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::App;

/// How many events of the evidence the page lists, the newest; the timeline of the home has them all.
const EVIDENCE: usize = 40;

/// How many entries of its history.
const HISTORY: usize = 60;

#[derive(Template)]
#[template(path = "escalation.html")]
struct EscalationPage {
    frame: Frame,
    home: String,
    home_name: String,
    is_place: bool,
    title: String,
    level: Tag,
    stage: Tag,
    raised: When,
    is_open: bool,
    reason: String,
    source: String,
    policy_version: String,
    /// What those see to whom it is routed.
    whole: Option<Whole>,
    responsible: String,
    next_due: Option<(When, Option<String>)>,
    count: String,
    evidence: Vec<EntryLine>,
    evidence_of: usize,
    history: Vec<EntryLine>,
    forms: Option<AnswerForms>,
    /// Why there are no forms.
    why_no_forms: &'static str,
    done: &'static str,
    live: String,
}

/// What an escalation is to those to whom it is routed.
struct Whole {
    told: String,
    acknowledged: String,
    lead: Option<String>,
    decision: Option<&'static str>,
    first_held: Option<When>,
    historic: bool,
    still_holds: bool,
    unanswered: Option<(String, String, String)>,
    clock: Vec<ClockLine>,
    ladder: Vec<(String, String)>,
    actions: Vec<ActionLine>,
}

struct ClockLine {
    step: String,
    due: When,
    done: bool,
    late: Option<String>,
}

/// What the page takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct EscalationQuery {
    /// The form that was taken last.
    done: String,
}

/// One escalation.
#[utoipa::path(get, path = "/escalations/{id}", tag = "pages",
    params(("id" = String, Path, description = "The escalation"), EscalationQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn escalation(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path(id): Path<String>,
    PageParameters(query): PageParameters<EscalationQuery>,
) -> Result<Response, PageProblem> {
    let found = find(&app, &who.agency, &note, &id)?;
    let done = super::answer_forms::done(&query.done);
    shown(&app, &who, csrf, found, Filled::default(), done).await
}

/// The page, with the form that was filled in where there is one.
pub(super) async fn shown(
    app: &App,
    who: &Who,
    csrf: Option<String>,
    (seen, escalation): (Seen, std::sync::Arc<Escalation>),
    filled: Filled,
    done: &'static str,
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let now = app.pictures.time();
    let is_whole = seen.view.sight(&escalation) == Sight::Whole;
    let why_no_forms = match (&csrf, is_whole) {
        _ if !escalation.is_open() => "It is closed.",
        (_, false) => "It is not routed to your agency, so it is not yours to answer.",
        (None, _) => "Sign in as a person to answer it.",
        (Some(_), true) if !who.may(Right::Answer) => {
            "Your sign-in may read and not answer. Whoever keeps your agency's accounts can change that."
        }
        (Some(_), true) => "",
    };
    let evidence = evidence(app, &seen, &policy, &escalation).await?;
    let history = history(app, &seen, &policy, &escalation).await?;
    let forms = csrf
        .filter(|_| why_no_forms.is_empty())
        .map(|csrf| AnswerForms::of(app, who, &seen, &escalation, csrf, &filled));
    let taken = !filled.is_refused();
    let code = filled.refused.clone();
    let next_due = escalation.next_due().filter(|_| escalation.is_open());
    let page = EscalationPage {
        frame: Frame::of(app, &who.agency, Section::Escalations),
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        is_place: seen.home().id().is_place(),
        title: words::trigger(&policy, &escalation.trigger),
        level: words::level(escalation.level),
        stage: words::stage(escalation.stage),
        raised: When::of(escalation.raised_at),
        is_open: escalation.is_open(),
        reason: reason(&policy, &seen, &escalation),
        source: policy
            .trigger(&escalation.trigger)
            .map(|known| known.source.clone())
            .unwrap_or_default(),
        policy_version: if is_whole {
            escalation.explanation.policy_version.clone()
        } else {
            String::new()
        },
        whole: is_whole.then(|| Whole::of(&policy, &escalation, now)),
        responsible: words::bodies(&policy, &escalation.responsible),
        next_due: next_due.map(|due| (When::of(due), when::late(due, now))),
        count: words::plural(escalation.evidence.count, "incident", "incidents"),
        evidence_of: escalation.evidence.events.len(),
        evidence,
        history,
        forms: forms.transpose()?,
        why_no_forms,
        done,
        live: format!("/api/v1/live?home={}", seen.home().id()),
    };
    let response = rendered(&page)?;
    Ok(if taken { response } else { not_taken(response, code.as_deref()) })
}

impl Whole {
    fn of(policy: &Policy, escalation: &Escalation, now: Timestamp) -> Self {
        let trigger = policy.trigger(&escalation.trigger);
        let ladder = trigger.map(|trigger| trigger.ladder.as_slice()).unwrap_or_default();
        let rung = |role: &String| {
            let holders = policy.holders(role, None, now);
            (role.replace('-', " "), words::bodies(policy, &holders))
        };
        let clock = escalation.due.iter().map(|due| ClockLine {
            step: words::capital(&words::step(due.step)),
            due: When::of(due.due),
            done: due.done,
            late: when::late(due.due, now).filter(|_| !due.done && escalation.is_open()),
        });
        let today = london_date(now);
        Self {
            told: words::bodies(policy, &escalation.told),
            acknowledged: words::bodies(policy, &escalation.acknowledged),
            lead: escalation.lead.as_ref().map(|lead| words::body(policy, lead)),
            decision: escalation.decision.map(words::decision),
            first_held: escalation.first_held_on.map(When::day),
            historic: escalation.historic,
            still_holds: escalation.still_holds,
            unanswered: escalation.unanswered.as_ref().map(|unanswered| {
                let rung = words::plural(unanswered.rung + 1, "rung", "rungs");
                (unanswered.escalation.to_string(), words::step(unanswered.step), rung)
            }),
            clock: clock.collect(),
            ladder: ladder.iter().map(rung).collect(),
            actions: ActionLine::all(policy, escalation, today),
        }
    }
}

async fn evidence(
    app: &App,
    seen: &Seen,
    policy: &Policy,
    escalation: &Escalation,
) -> Result<Vec<EntryLine>, PageProblem> {
    let events = escalation.evidence.events.iter().rev();
    let items = events.filter_map(|event| Some(seen.home().concern(*event)?.0));
    lines(app, seen, policy, items.take(EVIDENCE).collect()).await
}

async fn history(
    app: &App,
    seen: &Seen,
    policy: &Policy,
    escalation: &Escalation,
) -> Result<Vec<EntryLine>, PageProblem> {
    let is_of_it = |item: &&Item| match &item.what {
        What::Escalation { id, .. } => *id == escalation.id,
        What::Event { escalation: Some(id), .. } => *id == escalation.id,
        What::Event { escalation: None, .. } | What::Concern(_) | What::Notice { .. } => false,
    };
    let mut items: Vec<&Item> = seen.home().items().iter().filter(is_of_it).collect();
    items.reverse();
    items.truncate(HISTORY);
    lines(app, seen, policy, items).await
}

async fn lines(
    app: &App,
    seen: &Seen,
    policy: &Policy,
    items: Vec<&Item>,
) -> Result<Vec<EntryLine>, PageProblem> {
    let line = |item| entries::Line { item, entry: EntryDocument::of(&seen.view, item) };
    let lines: Vec<entries::Line<'_>> = items.into_iter().map(line).collect();
    let texts = entries::texts(&app.log, &seen.view, &lines).await?;
    Ok(lines.iter().map(|line| EntryLine::of(policy, &seen.view, line, &texts)).collect())
}
