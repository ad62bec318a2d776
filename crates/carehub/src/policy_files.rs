//! Policy packs: a directory of TOML files that together make one [`Policy`], or a pack that is
//! compiled in, so that the hub starts on a machine that holds nothing but its binary.
//!
//! The files are merged: it does not matter which file a table stands in. What is wrong is found
//! all at once and named with file and line, because whoever writes a pack is not a programmer.

mod embedded;
mod read;

use std::fmt;
use std::path::{Path, PathBuf};

use carehub_domain::policy::{Policy, check};
use serde::Serialize;
use sha2::{Digest, Sha256};

use read::Source;

/// The pack that the hub starts with when none is named.
pub const DEFAULT_PACK: &str = "norfolk";

/// A pack that could be read, with what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// The rule book, its version filled in.
    pub policy: Policy,
    /// Everything that [`check`] has against it; empty when it may be activated.
    pub faults: Vec<Fault>,
}

/// One thing wrong with a pack, where it stands in the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A stable code; `docs/POLICY.md` has a line for each.
    pub code: &'static str,
    /// The file's name within the pack, where one is to blame.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// The place in the policy, such as `trigger referrals-6m, told`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}: {} [{}]", self.place, self.message, self.code)
    }
}

/// Why there is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is neither a directory nor a pack that is compiled in.
    #[error(
        "`{which}` is neither a directory nor a pack that is compiled in ({})",
        embedded::names()
    )]
    NoSuchPack {
        /// What was asked for.
        which: String,
    },
    /// The directory could not be listed.
    #[error("list the policy directory {}", dir.display())]
    List {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("read the policy file {}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is nothing to read.
    #[error("the policy directory {} holds no .toml file", dir.display())]
    Empty {
        /// The directory.
        dir: PathBuf,
    },
    /// The files do not make a policy that may be activated.
    #[error("the policy pack `{which}` has {} fault(s):{}", faults.len(), listed(faults))]
    Faulty {
        /// The pack.
        which: String,
        /// All of them, in the order of the files.
        faults: Vec<Fault>,
    },
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

impl Pack {
    /// The policy, if it may be activated.
    ///
    /// # Errors
    /// [`PackError::Faulty`] with everything that is wrong.
    pub fn into_policy(self) -> Result<Policy, PackError> {
        if self.faults.is_empty() {
            Ok(self.policy)
        } else {
            Err(PackError::Faulty { which: self.policy.pack, faults: self.faults })
        }
    }
}

/// Reads the pack that `which` names: a directory if there is one, else a pack that is compiled in.
///
/// # Errors
/// [`PackError`]; `Faulty` only when the files cannot be read as a policy at all. What [`check`]
/// finds in a policy that could be read is in [`Pack::faults`].
pub fn open(which: &str) -> Result<Pack, PackError> {
    let dir = Path::new(which);
    if dir.is_dir() {
        return load(dir);
    }
    match embedded::files(which) {
        Some(files) => assemble(which, &files),
        None => Err(PackError::NoSuchPack { which: which.to_owned() }),
    }
}

/// Reads every `*.toml` of a directory, in the order of their names.
///
/// # Errors
/// As [`open`].
pub fn load(dir: &Path) -> Result<Pack, PackError> {
    let list = |source| PackError::List { dir: dir.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(list)? {
        let path = entry.map_err(list)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(PackError::Empty { dir: dir.to_owned() });
    }
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for file in paths {
        let text = std::fs::read_to_string(&file)
            .map_err(|source| PackError::Read { file: file.clone(), source })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(Source { name, text });
    }
    assemble(&dir.display().to_string(), &files)
}

fn assemble(which: &str, files: &[Source]) -> Result<Pack, PackError> {
    let read = read::read(files);
    if !read.faults.is_empty() {
        // A check of the part that could be read would blame it for what is missing.
        return Err(PackError::Faulty { which: which.to_owned(), faults: in_order(read.faults) });
    }
    let mut policy = read.policy;
    policy.version = version(&policy);
    let faults = check(&policy).into_iter().map(|finding| read.places.fault(finding)).collect();
    Ok(Pack { policy, faults: in_order(faults) })
}

/// As whoever puts them right meets them: file by file, from the top.
fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    faults
}

/// The version of a policy: its pack's name and the first 12 hexadecimal digits of the SHA-256 of
/// its canonical JSON (keys sorted, no white space, without the version itself). The same rules have
/// the same version on every machine; comments and the order of files do not change it.
#[must_use]
pub fn version(policy: &Policy) -> String {
    let mut text = String::new();
    let mut document = serde_json::to_value(policy).unwrap_or_default();
    if let Some(keys) = document.as_object_mut() {
        keys.remove("version");
    }
    write_canonical(&document, &mut text);
    let hash = Sha256::digest(text.as_bytes());
    let digits: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digits}", policy.pack)
}

/// Sorts the keys itself: whether `serde_json`'s own map does depends on a feature that any other
/// crate of the build can switch on.
fn write_canonical(value: &serde_json::Value, text: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(keys) => {
            let mut sorted: Vec<_> = keys.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            for (nth, (key, value)) in sorted.into_iter().enumerate() {
                text.push(if nth == 0 { '{' } else { ',' });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push_str(if keys.is_empty() { "{}" } else { "}" });
        }
        Value::Array(items) => {
            text.push('[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests;
