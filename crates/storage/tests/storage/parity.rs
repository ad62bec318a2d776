//! The log in memory does what the log on a server does.

use std::time::Duration;

use bytes::Bytes;
use carehub_storage::log::{Log, Read};

use crate::{SUBJECT, fresh_log};

/// Everything that a caller can see of one history, without times.
async fn told(log: &Log) -> Vec<String> {
    let mut told = Vec::new();
    let tick = "carehub.control.tick.1";
    told.push(format!("{:?}", log.state().await.unwrap().last));
    for (subject, payload) in [(SUBJECT, "a"), (tick, "b"), (SUBJECT, "c"), (SUBJECT, "d")] {
        told.push(format!("{:?}", log.publish(subject, payload.into()).await));
    }
    for payload in ["b", "other"] {
        told.push(format!("{:?}", log.publish_once(tick, payload.into()).await.unwrap()));
    }
    let many = vec![
        ("carehub.control.tick.2".to_owned(), Bytes::from("x")),
        (tick.to_owned(), Bytes::from("b")),
    ];
    told.push(format!("{:?}", log.publish_once_all(many).await.unwrap()));
    let all = [(SUBJECT.to_owned(), Bytes::from("y")), (SUBJECT.to_owned(), Bytes::from("z"))];
    told.push(format!("{:?}", log.publish_all(all, 10, |_| {}).await.unwrap()));
    for sequence in [1, 4, 6, 99] {
        told.push(format!("{:?}", log.delete(sequence).await.unwrap()));
        told.push(format!("{:?}", log.get(sequence).await.unwrap()));
    }
    told.push(format!(
        "{:?}",
        log.last_for_subject(SUBJECT).await.unwrap().map(|stored| stored.sequence)
    ));
    for filter in ["carehub.control.tick.*", "carehub.person.>"] {
        let last = log.last_for_subject(filter).await.unwrap();
        told.push(format!("{:?}", last.map(|stored| stored.sequence)));
    }
    let state = log.state().await.unwrap();
    told.push(format!("{} {} {}", state.first, state.last, state.messages));
    for filters in
        [Vec::new(), vec!["carehub.concern.*.*".to_owned()], vec!["carehub.control.>".to_owned()]]
    {
        let mut reader = log.reader(1, filters);
        loop {
            let batch = reader.next_batch(2, Duration::from_millis(300)).await.unwrap();
            if batch.is_empty() {
                break;
            }
            for read in batch {
                told.push(match read {
                    Read::Message(stored) => {
                        format!("{} {} {:?}", stored.sequence, stored.subject, stored.payload)
                    }
                    Read::Gap { from, to } => format!("gap {from} {to}"),
                });
            }
        }
    }
    told.push(format!("{:?}", log.publish(tick, vec![0; 1_200_000].into()).await));
    told.push(format!("{:?}", log.publish("carehub.control.*", Bytes::new()).await));
    told
}

#[tokio::test]
async fn memory_and_server_tell_the_same() {
    let (_server, log) = fresh_log().await;
    assert_eq!(told(&Log::in_memory()).await, told(&log).await);
}
