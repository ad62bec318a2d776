//! The chronology of a home, as a sheet: everything that the reader may know of it, in order, and how each escalation was
//! answered (`carehub_domain::chronology`).

use std::sync::Arc;

use carehub_domain::chronology::{Answered, Chronology, Counting, Entry, Order, Told, still_open};
use carehub_domain::policy::Policy;
use carehub_domain::report::Place;
use carehub_domain::sharing::{Reader, View};
use jiff::civil::Date;
use serde::Deserialize;

use super::sheet::{Cell, Sheet, Table, column};
use super::{Asking, Name};
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
    let chronology = match &asking.past {
        None => Chronology::of(view, order),
        Some((past, body)) => {
            let reader = Arc::new(Reader::new(&past.policy, body));
            let then = past.home.as_ref().map(|home| home.view(&reader)).filter(View::exists);
            match then {
                Some(then) => still_open(Chronology::of(&then, order), view),
                // They could see nothing of it.
                None => Chronology {
                    home: view.home().id().clone(),
                    entries: Vec::new(),
                    escalations: Vec::new(),
                },
            }
        }
    };
    let known = match asking.query.as_known_at.trim() {
        "" => "Everything that you may know of this home".to_owned(),
        at => format!(
            "What your body could have seen of this home on {at}, under the agreement then in force and as far as it is open to you now"
        ),
    };
    let policy: &Policy = &asking.rules;
    let place = Place::of(view.home());
    Ok(Sheet {
        name: Name::Chronology,
        title: format!("Chronology of {}", words::name(view.home())),
        about: vec![
            format!("{known}, by {by}."),
            "What any body could have seen on a day in the past, with the leaf of each entry in the log’s hash tree: carehub chronology --as-known-at, which whoever runs the hub prints for a review.".to_owned(),
        ],
        tables: vec![
            entries(policy, &place, &chronology),
            escalations(policy, &chronology),
        ],
        counts: Vec::new(),
        homes: Vec::new(),
    })
}

fn entries(policy: &Policy, place: &Place, chronology: &Chronology) -> Table {
    let mut columns = vec![
        column("happened", "Happened"),
        column("known_at", "Its sender knew"),
        column("recorded_at", "The hub knew"),
        column("agency", "Who said it"),
        column("what", "What"),
        column("detail", "Detail"),
        column("reference", "Reference"),
    ];
    columns.extend(super::sheet::home_columns().map(|column| column.as_hidden()));
    let row = |entry: &Entry| {
        let [what, detail] = told(policy, &entry.what);
        let mut cells = vec![
            happened(&entry.happened),
            Cell::Time(entry.known_at),
            Cell::Time(entry.recorded_at),
            Cell::body(policy, &entry.agency),
            what,
            detail,
            Cell::Text(entry.reference.to_string()),
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
        Told::Concern { kind, severity, standing } => {
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
