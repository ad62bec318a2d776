//! Evidence by CQC's key questions, as a sheet.

use carehub_domain::event::KeyQuestion;
use carehub_domain::policy::Policy;
use carehub_domain::report::Place;
use carehub_domain::report::key_questions::{Evidence, Gathering, KeyQuestions, Line};
use jiff::civil::Date;

use super::sheet::{Cell, Sheet, Table, column, home_cells, home_columns};
use super::{Asking, Name, in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let policy: &Policy = &asking.rules;
    let area = super::pack::known_area(asking)?;
    let mut gathering = Gathering::of(asking.days_of(12)?);
    for view in &asking.views {
        if Place::of(view.home()).is_in(area.as_deref()) {
            gathering.count(view);
        }
    }
    let report = gathering.finish();
    Ok(Sheet {
        name: Name::KeyQuestions,
        title: format!("Evidence by key question: {}", in_words(report.days)),
        about: vec![
            "What happened in this time, as far as you may see it, under each of CQC’s key questions that its sender named. What was withdrawn is left out.".to_owned(),
            "Incidents are counted once, however many tell of them; the evidence lists each telling. Of a protected report only its month is known: it counts on the first of it.".to_owned(),
        ],
        tables: vec![questions(&report), homes(&report), evidence(policy, &report)],
        counts: Vec::new(),
        homes: Vec::new(),
    })
}

/// A key question, or that its sender named none.
fn question(question: Option<KeyQuestion>) -> Cell {
    match question {
        Some(one) => Cell::word(&one, words::key_question(one).to_owned()),
        None => Cell::Named { id: "none".to_owned(), name: "No question named".to_owned() },
    }
}

fn questions(report: &KeyQuestions) -> Table {
    let columns = [("question", "Key question"), ("incidents", "Incidents"), ("homes", "Homes")];
    let row = |line: &Line| {
        vec![question(line.question), Cell::count(line.incidents), Cell::count(line.homes)]
    };
    Table {
        name: "questions",
        title: "By key question".to_owned(),
        empty: "Nothing.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.questions.iter().map(row).collect(),
    }
}

fn homes(report: &KeyQuestions) -> Table {
    let mut columns: Vec<_> = home_columns().into();
    columns.extend(KeyQuestion::ALL.into_iter().map(|one| {
        let words = words::key_question(one);
        column(&words.to_lowercase().replace(['-', ' '], "_"), words)
    }));
    columns.push(column("none", "No question named"));
    let row = |(place, counts): &(Place, [u32; 6])| {
        home_cells(place).into_iter().chain(counts.map(Cell::count)).collect()
    };
    Table {
        name: "homes",
        title: "Incidents at each home".to_owned(),
        empty: "Nothing that you may see happened in this time.",
        columns,
        rows: report.homes.iter().map(row).collect(),
    }
}

fn evidence(policy: &Policy, report: &KeyQuestions) -> Table {
    let mut columns = vec![column("question", "Key question")];
    columns.extend(home_columns());
    columns.extend(
        [
            ("happened", "Happened"),
            ("kind", "What"),
            ("severity", "Severity"),
            ("agency", "Who said it"),
            ("reference", "Reference"),
        ]
        .map(|(name, title)| column(name, title)),
    );
    let row = |one: &Evidence| {
        let mut cells = vec![question(Some(one.question))];
        cells.extend(home_cells(&one.place));
        cells.extend([
            happened(&one.happened),
            Cell::word(&one.kind, words::kind(one.kind)),
            Cell::word(&one.severity, words::word(&one.severity)),
            Cell::body(policy, &one.agency),
            Cell::Text(one.reference.to_string()),
        ]);
        cells
    };
    Table {
        name: "evidence",
        title: "The evidence".to_owned(),
        empty: "Nobody put anything of this time to a key question.",
        columns,
        rows: report.evidence.iter().map(row).collect(),
    }
}

/// A day, or a month where the reader sees no more.
fn happened(text: &str) -> Cell {
    match text.len() {
        7 => format!("{text}-01").parse::<Date>().ok().map(Cell::Month),
        _ => text.parse().ok().map(Cell::Day),
    }
    .unwrap_or_else(|| Cell::Text(text.to_owned()))
}
