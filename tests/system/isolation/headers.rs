//! Headers by which a publisher could erase, expire, forge or suppress messages.

use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use serde_json::Value;

use super::scene::{Scene, attempt};
use crate::harness::{Party, until};

const OWN: &str = "carehub.concern.police.1-100000001";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(*name, *value);
    }
    headers
}

#[tokio::test]
async fn a_header_that_erases_expires_schedules_or_counts_is_refused() {
    let cases: [&[(&str, &str)]; 9] = [
        &[("Nats-Rollup", "all")],
        &[("Nats-Rollup", "sub")],
        &[("Nats-TTL", "1s")],
        &[("Nats-TTL", "never")],
        &[
            ("Nats-Schedule", "@at 2020-01-01T00:00:00Z"),
            ("Nats-Schedule-Target", "carehub.concern.ambulance.1-100000001"),
        ],
        &[
            ("Nats-Schedule", "@every 1s"),
            ("Nats-Schedule-Target", "carehub.concern.police.1-100000002"),
            ("Nats-Schedule-TTL", "1s"),
        ],
        &[("Nats-Incr", "+1")],
        &[("Nats-Batch-Id", "b1"), ("Nats-Batch-Sequence", "1"), ("Nats-Batch-Commit", "1")],
        &[("Nats-Expected-Stream", "ANOTHER")],
    ];
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let before = scene.snapshot().await;
    for case in cases {
        let answer = attempt(&police, OWN, headers(case), "1").await.answer();
        assert!(answer["error"]["err_code"].is_u64(), "{case:?}: {answer}");
    }
    scene.unchanged(&before, "a header").await;

    scene.stored(&police, OWN, "1").await;
}

/// De-duplication is per stream, not per agency. Beyond the stream's smallest window, nothing
/// that one agency sends keeps another's event out.
#[tokio::test]
async fn another_agencys_message_id_does_not_keep_an_event_out() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let ambulance = scene.server.client("ambulance").await;
    let before = scene.snapshot().await.messages.len();
    assert!(!publish_with_id(&police, "E1").await);
    let published = Instant::now();
    until("the window has passed", async || !publish_with_id(&ambulance, "E1").await).await;
    assert!(published.elapsed() < Duration::from_secs(60), "the window is not the smallest");
    assert_eq!(scene.snapshot().await.messages.len(), before + 2);
}

/// Within the window of 100 ms a guessed id does suppress an event that carries it: why no
/// client of ours sends one. An event without an id is stored whatever another agency sends.
#[tokio::test]
async fn a_message_id_suppresses_only_events_that_carry_one() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let ambulance = scene.server.client("ambulance").await;
    let mut attempts = 0..100;
    until("two publishes fall into one window", async || {
        let id = format!("E{}", attempts.next().expect("more attempts"));
        publish_with_id(&police, &id).await;
        publish_with_id(&ambulance, &id).await
    })
    .await;

    let subject = "carehub.concern.ambulance.1-100000001";
    let link = scene.server.link("ambulance").await;
    for number in 0..20 {
        publish_with_id(&police, &format!("F{number}")).await;
        scene.stored(&ambulance, subject, &format!("F{number}")).await;
        link.publish(subject, format!("F{number}").into()).await.expect("publish");
    }
}

#[tokio::test]
async fn the_shipped_publisher_sends_no_message_id() {
    let scene = Scene::start().await;
    let link = scene.server.link("police").await;
    let one = link.publish(OWN, "one".into()).await.expect("publish");
    let ambulance = scene.server.client("ambulance").await;
    publish_with_id(&ambulance, "control").await;
    let id = "Nats-Msg-Id".to_owned();
    assert!(stored_headers(&scene, one + 1).await.contains(&id));
    let shipped = stored_headers(&scene, one).await;
    assert!(!shipped.contains(&id), "{shipped:?}");
}

/// Publishes a concern with a message id; returns whether the server calls it a duplicate.
async fn publish_with_id(party: &Party, id: &str) -> bool {
    let subject = format!("carehub.concern.{}.1-100000001", party.name());
    let id = headers(&[("Nats-Msg-Id", id)]);
    let answer = attempt(party, &subject, id, "x").await.answer();
    assert!(answer["seq"].is_u64(), "{answer}");
    answer["duplicate"] == Value::Bool(true)
}

/// The names of the headers of a stored message.
async fn stored_headers(scene: &Scene, sequence: u64) -> Vec<String> {
    let subject = "$JS.API.DIRECT.GET.CAREHUB";
    let request = format!("{{\"seq\":{sequence}}}");
    let message = scene.hub.request(subject, request.into()).await.expect("get a message");
    let headers = message.headers.expect("a stored message comes with its sequence");
    headers.iter().map(|(name, _)| name.to_string()).collect()
}
