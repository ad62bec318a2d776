//! What the accounts file holds: accounts, sessions and tokens. Of a secret it holds a hash only.

use std::collections::BTreeMap;

use carehub_domain::{BodyId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::Hash;
use crate::{Rights, SessionId, TokenId};

/// The version of the file. Another one is refused: this build would not know what it leaves out.
pub(crate) const VERSION: u32 = 1;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) version: u32,
    pub(crate) accounts: BTreeMap<PersonId, Account>,
    pub(crate) sessions: BTreeMap<Hash, Session>,
    pub(crate) tokens: BTreeMap<Hash, Token>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: VERSION,
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) agency: BodyId,
    /// What people call them. It stands in this file, on their own pages and in the list of accounts.
    pub(crate) name: String,
    pub(crate) rights: Rights,
    pub(crate) disabled: bool,
    pub(crate) signs_in: SignsIn,
    /// Where they are written to. A file of before has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<String>,
}

/// How a person proves who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum SignsIn {
    /// With a password; this is its argon2id hash in PHC form. The account's name is the user's.
    Password(String),
    /// At a provider, which calls them so.
    Provider { issuer: String, subject: String },
}

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) person: PersonId,
    pub(crate) began: Timestamp,
    /// As of the last time that the file was written; what is newer is held in memory.
    pub(crate) seen: Timestamp,
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) agency: BodyId,
    pub(crate) rights: Rights,
    /// What it is for, in the words of whoever made it.
    pub(crate) label: String,
    pub(crate) made: Timestamp,
    pub(crate) expires: Option<Timestamp>,
}
