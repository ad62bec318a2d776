//! The table's directory and its neighbours: the lock, and moving whole directories.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A path beside `directory`: the same name with an ending.
pub(super) fn beside(directory: &Path, ending: &str) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Held by one process for a directory and its neighbours. It lies beside the directory, so that
/// it stays while the directory is moved, and the system lets go of it when the process dies.
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock; `None` when another table, here or in another process, has it.
    pub(super) fn take(directory: &Path) -> io::Result<Option<Self>> {
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(directory, ".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// How long a database that was closed may take to let go of its files.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// The file that holds the database's pages, and that sled locks.
pub(super) fn pages(directory: &Path) -> PathBuf {
    directory.join("db")
}

/// Waits until no database has the directory's files open; `false` when one still has them.
///
/// sled's threads hold them for a moment after the last handle is dropped, and could still write
/// a snapshot into whatever is moved to this path.
pub(super) fn wait_closed(directory: &Path) -> io::Result<bool> {
    let file = match File::open(pages(directory)) {
        Ok(file) => file,
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(true);
        }
        Err(error) => return Err(error),
    };
    let deadline = Instant::now() + CLOSE_WITHIN;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Moves a directory and makes the move itself survive a power failure.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_parent(to)
}

/// Removes a directory with everything in it; one that is not there is no error.
pub(super) fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Somebody put a file where a directory belongs.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(directory),
        other => other,
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
