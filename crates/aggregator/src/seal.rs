//! The tree over what is folded (`docs/adr/0021-signed-heads.md`): it is stored with the position, so a
//! replay gives the same one. Says when a head is due; `heads.rs` signs and publishes it.

use carehub_contract::Subject;
use carehub_contract::seal::{Frontier, Hash, SignedHead, Statement, head_of};
use carehub_storage::table::Table;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::chunks::Writes;
use crate::keys;
use crate::restore::RestoreError;
use crate::stored::{self, StoredError};

/// A head is due with the first tick after so many positions.
const EVERY_POSITIONS: u64 = 5_000;

/// And with the first tick after so long. Somebody always says something within a day: the hub itself.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Leaves in one value of the table: 4 KiB.
const LEAVES_PER_BLOCK: u64 = 128;

/// Whether heads agree with what is folded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadBack {
    /// It is the one that was due, or one that another build decided.
    Taken,
    /// It covers what was due here, and says something else.
    Differs,
}

/// What a message means to the tree.
#[derive(Debug)]
pub(crate) enum Sealing {
    /// It is a signed head.
    Head(Box<SignedHead>),
    /// It is a tick, with which a head may fall due.
    Tick,
    /// It is one more leaf.
    Leaf,
}

impl Sealing {
    /// Of a message on this subject, where it has one that can be read.
    pub(crate) fn of(subject: Option<&Subject>, payload: &[u8]) -> Self {
        match subject {
            Some(Subject::Head { size }) => head_of(payload)
                .filter(|head| head.statement.size == *size)
                .map_or(Self::Leaf, |head| Self::Head(Box::new(head))),
            Some(Subject::Tick { .. }) => Self::Tick,
            Some(
                Subject::Agency { .. }
                | Subject::MalformedHome { .. }
                | Subject::Escalation { .. }
                | Subject::Notice { .. }
                | Subject::Rejection { .. }
                | Subject::Refusal { .. }
                | Subject::Tombstone { .. }
                | Subject::Policy { .. }
                | Subject::HeadNotice { .. }
                | Subject::Person { .. }
                | Subject::Delivery { .. }
                | Subject::Reserved(_)
                | Subject::Receipt { .. }
                | Subject::Alert { .. },
            )
            | None => Self::Leaf,
        }
    }
}

/// The newest head in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    size: u64,
    hash: Hash,
    recorded_at: Timestamp,
}

/// What is stored of it, beside the leaves.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    frontier: Frontier,
    last: Option<Last>,
    /// The head that is due. It is one when it is read back, not before.
    due: Option<Statement>,
}

/// The tree, and the leaves that are not stored yet.
#[derive(Debug, Default)]
pub(crate) struct Seal {
    kept: Kept,
    /// Whole blocks of leaves that are not stored yet, by number.
    whole: Vec<(u64, Vec<u8>)>,
    /// The leaves of the block that is not whole.
    rest: Vec<u8>,
}

impl Seal {
    /// As the table has it at `position`.
    pub(crate) fn restore(table: &Table, position: u64) -> Result<Self, RestoreError> {
        let bytes = table.get(keys::SEAL)?.ok_or(RestoreError::Foreign("it has no tree"))?;
        let kept: Kept = stored::decode(&bytes)?;
        if kept.frontier.size() != position {
            return Err(RestoreError::Foreign("its tree is of another position"));
        }
        let rest = match position % LEAVES_PER_BLOCK {
            0 => Vec::new(),
            _ => table.get(keys::leaves(position / LEAVES_PER_BLOCK))?.unwrap_or_default().to_vec(),
        };
        if rest.len() as u64 != position % LEAVES_PER_BLOCK * 32 {
            return Err(RestoreError::Foreign("leaves of its tree are missing"));
        }
        Ok(Self { kept, whole: Vec::new(), rest })
    }

    /// Takes the next message into the tree. `stream` is which stream it is.
    pub(crate) fn take(
        &mut self,
        stream: &str,
        leaf: Hash,
        sealing: &Sealing,
        recorded_at: Timestamp,
    ) -> ReadBack {
        self.push(leaf);
        match sealing {
            Sealing::Head(head) => self.read_back(head),
            Sealing::Tick => {
                self.tick(stream, recorded_at);
                ReadBack::Taken
            }
            Sealing::Leaf => ReadBack::Taken,
        }
    }

    /// Adds the leaf of the next position.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.kept.frontier.push(leaf);
        self.rest.extend(leaf.bytes());
        let size = self.kept.frontier.size();
        if size.is_multiple_of(LEAVES_PER_BLOCK) {
            self.whole.push((size / LEAVES_PER_BLOCK - 1, std::mem::take(&mut self.rest)));
        }
    }

    fn tick(&mut self, stream: &str, recorded_at: Timestamp) {
        let size = self.kept.frontier.size();
        let is_due = self.kept.last.as_ref().is_none_or(|last| {
            size >= last.size + EVERY_POSITIONS
                || recorded_at.duration_since(last.recorded_at) >= EVERY
        });
        if is_due && self.kept.due.is_none() {
            self.kept.due = Some(Statement {
                stream: stream.to_owned(),
                size,
                root: self.kept.frontier.root(),
                previous: self.kept.last.as_ref().map(|last| last.hash),
                recorded_at,
            });
        }
    }

    fn read_back(&mut self, head: &SignedHead) -> ReadBack {
        let Statement { size, recorded_at, .. } = head.statement;
        self.kept.last = Some(Last { size, hash: head.statement.hash(), recorded_at });
        // Another build may have found another size due (law 2): what is in the log counts.
        match self.kept.due.take() {
            Some(due) if due.size == size && due != head.statement => ReadBack::Differs,
            Some(_) | None => ReadBack::Taken,
        }
    }

    /// The head that is due.
    pub(crate) fn due(&self) -> Option<&Statement> {
        self.kept.due.as_ref()
    }

    /// The size of the newest head in the log; 0 before the first.
    pub(crate) fn signed_through(&self) -> u64 {
        self.kept.last.as_ref().map_or(0, |last| last.size)
    }

    /// Adds what is not stored yet to what is written with the position.
    pub(crate) fn write(&mut self, writes: &mut Writes) -> Result<(), StoredError> {
        for (number, block) in self.whole.drain(..) {
            writes.put(keys::leaves(number), block);
        }
        if !self.rest.is_empty() {
            let number = self.kept.frontier.size() / LEAVES_PER_BLOCK;
            writes.put(keys::leaves(number), self.rest.clone());
        }
        writes.put(keys::SEAL, stored::encode(&self.kept)?);
        Ok(())
    }
}

/// The leaves that are stored in a table, the first at index 0.
///
/// # Errors
/// The table cannot be read.
pub(crate) fn stored_leaves(table: &Table) -> Result<Vec<Hash>, RestoreError> {
    let mut leaves = Vec::new();
    for entry in table.scan(keys::LEAVES) {
        let (_, block) = entry?;
        let (each, _) = block.as_chunks::<32>();
        leaves.extend(each.iter().copied().map(Hash::from_bytes));
    }
    Ok(leaves)
}
