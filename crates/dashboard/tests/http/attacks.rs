//! Attempts at the HTTP side, one by one.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use carehub_dashboard::{Config, problem};

use crate::browser::Browser;
use crate::hub::Hub;
use crate::signing_in::{PASSWORD, Peopled, peopled};

#[test]
fn a_credential_in_an_address_opens_nothing_even_if_it_is_the_right_one() {
    let hub = Hub::new();
    for path in
        ["/api/v1/homes?token=token-of-cqc", "/?access_token=token-of-cqc", "/healthz?key=x"]
    {
        hub.get_open(path).assert_problem(400, problem::CREDENTIAL_IN_URL);
        // Nor is it passed over when the header holds one, too: it would stay in the histories.
        hub.get("cqc", path).assert_problem(400, problem::CREDENTIAL_IN_URL);
    }
}

#[test]
fn another_verb_or_a_header_that_names_one_changes_nothing() {
    let hub = Hub::new();
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
        let head = format!(
            "{method} /api/v1/homes/1-100 HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer token-of-cqc\r\nx-http-method-override: GET\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(&hub, head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
        assert!(!answer.contains("Willow"), "{answer}");
    }
}

#[test]
fn a_path_that_climbs_reaches_nothing_else() {
    let hub = Hub::new();
    for path in [
        "/api/v1/homes/..%2Fhomes",
        "/api/v1/homes/%2e%2e%2f%2e%2e%2fmetrics",
        "/api/v1/homes/1-100%00",
        "/api/v1/homes/..",
        "/homes/..%5C..%5Caccounts.json",
        "/api/v1/escalations/%2e%2e",
    ] {
        assert_eq!(hub.get("cqc", path).status, 404, "{path}");
    }
}

#[test]
fn two_requests_in_one_are_two_requests_and_the_second_needs_its_own_credential() {
    let hub = Hub::new();
    let hidden = "GET /api/v1/homes HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
    let body = format!("0\r\n\r\n{hidden}");
    let both = format!(
        "POST /api/v1/verdicts HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer token-of-cqc\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&hub, both.as_bytes());
    assert!(!answer.contains("Oak Lodge"), "{answer}");
    let two_lengths = format!(
        "POST /api/v1/verdicts HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer token-of-cqc\r\ncontent-length: 0\r\ncontent-length: {}\r\n\r\n{hidden}",
        hidden.len()
    );
    let answer = raw(&hub, two_lengths.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let folded = b"GET / HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer\r\n token-of-cqc\r\n\r\n";
    assert!(!raw(&hub, folded).contains(" 200 "));
}

#[test]
fn nothing_that_a_signed_in_person_reads_may_be_kept() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
    for path in ["/", "/account", "/homes/1-100", "/api/v1/homes", "/sign-in"] {
        let answer = browser.get(path);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
    let csrf = crate::browser::field(&browser.get("/account").body, "csrf");
    let out = browser.post("/sign-out", &[("csrf", &csrf)]);
    assert!(out.header("clear-site-data").contains("cache"));
}

#[test]
fn a_form_to_sign_in_belongs_to_the_browser_that_read_the_page() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let (mut attacker, mut victim) = (Browser::at(&hub.address), Browser::at(&hub.address));
    let csrf = crate::browser::field(&attacker.get("/sign-in").body, "csrf");
    victim.get("/sign-in");
    let form = [("csrf", csrf.as_str()), ("to", "/"), ("name", "hughes"), ("password", PASSWORD)];
    // The attacker's page would sign the victim in as the attacker.
    let own = hub.address.clone();
    for headers in [
        &[("origin", own.as_str())][..],
        &[("origin", "https://evil.example")],
        &[("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        &[],
    ] {
        let answer = victim.post_from("/sign-in", &form, headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.body.contains(problem::REQUEST_FORGED), "{}", answer.body);
        assert!(!victim.cookies.contains_key("carehub-session"));
    }
}

/// Not a proof: the proof is that the same work is done (`password.rs`). It notices if it is left out.
#[test]
fn the_time_of_an_answer_does_not_tell_who_exists() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let fastest = |name: &str| {
        let mut browser = Browser::at(&hub.address);
        let guess = |_| {
            let csrf = crate::browser::field(&browser.get("/sign-in").body, "csrf");
            let form = [
                ("csrf", csrf.as_str()),
                ("to", "/"),
                ("name", name),
                ("password", "a wrong password"),
            ];
            let began = Instant::now();
            assert_eq!(browser.post("/sign-in", &form).status, 403);
            began.elapsed()
        };
        (0..5).map(guess).min().unwrap()
    };
    let (exists, does_not) = (fastest("hughes"), fastest("nobody"));
    assert!(does_not * 4 > exists && exists * 4 > does_not, "{exists:?} {does_not:?}");
}

fn raw(hub: &Hub, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(hub.address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request).unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
