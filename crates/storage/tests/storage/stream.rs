//! The stream: created safely, and a stream with other settings refused.

use async_nats::HeaderMap;
use carehub_storage::log::{Log, LogError, StreamSettings};

use crate::{SUBJECT, Server, connect, fresh_log};

async fn raw(server: &Server) -> async_nats::Client {
    async_nats::connect(server.url()).await.unwrap()
}

/// Makes the stream anew with other settings, as somebody might behind the hub's back. (Most of
/// these the server would refuse to change in an existing stream.)
async fn drift(server: &Server, change: impl FnOnce(&mut serde_json::Value)) {
    let client = raw(server).await;
    let ask = async |subject: &str, body: String| {
        let answer = client.request(subject.to_owned(), body.into()).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
        answer
    };
    let mut info = ask("$JS.API.STREAM.INFO.CAREHUB", String::new()).await;
    change(&mut info["config"]);
    ask("$JS.API.STREAM.DELETE.CAREHUB", String::new()).await;
    ask("$JS.API.STREAM.CREATE.CAREHUB", info["config"].to_string()).await;
}

async fn differences(log: &Log) -> Vec<String> {
    match log.ensure_stream(&StreamSettings::default()).await {
        Ok(_) => Vec::new(),
        Err(LogError::Drift { differences, .. }) => {
            differences.into_iter().map(|it| it.setting).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn ensuring_twice_finds_the_same_stream() {
    let (server, log) = fresh_log().await;
    let first = log.identity().await.unwrap();
    assert_eq!(
        connect(&server).await.ensure_stream(&StreamSettings::default()).await.unwrap(),
        first
    );
    assert_eq!(first.name, "CAREHUB");
}

#[tokio::test]
async fn nobody_deletes_or_purges_anything_of_the_audit() {
    let (server, log) = fresh_log().await;
    let audit = log.audit();
    audit.ensure_stream(&StreamSettings::default()).await.unwrap();
    let at = audit.publish("carehub.audit.police.F00001.home-read", "x".into()).await.unwrap();
    assert!(matches!(audit.delete(at).await, Err(LogError::Refused { .. })));
    let client = raw(&server).await;
    let purged = client.request("$JS.API.STREAM.PURGE.CAREHUB-AUDIT", "".into()).await.unwrap();
    let purged: serde_json::Value = serde_json::from_slice(&purged.payload).unwrap();
    assert!(purged["error"].is_object(), "{purged}");
    assert_eq!(audit.state().await.unwrap().messages, 1);
    // What is said in the one is not in the other.
    assert_eq!(log.state().await.unwrap().messages, 0);
    let mut reader = audit.reader(1, vec!["carehub.audit.*.F00001.*".to_owned()]);
    let read = reader.next_batch(10, std::time::Duration::from_secs(60)).await.unwrap();
    assert_eq!(read.len(), 1);
}

#[tokio::test]
async fn a_stream_made_anew_has_another_identity() {
    let (server, log) = fresh_log().await;
    let first = log.identity().await.unwrap();
    raw(&server).await.request("$JS.API.STREAM.DELETE.CAREHUB", "".into()).await.unwrap();
    assert_ne!(log.ensure_stream(&StreamSettings::default()).await.unwrap(), first);
}

#[tokio::test]
async fn drift_is_listed_setting_by_setting() {
    let (server, log) = fresh_log().await;
    assert_eq!(differences(&log).await, [] as [&str; 0]);
    drift(&server, |config| {
        config["allow_rollup_hdrs"] = true.into();
        config["deny_purge"] = false.into();
        config["max_age"] = 3_600_000_000_000_u64.into();
        config["duplicate_window"] = 120_000_000_000_u64.into();
        config["subjects"].as_array_mut().unwrap().push("carehub.receipt.*".into());
    })
    .await;
    let mut found = differences(&log).await;
    found.sort();
    assert_eq!(
        found,
        ["allow_rollup_hdrs", "deny_purge", "duplicate_window", "max_age", "subjects"]
    );
}

#[tokio::test]
async fn settings_that_the_client_library_does_not_know_are_seen() {
    let (server, log) = fresh_log().await;
    drift(&server, |config| {
        config["allow_msg_schedules"] = true.into();
        // The server allows schedules only together with these.
        config["discard"] = "old".into();
        config["deny_purge"] = false.into();
        config["allow_rollup_hdrs"] = true.into();
        config["allow_msg_ttl"] = true.into();
        config["republish"] = serde_json::json!({ "src": ">", "dest": "copy.>" });
    })
    .await;
    let found = differences(&log).await;
    for setting in ["allow_msg_schedules", "allow_msg_ttl", "discard", "republish"] {
        assert!(found.iter().any(|differs| differs == setting), "{setting} is not in {found:?}");
    }
}

/// Publishes with one header and returns the number of the server's refusal.
async fn refusal(client: &async_nats::Client, header: &str, value: &str) -> u64 {
    let mut headers = HeaderMap::new();
    headers.insert(header, value);
    let answer = client.request_with_headers(SUBJECT, headers, "x".into()).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
    answer["error"]["err_code"]
        .as_u64()
        .unwrap_or_else(|| panic!("{header} was accepted: {answer}"))
}

#[tokio::test]
async fn headers_that_erase_expire_or_forge_are_refused() {
    let (server, log) = fresh_log().await;
    log.publish(SUBJECT, "first".into()).await.unwrap();
    let client = raw(&server).await;
    assert_eq!(refusal(&client, "Nats-Rollup", "all").await, 10_111);
    assert_eq!(refusal(&client, "Nats-Rollup", "sub").await, 10_111);
    assert_eq!(refusal(&client, "Nats-TTL", "1s").await, 10_166);
    assert_eq!(refusal(&client, "Nats-Schedule", "@every 1s").await, 10_188);
    assert_eq!(refusal(&client, "Nats-Incr", "+1").await, 10_168);
    let purge = client.request("$JS.API.STREAM.PURGE.CAREHUB", "".into()).await.unwrap();
    let purge: serde_json::Value = serde_json::from_slice(&purge.payload).unwrap();
    assert!(purge.get("error").is_some(), "{purge}");
    let state = log.state().await.unwrap();
    assert_eq!((state.messages, state.last), (1, 1));
}

#[tokio::test]
async fn live_subjects_are_not_stored() {
    let (_server, log) = fresh_log().await;
    log.publish_core("carehub.receipt.police", "x".into()).await.unwrap();
    log.publish_core("carehub.alert.police.H-1", "x".into()).await.unwrap();
    log.flush().await.unwrap();
    // The publish travels on the same connection, so it is handled after the two before it.
    assert_eq!(log.publish(SUBJECT, "x".into()).await.unwrap(), 1);
    assert!(log.max_payload() >= 1_114_112);
}
