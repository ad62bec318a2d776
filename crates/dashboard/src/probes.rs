//! For the machines that run the hub: alive, ready, metrics. Whether it lives and is ready anybody may ask: that is
//! said without a number. How much the hub has folded, refused and sent says how much agencies say, also of what the
//! agreement keeps from whoever asks; so the metrics are for the operator's own token (ADR 0032).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus::{Encoder, TextEncoder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::json;
use crate::asking;
use crate::problem::Problem;
use crate::shared::App;

/// Whether the fold has caught up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadyDocument {
    /// Whether the log, as it was when the hub started, is folded.
    ready: bool,
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "probes", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The fold has caught up with the log; until then 503. How far it is stands in the metrics.
#[utoipa::path(get, path = "/readyz", tag = "probes",
    responses((status = 200, body = ReadyDocument), (status = 503, body = ReadyDocument)))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Response, Problem> {
    let ready = app.pictures.progress().ready;
    let mut response = json(&ReadyDocument { ready })?;
    if !ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

/// The metrics, as Prometheus reads them: for the hub's own metrics token, which opens nothing else.
#[utoipa::path(get, path = "/metrics", tag = "probes",
    responses((status = 200, body = String), (status = 401, body = Problem)))]
pub(crate) async fn metrics(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let given = asking::bearer(&headers).unwrap_or_default();
    if !app.metrics_token.as_ref().is_some_and(|token| token.is(given.as_bytes())) {
        return Err(Problem::unauthenticated());
    }
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    encoder.encode(&app.registry.gather(), &mut text).map_err(|error| {
        tracing::error!(%error, "could not write the metrics");
        Problem::internal()
    })?;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
