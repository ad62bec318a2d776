//! Escalations: the list, and one.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::{Due, Escalation, Explanation, Level, Stage, Unanswered};
use carehub_domain::event::DecisionKind;
use carehub_domain::picture::Reference;
use carehub_domain::sharing::{Sight, ToldAction, View};
use carehub_domain::{BodyId, EscalationId, HomeId, TriggerId};
use carehub_people::Who;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::audit::Note;
use crate::figures::{Seen, digest};
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// An escalation. Every reader who may know of it sees its outline; what follows `revision` is
/// there only for those to whom it is routed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EscalationDocument<'a> {
    #[schema(value_type = String)]
    pub(crate) id: &'a EscalationId,
    #[schema(value_type = String)]
    pub(crate) trigger: &'a TriggerId,
    #[schema(value_type = String)]
    home: &'a HomeId,
    /// `none`, `minor`, `moderate` or `major`.
    #[schema(value_type = String)]
    pub(crate) level: Level,
    /// Who must act.
    #[schema(value_type = Vec<String>)]
    pub(crate) bodies: &'a [BodyId],
    /// `raised`, `acknowledged`, `discussed`, `decided` or `closed`.
    #[schema(value_type = String)]
    pub(crate) state: Stage,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) raised_at: Timestamp,
    /// When the next answer is due; null when none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due: Option<Timestamp>,
    evidence: EvidenceDocument,
    /// Changes with what this reader sees of it. Opaque.
    revision: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) whole: Option<WholeDocument<'a>>,
}

/// What an escalation rests on.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceDocument {
    /// How many incidents count, of those that this reader may know of.
    count: u32,
    /// The events that this reader may see, by reference, the oldest first.
    #[schema(value_type = Vec<String>)]
    events: Vec<Reference>,
    /// Those of them that were withdrawn or corrected away since.
    #[schema(value_type = Vec<String>)]
    withdrawn: Vec<Reference>,
}

/// What those see to whom an escalation is routed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeDocument<'a> {
    /// Why it was raised.
    #[schema(value_type = ExplanationSchema)]
    pub(crate) explanation: &'a Explanation,
    /// Who must act.
    #[schema(value_type = Vec<String>)]
    pub(crate) responsible: &'a [BodyId],
    /// Who is told.
    #[schema(value_type = Vec<String>)]
    pub(crate) told: &'a [BodyId],
    /// Everything that is due, in the order of the policy.
    #[schema(value_type = Vec<DueSchema>)]
    pub(crate) answers: &'a [Due],
    /// Who has acknowledged it.
    #[schema(value_type = Vec<String>)]
    pub(crate) acknowledged: &'a [BodyId],
    /// Who leads.
    #[schema(value_type = Option<String>)]
    pub(crate) lead: Option<&'a BodyId>,
    /// What was decided.
    #[schema(value_type = Option<String>)]
    pub(crate) decision: Option<DecisionKind>,
    /// The first date on which the trigger held.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) first_held_on: Option<Date>,
    /// Whether what raised it was known more than 7 days before it was recorded.
    pub(crate) historic: bool,
    /// Whether the trigger still holds after withdrawals and corrections.
    pub(crate) still_holds: bool,
    /// What is to be done about it, in the order of assignment.
    #[schema(value_type = Vec<ActionSchema>)]
    pub(crate) actions: Vec<ToldAction>,
    /// How often it was closed and opened again.
    reopened: u32,
    /// What went unanswered, where that is what it is about.
    #[schema(value_type = Option<UnansweredSchema>)]
    pub(crate) unanswered: Option<&'a Unanswered>,
}

/// Why an escalation was raised.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct ExplanationSchema {
    sentence: String,
    counted: f64,
    limit: f64,
    window: Option<String>,
    policy_version: String,
    source: String,
}

/// An answer that is due.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct DueSchema {
    step: String,
    due: String,
    done: bool,
}

/// An action, as those are told of it to whom the escalation is routed; its text stands in the timeline.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct ActionSchema {
    id: String,
    number: u32,
    owner: String,
    measure: String,
    assigned_at: String,
    due: String,
    review_on: Option<String>,
    completed_at: Option<String>,
    grade: Option<u8>,
    reviewed_at: Option<String>,
    #[schema(value_type = Option<Object>)]
    rated: (),
}

/// What went unanswered.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct UnansweredSchema {
    escalation: String,
    step: String,
    rung: u32,
}

impl<'a> EscalationDocument<'a> {
    pub(crate) fn of(view: &View, escalation: &'a Escalation) -> Self {
        let whole = match view.sight(escalation) {
            Sight::Whole => Some(WholeDocument::of(escalation)),
            Sight::Outline => None,
        };
        let mut document = Self {
            id: &escalation.id,
            trigger: &escalation.trigger,
            home: &escalation.home,
            level: escalation.level,
            bodies: &escalation.responsible,
            state: escalation.stage,
            raised_at: escalation.raised_at,
            due: escalation.next_due().filter(|_| escalation.is_open()),
            evidence: EvidenceDocument {
                count: escalation.evidence.count,
                events: view.references(&escalation.evidence.events),
                withdrawn: view.references(&escalation.evidence.withdrawn),
            },
            revision: String::new(),
            whole,
        };
        document.revision = document.digest(escalation);
        document
    }

    /// The record's own number counts what the reader may not see, unless it is routed to them.
    fn digest(&self, escalation: &Escalation) -> String {
        let own = self.whole.as_ref().map(|_| escalation.revision);
        digest(&(
            own,
            self.id,
            self.level,
            self.bodies,
            self.state,
            self.due,
            self.evidence.count,
            &self.evidence.events,
            &self.evidence.withdrawn,
        ))
    }

    /// The newest first.
    pub(crate) fn order(&self) -> (Reverse<Timestamp>, EscalationId) {
        (Reverse(self.raised_at), self.id.clone())
    }
}

impl<'a> WholeDocument<'a> {
    fn of(escalation: &'a Escalation) -> Self {
        Self {
            explanation: &escalation.explanation,
            responsible: &escalation.responsible,
            told: &escalation.told,
            answers: &escalation.due,
            acknowledged: &escalation.acknowledged,
            lead: escalation.lead.as_ref(),
            decision: escalation.decision,
            first_held_on: escalation.first_held_on,
            historic: escalation.historic,
            still_holds: escalation.still_holds,
            actions: escalation.actions.iter().map(ToldAction::of).collect(),
            reopened: escalation.reopened,
            unanswered: escalation.unanswered.as_ref(),
        }
    }
}

/// Which escalations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct EscalationsQuery {
    /// For which this body is responsible, or of which it is told where the reader may know.
    #[param(value_type = Option<String>)]
    body: Option<BodyId>,
    /// Of this home.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
    /// `open`, or `raised`, `acknowledged`, `discussed`, `decided`, `closed`.
    state: Option<Wanted>,
    /// Of this trigger.
    #[param(value_type = Option<String>)]
    trigger: Option<TriggerId>,
    /// Whether an answer is overdue.
    overdue: Option<bool>,
    /// How many at most: 1 to 500, 50 when absent.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// A state to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    /// Any but closed.
    Open,
    Raised,
    Acknowledged,
    Discussed,
    Decided,
    Closed,
}

impl Wanted {
    fn is(self, stage: Stage) -> bool {
        match self {
            Self::Open => stage != Stage::Closed,
            Self::Raised => stage == Stage::Raised,
            Self::Acknowledged => stage == Stage::Acknowledged,
            Self::Discussed => stage == Stage::Discussed,
            Self::Decided => stage == Stage::Decided,
            Self::Closed => stage == Stage::Closed,
        }
    }
}

impl EscalationsQuery {
    fn matches(&self, document: &EscalationDocument<'_>, now: Timestamp) -> bool {
        let is_for = |body: &BodyId| {
            document.bodies.contains(body)
                || document.whole.as_ref().is_some_and(|whole| whole.told.contains(body))
        };
        let is_overdue = document.due.is_some_and(|due| due < now);
        self.body.as_ref().is_none_or(is_for)
            && self.state.is_none_or(|wanted| wanted.is(document.state))
            && self.trigger.as_ref().is_none_or(|trigger| document.trigger == trigger)
            && self.overdue.is_none_or(|wanted| wanted == is_overdue)
    }

    fn homes(&self, app: &App, reader: &BodyId) -> Vec<Seen> {
        match &self.home {
            // Provider-wide escalations stand under `general`, which is no place.
            Some(token) => {
                let home = app.pictures.home(token);
                let seen = home.and_then(|home| app.see(&home, reader));
                seen.into_iter().collect()
            }
            None => app.all_seen(reader).collect(),
        }
    }
}

/// The escalations that the reader may know of, the newest first.
#[utoipa::path(get, path = "/api/v1/escalations", tag = "escalations", params(EscalationsQuery),
    responses((status = 200, body = Page<EscalationDocument>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Parameters(query): Parameters<EscalationsQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(query.limit)?;
    let now = app.pictures.time();
    let homes = query.homes(&app, &reader);
    let mut found: Vec<EscalationDocument<'_>> = homes
        .iter()
        .flat_map(|seen| seen.home().escalations().map(move |found| (seen, found)))
        .map(|(seen, found)| EscalationDocument::of(&seen.view, found))
        .filter(|document| query.matches(document, now))
        .collect();
    found.sort_by_key(EscalationDocument::order);
    let after = query.after.as_deref();
    let page = paging::page(found, EscalationDocument::order, limit, after)?;
    if let Some(home) = &query.home {
        note.home(home);
    }
    note.homes(page.items.iter().map(|document| document.home).collect::<BTreeSet<_>>());
    json(&page)
}

/// One escalation.
#[utoipa::path(get, path = "/api/v1/escalations/{id}", tag = "escalations",
    params(("id" = String, Path, description = "The escalation")),
    responses((status = 200, body = EscalationDocument), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (seen, escalation) = find(&app, &reader, &note, &id)?;
    json(&EscalationDocument::of(&seen.view, &escalation))
}

/// An escalation that the reader may know of, with where it stands.
pub(crate) fn find(
    app: &App,
    reader: &BodyId,
    note: &Note,
    id: &str,
) -> Result<(Seen, Arc<Escalation>), Problem> {
    note.what(id);
    let id = EscalationId::new(id).map_err(|_| Problem::not_found())?;
    let homes = app.pictures.homes();
    let home = homes.iter().find(|home| home.holds(&id));
    let seen = home.and_then(|home| app.see(home, reader)).ok_or_else(Problem::not_found)?;
    let escalation = seen.home().escalation(&id).ok_or_else(Problem::not_found)?;
    let escalation = Arc::clone(escalation);
    note.home(seen.home().id());
    Ok((seen, escalation))
}
