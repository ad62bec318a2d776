//! Whether a request that changes something was meant by the person whose browser sent it.
//!
//! Two things have to hold: the browser says that the request comes from a page of this hub, and the
//! request holds a token that only such a page can know. A program that sends a bearer token needs neither:
//! no other site can make a browser send one.

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use carehub_people::{Secret, Who};
use serde::de::DeserializeOwned;

use crate::asking::{Asked, Proof};
use crate::pages::PageProblem;
use crate::problem::Problem;
use crate::shared::App;
use crate::site::Site;

/// The header that carries the token where there is no form.
const HEADER: &str = "x-carehub-csrf";

/// The token for forms of a session, or of an attempt to sign in.
pub(crate) fn token(secret: &Secret) -> String {
    secret.derived("csrf").reveal().to_owned()
}

/// Whether the browser says that this hub's own page sent it.
///
/// `Sec-Fetch-Site` counts where it is sent (over TLS, and to this machine); else `Origin`. A request with
/// neither comes from no browser of this decade.
pub(crate) fn is_from_here(headers: &HeaderMap, site: &Site) -> bool {
    let one = |name: &str| -> Option<String> {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap_or("?").to_owned());
        if values.next().is_some() { Some("?".to_owned()) } else { value }
    };
    let origin = one("origin");
    let is_own = |origin: &str| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("?");
        site.is_own(origin, host)
    };
    match one("sec-fetch-site").as_deref() {
        // A page without a referrer has the origin `null`, also towards its own host.
        Some("same-origin") => origin.as_deref().is_none_or(|it| it == "null" || is_own(it)),
        Some(_) => false,
        None => origin.as_deref().is_some_and(is_own),
    }
}

/// Whether a request without a form may change something.
pub(crate) fn may_change(headers: &HeaderMap, proof: &Proof, site: &Site) -> Result<(), Problem> {
    let meant = match proof {
        Proof::Bearer => true,
        // A browser sends it by itself, to whoever makes it.
        Proof::Basic => false,
        Proof::Cookie(secret) => {
            let given =
                headers.get(HEADER).and_then(|given| given.to_str().ok()).unwrap_or_default();
            is_from_here(headers, site) && secret.derived("csrf").is(given)
        }
    };
    if meant { Ok(()) } else { Err(Problem::request_forged()) }
}

/// A form that carries the token in a field of its own.
pub(crate) trait Posted: DeserializeOwned {
    /// The token.
    fn csrf(&self) -> &str;
}

/// A form that a signed-in person has sent from a page of this hub. There is no other way to get at one.
pub(crate) struct PostedForm<T> {
    pub(crate) who: Who,
    pub(crate) secret: Secret,
    pub(crate) form: T,
}

impl<T: Posted> FromRequest<App> for PostedForm<T> {
    type Rejection = PageProblem;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageProblem> {
        let (who, proof) = Asked::of(request.extensions())?.ok_or_else(Problem::unauthenticated)?;
        let secret = match proof {
            Proof::Cookie(secret) => secret,
            Proof::Bearer | Proof::Basic => return Err(Problem::request_forged().into()),
        };
        if !is_from_here(request.headers(), app.site()) {
            return Err(Problem::request_forged().into());
        }
        let form: T = form(request, app).await?;
        if !secret.derived("csrf").is(form.csrf()) {
            return Err(Problem::request_forged().into());
        }
        Ok(Self { who, secret, form })
    }
}

/// Reads a form, within the bound of a body.
pub(crate) async fn form<T: DeserializeOwned>(request: Request, app: &App) -> Result<T, Problem> {
    match Form::<T>::from_request(request, app).await {
        Ok(Form(form)) => Ok(form),
        Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::request_too_large())
        }
        Err(_) => Err(Problem::bad_parameter("The form is not the one that the page has.")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let site = Site::new(Some("https://hub.example.org"), None, true, true).unwrap();
        assert_eq!(is_from_here(&headers, &site), expected);
    }

    #[test]
    fn only_a_page_of_this_hub_counts() {
        let own = ("origin", "https://hub.example.org");
        check(&[own], true);
        check(&[own, ("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "null"), ("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[], false);
        check(&[("origin", "null")], false);
        check(&[own, ("sec-fetch-site", "cross-site")], false);
        check(&[own, ("sec-fetch-site", "same-site")], false);
        check(&[("origin", "https://hub.example.org.evil.org")], false);
        check(&[("origin", "http://hub.example.org")], false);
        check(&[("origin", "https://evil.org"), ("sec-fetch-site", "same-origin")], false);
        check(&[("origin", "https://evil.org"), ("host", "evil.org")], false);
        check(&[own, ("origin", "https://evil.org")], false);
    }

    #[test]
    fn what_a_browser_sends_by_itself_changes_nothing() {
        let site = Site::new(None, None, false, true).unwrap();
        assert!(may_change(&HeaderMap::new(), &Proof::Bearer, &site).is_ok());
        assert!(may_change(&HeaderMap::new(), &Proof::Basic, &site).is_err());
        let secret = Secret::given("x");
        let mut headers = HeaderMap::from_iter([
            (header::ORIGIN, HeaderValue::from_static("http://h")),
            (header::HOST, HeaderValue::from_static("h")),
        ]);
        let proof = Proof::Cookie(secret.clone());
        assert!(may_change(&headers, &proof, &site).is_err());
        headers.insert(HEADER, HeaderValue::from_str(&token(&secret)).unwrap());
        assert!(may_change(&headers, &proof, &site).is_ok());
    }
}
