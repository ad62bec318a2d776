//! Who asks: accounts, sessions, API tokens, and signing in.
//!
//! It knows no picture and no page. The read side asks it who a request comes from ([`Who`]), and the
//! command line makes accounts with it. What it keeps is one file outside the table, for a backup to hold:
//! `DIR/accounts/accounts.json` (law 10).

mod accounts;
mod document;
mod file;
mod mail;
mod password;
mod people;
mod provider;
mod secret;
mod throttle;
mod tokens;
mod who;

pub use accounts::{AccountError, AccountLine};
pub use file::FileError;
pub use mail::{Reached, unsubscribe_token, unsubscribed_by};
pub use password::PasswordError;
pub use people::{People, SessionTimes, SignInError};
pub use provider::{ConfigurationError, Identity, Provider, ProviderError, RETURN_PATH};
pub use secret::{NoRandomness, Secret};
pub use tokens::{TOKEN_PREFIX, TokenError, TokenLine};
pub use who::{Right, Rights, SessionId, TokenId, UnknownRight, Via, Who};
