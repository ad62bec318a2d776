//! The one file of accounts, sessions and tokens (law 10): a JSON document that is replaced whole.
//!
//! A change takes a lock, reads the file, changes the document, writes it beside the old one, syncs it and
//! renames it over the old one: whoever reads sees the old file or the new one, also after a power cut. The
//! hub and the command line change it at the same time. A county's document is far below a megabyte.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::document::{Document, VERSION};

/// Why the accounts file could not be read or changed. Nobody is let in meanwhile.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system said no.
    #[error("{does} the accounts file {path}")]
    Io {
        /// What was done.
        does: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error("the accounts file {0} may be read by others: chmod 600")]
    Open(PathBuf),
    /// It is no document of accounts. It may hold names, so what is wrong is not repeated.
    #[error("the accounts file {path} is damaged at line {line}: bring it back from a backup")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// In which line.
        line: usize,
    },
    /// Another build wrote it.
    #[error(
        "the accounts file {path} has version {version}, and this build reads version {VERSION}"
    )]
    Version {
        /// Where.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

/// The file, and its document as it was read last.
#[derive(Debug)]
pub(crate) struct AccountsFile {
    path: PathBuf,
    read: RwLock<Option<(Stamp, Arc<Document>)>>,
}

/// Another stamp means that the file was replaced: a rename brings another inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    changed: (i64, i64),
    size: u64,
}

impl AccountsFile {
    /// Opens the file in a directory, or makes both. The file must be readable.
    pub(crate) fn open(dir: &Path) -> Result<Self, FileError> {
        let path = dir.join("accounts.json");
        let io = |does| io_error(does, &path);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(io("make the folder of"))?;
        let file = Self { path: path.clone(), read: RwLock::new(None) };
        let _lock = file.lock()?;
        // A lost file is not made again while the hub runs: everybody would be locked out unnoticed.
        if !path.try_exists().map_err(io("find"))? {
            file.replace(&Document::default())?;
        }
        file.read()?;
        Ok(file)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The document as it stands.
    pub(crate) fn read(&self) -> Result<Arc<Document>, FileError> {
        let stamp = self.stamp()?;
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, document)) = known.filter(|(at, _)| *at == stamp) {
            return Ok(document);
        }
        let mut text = String::new();
        let mut file = File::open(&self.path).map_err(io_error("open", &self.path))?;
        let metadata = file.metadata().map_err(io_error("look at", &self.path))?;
        if metadata.mode() & 0o077 != 0 {
            return Err(FileError::Open(self.path.clone()));
        }
        file.read_to_string(&mut text).map_err(io_error("read", &self.path))?;
        let document: Document = serde_json::from_str(&text)
            .map_err(|error| FileError::Damaged { path: self.path.clone(), line: error.line() })?;
        if document.version != VERSION {
            return Err(FileError::Version { path: self.path.clone(), version: document.version });
        }
        let document = Arc::new(document);
        // The stamp of what was opened: it may have been replaced since the first look.
        let read = Some((Stamp::of(&metadata), Arc::clone(&document)));
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(document)
    }

    /// Changes the document. When the change fails, nothing is written.
    pub(crate) fn change<T, E: From<FileError>>(
        &self,
        change: impl FnOnce(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = self.lock()?;
        let mut document = Document::clone(&*self.read()?);
        let outcome = change(&mut document)?;
        self.replace(&document)?;
        Ok(outcome)
    }

    /// A lock on a file of its own: the document's own file is another one after each change.
    fn lock(&self) -> Result<File, FileError> {
        let path = self.path.with_extension("lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(io_error("lock", &self.path))?;
        file.lock().map_err(io_error("lock", &self.path))?;
        Ok(file)
    }

    fn replace(&self, document: &Document) -> Result<(), FileError> {
        let new = self.path.with_extension("new");
        let written = || -> io::Result<()> {
            // What a crash left behind may have other permissions.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut file =
                OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new)?;
            let mut text = serde_json::to_vec_pretty(document)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &self.path)?;
            // Without this the rename itself may be lost.
            let dir = self.path.parent().unwrap_or(Path::new("."));
            File::open(dir)?.sync_all()
        };
        written().map_err(io_error("write", &self.path))
    }

    fn stamp(&self) -> Result<Stamp, FileError> {
        let metadata = fs::metadata(&self.path).map_err(io_error("find", &self.path))?;
        Ok(Stamp::of(&metadata))
    }
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.size(),
        }
    }
}

fn io_error(does: &'static str, path: &Path) -> impl Fn(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { does, path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use carehub_domain::{BodyId, PersonId};

    use super::*;
    use crate::Rights;
    use crate::document::{Account, SignsIn};

    fn add(file: &AccountsFile, person: &str) {
        let account = Account {
            agency: BodyId::new("police").unwrap(),
            name: person.to_owned(),
            rights: Rights::default(),
            disabled: false,
            signs_in: SignsIn::Password(String::new()),
            mail: None,
        };
        let person = PersonId::new(person).unwrap();
        let changed: Result<_, FileError> = file.change(|document| {
            document.accounts.insert(person, account);
            Ok(())
        });
        changed.unwrap();
    }

    #[test]
    fn what_one_process_writes_another_reads_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) =
            (AccountsFile::open(dir.path()).unwrap(), AccountsFile::open(dir.path()).unwrap());
        add(&a, "p-1");
        assert_eq!(b.read().unwrap().accounts.len(), 1);
        add(&b, "p-2");
        assert_eq!(a.read().unwrap().accounts.len(), 2);
        let mode = fs::metadata(dir.path().join("accounts.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn changes_at_the_same_time_are_all_kept() {
        let dir = tempfile::tempdir().unwrap();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let file = AccountsFile::open(dir.path()).unwrap();
                    for _ in 0..10 {
                        add(&file, &format!("p-{}", next.fetch_add(1, Ordering::Relaxed)));
                    }
                });
            }
        });
        let file = AccountsFile::open(dir.path()).unwrap();
        assert_eq!(file.read().unwrap().accounts.len(), 40);
    }

    #[test]
    fn a_file_that_is_damaged_open_to_others_lost_or_of_another_version_lets_nobody_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accounts.json");
        let file = AccountsFile::open(dir.path()).unwrap();
        add(&file, "p-1");
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(file.read(), Err(FileError::Damaged { .. })));
        assert!(AccountsFile::open(dir.path()).is_err());
        fs::write(&path, whole.replace("\"version\": 1", "\"version\": 2")).unwrap();
        assert!(matches!(file.read(), Err(FileError::Version { version: 2, .. })));
        fs::write(&path, &whole).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(file.read(), Err(FileError::Open(_))));
        fs::remove_file(&path).unwrap();
        assert!(matches!(file.read(), Err(FileError::Io { .. })));
    }

    #[test]
    fn a_change_that_fails_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = AccountsFile::open(dir.path()).unwrap();
        add(&file, "p-1");
        let changed: Result<(), FileError> = file.change(|document| {
            document.accounts.clear();
            Err(FileError::Open(PathBuf::new()))
        });
        assert!(changed.is_err());
        assert_eq!(file.read().unwrap().accounts.len(), 1);
    }
}
