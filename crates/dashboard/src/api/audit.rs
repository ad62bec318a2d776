//! The audit: who has looked at a home, what a person has done.

use axum::extract::State;
use axum::response::Response;
use carehub_contract::{AuditAction, AuditEntry};
use carehub_domain::{BodyId, HomeId, PersonId};
use carehub_people::{Right, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::audit::{self, AuditQuery, Note};
use crate::paging;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::{App, Shared};

/// Records of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditDocument {
    /// The newest first.
    #[schema(value_type = Vec<RecordSchema>)]
    items: Vec<AuditEntry>,
}

/// One record.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the contract, which knows no OpenAPI")]
struct RecordSchema {
    /// When the audit took it.
    at: String,
    /// The agency that asked; null where nobody is known.
    agency: Option<String>,
    /// The person, by an opaque id.
    person: Option<String>,
    /// By which credential.
    via: Option<String>,
    /// What was done, or tried, such as `home-read`.
    action: String,
    /// `done` or `refused`.
    outcome: String,
    /// The code of a refusal.
    code: Option<String>,
    /// The home that was asked for.
    home: Option<String>,
    /// The homes that a list showed.
    homes: Vec<String>,
    /// Words that were searched for, or the id of an escalation, provider or report.
    what: Option<String>,
    /// The reason that was stated.
    why: Option<String>,
    /// How often.
    times: u32,
}

/// Which records.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParameters {
    /// That tell of this home, by itself or in a list.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
    /// Of this agency.
    #[param(value_type = Option<String>)]
    agency: Option<BodyId>,
    /// Of this person.
    #[param(value_type = Option<String>)]
    person: Option<PersonId>,
    /// Of this action.
    #[param(value_type = Option<String>)]
    action: Option<AuditAction>,
    /// Kept at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Kept before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How many at most: 1 to 500, 50 when absent. For older ones, ask until the oldest.
    limit: Option<usize>,
}

/// Who has looked at what: an agency's own people and programs; the whole partnership for the role
/// that the policy gives the audit to.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditParameters),
    responses((status = 200, body = AuditDocument), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Parameters(asked): Parameters<AuditParameters>,
) -> Result<Response, Problem> {
    if let Some(home) = &asked.home {
        note.home(home);
    }
    let limit = paging::limit(asked.limit)?;
    let query = AuditQuery {
        home: asked.home,
        agency: asked.agency,
        person: asked.person,
        action: asked.action,
        since: asked.since,
        until: asked.until,
    };
    json(&AuditDocument { items: records(&app, &who, query, limit).await? })
}

/// The records that `who` may read of those that are asked for.
pub(crate) async fn records(
    app: &Shared,
    who: &Who,
    mut query: AuditQuery,
    limit: usize,
) -> Result<Vec<AuditEntry>, Problem> {
    if !who.may(Right::Audit) {
        return Err(Problem::forbidden());
    }
    let policy = app.pictures.policy();
    if !policy.holds(&who.agency, &policy.powers.audit) {
        match &query.agency {
            // What another agency looked at does not exist for this one.
            Some(other) if *other != who.agency => return Ok(Vec::new()),
            Some(_) | None => query.agency = Some(who.agency.clone()),
        }
    }
    audit::read(app.audit.stream(), &query, limit).await.map_err(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "could not read the audit");
        Problem::audit_unavailable()
    })
}
