//! The hub as a process: a crash, an orderly stop, and a start on what is there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use carehub_client::{Draft, Outgoing};
use serde_json::json;

use crate::process::{Hub, carehub};

/// A concern of the least weight, as the police say it.
fn concern(id: &str, home: &str) -> Outgoing {
    let data =
        json!({ "kind": "soft-intelligence", "severity": "low", "occurred_at": "2026-02-28" });
    let draft = Draft {
        agency: "police".to_owned(),
        id: id.to_owned(),
        event_type: "concern.raised".to_owned(),
        home: home.to_owned(),
        time: jiff::Timestamp::now().to_string(),
        data: data.as_object().cloned().expect("an object"),
    };
    draft.encode().expect("encode a concern")
}

#[tokio::test]
async fn a_killed_hub_adopts_the_nats_server_that_it_left_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let (server, url) = (hub.nats_pid().expect("a server runs"), hub.nats_url());
    let police = hub.link("police").await;
    let first = concern("a", "home-1");
    police.publish(&first.subject, first.payload).await.expect("publish");

    hub.kill9();
    let second = concern("b", "home-1");
    police
        .publish(&second.subject, second.payload)
        .await
        .expect("the log is there without the hub");
    hub.restart();
    assert_eq!((hub.nats_pid(), hub.nats_url()), (Some(server), url));
    hub.settled().await;
    assert_eq!(hub.get_json("police", "/api/v1/homes/home-1")["concerns"]["total"], 2);

    hub.stop();
    assert_eq!(hub.nats_pid(), None, "an orderly stop ends the nats-server too");
    hub.restart();
    let third = concern("c", "home-1");
    let link = hub.link("police").await;
    tokio::time::timeout(Duration::from_secs(20), link.publish(&third.subject, third.payload))
        .await
        .expect("in time")
        .expect("publish");
    hub.settled().await;
    assert_eq!(hub.get_json("police", "/api/v1/homes/home-1")["concerns"]["total"], 3);
}

/// A nats-server that refuses its first start, and what starts the hub with it.
fn a_server_that_fails_once(dir: &Path) -> PathBuf {
    let (failing, server, hub) = (dir.join("fails"), dir.join("nats-server"), dir.join("hub"));
    std::fs::write(&failing, "").expect("write a file");
    let real = std::env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
    let failing = failing.display();
    let starts = format!("if [ \"$1\" = -c ] && rm {failing} 2>/dev/null; then exit 1; fi");
    script(&server, &format!("{starts}\nexec {real} \"$@\""));
    let carehub = carehub();
    script(&hub, &format!("NATS_SERVER={} exec {} \"$@\"", server.display(), carehub.display()));
    hub
}

fn script(file: &Path, text: &str) {
    std::fs::write(file, format!("#!/bin/sh\n{text}\n")).expect("write a script");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o700)).expect("let it run");
}

#[tokio::test]
async fn a_nats_server_that_dies_while_it_starts_comes_back_where_agencies_know_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let scripts = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let url = hub.nats_url();
    hub.stop();
    hub.replace_program(a_server_that_fails_once(scripts.path()));
    hub.restart();
    assert!(!scripts.path().join("fails").exists(), "the first start failed");
    assert_eq!(hub.nats_url(), url);
}

#[tokio::test]
async fn a_port_that_another_program_took_is_given_up() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    let url = hub.nats_url();
    hub.stop();
    let address = url.strip_prefix("nats://").expect("an address");
    let _taken = std::net::TcpListener::bind(address).expect("take the port");
    hub.restart();
    assert_ne!(hub.nats_url(), url);
}
