//! What is kept, in bytes: the log (NATS JetStream, or memory in tests), an agency's link to it,
//! and the table (sled).
//!
//! This crate knows subjects, sequences, keys and payloads. It does not know what an event is,
//! and it is the only crate that names `async_nats` or `sled`: whatever is peculiar to either of
//! them ends here.
//!
//! * [`log`]: the hub's view of the stream `CAREHUB`; publish, publish once, read in order.
//! * [`link`]: what an agency may do with its own account.
//! * [`table`]: a durable cache of what was folded, thrown away on any doubt.

pub mod link;
pub mod log;
pub mod table;
mod wire;

pub use wire::{ConnectError, Connection, PublishAllError, PublishError, RequestError, Tls};
