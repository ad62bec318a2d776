//! Who has looked at a home, as a page.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_contract::{AuditEntry, AuditOutcome};
use carehub_domain::BodyId;
use carehub_domain::policy::Policy;

use super::frame::{Frame, Section};
use super::when::When;
use super::{PageProblem, rendered, words};
use crate::api;
use crate::audit::{AuditQuery, Note, REFRESHED};
use crate::reader::PageReader;
use crate::shared::App;

/// How many records the page shows; the API and the command line have the others.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    id: String,
    name: String,
    lines: Vec<Line>,
    more: bool,
}

struct Line {
    at: When,
    agency: String,
    person: String,
    action: String,
    outcome: &'static str,
}

impl Line {
    fn of(entry: &AuditEntry, policy: &Policy) -> Self {
        let record = &entry.record;
        let name = |agency: &BodyId| words::body(policy, agency);
        Self {
            at: When::of(entry.at),
            agency: record.agency.as_ref().map_or_else(|| "nobody known".to_owned(), name),
            person: record
                .person
                .as_ref()
                .map_or_else(|| "a program of the agency".to_owned(), ToString::to_string),
            action: match &record.what {
                Some(what) if what.starts_with(REFRESHED) => {
                    format!("{}: {REFRESHED}", words::word(&record.action))
                }
                Some(_) | None => words::word(&record.action),
            },
            outcome: match record.outcome {
                AuditOutcome::Done => "shown",
                AuditOutcome::Refused => "refused",
            },
        }
    }
}

/// Who has looked at a home, the newest first.
#[utoipa::path(get, path = "/homes/{id}/audit", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn audit(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    let query = AuditQuery { home: Some(seen.home().id().clone()), ..AuditQuery::default() };
    let entries = api::audit::records(&app, &who, query, SHOWN + 1).await?;
    let policy = app.pictures.policy();
    rendered(&AuditPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        id: seen.home().id().to_string(),
        name: words::name(seen.home()),
        lines: entries.iter().take(SHOWN).map(|entry| Line::of(entry, &policy)).collect(),
        more: entries.len() > SHOWN,
    })
}
