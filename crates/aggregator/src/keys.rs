//! The keys of the table: one tree, a prefix for each kind of value, so that one batch holds
//! everything that a batch of messages changed (law 4).

use carehub_domain::{EscalationId, HomeId, Position};

/// Position, time, stream identity, fold version.
pub(crate) const META: &[u8] = b"m/meta";
/// What became of the rule books of the log.
pub(crate) const ACTIVATIONS: &[u8] = b"m/activations";
/// Rule books as they stand in the log, by position: those that still matter.
pub(crate) const POLICIES: &[u8] = b"p/";
/// How far a step of several chunks is stored; only there while one is under way.
pub(crate) const CURSOR: &[u8] = b"m/cursor";
/// What the chunks of the step under way have overwritten, each before its own key.
pub(crate) const KEPT: &[u8] = b"u/";
/// Heads of homes.
pub(crate) const HEADS: &[u8] = b"h/";
/// Blocks of timelines.
pub(crate) const ITEMS: &[u8] = b"i/";
/// Escalations.
pub(crate) const ESCALATIONS: &[u8] = b"e/";
/// Blocks of verdicts: the durable identity index.
pub(crate) const VERDICTS: &[u8] = b"v/";
/// The tree over what is folded.
pub(crate) const SEAL: &[u8] = b"m/seal";
/// Blocks of the tree's leaves.
pub(crate) const LEAVES: &[u8] = b"l/";
/// The outbox. Dumps that are compared leave it out (law 2).
pub const OUTBOX: &[u8] = b"o/";
/// What comes after every key of the outbox.
pub(crate) const OUTBOX_END: &[u8] = b"o0";

/// Where the value that a key had is kept.
pub(crate) fn kept(key: &[u8]) -> Vec<u8> {
    [KEPT, key].concat()
}

pub(crate) fn policy(position: Position) -> Vec<u8> {
    [POLICIES, &position.0.to_be_bytes()[..]].concat()
}

pub(crate) fn head(home: &HomeId) -> Vec<u8> {
    [HEADS, home.as_str().as_bytes()].concat()
}

/// A home token has no NUL, so no home's blocks can run into another's.
pub(crate) fn items(home: &HomeId, block: usize) -> Vec<u8> {
    let number = (block as u32).to_be_bytes();
    [ITEMS, home.as_str().as_bytes(), b"\0", &number].concat()
}

pub(crate) fn items_of(home: &HomeId) -> Vec<u8> {
    [ITEMS, home.as_str().as_bytes(), b"\0"].concat()
}

pub(crate) fn escalation(home: &HomeId, id: &EscalationId) -> Vec<u8> {
    [ESCALATIONS, home.as_str().as_bytes(), b"\0", id.as_str().as_bytes()].concat()
}

pub(crate) fn escalations_of(home: &HomeId) -> Vec<u8> {
    [ESCALATIONS, home.as_str().as_bytes(), b"\0"].concat()
}

pub(crate) fn verdicts(block: u64) -> Vec<u8> {
    [VERDICTS, &block.to_be_bytes()[..]].concat()
}

pub(crate) fn leaves(block: u64) -> Vec<u8> {
    [LEAVES, &block.to_be_bytes()[..]].concat()
}

pub(crate) fn outbox(position: u64, n: u32) -> Vec<u8> {
    [OUTBOX, &position.to_be_bytes()[..], &n.to_be_bytes()[..]].concat()
}
