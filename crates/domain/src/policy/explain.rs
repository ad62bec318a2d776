//! The policy in plain English.

use super::Policy;

/// The whole policy as text, each default that no source document gives marked as such.
#[must_use]
pub fn explain(_policy: &Policy) -> String {
    String::new()
}
