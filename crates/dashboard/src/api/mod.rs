//! The JSON API, one file a resource.

pub(crate) mod amendments;
pub(crate) mod audit;
pub(crate) mod break_glass;
pub(crate) mod escalations;
pub(crate) mod following;
pub(crate) mod homes;
pub(crate) mod live;
pub(crate) mod notices;
pub(crate) mod policy;
pub(crate) mod providers;
pub(crate) mod rejections;
pub(crate) mod reports;
pub(crate) mod returned;
pub(crate) mod text;
pub(crate) mod timeline;
pub(crate) mod triggers;
pub(crate) mod under_way;
pub(crate) mod unmatched;
pub(crate) mod verdicts;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;

/// An answer, written at once: it borrows from a picture that lives no longer than the handler.
pub(crate) fn json(content: &impl Serialize) -> Result<Response, Problem> {
    // A home with a short timeline fits; a longer answer grows it.
    let mut bytes = Vec::with_capacity(1024);
    serde_json::to_writer(&mut bytes, content).map_err(|error| {
        tracing::error!(%error, "could not write an answer");
        Problem::internal()
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], bytes).into_response())
}
