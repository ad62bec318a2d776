//! An escalation: the evidence that the reader may see, why it was raised, the clock and the ladder, what was said of it,
//! and the forms to answer it.

mod ladder;
mod said;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::Escalation;
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;
use carehub_domain::time::london_date;
use carehub_people::{Right, Who};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::action_line::ActionLine;
use super::answer_forms::{AnswerForms, Filled};
use super::escalation_line::place;
use super::frame::{Frame, Section};
use super::home::{EntryLine, reason};
use super::police_desk::PoliceDesk;
use super::when::{self, When};
use super::words::{self, Tag};
use super::{PageParameters, PageProblem, not_taken, refusals, rendered};
use crate::api::escalations::find;
use crate::api::live;
use crate::api::timeline as entries;
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::App;
use ladder::{Rung, rungs};
use said::{Asked, DiscussionLine, SaidOfIt};

/// How many events of the evidence the page lists, the newest; the timeline of the home has them all.
const EVIDENCE: usize = 40;

#[derive(Template)]
#[template(path = "escalation.html")]
struct EscalationPage {
    frame: Frame,
    /// The page of the home, provider or brand that it is about, where there is one.
    place: Option<String>,
    home_name: String,
    title: String,
    level: Tag,
    stage: Tag,
    raised: When,
    is_open: bool,
    reason: String,
    /// Who asked for it, and why, for whoever may read that.
    asked: Option<Asked>,
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
    /// For whoever may read what was said, the oldest first.
    discussions: Vec<DiscussionLine>,
    forms: Option<AnswerForms>,
    /// Why an answer was refused for which there is no form any more.
    refused: Option<String>,
    /// Why there are no forms.
    why_no_forms: &'static str,
    done: &'static str,
    live: String,
    /// Beside what is answered and open.
    desk: PoliceDesk,
    /// The home at which something can be said by a form, for whoever may.
    say_home: Option<String>,
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
    ladder: Vec<Rung>,
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
    let said = SaidOfIt::of(app, &seen, &policy, &escalation).await?;
    let mut whole = is_whole.then(|| Whole::of(app, &seen, &escalation, now));
    if let Some(whole) = &mut whole {
        ActionLine::read_texts(&mut whole.actions, &app.log).await?;
    }
    let say_home = forms_home(&seen, csrf.as_ref(), who);
    let desk = match is_whole && escalation.is_open() {
        true => {
            PoliceDesk::of(&policy, &seen, escalation.responsible.iter().chain(&escalation.told))
        }
        false => PoliceDesk::default(),
    };
    let forms = csrf
        .filter(|_| why_no_forms.is_empty())
        .map(|csrf| AnswerForms::of(app, who, &seen, &escalation, csrf, &filled));
    let taken = !filled.is_refused();
    let code = filled.refused.clone();
    let next_due = escalation.next_due().filter(|_| escalation.is_open());
    let page = EscalationPage {
        frame: Frame::of(app, &who.agency, Section::Escalations),
        place: place(seen.home().id(), &escalation),
        home_name: words::name(seen.home()),
        title: words::trigger(&policy, &escalation.trigger),
        level: words::level(escalation.level),
        stage: words::stage(escalation.stage),
        raised: When::of(escalation.raised_at),
        is_open: escalation.is_open(),
        reason: reason(&policy, &seen, &escalation),
        asked: said.asked,
        source: policy
            .trigger(&escalation.trigger)
            .map(|known| known.source.clone())
            .unwrap_or_default(),
        policy_version: if is_whole {
            escalation.explanation.policy_version.clone()
        } else {
            String::new()
        },
        whole,
        responsible: words::bodies(&policy, &escalation.responsible),
        next_due: next_due.map(|due| (When::of(due), when::late(due, now))),
        count: words::plural(escalation.evidence.count, "incident", "incidents"),
        evidence_of: escalation.evidence.events.len(),
        evidence,
        history: said.history,
        discussions: said.discussions,
        refused: code.as_deref().filter(|_| forms.is_none()).map(refusals::words),
        forms: forms.transpose()?,
        why_no_forms,
        done,
        live: live::path_of_home(&seen),
        desk,
        say_home,
    };
    let response = rendered(&page)?;
    Ok(if taken { response } else { not_taken(response, code.as_deref()) })
}

/// The home at which whoever is signed in may say something by a form.
fn forms_home(seen: &Seen, csrf: Option<&String>, who: &Who) -> Option<String> {
    let home = seen.home().id();
    let may = csrf.is_some() && who.may(Right::Answer) && home.is_place();
    may.then(|| home.to_string())
}

impl Whole {
    fn of(app: &App, seen: &Seen, escalation: &Escalation, now: Timestamp) -> Self {
        let rules = app.pictures.rules();
        let policy: &Policy = &rules;
        let clock = escalation.due.iter().map(|due| ClockLine {
            step: words::capital(&words::step(due.step)),
            due: When::of(due.due),
            done: due.done,
            late: when::late(due.due, now).filter(|_| !due.done && escalation.is_open()),
        });
        let mut actions = ActionLine::all(policy, escalation, london_date(now));
        ActionLine::sort(&mut actions);
        ActionLine::note_texts(&mut actions, seen);
        for action in &mut actions {
            action.escalation = None;
        }
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
            ladder: rungs(&rules, seen, escalation, now),
            actions,
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
    let lines: Vec<entries::Line<'_>> =
        items.take(EVIDENCE).map(|item| entries::Line::of(&seen.view, item)).collect();
    let texts = entries::texts(&app.log, &seen.view, &lines).await?;
    Ok(lines.iter().map(|line| EntryLine::of(policy, &seen.view, line, &texts)).collect())
}
