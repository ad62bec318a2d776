//! Reading a log in memory, with the gaps and the waiting of the real one.

use std::time::Duration;

use tokio::sync::watch;

use super::subject::matches;
use super::{MemoryLog, Read};

/// Reads a [`MemoryLog`] in order.
pub(super) struct MemoryReader {
    log: MemoryLog,
    filters: Vec<String>,
    next: u64,
    last: watch::Receiver<u64>,
}

impl MemoryReader {
    pub(super) fn new(log: MemoryLog, from_sequence: u64, filters: Vec<String>) -> Self {
        let last = log.follow();
        Self { log, filters, next: from_sequence.max(1), last }
    }

    pub(super) async fn next_batch(&mut self, max: usize, wait: Duration) -> Vec<Read> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let batch = self.take(max);
            if !batch.is_empty() || max == 0 {
                return batch;
            }
            let next = self.next;
            let more = self.last.wait_for(|last| *last >= next);
            if tokio::time::timeout_at(deadline, more).await.is_err() {
                return batch;
            }
        }
    }

    fn take(&mut self, max: usize) -> Vec<Read> {
        let (filters, next) = (&self.filters, &mut self.next);
        self.log.with_messages(|messages| {
            let mut batch = Vec::new();
            let mut missing_from = None;
            while batch.len() < max
                && let Some(message) =
                    usize::try_from(*next - 1).ok().and_then(|index| messages.get(index))
            {
                if let Some(stored) = message {
                    if let Some(from) = missing_from.take() {
                        batch.push(Read::Gap { from, to: *next - 1 });
                        if batch.len() == max {
                            return batch;
                        }
                    }
                    if filters.is_empty()
                        || filters.iter().any(|filter| matches(filter, &stored.subject))
                    {
                        batch.push(Read::Message(stored.clone()));
                    }
                } else if filters.is_empty() {
                    missing_from.get_or_insert(*next);
                }
                *next += 1;
            }
            if let Some(from) = missing_from {
                batch.push(Read::Gap { from, to: *next - 1 });
            }
            batch
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const A: &str = "carehub.concern.police.H-1";
    const B: &str = "carehub.concern.police.H-2";

    #[tokio::test]
    async fn gaps_come_before_what_follows_them_and_one_batch_is_never_too_long() {
        let log = MemoryLog::new();
        log.set_time(7);
        for _ in 0..5 {
            log.publish(A, Bytes::new()).unwrap();
        }
        for deleted in [1, 2, 5] {
            log.delete(deleted);
        }
        for max in 1..6 {
            let mut reader = MemoryReader::new(log.clone(), 1, Vec::new());
            let mut read = Vec::new();
            loop {
                let batch = reader.next_batch(max, Duration::ZERO).await;
                assert!(batch.len() <= max);
                if batch.is_empty() {
                    break;
                }
                read.extend(batch);
            }
            let message = |sequence| Read::Message(log.get(sequence).unwrap());
            let expected = vec![
                Read::Gap { from: 1, to: 2 },
                message(3),
                message(4),
                Read::Gap { from: 5, to: 5 },
            ];
            assert_eq!(read, expected, "max {max}");
            assert_eq!(log.get(3).unwrap().time, 7);
        }
    }

    #[tokio::test]
    async fn a_reader_wakes_when_something_is_published() {
        let log = MemoryLog::new();
        let mut reader = MemoryReader::new(log.clone(), 1, vec!["carehub.concern.*.H-2".into()]);
        let reading =
            tokio::spawn(async move { reader.next_batch(9, Duration::from_secs(10)).await });
        log.publish(A, Bytes::new()).unwrap();
        log.publish(B, Bytes::new()).unwrap();
        assert_eq!(reading.await.unwrap(), [Read::Message(log.get(2).unwrap())]);
    }
}
