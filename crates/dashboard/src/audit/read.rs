//! Reads the audit: who has looked at a home, what a person has done.

use std::collections::VecDeque;
use std::time::Duration;

use carehub_contract::audit::{subjects_about, subjects_of_all};
use carehub_contract::{AuditAction, AuditEntry, decode_audit};
use carehub_domain::{BodyId, HomeId, PersonId};
use carehub_storage::log::{Log, LogError, Read};
use jiff::Timestamp;

/// Records handed over at once.
const AT_ONCE: usize = 2_000;

/// How long a batch is waited for before the end is looked for again.
const WAIT: Duration = Duration::from_secs(5);

/// Which records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// That tell of this home, by itself or in a list.
    pub home: Option<HomeId>,
    /// Of this agency's people and programs.
    pub agency: Option<BodyId>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// Of this action.
    pub action: Option<AuditAction>,
    /// Kept at or after this time.
    pub since: Option<Timestamp>,
    /// Kept before this time.
    pub until: Option<Timestamp>,
}

impl AuditQuery {
    fn matches(&self, entry: &AuditEntry) -> bool {
        let record = &entry.record;
        self.home.as_ref().is_none_or(|home| record.shows(home))
            && self.agency.as_ref().is_none_or(|agency| record.agency.as_ref() == Some(agency))
            && self.person.as_ref().is_none_or(|person| record.person.as_ref() == Some(person))
            && self.action.is_none_or(|action| record.action == action)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

/// The newest `limit` records that match, the newest first, of the audit stream `audit`.
///
/// # Errors
/// The server does not answer.
pub async fn read(
    audit: &Log,
    query: &AuditQuery,
    limit: usize,
) -> Result<Vec<AuditEntry>, LogError> {
    let subjects = query.home.as_ref().map_or_else(subjects_of_all, subjects_about);
    let mut newest = 0;
    for subject in &subjects {
        let stored = audit.last_for_subject(subject).await?;
        newest = newest.max(stored.map_or(0, |stored| stored.sequence));
    }
    let mut found = VecDeque::new();
    let mut position = match query.since {
        Some(since) => before(audit, since).await?,
        None => 0,
    };
    let mut reader = audit.reader(position + 1, subjects);
    while position < newest {
        for read in reader.next_batch(AT_ONCE, WAIT).await? {
            position = read.through();
            let Read::Message(stored) = read else { continue };
            let Ok(at) = Timestamp::from_nanosecond(stored.time) else { continue };
            let entry = decode_audit(&stored.payload, at);
            if let Some(entry) = entry.filter(|entry| query.matches(entry)) {
                found.push_front(entry);
                found.truncate(limit);
            }
        }
    }
    Ok(found.into())
}

/// The last sequence whose record was kept before `since`: nothing is ever missing from the audit, so
/// its middle can be looked at.
async fn before(audit: &Log, since: Timestamp) -> Result<u64, LogError> {
    let since = since.as_nanosecond();
    let (mut earlier, mut later) = (0, audit.last_sequence().await? + 1);
    while later - earlier > 1 {
        let middle = earlier + (later - earlier) / 2;
        match audit.get(middle).await? {
            Some(stored) if stored.time < since => earlier = middle,
            Some(_) | None => later = middle,
        }
    }
    Ok(earlier)
}
