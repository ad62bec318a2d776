//! The service over HTTP: agencies ask with tokens of their own, and are held to a rate, because whoever may
//! ask without end can try all numbers. Nothing that it is asked is stored or logged.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use carehub_dashboard::Tokens;
use carehub_domain::BodyId;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::{Keys, NhsNumber};

/// Numbers in one request.
const AT_ONCE: usize = 1_000;

/// Bytes of one request.
const BODY_BYTES: usize = 64 * 1024;

/// The service, before it is bound.
pub struct Service {
    keys: Keys,
    tokens: Tokens,
    /// Numbers that one agency may ask for in an hour.
    an_hour: u32,
}

/// Why the service ended.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Outside this machine the numbers would be readable on the way.
    #[error(
        "{0} is not a loopback address: put a TLS proxy in front, and let it reach this on loopback"
    )]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("serve pseudonyms")]
    Serve(#[source] std::io::Error),
}

struct Shared {
    service: Service,
    asked: Mutex<BTreeMap<BodyId, Bucket>>,
}

/// What an agency may still ask: it fills again as time passes.
struct Bucket {
    left: f64,
    at: Instant,
}

#[derive(Deserialize)]
struct Asked {
    nhs_numbers: Vec<String>,
}

#[derive(Serialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    /// `None` for what is no NHS number.
    person_ref: Option<String>,
    /// What it was with earlier keys.
    earlier: Vec<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

impl Service {
    /// A service with these keys for whoever has one of these tokens.
    #[must_use]
    pub fn new(keys: Keys, tokens: Tokens, an_hour: u32) -> Self {
        Self { keys, tokens, an_hour }
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    /// [`ServiceError`]; an address that others can reach is refused.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServiceError> {
        let address = listener.local_addr().map_err(ServiceError::Serve)?;
        if !address.ip().is_loopback() {
            return Err(ServiceError::NotLoopback(address));
        }
        let shared = Arc::new(Shared { service: self, asked: Mutex::default() });
        let routes = Router::new()
            .route("/v1/pseudonyms", post(pseudonyms))
            .route("/healthz", get(|| async { "ok\n" }))
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(shared);
        axum::serve(listener, routes)
            .with_graceful_shutdown(shutdown)
            .await
            .map_err(ServiceError::Serve)
    }
}

impl Shared {
    /// Takes so many from what the agency may ask; how long to wait where it may not.
    fn admit(&self, agency: &BodyId, numbers: usize, now: Instant) -> Result<(), Duration> {
        let (limit, wanted) = (f64::from(self.service.an_hour), numbers as f64);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = asked.entry(agency.clone()).or_insert(Bucket { left: limit, at: now });
        let filled = now.saturating_duration_since(bucket.at).as_secs_f64() * limit / 3_600.0;
        bucket.left = (bucket.left + filled).min(limit);
        bucket.at = now;
        if bucket.left < wanted {
            let seconds = (wanted - bucket.left) * 3_600.0 / limit.max(1.0);
            return Err(Duration::from_secs_f64(seconds.clamp(1.0, 3_600.0)));
        }
        bucket.left -= wanted;
        Ok(())
    }
}

async fn pseudonyms(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let Some(agency) = token.and_then(|token| shared.service.tokens.owner(token.as_bytes())) else {
        return problem(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "a token of the service is needed",
        );
    };
    let Ok(asked) = serde_json::from_slice::<Asked>(&body) else {
        let text = "ask with {\"nhs_numbers\": [\"...\"]}";
        return problem(StatusCode::BAD_REQUEST, "bad-parameter", text);
    };
    if asked.nhs_numbers.len() > AT_ONCE {
        let text = "ask for at most 1000 at once";
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", text);
    }
    if let Err(wait) = shared.admit(&agency, asked.nhs_numbers.len(), Instant::now()) {
        let text = "this agency has asked for as many as it may in an hour";
        let mut refused = problem(StatusCode::TOO_MANY_REQUESTS, "rate-limited", text);
        refused.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        return refused;
    }
    let items = asked.nhs_numbers.iter().map(|text| item(&shared.service.keys, text)).collect();
    ([(header::CACHE_CONTROL, "no-store")], Json(Answer { items })).into_response()
}

fn item(keys: &Keys, text: &str) -> Item {
    match NhsNumber::parse(text) {
        Ok(number) => Item {
            person_ref: Some(keys.person_ref(&number)),
            earlier: keys.earlier(&number),
            error: None,
        },
        Err(_) => {
            Item { person_ref: None, earlier: Vec::new(), error: Some("nhs-number-malformed") }
        }
    }
}

/// RFC 9457; what was asked is not repeated.
fn problem(status: StatusCode, code: &'static str, detail: &'static str) -> Response {
    let body = serde_json::json!({
        "type": "about:blank", "status": status.as_u16(), "code": code, "detail": detail,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_is_held_to_its_rate_and_others_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("person.key");
        Keys::add(&path).unwrap();
        let service = Service::new(Keys::read(&path).unwrap(), Tokens::default(), 3_600);
        let shared = Shared { service, asked: Mutex::default() };
        let (police, hospital) =
            (BodyId::new("police").unwrap(), BodyId::new("acute-trust").unwrap());
        let start = Instant::now();
        assert_eq!(shared.admit(&police, 3_000, start), Ok(()));
        assert_eq!(shared.admit(&police, 601, start), Err(Duration::from_secs(1)));
        assert_eq!(shared.admit(&hospital, 3_600, start), Ok(()));
        let later = start + Duration::from_secs(60);
        assert_eq!(shared.admit(&police, 660, later), Ok(()));
        assert!(shared.admit(&police, 1, later).is_err());
    }
}
