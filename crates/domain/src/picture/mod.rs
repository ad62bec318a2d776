//! A home's cumulative picture: everything that was said about it, and what follows for today.

mod candidates;
mod changes;
mod compact;
mod counts;
mod escalations;
mod glance;
mod home;
mod incident;
mod item;
mod listing;
mod looks;
pub mod records;
mod reference;
pub mod revision;
mod shown;
mod sorted;
mod tally;
mod texts;
mod timeline;

pub use candidates::{Candidate, Place, Why, candidates};
pub use changes::Changes;
pub use counts::Counts;
pub use escalations::Kept;
pub(crate) use escalations::Sought;
pub use glance::{Glance, INDICATORS, MONTHS_SHOWN};
pub use home::{Dirty, Home, HomeHead};
pub use item::{ConcernItem, Item, Standing, Triaged, What};
pub(crate) use listing::Listing;
#[cfg(test)]
pub(crate) use looks::looks;
pub use records::Records;
pub use reference::{BadReference, Reference};
pub(crate) use shown::Shows;
pub(crate) use tally::{Counted, Day, Tally};
pub(crate) use texts::{TextEnd, Texts};
pub use timeline::{ITEMS_PER_BLOCK, Timeline};
