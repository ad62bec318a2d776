//! The statistics from outside: against published numbers, against chance, and against the clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod chance;
mod cost;
mod cusum;
mod ears;
mod edges;
mod false_alarms;
mod many_homes;
mod published;
mod scan;
mod seed_rule;
