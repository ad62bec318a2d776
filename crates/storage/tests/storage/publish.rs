//! Publishing: acknowledged, once, and across restarts of the server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use carehub_storage::log::{Log, LogError, Once, Read, StreamSettings};
use carehub_storage::{PublishError, RequestError};

use crate::server::{LITTLE_ROOM, Server};
use crate::{SUBJECT, connect, connection, fresh_log};

fn tick(due: u64) -> String {
    format!("carehub.control.tick.{due}")
}

#[tokio::test]
async fn sequences_count_from_one() {
    let (_server, log) = fresh_log().await;
    assert_eq!(log.last_sequence().await.unwrap(), 0);
    assert_eq!(log.publish(SUBJECT, "a".into()).await.unwrap(), 1);
    assert_eq!(log.publish(SUBJECT, "b".into()).await.unwrap(), 2);
    assert_eq!(log.last_sequence().await.unwrap(), 2);
    let stored = log.get(2).await.unwrap().unwrap();
    assert_eq!(
        (stored.sequence, stored.subject.as_str(), &stored.payload[..]),
        (2, SUBJECT, &b"b"[..])
    );
    assert!(stored.time > 1_700_000_000_000_000_000);
    assert_eq!(log.get(3).await.unwrap(), None);
}

#[tokio::test]
async fn once_stores_once_and_compares_bytes() {
    let (server, log) = fresh_log().await;
    assert_eq!(log.publish_once(&tick(1), "x".into()).await.unwrap(), Once::Stored(1));
    assert_eq!(log.publish_once(&tick(1), "x".into()).await.unwrap(), Once::AlreadySame(1));
    assert_eq!(log.publish_once(&tick(1), "y".into()).await.unwrap(), Once::AlreadyDifferent(1));
    assert_eq!(
        connect(&server).await.publish_once(&tick(2), "x".into()).await.unwrap(),
        Once::Stored(2)
    );
    assert_eq!(log.last_sequence().await.unwrap(), 2);
}

#[tokio::test]
async fn once_for_many_keeps_their_order() {
    let (_server, log) = fresh_log().await;
    log.publish_once(&tick(3), "three".into()).await.unwrap();
    log.publish_once(&tick(5), "other".into()).await.unwrap();
    let messages: Vec<(String, Bytes)> =
        [(1, "one"), (3, "three"), (4, "four"), (5, "five"), (4, "four")]
            .map(|(n, text)| (tick(n), text.into()))
            .into();
    let outcomes = log.publish_once_all(messages).await.unwrap();
    let expected = [
        Once::Stored(3),
        Once::AlreadySame(1),
        Once::Stored(4),
        Once::AlreadyDifferent(2),
        Once::AlreadySame(4),
    ];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn once_from_two_writers_is_stored_once() {
    let (server, log) = fresh_log().await;
    let other = connect(&server).await;
    let messages =
        || (0..500).map(|due| (tick(due), Bytes::from(format!("{due}")))).collect::<Vec<_>>();
    let (a, b) = tokio::join!(log.publish_once_all(messages()), other.publish_once_all(messages()));
    let stored = |outcomes: &[Once]| {
        outcomes.iter().filter(|outcome| matches!(outcome, Once::Stored(_))).count()
    };
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(stored(&a) + stored(&b), 500);
    assert!(a.iter().chain(&b).all(|outcome| !matches!(outcome, Once::AlreadyDifferent(_))));
    assert_eq!(log.last_sequence().await.unwrap(), 500);
}

/// What is wrong with a message ends the batch, and what was stored of it is known.
#[tokio::test]
async fn a_message_too_large_fails_at_once_and_the_others_are_accounted_for() {
    let (_server, log) = fresh_log().await;
    let messages = (0..10).map(|index| {
        let bytes = if index == 4 { 2_000_000 } else { 10 };
        (SUBJECT.to_owned(), Bytes::from(vec![b'x'; bytes]))
    });
    let failed = log.publish_all(messages, 64, |_| {}).await.unwrap_err();
    assert_eq!(failed.index, 4);
    assert!(matches!(
        failed.source,
        PublishError::Failed { source: RequestError::TooLarge { bytes: 2_000_000, .. }, .. }
    ));
    assert_eq!(failed.stored.len() as u64, log.last_sequence().await.unwrap());
    assert!(failed.stored.iter().all(|(index, _)| *index != 4));
}

#[tokio::test]
async fn a_subject_outside_the_stream_is_reported_at_the_deadline() {
    let (server, _log) = fresh_log().await;
    let mut connection = connection(&server);
    connection.give_up_after = Duration::from_millis(300);
    let log = Log::connect(&connection).await.unwrap();
    let failed = log.publish("carehub.nowhere", "x".into()).await.unwrap_err();
    assert!(
        matches!(failed, PublishError::Unknown { source: RequestError::NoResponders { .. }, .. }),
        "{failed:?}"
    );
}

/// JetStream answers 503: it may pass, so whoever keeps the message must go on keeping it.
#[tokio::test]
async fn a_log_that_is_out_of_room_has_not_refused_for_good() {
    let mut server = Server::start_with(LITTLE_ROOM);
    let mut connection = connection(&server);
    connection.give_up_after = Duration::from_millis(300);
    let log = Log::connect(&connection).await.unwrap();
    log.ensure_stream(&StreamSettings::default()).await.unwrap();
    let large = Bytes::from(vec![b'x'; 60_000]);
    let messages = (0..10).map(|_| (SUBJECT.to_owned(), large.clone()));
    let failed = log.publish_all(messages, 1, |_| {}).await.unwrap_err();
    assert!(failed.index > 0, "there was room for some: {failed:?}");
    let kept = log.publish(SUBJECT, large.clone()).await.unwrap_err();
    for failed in [&failed.source, &kept] {
        let PublishError::Unknown { source: RequestError::Unavailable { number, .. }, .. } = failed
        else {
            panic!("{failed:?}");
        };
        assert_ne!(*number, 0, "the server gave a reason of its own");
    }
    let once = log.publish_once(&tick(1), large.clone()).await.unwrap_err();
    assert!(matches!(&once, LogError::Publish(PublishError::Unknown { .. })), "{once:?}");

    // With room again, the same message is stored.
    server.kill();
    server.start_again_with("");
    let last = failed.index as u64;
    assert_eq!(connect(&server).await.publish(SUBJECT, large).await.unwrap(), last + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_server_is_killed_while_publishing() {
    const MESSAGES: usize = 10_000;
    let (mut server, log) = fresh_log().await;
    let done = Arc::new(AtomicUsize::new(0));
    let publishing = tokio::spawn({
        let (log, done) = (log.clone(), Arc::clone(&done));
        async move {
            let messages =
                (0..MESSAGES).map(|index| (SUBJECT.to_owned(), Bytes::from(index.to_string())));
            log.publish_all(messages, 256, |acknowledged| {
                done.store(acknowledged, Ordering::Relaxed)
            })
            .await
        }
    });
    for part in [MESSAGES / 5, MESSAGES / 2] {
        while done.load(Ordering::Relaxed) < part {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        server.start_again();
    }
    let sequences = publishing.await.unwrap().unwrap();
    assert_eq!(sequences.len(), MESSAGES);
    assert_eq!(done.load(Ordering::Relaxed), MESSAGES);

    // Each acknowledged sequence holds exactly the message that it was given for.
    let mut reader = log.reader(1, Vec::new());
    let last = log.last_sequence().await.unwrap();
    let mut payloads = BTreeMap::new();
    while payloads.last_key_value().map_or(0, |(sequence, _)| *sequence) < last {
        for read in reader.next_batch(5_000, Duration::from_secs(10)).await.unwrap() {
            let Read::Message(stored) = read else { panic!("{read:?}") };
            payloads.insert(stored.sequence, stored.payload);
        }
    }
    for (index, sequence) in sequences.iter().enumerate() {
        assert_eq!(payloads[sequence], index.to_string(), "sequence {sequence}");
    }
    eprintln!("{} stored more than once", payloads.len() - MESSAGES);
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_waits_for_a_server_that_is_away() {
    let (mut server, log) = fresh_log().await;
    server.kill();
    let publishing = tokio::spawn({
        let log = log.clone();
        async move { log.publish_once(&tick(1), "x".into()).await }
    });
    while log.is_connected() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.start_again();
    assert_eq!(publishing.await.unwrap().unwrap(), Once::Stored(1));
}
