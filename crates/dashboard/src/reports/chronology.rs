//! The chronology of a home, as a sheet: everything that the reader may know of it, in order, and how each escalation was
//! answered (`carehub_domain::chronology`).

use std::collections::BTreeMap;
use std::sync::Arc;

use carehub_domain::chronology::{Answered, Chronology, Counting, Entry, Held, Order, Told};
use carehub_domain::picture::Reference;
use carehub_domain::policy::{InForce, Policy};
use carehub_domain::report::Place;
use carehub_domain::time::london_date;
use jiff::civil::Date;
use serde::Deserialize;

use super::from_log::{WORDS_OF, seen_then};
use super::sheet::{Cell, Sheet, Table, column, hidden};
use super::{Asking, Name};
use crate::api::text::Said;
use crate::pages::words;
use crate::problem::Problem;

/// By what the entries are put in order.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    #[default]
    Happened,
    Known,
    Recorded,
}

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let view = asking.views.first().ok_or_else(Problem::not_found)?;
    let (order, by) = match asking.query.value::<By>("by")?.unwrap_or_default() {
        By::Happened => (Order::Happened, "when it happened"),
        By::Known => (Order::Known, "when its sender knew of it"),
        By::Recorded => (Order::Recorded, "when the hub knew of it"),
    };
    let today = (&*asking.rules, asking.today());
    let chronology = match &asking.from_log.past {
        None => Chronology::of(view, order, today),
        Some(past) => match seen_then(past, asking.reader) {
            Some(then) => {
                let rules = InForce::new(Arc::clone(&past.policy));
                Chronology::of_past(&then, view, order, (&rules, london_date(past.at)))
            }
            // They could see nothing of it.
            None => Chronology {
                home: view.home().id().clone(),
                entries: Vec::new(),
                triggers: Vec::new(),
                escalations: Vec::new(),
            },
        },
    };
    let known = match asking.query.as_known_at.trim() {
        "" => "Everything that you may know of this home".to_owned(),
        at => format!(
            "What your body could have seen of this home on {at}, under the agreement then in force and as far as it is open to you now"
        ),
    };
    let mut about = vec![
        format!("{known}, by {by}."),
        "An entry whose words you may read has the fingerprint of its message (SHA-256). Whoever runs the hub proves with it (carehub prove --sha256) that the message stood in the log, under a signed head; its sender can compute it again from what was sent.".to_owned(),
        "What any other body could have seen on a day in the past: carehub chronology --as-known-at, which whoever runs the hub prints for a review.".to_owned(),
    ];
    if asking.from_log.said.len() >= WORDS_OF {
        about.push(format!("There is more to read than fits: the words stand beside the newest {WORDS_OF} entries only; the timeline of the home has them all."));
    }
    let policy: &Policy = &asking.rules;
    let place = Place::of(view.home());
    let said = view
        .home()
        .items()
        .iter()
        .filter_map(|item| Some((item.reference, asking.from_log.said.get(&item.position)?)));
    let said: BTreeMap<Reference, &Said> = said.collect();
    Ok(Sheet {
        name: Name::Chronology,
        title: format!("Chronology of {}", words::name(view.home())),
        about,
        tables: vec![
            entries(policy, &place, &chronology, &said),
            triggers(policy, &chronology),
            escalations(policy, &chronology),
        ],
        counts: Vec::new(),
        homes: Vec::new(),
    })
}

fn entries(
    policy: &Policy,
    place: &Place,
    chronology: &Chronology,
    said: &BTreeMap<Reference, &Said>,
) -> Table {
    let mut columns = vec![
        column("happened", "Happened"),
        column("known_at", "Its sender knew"),
        column("recorded_at", "The hub knew"),
        column("agency", "Who said it"),
        column("what", "What"),
        column("detail", "Detail"),
        column("said", "In its words"),
        column("reference", "Reference"),
        hidden("incident", "Incident"),
        column("sha256", "Fingerprint"),
    ];
    columns.extend(super::sheet::home_columns().map(|column| column.as_hidden()));
    let row = |entry: &Entry| {
        let [what, detail] = told(policy, &entry.what);
        let said = said.get(&entry.reference);
        let incident = match &entry.what {
            Told::Concern { incident, .. } => Cell::Text(incident.to_string()),
            Told::Event { .. } | Told::Escalation { .. } | Told::Notice { .. } => Cell::Empty,
        };
        let mut cells = vec![
            happened(&entry.happened),
            Cell::Time(entry.known_at),
            Cell::Time(entry.recorded_at),
            Cell::body(policy, &entry.agency),
            what,
            detail,
            said.map_or(Cell::Empty, |said| in_words(said)),
            Cell::Text(entry.reference.to_string()),
            incident,
            said.map_or(Cell::Empty, |said| fingerprint(&said.sha256)),
        ];
        cells.extend(super::sheet::home_cells(place));
        cells
    };
    Table {
        name: "entries",
        title: "What happened and was said".to_owned(),
        empty: "Nothing.",
        columns,
        rows: chronology.entries.iter().map(row).collect(),
    }
}

/// The free text of an entry, each part after what it is.
fn in_words(said: &Said) -> Cell {
    let parts: Vec<String> = match said.text() {
        one if one.len() == 1 => one.into_values().collect(),
        several => several
            .into_iter()
            .map(|(name, text)| format!("{}: {text}", words::capital(name)))
            .collect(),
    };
    if parts.is_empty() { Cell::Empty } else { Cell::Text(parts.join(" ")) }
}

/// A page has room for the beginning of a fingerprint; CSV and JSON have it whole.
fn fingerprint(sha256: &str) -> Cell {
    let beginning: String = sha256.chars().take(12).collect();
    Cell::Named { id: sha256.to_owned(), name: format!("{beginning}…") }
}

fn triggers(policy: &Policy, chronology: &Chronology) -> Table {
    let columns = [
        ("trigger", "Trigger"),
        ("first_held_on", "First held on"),
        ("raised_at", "First raised"),
        ("days_to_raise", "After days"),
        ("acknowledged_at", "First acknowledged"),
        ("decided_at", "First decided"),
        ("days_to_decide", "After days"),
    ];
    let days = |days: Option<i32>| days.map_or(Cell::Empty, |days| Cell::Count(days.into()));
    let row = |held: &Held| {
        vec![
            Cell::trigger(policy, &held.trigger),
            Cell::Day(held.first_held_on),
            Cell::time(held.raised_at),
            days(held.days_to_raise),
            Cell::time(held.acknowledged_at),
            Cell::time(held.decided_at),
            days(held.days_to_decide),
        ]
    };
    Table {
        name: "triggers",
        title: "When each trigger first held, and how long until somebody acted".to_owned(),
        empty: "No trigger ever held on what you may see.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: chronology.triggers.iter().map(row).collect(),
    }
}

/// An instant, a day, or a month where the reader sees no more.
fn happened(text: &str) -> Cell {
    let month = || format!("{text}-01").parse::<Date>().ok().map(Cell::Month);
    match text.len() {
        7 => month(),
        10 => text.parse().ok().map(Cell::Day),
        _ => text.parse().ok().map(Cell::Time),
    }
    .unwrap_or_else(|| Cell::Text(text.to_owned()))
}

fn told(policy: &Policy, what: &Told) -> [Cell; 2] {
    match what {
        Told::Concern { kind, severity, standing, .. } => {
            let grade = words::word(severity);
            let words = match standing {
                Counting::Counts => grade,
                Counting::Withdrawn => format!("{grade}, withdrawn"),
                Counting::Moved => format!("{grade}, matched to another home"),
            };
            [Cell::word(kind, words::kind(*kind)), Cell::word(severity, words)]
        }
        Told::Event { event, about, escalation } => {
            let about = about.map(|about| format!("about {about}"));
            let escalation = escalation.as_ref().map(|id| format!("escalation {id}"));
            let detail: Vec<String> = about.into_iter().chain(escalation).collect();
            let detail =
                if detail.is_empty() { Cell::Empty } else { Cell::Text(detail.join(", ")) };
            [Cell::word(event, words::event(*event)), detail]
        }
        Told::Escalation { escalation, trigger, change } => {
            let name = words::trigger(policy, trigger);
            let what = Cell::word(change, words::change(*change));
            [what, Cell::Escalation { id: escalation.clone(), name }]
        }
        Told::Notice { notice } => {
            [Cell::word(notice, "feedback to us".to_owned()), Cell::Text(words::word(notice))]
        }
    }
}

fn escalations(policy: &Policy, chronology: &Chronology) -> Table {
    let columns = [
        ("escalation", "Escalation"),
        ("level", "Level"),
        ("responsible", "Responsible"),
        ("decision", "Decision"),
        ("first_held_on", "The trigger first held on"),
        ("raised_at", "Raised"),
        ("acknowledged_at", "Acknowledged"),
        ("hours_to_acknowledge", "After hours"),
        ("discussed_at", "Discussed"),
        ("hours_to_discuss", "After hours"),
        ("decided_at", "Decided"),
        ("hours_to_decide", "After hours"),
        ("closed_at", "Closed"),
    ];
    let row = |answered: &Answered| {
        let name = words::trigger(policy, &answered.trigger);
        vec![
            Cell::Escalation { id: answered.escalation.clone(), name },
            Cell::Level(answered.level),
            Cell::bodies(policy, &answered.responsible),
            answered
                .decision
                .map_or(Cell::Empty, |made| Cell::word(&made, words::decision(made).to_owned())),
            Cell::day(answered.first_held_on),
            Cell::Time(answered.raised_at),
            Cell::time(answered.acknowledged_at),
            Cell::hours(answered.hours_to_acknowledge),
            Cell::time(answered.discussed_at),
            Cell::hours(answered.hours_to_discuss),
            Cell::time(answered.decided_at),
            Cell::hours(answered.hours_to_decide),
            Cell::time(answered.closed_at),
        ]
    };
    Table {
        name: "escalations",
        title: "How each escalation was answered".to_owned(),
        empty: "No escalation that you may know of.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: chronology.escalations.iter().map(row).collect(),
    }
}
