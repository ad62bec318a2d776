//! The table: one sorted map of keys to values on disk, written in atomic batches.
//!
//! It is a durable cache of what was folded from the log and may lose its tail or be thrown away
//! at any time. On any doubt a directory is set aside and a fresh one begun; the log fills it.

mod directory;
mod dump;
mod open;
mod replace;

use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directory::DirectoryLock;
pub use dump::Digest;
pub use open::{OpenError, Opened};
pub use replace::{ReplaceError, Replacement};

/// How a table uses memory and the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// Memory for cached pages, in bytes. Real memory is several times that.
    pub cache_bytes: u64,
    /// How often written batches are flushed to the disk; `None` only on [`Table::flush`].
    pub flush_every_ms: Option<u64>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024, flush_every_ms: Some(500) }
    }
}

/// The table could not do what it was asked. The directory is in doubt then.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Reading failed.
    #[error("the table cannot be read")]
    Read(#[source] std::io::Error),
    /// A batch was not written.
    #[error("a batch cannot be written to the table")]
    Apply(#[source] std::io::Error),
    /// What was written could not be brought to the disk.
    #[error("the table cannot be flushed")]
    Flush(#[source] std::io::Error),
}

/// Changes that become visible, and durable, together or not at all.
///
/// Keep batches short (hundreds to a few thousand keys) and each key in it once: applying one
/// stops every reader of the process.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    inner: sled::Batch,
    length: usize,
}

impl Batch {
    /// Without changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key. Of several changes to one key the last counts.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.inner.insert(key.as_ref(), value.as_ref());
        self.length += 1;
    }

    /// Removes a key; one that is not there is no error.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) {
        self.inner.remove(key.as_ref());
        self.length += 1;
    }

    /// How many changes were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// An open table; clones share it, and the last one to go closes it.
#[derive(Clone)]
pub struct Table(Arc<Inner>);

/// Fields are dropped in this order: the database is closed before the directory is given up.
struct Inner {
    db: sled::Db,
    directory: PathBuf,
    options: TableOptions,
    lock: Arc<DirectoryLock>,
}

impl Table {
    /// The value of a key.
    ///
    /// # Errors
    /// The disk cannot be read or holds what cannot be.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, TableError> {
        let value = self.0.db.get(key).map_err(|error| TableError::Read(io_error(error)))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Every entry whose key begins with `prefix`, sorted by key. Not a snapshot: a batch that is
    /// applied meanwhile may be seen in part.
    pub fn scan(&self, prefix: impl AsRef<[u8]>) -> Entries {
        Entries(Some(self.0.db.scan_prefix(prefix)))
    }

    /// Every entry whose key lies in a range, sorted by key; not a snapshot either.
    pub fn range<K: AsRef<[u8]>>(&self, range: impl RangeBounds<K>) -> Entries {
        let bound = |bound: Bound<&K>| bound.map(|key| key.as_ref().to_vec());
        let (start, end) = (bound(range.start_bound()), bound(range.end_bound()));
        // sled panics on a range that ends before it begins.
        let empty = match (&start, &end) {
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) => start >= end,
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        };
        Entries((!empty).then(|| self.0.db.range::<Vec<u8>, _>((start, end))))
    }

    /// Applies a batch atomically. It is durable after the next flush; a crash before that loses
    /// whole batches from the end.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub fn apply(&self, batch: Batch) -> Result<(), TableError> {
        self.0.db.apply_batch(batch.inner).map_err(|error| TableError::Apply(io_error(error)))
    }

    /// Brings everything applied so far to the disk; returns how many bytes were written.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub fn flush(&self) -> Result<usize, TableError> {
        self.0.db.flush().map_err(|error| TableError::Flush(io_error(error)))
    }

    /// The bytes that the directory takes on disk. Removed entries take space until the table is
    /// replaced.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub fn size_on_disk(&self) -> Result<u64, TableError> {
        self.0.db.size_on_disk().map_err(|error| TableError::Read(io_error(error)))
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }
}

/// Entries in the order of their keys, from either end.
pub struct Entries(Option<sled::Iter>);

impl Iterator for Entries {
    type Item = Result<Entry, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut().and_then(Iterator::next).map(entry)
    }
}

impl DoubleEndedIterator for Entries {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.as_mut().and_then(DoubleEndedIterator::next_back).map(entry)
    }
}

fn entry(found: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Entry, TableError> {
    found
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .map_err(|error| TableError::Read(io_error(error)))
}

/// No caller sees the database's own errors.
fn io_error(error: sled::Error) -> std::io::Error {
    match error {
        sled::Error::Io(error) => error,
        error @ (sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. }) => std::io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(directory: &tempfile::TempDir) -> Table {
        Table::open(&directory.path().join("table"), &TableOptions::default()).unwrap()
    }

    fn keys(entries: impl Iterator<Item = Result<Entry, TableError>>) -> Vec<Vec<u8>> {
        entries.map(|entry| entry.unwrap().0).collect()
    }

    #[test]
    fn what_was_put_is_found_sorted() {
        let directory = tempfile::tempdir().unwrap();
        let table = table(&directory);
        let mut batch = Batch::new();
        for key in ["b2", "a", "b1", "c", "b3"] {
            batch.put(key, key);
        }
        batch.remove("b3");
        assert_eq!(batch.len(), 6);
        table.apply(batch).unwrap();
        assert_eq!(table.get("b1").unwrap().unwrap(), b"b1");
        assert_eq!(table.get("b3").unwrap(), None);
        assert_eq!(keys(table.scan("b")), [b"b1", b"b2"]);
        assert_eq!(keys(table.scan("b").rev()), [b"b2", b"b1"]);
        assert_eq!(keys(table.range("b".."c")), [b"b1", b"b2"]);
        assert_eq!(keys(table.range("a"..="a")), [b"a"]);
        assert_eq!(keys(table.range::<&str>(..)).len(), 4);
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_empty() {
        let directory = tempfile::tempdir().unwrap();
        let table = table(&directory);
        let mut batch = Batch::new();
        batch.put("b", "");
        table.apply(batch).unwrap();
        let (low, high) = ("a", "c");
        assert!(keys(table.range(high..low)).is_empty());
        assert!(keys(table.range::<&str>((Bound::Excluded("b"), Bound::Excluded("b")))).is_empty());
    }

    #[test]
    fn what_was_flushed_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        {
            let table = table(&directory);
            let mut batch = Batch::new();
            batch.put("k", "v");
            table.apply(batch).unwrap();
            table.flush().unwrap();
            assert!(table.size_on_disk().unwrap() > 0);
        }
        assert_eq!(table(&directory).get("k").unwrap().unwrap(), b"v");
    }
}
