//! Parses JSON into a tree, once, and more strictly than `serde_json` does by itself.
//!
//! A name that stands twice in one object is refused: readers differ in which of the two they
//! believe, and a value that one reader does not see would slip past the scan for personal data.
//! A whole number written with a fraction (`30.0`) is the integer that JSON Schema takes it for.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a payload is not the JSON that is asked for, without any of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotJson {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Parses `payload`.
///
/// # Errors
/// [`NotJson`] when it is not JSON in UTF-8, nested deeper than 128, or a name stands twice.
pub(crate) fn parse(payload: &[u8]) -> Result<Value, NotJson> {
    serde_json::from_slice::<Strict>(payload)
        .map(|strict| strict.0)
        .map_err(|error| NotJson { line: error.line(), column: error.column() })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

/// Up to here every integer is exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(Value::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(Value::Number(value.into())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Strict, E> {
        if value.fract() == 0.0 && value.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            return Ok(Strict(Value::Number((value as i64).into())));
        }
        Number::from_f64(value)
            .map(|n| Strict(Value::Number(n)))
            .ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(Value::String(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Strict, E> {
        Ok(Strict(Value::String(value)))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Strict(Value::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Strict, A::Error> {
        let mut map = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if map.insert(name, value).is_some() {
                return Err(de::Error::custom("a name stands twice"));
            }
        }
        Ok(Strict(Value::Object(map)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_depth() {
        assert!(parse(br#"{"a":1,"b":{"c":1,"c":2}}"#).is_err());
        assert!(parse(br#"{"a":1,"a":1}"#).is_err());
        assert_eq!(parse(br#"{"a":{"c":1},"b":{"c":2}}"#), Ok(json!({"a":{"c":1},"b":{"c":2}})));
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        assert_eq!(parse(b"[30.0, 3e1, -0.0, 0.5]"), Ok(json!([30, 30, 0, 0.5])));
    }

    #[test]
    fn what_is_not_json_says_where_and_nothing_else() {
        assert_eq!(parse(b"{\"a\":\n  secret}"), Err(NotJson { line: 2, column: 3 }));
        assert!(parse(&[0xff, 0xfe]).is_err());
        assert!(parse(b"1e999").is_err());
        assert!(parse(b"{} {}").is_err());
        assert!(parse("[".repeat(200).as_bytes()).is_err());
    }
}
