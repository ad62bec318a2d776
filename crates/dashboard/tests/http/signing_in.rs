//! People sign in with a password, act, and sign out; programs come with tokens of their own.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use carehub_dashboard::{Config, problem};
use carehub_domain::BodyId;
use carehub_people::{People, Right, Rights, SessionTimes};
use jiff::Timestamp;
use serde_json::json;

use crate::browser::{Browser, field};
use crate::hub::Hub;

pub(crate) const PASSWORD: &str = "three random words";

/// A hub with its people, and the folder that they are kept in.
pub(crate) struct Peopled {
    pub(crate) hub: Hub,
    pub(crate) people: People,
    pub(crate) _dir: tempfile::TempDir,
}

pub(crate) fn rights(rights: &[Right]) -> Rights {
    rights.iter().copied().collect()
}

/// With `hughes` of the police, who may read.
pub(crate) fn peopled(config: Config) -> Peopled {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    people.add_account("hughes", police(), rights(&[Right::Read]), PASSWORD).unwrap();
    let own = people.clone();
    let hub = Hub::opened(config, |dashboard| dashboard.with_people(own, None));
    Peopled { hub, people, _dir: dir }
}

pub(crate) fn police() -> BodyId {
    BodyId::new("police").unwrap()
}

#[test]
fn a_person_signs_in_reads_as_their_agency_and_signs_out() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    let sent = browser.get("/homes/1-100");
    assert_eq!((sent.status, sent.header("location")), (303, "/sign-in?to=%2Fhomes%2F1-100"));
    let page = browser.get(sent.header("location"));
    assert_eq!((page.status, field(&page.body, "to").as_str()), (200, "/homes/1-100"));
    let csrf = field(&page.body, "csrf");
    let form = [
        ("csrf", csrf.as_str()),
        ("to", "/homes/1-100"),
        ("name", " Hughes "),
        ("password", PASSWORD),
    ];
    let signed_in = browser.post("/sign-in", &form);
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/homes/1-100"));
    let set = signed_in.headers.get_all("set-cookie").iter().next().unwrap().to_str().unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    assert_eq!(browser.get("/homes/1-100").status, 200);
    assert_eq!(browser.get("/api/v1/homes").ok()["items"].as_array().unwrap().len(), 3);
    let account = browser.get("/account").body;
    assert!(account.contains(">police</dd>") && account.contains(">read</dd>"), "{account}");
    let kept = browser.cookies.clone();
    let csrf = field(&account, "csrf");
    assert_eq!(browser.post("/sign-out", &[("csrf", &csrf)]).header("location"), "/sign-in");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    browser.cookies = kept;
    browser.get("/api/v1/homes").assert_problem(401, problem::UNAUTHENTICATED);
    assert!(
        hub.metrics()
            .contains(r#"carehub_http_sign_ins_total{how="password",outcome="signed-in"} 1"#)
    );
}

#[test]
fn what_a_browser_held_before_signing_in_never_becomes_its_session() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    browser.cookies.insert("carehub-session".to_owned(), "planted-by-somebody-else".to_owned());
    assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
    let first = browser.cookies["carehub-session"].clone();
    assert_ne!(first, "planted-by-somebody-else");
    assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
    let second = browser.cookies["carehub-session"].clone();
    assert_ne!(first, second);
    // Signing in again ended the session before.
    browser.cookies.insert("carehub-session".to_owned(), first);
    assert_eq!(browser.get("/api/v1/homes").status, 401);
    browser.cookies.insert("carehub-session".to_owned(), second);
    assert_eq!(browser.get("/api/v1/homes").status, 200);
}

#[test]
fn a_form_counts_with_the_token_of_its_own_session_alone() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let signed_in = || {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
        browser
    };
    let (mut a, mut b) = (signed_in(), signed_in());
    let of_another = field(&b.get("/account").body, "csrf");
    for csrf in ["", "forged", &of_another] {
        let answer = a.post("/sign-out", &[("csrf", csrf)]);
        assert_eq!(answer.status, 403, "{csrf}");
        assert_eq!(a.get("/api/v1/homes").status, 200, "{csrf}");
    }
}

#[test]
fn signing_out_everywhere_disabling_and_a_new_password_end_every_session_at_once() {
    let Peopled { hub, people, _dir, .. } = peopled(Config::default());
    let signed_in = || {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
        browser
    };
    let (mut a, mut b) = (signed_in(), signed_in());
    let csrf = field(&a.get("/account").body, "csrf");
    a.post("/sign-out", &[("csrf", &csrf), ("everywhere", "yes")]);
    assert_eq!(b.get("/api/v1/homes").status, 401);
    let mut c = signed_in();
    people.reset_password("hughes", "another three words").unwrap();
    assert_eq!(c.get("/api/v1/homes").status, 401);
    assert_eq!(c.sign_in("hughes", PASSWORD).status, 403);
    assert_eq!(c.sign_in("hughes", "another three words").status, 303);
    people.disable("hughes", true).unwrap();
    assert_eq!(c.get("/api/v1/homes").status, 401);
    assert_eq!(c.sign_in("hughes", "another three words").status, 403);
}

#[test]
fn a_live_stream_ends_with_its_credential() {
    let Peopled { hub, people, _dir, .. } = peopled(Config::default());
    let (id, secret) =
        people.add_token(police(), rights(&[Right::Read]), "live", None, Timestamp::now()).unwrap();
    let response = ureq::get(format!("{}/api/v1/live", hub.address))
        .header("authorization", format!("Bearer {}", secret.reveal()))
        .call()
        .unwrap();
    people.revoke_token(&id).unwrap();
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(response.into_body().into_reader()).lines();
        let _ = done.send(lines.count());
    });
    assert!(ended.recv_timeout(Duration::from_secs(120)).is_ok(), "the stream goes on");
}

#[test]
fn a_token_may_what_it_was_made_for_until_it_is_revoked_or_ends() {
    let Peopled { hub, people, _dir, .. } = peopled(Config::default());
    let now = Timestamp::now();
    let made = |list: &[Right], until| {
        people.add_token(police(), rights(list), "test", until, now).unwrap()
    };
    let get = |secret: &str| hub.get_with("/api/v1/homes", &format!("Bearer {secret}"));
    let (id, reads) = made(&[Right::Read], None);
    assert_eq!(get(reads.reveal()).status, 200);
    let (_, audits) = made(&[Right::Audit], None);
    get(audits.reveal()).assert_problem(403, problem::FORBIDDEN);
    people.revoke_token(&id).unwrap();
    get(reads.reveal()).assert_problem(401, problem::UNAUTHENTICATED);
    let soon = now + jiff::SignedDuration::from_millis(300);
    let (_, ends) = made(&[Right::Read], Some(soon));
    std::thread::sleep(Duration::from_millis(400));
    get(ends.reveal()).assert_problem(401, problem::UNAUTHENTICATED);
    // The secret is nowhere in the file.
    let file = std::fs::read_to_string(people.path()).unwrap();
    for secret in [&reads, &audits, &ends] {
        assert!(!file.contains(secret.reveal()) && !file.contains(&secret.reveal()[4..]));
    }
    assert!(!file.contains(PASSWORD));
}

#[test]
fn guesses_are_throttled_alike_for_accounts_that_exist_and_that_do_not() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    for name in ["hughes", "nobody"] {
        for guess in 0..5 {
            let refused = browser.sign_in(name, &format!("wrong password {guess}"));
            assert_eq!(refused.status, 403, "{name} {guess}");
            assert!(refused.body.contains("do not belong together"));
        }
        let waits = browser.sign_in(name, PASSWORD);
        assert_eq!(waits.status, 429, "{name}");
        assert!(waits.header("retry-after").parse::<u32>().unwrap() > 60);
    }
}

#[test]
fn while_the_accounts_cannot_be_read_nobody_is_let_in_but_agencies_programs() {
    let Peopled { hub, people, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
    std::fs::write(people.path(), "{").unwrap();
    browser.get("/api/v1/homes").assert_problem(503, problem::ACCOUNTS_UNREADABLE);
    assert_eq!(hub.get("police", "/api/v1/homes").status, 200);
}

#[test]
fn beyond_this_machine_nobody_signs_in_without_tls() {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    people.add_account("hughes", police(), rights(&[Right::Read]), PASSWORD).unwrap();
    let hub = Hub::listening("0.0.0.0:0", Config::default(), |it| it.with_people(people, None));
    let mut browser = Browser::at(&hub.address);
    let page = browser.get("/sign-in");
    assert_eq!(page.status, 403);
    assert!(page.body.contains(problem::SIGN_IN_NEEDS_TLS));
    let form = [("csrf", ""), ("to", "/"), ("name", "hughes"), ("password", PASSWORD)];
    let posted = browser.post("/sign-in", &form);
    assert_eq!(posted.status, 403);
    assert!(posted.body.contains(problem::SIGN_IN_NEEDS_TLS));
    // An agency's program is as safe as its network: its token still opens the API.
    assert_eq!(hub.get("police", "/api/v1/homes").status, 200);
}

#[test]
fn a_credential_that_asks_too_often_waits_and_others_do_not() {
    let rate = carehub_dashboard::Rate { per_second: 0.1, burst: 5.0 };
    let Peopled { hub, _dir, .. } =
        peopled(Config { rate_per_credential: rate, ..Config::default() });
    for _ in 0..5 {
        assert_eq!(hub.get("police", "/api/v1/homes").status, 200);
    }
    let waits = hub.get("police", "/api/v1/homes");
    assert!(waits.header("retry-after").parse::<u32>().unwrap() >= 1);
    waits.assert_problem(429, problem::RATE_LIMITED);
    assert_eq!(hub.get("cqc", "/api/v1/homes").status, 200);
    let metrics = hub.metrics();
    assert!(metrics.contains(r#"carehub_http_refused_total{code="rate-limited"} 1"#), "{metrics}");
}

#[test]
fn an_address_without_a_credential_waits_too_but_not_the_probes() {
    let rate = carehub_dashboard::Rate { per_second: 0.1, burst: 5.0 };
    let hub = Hub::with(Config { rate_per_address: rate, ..Config::default() });
    for _ in 0..5 {
        hub.get_with("/api/v1/homes", "Bearer guess").assert_problem(401, problem::UNAUTHENTICATED);
    }
    hub.get_with("/api/v1/homes", "Bearer guess").assert_problem(429, problem::RATE_LIMITED);
    assert_eq!(hub.get_open("/healthz").status, 200);
    assert_eq!(hub.get("police", "/api/v1/homes").status, 200);
}

#[test]
fn a_session_may_post_only_with_the_token_of_a_page_of_this_hub() {
    let Peopled { hub, _dir, .. } = peopled(Config::default());
    let mut browser = Browser::at(&hub.address);
    assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
    let csrf = field(&browser.get("/account").body, "csrf");
    let cookie = format!("carehub-session={}", browser.cookies["carehub-session"]);
    let post = |headers: &[(&str, &str)]| {
        let mut request = ureq::post(format!("{}/api/v1/verdicts", hub.address))
            .config()
            .http_status_as_error(false)
            .build()
            .header("cookie", &cookie)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = json!({"positions": [1]}).to_string();
        crate::answer::answer(request.send(body).unwrap())
    };
    let own = ("origin", hub.address.as_str());
    assert_eq!(post(&[own, ("x-carehub-csrf", &csrf)]).status, 200);
    for forged in [
        &[][..],
        &[own],
        &[("x-carehub-csrf", csrf.as_str())],
        &[("origin", "https://evil.example"), ("x-carehub-csrf", &csrf)],
        &[own, ("sec-fetch-site", "cross-site"), ("x-carehub-csrf", &csrf)],
        &[own, ("x-carehub-csrf", "another")],
    ] {
        post(forged).assert_problem(403, problem::REQUEST_FORGED);
    }
}
