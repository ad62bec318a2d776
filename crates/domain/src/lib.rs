//! What is true and what follows from it. This crate decides, and knows no clock, disk or network:
//! messages go in with their time, pictures and decisions come out.

pub mod backtest;
pub mod chronology;
mod duty;
pub mod erasure;
pub mod escalation;
pub mod event;
pub mod fold;
pub mod following;
mod ids;
mod lookup;
pub mod message;
pub mod notice;
pub mod picture;
pub mod policy;
pub mod process;
pub mod report;
pub mod sharing;
pub mod statistics;
pub mod time;
pub mod trigger;

pub use ids::{
    ActionId, BadName, BodyId, Digest, EscalationId, HomeId, MeasureId, NoticeId, PersonId,
    Position, StepId, TriggerId,
};
