//! The house rules that can be read off the tree: dependency edges, the map, habits, codes.
//!
//! Each rule is a function from what it reads to a list of faults, and is run twice: on the
//! checkout, where it must find none, and on an example that breaks it, where it must find some.
//! `cargo xtask edges` runs exactly this.

mod checkout;
mod codes;
mod edges;
mod map;
mod pseudonyms;
mod sealed;
mod sources;

/// Fails with every fault at once, one a line.
#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The example must break the rule in the way its name says.
#[track_caller]
fn assert_some(faults: &[String], part: &str) {
    assert!(faults.iter().any(|fault| fault.contains(part)), "no fault says {part:?}: {faults:?}");
}
