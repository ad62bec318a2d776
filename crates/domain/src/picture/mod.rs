//! A home's cumulative picture: everything that was said about it, and what follows for today.

mod compact;
mod counts;
mod gist;
mod home;
mod incident;
mod item;
pub mod records;
pub mod revision;

pub use counts::Counts;
pub use home::{Dirty, Home, HomeHead, ITEMS_PER_BLOCK};
pub use item::{ConcernItem, Item, Standing, Triaged, What};
pub use records::Records;
