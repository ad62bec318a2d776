//! Why the loop stopped or could not start.

use carehub_contract::{ContractError, EncodeError};
use carehub_storage::log::LogError;
use carehub_storage::table::{OpenError, ReplaceError, TableError};

use crate::chunks::WriteError;
use crate::restore::RestoreError;
use crate::stored::StoredError;
use crate::verdicts::VerdictsError;

/// Why the loop stopped or could not start.
#[derive(Debug, thiserror::Error)]
pub enum AggregatorError {
    /// The schemas of this build do not compile.
    #[error("compile the schemas")]
    Contract(#[from] ContractError),
    /// The log failed.
    #[error("read the log")]
    Log(#[from] LogError),
    /// The table could not be opened, not even a fresh one.
    #[error("open the table")]
    Open(#[from] OpenError),
    /// The table holds what cannot have come from this log.
    #[error("the table is in doubt; `carehub rebuild` makes a new one")]
    Restore(#[from] RestoreError),
    /// The table failed.
    #[error("write the table")]
    Table(#[from] TableError),
    /// The table could not be replaced by the one that was built beside it.
    #[error("replace the table")]
    Replace(#[from] ReplaceError),
    /// A value could not be stored.
    #[error("encode a value for the table")]
    Stored(#[from] StoredError),
    /// A rule book could not be stored.
    #[error("write a rule book as JSON")]
    Policy(#[source] serde_json::Error),
    /// The index of verdicts could not be read.
    #[error("read the index of verdicts")]
    Verdicts(#[from] VerdictsError),
    /// The ledger of erasures could not be read or written.
    #[error("keep the ledger of erasures")]
    Ledger(#[from] std::io::Error),
    /// What is left of a message that is to be erased could not be written.
    #[error("write what is left of a message")]
    Residue(#[source] serde_json::Error),
    /// A decision could not be written.
    #[error("encode a decision")]
    Encode(#[from] EncodeError),
}

impl From<WriteError> for AggregatorError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Table(error) => Self::Table(error),
            WriteError::Stored(error) => Self::Stored(error),
        }
    }
}
