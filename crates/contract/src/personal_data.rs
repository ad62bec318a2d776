//! Finds NHS numbers, e-mail addresses and phone numbers in free text. A person's name cannot be found
//! so; these can. Pure, and linear in the length of the text.
//!
//! What counts, and what does not, so that the numbers of daily work pass:
//!
//! - **NHS number**: ten digits, together or 3-3-4 with single spaces or hyphens, whose check digit is
//!   right (modulus 11). Not ten equal digits; not part of a word or of a longer number (a UPRN of
//!   twelve digits, a sum of money with commas); not the second part of a CQC id (`1-` before it); not
//!   after the word UPRN. Any other number of ten digits has a chance of 1 in 11 to look like one.
//! - **E-mail address**: letters, digits and `._%+-` before an `@`, and a name with a dot after it.
//! - **Phone number**: `+` and 9 to 15 digits; `0044`; or a UK number of 10 or 11 digits that begins
//!   with 01, 02, 03, 05, 07 or 08, written together or in the groups in which people write them.
//!   Dates, times and CAD numbers (`1234 of 01/02/2026`) are not grouped so.
//!
//! A false find returns the text to its sender to be put right; the structured fields count meanwhile.

use carehub_domain::message::Fault;
use serde_json::Value;

use crate::codes::{EMAIL_IN_TEXT, NHS_NUMBER_IN_TEXT, PHONE_IN_TEXT, fault};

/// The names under which the schemas have free text, at any depth of `data`. The pseudonym of a person
/// is looked at too: it is where an NHS number would be put by mistake.
pub const LOOKED_AT: [&str; 7] =
    ["address", "conditions", "note", "person_ref", "rationale", "reason", "summary"];

/// The names under which the schemas have free text and nothing but free text, at any depth of `data`:
/// what an erasure takes away.
pub const FREE_TEXT: [&str; 6] =
    ["address", "conditions", "note", "rationale", "reason", "summary"];

/// What was found in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// An NHS number.
    pub nhs_number: bool,
    /// An e-mail address.
    pub email: bool,
    /// A phone number.
    pub phone: bool,
}

impl Found {
    /// Whether anything was found.
    #[must_use]
    pub fn any(self) -> bool {
        self.nhs_number || self.email || self.phone
    }
}

/// Every find in the free text of an event, with its place; never what was found.
/// `data` is the event's `data`; the pointers begin with `/data`.
#[must_use]
pub fn scan_event(data: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(data, "", false, &mut |pointer, text| {
        let found = scan(text);
        let mut add = |code, what: &str| {
            let message = format!("holds {what}: say it without, in a correction");
            faults.push(fault(code, &format!("/data{pointer}"), message));
        };
        if found.nhs_number {
            add(NHS_NUMBER_IN_TEXT, "an NHS number");
        }
        if found.email {
            add(EMAIL_IN_TEXT, "an e-mail address");
        }
        if found.phone {
            add(PHONE_IN_TEXT, "a phone number");
        }
    });
    faults
}

fn walk(value: &Value, pointer: &str, text: bool, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(string) if text && suspicious(string) => found(pointer, string),
        Value::Object(map) => {
            for (name, inner) in map {
                let text = LOOKED_AT.contains(&name.as_str());
                if text || inner.is_object() || inner.is_array() {
                    walk(inner, &format!("{pointer}/{name}"), text, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                if inner.is_object() || inner.is_array() {
                    walk(inner, &format!("{pointer}/{index}"), false, found);
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text can hold anything at all: most have neither an `@` nor nine digits.
fn suspicious(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().any(|b| {
        digits += u32::from(b.is_ascii_digit());
        b == b'@' || digits == 9
    })
}

/// Looks at one text.
#[must_use]
pub fn scan(text: &str) -> Found {
    let groups = groups(text);
    Found {
        nhs_number: has_nhs_number(text, &groups),
        email: has_email(text),
        phone: has_phone(text, &groups),
    }
}

/// A run of digits.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// What stands between it and the group before.
    gap: Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// One space or hyphen.
    Plain,
    /// What only phone numbers have: a dot, or brackets with or without a space.
    Phone,
    /// Anything else: the two do not belong together.
    Far,
}

impl Group {
    fn len(&self) -> usize {
        self.end - self.start
    }
}

fn groups(text: &str) -> Vec<Group> {
    let bytes = text.as_bytes();
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let gap = groups.last().map_or(Gap::Far, |before| gap(&text[before.end..start]));
        groups.push(Group { start, end: at, gap });
    }
    groups
}

fn gap(between: &str) -> Gap {
    match between {
        // A no-break space, and the dashes that a word processor makes of a hyphen.
        " " | "-" | "\u{a0}" | "\u{2010}" | "\u{2011}" | "\u{2013}" => Gap::Plain,
        "." | ") " | ")" | " (" | "(" | ")-" | " - " | "  " => Gap::Phone,
        _ => Gap::Far,
    }
}

fn has_nhs_number(text: &str, groups: &[Group]) -> bool {
    let whole = |range: &[Group]| {
        let digits: String = range.iter().map(|group| &text[group.start..group.end]).collect();
        is_nhs_number(&digits) && stands_alone(text, range)
    };
    let together = groups.iter().enumerate().any(|(i, group)| {
        group.len() == 10
            && !after_cqc_prefix(text, groups, i)
            && whole(std::slice::from_ref(group))
    });
    together
        || groups.windows(3).any(|three| {
            let lengths = three[0].len() == 3 && three[1].len() == 3 && three[2].len() == 4;
            lengths && three[1].gap == Gap::Plain && three[2].gap == Gap::Plain && whole(three)
        })
}

/// Ten digits with the right check digit, and not ten times the same, which always have it.
fn is_nhs_number(digits: &str) -> bool {
    let digits = digits.as_bytes();
    if digits.len() != 10 || digits.iter().all(|digit| *digit == digits[0]) {
        return false;
    }
    let sum: u32 = digits[..9]
        .iter()
        .zip((2..=10).rev())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        other => other,
    };
    check == u32::from(digits[9] - b'0')
}

/// Whether digits are no part of a word or of a number with commas, and do not follow the word UPRN.
fn stands_alone(text: &str, range: &[Group]) -> bool {
    let (Some(first), Some(last)) = (range.first(), range.last()) else {
        return false;
    };
    let before = &text[..first.start];
    let after = &text[last.end..];
    let word_before = word_at_end(before);
    let joined_before = before.chars().next_back().is_some_and(char::is_alphanumeric)
        && !word_at_end(before).eq_ignore_ascii_case("nhs");
    let joined_after = after.chars().next().is_some_and(char::is_alphanumeric);
    let money_before =
        before.ends_with(',') && before[..before.len() - 1].ends_with(|c: char| c.is_ascii_digit());
    let money_after =
        after.starts_with(',') && after[1..].starts_with(|c: char| c.is_ascii_digit());
    let uprn = word_before.eq_ignore_ascii_case("uprn")
        || word_at_end(before.trim_end_matches([' ', ':', '#', '.'])).eq_ignore_ascii_case("uprn");
    !(joined_before || joined_after || money_before || money_after || uprn)
}

/// The letters at the end of a text; a short look back, so that a scan stays linear.
fn word_at_end(text: &str) -> &str {
    let letters = text.bytes().rev().take(8).take_while(u8::is_ascii_alphabetic).count();
    &text[text.len() - letters..]
}

/// Whether the group is the second part of `1-1234567890`, a CQC id.
fn after_cqc_prefix(text: &str, groups: &[Group], i: usize) -> bool {
    i.checked_sub(1).and_then(|before| groups.get(before)).is_some_and(|before| {
        &text[before.start..before.end] == "1"
            && &text[before.end..groups[i].start] == "-"
            && !text[..before.start].ends_with(|c: char| c.is_alphanumeric() || c == '-')
    })
}

fn has_email(text: &str) -> bool {
    let local = |b: u8| b.is_ascii_alphanumeric() || b"._%+-'".contains(&b);
    let host = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    text.match_indices('@').any(|(at, _)| {
        let bytes = text.as_bytes();
        let named = at.checked_sub(1).is_some_and(|before| local(bytes[before]));
        // A host name has at most 253 bytes: a bounded look ahead keeps many `@` linear.
        let rest = &bytes[at + 1..bytes.len().min(at + 255)];
        let length = rest.iter().take_while(|b| host(**b)).count();
        let labels: Vec<&[u8]> =
            rest[..length].split(|b| *b == b'.').take_while(|label| !label.is_empty()).collect();
        named
            && labels.len() >= 2
            && labels.iter().skip(1).any(|label| label.len() >= 2 && label[0].is_ascii_alphabetic())
    })
}

fn has_phone(text: &str, groups: &[Group]) -> bool {
    (0..groups.len()).any(|i| {
        let start = groups[i].start;
        let before = &text[..start];
        if before.ends_with('+') {
            return international(text, &groups[i..]);
        }
        if before.ends_with(|c: char| c.is_alphanumeric()) {
            return false;
        }
        let own = &text[start..groups[i].end];
        if own.starts_with("0044") && (own.len() == 4 || own.len() >= 13) {
            return international(text, &groups[i..]);
        }
        national(text, &groups[i..])
    })
}

/// `+` or `00` and a country code: 9 to 15 digits in all.
fn international(text: &str, groups: &[Group]) -> bool {
    let mut total = 0;
    for (i, group) in groups.iter().take(8).enumerate() {
        if i > 0 && group.gap == Gap::Far {
            break;
        }
        total += group.len();
    }
    let country = groups[0].len() <= 4 || total == groups[0].len();
    let sane = groups.first().is_some_and(|first| !text[first.start..first.end].starts_with("000"));
    country && sane && (9..=15).contains(&total)
}

/// The ways in which people write a UK number, as the lengths of its groups.
const NATIONAL: [&[usize]; 17] = [
    &[11],
    &[10],
    &[5, 6],
    &[5, 3, 3],
    &[5, 2, 2, 2],
    &[5, 5],
    &[4, 7],
    &[4, 3, 4],
    &[4, 4, 3],
    &[4, 3, 2, 2],
    &[4, 6],
    &[3, 8],
    &[3, 4, 4],
    &[6, 5],
    &[6, 4],
    &[5, 4, 2],
    &[3, 2, 2, 2, 2],
];

fn national(text: &str, groups: &[Group]) -> bool {
    let bytes = &text.as_bytes()[groups[0].start..groups[0].end];
    let area = matches!(
        (bytes.first(), bytes.get(1), bytes.get(2)),
        (Some(b'0'), Some(b'1'), Some(b'1'..=b'9'))
            | (Some(b'0'), Some(b'2'), Some(b'0' | b'3' | b'4' | b'8' | b'9'))
            | (Some(b'0'), Some(b'3'), Some(b'0' | b'3' | b'4' | b'7'))
            | (Some(b'0'), Some(b'5'), Some(b'5' | b'6'))
            | (Some(b'0'), Some(b'7'), Some(b'1'..=b'9'))
            | (Some(b'0'), Some(b'8'), Some(b'0' | b'4' | b'7'))
    );
    area && NATIONAL.iter().any(|shape| {
        groups.len() >= shape.len()
            && shape.iter().zip(groups).enumerate().all(|(i, (length, group))| {
                group.len() == *length && (i == 0 || group.gap != Gap::Far)
            })
            && stands_alone(text, &groups[..shape.len()])
    })
}

#[cfg(test)]
mod tests;
