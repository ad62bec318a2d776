//! How one field of an event is made from a row.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Condition, Row};

/// The name under which a digest of the whole row can be used in a text: `{row.sha256}`.
pub(super) const CONTENT: &str = "row.sha256";

/// What stands where a text was cut.
const CUT: &str = " [cut]";

/// How one field is made. In a mapping it is either a text, in which `{Column}` stands for a cell,
/// or a table with one source (`text`, `column`, `join`, `first`) and what to do with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rule {
    parts: Parts,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Parts {
    /// A text with `{Column}` in it; blank when one of its columns is.
    text: Option<String>,
    /// One column.
    column: Option<String>,
    /// Several columns, joined where they are not blank.
    join: Vec<String>,
    /// What stands between joined columns.
    with: Option<String>,
    /// The first of these cases whose conditions hold.
    first: Vec<Case>,
    /// What is taken when no case holds.
    otherwise: Option<String>,
    /// Changes the letters.
    letters: Option<Letters>,
    /// Replaces a value; one that is not listed stays as it is.
    table: BTreeMap<String, String>,
    /// What is taken for a blank value; without it the field is left out.
    blank: Option<String>,
    /// The most characters of a text; a longer one is cut and marked.
    max_chars: Option<usize>,
    /// What the text stands for.
    r#as: As,
    /// How dates are written (strftime); `%Y-%m-%d` unless given.
    date_format: Option<String>,
    /// Makes a list of one.
    list: bool,
}

/// One case of a choice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What must hold, all of it.
    pub when: Vec<Condition>,
    /// The text that is then taken.
    pub text: String,
}

/// Capital or small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Letters {
    Upper,
    Lower,
}

/// What a text stands for. A text that cannot be read as that passes through as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum As {
    /// Itself.
    #[default]
    Text,
    /// A date.
    Date,
    /// The first moment of a date in London.
    StartOfDay,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Decimal,
    /// `true` for y, yes, true and 1; `false` for n, no, false and 0.
    YesNo,
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;
        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Rule;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, or a table with `text`, `column`, `join` or `first`")
            }

            fn visit_str<E>(self, text: &str) -> Result<Rule, E> {
                Ok(Rule { parts: Parts { text: Some(text.to_owned()), ..Parts::default() } })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rule, A::Error> {
                Ok(Rule { parts: Parts::deserialize(MapAccessDeserializer::new(map))? })
            }
        }
        deserializer.deserialize_any(TextOrTable)
    }
}

impl Rule {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let parts = &self.parts;
        let sources = [
            parts.text.is_some(),
            parts.column.is_some(),
            !parts.join.is_empty(),
            !parts.first.is_empty(),
        ];
        if sources.iter().filter(|given| **given).count() != 1 {
            return Err("a field has one of `text`, `column`, `join` and `first`");
        }
        if parts.with.is_some() && parts.join.is_empty() {
            return Err("`with` belongs to `join`");
        }
        if parts.otherwise.is_some() && parts.first.is_empty() {
            return Err("`otherwise` belongs to `first`");
        }
        if parts.date_format.is_some() && !matches!(parts.r#as, As::Date | As::StartOfDay) {
            return Err("`date_format` belongs to `as = \"date\"` or `as = \"start-of-day\"`");
        }
        if parts.max_chars.is_some_and(|most| most <= CUT.len()) {
            return Err("`max_chars` leaves no room for the mark of a cut");
        }
        let texts = parts
            .text
            .iter()
            .chain(&parts.otherwise)
            .chain(parts.first.iter().map(|case| &case.text));
        if texts.clone().any(|text| pieces(text).is_none()) {
            return Err("a `{` has no `}`");
        }
        Ok(())
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.parts.first.iter().flat_map(|case| &case.when)
    }

    pub(super) fn columns<'a>(&'a self, used: &mut BTreeSet<&'a str>) {
        let parts = &self.parts;
        used.extend(parts.column.iter().chain(&parts.join).map(String::as_str));
        let texts = parts
            .text
            .iter()
            .chain(&parts.otherwise)
            .chain(parts.first.iter().map(|case| &case.text));
        for piece in texts.filter_map(|text| pieces(text)).flatten() {
            if let Piece::Column(column) = piece {
                used.insert(column);
            }
        }
    }

    /// The value of the field; `None` leaves it out.
    #[must_use]
    pub fn value(&self, row: &Row<'_>) -> Option<Value> {
        let text = self.filled(row);
        let value = if text.is_empty() {
            return None;
        } else {
            self.converted(text)
        };
        Some(if self.parts.list { Value::Array(vec![value]) } else { value })
    }

    /// The value as a text, for the envelope; empty when it is blank.
    #[must_use]
    pub fn text(&self, row: &Row<'_>) -> String {
        match self.value(row) {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        }
    }

    fn filled(&self, row: &Row<'_>) -> String {
        let parts = &self.parts;
        let mut text = self.source(row);
        match parts.letters {
            None => {}
            Some(Letters::Upper) => text = text.to_uppercase(),
            Some(Letters::Lower) => text = text.to_lowercase(),
        }
        if text.is_empty() {
            text = parts.blank.clone().unwrap_or_default();
        }
        if let Some(known) = parts.table.get(&text) {
            text.clone_from(known);
        }
        match parts.max_chars {
            Some(most) if text.chars().count() > most => {
                text.chars().take(most - CUT.len()).chain(CUT.chars()).collect()
            }
            _ => text,
        }
    }

    fn source(&self, row: &Row<'_>) -> String {
        let parts = &self.parts;
        if let Some(column) = &parts.column {
            row.cell(column).trim().to_owned()
        } else if !parts.join.is_empty() {
            let cells = parts
                .join
                .iter()
                .map(|column| row.cell(column).trim())
                .filter(|cell| !cell.is_empty());
            cells.collect::<Vec<_>>().join(parts.with.as_deref().unwrap_or(" "))
        } else if let Some(text) = &parts.text {
            expand(text, row)
        } else {
            let case = parts
                .first
                .iter()
                .find(|case| case.when.iter().all(|condition| condition.holds(row)));
            case.map(|case| &case.text)
                .or(parts.otherwise.as_ref())
                .map_or_else(String::new, |text| expand(text, row))
        }
    }

    fn converted(&self, text: String) -> Value {
        let parts = &self.parts;
        let date = || Date::strptime(parts.date_format.as_deref().unwrap_or("%Y-%m-%d"), &text);
        match parts.r#as {
            As::Text => Value::String(text),
            As::Date => {
                Value::String(date().map_or_else(|_| text.clone(), |date| date.to_string()))
            }
            As::StartOfDay => Value::String(date().map_or_else(
                |_| text.clone(),
                |date| carehub_domain::time::start_of_day(date).to_string(),
            )),
            As::Integer => {
                text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from)
            }
            As::Decimal => {
                // What is no number of JSON, such as `NaN`, stays a text.
                let number = text.parse().ok().and_then(serde_json::Number::from_f64);
                number.map_or_else(|| Value::String(text.clone()), Value::Number)
            }
            As::YesNo => match text.to_lowercase().as_str() {
                "y" | "yes" | "true" | "1" => Value::Bool(true),
                "n" | "no" | "false" | "0" => Value::Bool(false),
                _ => Value::String(text),
            },
        }
    }
}

/// A piece of a text with columns in it.
enum Piece<'a> {
    Plain(&'a str),
    Column(&'a str),
}

/// The pieces of a text; `None` when a `{` has no `}`.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (column, after) = after.split_once('}')?;
        pieces.push(Piece::Plain(before));
        pieces.push(Piece::Column(column));
        rest = after;
    }
    pieces.push(Piece::Plain(rest));
    Some(pieces)
}

/// The text with its columns filled in; blank when one of them is.
fn expand(text: &str, row: &Row<'_>) -> String {
    let mut filled = String::new();
    for piece in pieces(text).unwrap_or_default() {
        match piece {
            Piece::Plain(plain) => filled.push_str(plain),
            Piece::Column(column) => {
                let cell = row.cell(column).trim();
                if cell.is_empty() {
                    return String::new();
                }
                filled.push_str(cell);
            }
        }
    }
    filled
}
