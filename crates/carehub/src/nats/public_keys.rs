//! Public keys as an operator keeps them: `<agency>.pub`, `<agency>.<officer>.pub`, `hub.pub` and
//! `erasure.pub`, each with one public nkey a line. A second line is the key that takes over.
//!
//! Nothing in such a directory is secret: an agency makes its seed itself and hands over the key.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::{AgencyAccount, HubKeys, Officer};
use super::keys::{self, Agency, CredentialsError};

/// Why there are no public keys to write into a configuration.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeysError {
    /// Somebody's key is not there.
    #[error("no public key in {} for: {}", dir.display(), missing.join(", "))]
    Missing {
        /// The directory.
        dir: PathBuf,
        /// Whose: the names of the files without `.pub`.
        missing: Vec<String>,
    },
    /// A file holds no key, or more than two; the hub's and erasure's hold one.
    #[error("{} must hold one public key, or two lines while one takes over", path.display())]
    Lines {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A seed cannot be made.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// The keys of the hub's two accounts, and of everybody whom the policy names.
///
/// # Errors
/// Everything that is missing, at once; or a file that cannot be read.
pub fn read(
    dir: &Path,
    agencies: &[Agency],
) -> Result<(HubKeys, Vec<AgencyAccount>), PublicKeysError> {
    let absent = |name: &String| !dir.join(format!("{name}.pub")).is_file();
    let missing: Vec<String> = names(agencies).into_iter().filter(absent).collect();
    if !missing.is_empty() {
        return Err(PublicKeysError::Missing { dir: dir.to_path_buf(), missing });
    }
    let accounts: Result<Vec<_>, PublicKeysError> = agencies
        .iter()
        .map(|agency| {
            let (public_key, next_key) = pair(dir, &agency.id)?;
            let officers: Result<Vec<_>, PublicKeysError> = agency
                .officers
                .iter()
                .map(|officer| {
                    let (public_key, next_key) = pair(dir, &format!("{}.{officer}", agency.id))?;
                    Ok(Officer { id: officer.clone(), public_key, next_key })
                })
                .collect();
            Ok(AgencyAccount {
                id: agency.id.clone(),
                public_key,
                next_key,
                register_owner: agency.register_owner,
                officers: officers?,
            })
        })
        .collect();
    let keys = HubKeys { hub: only(dir, "hub")?, erasure: only(dir, "erasure")? };
    Ok((keys, accounts?))
}

/// Makes a seed (`<name>.nk`, mode 0600) and its public key for everybody who has no public key in
/// `dir` yet; returns whose were made. A seed is never printed and never replaced.
///
/// # Errors
/// An id is refused, or a file cannot be written.
pub fn generate(dir: &Path, agencies: &[Agency]) -> Result<Vec<String>, PublicKeysError> {
    keys::check_ids(agencies).map_err(CredentialsError::from)?;
    keys::make_private_dir(dir)?;
    let mut made = Vec::new();
    for name in names(agencies) {
        let path = dir.join(format!("{name}.pub"));
        if !path.exists() {
            let key = keys::ensure_key(&keys::seed_file(dir, &name))?;
            write(&path, &[key])?;
            made.push(name);
        }
    }
    Ok(made)
}

/// The public keys in a file, in its order.
///
/// # Errors
/// It cannot be read, or holds none or more than two.
pub fn lines(dir: &Path, name: &str) -> Result<Vec<String>, PublicKeysError> {
    let path = dir.join(format!("{name}.pub"));
    let text = fs::read_to_string(&path).map_err(|source| PublicKeysError::File {
        operation: "read",
        path: path.clone(),
        source,
    })?;
    let keys: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if (1..=2).contains(&keys.len()) { Ok(keys) } else { Err(PublicKeysError::Lines { path }) }
}

/// Replaces what a file holds.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, keys: &[String]) -> Result<(), PublicKeysError> {
    let text = keys.iter().map(|key| format!("{key}\n")).collect::<String>();
    fs::write(path, text).map_err(|source| PublicKeysError::File {
        operation: "write",
        path: path.to_path_buf(),
        source,
    })
}

fn names(agencies: &[Agency]) -> Vec<String> {
    let mut names = vec!["hub".to_owned(), "erasure".to_owned()];
    for agency in agencies {
        names.push(agency.id.clone());
        names.extend(agency.officers.iter().map(|officer| format!("{}.{officer}", agency.id)));
    }
    names
}

fn pair(dir: &Path, name: &str) -> Result<(String, Option<String>), PublicKeysError> {
    let mut keys = lines(dir, name)?.into_iter();
    let first = keys.next().unwrap_or_default();
    Ok((first, keys.next()))
}

fn only(dir: &Path, name: &str) -> Result<String, PublicKeysError> {
    match pair(dir, name)? {
        (key, None) => Ok(key),
        (_, Some(_)) => Err(PublicKeysError::Lines { path: dir.join(format!("{name}.pub")) }),
    }
}
