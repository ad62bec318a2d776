//! Tamper evidence over the log: what a message's leaf is, the Merkle tree over the leaves, the signed
//! heads of the tree, and the proof that one message is in it (`docs/adr/0021-signed-heads.md`).
//!
//! Pure: it neither reads the log nor knows where keys are kept.

mod check;
mod export;
mod head;
mod leaf;
mod proof;
mod said;
mod tree;

pub use check::{Checked, Checker, Fault, FaultCode, Known, Sealed};
pub use export::{PROOF_FORMAT, Proof, ProofFault, ProvenMessage};
pub use head::{SignError, SignedHead, Signer, Statement};
pub use leaf::{Hash, NotAHash, absent_leaf, leaf};
pub use proof::{Consistency, Inclusion};
pub use said::{Tombstone, encode_head, encode_head_for, head_of, tombstone_of};
pub use tree::{Frontier, root_of};
