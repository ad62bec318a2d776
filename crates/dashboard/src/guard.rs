//! What every request passes: a bound on how many run at once, a timeout, metrics, and the headers
//! that keep a page to itself.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::assets::Kept;
use crate::problem::{Problem, Refused};
use crate::shared::App;

/// What a route is called that does not exist: the path itself would be a label without bound.
const NO_ROUTE: &str = "none";

/// Lets a request through, within bounds.
pub(crate) async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let mut response = match app.requests.try_acquire() {
        // The time runs until an answer begins: a live stream may go on for hours.
        Ok(_place) => {
            app.metrics.in_flight.inc();
            let answer = tokio::time::timeout(app.config.request_timeout, next.run(request)).await;
            app.metrics.in_flight.dec();
            answer.unwrap_or_else(|_| Problem::timed_out().into_response())
        }
        Err(_) => Problem::too_many().into_response(),
    };
    let is_kept = response.extensions().get::<Kept>().is_some();
    keep_private(response.headers_mut(), app.site().secure);
    if is_kept {
        let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
    }
    if let Some(Refused(code)) = response.extensions().get() {
        app.metrics.refused.with_label_values(&[code]).inc();
    }
    let status = response.status();
    let metrics = &app.metrics;
    metrics.requests.with_label_values(&[route, status.as_str()]).inc();
    metrics.seconds.with_label_values(&[route]).observe(started.elapsed().as_secs_f64());
    response
}

/// A page sets a stricter or wider policy of its own; everything else may load nothing at all.
fn keep_private(headers: &mut HeaderMap, secure: bool) {
    const ALWAYS: [(HeaderName, &str); 6] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ));
}

/// Answers for a handler that panicked. What it says may hold what was read: it is not shown.
pub(crate) fn panicked(_reason: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}
