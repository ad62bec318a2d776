//! What an agency links or runs: check an event, keep it while the hub is away, publish it, and
//! read what the hub says back.
//!
//! * [`event`]: an event ready to be sent, and the envelope around it.
//! * [`spool`]: a directory that keeps events while the hub cannot be reached.
//! * [`publisher`], [`subscriber`]: sending and receiving over the agency's own account.
//! * [`mapping`], [`import`]: an agency's own export, row by row, as events; and what became of each.
//! * [`simulate`]: a fictional county that says what agencies say.

pub mod event;
pub mod import;
pub mod mapping;
pub mod publisher;
pub mod simulate;
pub mod spool;
pub mod subscriber;

pub use event::{Draft, Outgoing};
pub use publisher::{Outcome, Publisher};
pub use subscriber::Subscriber;
