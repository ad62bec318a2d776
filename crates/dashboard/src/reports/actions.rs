//! The progress of actions, as a sheet.

use carehub_domain::escalation::Grade;
use carehub_domain::policy::Policy;
use carehub_domain::report::Place;
use carehub_domain::report::actions::{ActionLine, Actions, OwnerLine};
use carehub_domain::sharing::View;
use jiff::ToSpan;

use super::counts::Counts;
use super::pack::known_area;
use super::sheet::{Cell, Sheet, Table, column, hidden, home_cells, home_columns};
use super::{Asking, Name};
use crate::pages::words;
use crate::problem::Problem;

/// How far back the earlier rating is taken from, where no day is asked for.
const MONTHS_BACK: i64 = 3;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let (today, area) = (asking.today(), known_area(asking)?);
    let since = asking.query.value("since")?;
    let since = since.unwrap_or(today.saturating_sub(MONTHS_BACK.months()));
    let policy: &Policy = &asking.rules;
    let is_in = |view: &&View| Place::of(view.home()).is_in(area.as_deref());
    let views = asking.views.iter().filter(is_in);
    let serious_after = policy.process.actions.serious_after_days;
    let report = Actions::of(views, since, serious_after, asking.now);
    Ok(Sheet {
        name: Name::Actions,
        title: format!("Progress of actions since {}", since.strftime("%-d %B %Y")),
        about: vec![format!(
            "Each action that was not over before that day, with its rating at the end of it and now. Green: on track, or achieved. Amber: up to {serious_after} days late. Red: later than that, or a person says so. Only actions of escalations that are routed to you."
        )],
        tables: vec![action_table(policy, &report.actions), owner_table(policy, &report)],
        counts: vec![counts(policy, &report)],
        homes: Vec::new(),
    })
}

/// Actions, as every report lists them.
pub(super) fn action_table(policy: &Policy, actions: &[ActionLine]) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("escalation", "Escalation"),
        hidden("trigger", "Trigger"),
        column("number", "Action"),
        hidden("action", "Id of the action"),
        column("measure", "How one will know"),
        column("owner", "Who does it"),
        column("due", "Due"),
        column("rating_before", "Rating before"),
        column("rating_now", "Rating now"),
        column("rated_by", "Rated by"),
        column("rating_replaced", "In place of"),
        hidden("rated_at", "Rated"),
        column("grade", "Grade"),
        column("reviewed_at", "Reviewed"),
        column("review_on", "Next review"),
        hidden("review_late", "The review is late"),
        column("completed_at", "Achieved"),
        column("over", "Nothing more is expected"),
    ]);
    Table {
        name: "actions",
        title: "Actions".to_owned(),
        empty: "No action that you may see.",
        columns,
        rows: actions.iter().map(|line| row(policy, line)).collect(),
    }
}

fn row(policy: &Policy, line: &ActionLine) -> Vec<Cell> {
    let name = words::trigger(policy, &line.trigger);
    let rated = line.rated.as_ref();
    let mut cells = Vec::from(home_cells(&line.place));
    cells.extend([
        Cell::Escalation { id: line.escalation.clone(), name },
        Cell::Text(line.trigger.to_string()),
        Cell::Named { id: line.number.to_string(), name: format!("Action {}", line.number) },
        Cell::Text(line.action.to_string()),
        Cell::word(&line.measure, line.measure.to_string().replace('-', " ")),
        Cell::body(policy, &line.owner),
        Cell::Day(line.due),
        line.before.map_or(Cell::Empty, Cell::Rating),
        Cell::Rating(line.now),
        rated.map_or(Cell::Empty, |rated| Cell::body(policy, &rated.by)),
        rated.map_or(Cell::Empty, |rated| Cell::Rating(rated.previous)),
        rated.map_or(Cell::Empty, |rated| Cell::Time(rated.at)),
        line.grade.map_or(Cell::Empty, grade),
        Cell::time(line.reviewed_at),
        Cell::day(line.review_on),
        Cell::Is(line.is_review_late),
        Cell::time(line.completed_at),
        Cell::Is(line.is_over),
    ]);
    cells
}

fn grade(grade: Grade) -> Cell {
    let id = u8::from(grade).to_string();
    Cell::Named { id, name: crate::pages::grade(grade).to_owned() }
}

const OWNED: [(&str, &str); 5] = [
    ("green", "Green"),
    ("amber", "Amber"),
    ("red", "Red"),
    ("achieved", "Achieved"),
    ("given_up", "Not achieved"),
];

fn owned(line: &OwnerLine) -> [u32; 5] {
    [line.green, line.amber, line.red, line.achieved, line.given_up]
}

fn owner_table(policy: &Policy, report: &Actions) -> Table {
    let counted = OWNED.map(|(name, title)| column(name, title));
    let row = |(owner, line)| {
        let counts = owned(line).map(Cell::count);
        [Cell::body(policy, owner)].into_iter().chain(counts).collect()
    };
    Table {
        name: "owners",
        title: "By who does them".to_owned(),
        empty: "No action that you may see.",
        columns: [column("owner", "Who does it")].into_iter().chain(counted).collect(),
        rows: report.owners.iter().map(row).collect(),
    }
}

fn counts(policy: &Policy, report: &Actions) -> Counts {
    let row = |(owner, line): (&carehub_domain::BodyId, &OwnerLine)| {
        (owner.to_string(), words::body(policy, owner), owned(line).into())
    };
    Counts {
        name: "owners",
        title: "Actions by who does them".to_owned(),
        of: "Who does it",
        columns: OWNED.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        rows: report.owners.iter().map(row).collect(),
        adds_up: true,
    }
}
