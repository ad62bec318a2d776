//! Reading what was meant for somebody else.

use async_nats::HeaderMap;
use futures_util::StreamExt as _;

use super::scene::{SETTLE, Scene, attempt, read_one};
use crate::harness::{PATIENCE, Party};

#[tokio::test]
async fn an_agency_cannot_listen_to_another() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let officer = scene.server.officer("police", "desk-1").await;
    let mut heard = Vec::new();
    for subject in [
        ">",
        "*",
        "_INBOX.>",
        "_INBOX_ambulance.>",
        "_INBOX_hub.>",
        "_INBOX_police-desk-2.>",
        "carehub.>",
        "carehub.concern.>",
        "carehub.concern.ambulance.>",
        "carehub.form.>",
        "carehub.escalation.>",
        "carehub.escalation.ambulance.>",
        "carehub.receipt.*",
        "carehub.receipt.>",
        "carehub.receipt.ambulance",
        "carehub.alert.>",
        "carehub.alert.ambulance.>",
        "carehub.alert.*.1-100000001",
        "$JS.>",
        "$JS.ACK.>",
        "$JS.EVENT.>",
        "$SYS.>",
        "carejs.>",
    ] {
        for party in [&police, &officer] {
            heard.push((subject, party.subscribe(subject).await.expect("send a subscription")));
            let error = party.next_error().await;
            assert!(error.contains("permissions violation for subscription"), "{subject}: {error}");
            assert!(error.contains(&subject.to_lowercase()), "{subject}: {error}");
        }
    }

    let ambulance = scene.server.client("ambulance").await;
    let mut rightful = Vec::new();
    for subject in ["carehub.receipt.ambulance", "carehub.alert.ambulance.>"] {
        rightful.push(ambulance.subscribe(subject).await.expect("subscribe"));
    }
    // A subscription is live once a request of the same connection has been answered.
    scene.stored(&ambulance, "carehub.concern.ambulance.1-100000001", "private").await;
    for subject in ["carehub.receipt.ambulance", "carehub.alert.ambulance.1-100000001"] {
        scene.hub.publish(subject, "private".into()).await.expect("publish");
    }
    for subscription in &mut rightful {
        let message = tokio::time::timeout(PATIENCE, subscription.next()).await;
        assert!(message.expect("it arrives").is_some());
    }
    read_one(&ambulance).await;
    for (subject, subscription) in &mut heard {
        let message = tokio::time::timeout(SETTLE / 20, subscription.next()).await;
        assert!(!matches!(message, Ok(Some(_))), "{subject} was heard");
    }
}

#[tokio::test]
async fn an_agency_cannot_pull_inspect_or_acknowledge_anothers_messages() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let before = scene.snapshot().await;
    refused(&police, &["ambulance", "cqc", "police-desk-1", "police-desk-2"]).await;
    for subject in [
        "$JS.API.DIRECT.GET.CAREHUB",
        "$JS.API.DIRECT.GET.CAREHUB.carehub.concern.ambulance.1-100000001",
        "carejs.DIRECT.GET.CAREHUB",
        "$JS.API.STREAM.MSG.GET.CAREHUB",
        "carejs.STREAM.MSG.GET.CAREHUB",
    ] {
        attempt(&police, subject, HeaderMap::new(), r#"{"seq":1}"#).await.is_denied(subject);
    }
    scene.unchanged(&before, "reading another's feed").await;

    for agency in ["police", "ambulance"] {
        let party = scene.server.client(agency).await;
        for number in 0..4 {
            let expected = format!("carehub.escalation.{agency}.1-100000001.e{number}.0");
            assert_eq!(read_one(&party).await, expected);
        }
    }
}

#[tokio::test]
async fn officers_of_one_agency_cannot_take_each_others_messages() {
    let scene = Scene::start().await;
    let officer = scene.server.officer("police", "desk-1").await;
    let before = scene.snapshot().await;
    refused(&officer, &["ambulance", "police", "police-desk-2"]).await;
    scene.unchanged(&before, "an officer's reading").await;

    let colleague = scene.server.officer("police", "desk-2").await;
    let police = scene.server.client("police").await;
    for party in [&officer, &colleague, &police] {
        let expected = "carehub.escalation.police.1-100000001.e0.0";
        assert_eq!(read_one(party).await, expected, "{}", party.name());
    }
}

/// Tries everything that concerns consumers of others, under both names of the API.
async fn refused(party: &Party, consumers: &[&str]) {
    for consumer in consumers {
        for subject in [
            format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{consumer}"),
            format!("$JS.API.CONSUMER.MSG.NEXT.CAREHUB.{consumer}"),
            format!("carejs.CONSUMER.INFO.CAREHUB.{consumer}"),
            format!("$JS.API.CONSUMER.INFO.CAREHUB.{consumer}"),
            format!("$JS.ACK.CAREHUB.{consumer}.1.1.1.1700000000000000000.0"),
        ] {
            attempt(party, &subject, HeaderMap::new(), "").await.is_denied(&subject);
        }
    }
}
