//! The sample of contingency plans, as a sheet.

use carehub_domain::event::PlanKind;
use carehub_domain::report::plans::{Part, PlanLine, Plans};

use super::counts::Counts;
use super::sheet::{Cell, Column, Sheet, Table, column, home_cells, home_columns};
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
            "Evidence is judged on the last day of the quarter, or today. What was looked through again later stands in that quarter.".to_owned(),
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
        column("looked_on", "Looked through"),
        column("gaps", "Missing then"),
    ]);
    let row = |line: &PlanLine| {
        let shown = |kind: &PlanKind| line.parts.iter().find(|part| part.kind == *kind);
        let missing: Vec<PlanKind> =
            line.parts.iter().filter(|part| part.is_missing).map(|part| part.kind).collect();
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend(
            kinds.iter().map(|kind| Cell::day(shown(kind).and_then(|p: &Part| p.shown_on))),
        );
        cells.extend([
            listed(missing.into_iter()),
            Cell::day(line.looked_on),
            listed(line.gaps.iter().copied()),
        ]);
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

fn listed(kinds: impl Iterator<Item = PlanKind>) -> Cell {
    let named: Vec<String> = kinds.map(word).collect();
    if named.is_empty() { Cell::Empty } else { Cell::Text(named.join(", ")) }
}

const PARTS: [(&str, &str); 2] = [("shown", "Shown"), ("missing", "Not shown, or too old")];

fn parts(report: &Plans) -> Table {
    let counted = PARTS.map(|(name, title)| column(name, title));
    let rows = report.parts.iter().map(|line| {
        let part = Cell::word(&line.kind, word(line.kind));
        vec![part, Cell::count(line.shown), Cell::count(line.missing)]
    });
    Table {
        name: "parts",
        title: "By part of the plan".to_owned(),
        empty: "No home is in the sample, or no rule asks for a plan.",
        columns: [column("part", "Part")].into_iter().chain(counted).collect(),
        rows: rows.collect(),
    }
}

fn counts(report: &Plans) -> Counts {
    let row = |line: &carehub_domain::report::plans::PartLine| {
        let name = word(line.kind);
        (name.clone(), words::capital(&name), vec![line.shown, line.missing])
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
