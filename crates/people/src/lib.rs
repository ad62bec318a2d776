//! Who asks: accounts, sessions, API tokens, and signing in.
//!
//! It knows no picture and no page. The read side asks it who a request comes from ([`Who`]), and the
//! command line makes accounts with it.

mod who;

pub use who::{Right, Rights, SessionId, TokenId, UnknownRight, Via, Who};
