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
