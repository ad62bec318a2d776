//! Figures for a first look, printed and not judged: `cargo test -p carehub-storage -- timing --nocapture`.

use std::time::{Duration, Instant};

use bytes::Bytes;

use carehub_storage::log::StreamSettings;

use crate::server::SYNC_ALWAYS;
use crate::{SUBJECT, Server, connect, fresh_log};

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn rate(count: usize, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn timing_of_publishing_and_reading() {
    const MESSAGES: usize = 100_000;
    let (_server, log) = fresh_log().await;
    let payload = Bytes::from(vec![b'x'; 784]);

    let since = Instant::now();
    let messages = (0..MESSAGES).map(|_| (SUBJECT.to_owned(), payload.clone()));
    log.publish_all(messages, 1_000, |_| {}).await.unwrap();
    eprintln!("publish_all, 1,000 in flight, sync by default: {:.0} /s", rate(MESSAGES, since));

    let since = Instant::now();
    let mut reader = log.reader(1, Vec::new());
    let mut read = 0;
    while read < MESSAGES {
        read += reader.next_batch(2_000, Duration::from_secs(10)).await.unwrap().len();
    }
    eprintln!("reader: {:.0} /s", rate(MESSAGES, since));

    let since = Instant::now();
    let sequences: Vec<u64> = (1..=10_000).map(|number| number * 7 % 99_991 + 1).collect();
    log.get_many(&sequences).await.unwrap();
    eprintln!("get_many: {:.0} /s", rate(sequences.len(), since));

    let since = Instant::now();
    for _ in 0..500 {
        log.publish(SUBJECT, payload.clone()).await.unwrap();
    }
    eprintln!("publish, one at a time: {:.2} ms", since.elapsed().as_secs_f64() * 2.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn timing_of_publishing_with_every_message_on_the_disk() {
    const MESSAGES: usize = 10_000;
    let server = Server::start_with(SYNC_ALWAYS);
    let log = connect(&server).await;
    log.ensure_stream(&StreamSettings::default()).await.unwrap();
    let payload = Bytes::from(vec![b'x'; 784]);

    let since = Instant::now();
    let messages = (0..MESSAGES).map(|_| (SUBJECT.to_owned(), payload.clone()));
    log.publish_all(messages, 256, |_| {}).await.unwrap();
    eprintln!("publish_all, 256 in flight, sync always: {:.0} /s", rate(MESSAGES, since));
}
