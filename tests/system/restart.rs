//! The hub as a process: a crash, an orderly stop, and a start on what is there.

use std::time::Duration;

use carehub_client::{Draft, Outgoing};
use serde_json::json;

use crate::process::Hub;

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
