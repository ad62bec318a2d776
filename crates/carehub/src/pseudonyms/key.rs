//! The partnership's keys, and the pseudonyms made with them.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::Sha256;

use super::NhsNumber;

/// Bytes of the code that stand in a pseudonym: 160 bits, so that no two persons ever share one.
const CODE_BYTES: usize = 20;

/// What is authenticated besides the number, so that the key makes nothing else by mistake.
const PURPOSE: &[u8] = b"carehub person_ref v1";

/// One key, with its version: `pn<version>:` begins every pseudonym that it makes.
#[derive(Clone)]
pub struct Key {
    version: u32,
    secret: [u8; 32],
}

/// The keys of a file, the newest first: the first makes pseudonyms, the others say what they were before.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

/// Why keys could not be read or made. Nothing in it is secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system refused.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Somebody other than its owner could have read it.
    #[error("{} may be read by others (mode {mode:03o}); make a new key, and this one 600", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It holds something else.
    #[error("{} does not hold keys, one a line, as `carehub pseudonymise key` writes them", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error("draw random bytes for a key")]
    Random(#[source] rand::rngs::SysError),
}

impl Keys {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// [`KeyError`]; a file that others may read is refused.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |operation| move |source| file(operation, path, source);
        let mode = fs::metadata(path).map_err(failed("inspect"))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Readable { path: path.to_path_buf(), mode });
        }
        let text = fs::read_to_string(path).map_err(failed("read"))?;
        let keys: Option<Vec<Key>> = text.lines().map(Key::parse).collect();
        let mut keys = keys
            .filter(|keys| !keys.is_empty())
            .ok_or_else(|| KeyError::Malformed { path: path.to_path_buf() })?;
        keys.sort_by_key(|key| std::cmp::Reverse(key.version));
        keys.dedup_by_key(|key| key.version);
        Ok(Self(keys))
    }

    /// Adds a new key to a file, which is made with mode 0600 when there is none; returns its version.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn add(path: &Path) -> Result<u32, KeyError> {
        let exists = path.try_exists().map_err(|source| file("look for", path, source))?;
        let newest = if exists { Self::read(path)?.0[0].version } else { 0 };
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret).map_err(KeyError::Random)?;
        let key = Key { version: newest + 1, secret };
        let mut options = OpenOptions::new();
        let mut written = options
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| file("create", path, source))?;
        let line = format!("{} {}\n", key.prefix(), HEXLOWER.encode(&key.secret));
        written
            .write_all(line.as_bytes())
            .and_then(|()| written.sync_all())
            .map_err(|source| file("write", path, source))?;
        Ok(key.version)
    }

    /// The pseudonym of a person.
    #[must_use]
    pub fn person_ref(&self, number: &NhsNumber) -> String {
        self.0[0].person_ref(number)
    }

    /// What it was with the earlier keys of the file, the newest first.
    #[must_use]
    pub fn earlier(&self, number: &NhsNumber) -> Vec<String> {
        self.0[1..].iter().map(|key| key.person_ref(number)).collect()
    }
}

impl Key {
    fn parse(line: &str) -> Option<Self> {
        let (prefix, secret) = line.split_once(' ')?;
        let version = prefix.strip_prefix("pn")?.parse().ok().filter(|version| *version > 0)?;
        let secret = HEXLOWER.decode(secret.trim().as_bytes()).ok()?.try_into().ok()?;
        Some(Self { version, secret })
    }

    fn prefix(&self) -> String {
        format!("pn{}", self.version)
    }

    fn person_ref(&self, number: &NhsNumber) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length");
        mac.update(PURPOSE);
        mac.update(&number.normalised());
        let code = mac.finalize().into_bytes();
        // Letters only: digits could look like an NHS number, and the text be returned for it.
        let letters = code[..CODE_BYTES].iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let letters: String = letters.map(|nibble| char::from(b'a' + nibble)).collect();
        format!("{}:{letters}", self.prefix())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(withheld)")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(withheld)")
    }
}

fn file(operation: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::File { operation, path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use carehub_contract::personal_data::scan;

    use super::*;

    fn keys() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("person.key");
        assert_eq!(Keys::add(&path).unwrap(), 1);
        (dir, path)
    }

    #[test]
    fn the_same_key_gives_the_same_reference_and_another_key_another() {
        let number = NhsNumber::parse("999 000 0018").unwrap();
        let other = NhsNumber::parse("9990000026").unwrap();
        let (_council, council) = keys();
        let (_foreign, foreign) = keys();
        // The hospital has a copy of the service's file only in this test.
        let hospital = council.with_extension("copy");
        fs::copy(&council, &hospital).unwrap();
        let (council, hospital) = (Keys::read(&council).unwrap(), Keys::read(&hospital).unwrap());
        let foreign = Keys::read(&foreign).unwrap();
        let reference = council.person_ref(&number);
        assert_eq!(reference, hospital.person_ref(&NhsNumber::parse("9990000018").unwrap()));
        assert_ne!(reference, foreign.person_ref(&number));
        assert_ne!(reference, council.person_ref(&other));
        assert_eq!(reference.len(), "pn1:".len() + 2 * CODE_BYTES);
        let pattern = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b':';
        assert!(reference.bytes().all(pattern));
    }

    #[test]
    fn a_reference_never_looks_like_personal_data() {
        let (_dir, path) = keys();
        let keys = Keys::read(&path).unwrap();
        for nine in 999_000_000_u64..999_000_300 {
            for check in 0..10 {
                if let Ok(number) = NhsNumber::parse(&(nine * 10 + check).to_string()) {
                    assert!(!scan(&keys.person_ref(&number)).any());
                }
            }
        }
    }

    #[test]
    fn after_a_new_key_the_earlier_reference_is_still_told() {
        let number = NhsNumber::parse("9990000018").unwrap();
        let (_dir, path) = keys();
        let before = Keys::read(&path).unwrap().person_ref(&number);
        assert_eq!(Keys::add(&path).unwrap(), 2);
        let now = Keys::read(&path).unwrap();
        assert!(now.person_ref(&number).starts_with("pn2:"));
        assert_eq!(now.earlier(&number), [before]);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let (_dir, path) = keys();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::read(&path), Err(KeyError::Readable { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "pn1 00").unwrap();
        assert!(matches!(Keys::read(&path), Err(KeyError::Malformed { .. })));
    }
}
