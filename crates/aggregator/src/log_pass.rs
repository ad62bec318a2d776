//! Reads the whole log once, in order, for what looks at every message: checking it, and proving that
//! one is in it. A message that the server cannot give is gone, whatever the reason.

use std::collections::BTreeMap;
use std::time::Duration;

use carehub_contract::seal::{Hash, Known, Tombstone, absent_leaf, head_of, leaf, tombstone_of};
use carehub_storage::log::{Log, LogError, Read, Stored};

/// Messages asked for at a time.
const BATCH: usize = 4_000;

/// How long nothing may come before the positions that are left are asked for one by one: a reader does
/// not tell a message that cannot be read at the end of the log from one that is still to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is at a position.
pub(crate) enum At<'a> {
    /// A message.
    Message(&'a Stored),
    /// None that can be read.
    Gone(u64),
}

/// Shows `look` every position up to `through`, in order.
pub(crate) async fn walk(
    log: &Log,
    through: u64,
    mut progress: impl FnMut(u64),
    mut look: impl FnMut(At<'_>),
) -> Result<(), LogError> {
    let mut reader = log.reader(1, Vec::new());
    let mut next = 1;
    while next <= through {
        let reads = reader.next_batch(BATCH, PATIENCE).await?;
        if reads.is_empty() {
            break;
        }
        for read in reads {
            match read {
                Read::Message(stored) if stored.sequence <= through => {
                    look(At::Message(&stored));
                    next = stored.sequence + 1;
                }
                Read::Message(_) => next = through + 1,
                Read::Gap { from, to } => {
                    for position in from..=to.min(through) {
                        look(At::Gone(position));
                    }
                    next = to + 1;
                }
            }
        }
        progress(next - 1);
    }
    for position in next..=through {
        match log.get(position).await? {
            Some(stored) => look(At::Message(&stored)),
            None => look(At::Gone(position)),
        }
    }
    Ok(())
}

/// Every message on these subjects.
async fn on(log: &Log, filter: &str, mut look: impl FnMut(&Stored)) -> Result<u64, LogError> {
    let newest = log.last_for_subject(filter).await?.map_or(0, |stored| stored.sequence);
    let mut reader = log.reader(1, vec![filter.to_owned()]);
    let mut through = 0;
    while through < newest {
        let reads = reader.next_batch(BATCH, PATIENCE).await?;
        if reads.is_empty() {
            break;
        }
        for read in reads {
            through = read.through();
            if let Read::Message(stored) = read {
                look(&stored);
            }
        }
    }
    Ok(newest)
}

/// The heads in the log, in their order.
pub(crate) async fn heads(log: &Log) -> Result<Vec<Known>, LogError> {
    let mut heads = Vec::new();
    on(log, "carehub.control.head.>", |stored| {
        if let Some(head) = head_of(&stored.payload) {
            heads.push(Known { head, position: Some(stored.sequence) });
        }
    })
    .await?;
    Ok(heads)
}

/// The leaves of erased messages, by position, as the log's tombstones give them.
#[derive(Debug, Default)]
pub(crate) struct Tombstones {
    leaves: BTreeMap<u64, Hash>,
    /// The newest tombstone that was read.
    newest: u64,
}

impl Tombstones {
    /// Reads them all.
    pub(crate) async fn read(log: &Log) -> Result<Self, LogError> {
        let mut leaves = BTreeMap::new();
        let newest = on(log, "carehub.tombstone.>", |stored| {
            if let Some(Tombstone { position, leaf }) = tombstone_of(&stored.payload) {
                // Only the first counts: nobody erases twice.
                leaves.entry(position).or_insert(leaf);
            }
        })
        .await?;
        Ok(Self { leaves, newest })
    }

    /// The leaf of what stood at a position where there is nothing now; reads what has come since.
    pub(crate) async fn leaf(
        &mut self,
        log: &Log,
        position: u64,
    ) -> Result<Option<Hash>, LogError> {
        if !self.leaves.contains_key(&position) {
            let newest = log.last_for_subject("carehub.tombstone.>").await?;
            if newest.is_some_and(|stored| stored.sequence > self.newest) {
                *self = Self::read(log).await?;
            }
        }
        Ok(self.leaves.get(&position).copied())
    }

    /// Every one.
    pub(crate) fn all(&self) -> Vec<Tombstone> {
        let each = self.leaves.iter();
        each.map(|(position, leaf)| Tombstone { position: *position, leaf: *leaf }).collect()
    }
}

/// The leaf of a message.
pub(crate) fn leaf_of(stored: &Stored) -> Hash {
    let Stored { sequence, time, subject, headers, payload } = stored;
    leaf(*sequence, *time, subject, headers, payload)
}

/// The leaf of what is at a position.
pub(crate) fn leaf_at(at: &At<'_>, tombstones: &Tombstones) -> Hash {
    match at {
        At::Message(stored) => leaf_of(stored),
        At::Gone(position) => {
            tombstones.leaves.get(position).copied().unwrap_or_else(|| absent_leaf(*position))
        }
    }
}
