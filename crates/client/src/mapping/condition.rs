//! Conditions on a row.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Row;

/// Something that a row must show. Text is compared after trimming, letter for letter.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// The column to look at.
    pub column: Option<String>,
    /// Several columns: one of them has to show it.
    pub any_of: Vec<String>,
    /// The cell is one of these.
    pub is: Option<Vec<String>>,
    /// The cell is none of these.
    pub is_not: Option<Vec<String>>,
    /// The cell contains this text.
    pub contains: Option<String>,
    /// The cell is blank (`true`) or not (`false`).
    pub blank: Option<bool>,
    /// The other file lists the cell (`true`) or does not (`false`).
    pub listed: Option<bool>,
}

impl Condition {
    /// Whether it says which columns, and what about them.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.column.is_some() != self.any_of.is_empty() {
            return Err("a condition names either `column` or `any_of`");
        }
        let says = [
            self.is.is_some(),
            self.is_not.is_some(),
            self.contains.is_some(),
            self.blank.is_some(),
        ];
        if says.contains(&true) || self.listed.is_some() {
            Ok(())
        } else {
            Err("a condition has `is`, `is_not`, `contains`, `blank` or `listed`")
        }
    }

    /// Whether the row shows it.
    #[must_use]
    pub fn holds(&self, row: &Row<'_>) -> bool {
        self.column
            .iter()
            .chain(&self.any_of)
            .any(|column| self.shown(row, row.cell(column).trim()))
    }

    fn shown(&self, row: &Row<'_>, cell: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|text| text == cell);
        self.is.as_deref().is_none_or(listed)
            && self.is_not.as_deref().is_none_or(|list| !listed(list))
            && self.contains.as_deref().is_none_or(|text| cell.contains(text))
            && self.blank.is_none_or(|blank| blank == cell.is_empty())
            && self
                .listed
                .is_none_or(|listed| listed == row.other.is_some_and(|other| other.lists(cell)))
    }

    pub(super) fn columns<'a>(&'a self, used: &mut BTreeSet<&'a str>) {
        used.extend(self.column.iter().chain(&self.any_of).map(String::as_str));
    }
}
