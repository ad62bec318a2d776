//! The domain from outside: what is said goes in, what the hub says comes out.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod actions;
mod activation;
mod backtest;
mod berkshire;
mod break_glass;
mod calendar;
mod chance;
mod chronology;
mod count_oracle;
mod erasing;
mod following;
mod improvement;
mod laws;
mod lives;
mod notices;
mod onward;
mod overdue;
mod pack_numbers;
mod passing_on;
mod placements;
mod police_first;
mod process;
mod process_end;
mod process_seen;
mod process_told;
mod rate;
mod record;
mod regular;
mod reports;
mod retaining;
mod rows;
mod said;
mod story;
mod succession;
mod tallies;
mod triggers;
