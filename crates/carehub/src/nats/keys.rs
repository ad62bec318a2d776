//! The nkey seeds and API tokens that `carehub up` leaves on disk, one file per secret.
//!
//! A file is made once and never overwritten: agencies hold copies. Seeds stay in their files;
//! what is kept in memory is public keys and, for the API, the tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use nkeys::{KeyPair, KeyPairType};
use rand::TryRng;
use rand::rngs::SysRng;

use super::config::{AgencyAccount, ConfigurationError, Officer, check_identifier};
use super::rotation::revoked;

/// The names of the seeds that belong to no body.
pub(super) const HUB_SEEDS: [&str; 2] = ["hub", "erasure"];

/// A body of the policy that needs an account: the input of [`Credentials::ensure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// The agency's token in subjects.
    pub id: String,
    /// Whether it publishes the register of homes.
    pub register_owner: bool,
    /// Tokens of the people of the agency who subscribe for themselves.
    pub officers: Vec<String>,
}

impl Agency {
    /// An agency that owns no register and has no officers.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), register_owner: false, officers: Vec::new() }
    }
}

/// A bearer token of the HTTP API: 256 random bits as 64 hexadecimal digits. It has no `Display`
/// and its `Debug` is blank, so that it reaches a log only through [`Token::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The secret itself, to compare with what a request carries.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(withheld)")
    }
}

/// Why a credential cannot be made or used. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// An agency's or officer's id cannot name a file or an account.
    #[error("make credentials")]
    Identifier(#[from] ConfigurationError),
    /// The operating system refused an operation on a file.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done: `read`, `create`, ...
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Somebody other than the owner could have read the secret.
    #[error("{} may be read by others (mode {mode:03o}); make it 600 and consider it known", path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file does not hold a user seed. It is not replaced: the agency may hold the right one.
    #[error("{} does not hold the seed of an nkey user", path.display())]
    Seed {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold a token.
    #[error("{} does not hold a token of 64 hexadecimal digits", path.display())]
    Token {
        /// The file.
        path: PathBuf,
    },
    /// The key was refused for good, and came back: out of a backup, perhaps.
    #[error("{} holds a key that was revoked; delete it, and a new one is made", path.display())]
    Revoked {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error("draw random bytes for {}", path.display())]
    Random {
        /// The file that was to be made.
        path: PathBuf,
        /// What the operating system said.
        source: rand::rngs::SysError,
    },
}

/// The public half of everything in `DIR/credentials`, and the API tokens.
#[derive(Debug, Clone)]
pub struct Credentials {
    dir: PathBuf,
    hub: String,
    erasure: String,
    accounts: Vec<AgencyAccount>,
    tokens: BTreeMap<String, Token>,
}

impl Credentials {
    /// Reads, and where missing makes, the keys of the hub, of erasure, of every agency and of
    /// its officers, and a token per agency. `dir` is made with mode 0700, each file with 0600.
    ///
    /// # Errors
    /// When an id is refused, or a file is broken, readable by others or cannot be written.
    pub fn ensure(dir: &Path, agencies: &[Agency]) -> Result<Self, CredentialsError> {
        check_ids(agencies)?;
        make_private_dir(dir)?;
        let revoked = revoked(dir)?;
        let keys = |name: &str| keys(dir, name, &revoked);
        let mut accounts = Vec::with_capacity(agencies.len());
        let mut tokens = BTreeMap::new();
        for agency in agencies {
            let mut officers = Vec::with_capacity(agency.officers.len());
            for officer in &agency.officers {
                let (public_key, next_key) = keys(&format!("{}.{officer}", agency.id))?;
                officers.push(Officer { id: officer.clone(), public_key, next_key });
            }
            let (public_key, next_key) = keys(&agency.id)?;
            accounts.push(AgencyAccount {
                id: agency.id.clone(),
                public_key,
                next_key,
                register_owner: agency.register_owner,
                officers,
            });
            tokens.insert(
                agency.id.clone(),
                ensure_token(&dir.join(format!("{}.token", agency.id)))?,
            );
        }
        Ok(Self {
            hub: ensure_key(&seed_file(dir, "hub"))?,
            erasure: ensure_key(&seed_file(dir, "erasure"))?,
            dir: dir.to_path_buf(),
            accounts,
            tokens,
        })
    }

    /// The accounts to generate, in the order the agencies were given.
    #[must_use]
    pub fn accounts(&self) -> &[AgencyAccount] {
        &self.accounts
    }

    /// Public key of the hub's own user.
    #[must_use]
    pub fn hub_public_key(&self) -> &str {
        &self.hub
    }

    /// Public key of the erasure account's user.
    #[must_use]
    pub fn erasure_public_key(&self) -> &str {
        &self.erasure
    }

    /// The agencies' API tokens, by agency.
    #[must_use]
    pub fn tokens(&self) -> &BTreeMap<String, Token> {
        &self.tokens
    }

    /// The file with the seed of an agency, of `hub` or of `erasure`.
    #[must_use]
    pub fn seed_path(&self, agency: &str) -> PathBuf {
        seed_file(&self.dir, agency)
    }

    /// The file with the seed of an officer of an agency.
    #[must_use]
    pub fn officer_seed_path(&self, agency: &str, officer: &str) -> PathBuf {
        officer_seed_file(&self.dir, agency, officer)
    }
}

/// The public key of `<name>.nk`, which is made where it is missing, and that of the key that takes
/// over from it, where there is one.
fn keys(
    dir: &Path,
    name: &str,
    revoked: &BTreeSet<String>,
) -> Result<(String, Option<String>), CredentialsError> {
    let path = seed_file(dir, name);
    let public_key = ensure_key(&path)?;
    if revoked.contains(&public_key) {
        return Err(CredentialsError::Revoked { path });
    }
    let next = next_seed_file(dir, name);
    let next_key = next.exists().then(|| read_key(&next)).transpose()?;
    Ok((public_key, next_key.map(|key| key.public_key())))
}

/// Each id may name a file and an account.
pub(super) fn check_ids(agencies: &[Agency]) -> Result<(), ConfigurationError> {
    for agency in agencies {
        check_identifier(&agency.id)?;
        agency.officers.iter().try_for_each(|officer| check_identifier(officer))?;
    }
    Ok(())
}

/// `DIR/<name>.nk`.
pub(super) fn seed_file(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.nk"))
}

/// The key that takes over from that of `<name>.nk`, while both are let in.
pub(super) fn next_seed_file(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.nk.next"))
}

/// `DIR/<agency>.<officer>.nk`; an id has no dot, so this is never another agency's file.
pub(super) fn officer_seed_file(dir: &Path, agency: &str, officer: &str) -> PathBuf {
    dir.join(format!("{agency}.{officer}.nk"))
}

/// The key pair in a seed file. It signs; take care not to store or print it.
///
/// # Errors
/// When the file cannot be read, may be read by others, or holds no user seed.
pub fn read_key(path: &Path) -> Result<KeyPair, CredentialsError> {
    let text = read_secret(path)?;
    // The library's error is dropped: it may describe the bytes of a seed.
    KeyPair::from_seed(text.trim())
        .ok()
        .filter(|pair| pair.key_pair_type() == KeyPairType::User)
        .ok_or_else(|| CredentialsError::Seed { path: path.to_path_buf() })
}

pub(crate) fn ensure_key(path: &Path) -> Result<String, CredentialsError> {
    ensure_secret(path, |bytes| {
        KeyPair::new_from_raw(KeyPairType::User, bytes).and_then(|pair| pair.seed()).ok()
    })?;
    Ok(read_key(path)?.public_key())
}

/// The token that opens the metrics of the read side, in `DIR/metrics-token`; made where it is missing. The name has
/// no ending that an agency's token has.
///
/// # Errors
/// When the file is broken, readable by others or cannot be written.
pub fn metrics_token(dir: &Path) -> Result<Token, CredentialsError> {
    make_private_dir(dir)?;
    ensure_token(&dir.join("metrics-token"))
}

/// The key by which a message ends the e-mail of whom it is for, in `DIR/unsubscribe-key`; made where it is missing.
///
/// # Errors
/// As [`metrics_token`].
pub fn unsubscribe_key(dir: &Path) -> Result<Token, CredentialsError> {
    make_private_dir(dir)?;
    ensure_token(&dir.join("unsubscribe-key"))
}

fn ensure_token(path: &Path) -> Result<Token, CredentialsError> {
    ensure_secret(path, |bytes| Some(HEXLOWER.encode(&bytes)))?;
    let text = read_secret(path)?;
    let token = text.trim();
    if token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(Token(token.to_owned()))
    } else {
        Err(CredentialsError::Token { path: path.to_path_buf() })
    }
}

fn read_secret(path: &Path) -> Result<String, CredentialsError> {
    let mode = fs::metadata(path).map_err(failed("inspect", path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(CredentialsError::Readable { path: path.to_path_buf(), mode });
    }
    fs::read_to_string(path).map_err(failed("read", path))
}

/// Makes the file from 32 random bytes unless it is there. No newline at the end, because not
/// every client trims a seed file.
fn ensure_secret(
    path: &Path,
    encode: impl FnOnce([u8; 32]) -> Option<String>,
) -> Result<(), CredentialsError> {
    if path.try_exists().map_err(failed("look for", path))? {
        return Ok(());
    }
    let text = encode(random_bytes(path)?)
        .ok_or_else(|| CredentialsError::Seed { path: path.to_path_buf() })?;
    // A name of its own each time: one left by a crash is never in the way.
    let temporary =
        path.with_extension(format!("{}.new", HEXLOWER.encode(&random_bytes::<8>(path)?)));
    let written = write_private(&temporary, &text);
    // A hard link, not a rename: it refuses to replace a file that somebody made meanwhile.
    let linked = written.and_then(|()| match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    let removed = fs::remove_file(&temporary);
    linked.map_err(failed("create", path))?;
    removed.map_err(failed("remove", &temporary))?;
    sync_parent(path).map_err(failed("sync the directory of", path))
}

fn random_bytes<const N: usize>(path: &Path) -> Result<[u8; N], CredentialsError> {
    let mut bytes = [0; N];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|source| CredentialsError::Random { path: path.to_path_buf(), source })?;
    Ok(bytes)
}

/// Makes `dir` and its parents with mode 0700. An existing directory keeps its mode: the files
/// protect themselves.
pub(crate) fn make_private_dir(dir: &Path) -> Result<(), CredentialsError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed("create", dir))
}

pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

pub(super) fn failed(
    operation: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> CredentialsError {
    move |source| CredentialsError::File { operation, path: path.to_path_buf(), source }
}

#[cfg(test)]
mod tests;
