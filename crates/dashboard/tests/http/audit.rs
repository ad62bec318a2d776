//! Every request for something behind a credential leaves a record of who asked for what.

use std::time::{Duration, Instant};

use carehub_contract::{AuditAction, AuditOutcome, AuditRecord};
use carehub_domain::{BodyId, HomeId};
use serde_json::{Value, json};

use carehub_dashboard::Config;
use carehub_people::{People, Right, SessionTimes};
use jiff::SignedDuration;

use crate::answer::{Answer, answer};
use crate::browser::{Browser, field};
use crate::hub::Hub;
use crate::published::agreed_policy;
use crate::signing_in::{PASSWORD, Peopled, peopled, police, rights};

fn home(id: &str) -> HomeId {
    HomeId::new(id).unwrap()
}

/// What the script of an open page asks by itself. What it is told to keep goes nowhere.
pub(crate) fn refreshed(browser: &Browser, path: &str) -> Answer {
    answer(by_itself(browser, path, &[("carehub-refresh", "1")]))
}

fn by_itself(
    browser: &Browser,
    path: &str,
    headers: &[(&str, &str)],
) -> ureq::http::Response<ureq::Body> {
    let kept: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = ureq::get(format!("{}{path}", browser.hub))
        .config()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .header("cookie", kept.join("; "));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.call().unwrap()
}

/// The one record that `ask` leaves.
#[track_caller]
fn left(hub: &Hub, ask: impl FnOnce(&Hub)) -> AuditRecord {
    let before = hub.audit().len();
    ask(hub);
    let mut records = hub.audit().split_off(before);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

/// Every `GET` of the published description, with its parameters filled in, so that a new route is
/// covered by itself.
fn routes(hub: &Hub) -> Vec<String> {
    let described: Value = serde_json::from_str(&hub.get_open("/api/openapi.json").body).unwrap();
    let escalation = hub.get("cqc", "/api/v1/escalations").ok()["items"][0]["id"].clone();
    let paths = described["paths"].as_object().unwrap();
    let asked = paths.iter().filter(|(_, methods)| !methods["get"].is_null());
    asked
        .map(|(path, _)| {
            let id = match path.as_str() {
                path if path.contains("/homes/") => "1-100",
                path if path.contains("/providers/") => "p-1",
                path if path.contains("/brands/") => "b-1",
                _ => escalation.as_str().unwrap(),
            };
            path.replace("{id}", id).replace("{report}", "threshold")
        })
        .collect()
}

#[test]
fn every_route_leaves_one_record_of_its_reader_but_those_that_show_nothing() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    hub.concern("police", "1-100", "health-and-safety-breach", "2024-02-29");
    let open = [
        "/assets/{version}/{name}",
        "/api/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
        "/sign-in",
        "/sign-in/provider",
        carehub_people::RETURN_PATH,
        "/unsubscribe/{token}",
    ];
    for path in routes(&hub) {
        // A stream does not end by itself; it is asked below.
        if path == "/api/v1/live" {
            continue;
        }
        let before = hub.audit().len();
        let answer = hub.get("cqc", &path);
        let left = hub.audit().split_off(before);
        if open.contains(&path.as_str()) {
            assert_eq!(left, [], "{path}");
            continue;
        }
        assert_eq!(left.len(), 1, "{path}: {left:?}");
        assert_eq!(left[0].agency, Some(BodyId::new("cqc").unwrap()), "{path}");
        assert_eq!(left[0].via.as_deref(), Some("agency-token"), "{path}");
        let refused = left[0].outcome == AuditOutcome::Refused;
        assert_eq!(refused, answer.status != 200, "{path}: {}", answer.status);
        if path.contains("/homes/") {
            assert_eq!(left[0].home, Some(home("1-100")), "{path}");
        }
    }
    let live = left(&hub, |hub| drop(hub.stream("cqc", "/api/v1/live?home=1-100", None)));
    assert_eq!((live.action, live.home), (AuditAction::LiveOpened, Some(home("1-100"))));
}

#[test]
fn a_list_is_recorded_with_its_words_and_the_homes_that_it_showed() {
    let hub = Hub::new();
    let record = left(&hub, |hub| {
        hub.get("police", "/api/v1/homes?q=oak").ok();
    });
    assert_eq!(record.action, AuditAction::HomesListed);
    assert_eq!(record.what.as_deref(), Some("oak"));
    assert_eq!(record.homes, [home("1-200")]);
    assert!(record.shows(&home("1-200")) && !record.shows(&home("1-100")));
}

#[test]
fn what_is_hidden_and_what_does_not_exist_leave_the_same_refusal() {
    let mut hub = Hub::new();
    hub.at("2024-03-01T10:00:00Z");
    let secret = json!({
        "handling": {"code": "C", "conditions": "ask first", "audience": ["cqc"]},
    });
    hub.concern_with("police", "9-secret", "complaint", "2024-02-29", secret);
    let refusal = |id: &str| {
        left(&hub, |hub| {
            hub.get("ambulance", &format!("/api/v1/homes/{id}")).assert_problem(404, "not-found");
        })
    };
    let hidden = refusal("9-secret");
    assert_eq!(hidden.home, Some(home("9-secret")));
    assert_eq!(hidden.code.as_deref(), Some("not-found"));
    assert_eq!(
        AuditRecord { home: None, ..refusal("9-nothing") },
        AuditRecord { home: None, ..hidden }
    );
}

#[test]
fn whoever_has_no_credential_is_counted_and_cannot_fill_the_audit() {
    let hub = Hub::new();
    let record = left(&hub, |hub| {
        for _ in 0..50 {
            hub.get_open("/api/v1/homes").assert_problem(401, "unauthenticated");
        }
    });
    assert_eq!(record.action, AuditAction::Unknown);
    assert_eq!((record.agency, record.times), (None, 1));
}

#[test]
fn an_agencys_own_program_does_not_read_the_audit() {
    let hub = Hub::new();
    let record = left(&hub, |hub| {
        hub.get("police", "/api/v1/audit?home=1-100").assert_problem(403, "forbidden");
    });
    assert_eq!(record.action, AuditAction::AuditRead);
    assert_eq!(record.code.as_deref(), Some("forbidden"));
}

#[test]
fn signing_in_and_out_is_recorded_with_the_person_and_what_failed_with_its_code() {
    let Peopled { hub, people, _dir } = peopled(Config::default());
    let person = people.accounts().unwrap()[0].person.clone();
    let mut browser = Browser::at(&hub.address);
    let record = left(&hub, |_| assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303));
    assert_eq!((record.action, record.outcome), (AuditAction::SignedIn, AuditOutcome::Done));
    assert_eq!(record.agency, Some(BodyId::new("police").unwrap()));
    assert_eq!((record.person, record.what.as_deref()), (Some(person.clone()), Some("password")));
    assert!(record.via.unwrap().starts_with("session "));
    let csrf = field(&browser.get("/account").body, "csrf");
    let out = left(&hub, |_| {
        browser.post("/sign-out", &[("csrf", &csrf)]);
    });
    assert_eq!((out.action, out.outcome), (AuditAction::SignedOut, AuditOutcome::Done));
    assert_eq!((out.person, out.what.as_deref()), (Some(person), Some("here")));
    // Nobody is known who gives a wrong password: not the name that was tried, and one record a minute.
    let failed = left(&hub, |hub| {
        for name in ["hughes", "somebody@example.org"] {
            assert_eq!(Browser::at(&hub.address).sign_in(name, "a wrong one").status, 403);
        }
    });
    assert_eq!((failed.action, failed.outcome), (AuditAction::SignedIn, AuditOutcome::Refused));
    assert_eq!(failed.code.as_deref(), Some("sign-in-refused"));
    assert_eq!((&failed.agency, &failed.person, &failed.what), (&None, &None, &None));
}

/// What an answer of the audit tells: agency, action, home.
fn told(answer: &Value) -> Vec<(String, String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let items = answer["items"].as_array().unwrap().iter();
    let line = |item: &Value| {
        let agency = text(&item["agency"]).unwrap_or_default();
        (agency, text(&item["action"]).unwrap(), text(&item["home"]))
    };
    items.map(line).collect()
}

#[test]
fn an_agency_reads_what_its_own_did_and_whoever_audits_all_of_a_home_and_of_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    for (name, agency) in [("own", "police"), ("auditor", "cqc")] {
        let agency = BodyId::new(agency).unwrap();
        people.add_account(name, agency, rights(&[Right::Read, Right::Audit]), PASSWORD).unwrap();
    }
    let mut policy = agreed_policy();
    policy.powers.audit = vec!["cqc".to_owned()];
    let hub = Hub::opened_under(&policy, Config::default(), |it| it.with_people(people, None));
    let signed_in = |name| {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
        browser
    };
    let (mut own, mut auditor) = (signed_in("own"), signed_in("auditor"));
    for (agency, home) in [("police", "1-100"), ("ambulance", "1-100"), ("ambulance", "1-200")] {
        hub.get(agency, &format!("/api/v1/homes/{home}")).ok();
    }
    let read = |agency: &str, home: &str| {
        (agency.to_owned(), "home-read".to_owned(), Some(home.to_owned()))
    };
    // Of one home; what another agency looked at does not exist for the police.
    let of = |browser: &mut Browser, query: &str| {
        let path = format!("/api/v1/audit?action=home-read{query}");
        told(&browser.get(&path).ok())
    };
    assert_eq!(of(&mut own, ""), [read("police", "1-100")]);
    assert_eq!(of(&mut own, "&agency=ambulance"), []);
    let both = [read("ambulance", "1-100"), read("police", "1-100")];
    assert_eq!(of(&mut auditor, "&home=1-100"), both);
    assert_eq!(of(&mut auditor, "&home=1-200&agency=ambulance"), [read("ambulance", "1-200")]);
    // A list tells of the homes that it showed.
    hub.get("ambulance", "/api/v1/homes?q=oak").ok();
    let listed = |browser: &mut Browser, home: &str| {
        told(&browser.get(&format!("/api/v1/audit?action=homes-listed&home={home}")).ok()).len()
    };
    assert_eq!((listed(&mut auditor, "1-200"), listed(&mut auditor, "1-100")), (1, 0));
    // Of a time, whose beginning is in it and whose end is not.
    let all = auditor.get("/api/v1/audit?action=home-read").ok();
    let newest = all["items"][0]["at"].as_str().unwrap();
    assert_eq!(of(&mut auditor, &format!("&since={newest}")), [read("ambulance", "1-200")]);
    assert_eq!(of(&mut auditor, &format!("&until={newest}")), both);
}

#[test]
fn a_page_that_refreshes_itself_leaves_a_record_that_says_so() {
    let Peopled { hub, people, _dir } = peopled(Config::default());
    people
        .add_account("auditor", police(), rights(&[Right::Read, Right::Audit]), PASSWORD)
        .unwrap();
    let mut browser = Browser::at(&hub.address);
    assert_eq!(browser.sign_in("auditor", PASSWORD).status, 303);
    let of =
        |path: &str| left(&hub, |_| assert_eq!(refreshed(&browser, path).status, 200, "{path}"));
    let home = of("/homes/1-100");
    assert_eq!(
        (home.action, home.home.as_ref().map(HomeId::as_str)),
        (AuditAction::HomeRead, Some("1-100"))
    );
    assert_eq!(home.what.as_deref(), Some("the page refreshed itself"));
    assert!(home.person.is_some());
    assert_eq!(of("/homes?q=oak").what.as_deref(), Some("the page refreshed itself: oak"));
    let read = left(&hub, |_| assert_eq!(browser.get("/homes/1-100").status, 200));
    assert_eq!(read.what, None);
    let page = browser.get("/homes/1-100/audit").body;
    assert_eq!(page.matches("the page refreshed itself").count(), 1, "{page}");
}

#[test]
fn what_an_open_page_asks_by_itself_does_not_make_its_session_live_longer() {
    let dir = tempfile::tempdir().unwrap();
    let idle = SignedDuration::from_secs(2);
    let times = SessionTimes { idle, ..SessionTimes::default() };
    let people = People::open(dir.path(), times).unwrap();
    people.add_account("hughes", police(), rights(&[Right::Read]), PASSWORD).unwrap();
    let hub = Hub::opened(Config::default(), |dashboard| dashboard.with_people(people, None));
    let streams = |browser: &Browser| by_itself(browser, "/api/v1/live", &[]).status() == 200;
    let refreshes = |browser: &Browser| refreshed(browser, "/homes").status == 200;
    type Lives<'a> = &'a dyn Fn(&Browser) -> bool;
    let ways: [(&str, Lives<'_>); 2] = [("streams", &streams), ("refreshes", &refreshes)];
    for (way, lives) in ways {
        let mut browser = Browser::at(&hub.address);
        assert_eq!(browser.sign_in("hughes", PASSWORD).status, 303);
        let until = Instant::now() + Duration::from_secs(30);
        while lives(&browser) {
            assert!(Instant::now() < until, "{way}: the session goes on");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
