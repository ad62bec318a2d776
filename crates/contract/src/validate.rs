//! Holds a tree to a schema, and says what is wrong without repeating any value of it.

use carehub_domain::message::Fault;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::codes::{
    VALUE_MALFORMED, VALUE_MISSING, VALUE_NOT_ALLOWED, VALUE_OUT_OF_BOUNDS, VALUE_UNKNOWN,
    VALUE_WRONG_TYPE, fault,
};
use crate::personal_data;

/// Compiles a schema: formats asserted, unknown formats refused, patterns in linear time, nothing fetched.
///
/// # Errors
/// The validator's own, when the schema is none.
pub(crate) fn compile(schema: &Value) -> Result<Validator, Box<ValidationError<'static>>> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_pattern_options(PatternOptions::regex())
        .offline()
        .build(schema)
        .map_err(Box::new)
}

/// Everything wrong with `value`, which stands at `prefix` of the message; empty when it holds.
/// Sorted by pointer, so that the same message has the same faults on every machine.
pub(crate) fn faults(validator: &Validator, value: &Value, prefix: &str) -> Vec<Fault> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for error in validator.iter_errors(value) {
        add(&mut faults, &error, prefix);
    }
    // A form and a format may both be missed: one fault a place and code, the shorter in words.
    faults.sort_by(|a, b| {
        (&a.pointer, &a.code, a.message.len()).cmp(&(&b.pointer, &b.code, b.message.len()))
    });
    faults.dedup_by(|a, b| a.pointer == b.pointer && a.code == b.code);
    faults
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the validator's list; the published schemas use few of its keywords"
)]
fn add(faults: &mut Vec<Fault>, error: &ValidationError<'_>, prefix: &str) {
    let here = format!("{prefix}{}", error.instance_path().as_str());
    let mut push =
        |code, pointer: &str, message: String| faults.push(fault(code, pointer, message));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            push(VALUE_MISSING, &format!("{here}/{name}"), format!("`{name}` is mandatory"));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let (pointer, message) = match presentable(name) {
                    Some(name) => (format!("{here}/{name}"), "the schema knows no such name"),
                    None => (here.clone(), "there is a name here that the schema does not know"),
                };
                push(VALUE_UNKNOWN, &pointer, message.to_owned());
            }
        }
        ValidationErrorKind::FalseSchema => {
            push(VALUE_NOT_ALLOWED, &here, "this value must be absent here".to_owned());
        }
        ValidationErrorKind::Enum { options } => {
            push(VALUE_NOT_ALLOWED, &here, format!("must be one of: {}", listed(options)));
        }
        ValidationErrorKind::Constant { expected_value } => {
            push(VALUE_NOT_ALLOWED, &here, format!("must be {}", shown(expected_value)));
        }
        ValidationErrorKind::Type { kind } => {
            push(VALUE_WRONG_TYPE, &here, format!("must be {}", type_names(kind)));
        }
        ValidationErrorKind::Format { format } => {
            push(VALUE_MALFORMED, &here, format!("must be a {format} (RFC 3339)"));
        }
        ValidationErrorKind::Pattern { pattern } => {
            push(VALUE_MALFORMED, &here, format!("must match {pattern}"));
        }
        ValidationErrorKind::UniqueItems => {
            push(VALUE_MALFORMED, &here, "no item may stand twice".to_owned());
        }
        ValidationErrorKind::MaxLength { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at most {limit} characters"));
        }
        ValidationErrorKind::MinLength { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at least {limit} characters"));
        }
        ValidationErrorKind::MaxItems { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at most {limit} items"));
        }
        ValidationErrorKind::MinItems { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at least {limit} items"));
        }
        ValidationErrorKind::MaxProperties { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at most {limit} values"));
        }
        ValidationErrorKind::MinProperties { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must have at least {limit} values"));
        }
        ValidationErrorKind::Maximum { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must be at most {limit}"));
        }
        ValidationErrorKind::Minimum { limit } => {
            push(VALUE_OUT_OF_BOUNDS, &here, format!("must be at least {limit}"));
        }
        // The only choice between schemas that the published files have is a date or an instant.
        _ => push(VALUE_MALFORMED, &here, "has not the form that the schema asks for".to_owned()),
    }
}

/// A name that the sender made up, when it is fit to be repeated: it may be a person's.
fn presentable(name: &str) -> Option<&str> {
    let plain = name.len() <= 40
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && !personal_data::scan(name).any();
    plain.then_some(name)
}

/// The schema's own words: they are public.
fn listed(options: &Value) -> String {
    options
        .as_array()
        .map_or_else(String::new, |all| all.iter().map(shown).collect::<Vec<_>>().join(", "))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn type_names(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => format!("of type {one}"),
        TypeKind::Multiple(several) => {
            let names: Vec<String> = several.iter().map(|one| one.to_string()).collect();
            format!("of type {}", names.join(" or "))
        }
    }
}
