//! What was filled into a form, as the data of the message that it becomes, and what the contract says of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use carehub_contract::form::{Filler, encode_form};
use carehub_contract::{Contract, Mode, Subject, codes};
use carehub_domain::Position;
use carehub_domain::event::{EventType, Kind};
use carehub_domain::message::{Fault, MessageBody};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::draw::ROWS;
use super::shape::{Schema, Several, Shape};
use crate::forms::Fields;

/// The contract, to hold a form to what the hub will hold it to.
static CONTRACT: LazyLock<Option<Contract>> = LazyLock::new(|| Contract::compile().ok());

/// A form that was filled in.
pub(super) struct Filled<'a> {
    pub(super) schema: Schema<'a>,
    pub(super) fields: &'a Fields,
    /// What names each entry that can be chosen, by its reference: as the contract names an event.
    pub(super) entries: &'a BTreeMap<String, Value>,
    /// The revision of the picture beside which it was drawn.
    pub(super) revision: &'a str,
}

impl<'a> Filled<'a> {
    /// The data; what was left empty is left out.
    pub(super) fn data(&self, kind: Option<Kind>) -> Value {
        let mut data = self.object("", self.schema.0).unwrap_or_default();
        if let Some(kind) = kind {
            data.insert("kind".to_owned(), json!(kind.name()));
            let details = self.schema.details(kind.name());
            match details.and_then(|details| self.object("details.", details)) {
                Some(details) => data.insert("details".to_owned(), Value::Object(details)),
                None => data.remove("details"),
            };
        }
        Value::Object(data)
    }

    fn object(&self, path: &str, object: &'a Value) -> Option<Map<String, Value>> {
        let properties = self.schema.properties(object).into_iter();
        let filled = properties.filter_map(|(name, node, _)| {
            Some((name.to_owned(), self.value(&format!("{path}{name}"), name, node)?))
        });
        let filled: Map<String, Value> = filled.collect();
        (!filled.is_empty()).then_some(filled)
    }

    fn value(&self, path: &str, name: &str, node: &'a Value) -> Option<Value> {
        let typed = self.fields.get(path);
        let is_typed = || (!typed.is_empty()).then_some(());
        match self.schema.shape(name, node) {
            Shape::Left => None,
            Shape::Revision => Some(json!(self.revision)),
            Shape::Group(object) => self.object(&format!("{path}."), object).map(Value::Object),
            Shape::Rows(object) => {
                let rows =
                    (0..ROWS).filter_map(|row| self.object(&format!("{path}.{row}."), object));
                some_of(rows.map(Value::Object).collect())
            }
            Shape::Text(_) => is_typed().map(|()| json!(typed.replace("\r\n", "\n"))),
            Shape::Lines => {
                let lines = typed.lines().map(slug).filter(|line| !line.is_empty());
                some_of(lines.map(Value::String).collect())
            }
            Shape::Number => is_typed().map(|()| match typed.parse::<i64>() {
                Ok(number) => json!(number),
                Err(_) => json!(typed),
            }),
            Shape::YesNo => match typed {
                "true" => Some(json!(true)),
                "false" => Some(json!(false)),
                _ => None,
            },
            Shape::DayAndTime => {
                is_typed().map(|()| json!(moment(typed, self.fields.get(&format!("{path}.time")))))
            }
            Shape::Entry => is_typed().map(|()| {
                // One that the reader does not see is none.
                self.entries.get(typed).cloned().unwrap_or_else(|| json!({"id": "unknown"}))
            }),
            Shape::Several(Several::OneOf(_) | Several::Body | Several::Role) => {
                let mut all: Vec<&str> =
                    self.fields.all(path).filter(|one| !one.is_empty()).collect();
                all.dedup();
                some_of(all.into_iter().map(|one| json!(one)).collect())
            }
            Shape::Line(_)
            | Shape::Day
            | Shape::Month
            | Shape::OneOf(_)
            | Shape::Body
            | Shape::Role
            | Shape::Escalation
            | Shape::Step
            | Shape::Action => is_typed().map(|()| json!(typed)),
        }
    }
}

fn some_of(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

/// A word of a partnership's own list, in its spelling.
fn slug(line: &str) -> String {
    let lower = line.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// A day, or the instant of a day and a time in London. What is neither stays as it was typed, for the contract to refuse.
fn moment(day: &str, time: &str) -> String {
    let at = || {
        let (day, time) = (day.parse::<Date>().ok()?, time.parse::<Time>().ok()?);
        let london = TimeZone::get("Europe/London").ok()?;
        Some(day.to_datetime(time).to_zoned(london).ok()?.timestamp().to_string())
    };
    if time.is_empty() { day.to_owned() } else { at().unwrap_or_else(|| format!("{day}T{time}")) }
}

/// What the contract says of a form before it is sent: the field, and what to do about it.
pub(super) fn faults(
    by: Filler<'_>,
    said: EventType,
    id: &str,
    data: &Value,
    now: Timestamp,
) -> Vec<(String, String)> {
    let encoded = encode_form(by, said, id.to_owned(), now, data.clone());
    let (Some(contract), Ok(encoded)) = (CONTRACT.as_ref(), encoded) else { return Vec::new() };
    let Ok(subject) = Subject::parse(&encoded.subject) else { return Vec::new() };
    let message = contract.decode(&subject, &encoded.payload, now, Position(1), Mode::Validate);
    let MessageBody::Agency(said) = message.body else { return Vec::new() };
    let found = match said.event {
        Ok(_) => said.withheld,
        Err(rejection) if rejection.faults.is_empty() => {
            vec![Fault { code: rejection.code, pointer: String::new(), message: String::new() }]
        }
        Err(rejection) => rejection.faults,
    };
    let mut faults: Vec<(String, String)> = Vec::new();
    for fault in found {
        let field =
            fault.pointer.trim_start_matches("/data").trim_start_matches('/').replace('/', ".");
        if !faults.iter().any(|(known, _)| *known == field) {
            faults.push((field, in_words(&fault)));
        }
    }
    faults
}

/// What to do about a fault.
fn in_words(fault: &Fault) -> String {
    let words = match fault.code.as_str() {
        codes::VALUE_MISSING => "Fill this in",
        codes::VALUE_MALFORMED => "This is not in the form in which it is asked for",
        codes::VALUE_NOT_ALLOWED => "Choose one of those that are offered",
        codes::VALUE_OUT_OF_BOUNDS => "This is too long, too short, too great or too small",
        codes::DATE_IMPOSSIBLE => "This day cannot be: it is still to come, or too long ago",
        codes::NHS_NUMBER_IN_TEXT => {
            "Leave out the NHS number: nothing here may identify a resident"
        }
        codes::EMAIL_IN_TEXT => "Leave out the e-mail address",
        codes::PHONE_IN_TEXT => "Leave out the phone number",
        _ if fault.message.is_empty() => "The hub would not take this",
        _ => return super::super::words::capital(&fault.message),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_londons() {
        assert_eq!(moment("2026-07-01", "09:30"), "2026-07-01T08:30:00Z");
        assert_eq!(moment("2026-12-01", "09:30"), "2026-12-01T09:30:00Z");
        assert_eq!(moment("2026-12-01", ""), "2026-12-01");
        assert_eq!(moment("tomorrow", "9"), "tomorrowT9", "for the contract to refuse");
    }

    #[test]
    fn a_word_of_a_list_is_in_its_spelling() {
        assert_eq!(slug("  Staff leave, again! "), "staff-leave-again");
        assert_eq!(slug(" "), "");
    }
}
