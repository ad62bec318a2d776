//! Who a request comes from is asked once, before anything else is: then it is known whose limit counts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carehub_domain::BodyId;
use carehub_people::{FileError, People, Secret, TOKEN_PREFIX, Who};
use data_encoding::BASE64;
use jiff::Timestamp;

use crate::api::live;
use crate::cookies;
use crate::limits::Payer;
use crate::problem::Problem;
use crate::shared::{App, Shared};

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What proved who is asking.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// A token that a program sent.
    Bearer,
    /// An agency's token that a browser keeps and sends by itself.
    Basic,
    /// A session's cookie, which a browser sends by itself.
    Cookie(Secret),
}

/// What the middleware found, for the extractors.
#[derive(Debug, Clone)]
pub(crate) struct Asked(Arc<Result<Option<(Who, Proof)>, Problem>>);

impl Asked {
    /// Who is asking and by what; none without a known credential.
    pub(crate) fn of(extensions: &Extensions) -> Result<Option<(Who, Proof)>, Problem> {
        extensions.get::<Self>().map_or(Ok(None), |asked| Result::clone(&asked.0))
    }
}

/// What is put into an address is kept by proxies, histories and logs: no credential is taken from there.
const IN_NO_URL: [&str; 9] = [
    "token",
    "access_token",
    "api_key",
    "apikey",
    "bearer",
    "authorization",
    "session",
    "password",
    "key",
];

/// Paths that a supervisor asks, and whose limit is nobody's.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The header with which the script of an open page marks what it asks by itself. Anybody may send it: it takes
/// something from a request and gives nothing.
pub(crate) const REFRESH: &str = "carehub-refresh";

/// Whether an open page asks by itself to be shown again. What changes something is never asked so.
pub(crate) fn is_refresh(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && headers.contains_key(REFRESH)
}

/// Whether somebody is there who asks. A page that is left open listens and refreshes itself all night, and its
/// session has to end all the same.
fn is_attended(request: &Request) -> bool {
    request.uri().path() != live::PATH && !is_refresh(request.method(), request.headers())
}

/// Finds out who is asking, and counts the request against their limit.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if names_credential(request.uri()) {
        return Problem::credential_in_url().into_response();
    }
    if PROBES.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let asked = who(&app, request.headers(), is_attended(&request));
    let payer = match &asked {
        Ok(Some((who, _))) => Some(Payer::of(who)),
        Ok(None) | Err(_) => address(&app, &request).map(Payer::at),
    };
    if let Some(payer) = payer {
        let rate = match &payer {
            Payer::Credential(_) => app.config.rate_per_credential,
            Payer::Address(_) => app.config.rate_per_address,
        };
        if let Err(wait) = app.limits.take(payer, rate, Instant::now()) {
            return Problem::rate_limited(wait.as_secs() + 1).into_response();
        }
    }
    request.extensions_mut().insert(Asked(Arc::new(asked)));
    next.run(request).await
}

/// The client's address: the connection's, or what a proxy that is trusted says last.
pub(crate) fn address(app: &Shared, request: &Request) -> Option<IpAddr> {
    let Peer(peer) = request.extensions().get::<Peer>().copied()?;
    Some(client(app.config.trusted_proxy, peer, request.headers()))
}

/// Only the last entry was written by the proxy itself; what is before it anybody may have sent.
fn client(trusted: Option<IpAddr>, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if trusted != Some(peer.to_canonical()) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    last.and_then(|text| text.trim().parse().ok()).unwrap_or(peer)
}

fn names_credential(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        IN_NO_URL.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden))
    })
}

/// The bearer token of a request, where there is exactly one credential and it is one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(rest.trim())
}

/// One credential at most is looked at: with two, nobody knows which was meant.
fn who(
    app: &Shared,
    headers: &HeaderMap,
    is_attended: bool,
) -> Result<Option<(Who, Proof)>, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = given.next() {
        let (Ok(value), None) = (value.to_str(), given.next()) else { return Ok(None) };
        return authorized(app, value);
    }
    let Some(people) = &app.people else { return Ok(None) };
    let Some(secret) = cookies::session(headers, app.site().secure) else { return Ok(None) };
    let now = Timestamp::now();
    let who = if is_attended {
        people.by_session(&secret, now)
    } else {
        people.by_session_unattended(&secret, now)
    };
    let who = who.map_err(|error| unreadable(&error))?;
    Ok(who.map(|who| (who, Proof::Cookie(secret))))
}

fn authorized(app: &Shared, value: &str) -> Result<Option<(Who, Proof)>, Problem> {
    let Some((scheme, rest)) = value.split_once(' ') else { return Ok(None) };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        let who = match app.tokens.owner(rest.as_bytes()) {
            Some(agency) => Some(Who::agency(agency)),
            None => by_token(app.people.as_ref(), rest)?,
        };
        return Ok(who.map(|who| (who, Proof::Bearer)));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return Ok(basic(app, rest).map(|agency| (Who::agency(agency), Proof::Basic)));
    }
    Ok(None)
}

fn by_token(people: Option<&People>, secret: &str) -> Result<Option<Who>, Problem> {
    match people.filter(|_| secret.starts_with(TOKEN_PREFIX)) {
        Some(people) => {
            let found = people.by_token(&Secret::given(secret), Timestamp::now());
            found.map_err(|error| unreadable(&error))
        }
        None => Ok(None),
    }
}

/// An agency's name and its token. API tokens and passwords are not taken: a browser would keep them.
fn basic(app: &Shared, encoded: &str) -> Option<BodyId> {
    let decoded = BASE64.decode(encoded.as_bytes()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, secret) = (&decoded[..colon], &decoded[colon + 1..]);
    app.tokens.owner(secret).filter(|owner| owner.as_str().as_bytes() == user)
}

/// While the accounts cannot be read nobody is let in, and whoever operates the hub is told why.
pub(crate) fn unreadable(error: &FileError) -> Problem {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, "nobody can be let in");
    Problem::accounts_unreadable()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_credential_in_an_address_is_found_whatever_its_case() {
        let names = |uri: &'static str| names_credential(&Uri::from_static(uri));
        for uri in ["/?token=x", "/api/v1/homes?limit=1&Access_Token=x", "/x?password"] {
            assert!(names(uri), "{uri}");
        }
        for uri in ["/", "/?q=token", "/token?q=x", "/?state=x&code=y"] {
            assert!(!names(uri), "{uri}");
        }
    }

    #[test]
    fn only_what_reads_is_believed_to_be_a_page_that_refreshes_itself() {
        let marked = HeaderMap::from_iter([(
            header::HeaderName::from_static(REFRESH),
            HeaderValue::from_static("1"),
        )]);
        for (method, headers, expected) in [
            (Method::GET, &marked, true),
            (Method::HEAD, &marked, true),
            (Method::POST, &marked, false),
            (Method::GET, &HeaderMap::new(), false),
        ] {
            assert_eq!(is_refresh(&method, headers), expected, "{method}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_request_comes_from() {
        let (proxy, other): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [192, 0, 2, 9].into());
        let value = HeaderValue::from_static("10.9.9.9, 192.0.2.1");
        let headers =
            HeaderMap::from_iter([(header::HeaderName::from_static("x-forwarded-for"), value)]);
        assert_eq!(client(None, proxy, &headers), proxy);
        assert_eq!(client(Some(proxy), other, &headers), other);
        assert_eq!(client(Some(proxy), proxy, &headers), IpAddr::from([192, 0, 2, 1]));
        assert_eq!(client(Some(proxy), proxy, &HeaderMap::new()), proxy);
    }
}
