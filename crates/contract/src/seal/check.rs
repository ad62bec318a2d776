//! Checks a log against its signed heads, message by message, and says where it was changed.
//!
//! What can be said depends on the witnesses. The heads show *that* something up to a size is not what
//! it was. The leaves that the hub kept when it folded (in its table) show *where*, and whether a
//! message was changed, put in or taken out: a message that was moved has its old leaf again when it is
//! counted at its old position.

use std::collections::BTreeMap;

use super::{Frontier, Hash, SignedHead, Tombstone, absent_leaf, leaf};

/// A message as the log gives it now.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    /// Its position.
    pub sequence: u64,
    /// Nanoseconds since 1970.
    pub time: i128,
    /// Its subject.
    pub subject: &'a str,
    /// Its headers.
    pub headers: &'a [(String, String)],
    /// Its payload.
    pub payload: &'a [u8],
}

impl Sealed<'_> {
    /// Its leaf if it stood at this position.
    #[must_use]
    pub fn leaf_at(&self, sequence: u64) -> Hash {
        leaf(sequence, self.time, self.subject, self.headers, self.payload)
    }
}

/// A head that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The head.
    pub head: SignedHead,
    /// Its position in the log; none for one that an agency kept.
    pub position: Option<u64>,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultCode {
    /// A message is gone, or cannot be read, and there is no tombstone.
    Missing,
    /// A message is not the one that was there.
    Changed,
    /// A message stands here that was not there; those after it have moved up.
    Inserted,
    /// A message was taken out, and those after it have moved down.
    Removed,
    /// The messages from `from` to `to` are not those of the head of size `to`.
    HeadDiffers,
    /// A head's signature does not hold, or it is signed by a key that is not trusted.
    HeadForged,
    /// A head names another head before it than one that is known.
    ChainBroken,
    /// A head is of another stream.
    OtherStream,
    /// The log ends before a position that was there.
    Shorter,
    /// A tombstone names another leaf than the message had.
    TombstoneDiffers,
}

impl FaultCode {
    /// The stable code; each has a page under `docs/errors/`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "log-message-missing",
            Self::Changed => "log-message-changed",
            Self::Inserted => "log-message-inserted",
            Self::Removed => "log-message-removed",
            Self::HeadDiffers => "log-head-differs",
            Self::HeadForged => "log-head-forged",
            Self::ChainBroken => "log-head-chain-broken",
            Self::OtherStream => "log-head-of-another-stream",
            Self::Shorter => "log-shorter",
            Self::TombstoneDiffers => "log-tombstone-differs",
        }
    }
}

/// Something that is wrong, and where: positions of the log as it is now, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// The first position.
    pub from: u64,
    /// The last position.
    pub to: u64,
}

/// How many faults are listed.
const FAULTS_LISTED: usize = 100;

/// Checks a log from its first position to its last.
#[derive(Debug)]
pub struct Checker {
    frontier: Frontier,
    heads: BTreeMap<u64, Vec<Known>>,
    tombstones: BTreeMap<u64, Hash>,
    /// The leaves that the hub folded, the first at index 0.
    folded: Vec<Hash>,
    /// How many messages more than the hub folded stand before the present one.
    shift: i64,
    /// The present position does not have the leaf that was folded: the next message says why.
    undecided: Option<u64>,
    /// The largest head that agrees.
    sound_through: u64,
    /// The largest head that an agency kept and that agrees. Where a kept one does not agree, the heads
    /// of the log are no witnesses: the hub's own key may have signed them anew.
    kept_through: u64,
    /// Whether a head did not agree: those after it cannot, whatever they cover.
    is_lost: bool,
    erased: u64,
    faults: Vec<Fault>,
}

impl Checker {
    /// A check of the stream `stream` against these heads, of which those are trusted that one of
    /// `keys` signed, with what the log holds of tombstones, and the leaves that were folded, if any.
    #[must_use]
    pub fn new(
        stream: &str,
        keys: &[String],
        heads: Vec<Known>,
        tombstones: &[Tombstone],
        folded: Vec<Hash>,
    ) -> Self {
        let mut checker = Self {
            frontier: Frontier::default(),
            heads: BTreeMap::new(),
            tombstones: tombstones.iter().map(|stone| (stone.position, stone.leaf)).collect(),
            folded: Vec::new(),
            shift: 0,
            undecided: None,
            sound_through: 0,
            kept_through: 0,
            is_lost: false,
            erased: 0,
            faults: Vec::new(),
        };
        let mut trusted = BTreeMap::new();
        for known in heads {
            let statement = &known.head.statement;
            let at = known.position.unwrap_or(statement.size);
            if !(known.head.is_genuine() && keys.contains(&known.head.key)) {
                checker.fault(FaultCode::HeadForged, at, at);
            } else if statement.stream != stream {
                checker.fault(FaultCode::OtherStream, at, at);
            } else {
                trusted.insert(statement.hash(), statement.size);
                checker.heads.entry(statement.size).or_default().push(known);
            }
        }
        checker.chain(&trusted);
        checker.folded = checker.authentic(folded);
        checker
    }

    /// Each head names one that is known and covers less. What an agency kept is one of the log's.
    fn chain(&mut self, trusted: &BTreeMap<Hash, u64>) {
        let broken: Vec<u64> = self
            .heads
            .values()
            .flatten()
            .filter(|known| {
                let statement = &known.head.statement;
                let before = statement.previous.map(|previous| trusted.get(&previous).copied());
                before.is_some_and(|before| before.is_none_or(|size| size >= statement.size))
            })
            .map(|known| known.position.unwrap_or(known.head.statement.size))
            .collect();
        for at in broken {
            self.fault(FaultCode::ChainBroken, at, at);
        }
    }

    /// The folded leaves, unless a head says that they are not those of this log: a table that was
    /// folded from a changed log is no witness.
    fn authentic(&self, folded: Vec<Hash>) -> Vec<Hash> {
        let mut frontier = Frontier::default();
        for leaf in &folded {
            frontier.push(*leaf);
            if !self.agrees(frontier.size(), frontier.root()) {
                return Vec::new();
            }
        }
        folded
    }

    fn agrees(&self, size: u64, root: Hash) -> bool {
        let at_size = self.heads.get(&size);
        at_size.is_none_or(|heads| heads.iter().all(|known| known.head.statement.root == root))
    }

    /// The message at the next position.
    pub fn message(&mut self, message: &Sealed<'_>) {
        let found = message.leaf_at(message.sequence);
        let stone = self.tombstones.get(&message.sequence);
        if stone.is_some_and(|stone| *stone != found) {
            self.fault(FaultCode::TombstoneDiffers, message.sequence, message.sequence);
        }
        self.compare(message, found);
        self.push(found);
    }

    /// There is no message at the next position, or none that can be read.
    pub fn gone(&mut self, position: u64) {
        self.settle();
        let folded = self.folded_at(position);
        let stone = self.tombstones.get(&position).copied();
        let leaf = match stone {
            Some(leaf) => {
                self.erased += 1;
                if folded.is_some_and(|folded| folded != leaf) {
                    self.fault(FaultCode::TombstoneDiffers, position, position);
                }
                leaf
            }
            None => {
                self.fault(FaultCode::Missing, position, position);
                absent_leaf(position)
            }
        };
        self.push(leaf);
    }

    /// Where the hub had folded what is now at this position.
    fn old_position(&self, position: u64) -> Option<u64> {
        position.checked_add_signed(-self.shift)
    }

    fn folded_at(&self, position: u64) -> Option<Hash> {
        self.folded_leaf(self.old_position(position)?)
    }

    fn folded_leaf(&self, old: u64) -> Option<Hash> {
        let index = usize::try_from(old.checked_sub(1)?).ok()?;
        self.folded.get(index).copied()
    }

    fn compare(&mut self, message: &Sealed<'_>, found: Hash) {
        let position = message.sequence;
        if let Some(before) = self.undecided.take() {
            let old = self.old_position(before);
            let is_old = old
                .and_then(|old| self.folded_leaf(old).map(|folded| message.leaf_at(old) == folded));
            if is_old == Some(true) {
                self.fault(FaultCode::Inserted, before, before);
                self.shift += 1;
                return;
            }
            self.fault(FaultCode::Changed, before, before);
        }
        let Some(old) = self.old_position(position) else { return };
        let Some(folded) = self.folded_leaf(old) else { return };
        let leaf = if self.shift == 0 { found } else { message.leaf_at(old) };
        if leaf == folded {
            return;
        }
        if self.folded_leaf(old + 1).is_some_and(|next| message.leaf_at(old + 1) == next) {
            self.fault(FaultCode::Removed, position, position);
            self.shift -= 1;
            return;
        }
        self.undecided = Some(position);
    }

    /// Nothing that comes next explains the last difference: the message itself was changed.
    fn settle(&mut self) {
        if let Some(position) = self.undecided.take() {
            self.fault(FaultCode::Changed, position, position);
        }
    }

    fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        let size = self.frontier.size();
        let Some(heads) = self.heads.get(&size).filter(|_| !self.is_lost) else {
            return;
        };
        let root = self.frontier.root();
        let (kept, own): (Vec<_>, Vec<_>) =
            heads.iter().partition(|known| known.position.is_none());
        let agree = |heads: &[&Known]| heads.iter().all(|known| known.head.statement.root == root);
        let from = match (agree(&kept), agree(&own)) {
            (true, true) => {
                self.sound_through = size;
                if !kept.is_empty() {
                    self.kept_through = size;
                }
                return;
            }
            (true, false) => self.sound_through + 1,
            (false, _) => self.kept_through + 1,
        };
        self.is_lost = true;
        // A fault within it says more exactly what this one would say.
        let is_explained = self.undecided.is_some()
            || self.faults.iter().any(|fault| {
                (from..=size).contains(&fault.from) && fault.code < FaultCode::HeadDiffers
                    || (from..=size).contains(&fault.from)
                        && fault.code == FaultCode::TombstoneDiffers
            });
        if !is_explained {
            self.fault(FaultCode::HeadDiffers, from, size);
        }
    }

    fn fault(&mut self, code: FaultCode, from: u64, to: u64) {
        let fault = Fault { code, from, to };
        if self.faults.len() < FAULTS_LISTED && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// The log ends here.
    #[must_use]
    pub fn end(mut self) -> Checked {
        self.settle();
        let last = self.frontier.size();
        let folded = (self.folded.len() as u64).saturating_add_signed(self.shift);
        let covered = self.heads.keys().next_back().copied().unwrap_or(0);
        if folded.max(covered) > last {
            self.fault(FaultCode::Shorter, last + 1, folded.max(covered));
        }
        Checked {
            last,
            heads: self.heads.values().map(Vec::len).sum(),
            sound_through: self.sound_through,
            erased: self.erased,
            faults: self.faults,
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The last position.
    pub last: u64,
    /// Heads that were compared.
    pub heads: usize,
    /// Everything up to here is as the heads say; what comes after the last head, no head covers.
    pub sound_through: u64,
    /// Messages that are gone and have a tombstone.
    pub erased: u64,
    /// What is wrong, in the order in which it was found; at most 100.
    pub faults: Vec<Fault>,
}

#[cfg(test)]
mod tests;
