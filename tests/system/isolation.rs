//! No agency can act as another, read another, or harm the log: every known attack is made
//! against a running server with the shipped configuration.
//!
//! Each test makes the attack, shows that nothing in the log or its consumers moved, and makes
//! the same operation as its rightful user, so that it cannot pass because nothing works. The
//! attacks through reply subjects are also made against weaker configurations, where they
//! succeed ([`weak`]), so that a defence that is removed is noticed.

mod administration;
mod headers;
mod identity;
mod publishing;
mod reading;
mod replies;
mod scene;
mod weak;
