//! Heads and tombstones as messages of the log. A head is one event, said in the log and, with the
//! same bytes, to every agency.

use carehub_domain::{BodyId, HomeId};
use serde::Deserialize;

use super::{Hash, SignedHead};
use crate::encode::{EncodeError, Encoded, write};
use crate::subject::Subject;
use crate::wire::HEAD_SIGNED;

/// What verification needs of a tombstone (law 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Tombstone {
    /// The position of the message that was erased.
    pub position: u64,
    /// Its leaf, which stays in the tree.
    pub leaf: Hash,
}

#[derive(Deserialize)]
struct Event<'a, D> {
    #[serde(rename = "type")]
    event_type: std::borrow::Cow<'a, str>,
    data: D,
}

/// Writes a head for the log, on a subject of its own.
///
/// # Errors
/// [`EncodeError::Json`], which a head does not have in practice.
pub fn encode_head(head: &SignedHead) -> Result<Encoded, EncodeError> {
    encode(&Subject::Head { size: head.statement.size }, head)
}

/// Writes a head for an agency to keep: the bytes of [`encode_head`].
///
/// # Errors
/// [`EncodeError::Json`], which a head does not have in practice.
pub fn encode_head_for(to: &BodyId, head: &SignedHead) -> Result<Encoded, EncodeError> {
    encode(&Subject::HeadNotice { to: to.clone(), size: head.statement.size }, head)
}

fn encode(subject: &Subject, head: &SignedHead) -> Result<Encoded, EncodeError> {
    let id = format!("head-{}", head.statement.size);
    write(subject, HEAD_SIGNED, id, head.statement.recorded_at, HomeId::GENERAL, head)
}

/// The head that a message carries; none when it carries none. Whether it is genuine is not looked at.
#[must_use]
pub fn head_of(payload: &[u8]) -> Option<SignedHead> {
    let event: Event<'_, SignedHead> = serde_json::from_slice(payload).ok()?;
    (event.event_type == HEAD_SIGNED).then_some(event.data)
}

/// The position and the leaf that a tombstone carries.
#[must_use]
pub fn tombstone_of(payload: &[u8]) -> Option<Tombstone> {
    let event: Event<'_, Tombstone> = serde_json::from_slice(payload).ok()?;
    Some(event.data)
}

#[cfg(test)]
mod tests {
    use nkeys::KeyPair;

    use super::super::{Signer, Statement, absent_leaf};
    use super::*;

    #[test]
    fn the_log_and_an_agency_get_the_same_bytes() {
        let statement = Statement {
            stream: "CAREHUB".to_owned(),
            size: 9,
            root: absent_leaf(1),
            previous: Some(absent_leaf(2)),
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let head = Signer::new(KeyPair::new_user()).sign(statement).unwrap();
        let (log, agency) = (
            encode_head(&head).unwrap(),
            encode_head_for(&BodyId::new("police").unwrap(), &head).unwrap(),
        );
        assert_eq!(log.payload, agency.payload);
        assert_eq!(log.subject, "carehub.control.head.9");
        assert_eq!(agency.subject, "carehub.notice.police.general.head-9");
        for encoded in [&log, &agency] {
            assert_eq!(Subject::parse(&encoded.subject).unwrap().to_string(), encoded.subject);
        }
        assert_eq!(head_of(&log.payload), Some(head));
        assert_eq!(head_of(b"{}"), None);
    }
}
