//! What became of every message of an agency, in blocks of fixed ranges of positions: the durable
//! index of law 8, and where `import` and the API read verdicts.

use carehub_domain::fold::Known;
use carehub_domain::message::Verdict;
use carehub_domain::{BodyId, Digest, Position};
use carehub_storage::table::{Table, TableError};
use serde::{Deserialize, Serialize};

use crate::chunks::Writes;
use crate::keys;
use crate::stored::{self, StoredError};

/// Positions in a block. The blocks do not depend on how messages were batched, so that two runs
/// over the same log store the same bytes; a block that is rewritten at every commit stays small.
const POSITIONS_PER_BLOCK: u64 = 64;

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRow {
    /// The message.
    pub position: Position,
    /// Who said it.
    pub agency: BodyId,
    /// What became of it.
    pub verdict: Verdict,
    /// The event's identity, where it could be read.
    pub identity: Option<Digest>,
    /// The digest of its bytes.
    pub content: Digest,
}

/// A row as it is stored: positions are relative to the block, verdicts a plain enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    offset: u8,
    agency: BodyId,
    identity: Option<[u8; 16]>,
    content: [u8; 16],
    verdict: StoredVerdict,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum StoredVerdict {
    Accepted,
    Corroborating(u64),
    Duplicate(u64),
    TextWithheld,
    Rejected(String),
    Refused(String),
}

/// The newest block, kept so that a commit need not read it back.
#[derive(Debug, Clone, Default)]
pub(crate) struct VerdictTail {
    block: u64,
    rows: Vec<Row>,
    /// Blocks that were filled since the last commit.
    full: Vec<(u64, Vec<Row>)>,
    changed: bool,
}

impl VerdictTail {
    /// Adds a row; positions only ever grow.
    pub(crate) fn add(&mut self, row: VerdictRow) {
        let block = row.position.0 / POSITIONS_PER_BLOCK;
        if block != self.block {
            let rows = std::mem::take(&mut self.rows);
            if self.changed {
                self.full.push((self.block, rows));
            }
            self.block = block;
        }
        self.rows.push(stored_row(row));
        self.changed = true;
    }

    /// What became of the message at `position`, here or in the table.
    pub(crate) fn find(
        &self,
        table: &Table,
        position: Position,
    ) -> Result<Option<VerdictRow>, VerdictsError> {
        let block = position.0 / POSITIONS_PER_BLOCK;
        let offset = (position.0 % POSITIONS_PER_BLOCK) as u8;
        let mut here = vec![(self.block, &self.rows)];
        here.extend(self.full.iter().map(|(block, rows)| (*block, rows)));
        let rows = here.into_iter().filter(|(number, _)| *number == block);
        if let Some(row) = rows.flat_map(|(_, rows)| rows).find(|row| row.offset == offset) {
            return Ok(Some(row_of(block, row)));
        }
        Ok(at(table, &[position])?.pop())
    }

    /// Adds what changed to what is to be written.
    pub(crate) fn write(&mut self, writes: &mut Writes) -> Result<(), StoredError> {
        for (block, rows) in self.full.drain(..) {
            writes.put(keys::verdicts(block), stored::encode(&rows)?);
        }
        if self.changed {
            writes.put(keys::verdicts(self.block), stored::encode(&self.rows)?);
            self.changed = false;
        }
        Ok(())
    }
}

/// Why verdicts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VerdictsError {
    /// The table failed.
    #[error("read a block of verdicts")]
    Table(#[from] TableError),
    /// A block is damaged.
    #[error("decode a block of verdicts")]
    Stored(#[from] StoredError),
}

/// What does not count, with who said it and under which identity.
pub(crate) type Uncounted = Vec<(Position, BodyId, Option<Digest>)>;

/// The index as it is loaded.
pub(crate) struct Loaded {
    /// The events that count.
    pub(crate) known: Vec<(Digest, Known)>,
    /// What does not.
    pub(crate) uncounted: Uncounted,
    /// The newest block.
    pub(crate) tail: VerdictTail,
}

/// Everything of the index.
pub(crate) fn load(table: &Table) -> Result<Loaded, VerdictsError> {
    let (mut known, mut uncounted) = (Vec::new(), Vec::new());
    let mut tail = VerdictTail::default();
    for entry in table.scan(keys::VERDICTS) {
        let (key, value) = entry?;
        let rows: Vec<Row> = stored::decode(&value)?;
        let block = block_of(&key);
        for row in &rows {
            let counts = matches!(
                row.verdict,
                StoredVerdict::Accepted
                    | StoredVerdict::Corroborating(_)
                    | StoredVerdict::TextWithheld
            );
            let position = Position(block * POSITIONS_PER_BLOCK + u64::from(row.offset));
            let identity = row.identity.map(|bytes| Digest::from(u128::from_be_bytes(bytes)));
            let content = Digest::from(u128::from_be_bytes(row.content));
            match identity {
                Some(identity) if counts => known.push((identity, Known { position, content })),
                Some(_) | None if counts => {}
                Some(_) | None => uncounted.push((position, row.agency.clone(), identity)),
            }
        }
        tail = VerdictTail { block, rows, full: Vec::new(), changed: false };
    }
    Ok(Loaded { known, uncounted, tail })
}

/// The verdicts at these positions; a position that is not an agency's message has none.
pub(crate) fn at(table: &Table, positions: &[Position]) -> Result<Vec<VerdictRow>, VerdictsError> {
    let mut found = Vec::new();
    let mut loaded: Option<(u64, Vec<Row>)> = None;
    for position in positions {
        let block = position.0 / POSITIONS_PER_BLOCK;
        if loaded.as_ref().is_none_or(|(number, _)| *number != block) {
            let rows = match table.get(keys::verdicts(block))? {
                Some(value) => stored::decode(&value)?,
                None => Vec::new(),
            };
            loaded = Some((block, rows));
        }
        let offset = (position.0 % POSITIONS_PER_BLOCK) as u8;
        let rows = loaded.iter().flat_map(|(_, rows)| rows);
        found.extend(rows.filter(|row| row.offset == offset).map(|row| row_of(block, row)));
    }
    Ok(found)
}

fn block_of(key: &[u8]) -> u64 {
    let mut number = [0_u8; 8];
    if let Some(bytes) = key.get(keys::VERDICTS.len()..keys::VERDICTS.len() + 8) {
        number.copy_from_slice(bytes);
    }
    u64::from_be_bytes(number)
}

fn stored_row(row: VerdictRow) -> Row {
    Row {
        offset: (row.position.0 % POSITIONS_PER_BLOCK) as u8,
        agency: row.agency,
        identity: row.identity.map(|digest| u128::from(digest).to_be_bytes()),
        content: u128::from(row.content).to_be_bytes(),
        verdict: match row.verdict {
            Verdict::Accepted => StoredVerdict::Accepted,
            Verdict::Corroborating { first } => StoredVerdict::Corroborating(first.0),
            Verdict::Duplicate { of } => StoredVerdict::Duplicate(of.0),
            Verdict::TextWithheld => StoredVerdict::TextWithheld,
            Verdict::Rejected { code } => StoredVerdict::Rejected(code),
            Verdict::Refused { code } => StoredVerdict::Refused(code),
        },
    }
}

fn row_of(block: u64, row: &Row) -> VerdictRow {
    VerdictRow {
        position: Position(block * POSITIONS_PER_BLOCK + u64::from(row.offset)),
        agency: row.agency.clone(),
        identity: row.identity.map(|bytes| Digest::from(u128::from_be_bytes(bytes))),
        content: Digest::from(u128::from_be_bytes(row.content)),
        verdict: match &row.verdict {
            StoredVerdict::Accepted => Verdict::Accepted,
            StoredVerdict::Corroborating(first) => {
                Verdict::Corroborating { first: Position(*first) }
            }
            StoredVerdict::Duplicate(of) => Verdict::Duplicate { of: Position(*of) },
            StoredVerdict::TextWithheld => Verdict::TextWithheld,
            StoredVerdict::Rejected(code) => Verdict::Rejected { code: code.clone() },
            StoredVerdict::Refused(code) => Verdict::Refused { code: code.clone() },
        },
    }
}
