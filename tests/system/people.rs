//! Accounts and tokens made on the command line, beside a hub that runs, and what they open.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::person::{PASSWORD, Person, agent, run};
use crate::process::Hub;

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
    let cookie = Person::sign_in(hub.http(), "hughes").cookie().to_owned();
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
