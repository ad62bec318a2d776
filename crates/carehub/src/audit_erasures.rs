//! Erasures in the audit: that each was asked for, by whom and why, also where that was refused; and that it was
//! done, once the message is gone. It follows what the hub says of erasures in the log, from the beginning at each
//! start, and keeps what the audit has not: so a hub that is killed between the two leaves no hole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_contract::audit::{audit_id, subjects_of_action};
use carehub_contract::{AuditAction, AuditRecord, Contract, Mode, Subject, encode_audit};
use carehub_domain::Position;
use carehub_domain::erasure::Tombstone;
use carehub_domain::event::Event;
use carehub_domain::message::{MessageBody, OutputBody};
use carehub_storage::log::{Log, Read, Stored};
use jiff::Timestamp;

/// How often the hub looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where the hub says that something is erased, and that it is not.
const FOLLOWED: [&str; 2] = ["carehub.tombstone.>", "carehub.refusal.>"];

/// Messages read at a time.
const BATCH: usize = 1_000;

/// How long a batch is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// How such a record names its credential: the key of whoever asked is named by its agency.
const VIA: &str = "log";

/// What is followed, and how far.
#[derive(Debug, Default)]
pub struct Following {
    through: u64,
    /// What the audit has; none before it was looked at.
    kept: Option<BTreeSet<String>>,
    /// What is done once its message is gone.
    waiting: BTreeMap<u64, AuditRecord>,
}

/// Does so for as long as the hub runs.
pub(crate) async fn keep_all(log: Log) {
    let mut following = Following::default();
    loop {
        if let Err(error) = following.keep(&log).await {
            let error: &dyn std::error::Error = error.as_ref();
            tracing::error!(error, "erasures are not in the audit yet");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl Following {
    /// Keeps in the audit what the log says of erasures since the last time. Returns how many records.
    ///
    /// # Errors
    /// The log or the audit does not answer: it is tried again from there, and a record may then stand in the
    /// audit twice, under the same id.
    pub async fn keep(&mut self, log: &Log) -> anyhow::Result<usize> {
        if self.kept.is_none() {
            self.kept = Some(in_audit(log).await?);
        }
        let mut count = 0;
        let newest = newest(log).await?;
        if self.through < newest {
            let contract = Contract::compile().context("compile the contract")?;
            let filters = FOLLOWED.map(str::to_owned).to_vec();
            let mut reader = log.reader(self.through + 1, filters);
            while self.through < newest {
                for read in reader.next_batch(BATCH, WAIT).await? {
                    if let Read::Message(stored) = &read {
                        count += self.take(log, &contract, stored).await?;
                    }
                    self.through = self.through.max(read.through());
                }
            }
        }
        count += self.done(log).await?;
        Ok(count)
    }

    async fn take(
        &mut self,
        log: &Log,
        contract: &Contract,
        stored: &Stored,
    ) -> anyhow::Result<usize> {
        let MessageBody::Hub(output) = decoded(contract, stored) else { return Ok(0) };
        match output.body {
            OutputBody::Tombstone { tombstone, .. } => {
                let at = tombstone.position.0;
                let asked = record(&tombstone, AuditAction::ErasureAsked);
                let count = self.keep_once(log, &asked_id(at), asked).await?;
                if !self.has(&done_id(at)) {
                    self.waiting.insert(at, record(&tombstone, AuditAction::Erased));
                }
                Ok(count)
            }
            OutputBody::Refusal { agency, home, refusal, .. } => {
                let cause = output.cause.position.0;
                let request = log.get(cause).await?;
                if !request.is_some_and(|request| asks(contract, &request)) {
                    return Ok(0);
                }
                let record = AuditRecord {
                    agency: Some(agency),
                    home: Some(home),
                    via: Some(VIA.to_owned()),
                    ..AuditRecord::of(AuditAction::ErasureAsked)
                };
                self.keep_once(log, &refused_id(cause), record.refused(&refusal.code)).await
            }
            OutputBody::Escalation { .. }
            | OutputBody::Told { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Rejection { .. } => Ok(0),
        }
    }

    /// What was waited for and is gone by now.
    async fn done(&mut self, log: &Log) -> anyhow::Result<usize> {
        let mut count = 0;
        let waiting: Vec<u64> = self.waiting.keys().copied().collect();
        for some in waiting.chunks(BATCH) {
            let found = log.get_many(some).await?;
            for (at, _) in some.iter().zip(found).filter(|(_, stored)| stored.is_none()) {
                if let Some(record) = self.waiting.get(at).cloned() {
                    count += self.keep_once(log, &done_id(*at), record).await?;
                    self.waiting.remove(at);
                }
            }
        }
        Ok(count)
    }

    fn has(&self, id: &str) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.contains(id))
    }

    async fn keep_once(
        &mut self,
        log: &Log,
        id: &str,
        record: AuditRecord,
    ) -> anyhow::Result<usize> {
        if self.has(id) {
            return Ok(0);
        }
        let encoded = encode_audit(&record.bounded(), id.to_owned(), Timestamp::now())?;
        let kept = log.audit().publish(&encoded.subject, Bytes::from(encoded.payload)).await;
        kept.context("keep an erasure in the audit")?;
        self.kept.get_or_insert_default().insert(id.to_owned());
        Ok(1)
    }
}

fn decoded(contract: &Contract, stored: &Stored) -> MessageBody {
    let Ok(subject) = Subject::parse(&stored.subject) else { return MessageBody::Unreadable };
    let at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
    contract.decode(&subject, &stored.payload, at, Position(stored.sequence), Mode::Trust).body
}

/// Whether a message asks for an erasure.
fn asks(contract: &Contract, stored: &Stored) -> bool {
    match decoded(contract, stored) {
        MessageBody::Agency(said) => matches!(said.event, Ok(Event::ErasureRequested(_))),
        MessageBody::Hub(_)
        | MessageBody::Tick(_)
        | MessageBody::Policy(_)
        | MessageBody::Reserved
        | MessageBody::Unreadable => false,
    }
}

/// Of whoever asked, about the home; it says whose text, why and which role decided it, and repeats nothing of it.
fn record(tombstone: &Tombstone, action: AuditAction) -> AuditRecord {
    let reason = serde_json::to_value(tombstone.reason).ok();
    let reason = reason.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let decided_by = tombstone.decided_by.as_ref().map(|role| format!(", decided by {role}"));
    AuditRecord {
        agency: Some(tombstone.asked_by.clone()),
        home: Some(tombstone.home.clone()),
        via: Some(VIA.to_owned()),
        what: Some(format!("what {} said", tombstone.agency)),
        why: Some(format!("{reason}{}", decided_by.unwrap_or_default())),
        ..AuditRecord::of(action)
    }
}

fn asked_id(position: u64) -> String {
    format!("erasure-{position}-asked")
}

fn done_id(position: u64) -> String {
    format!("erasure-{position}-done")
}

fn refused_id(cause: u64) -> String {
    format!("erasure-refused-{cause}")
}

/// The newest of what is followed.
async fn newest(log: &Log) -> anyhow::Result<u64> {
    let mut newest = 0;
    for subject in FOLLOWED {
        let last = log.last_for_subject(subject).await?;
        newest = newest.max(last.map_or(0, |stored| stored.sequence));
    }
    Ok(newest)
}

/// The ids of the records of erasures that the audit has.
async fn in_audit(log: &Log) -> anyhow::Result<BTreeSet<String>> {
    let audit = log.audit();
    let subjects =
        [AuditAction::ErasureAsked, AuditAction::Erased].map(subjects_of_action).to_vec();
    let mut newest = 0;
    for subject in &subjects {
        let last = audit.last_for_subject(subject).await?;
        newest = newest.max(last.map_or(0, |stored| stored.sequence));
    }
    let (mut ids, mut through) = (BTreeSet::new(), 0);
    let mut reader = audit.reader(1, subjects);
    while through < newest {
        for read in reader.next_batch(BATCH, WAIT).await? {
            through = through.max(read.through());
            if let Read::Message(stored) = read {
                ids.extend(audit_id(&stored.payload));
            }
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests;
