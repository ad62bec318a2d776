//! Opening a table, or setting aside a directory that is in doubt.
//!
//! sled can panic as well as fail on what a hard kill left behind, so both are caught.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::{self, DirectoryLock, beside};
use super::{Inner, Table, TableOptions, io_error, replace};

/// Why a table was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another table, here or in another process, has this directory open.
    #[error("{} is in use", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// What is in the directory is not a whole table.
    #[error("{} does not hold a readable table", directory.display())]
    Doubtful {
        /// The directory.
        directory: PathBuf,
        /// What the attempt met.
        #[source]
        source: io::Error,
    },
    /// The file system did not allow creating, locking or moving the directory.
    #[error("{} cannot be prepared", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A table that was opened, whatever it took.
pub struct Opened {
    /// The table.
    pub table: Table,
    /// Where the doubtful directory is now, and why; `None` when nothing was in doubt.
    pub set_aside: Option<(PathBuf, OpenError)>,
}

impl Table {
    /// Opens the table in `directory`, or begins one there. A replacement that was interrupted
    /// is finished or dropped first.
    ///
    /// # Errors
    /// See [`OpenError`]; after `Doubtful` the directory is untouched.
    pub fn open(directory: &Path, options: &TableOptions) -> Result<Self, OpenError> {
        let lock = lock(directory)?;
        replace::recover(directory).map_err(preparing(directory))?;
        open_locked(directory, options, lock)
    }

    /// Opens the table in `directory`; when it is in doubt, moves the directory to
    /// `<directory>.aside-<n>` (only the newest is kept) and begins a fresh one.
    ///
    /// # Errors
    /// In use, or the file system does not let the directory be moved.
    pub fn open_or_set_aside(
        directory: &Path,
        options: &TableOptions,
    ) -> Result<Opened, OpenError> {
        let doubt = match Self::open(directory, options) {
            Ok(table) => {
                return Ok(Opened { table, set_aside: None });
            }
            Err(doubt @ OpenError::Doubtful { .. }) => doubt,
            Err(other) => return Err(other),
        };
        let aside = Self::set_aside(directory)?;
        let table = Self::open(directory, options)?;
        Ok(Opened { table, set_aside: aside.map(|aside| (aside, doubt)) })
    }

    /// Moves a directory that is in doubt aside, for example because what is stored in it
    /// belongs to another log. Every table in it must have been dropped before.
    ///
    /// Returns where it is now; `None` when there was none. Earlier ones are removed.
    ///
    /// # Errors
    /// In use, or the file system does not let the directory be moved.
    pub fn set_aside(directory: &Path) -> Result<Option<PathBuf>, OpenError> {
        let _lock = lock(directory)?;
        let prepared = || -> io::Result<Option<PathBuf>> {
            if !directory.try_exists()? {
                return Ok(None);
            }
            let earlier = set_aside_before(directory)?;
            let number = earlier.iter().map(|(number, _)| number + 1).max().unwrap_or(1);
            let aside = beside(directory, &format!(".aside-{number}"));
            directory::rename(directory, &aside)?;
            for (_, path) in earlier {
                directory::remove(&path)?;
            }
            Ok(Some(aside))
        };
        prepared().map_err(preparing(directory))
    }
}

/// Opens without taking the lock or looking after interrupted replacements.
pub(super) fn open_locked(
    directory: &Path,
    options: &TableOptions,
    lock: Arc<DirectoryLock>,
) -> Result<Table, OpenError> {
    let doubtful = |source| OpenError::Doubtful { directory: directory.to_owned(), source };
    let held = fs::metadata(directory::pages(directory)).is_ok_and(|pages| pages.len() > 0);
    let open = || -> sled::Result<sled::Db> {
        let db = sled::Config::new()
            .path(directory)
            .cache_capacity(options.cache_bytes)
            .flush_every_ms(options.flush_every_ms)
            .use_compression(false)
            .open()?;
        // The ends of the tree are read so that a damaged one is found here and not later.
        db.first()?;
        db.last()?;
        Ok(db)
    };
    // Nothing of an attempt that panicked is used afterwards.
    match catch_unwind(AssertUnwindSafe(open)) {
        // sled takes what it cannot read for the end of what was written, and begins anew.
        Ok(Ok(db)) if held && !db.was_recovered() => {
            drop(db);
            directory::wait_closed(directory).map_err(preparing(directory))?;
            Err(doubtful(io::Error::other("nothing of what it held could be recovered")))
        }
        Ok(Ok(db)) => Ok(Table(Arc::new(Inner {
            db,
            directory: directory.to_owned(),
            options: *options,
            lock,
        }))),
        Ok(Err(error)) => Err(doubtful(io_error(error))),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or(panic.downcast_ref::<&str>().copied());
            Err(doubtful(io::Error::other(format!(
                "panicked: {}",
                text.unwrap_or("without a message")
            ))))
        }
    }
}

fn lock(directory: &Path) -> Result<Arc<DirectoryLock>, OpenError> {
    let in_use = || OpenError::InUse { directory: directory.to_owned() };
    let lock = DirectoryLock::take(directory).map_err(preparing(directory))?.ok_or_else(in_use)?;
    let closed = directory::wait_closed(directory).map_err(preparing(directory))?;
    if closed { Ok(Arc::new(lock)) } else { Err(in_use()) }
}

fn preparing(directory: &Path) -> impl Fn(io::Error) -> OpenError + '_ {
    move |source| OpenError::Directory { directory: directory.to_owned(), source }
}

/// Directories that were set aside before, with their numbers.
fn set_aside_before(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let (Some(parent), Some(name)) =
        (directory.parent(), directory.file_name().and_then(|name| name.to_str()))
    else {
        return Ok(Vec::new());
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let begin = format!("{name}.aside-");
    let mut found = Vec::new();
    for neighbour in parent.read_dir()? {
        let neighbour = neighbour?;
        let number = neighbour
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(&begin))
            .and_then(|number| number.parse().ok());
        if let Some(number) = number {
            found.push((number, neighbour.path()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;

    fn options() -> TableOptions {
        TableOptions::default()
    }

    fn filled(directory: &Path) {
        let table = Table::open(directory, &options()).unwrap();
        for round in 0..20_u32 {
            let mut batch = Batch::new();
            for key in 0..100_u32 {
                batch.put(key.to_be_bytes(), [round.to_be_bytes(); 50].concat());
            }
            table.apply(batch).unwrap();
        }
        table.flush().unwrap();
    }

    #[track_caller]
    fn check_set_aside(directory: &Path) {
        let opened = Table::open_or_set_aside(directory, &options()).unwrap();
        let (aside, doubt) = opened.set_aside.unwrap();
        assert!(matches!(doubt, OpenError::Doubtful { .. }));
        assert!(aside.exists());
        assert_eq!(opened.table.scan("").count(), 0);
    }

    #[test]
    fn a_whole_table_is_not_set_aside() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("table");
        filled(&directory);
        let opened = Table::open_or_set_aside(&directory, &options()).unwrap();
        assert!(opened.set_aside.is_none());
        assert_eq!(opened.table.scan("").count(), 100);
    }

    #[test]
    fn garbage_instead_of_a_table_is_set_aside_and_only_the_newest_kept() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("table");
        for _ in 0..3 {
            directory::remove(&directory).unwrap();
            fs::create_dir(&directory).unwrap();
            fs::write(directory.join("conf"), b"garbage").unwrap();
            fs::write(directory.join("db"), vec![0xA5; 100_000]).unwrap();
            check_set_aside(&directory);
        }
        let kept = set_aside_before(&directory).unwrap();
        assert_eq!(kept.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_file_instead_of_a_directory_is_set_aside() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("table");
        fs::write(&directory, b"garbage").unwrap();
        check_set_aside(&directory);
    }

    #[test]
    fn a_damaged_configuration_is_set_aside() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("table");
        filled(&directory);
        fs::write(directory.join("conf"), [0xA5; 100]).unwrap();
        check_set_aside(&directory);
    }

    #[test]
    fn a_table_in_use_is_never_set_aside() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("table");
        let table = Table::open(&directory, &options()).unwrap();
        assert!(matches!(Table::open(&directory, &options()), Err(OpenError::InUse { .. })));
        assert!(matches!(
            Table::open_or_set_aside(&directory, &options()),
            Err(OpenError::InUse { .. })
        ));
        assert!(matches!(Table::set_aside(&directory), Err(OpenError::InUse { .. })));
        drop(table);
        assert!(Table::open(&directory, &options()).is_ok());
    }

    #[test]
    fn opening_after_dropping_works_every_time() {
        let root = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            filled(&root.path().join("table"));
        }
    }
}
