//! How a row becomes one event.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::rule::CONTENT;
use super::{Condition, Other, Rule, WITH};
use crate::event::Draft;

/// How a row becomes one event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// The event's type, such as `concern.raised`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Conditions on the row, which must all hold; without any, every row.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Whether an id that an earlier row of the file gave is left out (and accounted for as a duplicate).
    #[serde(default)]
    pub once: bool,
    /// The event's id: it must name the record for ever, so that importing again adds nothing.
    pub id: Rule,
    /// The home token.
    pub home: Rule,
    /// When the sender knew, an instant.
    pub time: Rule,
    /// The fields of `data`; a dot in the name goes one level down.
    #[serde(default)]
    pub data: BTreeMap<String, Rule>,
    /// Columns that must hold one of the listed values.
    #[serde(default)]
    pub require: Vec<Require>,
}

/// A column with a closed list of values. Any other value travels, as `column = value`, in a field
/// whose schema refuses it: the hub rejects the event, says where, and keeps what was sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// The column.
    pub column: String,
    /// The values that are in order, compared after trimming.
    pub one_of: Vec<String>,
    /// The field of `data` that carries what is not.
    pub field: String,
}

/// One row of a file, by column.
pub struct Row<'a> {
    columns: &'a BTreeMap<String, usize>,
    cells: &'a [String],
    content: &'a str,
    pub(super) other: Option<&'a Other>,
}

impl<'a> Row<'a> {
    /// The cells of a row whose columns stand at these places; `content` is a digest of the cells.
    #[must_use]
    pub fn new(
        columns: &'a BTreeMap<String, usize>,
        cells: &'a [String],
        content: &'a str,
        other: Option<&'a Other>,
    ) -> Self {
        Self { columns, cells, content, other }
    }

    /// The text of a cell; empty when the row ends before it.
    #[must_use]
    pub fn cell(&self, column: &str) -> &'a str {
        if column == CONTENT {
            return self.content;
        }
        if let (Some(column), Some(other)) = (column.strip_prefix(WITH), self.other) {
            let key = other.look_up.as_deref().map_or("", |column| self.cell(column));
            return other.cell(key, column);
        }
        self.columns.get(column).and_then(|place| self.cells.get(*place)).map_or("", String::as_str)
    }
}

/// What an event rule made of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The event.
    pub draft: Draft,
    /// Whether it is left out when the file has given its id before.
    pub once: bool,
}

impl EventRule {
    pub(super) fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        let envelope = [("id", &self.id), ("home", &self.home), ("time", &self.time)];
        envelope.into_iter().chain(self.data.iter().map(|(field, rule)| (field.as_str(), rule)))
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(self.rules().flat_map(|(_, rule)| rule.conditions()))
    }

    pub(super) fn make(&self, agency: &str, row: &Row<'_>) -> Made {
        let mut data = Map::new();
        for (field, rule) in &self.data {
            if let Some(value) = rule.value(row) {
                put(&mut data, field, value);
            }
        }
        for require in &self.require {
            let value = row.cell(&require.column).trim();
            if !require.one_of.iter().any(|known| known == value) {
                put(
                    &mut data,
                    &require.field,
                    Value::String(format!("{} = {value}", require.column)),
                );
            }
        }
        let draft = Draft {
            agency: agency.to_owned(),
            id: self.id.text(row),
            event_type: self.event_type.clone(),
            home: self.home.text(row),
            time: self.time.text(row),
            data,
        };
        Made { draft, once: self.once }
    }
}

/// Sets a field by its dotted name. Where a part on the way is no object, it is replaced by one.
fn put(data: &mut Map<String, Value>, field: &str, value: Value) {
    let Some((first, rest)) = field.split_once('.') else {
        data.insert(field.to_owned(), value);
        return;
    };
    let inner = data.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}
