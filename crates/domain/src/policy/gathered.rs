//! The rules that look at what is open already: how many homes of a group stand at a level, how many
//! incidents at one home.

use serde::{Deserialize, Serialize};

use crate::escalation::Level;

/// A rule over open escalations.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Gathered {
    /// So many homes of a provider or brand, and such a share of them, stand at a level (Berkshire 5.4.2).
    Spread {
        /// The level, or a higher one.
        at_level: Level,
        /// At least so many homes,
        homes: u32,
        /// and at least this share of the group's homes, from 0 to 1.
        share: f64,
        /// What holds the homes together.
        over: Group,
    },
    /// Escalations at a level from more than N different incidents are open at one home (Norfolk 7.3.21).
    #[serde(rename = "count")]
    Open {
        /// The level, or a higher one.
        open_level: Level,
        /// N.
        more_than: u32,
    },
}

/// What holds homes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Group {
    Provider,
    Brand,
}

/// What `breadth` tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// The six Hull categories of early indicators.
    Indicators,
    /// The kinds of concern.
    Kinds,
}
