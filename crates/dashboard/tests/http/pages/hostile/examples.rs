//! The published examples, in an order in which they can be said, and on days on which they can.

use std::fs;
use std::path::Path;

use carehub_contract::names;
use carehub_domain::event::EventType;
use jiff::civil::Date;
use serde_json::Value;

/// The day on which the examples were said.
const EXAMPLES: Date = Date::constant(2026, 10, 5);

/// Ends, after which less can be said, in the order in which they come.
pub(super) const ENDS: [EventType; 7] = [
    EventType::ConcernWithdrawn,
    EventType::Closed,
    EventType::Reopened,
    EventType::PlacementsLifted,
    EventType::ProcessClosed,
    EventType::BodySucceeded,
    EventType::HomeClosed,
];

/// A valid example of what an agency says.
pub(super) struct Example {
    pub(super) event_type: EventType,
    pub(super) event: Value,
}

/// Every published example, each before what answers it.
pub(super) fn examples() -> Vec<Example> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples");
    let mut examples = Vec::new();
    for event_type in EventType::ALL {
        // The present version last: what it says more is not overwritten.
        let mut versions: Vec<&str> = names(event_type).collect();
        versions.reverse();
        for version in versions {
            let valid = dir.join(version.trim_start_matches("uk.carehub.")).join("valid");
            let mut files: Vec<_> =
                fs::read_dir(valid).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            examples.extend(files.into_iter().map(|file| Example {
                event_type,
                event: serde_json::from_slice(&fs::read(file).unwrap()).unwrap(),
            }));
        }
    }
    let place = |event_type: EventType| ENDS.iter().position(|end| *end == event_type);
    examples.sort_by_key(|example| place(example.event_type));
    examples
}

/// What was still to come on the day of the examples is still to come.
pub(super) fn move_dates(value: &mut Value, today: Date) {
    match value {
        Value::String(text) => {
            let day: Option<Date> = text.parse().ok().filter(|_| text.len() == 10);
            if let Some(later) = day.filter(|day| *day > EXAMPLES) {
                *text = (today + (later - EXAMPLES)).to_string();
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| move_dates(field, today)),
        Value::Array(items) => items.iter_mut().for_each(|item| move_dates(item, today)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
