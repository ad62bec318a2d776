//! A log inside one process, for tests of what stands on the log. It keeps the promises of the
//! stream: one order, no re-used sequences, gaps after deletion, one message on a taken subject.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::watch;

use super::subject::matches;
use super::{AUDIT, Kept, LOG, Once, Stored, StreamIdentity, StreamState};
use crate::wire::{PublishAllError, PublishError, RequestError};

/// A log in memory; clones share it.
#[derive(Clone)]
pub struct MemoryLog(Arc<Inner>);

struct Inner {
    kept: &'static Kept,
    /// The audit beside a log, made when it is first asked for.
    audit: OnceLock<MemoryLog>,
    state: Mutex<State>,
    /// The last sequence, so that readers wake.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// Sequence `n` is at `n - 1`; deleted ones are `None`.
    messages: Vec<Option<Stored>>,
    /// The newest message that is still there, by subject.
    newest: BTreeMap<String, u64>,
    consumers: BTreeMap<String, Vec<String>>,
    core: Vec<(String, Bytes)>,
    /// What the next message is stamped with; `None` follows the machine's clock.
    time: Option<i128>,
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryLog {
    /// As large as the shipped server configuration allows.
    pub const MAX_PAYLOAD: usize = 1_114_112;

    /// An empty log that stamps messages with the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::keeping(&LOG)
    }

    fn keeping(kept: &'static Kept) -> Self {
        Self(Arc::new(Inner {
            kept,
            audit: OnceLock::new(),
            state: Mutex::default(),
            last: watch::Sender::new(0),
        }))
    }

    /// The audit beside this log, see [`super::Log::audit`].
    #[must_use]
    pub fn audit(&self) -> Self {
        self.0.audit.get_or_init(|| Self::keeping(&AUDIT)).clone()
    }

    /// From now on messages are stamped with this time, in unix nanoseconds.
    pub fn set_time(&self, unix_nanos: i128) {
        self.state_mut().time = Some(unix_nanos);
    }

    /// What was published without being stored, in order.
    #[must_use]
    pub fn core_messages(&self) -> Vec<(String, Bytes)> {
        self.state_mut().core.clone()
    }

    /// Every message that is there, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Stored> {
        self.state_mut().messages.iter().flatten().cloned().collect()
    }

    /// The filters of a durable consumer.
    #[must_use]
    pub fn consumer_filters(&self, name: &str) -> Option<Vec<String>> {
        self.state_mut().consumers.get(name).cloned()
    }

    pub(super) fn publish(&self, subject: &str, payload: Bytes) -> Result<u64, PublishError> {
        accepted(self.0.kept, subject, payload.len())?;
        let mut state = self.state_mut();
        Ok(self.append(&mut state, subject, payload))
    }

    pub(super) fn publish_all(
        &self,
        messages: impl Iterator<Item = (String, Bytes)>,
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<u64>, PublishAllError> {
        let mut sequences = Vec::new();
        for (index, (subject, payload)) in messages.enumerate() {
            match self.publish(&subject, payload) {
                Ok(sequence) => sequences.push(sequence),
                Err(source) => {
                    let stored = sequences.into_iter().enumerate().collect();
                    return Err(PublishAllError { index, stored, source });
                }
            }
            progress(sequences.len());
        }
        Ok(sequences)
    }

    pub(super) fn publish_once(&self, subject: &str, payload: Bytes) -> Result<Once, PublishError> {
        accepted(self.0.kept, subject, payload.len())?;
        let mut state = self.state_mut();
        let present = state.newest.get(subject).and_then(|sequence| state.at(*sequence));
        Ok(match present {
            Some(stored) if stored.payload == payload => Once::AlreadySame(stored.sequence),
            Some(stored) => Once::AlreadyDifferent(stored.sequence),
            None => Once::Stored(self.append(&mut state, subject, payload)),
        })
    }

    pub(super) fn get(&self, sequence: u64) -> Option<Stored> {
        self.state_mut().at(sequence).cloned()
    }

    pub(super) fn last_for_subject(&self, subject: &str) -> Option<Stored> {
        let state = self.state_mut();
        let newest = state
            .newest
            .iter()
            .filter(|(other, _)| matches(subject, other))
            .map(|(_, sequence)| *sequence);
        newest.max().and_then(|sequence| state.at(sequence)).cloned()
    }

    pub(super) fn delete(&self, sequence: u64) -> bool {
        if !self.0.kept.erasable {
            return false;
        }
        let mut state = self.state_mut();
        let deleted =
            index(sequence).and_then(|index| state.messages.get_mut(index)).and_then(Option::take);
        let Some(deleted) = deleted else { return false };
        if state.newest.get(&deleted.subject) == Some(&sequence) {
            let older = state
                .messages
                .iter()
                .flatten()
                .rev()
                .find(|stored| stored.subject == deleted.subject);
            match older.map(|stored| stored.sequence) {
                Some(older) => state.newest.insert(deleted.subject, older),
                None => state.newest.remove(&deleted.subject),
            };
        }
        true
    }

    pub(super) fn identity(&self) -> StreamIdentity {
        StreamIdentity {
            name: self.0.kept.name.to_owned(),
            created: format!("in memory at {:p}", Arc::as_ptr(&self.0)),
        }
    }

    pub(super) fn state(&self) -> StreamState {
        let state = self.state_mut();
        let present = || state.messages.iter().flatten();
        let last = state.messages.len() as u64;
        StreamState {
            // Like the server's: with everything deleted, what comes next would be the first.
            first: present()
                .next()
                .map_or(if last == 0 { 0 } else { last + 1 }, |stored| stored.sequence),
            last,
            messages: present().count() as u64,
            bytes: present().map(|stored| stored.payload.len() as u64).sum(),
        }
    }

    pub(super) fn ensure_consumer(&self, name: &str, filters: Vec<String>) {
        self.state_mut().consumers.insert(name.to_owned(), filters);
    }

    pub(super) fn consumers(&self) -> Vec<String> {
        self.state_mut().consumers.keys().cloned().collect()
    }

    pub(super) fn delete_consumer(&self, name: &str) -> bool {
        self.state_mut().consumers.remove(name).is_some()
    }

    pub(super) fn publish_core(&self, subject: &str, payload: Bytes) {
        self.state_mut().core.push((subject.to_owned(), payload));
    }

    /// Follows the last sequence.
    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.0.last.subscribe()
    }

    /// Lets `look` at every message, the first at index 0 and deleted ones as `None`.
    pub(super) fn with_messages<T>(&self, look: impl FnOnce(&[Option<Stored>]) -> T) -> T {
        look(&self.state_mut().messages)
    }

    fn append(&self, state: &mut State, subject: &str, payload: Bytes) -> u64 {
        let sequence = state.messages.len() as u64 + 1;
        let time = state.time.unwrap_or_else(now);
        let subject = subject.to_owned();
        let headers = Vec::new();
        let stored = Stored { sequence, time, subject: subject.clone(), headers, payload };
        state.messages.push(Some(stored));
        state.newest.insert(subject, sequence);
        self.0.last.send_replace(sequence);
        sequence
    }

    fn state_mut(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn at(&self, sequence: u64) -> Option<&Stored> {
        index(sequence).and_then(|index| self.messages.get(index)).and_then(Option::as_ref)
    }
}

fn index(sequence: u64) -> Option<usize> {
    sequence.checked_sub(1).and_then(|index| usize::try_from(index).ok())
}

fn now() -> i128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX))
}

/// Refuses what the stream would not store.
fn accepted(kept: &Kept, subject: &str, bytes: usize) -> Result<(), PublishError> {
    let subject = subject.to_owned();
    if bytes > MemoryLog::MAX_PAYLOAD {
        let source = RequestError::TooLarge { subject: subject.clone(), bytes };
        return Err(PublishError::Failed { subject, source });
    }
    if subject.contains(['*', '>', ' ']) || subject.split('.').any(str::is_empty) {
        let source = RequestError::BadSubject { subject: subject.clone() };
        return Err(PublishError::Failed { subject, source });
    }
    if !kept.subjects.iter().any(|filter| matches(filter, &subject)) {
        let source = RequestError::NoResponders { subject: subject.clone() };
        return Err(PublishError::Unknown { subject, waited: Duration::ZERO, source });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "carehub.concern.police.H-1";

    #[test]
    fn a_subject_outside_the_stream_is_not_stored() {
        let log = MemoryLog::new();
        assert!(log.publish("carehub.receipt.police", Bytes::new()).is_err());
        assert!(log.publish("carehub.concern.*.H-1", Bytes::new()).is_err());
        assert_eq!(log.state().last, 0);
    }

    #[test]
    fn the_audit_is_another_stream_and_loses_nothing() {
        let log = MemoryLog::new();
        let audit = log.audit();
        assert!(audit.publish(A, Bytes::new()).is_err());
        let read = "carehub.audit.police.H-1.home-read";
        assert!(log.publish(read, Bytes::new()).is_err());
        assert_eq!(audit.publish(read, Bytes::new()).unwrap(), 1);
        assert!(!log.audit().delete(1));
        assert_eq!(log.audit().state().messages, 1);
        assert_eq!(log.state().messages, 0);
    }

    #[test]
    fn once_is_once_until_the_message_is_deleted() {
        let log = MemoryLog::new();
        let once = |payload: &'static str| log.publish_once(A, payload.into()).unwrap();
        assert_eq!(once("x"), Once::Stored(1));
        assert_eq!(once("x"), Once::AlreadySame(1));
        assert_eq!(once("y"), Once::AlreadyDifferent(1));
        assert!(log.delete(1));
        assert!(!log.delete(1));
        assert_eq!(once("y"), Once::Stored(2));
    }

    #[test]
    fn deleting_the_newest_uncovers_the_one_before() {
        let log = MemoryLog::new();
        log.publish(A, "1".into()).unwrap();
        log.publish(A, "2".into()).unwrap();
        log.delete(2);
        assert_eq!(log.last_for_subject(A).unwrap().sequence, 1);
    }
}
