//! A directory that keeps events while the hub cannot be reached, in the order in which they were said.
//!
//! Segments are append-only NDJSON files `00000001.ndjson`, each line a subject and a payload as
//! text, so that a person can read what waits. `drained` names the first line that is not in the
//! log yet. Both are synced before the caller hears of success: what was accepted survives a crash
//! of the process or the machine, and what was drained is at worst sent twice with the same event
//! id, which the hub calls a duplicate.

mod segment;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use segment::Cursor;

/// The most that one segment holds before the next begins: small enough to be deleted often.
const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;

/// How much a spool holds unless told otherwise: some hundred thousand events.
pub const DEFAULT_LIMIT: u64 = 256 * 1024 * 1024;

/// Why the spool could not keep or give back an event.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The operating system refused an operation on a file.
    #[error("could not {operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process uses the directory.
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Keeping the event would exceed the limit: nothing of it was kept.
    #[error(
        "the spool holds {held} bytes and may hold {limit}: the event was not kept, try again when the hub is back"
    )]
    Full {
        /// The bytes that wait.
        held: u64,
        /// The most that may wait.
        limit: u64,
    },
    /// A line in the middle of a segment cannot be read; the file was changed by somebody else.
    #[error("{} is damaged at byte {offset}", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the line begins.
        offset: u64,
    },
    /// The payload is not UTF-8: no JSON is, so no hub would take it.
    #[error("an event that is not UTF-8 cannot be kept")]
    NotText,
}

/// An event as a line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    subject: String,
    payload: String,
}

/// An event that waits, and the place after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where it is to be published.
    pub subject: String,
    /// The message, byte for byte as it was given.
    pub payload: Bytes,
    after: Cursor,
}

/// The spool of one agency; the directory belongs to one process at a time.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    limit: u64,
    drained: Cursor,
    end: Cursor,
    held: u64,
    // Kept open: the lock on it ends with the process, however that ends.
    _lock: File,
}

fn at(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
    let path = path.to_owned();
    move |source| SpoolError::File { operation, path, source }
}

impl Spool {
    /// Opens the directory, making it if there is none; a line torn by a crash is cut off, since
    /// nobody was told that it had been kept.
    ///
    /// # Errors
    /// The directory cannot be used, or another process uses it.
    pub fn open(directory: &Path, limit: u64) -> Result<Self, SpoolError> {
        fs::create_dir_all(directory).map_err(at("make", directory))?;
        let lock_path = directory.join("lock");
        let lock = File::create(&lock_path).map_err(at("create", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(SpoolError::InUse { path: directory.to_owned() });
            }
            Err(fs::TryLockError::Error(source)) => return Err(at("lock", &lock_path)(source)),
        }
        let drained = segment::read_cursor(directory)?;
        let end = segment::repair(directory, drained)?;
        let drained = drained.min(end);
        // A crash may have come between the note that they are in the log and this.
        segment::wipe(directory, drained)?;
        let held = segment::bytes_between(directory, drained, end)?;
        Ok(Self { directory: directory.to_owned(), limit, drained, end, held, _lock: lock })
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// The bytes that wait.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.held
    }

    /// Keeps events behind those that wait already, all or none; returns when they are on the disk.
    ///
    /// # Errors
    /// The spool is full, or the disk refuses.
    pub fn keep<'a>(
        &mut self,
        events: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), SpoolError> {
        let mut text = Vec::new();
        for (subject, payload) in events {
            let payload = std::str::from_utf8(payload).map_err(|_| SpoolError::NotText)?;
            let line = Line { subject: subject.to_owned(), payload: payload.to_owned() };
            serde_json::to_writer(&mut text, &line)
                .map_err(|error| at("write", &self.directory)(error.into()))?;
            text.push(b'\n');
        }
        let more = text.len() as u64;
        if self.held + more > self.limit {
            return Err(SpoolError::Full { held: self.held, limit: self.limit });
        }
        if self.end.offset >= SEGMENT_BYTES {
            self.end = Cursor { segment: self.end.segment + 1, offset: 0 };
        }
        segment::append(&self.directory, self.end, &text)?;
        self.end.offset += more;
        self.held += more;
        Ok(())
    }

    /// The next events that wait, at most `most`, oldest first. They stay until [`Self::drained`].
    ///
    /// # Errors
    /// The disk refuses, or a segment was damaged.
    pub fn next(&self, most: usize) -> Result<Vec<Waiting>, SpoolError> {
        segment::read(&self.directory, self.drained, self.end, most)
    }

    /// Notes that everything up to and including `event` is in the log.
    ///
    /// # Errors
    /// The disk refuses; the events may be sent again.
    pub fn drained(&mut self, event: &Waiting) -> Result<(), SpoolError> {
        segment::write_cursor(&self.directory, event.after)?;
        for number in self.drained.segment..event.after.segment {
            segment::delete(&self.directory, number)?;
        }
        segment::wipe(&self.directory, event.after)?;
        self.drained = event.after;
        self.held = segment::bytes_between(&self.directory, self.drained, self.end)?;
        Ok(())
    }

    /// Moves an event that can never be sent into `refused.ndjson`, where a person finds it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn set_aside(&mut self, event: &Waiting) -> Result<(), SpoolError> {
        let payload = String::from_utf8_lossy(&event.payload).into_owned();
        let line = Line { subject: event.subject.clone(), payload };
        segment::append_refused(&self.directory, &line)?;
        self.drained(event)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn texts(spool: &Spool) -> Vec<String> {
        let waiting = spool.next(usize::MAX).unwrap();
        waiting.iter().map(|event| String::from_utf8(event.payload.to_vec()).unwrap()).collect()
    }

    fn keep(spool: &mut Spool, payloads: &[&str]) {
        spool
            .keep(payloads.iter().map(|payload| ("carehub.concern.police.h", payload.as_bytes())))
            .unwrap();
    }

    #[test]
    fn what_waits_comes_back_in_order_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        keep(&mut spool, &["{\"a\": 1}", "{\"b\":\n2}"]);
        keep(&mut spool, &["{\"c\":\"é\"}"]);
        drop(spool);
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert_eq!(texts(&spool), ["{\"a\": 1}", "{\"b\":\n2}", "{\"c\":\"é\"}"]);
        let first = spool.next(2).unwrap().pop().unwrap();
        spool.drained(&first).unwrap();
        drop(spool);
        let spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert_eq!(texts(&spool), ["{\"c\":\"é\"}"]);
        assert!(!spool.is_empty());
    }

    #[test]
    fn what_is_in_the_log_is_nowhere_in_the_directory() {
        let home = tempfile::tempdir().unwrap();
        let found = |text: &str| {
            let files = fs::read_dir(home.path()).unwrap();
            files
                .map(|file| fs::read(file.unwrap().path()).unwrap())
                .any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        };
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        keep(&mut spool, &["{\"a\":\"heron\"}", "{\"b\":\"plover\"}"]);
        assert!(found("heron") && found("plover"));
        let first = spool.next(1).unwrap().remove(0);
        // As after a crash between the two: the next start catches up.
        segment::write_cursor(&spool.directory, first.after).unwrap();
        drop(spool);
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert!(!found("heron"));
        assert_eq!(texts(&spool), ["{\"b\":\"plover\"}"]);
        let second = spool.next(1).unwrap().remove(0);
        spool.drained(&second).unwrap();
        assert!(!found("plover"));
        keep(&mut spool, &["{\"c\":1}"]);
        drop(spool);
        let spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert_eq!(texts(&spool), ["{\"c\":1}"]);
    }

    #[test]
    fn a_crash_at_any_byte_of_an_append_loses_nothing_that_was_accepted() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        keep(&mut spool, &["{\"kept\":1}"]);
        drop(spool);
        let path = home.path().join("00000001.ndjson");
        let whole = fs::read(&path).unwrap();
        for torn in 1..whole.len() {
            let mut file = File::create(&path).unwrap();
            file.write_all(&whole).unwrap();
            file.write_all(&whole[..torn]).unwrap();
            drop(file);
            let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
            assert_eq!(texts(&spool), ["{\"kept\":1}"], "torn after {torn} bytes");
            keep(&mut spool, &["{\"next\":2}"]);
            assert_eq!(texts(&spool), ["{\"kept\":1}", "{\"next\":2}"], "torn after {torn} bytes");
        }
    }

    #[test]
    fn a_full_spool_refuses_and_keeps_nothing_of_it() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path(), 150).unwrap();
        keep(&mut spool, &["{\"a\":1}"]);
        let more = ["{\"b\":2}", "{\"c\":3}", "{\"d\":4}"];
        let refused =
            spool.keep(more.iter().map(|payload| ("carehub.concern.police.h", payload.as_bytes())));
        assert!(matches!(refused, Err(SpoolError::Full { limit: 150, .. })));
        assert_eq!(texts(&spool), ["{\"a\":1}"]);
        let first = spool.next(1).unwrap().remove(0);
        spool.drained(&first).unwrap();
        assert!(spool.is_empty());
        keep(&mut spool, &["{\"b\":2}"]);
    }

    #[test]
    fn segments_roll_over_and_are_deleted_when_they_are_drained() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        let large = format!("{{\"text\":\"{}\"}}", "x".repeat(1_500_000));
        for _ in 0..7 {
            keep(&mut spool, &[&large]);
        }
        assert!(home.path().join("00000003.ndjson").exists());
        let mut sent = 0;
        while let Some(event) = spool.next(1).unwrap().pop() {
            assert_eq!(event.payload.len(), large.len());
            spool.drained(&event).unwrap();
            sent += 1;
        }
        assert_eq!(sent, 7);
        assert!(!home.path().join("00000001.ndjson").exists());
        assert!(spool.is_empty());
    }

    #[test]
    fn a_directory_belongs_to_one_process_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let _first = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert!(matches!(Spool::open(home.path(), DEFAULT_LIMIT), Err(SpoolError::InUse { .. })));
    }

    #[test]
    fn a_line_that_somebody_changed_is_an_error_and_not_skipped() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        keep(&mut spool, &["{\"a\":1}", "{\"b\":2}"]);
        drop(spool);
        let path = home.path().join("00000001.ndjson");
        let text = fs::read_to_string(&path).unwrap().replacen('{', "(", 1);
        fs::write(&path, text).unwrap();
        let spool = Spool::open(home.path(), DEFAULT_LIMIT).unwrap();
        assert!(matches!(spool.next(1), Err(SpoolError::Damaged { offset: 0, .. })));
    }
}
