//! The hub's cookies: read strictly, set so that a browser keeps them to this host.

use axum::http::{HeaderMap, HeaderValue, header};
use carehub_people::Secret;
use data_encoding::BASE64URL_NOPAD;

/// Who is signed in.
pub(crate) const SESSION: &str = "carehub-session";

/// An attempt to sign in: what proves that the answer belongs to this browser.
pub(crate) const ATTEMPT: &str = "carehub-attempt";

/// When a person last looked at what is asked of their agency.
pub(crate) const LOOKED: &str = "carehub-looked";

/// How long that is kept, in seconds.
const LOOKED_SECONDS: u32 = 90 * 24 * 3_600;

/// How long an attempt may take, in seconds.
const ATTEMPT_SECONDS: u32 = 600;

/// The value of a cookie. None where two have its name: one of them was planted by another host of the
/// same domain, and nobody can tell which.
pub(crate) fn value(headers: &HeaderMap, name: &str, secure: bool) -> Option<String> {
    let name = full_name(name, secure);
    let mut found = None;
    for header in headers.get_all(header::COOKIE) {
        for pair in header.to_str().ok()?.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else { continue };
            if key != name {
                continue;
            }
            if found.replace(value.to_owned()).is_some() {
                return None;
            }
        }
    }
    found.filter(|value| !value.is_empty() && value.len() <= 1024)
}

/// The secret of the session that the request carries.
pub(crate) fn session(headers: &HeaderMap, secure: bool) -> Option<Secret> {
    value(headers, SESSION, secure).map(|value| Secret::given(&value))
}

/// A header that sets a session.
pub(crate) fn set_session(secret: &Secret, secure: bool) -> HeaderValue {
    // Without an age it goes when the browser is closed; the hub ends it earlier.
    header(SESSION, secret.reveal(), None, secure)
}

/// A header that sets when a person last looked.
pub(crate) fn set_looked(value: &str, secure: bool) -> HeaderValue {
    header(LOOKED, value, Some(LOOKED_SECONDS), secure)
}

/// A header that takes a cookie away.
pub(crate) fn clear(name: &str, secure: bool) -> HeaderValue {
    header(name, "", Some(0), secure)
}

/// The secret of an attempt to sign in, and where to go then.
pub(crate) fn attempt(headers: &HeaderMap, secure: bool) -> Option<(Secret, String)> {
    let value = value(headers, ATTEMPT, secure)?;
    let (secret, to) = value.split_once('.')?;
    let to = String::from_utf8(BASE64URL_NOPAD.decode(to.as_bytes()).ok()?).ok()?;
    Some((Secret::given(secret), to))
}

/// A header that sets an attempt.
pub(crate) fn set_attempt(secret: &Secret, to: &str, secure: bool) -> HeaderValue {
    let value = format!("{}.{}", secret.reveal(), BASE64URL_NOPAD.encode(to.as_bytes()));
    header(ATTEMPT, &value, Some(ATTEMPT_SECONDS), secure)
}

/// With this prefix a browser takes the cookie from this host alone, over TLS alone, for every path.
fn full_name(name: &str, secure: bool) -> String {
    format!("{}{name}", if secure { "__Host-" } else { "" })
}

/// Lax, not strict: a provider sends the browser back with a navigation from its own site. What changes
/// something is protected by a token and by where it comes from (`forged.rs`).
fn header(name: &str, value: &str, age: Option<u32>, secure: bool) -> HeaderValue {
    let name = full_name(name, secure);
    let age = age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    HeaderValue::from_str(&text).expect("a secret and what is encoded are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookies: &[&str]) -> HeaderMap {
        let header = |text: &&str| (header::COOKIE, HeaderValue::from_str(text).unwrap());
        cookies.iter().map(header).collect()
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_not_believed() {
        let name = |cookies: &[&str]| value(&with(cookies), SESSION, false);
        assert_eq!(name(&["a=b; carehub-session=x"]), Some("x".to_owned()));
        assert_eq!(name(&["carehub-session=x; carehub-session=y"]), None);
        assert_eq!(name(&["carehub-session=x", "carehub-session=x"]), None);
        assert_eq!(name(&["carehub-session="]), None);
        assert_eq!(name(&["xcarehub-session=x; carehub-sessions=y"]), None);
    }

    #[test]
    fn over_tls_only_a_cookie_of_this_host_alone_counts() {
        assert_eq!(value(&with(&["carehub-session=x"]), SESSION, true), None);
        let secret = Secret::given("x");
        assert_eq!(
            set_session(&secret, true),
            "__Host-carehub-session=x; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            set_session(&secret, false),
            "carehub-session=x; Path=/; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn an_attempt_carries_where_to_go() {
        let set = set_attempt(&Secret::given("x"), "/homes/1", false);
        let cookie = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let (secret, to) = attempt(&with(&[&cookie]), false).unwrap();
        assert_eq!((secret.reveal(), to.as_str()), ("x", "/homes/1"));
    }
}
