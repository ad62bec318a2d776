//! Pseudonyms of persons: what stands in `person_ref`. They are made with a key of the partnership's own, by
//! a service of its own, so that a council's and a hospital's references to one person are the same, while
//! nobody who lacks the key can tell whom one means, or try all NHS numbers until one fits. **The hub never
//! has the key**: nothing but the command `pseudonymise` uses this module, and a test holds that.

mod key;
mod number;
mod service;

pub use key::{Key, KeyError, Keys};
pub use number::{BadNumber, NhsNumber};
pub use service::{Service, ServiceError};
