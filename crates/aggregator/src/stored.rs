//! Stored values: a version byte, then postcard. A new version means rebuild, never migrate.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of every stored value.
const VERSION: u8 = 1;

/// Why a stored value could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It has another version, or none.
    #[error("a stored value has version {found:?}, this build reads {VERSION}")]
    Version {
        /// The version byte.
        found: Option<u8>,
    },
    /// The bytes are not such a value.
    #[error("a stored value cannot be decoded")]
    Decode(#[source] postcard::Error),
    /// The value cannot be encoded.
    #[error("a value cannot be encoded")]
    Encode(#[source] postcard::Error),
}

pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoredError> {
    postcard::to_extend(value, vec![VERSION]).map_err(StoredError::Encode)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoredError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(StoredError::Decode),
        other => Err(StoredError::Version { found: other.map(|(version, _)| *version) }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use carehub_contract::{Contract, Mode, Subject};
    use carehub_domain::Position;
    use carehub_domain::fold::{Decided, State};
    use carehub_domain::picture::HomeHead;

    use super::*;

    /// Every published example of what may stand on a record, folded, stored and read again.
    #[test]
    fn the_record_of_a_home_is_stored_and_read_again() {
        let (contract, mut state) = (Contract::compile().unwrap(), State::default());
        let examples =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples").canonicalize();
        let mut position = 0;
        for noun in ["assessment", "plan", "placements", "meeting", "information"] {
            for folder in std::fs::read_dir(examples.as_ref().unwrap()).unwrap() {
                let folder = folder.unwrap();
                if !folder.file_name().to_str().unwrap().starts_with(noun) {
                    continue;
                }
                for file in std::fs::read_dir(folder.path().join("valid")).unwrap() {
                    let bytes = std::fs::read(file.unwrap().path()).unwrap();
                    let event: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    let agency = event["source"].as_str().unwrap().rsplit(':').next().unwrap();
                    let subject = format!("carehub.concern.{agency}.fictional-rosewood");
                    let subject = Subject::parse(&subject).unwrap();
                    position += 1;
                    let at = "2026-11-22T12:00:00Z".parse().unwrap();
                    let at = contract.decode(&subject, &bytes, at, Position(position), Mode::Trust);
                    state.take(at, Decided::Open);
                }
            }
        }
        let home = state.homes().next().unwrap();
        let records = &home.head.records;
        let filled = [
            records.plans.len(),
            records.sample.iter().count(),
            records.placements.len(),
            records.meetings.len(),
            records.requests.len(),
            records.assessments.len(),
        ];
        assert!(filled.iter().all(|n| *n > 0), "{filled:?}");
        let bytes = encode(&home.head).unwrap();
        assert_eq!(decode::<HomeHead>(&bytes).unwrap(), home.head);
    }
}
