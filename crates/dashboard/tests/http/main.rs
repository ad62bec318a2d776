//! The read side over real HTTP: real messages are decoded by the contract and folded by the
//! domain; only the storing of pictures is a test's own.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod answer;
mod answers;
mod hub;
mod live;
mod pages;
mod privacy;
mod problems;
mod published;
