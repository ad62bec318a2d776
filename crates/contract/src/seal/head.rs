//! The signed heads of the log: what the hub says of everything up to a position, so that it cannot
//! say something else later. Each names the one before it.
//!
//! What is signed (Ed25519, an nkey of its own) are the bytes of these lines, each ended by a newline:
//!
//! ```text
//! carehub-log-head-v1
//! <the stream: its name and when it was created>
//! <size: the position of the last message covered>
//! <root: 64 hexadecimal digits>
//! <previous: SHA-256 of the statement of the head before, 64 hexadecimal digits, or ->
//! <recorded_at: when the log recorded the last message covered>
//! ```

use std::fmt;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use nkeys::KeyPair;
use serde::{Deserialize, Serialize};

use super::Hash;

/// What a head says of the log up to `size`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Which stream: its name and when it was created.
    pub stream: String,
    /// The position of the last message that is covered: how many leaves the tree has.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// [`Statement::hash`] of the head before; none for the first of a log.
    pub previous: Option<Hash>,
    /// When the log recorded the last message that is covered.
    pub recorded_at: Timestamp,
}

impl Statement {
    /// The bytes that are signed.
    #[must_use]
    pub fn text(&self) -> String {
        let previous = self.previous.map_or_else(|| "-".to_owned(), |hash| hash.to_string());
        format!(
            "carehub-log-head-v1\n{}\n{}\n{}\n{previous}\n{}\n",
            self.stream, self.size, self.root, self.recorded_at
        )
    }

    /// What the next head names this one by; it does not depend on who signed.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.text().as_bytes())
    }
}

/// A statement with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// What is said.
    #[serde(flatten)]
    pub statement: Statement,
    /// The public nkey of the signer, `U...`.
    pub key: String,
    /// The Ed25519 signature of [`Statement::text`], 128 hexadecimal digits.
    pub signature: String,
}

impl SignedHead {
    /// Whether its key signed its statement. Whose key it is, only the reader can know.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        // The text goes into the lines of the statement as it is.
        if self.statement.stream.contains('\n') {
            return false;
        }
        let Ok(signature) = HEXLOWER.decode(self.signature.as_bytes()) else { return false };
        KeyPair::from_public_key(&self.key)
            .is_ok_and(|key| key.verify(self.statement.text().as_bytes(), &signature).is_ok())
    }
}

/// The key that signs heads; clones share it. `Debug` shows the public half.
#[derive(Clone)]
pub struct Signer(Arc<KeyPair>);

/// A key that has no seed signs nothing.
#[derive(Debug, thiserror::Error)]
#[error("sign a head of the log")]
pub struct SignError(#[from] nkeys::error::Error);

impl Signer {
    /// Signs with this key.
    #[must_use]
    pub fn new(key: KeyPair) -> Self {
        Self(Arc::new(key))
    }

    /// The public half, which the readers of heads must have got in another way.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.0.public_key()
    }

    /// Signs. Ed25519 is deterministic: the same statement always gets the same signature.
    ///
    /// # Errors
    /// [`SignError`] for a key without a seed.
    pub fn sign(&self, statement: Statement) -> Result<SignedHead, SignError> {
        let signature = self.0.sign(statement.text().as_bytes())?;
        Ok(SignedHead { statement, key: self.public_key(), signature: HEXLOWER.encode(&signature) })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public_key())
    }
}

#[cfg(test)]
mod tests {
    use super::super::absent_leaf;
    use super::*;

    fn statement() -> Statement {
        Statement {
            stream: "CAREHUB created 2026-11-22T12:00:00Z".to_owned(),
            size: 42,
            root: absent_leaf(1),
            previous: None,
            recorded_at: "2026-11-22T12:00:00.000000001Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_signed_is_what_the_format_says() {
        let root = absent_leaf(1);
        let lines = format!(
            "carehub-log-head-v1\nCAREHUB created 2026-11-22T12:00:00Z\n42\n{root}\n-\n2026-11-22T12:00:00.000000001Z\n"
        );
        assert_eq!(statement().text(), lines);
    }

    #[test]
    fn a_signature_holds_for_its_statement_and_its_key_alone() {
        let signer = Signer::new(KeyPair::new_user());
        let head = signer.sign(statement()).unwrap();
        assert!(head.is_genuine());
        assert_eq!(signer.sign(statement()).unwrap(), head);
        let json = serde_json::to_string(&head).unwrap();
        assert_eq!(serde_json::from_str::<SignedHead>(&json).unwrap(), head);
        let mut others = vec![head.clone(); 6];
        others[0].statement.size = 43;
        others[1].statement.root = absent_leaf(2);
        others[2].statement.previous = Some(absent_leaf(2));
        others[3].statement.stream = "another".to_owned();
        others[4].key = KeyPair::new_user().public_key();
        others[5].signature = "00".repeat(64);
        for other in others {
            assert!(!other.is_genuine(), "{other:?}");
        }
    }
}
