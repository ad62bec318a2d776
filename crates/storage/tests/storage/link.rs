//! An agency's link, against a server with an account for each agency.

use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_storage::link::{AgencyLink, FetchError, SubscribeError};
use carehub_storage::log::{Log, StreamSettings};
use carehub_storage::{ConnectError, PublishError, RequestError};

use crate::{SUBJECT, Server, connection};

struct County {
    server: Server,
    log: Log,
    police: String,
}

/// A hub and one agency, with the account layout that is shipped.
async fn county() -> County {
    let (hub, police) = (nkeys::KeyPair::new_user(), nkeys::KeyPair::new_user());
    let more = format!(
        r#"
accounts {{
  HUB {{
    jetstream: enabled
    users: [ {{ nkey: {hub} }} ]
    exports: [
      {{ service: "carehub.concern.*.>", account_token_position: 3 }}
      {{ service: "carehub.response.*.>", account_token_position: 3 }}
      {{ stream: "carehub.receipt.*", account_token_position: 3 }}
      {{ stream: "carehub.alert.*.>", account_token_position: 3 }}
      {{ service: "$JS.ACK.CAREHUB.*.>", account_token_position: 4 }}
      {{ service: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.*", account_token_position: 7, response_type: stream }}
    ]
  }}
  police {{
    limits {{ max_payload: 131072 }}
    users: [ {{ nkey: {police}, permissions: {{
      publish: {{ allow: ["carehub.concern.police.>", "carehub.response.police.>", "$JS.ACK.CAREHUB.police.>",
        "carejs.CONSUMER.MSG.NEXT.CAREHUB.police"] }}
      subscribe: {{ allow: ["_INBOX_police.>", "carehub.receipt.police", "carehub.alert.police.>"] }} }} }} ]
    imports: [
      {{ stream: {{ account: HUB, subject: "carehub.receipt.police" }} }}
      {{ stream: {{ account: HUB, subject: "carehub.alert.police.>" }} }}
      {{ service: {{ account: HUB, subject: "carehub.concern.police.>" }} }}
      {{ service: {{ account: HUB, subject: "carehub.response.police.>" }} }}
      {{ service: {{ account: HUB, subject: "$JS.ACK.CAREHUB.police.>" }} }}
      {{ service: {{ account: HUB, subject: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.police" }}, to: "carejs.CONSUMER.MSG.NEXT.CAREHUB.police" }}
    ]
  }}
}}"#,
        hub = hub.public_key(),
        police = police.public_key(),
    );
    let server = Server::start_with(&more);
    let log = Log::connect(&connection(&server).with_key(hub.seed().unwrap())).await.unwrap();
    log.ensure_stream(&StreamSettings::default()).await.unwrap();
    let filters =
        vec!["carehub.escalation.police.>".to_owned(), "carehub.rejection.police.*".to_owned()];
    log.ensure_consumer("police", filters).await.unwrap();
    County { server, log, police: police.seed().unwrap() }
}

async fn link(county: &County) -> AgencyLink {
    AgencyLink::connect(&county.server.url(), &county.police, "police").await.unwrap()
}

#[track_caller]
fn at_once(since: Instant) {
    assert!(since.elapsed() < Duration::from_secs(1), "took {:?}", since.elapsed());
}

#[tokio::test]
async fn an_agency_publishes_into_the_log() {
    let county = county().await;
    let link = link(&county).await;
    assert_eq!(link.publish(SUBJECT, "one".into()).await.unwrap(), 1);
    let many = (0..3_000).map(|index| (SUBJECT.to_owned(), Bytes::from(format!("{index}"))));
    let mut progress = 0;
    let sequences = link.publish_all(many, None, |done| progress = done).await.unwrap();
    assert_eq!(sequences, (2..=3_001).collect::<Vec<u64>>());
    assert_eq!(progress, 3_000);
    assert_eq!(county.log.get(3_001).await.unwrap().unwrap().payload, "2999");
}

#[tokio::test]
async fn a_denied_subject_is_an_error_at_once() {
    let county = county().await;
    let link = link(&county).await;
    let since = Instant::now();
    for subject in
        ["carehub.concern.nhs.H-1", "carehub.control.tick.1", "$JS.API.STREAM.DELETE.CAREHUB"]
    {
        let denied = link.publish(subject, "x".into()).await.unwrap_err();
        let expected = RequestError::Denied { subject: subject.to_owned() };
        assert!(matches!(denied, PublishError::Failed { source, .. } if source == expected));
    }
    at_once(since);
    let messages = (0..100).map(|index| {
        let agency = if index == 50 { "nhs" } else { "police" };
        (format!("carehub.concern.{agency}.H-1"), Bytes::from_static(b"x"))
    });
    let since = Instant::now();
    let failed = link.publish_all(messages, None, |_| {}).await.unwrap_err();
    at_once(since);
    assert_eq!(failed.index, 50);
    assert_eq!(failed.stored.len(), 99);
    assert_eq!(county.log.last_sequence().await.unwrap(), 99);
}

#[tokio::test]
async fn more_than_the_account_allows_is_an_error_at_once() {
    let county = county().await;
    let link = link(&county).await;
    let since = Instant::now();
    let failed = link.publish(SUBJECT, vec![b'x'; 140_000].into()).await.unwrap_err();
    at_once(since);
    let expected = RequestError::TooLarge { subject: SUBJECT.to_owned(), bytes: 140_000 };
    assert!(
        matches!(&failed, PublishError::Failed { source, .. } if *source == expected),
        "{failed:?}"
    );
    // The server has closed the connection; the link comes back by itself.
    link.publish(SUBJECT, vec![b'x'; 131_072].into()).await.unwrap();
}

#[tokio::test]
async fn one_message_too_large_among_many_is_the_one_that_fails() {
    let county = county().await;
    let link = link(&county).await;
    let messages = (0..200).map(|index| {
        let bytes = if index == 120 { 140_000 } else { 100 };
        (SUBJECT.to_owned(), Bytes::from(vec![b'x'; bytes]))
    });
    let failed = link.publish_all(messages, None, |_| {}).await.unwrap_err();
    assert_eq!(failed.index, 120);
    assert!((0..120).all(|index| failed.stored.iter().any(|(stored, _)| *stored == index)));
}

#[tokio::test]
async fn another_key_is_refused_at_once() {
    let county = county().await;
    let stranger = nkeys::KeyPair::new_user().seed().unwrap();
    let since = Instant::now();
    let refused =
        AgencyLink::connect(&county.server.url(), &stranger, "police").await.err().unwrap();
    at_once(since);
    assert!(matches!(refused, ConnectError::Refused { .. }), "{refused:?}");
}

/// The connection is closed by the server when its key is taken away, and not given back.
#[tokio::test]
async fn a_revoked_key_is_an_error_at_once() {
    let county = county().await;
    let link = link(&county).await;
    link.publish(SUBJECT, "x".into()).await.unwrap();
    // One user must stay: a server without any lets everybody in.
    let other = nkeys::KeyPair::new_user().public_key();
    let rest =
        format!("accounts {{ HUB {{ jetstream: enabled, users: [ {{ nkey: {other} }} ] }} }}");
    county.server.reconfigure(&rest);
    while link.is_connected() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let since = Instant::now();
    let failed = link.publish(SUBJECT, "x".into()).await.unwrap_err();
    at_once(since);
    assert!(
        matches!(&failed, PublishError::Failed { source: RequestError::KeyRefused, .. }),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_wrong_name_is_an_error_at_once() {
    let county = county().await;
    let link = AgencyLink::connect(&county.server.url(), &county.police, "nhs").await.unwrap();
    let since = Instant::now();
    // The denial comes once, and concerns every request.
    for _ in 0..2 {
        let failed = link.publish(SUBJECT, "x".into()).await.unwrap_err();
        let denied = matches!(
            &failed,
            PublishError::Failed { source: RequestError::InboxDenied { .. }, .. }
        );
        assert!(denied, "{failed:?}");
    }
    at_once(since);
}

#[tokio::test]
async fn what_is_acknowledged_does_not_come_again() {
    let county = county().await;
    let link = link(&county).await;
    for number in 1..=5 {
        let subject = format!("carehub.escalation.police.H-1.e{number}.1");
        county.log.publish_once(&subject, format!("{number}").into()).await.unwrap();
    }
    county
        .log
        .publish_once("carehub.escalation.nhs.H-1.e1.1", "not for the police".into())
        .await
        .unwrap();

    let first = link.fetch("police", 3, Duration::from_secs(5)).await.unwrap();
    let outline: Vec<(u64, &[u8])> =
        first.iter().map(|it| (it.sequence, &it.payload[..])).collect();
    assert_eq!(outline, [(1, &b"1"[..]), (2, b"2"), (3, b"3")]);
    assert_eq!(first[0].time, county.log.get(1).await.unwrap().unwrap().time);
    assert_eq!(first[0].subject, "carehub.escalation.police.H-1.e1.1");
    for delivery in &first {
        delivery.ack_confirmed().await.unwrap();
    }
    let rest = link.fetch("police", 100, Duration::from_secs(5)).await.unwrap();
    assert_eq!(rest.iter().map(|it| it.sequence).collect::<Vec<_>>(), [4, 5]);
    for delivery in &rest {
        delivery.ack().await.unwrap();
    }
    link.flush().await.unwrap();
    assert!(link.fetch("police", 10, Duration::from_millis(200)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fetch_wakes_when_something_comes() {
    let county = county().await;
    let link = link(&county).await;
    let fetching =
        tokio::spawn(async move { link.fetch("police", 10, Duration::from_secs(20)).await });
    let since = Instant::now();
    county.log.publish_once("carehub.escalation.police.H-1.e1.1", "x".into()).await.unwrap();
    assert_eq!(fetching.await.unwrap().unwrap().len(), 1);
    assert!(since.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn another_agencys_consumer_is_denied_at_once() {
    let county = county().await;
    county.log.ensure_consumer("nhs", vec!["carehub.escalation.nhs.>".to_owned()]).await.unwrap();
    let link = link(&county).await;
    let since = Instant::now();
    let failed = link.fetch("nhs", 10, Duration::from_secs(20)).await.unwrap_err();
    at_once(since);
    assert!(
        matches!(&failed, FetchError::Request { source: RequestError::Denied { .. }, .. }),
        "{failed:?}"
    );
}

#[tokio::test]
async fn receipts_are_heard_and_others_are_denied() {
    let county = county().await;
    let link = link(&county).await;
    let mut receipts = link.subscribe("carehub.receipt.police").await.unwrap();
    // The publish goes after the subscription on the same connection, so it is in force now.
    link.publish(SUBJECT, "x".into()).await.unwrap();
    county.log.publish_core("carehub.receipt.police", "thanks".into()).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(5), receipts.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        (heard.subject.as_str(), &heard.payload[..]),
        ("carehub.receipt.police", &b"thanks"[..])
    );

    let mut others = link.subscribe("carehub.receipt.nhs").await.unwrap();
    let denied = tokio::time::timeout(Duration::from_secs(1), others.next()).await.unwrap();
    assert!(matches!(denied, Err(SubscribeError::Denied { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_survives_a_kill_of_the_server() {
    let mut county = county().await;
    let link = link(&county).await;
    let publishing = tokio::spawn({
        let link = link.clone();
        async move {
            let many =
                (0..5_000).map(|index| (SUBJECT.to_owned(), Bytes::from(format!("{index}"))));
            link.publish_all(many, None, |_| {}).await
        }
    });
    while county.log.last_sequence().await.unwrap() < 500 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    county.server.kill();
    county.server.start_again();
    let sequences = publishing.await.unwrap().unwrap();
    assert_eq!(sequences.len(), 5_000);
    let stored = county.log.get_many(&sequences).await.unwrap();
    for (index, stored) in stored.into_iter().enumerate() {
        assert_eq!(stored.unwrap().payload, index.to_string());
    }
}
