//! Another file, in which a mapping looks up what its own rows do not say.

use std::collections::BTreeMap;
use std::io::Read;

use super::sheet::{Sheet, SheetError};
use super::{Mapping, With};

/// The rows of the other file by their key. The last row of a key wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Other {
    pub(super) look_up: Option<String>,
    rows: BTreeMap<String, BTreeMap<String, String>>,
}

impl Other {
    /// Reads the file that `mapping` wants beside its own; it has a header row.
    ///
    /// # Errors
    /// The file cannot be read, or lacks a column that the mapping takes from it.
    pub fn read<R: Read>(file: R, mapping: &Mapping, with: &With) -> Result<Self, SheetError> {
        let wanted: Vec<&str> = mapping.columns_of_other().collect();
        let mut sheet = Sheet::headed(file, mapping.encoding)?;
        mapping.check_has(wanted.iter().copied().chain([with.key.as_str()]), sheet.names())?;
        let mut rows = BTreeMap::new();
        while let Some((_, row)) = sheet.next_row()? {
            let cells = wanted
                .iter()
                .map(|column| ((*column).to_owned(), row.cell(column).to_owned()))
                .collect();
            rows.insert(normalised(row.cell(&with.key)), cells);
        }
        Ok(Self { look_up: with.look_up.clone(), rows })
    }

    pub(super) fn lists(&self, key: &str) -> bool {
        self.rows.contains_key(&normalised(key))
    }

    pub(super) fn cell(&self, key: &str, column: &str) -> &str {
        self.rows.get(&normalised(key)).and_then(|row| row.get(column)).map_or("", String::as_str)
    }
}

fn normalised(key: &str) -> String {
    key.trim().to_uppercase()
}
