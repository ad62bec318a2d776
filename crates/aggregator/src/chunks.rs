//! Writes what messages changed to the table: in one atomic batch, or, where one message changed more
//! than a batch may hold, in chunks of bounded size (laws 2 and 4).
//!
//! The position advances with the last chunk. A cursor stands in the table from the first chunk to
//! the last, and whatever an early chunk overwrites is kept beside it until then. Where [`recover`]
//! finds a cursor, it puts the table back to its position, and the messages are decided again.

use std::collections::VecDeque;

use carehub_storage::table::{Batch, Table, TableError};
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::stored::{self, StoredError};

/// The smallest bound that lets every chunk make progress: a key, what it was, and the cursor.
const FEWEST_KEYS: usize = 4;

/// How far a step of several chunks is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The position that the table has when the step is stored whole.
    pub(crate) position: u64,
    /// How many keys of it are stored.
    pub(crate) stored: u64,
}

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The table failed.
    #[error("write the table")]
    Table(#[from] TableError),
    /// A value could not be stored, or what was stored is damaged.
    #[error("encode a value for the table")]
    Stored(#[from] StoredError),
}

/// A key with its new value, or to be removed.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// Everything that messages changed, each key once.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    /// New entries of the outbox. Their keys say at which position they were decided, so that they
    /// can stand in the table before the position does.
    outbox: VecDeque<(Vec<u8>, Vec<u8>)>,
    /// Everything else.
    changes: VecDeque<Change>,
}

impl Writes {
    /// Adds an entry to the outbox.
    pub(crate) fn wait(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.outbox.push_back((key, value));
    }

    /// Sets a key.
    pub(crate) fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.push_back((key.into(), Some(value.into())));
    }

    /// Removes a key.
    pub(crate) fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.changes.push_back((key.into(), None));
    }

    fn keys(&self) -> usize {
        self.outbox.len() + self.changes.len()
    }
}

/// The batches of a step, to be applied one after the other: after each of them the table is at the
/// step's beginning or at its end, once it is [recovered](recover).
pub(crate) struct Chunks {
    table: Table,
    writes: Writes,
    meta: Vec<u8>,
    cursor: Cursor,
    limit: usize,
    stage: Stage,
    /// Where what was overwritten is kept.
    kept: VecDeque<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The position is not stored yet.
    Before,
    /// It is; what was kept for the way back can go.
    After,
}

impl Chunks {
    /// The batches that bring `writes`, and with the last of them `meta`, which says that the table
    /// is at `position`. No batch has more than `limit` keys.
    pub(crate) fn new(
        table: &Table,
        writes: Writes,
        meta: Vec<u8>,
        position: u64,
        limit: usize,
    ) -> Self {
        Self {
            table: table.clone(),
            writes,
            meta,
            cursor: Cursor { position, stored: 0 },
            limit: limit.max(FEWEST_KEYS),
            stage: Stage::Before,
            kept: VecDeque::new(),
        }
    }

    /// The next batch to apply; none when everything is stored.
    ///
    /// # Errors
    /// The table cannot be read, or a value cannot be stored.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Batch>, WriteError> {
        match self.stage {
            // The position, and the end of the cursor where there is one.
            Stage::Before
                if self.writes.keys() + 1 + usize::from(self.is_begun()) <= self.limit =>
            {
                self.stage = Stage::After;
                Ok(Some(self.last()))
            }
            Stage::Before => self.early().map(Some),
            Stage::After => Ok(self.sweep()),
        }
    }

    /// Whether this step has more batches than one.
    pub(crate) fn is_begun(&self) -> bool {
        self.cursor.stored > 0
    }

    /// A batch before the last.
    fn early(&mut self) -> Result<Batch, WriteError> {
        let mut batch = Batch::new();
        let room = self.limit - 1;
        while batch.len() < room {
            let Some((key, value)) = self.writes.outbox.pop_front() else {
                break;
            };
            batch.put(key, value);
            self.cursor.stored += 1;
        }
        while batch.len() + 2 <= room {
            let Some((key, value)) = self.writes.changes.pop_front() else {
                break;
            };
            let was = keys::kept(&key);
            batch.put(&was, stored::encode(&self.table.get(&key)?)?);
            self.kept.push_back(was);
            change(&mut batch, key, value);
            self.cursor.stored += 1;
        }
        batch.put(keys::CURSOR, stored::encode(&self.cursor)?);
        Ok(batch)
    }

    /// The batch with the position.
    fn last(&mut self) -> Batch {
        let mut batch = Batch::new();
        if self.is_begun() {
            batch.remove(keys::CURSOR);
        }
        let Writes { outbox, changes } = std::mem::take(&mut self.writes);
        for (key, value) in outbox {
            batch.put(key, value);
        }
        for (key, value) in changes {
            change(&mut batch, key, value);
        }
        batch.put(keys::META, std::mem::take(&mut self.meta));
        batch
    }

    fn sweep(&mut self) -> Option<Batch> {
        let mut batch = Batch::new();
        for key in self.kept.drain(..self.limit.min(self.kept.len())) {
            batch.remove(key);
        }
        (!batch.is_empty()).then_some(batch)
    }
}

fn change(batch: &mut Batch, key: Vec<u8>, value: Option<Vec<u8>>) {
    match value {
        Some(value) => batch.put(key, value),
        None => batch.remove(key),
    }
}

/// Puts a table at `position` right whose writer was stopped between two chunks: nothing of what was
/// decided beyond the position is left in it. Can be stopped itself at any moment. Returns the step
/// that was under way.
///
/// # Errors
/// The table failed, or what was kept in it is damaged.
pub(crate) fn recover(table: &Table, position: u64) -> Result<Option<Cursor>, WriteError> {
    let cursor = match table.get(keys::CURSOR)? {
        Some(value) => Some(stored::decode::<Cursor>(&value)?),
        None => None,
    };
    loop {
        let mut batch = Batch::new();
        for entry in table.scan(keys::KEPT).take(RECOVERED_AT_ONCE) {
            let (was, value) = entry?;
            if cursor.is_some() {
                let key = was.get(keys::KEPT.len()..).unwrap_or_default().to_vec();
                change(&mut batch, key, stored::decode(&value)?);
            }
            batch.remove(was);
        }
        if batch.is_empty() {
            break;
        }
        table.apply(batch)?;
    }
    if cursor.is_none() {
        return Ok(None);
    }
    let beyond = keys::outbox(position.saturating_add(1), 0);
    loop {
        let mut batch = Batch::new();
        for entry in table.range(beyond.as_slice()..keys::OUTBOX_END).take(RECOVERED_AT_ONCE) {
            batch.remove(entry?.0);
        }
        if batch.is_empty() {
            break;
        }
        table.apply(batch)?;
    }
    // Last: until here, another start does all of it again.
    let mut batch = Batch::new();
    batch.remove(keys::CURSOR);
    table.apply(batch)?;
    Ok(cursor)
}

/// Entries put right in one batch. Nobody reads meanwhile: the hub is starting.
const RECOVERED_AT_ONCE: usize = 1_000;

#[cfg(test)]
mod tests;
