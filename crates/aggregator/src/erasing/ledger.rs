//! Every tombstone, kept beside the log: a log that is restored from before an erasure has neither the
//! tombstone nor the gap, and must have both before anybody reads it. The file is a copy of what the log
//! says; losing it loses nothing but that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The file `erasures.ndjson` of a data directory; clones share it.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
    /// The positions in it, so that none is written twice.
    known: Arc<Mutex<Option<BTreeSet<u64>>>>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    position: u64,
    tombstone: Box<RawValue>,
}

impl Ledger {
    /// The ledger of a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self::at(data_dir.join("erasures.ndjson"))
    }

    /// The ledger in this file.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, known: Arc::default() }
    }

    /// Every tombstone in it, by the position that it is of.
    ///
    /// # Errors
    /// The file cannot be read. A last line that was cut short by a crash is passed over: its message was
    /// not deleted yet.
    pub fn read(&self) -> io::Result<BTreeMap<u64, Vec<u8>>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        let mut tombstones = BTreeMap::new();
        for line in BufReader::new(file).lines() {
            if let Ok(line) = serde_json::from_str::<Line>(&line?) {
                tombstones.insert(line.position, line.tombstone.get().as_bytes().to_vec());
            }
        }
        Ok(tombstones)
    }

    /// Adds a tombstone, durably, unless it is there. Returns only when it is on the disk: the message goes
    /// next.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn keep(&self, position: u64, tombstone: &[u8]) -> io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = Some(self.read()?.into_keys().collect());
        }
        let Some(known) = known.as_mut().filter(|known| !known.contains(&position)) else {
            return Ok(());
        };
        let text = std::str::from_utf8(tombstone).map_err(io::Error::other)?;
        let tombstone = RawValue::from_string(text.to_owned())?;
        let mut line = serde_json::to_vec(&Line { position, tombstone })?;
        line.push(b'\n');
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        file.write_all(&line)?;
        file.sync_data()?;
        known.insert(position);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tombstone_is_kept_once_and_a_line_cut_short_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::of(dir.path());
        ledger.keep(7, br#"{"a":1}"#).unwrap();
        ledger.keep(7, br#"{"a":2}"#).unwrap();
        Ledger::of(dir.path()).keep(7, br#"{"a":3}"#).unwrap();
        ledger.keep(9, br#"{"b":1}"#).unwrap();
        let path = dir.path().join("erasures.ndjson");
        let mut text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        text.push_str("{\"position\":11,\"tomb");
        std::fs::write(&path, text).unwrap();
        let read = Ledger::of(dir.path()).read().unwrap();
        assert_eq!(read.keys().copied().collect::<Vec<_>>(), [7, 9]);
        assert_eq!(read[&7], br#"{"a":1}"#);
    }
}
