//! What commands on the machine did to accounts, tokens and keys, on its way into the audit.
//!
//! These commands change files, and work while no hub runs. Each makes sure *before* it changes anything that it
//! can leave a record here, and leaves it with the change; the hub that runs on the directory, or the next one, keeps it in the audit stream and removes it.
//! One file a record, so that nothing has to be locked. Whoever can write here is the operator of the machine,
//! who could as well change the accounts by hand: agencies, officers and persons cannot.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_contract::{AuditRecord, encode_audit};
use carehub_storage::log::Log;
use jiff::Timestamp;

/// How often the hub looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Beside the accounts and the credentials.
const DIRECTORY: &str = "audit-waiting";

/// How such a record names its credential.
pub const COMMAND_LINE: &str = "command-line";

/// The code of what a command on the machine was asked for and did not do; its page is under `docs/errors/`.
pub const COMMAND_REFUSED: &str = "command-refused";

/// A record that is about to be left.
#[derive(Debug)]
pub struct Leaving {
    dir: PathBuf,
    name: String,
    file: fs::File,
}

/// Prepares to leave a record in `data_dir`.
///
/// # Errors
/// It cannot be written; then nothing is to be changed.
pub fn begin(data_dir: &Path) -> anyhow::Result<Leaving> {
    let dir = data_dir.join(DIRECTORY);
    let name = fresh_name();
    let made = fs::create_dir_all(&dir).and_then(|()| fs::File::create(unfinished(&dir, &name)));
    let file = made.with_context(|| format!("leave a record in {}", dir.display()))?;
    Ok(Leaving { dir, name, file })
}

fn fresh_name() -> String {
    format!("cli-{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id())
}

fn unfinished(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.unfinished"))
}

impl Leaving {
    /// It was done.
    ///
    /// # Errors
    /// The record cannot be written: what was changed is in no audit.
    pub fn finish(mut self, record: AuditRecord) -> anyhow::Result<()> {
        let record = AuditRecord { via: Some(COMMAND_LINE.to_owned()), ..record };
        let encoded = encode_audit(&record.bounded(), self.name.clone(), Timestamp::now())?;
        let mut write = || -> std::io::Result<()> {
            self.file.write_all(encoded.subject.as_bytes())?;
            self.file.write_all(b"\n")?;
            self.file.write_all(&encoded.payload)?;
            self.file.sync_all()?;
            let left = self.dir.join(format!("{}.record", self.name));
            fs::rename(unfinished(&self.dir, &self.name), left)?;
            fs::File::open(&self.dir)?.sync_all()
        };
        write().with_context(|| format!("leave a record in {}", self.dir.display()))
    }

    /// It ended: with the record of what was done, or as `tried` refused.
    ///
    /// # Errors
    /// What it failed with, or that the record cannot be written.
    pub fn ended<T>(
        self,
        tried: AuditRecord,
        outcome: anyhow::Result<(T, AuditRecord)>,
    ) -> anyhow::Result<T> {
        match outcome {
            Ok((done, record)) => self.finish(record).map(|()| done),
            Err(error) => {
                self.finish(tried.refused(COMMAND_REFUSED))?;
                Err(error)
            }
        }
    }
}

/// Changes or reads something, and leaves the record that it gives with what it returns; where it was refused or
/// failed, `tried` as refused.
///
/// # Errors
/// What `change` failed with, or that no record can be left.
pub fn changing<T>(
    data_dir: &Path,
    tried: AuditRecord,
    change: impl FnOnce() -> anyhow::Result<(T, AuditRecord)>,
) -> anyhow::Result<T> {
    let leaving = begin(data_dir)?;
    leaving.ended(tried, change())
}

/// Keeps in the audit what waits in `data_dir`, the oldest first. Returns how many records.
///
/// # Errors
/// The audit does not answer, or a file cannot be read or removed: it is tried again, and a record may then
/// stand in the audit twice, under the same id.
pub async fn keep(data_dir: &Path, log: &Log) -> anyhow::Result<usize> {
    let mut kept = 0;
    for path in waiting(&data_dir.join(DIRECTORY))? {
        let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        let end = text.iter().position(|byte| *byte == b'\n');
        let (subject, payload) = text.split_at(end.context("a record without a subject")?);
        let subject = std::str::from_utf8(subject).context("a subject that is no text")?;
        let payload = Bytes::copy_from_slice(payload.get(1..).unwrap_or_default());
        log.audit().publish(subject, payload).await.context("keep a record in the audit")?;
        fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        kept += 1;
    }
    Ok(kept)
}

/// Does so for as long as the hub runs.
pub(crate) async fn keep_all(data_dir: PathBuf, log: Log) {
    loop {
        if let Err(error) = keep(&data_dir, &log).await {
            let error: &dyn std::error::Error = error.as_ref();
            tracing::error!(error, "what commands did is not in the audit yet");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn waiting(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("read {}", dir.display())),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("read {}", dir.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "record") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Keeps at once, with the hub's own key, what a command does that speaks to the log.
///
/// # Errors
/// The audit does not answer; then nothing is to be done or shown.
pub(crate) async fn record(log: &Log, record: AuditRecord) -> anyhow::Result<()> {
    let record = AuditRecord { via: Some(COMMAND_LINE.to_owned()), ..record };
    let encoded = encode_audit(&record.bounded(), fresh_name(), Timestamp::now())?;
    let kept = log.audit().publish(&encoded.subject, Bytes::from(encoded.payload)).await;
    kept.map(|_| ()).context("keep in the audit what is done")
}

#[cfg(test)]
mod tests {
    use carehub_contract::{AuditAction, decode_audit};
    use carehub_domain::BodyId;
    use carehub_storage::log::MemoryLog;

    use super::*;

    #[tokio::test]
    async fn what_is_left_is_kept_once_and_in_order_and_names_the_command_line() {
        let dir = tempfile::tempdir().unwrap();
        let memory = MemoryLog::new();
        let log = Log::Memory(memory.clone());
        assert_eq!(keep(dir.path(), &log).await.unwrap(), 0);
        for what in ["added", "disabled"] {
            let record = AuditRecord {
                agency: Some(BodyId::new("police").unwrap()),
                what: Some(what.to_owned()),
                ..AuditRecord::of(AuditAction::AccountChanged)
            };
            let tried = AuditRecord::of(AuditAction::AccountChanged);
            changing(dir.path(), tried, || Ok(((), record))).unwrap();
        }
        // What was not done is there as refused.
        let what = Some("disable".to_owned());
        let tried = AuditRecord { what, ..AuditRecord::of(AuditAction::AccountChanged) };
        changing::<()>(dir.path(), tried, || anyhow::bail!("no such person")).unwrap_err();
        assert!(memory.audit().messages().is_empty());
        assert_eq!(keep(dir.path(), &log).await.unwrap(), 3);
        assert_eq!(keep(dir.path(), &log).await.unwrap(), 0);
        let messages = memory.audit().messages();
        let kept: Vec<AuditRecord> = messages
            .iter()
            .map(|stored| decode_audit(&stored.payload, Timestamp::UNIX_EPOCH).unwrap().record)
            .collect();
        assert_eq!(messages[0].subject, "carehub.audit.police.general.account-changed");
        assert_eq!(
            kept.iter().map(|r| r.what.as_deref().unwrap()).collect::<Vec<_>>(),
            ["added", "disabled", "disable"]
        );
        let codes: Vec<Option<&str>> = kept.iter().map(|record| record.code.as_deref()).collect();
        assert_eq!(codes, [None, None, Some(COMMAND_REFUSED)]);
        assert!(kept.iter().all(|record| record.via.as_deref() == Some(COMMAND_LINE)));
    }
}
