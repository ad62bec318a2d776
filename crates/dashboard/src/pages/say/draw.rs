//! A form as it is drawn: its fields in order, with what was typed into each and what is wrong with it.

use std::collections::BTreeSet;

use carehub_domain::event::{EventType, Kind};
use carehub_domain::picture::{Item, What};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;
use serde_json::Value;

use super::super::answer_forms::Choice;
use super::super::when::When;
use super::super::words;
use super::labels::label;
use super::shape::{Schema, Several, Shape};
use crate::figures::Seen;
use crate::forms::Fields;

/// How often the same properties are offered again.
pub(super) const ROWS: usize = 4;

/// How many entries of the timeline are offered, the newest first.
const ENTRIES: usize = 60;

/// Above so many properties, those that may be left out stand behind a heading of their own.
const MANY: usize = 10;

/// A part of a form, in order.
pub(super) enum Part {
    /// A field.
    Field(Box<Field>),
    /// What follows belongs together, until it ends.
    Group {
        /// What it is called.
        legend: String,
        /// What may be left out is closed until it is wanted.
        is_closed: bool,
    },
    /// The end of what belongs together.
    End {
        /// Whether it was closed.
        is_closed: bool,
    },
}

/// A field.
pub(super) struct Field {
    /// Its name in the form: where it stands in the message, with dots.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) input: Input,
    pub(super) typed: String,
    pub(super) fault: Option<String>,
}

/// How it is filled in.
pub(super) enum Input {
    Area {
        rows: u8,
        longest: u64,
    },
    Line {
        longest: u64,
    },
    Day,
    /// With the time in a second field.
    DayAndTime {
        time: String,
    },
    Month,
    Number,
    /// One of these.
    Select(Vec<Choice>),
    /// Any of these.
    Ticks(Vec<Choice>),
}

impl Field {
    /// The id of its input: a link leads to it, and its label names it.
    pub(super) fn id(&self) -> String {
        self.name.replace('.', "-")
    }

    /// What describes its input: the hint, and what is wrong.
    pub(super) fn described(&self) -> String {
        let id = self.id();
        let hint = (!self.hint.is_empty()).then(|| format!("{id}-hint"));
        let fault = self.fault.is_some().then(|| format!("{id}-error"));
        let by: Vec<String> = hint.into_iter().chain(fault).collect();
        if by.is_empty() {
            String::new()
        } else {
            format!(" aria-describedby=\"{}\"", by.join(" "))
        }
    }
}

/// What a form is drawn with.
pub(super) struct Drawing<'a> {
    pub(super) schema: Schema<'a>,
    pub(super) policy: &'a Policy,
    pub(super) seen: &'a Seen,
    pub(super) fields: &'a Fields,
    /// What is wrong: the field, and what to do about it.
    pub(super) faults: &'a [(String, String)],
}

impl<'a> Drawing<'a> {
    /// The whole form. Of a concern its `kind` is chosen before, and says what else is asked.
    pub(super) fn parts(&self, kind: Option<Kind>) -> Vec<Part> {
        let mut parts = Vec::new();
        let properties = self.schema.properties(self.schema.0);
        let is_long = properties.len() > MANY;
        let (first, later): (Vec<_>, Vec<_>) = properties.into_iter().partition(|one| {
            let (name, node, must) = *one;
            let is_text = matches!(self.schema.shape(name, node), Shape::Text(_));
            !is_long || must || is_text || name == "possible_crime"
        });
        for (name, node, must) in first {
            if name != "kind" || kind.is_none() {
                self.property(name, name, node, must, &mut parts);
            }
        }
        if let Some(details) = kind.and_then(|kind| self.schema.details(kind.name())) {
            parts.push(Part::Group { legend: "More about it".to_owned(), is_closed: false });
            self.object("details", details, &mut parts);
            parts.push(Part::End { is_closed: false });
        }
        if !later.is_empty() {
            let is_closed = true;
            parts.push(Part::Group { legend: "More, where you know it".to_owned(), is_closed });
            for (name, node, must) in later.into_iter().filter(|(name, ..)| *name != "details") {
                self.property(name, name, node, must, &mut parts);
            }
            parts.push(Part::End { is_closed });
        }
        parts
    }

    fn object(&self, path: &str, object: &'a Value, parts: &mut Vec<Part>) {
        for (name, node, must) in self.schema.properties(object) {
            self.property(&format!("{path}.{name}"), name, node, must, parts);
        }
    }

    fn property(&self, path: &str, name: &str, node: &'a Value, must: bool, parts: &mut Vec<Part>) {
        let input = match self.schema.shape(name, node) {
            Shape::Left | Shape::Revision => return,
            Shape::Group(object) => {
                parts.push(Part::Group { legend: label(name), is_closed: false });
                self.object(path, object, parts);
                parts.push(Part::End { is_closed: false });
                return;
            }
            Shape::Rows(object) => {
                for row in 0..ROWS {
                    let legend = format!("{} {}", label(name), row + 1);
                    parts.push(Part::Group { legend, is_closed: false });
                    self.object(&format!("{path}.{row}"), object, parts);
                    parts.push(Part::End { is_closed: false });
                }
                return;
            }
            Shape::Text(longest) => Input::Area { rows: 5, longest },
            Shape::Lines => Input::Area { rows: 3, longest: 1_000 },
            Shape::Line(longest) => Input::Line { longest },
            Shape::Day => Input::Day,
            Shape::DayAndTime => {
                let time = self.fields.get(&format!("{path}.time")).to_owned();
                Input::DayAndTime { time }
            }
            Shape::Month => Input::Month,
            Shape::Number => Input::Number,
            Shape::YesNo => Input::Select(self.chosen(path, yes_or_no())),
            Shape::OneOf(all) => Input::Select(self.chosen(path, named(name, all))),
            Shape::Body => Input::Select(self.chosen(path, self.bodies())),
            Shape::Role => Input::Select(self.chosen(path, self.roles())),
            Shape::Escalation => Input::Select(self.chosen(path, self.escalations())),
            Shape::Entry => Input::Select(self.chosen(path, self.entries(name))),
            Shape::Step => Input::Select(self.chosen(path, self.steps())),
            Shape::Action => Input::Select(self.chosen(path, self.actions())),
            Shape::Several(Several::OneOf(all)) => {
                Input::Ticks(self.chosen(path, named(name, all)))
            }
            Shape::Several(Several::Body) => Input::Ticks(self.chosen(path, self.bodies())),
            Shape::Several(Several::Role) => Input::Ticks(self.chosen(path, self.roles())),
        };
        let fault = self.faults.iter().find(|(field, _)| field == path);
        let label = if must { label(name) } else { format!("{} (optional)", label(name)) };
        parts.push(Part::Field(Box::new(Field {
            name: path.to_owned(),
            label,
            hint: hint(self.schema.shape(name, node), name).to_owned(),
            input,
            typed: self.fields.get(path).to_owned(),
            fault: fault.map(|(_, words)| words.clone()),
        })));
    }

    fn chosen(&self, path: &str, all: Vec<(String, String)>) -> Vec<Choice> {
        let choice = |(value, words): (String, String)| Choice {
            is_chosen: self.fields.has(path, &value),
            words,
            value,
        };
        all.into_iter().map(choice).collect()
    }

    fn bodies(&self) -> Vec<(String, String)> {
        let there = self.policy.body.iter();
        let there = there.filter(|body| !self.policy.successions.has_ended(&body.id));
        there.map(|body| (body.id.to_string(), body.name.clone())).collect()
    }

    fn roles(&self) -> Vec<(String, String)> {
        let roles: BTreeSet<&String> =
            self.policy.body.iter().flat_map(|body| &body.roles).collect();
        let named = |role: &String| {
            let holders = self.policy.body.iter().filter(|body| body.roles.contains(role));
            words::bodies(self.policy, holders.map(|body| &body.id))
        };
        roles.into_iter().map(|role| (role.clone(), named(role))).collect()
    }

    fn escalations(&self) -> Vec<(String, String)> {
        let all = self.seen.home().escalations();
        let whole = all.filter(|one| self.seen.view.sight(one) == Sight::Whole);
        let mut whole: Vec<_> = whole.collect();
        whole.sort_by_key(|one| std::cmp::Reverse((one.is_open(), one.raised_at)));
        let words = |one: &carehub_domain::escalation::Escalation| {
            let title = words::trigger(self.policy, &one.trigger);
            format!("{title}, raised {}", When::of(one.raised_at).words())
        };
        whole.into_iter().map(|one| (one.id.to_string(), words(one))).collect()
    }

    /// The entries that a property can be about.
    fn entries(&self, name: &str) -> Vec<(String, String)> {
        let fits = |item: &Item| match (&item.what, name) {
            (What::Event { event, .. }, "request") => *event == EventType::InformationRequested,
            (What::Concern(concern), "death") => concern.kind == Kind::Death,
            (What::Concern(concern), "checks") => concern.kind == Kind::EnquiryOutcome,
            (What::Concern(_), "withdraws") => self.seen.view.is_own(&item.agency),
            (What::Concern(concern), _) => concern.counts() && name != "request",
            (What::Event { .. } | What::Escalation { .. } | What::Notice { .. }, _) => false,
        };
        let items = self.seen.home().items().iter().rev().filter(|item| fits(item));
        items.take(ENTRIES).map(|item| (item.reference.to_string(), self.entry(item))).collect()
    }

    fn entry(&self, item: &Item) -> String {
        let who = words::body(self.policy, &item.agency);
        let Some(concern) = item.concern() else {
            let when = When::of(item.recorded_at);
            return format!("Asked by {who} {}", when.words());
        };
        let day = match self.seen.view.is_month_only(item) {
            true => concern.date.strftime("%Y-%m").to_string(),
            false => concern.date.to_string(),
        };
        let kind = words::capital(&words::kind(concern.kind));
        format!("{kind}, {}, told by {who}", When::on(&day).words())
    }

    fn steps(&self) -> Vec<(String, String)> {
        let steps = self.policy.process.step.iter();
        steps.map(|step| (step.id.to_string(), step.title.clone())).collect()
    }

    fn actions(&self) -> Vec<(String, String)> {
        let actions = self.policy.process.initial_action.iter();
        actions.map(|action| (action.id.to_string(), action.title.clone())).collect()
    }
}

fn yes_or_no() -> Vec<(String, String)> {
    [("true", "Yes"), ("false", "No")]
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .into()
}

/// The words of a closed set, each in words.
fn named(name: &str, all: &[Value]) -> Vec<(String, String)> {
    let words = |value: &str| match super::kind(value) {
        Some(kind) if name == "kind" => words::capital(&words::kind(kind)),
        Some(_) | None => words::capital(&value.replace('-', " ")),
    };
    let all = all.iter().filter_map(Value::as_str);
    all.map(|value| (value.to_owned(), words(value))).collect()
}

/// What helps to fill it in.
fn hint(shape: Shape<'_>, name: &str) -> &'static str {
    match shape {
        Shape::Text(_) => {
            "Nothing that identifies a resident: no name, NHS number, date of birth, e-mail address or phone number."
        }
        Shape::Lines => "One to a line, in a few letters each.",
        Shape::DayAndTime => "The time may be left out where only the day is known.",
        Shape::Line(_) if name == "ods_code" => "A letter and five digits.",
        Shape::Left
        | Shape::Revision
        | Shape::Line(_)
        | Shape::Day
        | Shape::Month
        | Shape::Number
        | Shape::YesNo
        | Shape::OneOf(_)
        | Shape::Body
        | Shape::Role
        | Shape::Escalation
        | Shape::Entry
        | Shape::Step
        | Shape::Action
        | Shape::Several(_)
        | Shape::Group(_)
        | Shape::Rows(_) => "",
    }
}
