//! A chronology as rows: for a terminal, for paper, and as CSV for a spreadsheet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use carehub_contract::seal::Hash;
use carehub_dashboard::csv;
use carehub_domain::chronology::{Chronology, Entry, Told};
use carehub_domain::picture::Reference;
use jiff::Timestamp;
use serde::Serialize;

use super::words::Said;

const COLUMNS: [&str; 10] = [
    "happened",
    "known_at",
    "recorded_at",
    "agency",
    "what",
    "detail",
    "said",
    "reference",
    "leaf",
    "sha256",
];

/// How many of them a terminal shows; CSV and JSON have them all.
const SHOWN: usize = 6;

/// One entry, a text a column.
pub(super) type Row = [String; 10];

/// The entries as rows, with what was said in each and its leaf.
pub(super) fn rows(
    chronology: &Chronology,
    said: &BTreeMap<String, Said>,
    leaves: &BTreeMap<Reference, Hash>,
) -> Vec<Row> {
    let row = |entry: &Entry| {
        let words = said.get(&entry.reference.to_string());
        let texts = words.into_iter().flat_map(|words| words.text.values().cloned());
        let (what, detail) = told(&entry.what);
        let leaf = leaves.get(&entry.reference).map(Hash::to_string).unwrap_or_default();
        [
            entry.happened.clone(),
            entry.known_at.to_string(),
            entry.recorded_at.to_string(),
            entry.agency.to_string(),
            what,
            detail,
            texts.collect::<Vec<_>>().join(" "),
            entry.reference.to_string(),
            leaf,
            words.map(|words| words.sha256.to_string()).unwrap_or_default(),
        ]
    };
    chronology.entries.iter().map(row).collect()
}

fn told(what: &Told) -> (String, String) {
    match what {
        Told::Concern { kind, severity, standing, .. } => {
            let standing = word(standing);
            let counts = if standing == "counts" { String::new() } else { format!(", {standing}") };
            (format!("concern: {}", word(kind)), format!("{}{counts}", word(severity)))
        }
        Told::Event { event, about, escalation } => {
            let about = about.map(|about| format!("about {about}"));
            let escalation = escalation.as_ref().map(|id| format!("escalation {id}"));
            let detail: Vec<String> = about.into_iter().chain(escalation).collect();
            (word(event), detail.join(", "))
        }
        Told::Escalation { escalation, trigger, change } => {
            (format!("escalation {}", word(change)), format!("{trigger}, {escalation}"))
        }
        Told::Notice { notice } => ("notice".to_owned(), word(notice)),
    }
}

/// A name as it stands in JSON.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// An instant without its fraction of a second, which nobody reads; anything else as it is.
fn to_the_second(cell: String) -> String {
    cell.parse::<Timestamp>().map_or(cell, |at| format!("{at:.0}"))
}

/// CSV with a head.
pub(super) fn csv(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| csv::row(row.iter().map(String::as_str)));
    std::iter::once(csv::row(COLUMNS)).chain(rows).collect()
}

/// For people: the entries under one another, then how each escalation was answered.
pub(super) fn text(chronology: &Chronology, rows: &[Row]) -> String {
    let mut text = format!("Chronology of {}\n\n", chronology.home);
    let mut widths = COLUMNS.map(str::len);
    let rows: Vec<Row> = rows.iter().map(|row| row.clone().map(to_the_second)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let head = COLUMNS.map(str::to_owned);
    for row in std::iter::once(&head).chain(&rows) {
        let cells = row.iter().zip(widths).take(SHOWN);
        let line: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    for held in &chronology.triggers {
        let after = |days: Option<i32>| {
            days.map_or("nobody yet".to_owned(), |days| format!("after {days} days"))
        };
        let _ = write!(
            text,
            "\n{}: first held on {}; raised {}, decided {}",
            held.trigger,
            held.first_held_on,
            after(held.days_to_raise),
            after(held.days_to_decide),
        );
    }
    if !chronology.triggers.is_empty() {
        text.push('\n');
    }
    for answered in &chronology.escalations {
        let day = answered.first_held_on.map_or("a day not seen".to_owned(), |day| day.to_string());
        let after = |hours: Option<i64>| {
            hours.map_or("not yet".to_owned(), |hours| format!("after {hours} h"))
        };
        let closed =
            answered.closed_at.map_or("open".to_owned(), |at: Timestamp| format!("closed {at:.0}"));
        let _ = write!(
            text,
            "\n{} ({}): held on {day}, raised {:.0}; acknowledged {}, discussed {}, decided {}; {closed}",
            answered.escalation,
            answered.trigger,
            answered.raised_at,
            after(answered.hours_to_acknowledge),
            after(answered.hours_to_discuss),
            after(answered.hours_to_decide),
        );
    }
    if !chronology.escalations.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::to_the_second;

    #[test]
    fn people_are_shown_seconds() {
        for (cell, shown) in [
            ("2026-11-27T15:53:51.755005114Z", "2026-11-27T15:53:51Z"),
            ("2026-11-27", "2026-11-27"),
            ("ambulance", "ambulance"),
        ] {
            assert_eq!(to_the_second(cell.to_owned()), shown);
        }
    }
}
