//! The read side over real HTTP: real messages are decoded by the contract and folded by the
//! domain; only the storing of pictures is a test's own.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod answer;
mod answers;
mod at_provider;
mod attacks;
mod audit;
mod break_glass;
mod browser;
mod following;
mod hub;
mod leaks;
mod live;
mod malformed;
mod non_interference;
mod notices;
mod over_tls;
mod pages;
mod privacy;
mod problems;
mod provider;
mod published;
mod reports;
mod signing_in;
