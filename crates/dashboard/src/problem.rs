//! What a client is told when a request is not answered: RFC 9457 problem details, with a stable
//! code that has a page under `docs/errors/`. A problem never repeats what was asked for, nor says
//! whether something exists that the reader may not see.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Every code that the read side answers with.
pub const CODES: &[&str] = &[
    BAD_PARAMETER,
    FORBIDDEN,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_READY,
    REQUEST_TOO_LARGE,
    TIMED_OUT,
    TOO_MANY,
    UNAUTHENTICATED,
];

/// A parameter or the body is not understood.
pub const BAD_PARAMETER: &str = "bad-parameter";
/// The agency may not read.
pub const FORBIDDEN: &str = "forbidden";
/// The hub failed.
pub const INTERNAL: &str = "internal";
/// The route has no such method.
pub const METHOD_NOT_ALLOWED: &str = "method-not-allowed";
/// There is no such thing for this reader.
pub const NOT_FOUND: &str = "not-found";
/// The hub has not read the log yet.
pub const NOT_READY: &str = "not-ready";
/// The body is larger than is accepted.
pub const REQUEST_TOO_LARGE: &str = "request-too-large";
/// The answer took too long.
pub const TIMED_OUT: &str = "timed-out";
/// The hub is busy with other requests.
pub const TOO_MANY: &str = "too-many";
/// There is no known token.
pub const UNAUTHENTICATED: &str = "unauthenticated";

/// A problem, as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:carehub:problem:<code>`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// What the code says, the same each time.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The stable code; its page is `docs/errors/<code>.md`.
    pub(crate) code: &'static str,
    /// What to do, where there is more to say than the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<&'static str>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:carehub:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: None,
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, NOT_FOUND, "There is no such thing here.")
    }

    pub(crate) fn unauthenticated() -> Self {
        let title = "The request carries no known token.";
        Self::new(StatusCode::UNAUTHORIZED, UNAUTHENTICATED, title)
    }

    pub(crate) fn forbidden() -> Self {
        let title = "This agency may publish and reads nothing.";
        Self::new(StatusCode::FORBIDDEN, FORBIDDEN, title)
    }

    pub(crate) fn bad_parameter(detail: &'static str) -> Self {
        let title = "A parameter is not understood.";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, BAD_PARAMETER, title);
        problem.detail = Some(detail);
        problem
    }

    pub(crate) fn method_not_allowed() -> Self {
        let title = "There is no such method here.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED, title)
    }

    pub(crate) fn request_too_large() -> Self {
        let title = "The body is larger than is accepted.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, REQUEST_TOO_LARGE, title)
    }

    pub(crate) fn not_ready() -> Self {
        let title = "The hub has not read its log yet.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, NOT_READY, title)
    }

    pub(crate) fn too_many() -> Self {
        let title = "The hub is busy: try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY, title)
    }

    pub(crate) fn timed_out() -> Self {
        let title = "The answer took too long.";
        Self::new(StatusCode::GATEWAY_TIMEOUT, TIMED_OUT, title)
    }

    pub(crate) fn internal() -> Self {
        let title = "The hub could not answer.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, title)
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The headers that go with it, whatever the body is written in.
    pub(crate) fn headers(&self, challenge: &'static str) -> Vec<(HeaderName, HeaderValue)> {
        match self.code {
            UNAUTHENTICATED => {
                vec![(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))]
            }
            NOT_READY | TOO_MANY => vec![(header::RETRY_AFTER, HeaderValue::from_static("1"))],
            _ => Vec::new(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response.headers_mut().extend(self.headers("Bearer realm=\"carehub\""));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_listed_code() {
        let problems = [
            Problem::not_found(),
            Problem::unauthenticated(),
            Problem::forbidden(),
            Problem::bad_parameter("x"),
            Problem::method_not_allowed(),
            Problem::request_too_large(),
            Problem::not_ready(),
            Problem::too_many(),
            Problem::timed_out(),
            Problem::internal(),
        ];
        let mut codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, CODES);
    }
}
