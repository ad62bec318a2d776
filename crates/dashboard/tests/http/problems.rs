//! What is answered when there is no answer.

use std::time::Duration;

use carehub_dashboard::{Config, problem};
use serde_json::json;

use crate::hub::Hub;

#[test]
fn every_problem_has_its_code() {
    let hub = Hub::new();
    let open = |path: &str| hub.get_open(path);
    open("/api/v1/homes").assert_problem(401, problem::UNAUTHENTICATED);
    let wrong = hub.get_with("/api/v1/homes", "Bearer wrong");
    assert_eq!(wrong.header("www-authenticate"), "Bearer realm=\"carehub\"");
    wrong.assert_problem(401, problem::UNAUTHENTICATED);
    for path in [
        "/api/v1/homes",
        "/api/v1/homes/1-100",
        "/api/v1/escalations",
        "/api/v1/unmatched",
        "/api/v1/live",
    ] {
        hub.get("provider", path).assert_problem(403, problem::FORBIDDEN);
    }
    for path in [
        "/api/v1/homes/9-9",
        "/api/v1/homes/not.a.home",
        "/api/v1/homes/unmatched",
        "/api/v1/homes/general/timeline",
        "/api/v1/escalations/0000000000000000",
        "/api/v1/escalations/x",
        "/api/v1/providers/none",
        "/api/v1/nothing",
        "/nothing",
    ] {
        hub.get("cqc", path).assert_problem(404, problem::NOT_FOUND);
    }
    for path in [
        "/api/v1/homes?limit=0",
        "/api/v1/homes?limit=501",
        "/api/v1/homes?level=huge",
        "/api/v1/homes?colour=red",
        "/api/v1/homes?after=%3C",
        "/api/v1/escalations?body=%20",
        "/api/v1/homes/1-100/timeline?from=yesterday",
    ] {
        hub.get("cqc", path).assert_problem(400, problem::BAD_PARAMETER);
    }
    hub.post("cqc", "/api/v1/homes", "{}").assert_problem(405, problem::METHOD_NOT_ALLOWED);
}

#[test]
fn a_body_is_held_to_its_shape_and_size() {
    let hub = Hub::new();
    let post = |body: &str| hub.post("cqc", "/api/v1/verdicts", body);
    for body in ["", "[]", "{\"positions\":[-1]}", "{\"positions\":[1],\"more\":1}"] {
        post(body).assert_problem(400, problem::BAD_PARAMETER);
    }
    let many = json!({"positions": vec![1; 1_001]}).to_string();
    post(&many).assert_problem(400, problem::BAD_PARAMETER);
    let large = format!("{{\"positions\":[{}1]}}", "1,".repeat(40_000));
    post(&large).assert_problem(413, problem::REQUEST_TOO_LARGE);
}

#[test]
fn a_problem_repeats_nothing_that_was_asked() {
    let hub = Hub::new();
    for path in [
        "/api/v1/homes?q=x&secretname=1",
        "/api/v1/homes/secretname",
        "/api/v1/homes?level=secretname",
    ] {
        let answer = hub.get("cqc", path);
        assert!(!answer.body.contains("secretname"), "{}", answer.body);
    }
}

#[test]
fn before_the_policy_is_read_nobody_is_let_in_and_the_probes_say_why() {
    let hub = Hub::empty(Config::default());
    hub.set_ready(false);
    hub.get("cqc", "/api/v1/homes").assert_problem(503, problem::NOT_READY);
    assert_eq!(hub.get_open("/healthz").status, 200);
    let ready = hub.get_open("/readyz");
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json(), json!({"ready": false}));
    hub.set_ready(true);
    assert_eq!(hub.get_open("/readyz").json(), json!({"ready": true}));
}

#[test]
fn what_needs_no_credential_says_the_same_whatever_is_said_and_the_metrics_are_for_their_own_token()
{
    let mut hub = Hub::new();
    let open = |hub: &Hub| {
        ["/healthz", "/readyz", "/metrics", "/api/openapi.json"].map(|path| {
            let answer = hub.get_open(path);
            (answer.status, answer.body)
        })
    };
    let before = open(&hub);
    assert_eq!(before[2].0, 401);
    for day in 1..9 {
        hub.concern("police", "1-100", "complaint", &format!("2023-12-0{day}"));
    }
    assert_eq!(open(&hub), before);
    // No credential of an agency opens them, in no way, and theirs opens nothing else.
    for tried in ["Bearer token-of-cqc", "Bearer ", "Basic dG9rZW4tb2YtdGhlLW1ldHJpY3M6", "x"] {
        hub.get_with("/metrics", tried).assert_problem(401, problem::UNAUTHENTICATED);
    }
    let text = hub.metrics();
    assert!(text.contains("carehub_http_requests_total"), "{text}");
    for path in ["/api/v1/homes", "/api/v1/notices", "/api/v1/audit", "/api/v1/live"] {
        let answer = hub.get_with(path, "Bearer token-of-the-metrics");
        answer.assert_problem(401, problem::UNAUTHENTICATED);
    }
}

#[test]
fn what_is_too_much_at_once_is_turned_away() {
    let none = Config { concurrent_requests: 0, ..Config::default() };
    let busy = Hub::empty(none).get_open("/healthz");
    assert_eq!(busy.header("retry-after"), "1");
    busy.assert_problem(503, problem::TOO_MANY);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let hub = Hub::with(Config { request_timeout: Duration::from_millis(50), ..Config::default() });
    let closed = hub.gate.lock().unwrap();
    let answer = hub.post("cqc", "/api/v1/verdicts", "{\"positions\":[1]}");
    answer.assert_problem(504, problem::TIMED_OUT);
    drop(closed);
    let answer = hub.post("cqc", "/api/v1/verdicts", "{\"positions\":[1]}");
    assert_eq!(answer.status, 200);
}

#[test]
fn every_answer_is_kept_private_and_counted_by_route() {
    let hub = Hub::new();
    for path in ["/", "/homes/1-100", "/api/v1/homes", "/api/v1/homes/none", "/nothing", "/healthz"]
    {
        let answer = hub.get("cqc", path);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), value, "{path} {name}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path} {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path} {policy}");
        assert!(!policy.contains("unsafe"), "{path} {policy}");
    }
    let metrics = hub.metrics();
    assert!(
        metrics
            .contains(r#"carehub_http_requests_total{route="/api/v1/homes/{id}",status="404"} 1"#),
        "{metrics}"
    );
    assert!(
        metrics.contains(r#"carehub_http_requests_total{route="none",status="404"} 1"#),
        "{metrics}"
    );
    assert!(metrics.contains("# HELP carehub_http_request_seconds Seconds until the answer"));
    assert!(!metrics.contains("1-100"), "{metrics}");
}
