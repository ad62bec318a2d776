//! A home's cumulative picture: everything that was said about it, and what follows for today.

mod compact;
mod counts;
mod escalations;
mod home;
mod incident;
mod item;
pub mod records;
pub mod revision;
mod sorted;
mod tally;
mod timeline;

pub use counts::Counts;
pub(crate) use escalations::Sought;
pub use home::{Dirty, Home, HomeHead};
pub use item::{ConcernItem, Item, Standing, Triaged, What};
pub use records::Records;
pub(crate) use tally::{Counted, Day, Tally};
pub use timeline::{ITEMS_PER_BLOCK, Timeline};
