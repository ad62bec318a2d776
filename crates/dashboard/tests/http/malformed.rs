//! Ten thousand requests that are forged, replayed, oversized or malformed, over real sockets, from a seed:
//! none is answered with data, none with an error of the hub, none crashes anything, each is counted.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use carehub_dashboard::{Config, Rate};
use carehub_people::Right;
use data_encoding::BASE64;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::browser::{Browser, field};
use crate::signing_in::{PASSWORD, Peopled, peopled, police, rights};

const REQUESTS: usize = 10_000;
const THREADS: usize = 8;
const SEED: u64 = 20_261_127;

/// What only a picture holds.
const DATA: [&str; 5] = ["Oak Lodge", "Willow", "Elm Court", "summary by", "Fictional Care"];

const PATHS: [&str; 14] = [
    "/",
    "/homes/1-100",
    "/api/v1/homes",
    "/api/v1/homes/1-100",
    "/api/v1/homes/1-100/timeline",
    "/api/v1/homes/1-100/triggers",
    "/api/v1/escalations",
    "/api/v1/providers/p-1",
    "/api/v1/unmatched",
    "/api/v1/verdicts",
    "/api/v1/live",
    "/account",
    "/sign-out",
    "/sign-in",
];

/// Credentials that once opened something, and one that still does.
struct Credentials {
    revoked: String,
    ended_session: String,
    live_session: String,
    live_csrf: String,
}

#[test]
fn ten_thousand_requests_that_prove_nothing_get_nothing_and_are_counted() {
    let none = Rate { per_second: 0.0, burst: 0.0 };
    let config = Config { rate_per_address: none, rate_per_credential: none, ..Config::default() };
    let Peopled { mut hub, people, _dir } = peopled(config);
    hub.concern("police", "1-200", "soft-intelligence", "2024-01-01");
    let (id, token) =
        people.add_token(police(), rights(&[Right::Read]), "", None, Timestamp::now()).unwrap();
    let session = || {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
        let csrf = field(&browser.get("/account").body, "csrf");
        (browser.cookies["carehub-session"].clone(), csrf, browser)
    };
    let (ended_session, csrf, mut browser) = session();
    assert_eq!(browser.post("/sign-out", &[("csrf", &csrf)]).status, 303);
    people.revoke_token(&id).unwrap();
    let (live_session, live_csrf, _) = session();
    let credentials =
        Credentials { revoked: token.reveal().to_owned(), ended_session, live_session, live_csrf };
    let before = counted(&hub.metrics());
    let address = hub.address.trim_start_matches("http://").to_owned();
    let statuses = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|worker| {
                let (address, credentials) = (&address, &credentials);
                scope.spawn(move || {
                    let mut random = StdRng::seed_from_u64(SEED + worker as u64);
                    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
                    for number in 0..REQUESTS / THREADS {
                        let (kind, request) = request(&mut random, number, credentials);
                        let answer = send(address, &request);
                        let status = check(kind, &request, &answer);
                        *statuses.entry(status).or_default() += 1;
                    }
                    statuses
                })
            })
            .collect();
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for worker in workers {
            for (status, count) in worker.join().unwrap() {
                *all.entry(status).or_default() += count;
            }
        }
        all
    });
    // Each kind of refusal was met.
    for status in ["400", "401", "403", "404", "405", "413", "431"] {
        assert!(statuses.contains_key(status), "{status} {statuses:?}");
    }
    let after = hub.metrics();
    assert!(
        counted(&after) >= before + REQUESTS as u64,
        "{before} {} {statuses:?}",
        counted(&after)
    );
    for broken in ["status=\"500\"", "status=\"502\"", "status=\"504\""] {
        assert!(!after.contains(broken), "{after}");
    }
    assert_eq!(hub.get("police", "/api/v1/homes").ok()["items"].as_array().unwrap().len(), 3);
    // Nothing that was forged ended the session.
    let cookie = format!("carehub-session={}", credentials.live_session);
    let account =
        ureq::get(format!("{}/account", hub.address)).header("cookie", cookie).call().unwrap();
    assert_eq!(account.status().as_u16(), 200);
    assert_eq!(people.accounts().unwrap()[0].sessions, 1);
}

/// Requests that were answered, and connections that ended before one could be.
fn counted(metrics: &str) -> u64 {
    let is_count = |line: &&str| {
        line.starts_with("carehub_http_requests_total{")
            || line.starts_with("carehub_http_connections_failed_total{")
    };
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64;
    metrics.lines().filter(is_count).map(value).sum()
}

fn send(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    // The hub may have answered and closed before it has read all of it.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            panic!("no answer, and no end")
        }
        Ok(_) | Err(_) => String::from_utf8_lossy(&answer).into_owned(),
    }
}

#[track_caller]
fn check(kind: usize, request: &[u8], answer: &str) -> String {
    let shown = || String::from_utf8_lossy(&request[..request.len().min(400)]).into_owned();
    for data in DATA {
        assert!(!answer.contains(data), "{kind}: {}\n{answer}", shown());
    }
    let status = answer.strip_prefix("HTTP/1.1 ").or(answer.strip_prefix("HTTP/1.0 "));
    let Some(status) = status.and_then(|rest| rest.get(..3)) else {
        assert!(answer.is_empty(), "{kind}: {}\n{answer}", shown());
        return "closed".to_owned();
    };
    assert!(!status.starts_with('5') || status == "503", "{kind}: {}\n{answer}", shown());
    // Only the page to sign in is open to everybody among these.
    assert!(status != "200" || answer.contains("name=\"csrf\""), "{kind}: {}\n{answer}", shown());
    let set = "set-cookie: carehub-session=";
    assert!(!answer.contains(set), "{kind}: {}\n{answer}", shown());
    status.to_owned()
}

fn text(random: &mut StdRng, most: usize) -> String {
    let length = random.random_range(1..=most);
    (0..length).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}

fn bytes(random: &mut StdRng, most: usize) -> Vec<u8> {
    let length = random.random_range(1..=most);
    (0..length).map(|_| random.random()).collect()
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// One of fourteen kinds, and the request.
fn request(random: &mut StdRng, number: usize, known: &Credentials) -> (usize, Vec<u8>) {
    let path = PATHS[random.random_range(0..PATHS.len())];
    let kind = number % 14;
    let request = match kind {
        0 => bytes(random, 2_000),
        1 => {
            let whole = get(path, &forged(random));
            // Damage must not turn a request with two credentials into one with the right one.
            let holds = whole.windows(12).any(|part| part == b"token-of-cqc");
            if holds { whole } else { damaged(random, whole) }
        }
        2 => get(path, &forged(random)),
        // Replayed: what was revoked, and a session that was signed out of.
        3 => get(path, &format!("authorization: Bearer {}\r\n", known.revoked)),
        4 => get(path, &format!("cookie: carehub-session={}\r\n", known.ended_session)),
        // A live session, but from another site's page, or without the token of a page.
        5 => {
            let cookie = format!("cookie: carehub-session={}\r\n", known.live_session);
            let form = "content-type: application/x-www-form-urlencoded\r\n";
            match random.random_range(0..3) {
                0 => post(
                    "/sign-out",
                    &format!("{cookie}{form}origin: https://evil.example\r\n"),
                    &format!("csrf={}", known.live_csrf),
                ),
                1 => post(
                    "/sign-out",
                    &format!("{cookie}{form}origin: http://hub\r\n"),
                    "csrf=guess&everywhere=yes",
                ),
                _ => post(
                    "/api/v1/verdicts",
                    &format!("{cookie}content-type: text/plain\r\n"),
                    "{\"positions\":[1]}",
                ),
            }
        }
        // Two live cookies: one was planted.
        6 => {
            let planted = text(random, 43);
            get(
                path,
                &format!(
                    "cookie: carehub-session={}; carehub-session={planted}\r\n",
                    known.live_session
                ),
            )
        }
        7 => {
            let name =
                ["token", "access_token", "API_KEY", "authorization"][random.random_range(0..4)];
            get(&format!("{path}?{name}=token-of-cqc"), "authorization: Bearer token-of-cqc\r\n")
        }
        8 => {
            let method =
                ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "OPTIONS"];
            let method = method[random.random_range(0..method.len())];
            format!("{method} {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\nx-http-method-override: GET\r\n{}\r\n", forged(random)).into_bytes()
        }
        9 => {
            let way = ["..%2f..%2f", "../../", "%2e%2e/", "%00", "..;/", "%c0%ae%c0%ae/", "....//"];
            let way = way[random.random_range(0..way.len())];
            let to = ["api/v1/homes", "etc/passwd", "metrics%00", "accounts/accounts.json"];
            let to = to[random.random_range(0..to.len())];
            get(&format!("/api/v1/homes/{way}{to}"), "authorization: Bearer wrong\r\n")
        }
        10 => oversized(random, path),
        11 => smuggled(random),
        12 => {
            let body = ["{", "[]", "{\"positions\":[1e99]}", "\u{0}", "{\"positions\":{}}"];
            let body = body[random.random_range(0..body.len())];
            post(
                "/api/v1/verdicts",
                "authorization: Bearer token-of-cqc\r\ncontent-type: application/json\r\n",
                body,
            )
        }
        _ => {
            let form = format!(
                "csrf={}&to=%2F&name={}&password={}",
                text(random, 43),
                text(random, 20),
                text(random, 40)
            );
            let origin = [
                "origin: http://hub\r\n",
                "origin: null\r\n",
                "",
                "sec-fetch-site: cross-site\r\n",
            ];
            let origin = origin[random.random_range(0..origin.len())];
            let cookie = format!("cookie: carehub-attempt={}.Lw\r\n", text(random, 43));
            post(
                "/sign-in",
                &format!("{origin}{cookie}content-type: application/x-www-form-urlencoded\r\n"),
                &form,
            )
        }
    };
    (kind, request)
}

/// Credentials that nobody has.
fn forged(random: &mut StdRng) -> String {
    let word = text(random, 60);
    let basic = BASE64.encode(format!("cqc:{word}").as_bytes());
    match random.random_range(0..9) {
        0 => format!("authorization: Bearer {word}\r\n"),
        1 => format!("authorization: Bearer cht_{word}\r\n"),
        2 => format!("authorization: Basic {basic}\r\n"),
        3 => format!("authorization: Basic {word}\r\n"),
        4 => format!("authorization: Bearer token-of-cqc\r\nauthorization: Bearer {word}\r\n"),
        5 => format!("cookie: carehub-session={word}\r\n"),
        6 => format!("cookie: __Host-carehub-session={word}; carehub-session=\r\n"),
        7 => format!("authorization: {word} token-of-cqc\r\n"),
        _ => "x-forwarded-user: cqc\r\nx-agency: cqc\r\nforwarded: for=127.0.0.1\r\n".to_owned(),
    }
}

fn damaged(random: &mut StdRng, mut request: Vec<u8>) -> Vec<u8> {
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..request.len());
        match random.random_range(0..3) {
            0 => request[at] ^= 1 << random.random_range(0..8),
            1 => request.insert(at, random.random()),
            _ => {
                request.remove(at);
            }
        }
    }
    request
}

fn oversized(random: &mut StdRng, path: &str) -> Vec<u8> {
    match random.random_range(0..5) {
        0 => get(&format!("/{}", "a".repeat(70_000)), ""),
        1 => get(path, &format!("x-long: {}\r\n", "b".repeat(70_000))),
        2 => get(path, &"x-many: 1\r\n".repeat(200)),
        3 => {
            let body = json!({"positions": vec![1; 40_000]}).to_string();
            post(
                "/api/v1/verdicts",
                "authorization: Bearer token-of-cqc\r\ncontent-type: application/json\r\n",
                &body,
            )
        }
        _ => get(path, &format!("authorization: Bearer {}\r\n", "c".repeat(20_000))),
    }
}

/// A second request hidden in the first.
fn smuggled(random: &mut StdRng) -> Vec<u8> {
    let hidden = "GET /api/v1/homes HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer wrong\r\n\r\n";
    let lines = [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n".to_owned(),
        "content-length: 5\r\ncontent-length: 50\r\n".to_owned(),
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
        "content-length: -1\r\n".to_owned(),
        "content-length: 99999999999999999999\r\n".to_owned(),
        format!("transfer-encoding: {}chunked\r\n", char::from(11)),
        "x: y\n content-length: 5\r\n".to_owned(),
    ];
    let line = &lines[random.random_range(0..lines.len())];
    format!("POST /api/v1/verdicts HTTP/1.1\r\nhost: hub\r\n{line}\r\n0\r\n\r\n{hidden}")
        .into_bytes()
}
