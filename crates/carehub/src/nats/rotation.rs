//! Changes of keys: a second one beside the first, the second in place of the first, another one at
//! once.
//!
//! Everything happens in a directory of keys, which whoever configures the server reads again: the
//! running hub by itself, an operator with `carehub nats config`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use nkeys::KeyPair;

use super::keys::{
    self, CredentialsError, HUB_SEEDS, ensure_key, failed, next_seed_file, read_key, seed_file,
};
use super::public_keys::{self, PublicKeysError};

/// The public keys that are refused for good, one a line: a seed that comes back out of a backup is
/// noticed.
const REVOKED: &str = "revoked";

/// Why a key is not changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The hub's own keys are in use by the hub; changing them takes a restart.
    #[error("{0} is the hub's own key: stop the hub, delete its file, start (see the runbook)")]
    HubsOwn(String),
    /// Nobody of that name has a key here.
    #[error("nobody named {name} has a key in {}", dir.display())]
    Unknown {
        /// The directory.
        dir: PathBuf,
        /// Who was named.
        name: String,
    },
    /// No account has this key.
    #[error("no account has the key {0}")]
    NotAKeyHere(String),
    /// There is nothing to finish.
    #[error("{0} has no second key: begin with `carehub nats rotate {0}`")]
    NotBegun(String),
    /// A second key is there already.
    #[error("{0} has a second key already: hand it over and say --finish")]
    Begun(String),
    /// A seed file fails.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A file of public keys fails.
    #[error(transparent)]
    PublicKeys(#[from] PublicKeysError),
}

/// `police`, or `police.desk-1` for an officer: what the files are named after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(String);

impl Holder {
    /// Whose key a file `<name>.nk` or `<name>.pub` in `dir` is.
    ///
    /// # Errors
    /// Nobody of that name is there, or it is the hub's own.
    pub fn named(dir: &Path, name: &str) -> Result<Self, RotationError> {
        if HUB_SEEDS.contains(&name) {
            return Err(RotationError::HubsOwn(name.to_owned()));
        }
        let known = is_holder(name)
            && (seed_file(dir, name).is_file() || dir.join(format!("{name}.pub")).is_file());
        if known {
            Ok(Self(name.to_owned()))
        } else {
            Err(RotationError::Unknown { dir: dir.to_path_buf(), name: name.to_owned() })
        }
    }

    /// Who has this public key, in a directory of seeds or of public keys.
    ///
    /// # Errors
    /// Nobody has it, or the directory cannot be read.
    pub fn of_key(dir: &Path, key: &str) -> Result<Self, RotationError> {
        let entries = fs::read_dir(dir).map_err(failed("list", dir))?;
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let seed = file.strip_suffix(".nk").or_else(|| file.strip_suffix(".nk.next"));
            let Some(name) = seed.or_else(|| file.strip_suffix(".pub")) else { continue };
            // Other keys lie there too, which are no users of the server.
            if !HUB_SEEDS.contains(&name) && !is_holder(name) {
                continue;
            }
            let found = match seed {
                Some(_) => read_key(&entry.path())?.public_key() == key,
                None => public_keys::lines(dir, name)?.iter().any(|line| line == key),
            };
            if !found {
                continue;
            }
            return Self::named(dir, name);
        }
        Err(RotationError::NotAKeyHere(key.to_owned()))
    }

    /// The name, as in the files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The name of the account.
    #[must_use]
    pub fn account(&self) -> String {
        self.0.replace('.', "-")
    }

    /// Makes a second seed (`<name>.nk.next`, mode 0600); returns its public key.
    ///
    /// # Errors
    /// There is one already, or the file cannot be written.
    pub fn begin(&self, seeds: &Path) -> Result<String, RotationError> {
        let next = next_seed_file(seeds, &self.0);
        if next.exists() {
            return Err(RotationError::Begun(self.0.clone()));
        }
        Ok(ensure_key(&next)?)
    }

    /// Puts the second seed in place of the first, whose key is refused from now on; returns that.
    ///
    /// # Errors
    /// There is no second seed, or a file cannot be written.
    pub fn finish(&self, seeds: &Path) -> Result<KeyPair, RotationError> {
        let (seed, next) = (seed_file(seeds, &self.0), next_seed_file(seeds, &self.0));
        if !next.exists() {
            return Err(RotationError::NotBegun(self.0.clone()));
        }
        let old = read_key(&seed)?;
        note_revoked(seeds, &[old.public_key()])?;
        fs::rename(&next, &seed).map_err(failed("replace", &seed))?;
        Ok(old)
    }

    /// Refuses every key of the holder from now on, and makes another (which nobody has yet);
    /// returns what is refused, and the new public key.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn revoke(&self, seeds: &Path) -> Result<(Vec<KeyPair>, String), RotationError> {
        let (seed, next) = (seed_file(seeds, &self.0), next_seed_file(seeds, &self.0));
        let mut old = vec![read_key(&seed)?];
        if next.exists() {
            old.push(read_key(&next)?);
            fs::remove_file(&next).map_err(failed("remove", &next))?;
        }
        let keys: Vec<_> = old.iter().map(KeyPair::public_key).collect();
        note_revoked(seeds, &keys)?;
        // Made beside and renamed: a crash leaves the old one or the new one, never none.
        let public_key = ensure_key(&next)?;
        fs::rename(&next, &seed).map_err(failed("replace", &seed))?;
        Ok((old, public_key))
    }

    /// [`Holder::begin`] in a directory of public keys: `key` is what the holder handed over, or
    /// `None` to make a seed here.
    ///
    /// # Errors
    /// There are two keys already, or a file cannot be written.
    pub fn begin_public(&self, dir: &Path, key: Option<&str>) -> Result<String, RotationError> {
        let mut keys = public_keys::lines(dir, &self.0)?;
        if keys.len() > 1 {
            return Err(RotationError::Begun(self.0.clone()));
        }
        let key = match key {
            Some(key) => key.to_owned(),
            None => ensure_key(&next_seed_file(dir, &self.0))?,
        };
        keys.push(key.clone());
        self.write_public(dir, &keys)?;
        Ok(key)
    }

    /// [`Holder::finish`] in a directory of public keys; returns the key that is refused.
    ///
    /// # Errors
    /// There is only one key, or a file cannot be written.
    pub fn finish_public(&self, dir: &Path) -> Result<String, RotationError> {
        let mut keys = public_keys::lines(dir, &self.0)?;
        if keys.len() < 2 {
            return Err(RotationError::NotBegun(self.0.clone()));
        }
        let old = keys.remove(0);
        self.write_public(dir, &keys)?;
        let (seed, next) = (seed_file(dir, &self.0), next_seed_file(dir, &self.0));
        if next.exists() {
            fs::rename(&next, &seed).map_err(failed("replace", &seed))?;
        }
        Ok(old)
    }

    /// [`Holder::revoke`] in a directory of public keys.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn revoke_public(
        &self,
        dir: &Path,
        key: Option<&str>,
    ) -> Result<(Vec<String>, String), RotationError> {
        let old = public_keys::lines(dir, &self.0)?;
        let (seed, next) = (seed_file(dir, &self.0), next_seed_file(dir, &self.0));
        for file in [&seed, &next] {
            if file.exists() {
                fs::remove_file(file).map_err(failed("remove", file))?;
            }
        }
        let key = match key {
            Some(key) => key.to_owned(),
            None => ensure_key(&seed)?,
        };
        self.write_public(dir, std::slice::from_ref(&key))?;
        Ok((old, key))
    }

    fn write_public(&self, dir: &Path, keys: &[String]) -> Result<(), RotationError> {
        Ok(public_keys::write(&dir.join(format!("{}.pub", self.0)), keys)?)
    }
}

/// Whether a name can be an agency's, or an officer's of one.
fn is_holder(name: &str) -> bool {
    name.splitn(2, '.').all(|part| super::config::check_identifier(part).is_ok())
}

/// The keys that are refused for good in this directory of seeds.
pub(super) fn revoked(seeds: &Path) -> Result<BTreeSet<String>, CredentialsError> {
    let path = seeds.join(REVOKED);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

fn note_revoked(seeds: &Path, keys: &[String]) -> Result<(), CredentialsError> {
    let path = seeds.join(REVOKED);
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
    let mut file =
        fs::File::options().create(true).append(true).open(&path).map_err(failed("open", &path))?;
    file.write_all(text.as_bytes()).map_err(failed("write", &path))?;
    file.sync_all().map_err(failed("write", &path))?;
    keys::sync_parent(&path).map_err(failed("sync the directory of", &path))
}
