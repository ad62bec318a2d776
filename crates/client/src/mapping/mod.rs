//! A mapping: how the columns of an agency's own export become events. Mappings are data files
//! (`deploy/mappings/*.toml`; the language is in `docs/IMPORT.md`).
//!
//! A mapping never judges: a value that it does not know passes through as it stands, so that the
//! hub rejects it with a code and the original stays in the log.

mod condition;
mod event_rule;
mod other;
mod rule;
mod sheet;
mod suggest;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

pub use condition::Condition;
pub use event_rule::{EventRule, Made, Require, Row};
pub use other::Other;
pub use rule::{As, Case, Letters, Rule};
pub use sheet::{Encoding, Sheet, SheetError};
use suggest::closest;

/// What stands before the columns of the other file.
const WITH: &str = "with.";

/// The mappings that are built in, by name.
const SHIPPED: [(&str, &str); 5] = [
    ("cqc-register", include_str!("../../../../deploy/mappings/cqc-register.toml")),
    ("cqc-relationships", include_str!("../../../../deploy/mappings/cqc-relationships.toml")),
    ("oregon-complaints", include_str!("../../../../deploy/mappings/oregon-complaints.toml")),
    ("oregon-corrections", include_str!("../../../../deploy/mappings/oregon-corrections.toml")),
    ("oregon-narratives", include_str!("../../../../deploy/mappings/oregon-narratives.toml")),
];

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The file cannot be read.
    #[error("could not read the mapping {path}")]
    Read {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Neither a built-in mapping nor a file.
    #[error("there is no mapping `{name}`{}; built in are {known}", meant(suggestion))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The built-in name that is closest to it.
        suggestion: Option<String>,
        /// The built-in names.
        known: String,
    },
    /// The file is not a mapping.
    #[error("the mapping {name} is not understood")]
    NotUnderstood {
        /// The mapping.
        name: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A part of the mapping contradicts itself.
    #[error("the mapping {name}: {place}: {reason}")]
    Wrong {
        /// The mapping.
        name: String,
        /// The event and field.
        place: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The mapping names a column that the file does not have.
    #[error(
        "the mapping {mapping} uses the column `{column}`, which the file does not have{}",
        meant(suggestion)
    )]
    NoColumn {
        /// The mapping.
        mapping: String,
        /// The column it names.
        column: String,
        /// The column of the file that is closest to it.
        suggestion: Option<String>,
    },
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// A mapping as it stands in its file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// What it reads, in one sentence.
    pub title: String,
    /// How the file is encoded.
    #[serde(default)]
    pub encoding: Encoding,
    /// The columns in their order, of a file without a header row; empty when the first row names them.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Another file that the rows are looked up in.
    #[serde(default)]
    pub with: Option<With>,
    /// What a row says: each of these whose conditions hold is one event.
    pub event: Vec<EventRule>,
}

/// Another file (`--with FILE`): its columns are `{with.Column}` in this mapping, and conditions can ask
/// whether it lists a cell.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// What file it is, for whoever forgot it.
    pub title: String,
    /// The column of that file to look in; compared without regard to case.
    pub key: String,
    /// The column of this file to look up, where its columns are used.
    #[serde(default)]
    pub look_up: Option<String>,
}

impl Mapping {
    /// The names of the built-in mappings.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// A built-in mapping by name, or a file by path (anything with a `/` or ending in `.toml`).
    ///
    /// # Errors
    /// There is neither, or it is not a sound mapping.
    pub fn load(name_or_path: &str) -> Result<Self, MappingError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        if !name_or_path.contains('/') && !name_or_path.ends_with(".toml") {
            let known: Vec<&str> = Self::shipped().collect();
            return Err(MappingError::Unknown {
                name: name_or_path.to_owned(),
                suggestion: closest(name_or_path, known.iter().copied()),
                known: known.join(", "),
            });
        }
        let text = std::fs::read_to_string(Path::new(name_or_path))
            .map_err(|source| MappingError::Read { path: name_or_path.to_owned(), source })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads and checks the text of a mapping; `name` is for errors.
    ///
    /// # Errors
    /// It is not TOML, has an unknown key, or contradicts itself.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        let mapping: Self = toml::from_str(text).map_err(|source| MappingError::NotUnderstood {
            name: name.to_owned(),
            source: Box::new(source),
        })?;
        for (n, event) in mapping.event.iter().enumerate() {
            let wrong = |field: &str| {
                let place = format!("event {} ({}), {field}", n + 1, event.event_type);
                move |reason| MappingError::Wrong { name: name.to_owned(), place, reason }
            };
            for (field, rule) in event.rules() {
                rule.check().map_err(wrong(field))?;
            }
            for condition in event.conditions() {
                condition.check().map_err(wrong("when"))?;
            }
        }
        let lists =
            |event: &EventRule| event.conditions().any(|condition| condition.listed.is_some());
        let uses = mapping.columns_of_other().next().is_some();
        let wrong_with = match &mapping.with {
            None if uses || mapping.event.iter().any(lists) => {
                Some("`with.` and `listed` need a [with]")
            }
            Some(with) if uses && with.look_up.is_none() => Some("`{with.Column}` needs `look_up`"),
            _ => None,
        };
        if let Some(reason) = wrong_with {
            return Err(MappingError::Wrong {
                name: name.to_owned(),
                place: "with".to_owned(),
                reason,
            });
        }
        if mapping.event.is_empty() {
            let place = "event".to_owned();
            return Err(MappingError::Wrong {
                name: name.to_owned(),
                place,
                reason: "there is none, so no row says anything",
            });
        }
        Ok(mapping)
    }

    /// Whether every column that the mapping names is in the file.
    fn check_columns(&self, file: &[String]) -> Result<(), MappingError> {
        let own = self
            .used_columns()
            .into_iter()
            .filter(|column| *column != rule::CONTENT && !column.starts_with(WITH));
        self.check_has(own, file)
    }

    /// Whether every one of the columns is in the file; the error names the closest one that is.
    fn check_has<'a>(
        &self,
        columns: impl Iterator<Item = &'a str>,
        file: &[String],
    ) -> Result<(), MappingError> {
        for column in columns {
            if !file.iter().any(|name| name == column) {
                return Err(MappingError::NoColumn {
                    mapping: self.name.clone(),
                    column: column.to_owned(),
                    suggestion: closest(column, file.iter().map(String::as_str)),
                });
            }
        }
        Ok(())
    }

    /// The columns that the mapping takes from the other file.
    fn columns_of_other(&self) -> impl Iterator<Item = &str> {
        self.used_columns().into_iter().filter_map(|column| column.strip_prefix(WITH))
    }

    fn used_columns(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        for event in &self.event {
            event.rules().for_each(|(_, rule)| rule.columns(&mut used));
            event.conditions().for_each(|condition| condition.columns(&mut used));
            used.extend(self.with.iter().filter_map(|with| with.look_up.as_deref()));
            used.extend(event.require.iter().map(|require| require.column.as_str()));
        }
        used
    }

    /// The events that a row says, in the order of the mapping.
    #[must_use]
    pub fn apply(&self, agency: &str, row: &Row<'_>) -> Vec<Made> {
        let says = self
            .event
            .iter()
            .filter(|event| event.when.iter().all(|condition| condition.holds(row)));
        says.map(|event| event.make(agency, row)).collect()
    }
}

#[cfg(test)]
mod tests;
