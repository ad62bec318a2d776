//! The proof that one message is in the log, for a review or a court.

use carehub_contract::seal::{
    Hash, Inclusion, PROOF_FORMAT, Proof, ProvenMessage, SignedHead, root_of,
};
use carehub_storage::log::{Log, LogError, Stored};
use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::log_pass::{At, Tombstones, heads, leaf_at, walk};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The log failed.
    #[error("read the log")]
    Log(#[from] LogError),
    /// No head covers the position.
    #[error("no signed head covers position {position} yet; the newest covers {signed_through}")]
    NotCovered {
        /// The position.
        position: u64,
        /// The size of the newest head.
        signed_through: u64,
    },
    /// The message was erased: only its leaf is left.
    #[error("the message at {0} was erased; say --without-payload to prove its leaf alone")]
    Erased(u64),
    /// The log is not what the head says.
    #[error("the log does not agree with the head of size {0}: run `carehub verify`")]
    Differs(u64),
}

/// Proves that the message at `position` is in the log under the first head that covers it.
///
/// # Errors
/// [`ProveError`].
pub async fn prove(
    log: &Log,
    position: u64,
    with_message: bool,
    progress: impl FnMut(u64),
) -> Result<Proof, ProveError> {
    let heads: Vec<SignedHead> = heads(log).await?.into_iter().map(|known| known.head).collect();
    let signed_through = heads.iter().map(|head| head.statement.size).max().unwrap_or(0);
    let covering = heads
        .into_iter()
        .filter(|head| head.statement.size >= position && position > 0)
        .min_by_key(|head| head.statement.size);
    let head = covering.ok_or(ProveError::NotCovered { position, signed_through })?;
    let tombstones = Tombstones::read(log).await?;
    let mut leaves: Vec<Hash> = Vec::new();
    walk(log, head.statement.size, progress, |at| leaves.push(leaf_at(&at, &tombstones))).await?;
    let inclusion = Inclusion::of(position, &leaves);
    let leaf = usize::try_from(position - 1).ok().and_then(|index| leaves.get(index).copied());
    let (Some(inclusion), Some(leaf)) = (inclusion, leaf) else {
        return Err(ProveError::Differs(head.statement.size));
    };
    if root_of(&leaves) != head.statement.root {
        return Err(ProveError::Differs(head.statement.size));
    }
    let message = match with_message {
        true => Some(shown(log.get(position).await?.ok_or(ProveError::Erased(position))?)),
        false => None,
    };
    Ok(Proof { format: PROOF_FORMAT.to_owned(), leaf, message, inclusion, head })
}

/// What names a message without its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The SHA-256 of its payload, as a chronology prints it.
    Payload(Hash),
    /// Its leaf, also where the message was erased.
    Leaf(Hash),
}

/// The position of the first message of that name; none where the log has none.
///
/// # Errors
/// The log failed.
pub async fn position_of(
    log: &Log,
    named: Named,
    progress: impl FnMut(u64),
) -> Result<Option<u64>, LogError> {
    let tombstones = Tombstones::read(log).await?;
    let (through, mut at_position, mut found) = (log.last_sequence().await?, 0, None);
    walk(log, through, progress, |at| {
        at_position += 1;
        let is_it = match (named, &at) {
            (Named::Payload(hash), At::Message(stored)) => Hash::of(&stored.payload) == hash,
            (Named::Payload(_), At::Gone(_)) => false,
            (Named::Leaf(leaf), at) => leaf_at(at, &tombstones) == leaf,
        };
        if is_it && found.is_none() {
            found = Some(at_position);
        }
    })
    .await?;
    Ok(found)
}

fn shown(stored: Stored) -> ProvenMessage {
    let recorded_at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
    ProvenMessage {
        time: stored.time.to_string(),
        recorded_at: recorded_at.to_string(),
        subject: stored.subject,
        headers: stored.headers,
        payload: HEXLOWER.encode(&stored.payload),
        text: String::from_utf8_lossy(&stored.payload).into_owned(),
    }
}
