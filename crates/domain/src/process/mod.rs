//! What is under way about a home besides its escalations: the provider-concerns process, one file
//! per step of its life; placements, disclosure, risk summits, potential closure. All of it is said by
//! agencies: these are facts, and the hub decides nothing here but whether a rule was kept.

mod close;
pub mod closure;
pub mod disclosure;
pub mod placement;
pub mod police_first;
mod proceedings;
mod record;
mod start;
mod step;
pub mod summit;

pub use close::{Closing, close};
pub use proceedings::{Fact, Proceedings, Process, Recorded};
pub use record::fact;
pub(crate) use record::record;
pub use start::start;
pub use step::{move_to, needs};
