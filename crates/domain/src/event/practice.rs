//! Which general practices serve a home.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// `uk.carehub.practice.aligned.v1`: a practice serves a home. Said again, it replaces what was said of that practice
/// before (triggers.md §7, the commissioner's safeguarding lead: practice alignment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeAlignment {
    /// The practice.
    pub practice: PracticeRef,
    /// Since which day.
    pub since: Date,
    /// Until which day; that day no longer counts.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A general practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeRef {
    /// Its code of the NHS Organisation Data Service, such as `Y99901`.
    pub ods_code: String,
    /// Its name.
    pub name: String,
}
