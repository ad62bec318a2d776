//! Break-glass: a person opens, at one home and for a time, what the agreement withholds from their agency;
//! and the data-protection leads of those whose words it opens see by whom, until when and why.
//!
//! Only a person can: an agency's token and an API token open nothing. It is a form of that person in the
//! log, and true when it is folded; so this waits for it.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use carehub_contract::form::{Filler, encode_break_glass};
use carehub_contract::personal_data;
use carehub_domain::picture::Reference;
use carehub_domain::sharing::{Guarded, Opening};
use carehub_domain::{BodyId, PersonId, Position};
use carehub_people::{Right, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{json, text};
use crate::audit::Note;
use crate::forms::{self, Taken};
use crate::parameters::Body;
use crate::problem::{self, Problem};
use crate::reader::Reader;
use crate::shared::{App, Shared};

/// The most characters of a reason, as the schema has it.
pub(crate) const REASON_KEPT: usize = 1_000;

/// What a person asks to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAsked {
    /// Why it has to be known now: 1 to 1,000 characters, without anything that identifies a resident.
    reason: String,
    /// Until when; as long as the policy allows when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpeningDocument {
    /// What names it.
    #[schema(value_type = String)]
    reference: Reference,
    /// The agency of the person.
    #[schema(value_type = String)]
    agency: BodyId,
    /// The person, by the opaque id that the audit has, too.
    #[schema(value_type = String)]
    person: PersonId,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Why; null where it is erased.
    reason: Option<String>,
}

/// What is open at a home.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpeningsDocument {
    /// The newest first.
    items: Vec<OpeningDocument>,
}

impl OpeningDocument {
    fn of(opening: Opening, reason: Option<String>) -> Self {
        let Opening { position: _, reference, agency, person, opened_at, until, told: _ } = opening;
        Self { reference, agency, person, opened_at, until, reason }
    }
}

/// Opens what the agreement withholds from the person's agency at this home. Everybody whose words it opens is
/// told at once, and every reading under it is kept in the audit with the reason.
#[utoipa::path(post, path = "/api/v1/homes/{id}/break-glass", tag = "break-glass",
    params(("id" = String, Path, description = "The home")), request_body = OpenAsked,
    responses((status = 201, body = OpeningDocument), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn open(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(id): Path<String>,
    Body(asked): Body<OpenAsked>,
) -> Result<Response, Problem> {
    let reason = asked.reason.trim();
    note.why(reason);
    let (Some(person), true) = (&who.person, who.may(Right::BreakGlass)) else {
        return Err(Problem::forbidden());
    };
    let home = app.seen(&id, &who, &note)?.home().id().clone();
    if reason.is_empty()
        || reason.chars().count() > REASON_KEPT
        || personal_data::scan(reason).any()
    {
        return Err(Problem::break_glass_reason());
    }
    let filler = Filler { agency: &who.agency, person, home: &home };
    let said = Said { id: forms::fresh_event_id()?, reason, until: asked.until };
    let at = match say(&app, filler, said).await? {
        Taken::Accepted { at } => at,
        Taken::UnderWay => return Err(Problem::timed_out()),
        Taken::Refused { code } => return Err(refused(&code)),
        // Its id is fresh.
        Taken::Before => return Err(Problem::internal()),
    };
    let own = app.pictures.home(&home).map(|home| home.openings_by(&who.agency));
    let opening = own.into_iter().flatten().find(|opening| opening.position == at);
    let opening = opening.ok_or_else(Problem::internal)?;
    note.what(&opening.reference.to_string());
    let document = OpeningDocument::of(opening, Some(reason.to_owned()));
    Ok((StatusCode::CREATED, json(&document)?).into_response())
}

fn refused(code: &str) -> Problem {
    match code {
        problem::BREAK_GLASS_TIME => Problem::break_glass_time(),
        "not-permitted" => Problem::forbidden(),
        code => {
            tracing::error!(code, "a form was not accepted");
            Problem::internal()
        }
    }
}

/// What is open at a home: to the data-protection lead, what opens the words of their agency, and what its own
/// people opened; to anybody else, what they opened themselves.
#[utoipa::path(get, path = "/api/v1/homes/{id}/break-glass", tag = "break-glass",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, body = OpeningsDocument), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let home = app.seen(&id, &who, &note)?.home().id().clone();
    let Some(home) = app.pictures.home(&home) else { return Err(Problem::not_found()) };
    let openings = shown(&home, &who);
    let mut reasons = reasons(&app, &openings).await?;
    let of = |opening: Opening| {
        let reason = reasons.remove(&opening.position);
        OpeningDocument::of(opening, reason)
    };
    json(&OpeningsDocument { items: openings.into_iter().map(of).collect() })
}

/// What of what is open at a home `who` may know, the newest first.
pub(crate) fn shown(home: &Guarded, who: &Who) -> Vec<Opening> {
    let mut openings = home.openings_by(&who.agency);
    if who.may(Right::DataProtection) {
        openings.extend(home.openings_told(&who.agency));
    } else {
        openings.retain(|opening| who.person.as_ref() == Some(&opening.person));
    }
    openings.sort_by_key(|opening| std::cmp::Reverse(opening.position));
    openings
}

/// Why each was opened, where that still stands in the log.
pub(crate) async fn reasons(
    app: &Shared,
    openings: &[Opening],
) -> Result<BTreeMap<Position, String>, Problem> {
    let wanted = openings.iter().map(|opening| (opening.position, opening.agency.clone()));
    let said = text::read(&app.log, &wanted.collect()).await?;
    let reason = |(position, said): (&Position, &text::Said)| {
        said.text().remove("reason").map(|reason| (*position, reason))
    };
    Ok(said.iter().filter_map(reason).collect())
}

/// What is said when a person opens.
pub(crate) struct Said<'a> {
    /// The event's id.
    pub(crate) id: String,
    /// Why.
    pub(crate) reason: &'a str,
    /// Until when; as long as the policy allows where there is none.
    pub(crate) until: Option<Timestamp>,
}

/// Says that a person opens, and waits for what becomes of it.
///
/// # Errors
/// The log does not take it: nothing was said, or nobody knows.
pub(crate) async fn say(app: &App, by: Filler<'_>, said: Said<'_>) -> Result<Taken, Problem> {
    let Said { id, reason, until } = said;
    let form = encode_break_glass(by, id, Timestamp::now(), reason, until)
        .map_err(|_| Problem::internal())?;
    forms::sent(app, by.agency, &form.subject, form.payload).await
}
