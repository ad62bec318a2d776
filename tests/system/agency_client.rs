//! What an agency links: its publisher with and without a hub, and its subscriber.

use std::path::Path;
use std::time::Duration;

use carehub::nats::Agency;
use carehub_client::publisher::{PublisherError, Settings};
use carehub_client::spool::DEFAULT_LIMIT;
use carehub_client::{Draft, Outcome, Outgoing, Publisher, Subscriber};
use carehub_domain::{BodyId, HomeId};
use carehub_storage::ConnectError;
use jiff::Timestamp;
use serde_json::json;

use crate::harness::Server;

const SOON: Duration = Duration::from_secs(20);

fn body(id: &str) -> BodyId {
    BodyId::new(id).expect("a body's id")
}

fn seed(path: &Path) -> String {
    std::fs::read_to_string(path).expect("read a seed").trim().to_owned()
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("an instant")
}

fn settings(server: &Server, spool: Option<&Path>) -> Settings {
    Settings {
        url: server.url(),
        key: seed(&server.credentials().seed_path("police")),
        tls: carehub_storage::Tls::default(),
        agency: body("police"),
        spool: spool.map(|path| (path.to_owned(), DEFAULT_LIMIT)),
        check: true,
    }
}

fn concern(agency: &str, id: &str, severity: &str) -> Outgoing {
    let data =
        json!({ "kind": "soft-intelligence", "severity": severity, "occurred_at": "2026-02-28" });
    let draft = Draft {
        agency: agency.to_owned(),
        id: id.to_owned(),
        event_type: "concern.raised".to_owned(),
        home: "F00001".to_owned(),
        time: "2026-03-01T11:00:00Z".to_owned(),
        data: data.as_object().cloned().unwrap_or_default(),
    };
    draft.encode().expect("encode a concern")
}

/// The ids of everything in the log, in its order.
async fn ids_in_log(server: &Server) -> Vec<String> {
    let log = server.log().await;
    let last = log.last_sequence().await.expect("the last sequence");
    let positions: Vec<u64> = (1..=last).collect();
    let stored = log.get_many(&positions).await.expect("read the log");
    stored
        .into_iter()
        .flatten()
        .map(|stored| {
            let event: serde_json::Value = serde_json::from_slice(&stored.payload).expect("JSON");
            event["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

#[tokio::test]
async fn each_event_is_accounted_for_whatever_its_neighbours_are() {
    let server = Server::start(&["police", "ambulance"]).await;
    let mut police = Publisher::open(settings(&server, None)).await.expect("open");
    let events = vec![
        concern("police", "a", "low"),
        concern("police", "b", "severe"),
        Outgoing {
            subject: "carehub.concern.ambulance.F00001".to_owned(),
            ..concern("police", "c", "low")
        },
        concern("police", "d", "high"),
    ];
    let outcomes = police.publish_all(events, now(), |_| {}).await.expect("publish");
    assert!(matches!(outcomes[0], Outcome::Stored(1)), "{:?}", outcomes[0]);
    assert!(
        matches!(&outcomes[1], Outcome::Invalid(rejection) if rejection.code == "schema-violation")
    );
    assert!(matches!(outcomes[2], Outcome::Refused(_)), "{:?}", outcomes[2]);
    assert!(matches!(outcomes[3], Outcome::Stored(_)), "{:?}", outcomes[3]);
    let ids = ids_in_log(&server).await;
    assert!(ids.contains(&"a".to_owned()) && ids.contains(&"d".to_owned()), "{ids:?}");
    assert!(!ids.contains(&"b".to_owned()) && !ids.contains(&"c".to_owned()), "{ids:?}");
}

#[tokio::test]
async fn what_was_said_while_the_hub_was_away_comes_first_when_it_is_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = Server::start(&["police"]).await;
    let mut police =
        Publisher::open(settings(&server, Some(directory.path()))).await.expect("open");
    assert!(matches!(
        police.publish(concern("police", "a", "low"), now()).await,
        Ok(Outcome::Stored(1))
    ));
    server.supervisor().kill();
    for id in ["b", "c"] {
        let outcome = police.publish(concern("police", id, "low"), now()).await;
        assert!(matches!(outcome, Ok(Outcome::Spooled)), "{outcome:?}");
    }
    drop(police);

    // The agency's own program starts again while the hub is still away.
    let mut police =
        Publisher::open(settings(&server, Some(directory.path()))).await.expect("open");
    let outcome = police.publish(concern("police", "d", "low"), now()).await;
    assert!(matches!(outcome, Ok(Outcome::Spooled)), "{outcome:?}");
    drop(police);

    let back = Server::start(&["police"]).await;
    let mut police = Publisher::open(settings(&back, Some(directory.path()))).await.expect("open");
    let outcome = police.publish(concern("police", "e", "low"), now()).await;
    assert!(matches!(outcome, Ok(Outcome::Stored(4))), "{outcome:?}");
    assert_eq!(ids_in_log(&back).await, ["b", "c", "d", "e"]);
    assert_eq!(police.waiting(), 0);
}

#[tokio::test]
async fn without_a_spool_a_hub_that_is_away_is_an_error() {
    let server = Server::start(&["police"]).await;
    let settings = settings(&server, None);
    server.supervisor().kill();
    let opened = Publisher::open(settings).await.map(|_| ());
    assert!(
        matches!(opened, Err(PublisherError::Connect(ConnectError::Unreachable { .. }))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_refused_event_in_the_spool_does_not_hold_up_the_rest() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = Server::start(&["police", "ambulance"]).await;
    {
        let mut spool =
            carehub_client::spool::Spool::open(directory.path(), DEFAULT_LIMIT).expect("a spool");
        let wrong = concern("police", "wrong", "low");
        let right = concern("police", "right", "low");
        let kept = [
            ("carehub.concern.ambulance.F00001", &wrong.payload[..]),
            (&right.subject, &right.payload[..]),
        ];
        spool.keep(kept).expect("keep");
    }
    let mut police =
        Publisher::open(settings(&server, Some(directory.path()))).await.expect("open");
    assert!(police.drain().await.expect("drain"), "the hub is there");
    assert_eq!(police.waiting(), 0);
    let ids = ids_in_log(&server).await;
    assert!(ids.contains(&"right".to_owned()) && !ids.contains(&"wrong".to_owned()), "{ids:?}");
    let aside =
        std::fs::read_to_string(directory.path().join("refused.ndjson")).expect("set aside");
    assert!(aside.contains("wrong") && !aside.contains("right"));
}

#[tokio::test]
async fn a_body_goes_on_where_it_stopped_and_an_officer_takes_nothing_from_colleagues() {
    let council = Agency { officers: vec!["officer-1".to_owned()], ..Agency::new("council-qa") };
    let server = Server::start_with(&[council]).await;
    let log = server.log().await;
    for (home, n) in [("F00001", 1), ("F00002", 2), ("F00001", 3)] {
        let subject = format!("carehub.escalation.council-qa.{home}.e{n}.1");
        let payload = format!("{{\"n\":{n}}}").into();
        log.publish(&subject, payload).await.expect("publish");
    }
    let credentials = server.credentials();
    let key = seed(&credentials.seed_path("council-qa"));
    let url = server.url();
    let connect = async || {
        let connected = Subscriber::connect(&url, &key, &body("council-qa"), None, None).await;
        connected.expect("connect the body")
    };
    let mut first = connect().await;
    first.fetch_at_most(1);
    let delivery = first.next(SOON).await.expect("next").expect("a message");
    assert_eq!(&delivery.payload[..], b"{\"n\":1}");
    delivery.ack().await.expect("ack");
    first.flush().await.expect("flush");
    drop(first);

    let officer_key = seed(&credentials.officer_seed_path("council-qa", "officer-1"));
    let home = HomeId::new("F00001").ok();
    let mut officer = Subscriber::connect(
        &url,
        &officer_key,
        &body("council-qa"),
        Some(&body("officer-1")),
        home,
    )
    .await
    .expect("connect an officer");
    for expected in [&b"{\"n\":1}"[..], b"{\"n\":3}"] {
        let delivery = officer.next(SOON).await.expect("next").expect("a message");
        assert_eq!(&delivery.payload[..], expected);
        delivery.ack().await.expect("ack");
    }

    // The body goes on where it stopped: what it acknowledged does not come again, and the officer
    // took nothing from it.
    let mut again = connect().await;
    for expected in [&b"{\"n\":2}"[..], b"{\"n\":3}"] {
        let delivery = again.next(SOON).await.expect("next").expect("a message");
        assert_eq!(&delivery.payload[..], expected);
        delivery.ack().await.expect("ack");
    }
}
