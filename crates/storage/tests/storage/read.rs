//! Reading: in order, complete, with gaps told, across restarts of the server.

use std::time::Duration;

use bytes::Bytes;
use carehub_storage::log::{Log, Read, Reader};

use crate::{SUBJECT, connect, fresh_log};

async fn fill(log: &Log, count: usize) {
    let messages = (0..count).map(|index| (SUBJECT.to_owned(), Bytes::from(format!("{index}"))));
    log.publish_all(messages, 1_000, |_| {}).await.unwrap();
}

/// Reads until everything up to and with `last` was seen.
async fn read_to(reader: &mut Reader, last: u64) -> Vec<Read> {
    let mut all: Vec<Read> = Vec::new();
    while all.last().map_or(0, Read::through) < last {
        let batch = reader.next_batch(1_000, Duration::from_secs(30)).await.unwrap();
        assert!(!batch.is_empty(), "nothing after {:?}", all.last());
        assert!(batch.len() <= 1_000);
        all.extend(batch);
    }
    all
}

/// Either the sequence of a message or a gap.
fn outline(reads: &[Read]) -> Vec<String> {
    reads
        .iter()
        .map(|read| match read {
            Read::Message(stored) => stored.sequence.to_string(),
            Read::Gap { from, to } => format!("{from}..={to}"),
        })
        .collect()
}

#[tokio::test]
async fn everything_is_read_in_order_from_where_it_is_asked() {
    let (_server, log) = fresh_log().await;
    fill(&log, 12_000).await;
    let mut reader = log.reader(501, Vec::new());
    let read = read_to(&mut reader, 12_000).await;
    let expected: Vec<String> = (501..=12_000).map(|sequence: u64| sequence.to_string()).collect();
    assert_eq!(outline(&read), expected);
    let Read::Message(first) = &read[0] else { panic!() };
    assert_eq!(*first, log.get(501).await.unwrap().unwrap());
    // Nothing more is there, and what comes then is read.
    assert_eq!(reader.next_batch(10, Duration::from_millis(20)).await.unwrap(), []);
    log.publish(SUBJECT, "more".into()).await.unwrap();
    assert_eq!(outline(&read_to(&mut reader, 12_001).await), ["12001"]);
}

#[tokio::test]
async fn a_position_beyond_the_end_waits_for_it() {
    let (_server, log) = fresh_log().await;
    fill(&log, 1).await;
    let mut reader = log.reader(3, Vec::new());
    fill(&log, 3).await;
    assert_eq!(outline(&read_to(&mut reader, 4).await), ["3", "4"]);
}

#[tokio::test]
async fn filters_leave_out_the_rest_and_tell_no_gaps() {
    let (_server, log) = fresh_log().await;
    for subject in [SUBJECT, "carehub.control.tick.1", "carehub.response.nhs.H-1", SUBJECT] {
        log.publish(subject, "x".into()).await.unwrap();
    }
    let filters = vec!["carehub.control.>".to_owned(), "carehub.response.*.*".to_owned()];
    let mut reader = log.reader(1, filters);
    assert_eq!(outline(&read_to(&mut reader, 3).await), ["2", "3"]);
    assert_eq!(reader.next_batch(10, Duration::from_millis(50)).await.unwrap(), []);
}

#[tokio::test]
async fn deleted_messages_are_gaps() {
    let (_server, log) = fresh_log().await;
    fill(&log, 10).await;
    for sequence in [1, 2, 5, 9] {
        assert!(log.delete(sequence).await.unwrap());
        assert!(!log.delete(sequence).await.unwrap());
        assert_eq!(log.get(sequence).await.unwrap(), None);
    }
    let mut reader = log.reader(1, Vec::new());
    let expected = ["1..=2", "3", "4", "5..=5", "6", "7", "8", "9..=9", "10"];
    assert_eq!(outline(&read_to(&mut reader, 10).await), expected);
    let got = log.get_many(&[10, 9, 3]).await.unwrap();
    let got: Vec<Option<u64>> =
        got.into_iter().map(|stored| stored.map(|stored| stored.sequence)).collect();
    assert_eq!(got, [Some(10), None, Some(3)]);
}

/// The watchdog finds what no later message would reveal.
#[tokio::test]
async fn deleted_messages_at_the_end_are_a_gap_too() {
    let (_server, log) = fresh_log().await;
    fill(&log, 3).await;
    log.delete(2).await.unwrap();
    log.delete(3).await.unwrap();
    let mut reader = log.reader(1, Vec::new());
    assert_eq!(outline(&read_to(&mut reader, 3).await), ["1", "2..=3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_survives_kills_of_the_server() {
    let (mut server, log) = fresh_log().await;
    fill(&log, 20_000).await;
    let mut reader = log.reader(1, Vec::new());
    let mut read = reader.next_batch(100, Duration::from_secs(10)).await.unwrap();
    server.kill();
    server.start_again();
    read.extend(read_to(&mut reader, 20_000).await);
    server.kill();
    server.start_again();
    let writer = connect(&server).await;
    fill(&writer, 100).await;
    read.extend(read_to(&mut reader, 20_100).await);
    let expected: Vec<String> = (1..=20_100).map(|sequence: u64| sequence.to_string()).collect();
    assert_eq!(outline(&read), expected);
}

/// A consumer that disappears while the connection stays.
#[tokio::test]
async fn a_reader_survives_the_loss_of_its_consumer() {
    let (server, log) = fresh_log().await;
    fill(&log, 10).await;
    let mut reader = log.reader(1, Vec::new());
    read_to(&mut reader, 10).await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let names = client.request("$JS.API.CONSUMER.NAMES.CAREHUB", "".into()).await.unwrap();
    let names: serde_json::Value = serde_json::from_slice(&names.payload).unwrap();
    let name = names["consumers"][0].as_str().unwrap().to_owned();
    client.request(format!("$JS.API.CONSUMER.DELETE.CAREHUB.{name}"), "".into()).await.unwrap();
    fill(&log, 10).await;
    assert_eq!(read_to(&mut reader, 20).await.len(), 10);
}

#[tokio::test]
async fn the_last_of_a_subject_is_found() {
    let (_server, log) = fresh_log().await;
    assert_eq!(log.last_for_subject(SUBJECT).await.unwrap(), None);
    fill(&log, 3).await;
    log.publish("carehub.control.tick.1", "x".into()).await.unwrap();
    assert_eq!(log.last_for_subject(SUBJECT).await.unwrap().unwrap().sequence, 3);
    for (filter, expected) in
        [("carehub.concern.*.*", 3), ("carehub.control.tick.*", 4), ("carehub.>", 4)]
    {
        let last = log.last_for_subject(filter).await.unwrap().unwrap();
        assert_eq!(last.sequence, expected, "{filter}");
    }
}
