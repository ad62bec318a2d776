//! What nats-server and its supervisor keep in `DIR/nats`.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::config::AgencyAccount;
use super::error::ServerError;

/// The files, all in one directory of mode 0700.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) dir: PathBuf,
    /// What the server runs with.
    pub(super) configuration: PathBuf,
    /// A configuration that the server has not been asked to load yet.
    pub(super) candidate: PathBuf,
    /// Written by nats-server.
    pub(super) log: PathBuf,
    /// Written by nats-server.
    pub(super) pid: PathBuf,
    /// nats-server writes `<executable>_<pid>.ports` here once it listens.
    pub(super) ports: PathBuf,
    /// [`Record`].
    pub(super) record: PathBuf,
}

/// What the next hub needs to adopt this server, or to start one that agencies find again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The process.
    pub(super) pid: u32,
    /// Where it listens; kept across restarts, because agencies reconnect to it.
    pub(super) port: u16,
    /// Hash of the configuration without any agency: changes here need a restart.
    pub(super) settings_sha256: String,
    /// Hash of the configuration that was last loaded.
    pub(super) configuration_sha256: String,
    /// The accounts in it. A restart serves them at once: a client that is told twice that its
    /// key is unknown gives up for good.
    pub(super) agencies: Vec<AgencyAccount>,
}

#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
}

impl Layout {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_path_buf(),
            configuration: dir.join("server.conf"),
            candidate: dir.join("server.conf.new"),
            log: dir.join("server.log"),
            pid: dir.join("server.pid"),
            ports: dir.join("ports"),
            record: dir.join("server.json"),
        }
    }

    /// The last record, if there is one that can be read; anything else is as good as none.
    pub(super) fn read_record(&self) -> Option<Record> {
        serde_json::from_slice(&fs::read(&self.record).ok()?).ok()
    }

    pub(super) fn write_record(&self, record: &Record) -> Result<(), ServerError> {
        let text = serde_json::to_vec_pretty(record).map_err(io::Error::from);
        text.and_then(|text| replace(&self.record, &text))
            .map_err(ServerError::file("write", &self.record))
    }

    pub(super) fn write_configuration(&self, text: &str) -> Result<(), ServerError> {
        replace(&self.configuration, text.as_bytes())
            .map_err(ServerError::file("write", &self.configuration))
    }

    pub(super) fn write_candidate(&self, text: &str) -> Result<(), ServerError> {
        replace(&self.candidate, text.as_bytes())
            .map_err(ServerError::file("write", &self.candidate))
    }

    pub(super) fn promote_candidate(&self) -> Result<(), ServerError> {
        fs::rename(&self.candidate, &self.configuration)
            .map_err(ServerError::file("replace", &self.configuration))
    }

    /// The port on which process `pid` says it serves clients.
    pub(super) fn port(&self, pid: u32) -> Option<u16> {
        self.url(pid)?.rsplit_once(':')?.1.parse().ok()
    }

    /// Where process `pid` says it serves clients.
    pub(super) fn url(&self, pid: u32) -> Option<String> {
        let suffix = format!("_{pid}.ports");
        let mut entries = fs::read_dir(&self.ports).ok()?.flatten();
        let file = entries.find(|entry| entry.file_name().to_string_lossy().ends_with(&suffix))?;
        let ports: Ports = serde_json::from_slice(&fs::read(file.path()).ok()?).ok()?;
        ports.nats.into_iter().next()
    }

    /// Forgets the ports of servers that were killed, so that a process number that comes round
    /// again does not bring an old port back.
    pub(super) fn clear_ports(&self) {
        for entry in fs::read_dir(&self.ports).into_iter().flatten().flatten() {
            // A file that stays is only a file that is read for nothing.
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Length of the server's log now, to read only what comes later.
    pub(super) fn log_length(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |metadata| metadata.len())
    }

    /// What the server has logged since its log was `offset` bytes long. The log is rotated by
    /// size: one that is shorter than it was is read from its beginning.
    pub(super) fn log_since(&self, offset: u64) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.log)?;
            let start = if file.metadata()?.len() < offset { 0 } else { offset };
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

/// SHA-256 of a text, in hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
