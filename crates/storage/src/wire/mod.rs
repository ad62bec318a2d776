//! One connection to a server: requests with an answer, publishes with an acknowledgement.
//!
//! The hub's log and an agency's link both stand on this. It replaces the request and JetStream
//! publish calls of async-nats because those leak an entry for each request that is never
//! answered, cannot say which publish the server denied, and leave what was lost with a
//! connection to time out.

mod connection;
mod denial;
mod publish;
mod reply;
mod request;

pub(crate) use connection::Wire;
pub use connection::{ConnectError, Connection};
pub(crate) use publish::{
    Ack, Expect, Outgoing, publish_all, publish_any, publish_each, publish_one,
};
pub use publish::{PublishAllError, PublishError};
pub(crate) use reply::{ApiError, delivered};
pub use request::RequestError;
