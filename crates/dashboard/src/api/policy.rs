//! The policy in force, and what is to take its place.

use axum::extract::State;
use axum::response::Response;
use carehub_domain::policy::{Policy, ShownActivation, Trigger, explain};
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// Which policy is in force, and what waits.
#[derive(Serialize, ToSchema)]
pub(crate) struct PolicyDocument<'a> {
    /// The one that is in force.
    #[schema(inline)]
    in_force: InForceDocument<'a>,
    /// What waits for its time, in the order in which it takes effect.
    #[schema(inline)]
    pending: Vec<ActivatedDocument<'a>>,
}

/// A policy that was activated.
#[derive(Serialize, ToSchema)]
struct ActivatedDocument<'a> {
    /// The pack that it was made from.
    pack: &'a str,
    /// Its version, when it was recorded, from when it was to hold, who activated it, how it stands.
    #[serde(flatten)]
    #[schema(value_type = ActivationSchema)]
    activation: ShownActivation<'a>,
}

/// The policy in force.
#[derive(Serialize, ToSchema)]
struct InForceDocument<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    activated: ActivatedDocument<'a>,
    /// What it says, in plain English, every default that no source document gives marked as such.
    explanation: String,
    /// Its triggers, as they stand in the document.
    #[schema(value_type = Vec<Object>)]
    triggers: &'a [Trigger],
}

/// An activation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct ActivationSchema {
    /// The version of the policy.
    version: String,
    /// When the log recorded it.
    recorded_at: String,
    /// From when it was to hold; none for "as soon as it is recorded".
    effective_from: Option<String>,
    /// Who activated it, as `agency` or `agency/officer`; none where a hub began its log with it.
    by: Option<String>,
    /// `in-force` or `pending`.
    standing: String,
    /// Since when it has been in force.
    since: Option<String>,
}

/// The policy in force, and what is scheduled.
#[utoipa::path(get, path = "/api/v1/policy", tag = "policy",
    responses((status = 200, body = PolicyDocument), (status = 503, body = Problem)))]
pub(crate) async fn in_force(
    State(app): State<App>,
    Reader(_reader): Reader,
) -> Result<Response, Problem> {
    let activations = app.pictures.activations();
    let record = activations.in_force().ok_or_else(Problem::not_ready)?;
    let document = |position| activations.documents().find(|(at, _)| *at == position);
    let pack = |position| document(position).map_or("", |(_, policy)| policy.pack.as_str());
    let policy: &Policy = activations.policy().ok_or_else(Problem::not_ready)?;
    let pending = activations.pending().map(|record| ActivatedDocument {
        pack: pack(record.position),
        activation: record.shown(),
    });
    json(&PolicyDocument {
        in_force: InForceDocument {
            activated: ActivatedDocument { pack: &policy.pack, activation: record.shown() },
            explanation: explain(policy),
            triggers: &policy.trigger,
        },
        pending: pending.collect(),
    })
}
