//! For the machines that run the hub: alive, ready, metrics. They need no token and tell of no home.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carehub_domain::Position;
use prometheus::{Encoder, TextEncoder};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::json;
use crate::problem::Problem;
use crate::shared::App;

/// How far the fold has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadyDocument {
    /// The last position that is folded.
    #[schema(value_type = u64)]
    position: Position,
    /// The last position of the log.
    #[schema(value_type = u64)]
    last: Position,
    /// How many messages are not folded yet.
    lag: u64,
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "probes", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The fold has caught up with the log. Until then 503, with the same figures.
#[utoipa::path(get, path = "/readyz", tag = "probes",
    responses((status = 200, body = ReadyDocument), (status = 503, body = ReadyDocument)))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Response, Problem> {
    let progress = app.pictures.progress();
    let mut response = json(&ReadyDocument {
        position: progress.position,
        last: progress.last,
        lag: progress.lag,
    })?;
    if !progress.ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

/// The metrics, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "probes", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    encoder.encode(&app.registry.gather(), &mut text).map_err(|error| {
        tracing::error!(%error, "could not write the metrics");
        Problem::internal()
    })?;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
