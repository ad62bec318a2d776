//! The contract against its own files: examples, hashes, pages, an independent validator, round trips.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod agreement;
mod errors;
mod examples;
mod load;
mod oracle;
mod published;
mod rate;
mod rejections;
mod residue;
mod round_trip;
mod subjects;
