//! What is true and what follows from it. This crate decides, and knows no clock, disk or network:
//! messages go in with their time, pictures and decisions come out.

pub mod escalation;
pub mod event;
mod ids;
pub mod message;
pub mod policy;
pub mod time;

pub use ids::{BadName, BodyId, Digest, EscalationId, HomeId, Position, TriggerId};
