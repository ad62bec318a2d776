//! Purging, deleting and creating through the JetStream API.

use async_nats::HeaderMap;
use serde_json::{Value, json};

use super::scene::{Scene, api, attempt};

/// Requests of the JetStream API that an agency has no business with, and a body that would
/// make each do its worst.
fn requests() -> Vec<(&'static str, Value)> {
    let consumer = json!({ "stream_name": "CAREHUB", "config": {
        "name": "spy", "durable_name": "spy", "ack_policy": "none",
        "deliver_subject": "_INBOX_police.spy", "filter_subject": "carehub.>" } });
    let mirror = json!({ "name": "COPY", "storage": "file", "mirror": { "name": "CAREHUB" } });
    vec![
        ("STREAM.PURGE.CAREHUB", Value::Null),
        ("STREAM.PURGE.CAREHUB", json!({ "filter": "carehub.concern.ambulance.>" })),
        ("STREAM.MSG.DELETE.CAREHUB", json!({ "seq": 1 })),
        ("STREAM.MSG.DELETE.CAREHUB", json!({ "seq": 1, "no_erase": true })),
        ("STREAM.DELETE.CAREHUB", Value::Null),
        (
            "STREAM.UPDATE.CAREHUB",
            json!({ "name": "CAREHUB", "subjects": ["x"], "deny_purge": false }),
        ),
        ("STREAM.CREATE.COPY", mirror),
        ("STREAM.SNAPSHOT.CAREHUB", json!({ "deliver_subject": "_INBOX_police.snapshot" })),
        ("STREAM.RESTORE.CAREHUB", json!({ "config": { "name": "CAREHUB" } })),
        ("STREAM.INFO.CAREHUB", json!({ "subjects_filter": ">" })),
        ("STREAM.NAMES", Value::Null),
        ("STREAM.LIST", Value::Null),
        ("CONSUMER.CREATE.CAREHUB", consumer.clone()),
        ("CONSUMER.CREATE.CAREHUB.spy", consumer.clone()),
        ("CONSUMER.CREATE.CAREHUB.spy.carehub.concern.ambulance.*", consumer.clone()),
        ("CONSUMER.DURABLE.CREATE.CAREHUB.spy", consumer),
        ("CONSUMER.DELETE.CAREHUB.ambulance", Value::Null),
        ("CONSUMER.DELETE.CAREHUB.police", Value::Null),
        ("CONSUMER.PAUSE.CAREHUB.ambulance", json!({ "pause_until": "2099-01-01T00:00:00Z" })),
        ("CONSUMER.NAMES.CAREHUB", Value::Null),
        ("CONSUMER.LIST.CAREHUB", Value::Null),
        ("INFO", Value::Null),
        ("ACCOUNT.PURGE.HUB", Value::Null),
    ]
}

#[tokio::test]
async fn an_agency_cannot_administer_the_log() {
    let scene = Scene::start().await;
    let before = scene.snapshot().await;
    let police = scene.server.client("police").await;
    let officer = scene.server.officer("police", "desk-1").await;
    for (request, body) in requests() {
        for prefix in ["$JS.API", "carejs", "$JS.CAREHUB.API", "$JS.HUB.API"] {
            let subject = format!("{prefix}.{request}");
            for party in [&police, &officer] {
                let outcome = attempt(party, &subject, HeaderMap::new(), body.to_string()).await;
                outcome.is_denied(&subject);
            }
        }
    }
    scene.unchanged(&before, "administering").await;

    // The hub may, except purge, which the stream denies to everybody.
    let consumer = json!({ "stream_name": "CAREHUB", "config": {
        "name": "spy", "durable_name": "spy", "ack_policy": "explicit" } });
    works(&api(&scene.hub, "CONSUMER.CREATE.CAREHUB.spy", consumer).await);
    works(&api(&scene.hub, "CONSUMER.DELETE.CAREHUB.spy", Value::Null).await);
    works(&api(&scene.hub, "STREAM.MSG.DELETE.CAREHUB", json!({ "seq": 1 })).await);
    let purge = api(&scene.hub, "STREAM.PURGE.CAREHUB", Value::Null).await;
    assert!(purge["error"].is_object(), "{purge}");
    works(&api(&scene.hub, "STREAM.DELETE.CAREHUB", Value::Null).await);
}

#[tokio::test]
async fn the_erasure_user_can_delete_a_message_and_nothing_else() {
    let scene = Scene::start().await;
    let erasure = scene.server.client("erasure").await;
    let before = scene.snapshot().await;
    for (request, body) in requests() {
        for prefix in ["$JS.API", "carejs"] {
            let subject = format!("{prefix}.{request}");
            if subject == "carejs.STREAM.MSG.DELETE.CAREHUB" {
                continue;
            }
            let outcome = attempt(&erasure, &subject, HeaderMap::new(), body.to_string()).await;
            outcome.is_denied(&subject);
        }
    }
    for subject in ["carehub.concern.police.1-100000001", "carehub.tombstone.1"] {
        attempt(&erasure, subject, HeaderMap::new(), "forged").await.is_denied(subject);
    }
    // A reply subject is not checked against permissions; the account has no way to the log.
    for reply in ["carehub.concern.police.1-100000001", "carehub.tombstone.1"] {
        erasure
            .publish_with_reply(
                "carejs.STREAM.MSG.DELETE.CAREHUB",
                reply,
                r#"{"seq":99999}"#.into(),
            )
            .await
            .expect("send");
    }
    scene.unchanged(&before, "the erasure user").await;

    let subject = "carejs.STREAM.MSG.DELETE.CAREHUB";
    works(&attempt(&erasure, subject, HeaderMap::new(), r#"{"seq":2}"#).await.answer());
    assert_eq!(scene.snapshot().await.messages.len(), before.messages.len());
    assert_ne!(scene.snapshot().await, before);
}

#[track_caller]
fn works(answer: &Value) {
    assert!(answer["error"].is_null(), "{answer}");
}
