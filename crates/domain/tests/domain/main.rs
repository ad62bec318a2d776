//! The domain from outside: what is said goes in, what the hub says comes out.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod activation;
mod calendar;
mod count_oracle;
mod laws;
mod lives;
mod rate;
mod said;
mod story;
mod triggers;
