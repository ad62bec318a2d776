//! What a client is told when a request is not answered: RFC 9457 problem details, with a stable
//! code that has a page under `docs/errors/`. A problem never repeats what was asked for, nor says
//! whether something exists that the reader may not see.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Every code that the read side answers with.
pub const CODES: &[&str] = &[
    ACCOUNTS_UNREADABLE,
    AUDIT_UNAVAILABLE,
    BAD_PARAMETER,
    BREAK_GLASS_REASON,
    BREAK_GLASS_TIME,
    CLAIMS_UNKNOWN,
    CREDENTIAL_IN_URL,
    FORBIDDEN,
    FORM_NOT_TAKEN,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_READY,
    PROVIDER_REFUSED,
    PROVIDER_UNREACHABLE,
    RATE_LIMITED,
    REQUEST_FORGED,
    REQUEST_TOO_LARGE,
    SIGN_IN_EXPIRED,
    SIGN_IN_NEEDS_TLS,
    SIGN_IN_REFUSED,
    SIGN_IN_THROTTLED,
    TIMED_OUT,
    TOO_MANY,
    UNAUTHENTICATED,
];

/// The accounts file cannot be read: nobody is let in.
pub const ACCOUNTS_UNREADABLE: &str = "accounts-unreadable";
/// The provider named no agency and role that the hub knows.
pub const CLAIMS_UNKNOWN: &str = "claims-unknown";
/// A credential stands in the address of the request.
pub const CREDENTIAL_IN_URL: &str = "credential-in-url";
/// The provider let nobody in, or what it gave proves nothing.
pub const PROVIDER_REFUSED: &str = "provider-refused";
/// The provider does not answer.
pub const PROVIDER_UNREACHABLE: &str = "provider-unreachable";
/// Too many requests of one credential or address.
pub const RATE_LIMITED: &str = "rate-limited";
/// A request that changes something did not come from a page of this hub.
pub const REQUEST_FORGED: &str = "request-forged";
/// The attempt to sign in is another browser's, too old, or was answered already.
pub const SIGN_IN_EXPIRED: &str = "sign-in-expired";
/// Nobody signs in over a connection that others can read.
pub const SIGN_IN_NEEDS_TLS: &str = "sign-in-needs-tls";
/// Name and password do not belong together.
pub const SIGN_IN_REFUSED: &str = "sign-in-refused";
/// Too many guesses.
pub const SIGN_IN_THROTTLED: &str = "sign-in-throttled";
/// The audit could not keep who asked.
pub const AUDIT_UNAVAILABLE: &str = "audit-unavailable";
/// A parameter or the body is not understood.
pub const BAD_PARAMETER: &str = "bad-parameter";
/// The reason for an opening by break-glass is missing, too long, or identifies somebody.
pub const BREAK_GLASS_REASON: &str = "break-glass-reason";
/// An opening by break-glass was to end too late, or in the past; also the domain's own code.
pub const BREAK_GLASS_TIME: &str = "break-glass-time";
/// The agency may not read.
pub const FORBIDDEN: &str = "forbidden";
/// A form of a page is incomplete, or the hub refused what it became; the page says why.
pub const FORM_NOT_TAKEN: &str = "form-not-taken";
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
    /// Seconds until it is worth asking again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
}

/// The code of the problem that was answered, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused(pub(crate) &'static str);

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:carehub:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: None,
            retry_after: None,
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
        let title = "This agency or credential may not do this.";
        Self::new(StatusCode::FORBIDDEN, FORBIDDEN, title)
    }

    pub(crate) fn audit_unavailable() -> Self {
        let title = "The audit cannot keep who asks, so nothing is shown.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, AUDIT_UNAVAILABLE, title).after(1)
    }

    pub(crate) fn bad_parameter(detail: &'static str) -> Self {
        let title = "A parameter is not understood.";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, BAD_PARAMETER, title);
        problem.detail = Some(detail);
        problem
    }

    pub(crate) fn break_glass_reason() -> Self {
        let title =
            "Say why it has to be known now, without a number or address that identifies somebody.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, BREAK_GLASS_REASON, title)
    }

    pub(crate) fn break_glass_time() -> Self {
        let title = "An opening ends after now, and no later than the policy allows.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, BREAK_GLASS_TIME, title)
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
        Self::new(StatusCode::SERVICE_UNAVAILABLE, NOT_READY, title).after(1)
    }

    pub(crate) fn too_many() -> Self {
        let title = "The hub is busy: try again.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, TOO_MANY, title).after(1)
    }

    pub(crate) fn timed_out() -> Self {
        let title = "The answer took too long.";
        Self::new(StatusCode::GATEWAY_TIMEOUT, TIMED_OUT, title)
    }

    pub(crate) fn internal() -> Self {
        let title = "The hub could not answer.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, title)
    }

    pub(crate) fn accounts_unreadable() -> Self {
        let title = "The hub cannot read its accounts: nobody is let in.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ACCOUNTS_UNREADABLE, title).after(10)
    }

    pub(crate) fn claims_unknown() -> Self {
        let title = "Your provider names no agency and role that this hub knows.";
        Self::new(StatusCode::FORBIDDEN, CLAIMS_UNKNOWN, title)
    }

    pub(crate) fn credential_in_url() -> Self {
        let title =
            "A credential in an address is not taken, and is now known to others: replace it.";
        Self::new(StatusCode::BAD_REQUEST, CREDENTIAL_IN_URL, title)
    }

    pub(crate) fn provider_refused() -> Self {
        let title = "Your provider did not sign you in.";
        Self::new(StatusCode::FORBIDDEN, PROVIDER_REFUSED, title)
    }

    pub(crate) fn provider_unreachable() -> Self {
        let title = "Your provider does not answer: try again later.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, PROVIDER_UNREACHABLE, title).after(10)
    }

    pub(crate) fn rate_limited(seconds: u64) -> Self {
        let title = "Too many requests: wait.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, RATE_LIMITED, title).after(seconds)
    }

    pub(crate) fn request_forged() -> Self {
        let title = "The request did not come from a page of this hub.";
        Self::new(StatusCode::FORBIDDEN, REQUEST_FORGED, title)
    }

    pub(crate) fn sign_in_expired() -> Self {
        let title = "This attempt to sign in is over: begin again.";
        Self::new(StatusCode::BAD_REQUEST, SIGN_IN_EXPIRED, title)
    }

    pub(crate) fn sign_in_needs_tls() -> Self {
        let title = "Nobody signs in here, because others could read the connection.";
        Self::new(StatusCode::FORBIDDEN, SIGN_IN_NEEDS_TLS, title)
    }

    pub(crate) fn sign_in_refused() -> Self {
        let title = "The name and the password do not belong together.";
        Self::new(StatusCode::FORBIDDEN, SIGN_IN_REFUSED, title)
    }

    pub(crate) fn sign_in_throttled(seconds: u64) -> Self {
        let title = "Too many attempts to sign in: wait.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, SIGN_IN_THROTTLED, title).after(seconds)
    }

    fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The headers that go with it, whatever the body is written in.
    pub(crate) fn headers(&self, challenge: &'static str) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = Vec::new();
        if self.code == UNAUTHENTICATED {
            headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        if let Some(seconds) = self.retry_after {
            headers.push((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        headers
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response.headers_mut().extend(self.headers("Bearer realm=\"carehub\""));
        response.extensions_mut().insert(Refused(self.code));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_listed_code() {
        let problems = [
            Problem::accounts_unreadable(),
            Problem::audit_unavailable(),
            Problem::break_glass_reason(),
            Problem::break_glass_time(),
            Problem::claims_unknown(),
            Problem::credential_in_url(),
            Problem::provider_refused(),
            Problem::provider_unreachable(),
            Problem::rate_limited(1),
            Problem::request_forged(),
            Problem::sign_in_expired(),
            Problem::sign_in_needs_tls(),
            Problem::sign_in_refused(),
            Problem::sign_in_throttled(1),
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
        // A form that was not taken is shown again, and is no problem document: the code stands in the audit.
        codes.push(FORM_NOT_TAKEN);
        codes.sort_unstable();
        assert_eq!(codes, CODES);
    }
}
