//! What a field of a form is, read from the published schema of what the form says: one place decides it, for drawing the
//! field and for reading what was filled in.

use serde_json::Value;

/// The longest text that is written in one line.
const ONE_LINE: u64 = 300;

/// What a property of a schema is to whoever fills it in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape<'a> {
    /// Nothing to fill in: the hub knows it, or nobody should type it by hand.
    Left,
    /// The revision of the picture that the form was drawn beside.
    Revision,
    /// Free text, of so many characters at most.
    Text(u64),
    /// A line, of so many characters at most.
    Line(u64),
    /// Words, one to a line.
    Lines,
    /// A day.
    Day,
    /// A day, and the time where it is known.
    DayAndTime,
    /// A month.
    Month,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
    /// One of these words.
    OneOf(&'a [Value]),
    /// A body of the policy.
    Body,
    /// A role of the policy.
    Role,
    /// An escalation of the home.
    Escalation,
    /// An entry of the home's timeline.
    Entry,
    /// A step of the process.
    Step,
    /// An initial action of the process.
    Action,
    /// Several of these.
    Several(Several<'a>),
    /// Several properties that belong together.
    Group(&'a Value),
    /// The same several properties, a few times.
    Rows(&'a Value),
}

/// What several can be ticked of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Several<'a> {
    OneOf(&'a [Value]),
    Body,
    Role,
}

/// A published schema, with its definitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema<'a>(pub(super) &'a Value);

impl<'a> Schema<'a> {
    /// The properties of an object in the order in which they are asked for: what must be there first, free text last.
    pub(super) fn properties(self, object: &'a Value) -> Vec<(&'a str, &'a Value, bool)> {
        let required: Vec<&str> =
            object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let place = |name: &str| required.iter().position(|one| *one == name);
        let all = object["properties"].as_object().into_iter().flatten();
        let mut all: Vec<(&str, &Value, bool)> =
            all.map(|(name, node)| (name.as_str(), node, place(name).is_some())).collect();
        all.sort_by_key(|(name, node, must)| {
            let is_text = matches!(self.shape(name, node), Shape::Text(_));
            (is_text, !must, place(name))
        });
        all
    }

    /// What a property is.
    pub(super) fn shape(self, name: &str, node: &'a Value) -> Shape<'a> {
        let (definition, node) = self.resolved(node);
        match (name, definition) {
            ("picture_revision", _) => return Shape::Revision,
            ("month", _) => return Shape::Month,
            (_, "home" | "pseudonym" | "place" | "provider") => return Shape::Left,
            (_, "body") => return Shape::Body,
            (_, "role") => return Shape::Role,
            (_, "escalation") => return Shape::Escalation,
            (_, "event" | "own-event") => return Shape::Entry,
            (_, "day") => return Shape::Day,
            (_, "occurred" | "instant") => return Shape::DayAndTime,
            (_, "step-id") => return Shape::Step,
            (_, "action") if name == "action" && node.get("enum").is_none() => {
                return Shape::Action;
            }
            (_, _) => {}
        }
        if let Some(words) = node["enum"].as_array() {
            return Shape::OneOf(words);
        }
        let longest = node["maxLength"].as_u64().unwrap_or(ONE_LINE);
        match node["type"].as_str() {
            Some("boolean") => Shape::YesNo,
            Some("integer" | "number") => Shape::Number,
            Some("array") => self.several(name, &node["items"]),
            Some("object") => Shape::Group(node),
            Some("string") if longest > ONE_LINE => Shape::Text(longest),
            Some(_) | None => Shape::Line(longest),
        }
    }

    fn several(self, name: &str, items: &'a Value) -> Shape<'a> {
        match self.shape(name, items) {
            Shape::OneOf(words) => Shape::Several(Several::OneOf(words)),
            Shape::Body => Shape::Several(Several::Body),
            Shape::Role => Shape::Several(Several::Role),
            Shape::Group(node) => Shape::Rows(node),
            Shape::Left
            | Shape::Revision
            | Shape::Text(_)
            | Shape::Line(_)
            | Shape::Lines
            | Shape::Day
            | Shape::DayAndTime
            | Shape::Month
            | Shape::Number
            | Shape::YesNo
            | Shape::Escalation
            | Shape::Entry
            | Shape::Step
            | Shape::Action
            | Shape::Several(_)
            | Shape::Rows(_) => Shape::Lines,
        }
    }

    /// The definition that a node names, and what it says.
    fn resolved(self, node: &'a Value) -> (&'a str, &'a Value) {
        let named = node["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
        match named {
            Some(name) => (name, &self.0["$defs"][name]),
            None => ("", node),
        }
    }

    /// What a kind of concern adds, where it adds anything.
    pub(super) fn details(self, kind: &str) -> Option<&'a Value> {
        self.0["$defs"].get(format!("details-{kind}"))
    }
}
