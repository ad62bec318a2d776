//! Accounts and tokens made on the command line, beside a hub that runs, and what they open.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{Hub, carehub};

const PASSWORD: &str = "three random words";

/// Runs the program on a data directory, with this on its standard input.
fn run(data_dir: &Path, arguments: &[&str], input: &str) -> Value {
    let mut child = Command::new(carehub())
        .args(arguments)
        .args(["--json", "--data-dir"])
        .arg(data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.max_redirects_will_error(false).build().new_agent()
}

/// Signs in as `hughes`; returns the cookie of the session.
fn sign_in(http: &str) -> String {
    let mut page = agent().get(format!("{http}/sign-in")).call().unwrap();
    let cookie =
        page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body = page.body_mut().read_to_string().unwrap();
    let csrf = body.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    let form = [("csrf", csrf), ("to", "/"), ("name", "hughes"), ("password", PASSWORD)];
    let answer = agent()
        .post(format!("{http}/sign-in"))
        .header("cookie", cookie)
        .header("origin", http)
        .send_form(form)
        .unwrap();
    assert_eq!(answer.status(), 303);
    let session = answer.headers()["set-cookie"].to_str().unwrap();
    session.split(';').next().unwrap().to_owned()
}

fn status(http: &str, header: (&str, &str)) -> u16 {
    let request = agent().get(format!("{http}/api/v1/homes")).header(header.0, header.1);
    request.call().unwrap().status().as_u16()
}

#[test]
fn accounts_and_tokens_made_beside_a_running_hub_open_it_at_once_and_outlive_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut hub = Hub::start(dir.path());
    let add = ["account", "add", "hughes", "--agency", "police", "--right", "read"];
    let added = run(dir.path(), &add, &format!("{PASSWORD}\n"));
    assert!(added["person"].as_str().unwrap().starts_with("p-"));
    let token = run(dir.path(), &["token", "add", "--agency", "police", "--right", "read"], "");
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let cookie = sign_in(hub.http());
    assert_eq!(status(hub.http(), ("cookie", &cookie)), 200);
    assert_eq!(status(hub.http(), ("authorization", &bearer)), 200);
    hub.kill9();
    hub.restart();
    assert_eq!(status(hub.http(), ("cookie", &cookie)), 200);
    run(dir.path(), &["account", "disable", "hughes"], "");
    run(dir.path(), &["token", "revoke", token["id"].as_str().unwrap()], "");
    assert_eq!(status(hub.http(), ("cookie", &cookie)), 401);
    assert_eq!(status(hub.http(), ("authorization", &bearer)), 401);
    hub.stop();
    // Neither name, password nor token stands in what the hub logs.
    let log = hub.last_words();
    for secret in ["hughes", PASSWORD, token["token"].as_str().unwrap(), &cookie] {
        assert!(!log.contains(secret));
    }
}
