//! The outcome of a section 42 enquiry feeds any open process about the home or its provider (Berkshire 5.7):
//! its chair and its co-ordinator are told, if the agreement lets them know of it. It tells which concern, and
//! repeats nothing of it.

use serde::{Deserialize, Serialize};

use crate::picture::Reference;

/// An enquiry has an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryNotice {
    /// The concern of kind `enquiry-outcome`.
    pub concern: Reference,
    /// The provider that the process is about; none where it is about this home alone.
    pub provider: Option<String>,
}
