//! Replacing a table by one that is built beside it, safe against a crash at every point.
//!
//! The directories, for a table in `D`:
//!
//! 1. `D.building` is filled; a crash leaves it, and the next opening drops it.
//! 2. `D.building` becomes `D.ready`: from here on the replacement is what counts.
//! 3. `D` becomes `D.old`, 4. `D.ready` becomes `D`, 5. `D.old` is removed; a crash at any of
//!    these is finished at the next opening.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::{self, DirectoryLock, beside};
use super::open::open_locked;
use super::{OpenError, Table, TableError, TableOptions};

const BUILDING: &str = ".building";
const READY: &str = ".ready";
const OLD: &str = ".old";

/// Why a table was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// A clone of the live or of the new table is still in use, so it cannot be closed.
    #[error("the table in {} is still in use", directory.display())]
    StillUsed {
        /// The directory of the table.
        directory: PathBuf,
    },
    /// The new table is for another directory than the live one.
    #[error("the replacement is for {}, not for {}", wanted.display(), found.display())]
    OtherTable {
        /// The directory that the replacement was begun for.
        wanted: PathBuf,
        /// The directory of the table that was given.
        found: PathBuf,
    },
    /// The new table could not be brought to the disk.
    #[error("the new table cannot be finished")]
    Finish(#[source] TableError),
    /// A directory could not be moved or removed. Opening the table again goes on from there.
    #[error("the directories of {} cannot be swapped", directory.display())]
    Swap {
        /// The live directory.
        directory: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A table could not be opened.
    #[error("a table cannot be opened")]
    Open(#[from] OpenError),
}

/// A new table that is being built beside a live one. Dropping it gives it up.
pub struct Replacement {
    table: Table,
    live: PathBuf,
    options: TableOptions,
    lock: Arc<DirectoryLock>,
}

impl Table {
    /// Begins an empty table beside this one, to take its place. This one can be used meanwhile.
    ///
    /// Only one may be begun at a time; an earlier one that was given up is removed.
    ///
    /// # Errors
    /// The directory beside it cannot be prepared.
    pub fn begin_replacement(&self) -> Result<Replacement, ReplaceError> {
        let live = self.0.directory.clone();
        let building = beside(&live, BUILDING);
        directory::remove(&building).map_err(swapping(&live))?;
        let lock = Arc::clone(&self.0.lock);
        let table = open_locked(&building, &self.0.options, Arc::clone(&lock))?;
        Ok(Replacement { table, live, options: self.0.options, lock })
    }
}

impl Replacement {
    /// The new table, to be filled.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Closes the live table, puts the new one in its place and opens it there.
    ///
    /// # Errors
    /// `StillUsed` when a clone of either table exists; nothing has changed then. After `Swap`,
    /// [`Table::open`] finishes the work.
    pub fn finish(self, live: Table) -> Result<Table, ReplaceError> {
        if live.0.directory != self.live {
            return Err(ReplaceError::OtherTable {
                wanted: self.live,
                found: live.0.directory.clone(),
            });
        }
        self.table.flush().map_err(ReplaceError::Finish)?;
        close(live)?;
        close(self.table)?;
        swap(&self.live).map_err(swapping(&self.live))?;
        Ok(open_locked(&self.live, &self.options, self.lock)?)
    }
}

fn close(table: Table) -> Result<(), ReplaceError> {
    let directory = table.0.directory.clone();
    let still_used = || ReplaceError::StillUsed { directory: directory.clone() };
    // Dropping the last clone flushes and closes the database.
    drop(Arc::into_inner(table.0).ok_or_else(still_used)?);
    let closed = directory::wait_closed(&directory).map_err(swapping(&directory))?;
    if closed { Ok(()) } else { Err(still_used()) }
}

fn swapping(directory: &Path) -> impl Fn(io::Error) -> ReplaceError + '_ {
    move |source| ReplaceError::Swap { directory: directory.to_owned(), source }
}

fn swap(live: &Path) -> io::Result<()> {
    directory::rename(&beside(live, BUILDING), &beside(live, READY))?;
    recover(live)
}

/// Finishes or drops what a crash interrupted. The caller holds the directory's lock.
pub(super) fn recover(live: &Path) -> io::Result<()> {
    let (building, ready, old) = (beside(live, BUILDING), beside(live, READY), beside(live, OLD));
    directory::remove(&building)?;
    if ready.try_exists()? {
        if live.try_exists()? {
            directory::remove(&old)?;
            directory::rename(live, &old)?;
        }
        directory::rename(&ready, live)?;
    }
    directory::remove(&old)
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;

    fn put(table: &Table, value: &str) {
        let mut batch = Batch::new();
        batch.put("which", value);
        table.apply(batch).unwrap();
        table.flush().unwrap();
    }

    fn which(table: &Table) -> String {
        String::from_utf8(table.get("which").unwrap().unwrap()).unwrap()
    }

    /// A live table and a filled one under `ending`, as a crash leaves them.
    fn crashed(root: &Path, live_ending: &str, new_ending: &str) -> PathBuf {
        let directory = root.join("table");
        for (ending, value) in [(live_ending, "live"), (new_ending, "new")] {
            let made = root.join(format!("made-{value}"));
            put(&Table::open(&made, &TableOptions::default()).unwrap(), value);
            directory::rename(&made, &beside(&directory, ending)).unwrap();
        }
        directory
    }

    #[track_caller]
    fn check(live_ending: &str, new_ending: &str, expected: &str) {
        let root = tempfile::tempdir().unwrap();
        let directory = crashed(root.path(), live_ending, new_ending);
        let table = Table::open(&directory, &TableOptions::default()).unwrap();
        assert_eq!(which(&table), expected);
        for ending in [BUILDING, READY, OLD] {
            assert!(!beside(&directory, ending).exists(), "{ending} is left");
        }
        // The recovered table takes part in the next replacement like any other.
        let replacement = table.begin_replacement().unwrap();
        put(replacement.table(), "next");
        assert_eq!(which(&replacement.finish(table).unwrap()), "next");
    }

    #[test]
    fn a_crash_while_building_keeps_the_live_table() {
        check("", BUILDING, "live");
    }

    #[test]
    fn a_crash_once_it_was_ready_takes_the_new_table() {
        check("", READY, "new");
    }

    #[test]
    fn a_crash_between_the_two_renames_takes_the_new_table() {
        check(OLD, READY, "new");
    }

    #[test]
    fn a_crash_before_the_old_one_was_removed_keeps_the_new_table() {
        check(OLD, "", "new");
    }

    #[test]
    fn a_crash_while_an_even_older_one_was_removed_takes_the_new_table() {
        let root = tempfile::tempdir().unwrap();
        let directory = crashed(root.path(), "", READY);
        std::fs::create_dir(beside(&directory, OLD)).unwrap();
        std::fs::write(beside(&directory, OLD).join("half"), b"removed").unwrap();
        assert_eq!(which(&Table::open(&directory, &TableOptions::default()).unwrap()), "new");
    }

    #[test]
    fn a_replacement_leaves_the_live_table_alone_until_it_is_finished() {
        let root = tempfile::tempdir().unwrap();
        let table = Table::open(&root.path().join("table"), &TableOptions::default()).unwrap();
        put(&table, "live");
        drop(table.begin_replacement().unwrap());
        let replacement = table.begin_replacement().unwrap();
        put(replacement.table(), "new");
        assert_eq!(which(&table), "live");
        let table = replacement.finish(table).unwrap();
        assert_eq!(which(&table), "new");
        drop(table);
        assert_eq!(
            which(&Table::open(&root.path().join("table"), &TableOptions::default()).unwrap()),
            "new"
        );
    }

    #[test]
    fn a_table_that_somebody_still_reads_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let table = Table::open(&root.path().join("table"), &TableOptions::default()).unwrap();
        put(&table, "live");
        let reader = table.clone();
        let replacement = table.begin_replacement().unwrap();
        assert!(matches!(replacement.finish(table), Err(ReplaceError::StillUsed { .. })));
        assert_eq!(which(&reader), "live");
    }
}
