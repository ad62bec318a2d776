//! The sample of contingency plans, as a sheet.

use carehub_domain::event::PlanKind;
use carehub_domain::report::plans::{Looked, Part, PartLine, PlanLine, Plans, Stood};

use super::counts::Counts;
use super::sheet::{Cell, Column, Sheet, Table, column, hidden, home_cells, home_columns};
use super::{Asking, Name, in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let report = Plans::of(&asking.rules, &asking.views, asking.month()?, asking.now);
    let drawn = report.drawn.len();
    let drawn = words::plural(u32::try_from(drawn).unwrap_or(u32::MAX), "home is", "homes are");
    let draw = match report.one_in {
        Some(one_in) => format!(
            "One home in {one_in} is drawn each quarter: of {} that stand in the register and that you may see, {drawn} in the sample. The draw follows from the home’s id and the day on which the quarter begins, so that everybody can do it again.",
            report.registered
        ),
        None => "The rule book in force draws no sample.".to_owned(),
    };
    Ok(Sheet {
        name: Name::ContingencyPlans,
        title: format!("Sample of contingency plans: {}", in_words(report.quarter)),
        about: vec![
            draw,
            "Judged by what the hub knew on the last day of the quarter, or today. Of each part only the newest evidence is kept, and of looks through the plan only the last: where more came later, it may not be known any more what there was before, and then that is said.".to_owned(),
        ],
        tables: vec![homes(&report), parts(&report)],
        counts: vec![counts(&report)],
        homes: Vec::new(),
    })
}

fn word(kind: PlanKind) -> String {
    words::word(&kind)
}

fn homes(report: &Plans) -> Table {
    let mut kinds: Vec<PlanKind> = report.parts.iter().map(|part| part.kind).collect();
    kinds.sort_unstable();
    let mut columns: Vec<Column> = Vec::from(home_columns());
    for kind in &kinds {
        columns.push(column(&format!("{}_shown_on", word(*kind)), &words::capital(&word(*kind))));
    }
    columns.extend([
        column("missing", "Not shown, or too old"),
        hidden("not_known", "Not known any more"),
        column("looked_on", "Looked through"),
        column("gaps", "Missing then"),
    ]);
    let row = |line: &PlanLine| {
        let stood = |kind: &PlanKind| line.parts.iter().find(|part| part.kind == *kind);
        let all = |is_missing: Option<bool>| {
            let parts = line.parts.iter().filter(move |part| part.stood.is_missing() == is_missing);
            listed(parts.map(|part| part.kind))
        };
        let [looked_on, gaps] = looked(&line.looked);
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend(kinds.iter().map(|kind| stood(kind).map_or(Cell::Empty, shown)));
        cells.extend([all(Some(true)), all(None), looked_on, gaps]);
        cells
    };
    Table {
        name: "homes",
        title: "Homes in the sample".to_owned(),
        empty: "No home that you may see is in this quarter’s sample.",
        columns,
        rows: report.drawn.iter().map(row).collect(),
    }
}

/// When a part was shown, as far as that can be told.
fn shown(part: &Part) -> Cell {
    match part.stood {
        Stood::Shown(day) | Stood::TooOld(day) => Cell::Day(day),
        Stood::Never => Cell::Empty,
        Stood::Later => named("later", "Shown later"),
        Stood::NotKnown => named("not-known", "Not known any more"),
    }
}

/// When the plan was looked through, and what was missing then.
fn looked(looked: &Looked) -> [Cell; 2] {
    match looked {
        Looked::No => [Cell::Empty, Cell::Empty],
        Looked::On { day, gaps } => [Cell::Day(*day), listed(gaps.iter().copied())],
        Looked::Later => [named("later", "Later, or told of later"), Cell::Empty],
        Looked::NotKnown => [named("not-known", "Not known any more"), Cell::Empty],
    }
}

fn named(id: &str, name: &str) -> Cell {
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

fn listed(kinds: impl Iterator<Item = PlanKind>) -> Cell {
    let named: Vec<String> = kinds.map(word).collect();
    if named.is_empty() { Cell::Empty } else { Cell::Text(named.join(", ")) }
}

const PARTS: [(&str, &str); 3] =
    [("shown", "Shown"), ("missing", "Not shown, or too old"), ("not_known", "Not known any more")];

fn counted(line: &PartLine) -> [u32; 3] {
    [line.shown, line.missing, line.not_known]
}

fn parts(report: &Plans) -> Table {
    let titled = PARTS.map(|(name, title)| column(name, title));
    let rows = report.parts.iter().map(|line| {
        let part = Cell::word(&line.kind, word(line.kind));
        [part].into_iter().chain(counted(line).map(Cell::count)).collect()
    });
    Table {
        name: "parts",
        title: "By part of the plan".to_owned(),
        empty: "No home is in the sample, or no rule asks for a plan.",
        columns: [column("part", "Part")].into_iter().chain(titled).collect(),
        rows: rows.collect(),
    }
}

fn counts(report: &Plans) -> Counts {
    let row = |line: &PartLine| {
        let name = word(line.kind);
        (name.clone(), words::capital(&name), counted(line).into())
    };
    Counts {
        name: "parts",
        title: "Homes in the sample by part of the plan".to_owned(),
        of: "Part",
        columns: PARTS.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        rows: report.parts.iter().map(row).collect(),
        // A home is counted for each part, so that the rows overlap.
        adds_up: false,
    }
}
