//! The key that signs heads of the log, and the public keys that are trusted to have signed them.
//!
//! `DIR/seal.nk` is the seed. `DIR/seal.pub` has one public key a line: the present one and those that
//! were used before, because their heads stay in the log. The agencies have the same list from the
//! partnership, and not from the hub.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use carehub_contract::seal::Signer;

use crate::nats::keys::{ensure_key, make_private_dir, read_key};

const SEED: &str = "seal.nk";
const TRUSTED: &str = "seal.pub";

/// The key that signs, made if there is none; its public half is in the list then.
///
/// # Errors
/// A file cannot be read or written, or others may read the seed.
pub(crate) fn signer(credentials: &Path) -> anyhow::Result<Signer> {
    make_private_dir(credentials)?;
    let seed = credentials.join(SEED);
    let public = ensure_key(&seed)?;
    if !trusted(credentials)?.contains(&public) {
        let path = credentials.join(TRUSTED);
        let open = fs::OpenOptions::new().append(true).create(true).open(&path);
        let added = open.and_then(|mut file| {
            writeln!(file, "{public}")?;
            file.sync_all()
        });
        added.with_context(|| format!("add a key to {}", path.display()))?;
    }
    Ok(Signer::new(read_key(&seed)?))
}

/// The public keys that are trusted; none when no hub has signed on this directory.
///
/// # Errors
/// The list is there and cannot be read.
pub(crate) fn trusted(credentials: &Path) -> anyhow::Result<Vec<String>> {
    let path = credentials.join(TRUSTED);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_replaced_stays_trusted() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(trusted(dir.path()).unwrap(), Vec::<String>::new());
        let first = signer(dir.path()).unwrap().public_key();
        assert_eq!(signer(dir.path()).unwrap().public_key(), first);
        fs::rename(dir.path().join(SEED), dir.path().join("seal.old")).unwrap();
        let second = signer(dir.path()).unwrap().public_key();
        assert_ne!(first, second);
        assert_eq!(trusted(dir.path()).unwrap(), [first, second]);
    }
}
