//! The proof that one message is in the log, as a file that needs neither a hub nor a network.

use serde::{Deserialize, Serialize};

use super::{Hash, Inclusion, SignedHead, leaf};

/// What a proof file says that it is.
pub const PROOF_FORMAT: &str = "carehub-proof-v1";

/// A message of the log, as its leaf is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenMessage {
    /// Nanoseconds since 1970 by the log's clock, in decimal; too long a number for some readers of JSON.
    pub time: String,
    /// The same for people, RFC 3339.
    pub recorded_at: String,
    /// The subject.
    pub subject: String,
    /// The headers, sorted by name.
    pub headers: Vec<(String, String)>,
    /// The payload as 2 hexadecimal digits a byte: exactly what was published.
    pub payload: String,
    /// The payload for people; no part of the proof.
    pub text: String,
}

/// That a message is in the log under a signed head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// [`PROOF_FORMAT`].
    pub format: String,
    /// The message's leaf.
    pub leaf: Hash,
    /// The message itself, unless it is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ProvenMessage>,
    /// The way from the leaf to the root.
    pub inclusion: Inclusion,
    /// The head whose root it is.
    pub head: SignedHead,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// It is of another format.
    #[error("it is not a proof of the format {PROOF_FORMAT}")]
    Format,
    /// The message does not have this leaf.
    #[error("the message is not the one whose leaf this is")]
    Message,
    /// The path does not lead from the leaf to the head's root.
    #[error("the message is not in the log under this head")]
    NotIncluded,
    /// The head's own key did not sign it.
    #[error("the head is not signed by the key that it names")]
    Signature,
}

impl ProofFault {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Format => "proof-format",
            Self::Message => "proof-message-differs",
            Self::NotIncluded => "proof-not-included",
            Self::Signature => "proof-not-signed",
        }
    }
}

impl Proof {
    /// Checks everything that the file itself can show. Whose key signed the head is the reader's to
    /// compare.
    ///
    /// # Errors
    /// The first [`ProofFault`].
    pub fn check(&self) -> Result<(), ProofFault> {
        if self.format != PROOF_FORMAT {
            return Err(ProofFault::Format);
        }
        if let Some(message) = &self.message {
            let payload = data_encoding::HEXLOWER.decode(message.payload.as_bytes());
            let payload = payload.map_err(|_| ProofFault::Message)?;
            let time: i64 = message.time.parse().map_err(|_| ProofFault::Message)?;
            let found = leaf(
                self.inclusion.position,
                time.into(),
                &message.subject,
                &message.headers,
                &payload,
            );
            // What people read must be what is proven.
            if found != self.leaf || String::from_utf8_lossy(&payload) != message.text {
                return Err(ProofFault::Message);
            }
        }
        let is_included = self.inclusion.size == self.head.statement.size
            && self.inclusion.root(self.leaf) == Some(self.head.statement.root);
        if !is_included {
            return Err(ProofFault::NotIncluded);
        }
        if self.head.is_genuine() { Ok(()) } else { Err(ProofFault::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use nkeys::KeyPair;

    use super::super::{Signer, Statement, absent_leaf, root_of};
    use super::*;

    fn proof() -> Proof {
        let payload = b"{}";
        let headers = vec![("A".to_owned(), "b".to_owned())];
        let mut leaves: Vec<Hash> = (1..=9).map(absent_leaf).collect();
        leaves[4] = leaf(5, 7, "carehub.concern.police.h", &headers, payload);
        let statement = Statement {
            stream: "CAREHUB".to_owned(),
            size: 9,
            root: root_of(&leaves),
            previous: None,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
        };
        Proof {
            format: PROOF_FORMAT.to_owned(),
            leaf: leaves[4],
            message: Some(ProvenMessage {
                time: "7".to_owned(),
                recorded_at: "1970-01-01T00:00:00.000000007Z".to_owned(),
                subject: "carehub.concern.police.h".to_owned(),
                headers,
                payload: data_encoding::HEXLOWER.encode(payload),
                text: "{}".to_owned(),
            }),
            inclusion: Inclusion::of(5, &leaves).unwrap(),
            head: Signer::new(KeyPair::new_user()).sign(statement).unwrap(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Proof), expected: Result<(), ProofFault>) {
        let mut proof = proof();
        change(&mut proof);
        assert_eq!(proof.check(), expected);
    }

    #[test]
    fn a_proof_holds_and_no_changed_one_does() {
        check(|_| {}, Ok(()));
        check(|proof| proof.message = None, Ok(()));
        check(|proof| proof.format.push('2'), Err(ProofFault::Format));
        let message = |change: fn(&mut ProvenMessage)| {
            move |proof: &mut Proof| change(proof.message.as_mut().unwrap())
        };
        check(message(|message| message.payload = "7b7c".to_owned()), Err(ProofFault::Message));
        check(message(|message| message.text.push('!')), Err(ProofFault::Message));
        check(message(|message| message.time = "8".to_owned()), Err(ProofFault::Message));
        check(message(|message| message.headers.clear()), Err(ProofFault::Message));
        check(message(|message| message.subject.push('x')), Err(ProofFault::Message));
        check(|proof| proof.inclusion.position = 4, Err(ProofFault::Message));
        check(
            |proof| {
                proof.message = None;
                proof.leaf = absent_leaf(5);
            },
            Err(ProofFault::NotIncluded),
        );
        check(|proof| proof.inclusion.path[0] = absent_leaf(3), Err(ProofFault::NotIncluded));
        check(|proof| proof.head.statement.root = absent_leaf(3), Err(ProofFault::NotIncluded));
        check(|proof| proof.head.signature = "00".repeat(64), Err(ProofFault::Signature));
        check(
            |proof| proof.head.key = KeyPair::new_user().public_key(),
            Err(ProofFault::Signature),
        );
    }
}
