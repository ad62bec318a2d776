//! Minutes and timescales, as a sheet.

use carehub_domain::policy::Policy;
use carehub_domain::report::answers::{Tally, Timely};
use carehub_domain::report::minutes::{Gathering, MeetingLine, Minutes};
use jiff::civil::Date;

use super::counts::Counts;
use super::pack::meeting;
use super::sheet::{Cell, Sheet, Table, column, home_cells, home_columns};
use super::{Asking, Name, in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let mut gathering = Gathering::of(&asking.rules, asking.days()?, asking.now);
    for view in &asking.views {
        gathering.count(view);
    }
    let report = gathering.finish();
    let policy: &Policy = &asking.rules;
    Ok(Sheet {
        name: Name::Minutes,
        title: format!("Minutes and timescales: {}", in_words(report.days)),
        about: vec![
            "Meetings that were held in this time, or planned for it and not held; and what escalations asked for that were raised in it and are routed to you.".to_owned(),
            "Due is what the rule book in force says, counted from when the meeting was recorded.".to_owned(),
            "An escalation is acknowledged when the last of those who must act has acknowledged it; by who must act, each is timed by its own. A decision is one for all of them.".to_owned(),
            CLOSED.to_owned(),
            format!("{AGAIN} The hours are those to the first."),
        ],
        tables: vec![
            meetings(policy, &report),
            kinds(&report),
            steps(&report),
            bodies(policy, &report),
        ],
        counts: vec![counts(&report)],
        homes: Vec::new(),
    })
}

/// How decisions are measured of which the rule book asks for one every so often: what is not kept is not said.
pub(super) const AGAIN: &str = "Where a decision is asked for again every so often, each one is measured by the rule book in force: the first from when the escalation was raised or last opened again, every other one from the one before. That something graver brought one forward is not kept, and not counted.";

/// What is said of every step that was left out.
pub(super) const CLOSED: &str =
    "What nobody had done when an escalation was closed was never done.";

/// Whether something came in time, in words.
fn timely(timely: Timely) -> Cell {
    let (id, name) = match timely {
        Timely::InTime => ("in-time", "In time"),
        Timely::Late => ("late", "Late"),
        Timely::Missing => ("overdue", "Overdue"),
        Timely::NotYetDue => ("not-yet-due", "Not yet due"),
        Timely::NotKnown => ("not-known", "Not known"),
    };
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

pub(super) const TALLIED: [(&str, &str); 5] = [
    ("in_time", "In time"),
    ("late", "Late"),
    ("overdue", "Overdue, or never"),
    ("not_yet_due", "Not yet due"),
    ("not_known", "Done, not known whether in time"),
];

pub(super) fn tallied(tally: Tally) -> [u32; 5] {
    [tally.in_time, tally.late, tally.missing, tally.not_yet_due, tally.not_known]
}

fn meetings(policy: &Policy, report: &Minutes) -> Table {
    let mut columns = Vec::from(home_columns());
    let more = [
        ("meeting", "Meeting"),
        ("chair", "Chaired by"),
        ("planned_for", "Planned for"),
        ("held_on", "Held on"),
        ("held", "Not held"),
        ("minutes_on", "Minutes distributed"),
        ("minutes_after_days", "After days"),
        ("minutes_due", "Due by"),
        ("minutes", "Minutes"),
        ("output_on", "Output passed on"),
        ("output_due", "Due by"),
        ("output", "Output"),
        ("attended", "There"),
        ("absent", "Not there"),
    ];
    columns.extend(more.map(|(name, title)| column(name, title)));
    let due = |of: Option<(Date, Timely)>| match of {
        Some((day, is)) => [Cell::Day(day), timely(is)],
        None => [Cell::Empty, Cell::Empty],
    };
    let row = |line: &MeetingLine| {
        let [minutes_due, minutes] = due(line.minutes);
        let [output_due, output] = due(line.output);
        let after = line.minutes_after_days.map(i64::from);
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend([
            Cell::word(&line.kind, meeting(line.kind)),
            Cell::Named { id: line.chair_role.clone(), name: line.chair_role.replace('-', " ") },
            Cell::day(line.planned_for),
            Cell::day(line.held_on),
            line.held.map_or(Cell::Empty, timely),
            Cell::day(line.minutes_on),
            after.map_or(Cell::Empty, Cell::Count),
            minutes_due,
            minutes,
            Cell::day(line.output_on),
            output_due,
            output,
            Cell::bodies(policy, &line.attended),
            Cell::bodies(policy, &line.absent),
        ]);
        cells
    };
    Table {
        name: "meetings",
        title: "Meetings".to_owned(),
        empty: "No meeting that you may know of was held or planned in this time.",
        columns,
        rows: report.meetings.iter().map(row).collect(),
    }
}

fn kinds(report: &Minutes) -> Table {
    let columns = [
        ("meeting", "Meeting"),
        ("held", "Held"),
        ("not_held", "Planned and not held"),
        ("minutes_in_time", "Minutes in time"),
        ("minutes_late", "Minutes late"),
        ("minutes_overdue", "Minutes overdue"),
        ("output_in_time", "Output in time"),
        ("output_late", "Output late"),
        ("output_overdue", "Output overdue"),
    ];
    let rows = report.kinds.iter().map(|(kind, line)| {
        let (minutes, output) = (line.minutes, line.output);
        let counts = [
            line.held,
            line.not_held,
            minutes.in_time,
            minutes.late,
            minutes.missing,
            output.in_time,
            output.late,
            output.missing,
        ];
        [Cell::word(kind, meeting(*kind))].into_iter().chain(counts.map(Cell::count)).collect()
    });
    Table {
        name: "kinds",
        title: "By kind of meeting".to_owned(),
        empty: "No meeting.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: rows.collect(),
    }
}

fn steps(report: &Minutes) -> Table {
    let mut columns = vec![column("step", "Asked for")];
    columns.extend(TALLIED.map(|(name, title)| column(name, title)));
    columns.push(column("median_hours", "Hours, in the middle"));
    columns.push(column("longest_hours", "Hours, the longest"));
    let rows = report.steps.iter().map(|line| {
        let counts = tallied(line.timely).map(Cell::count);
        let hours = [Cell::hours(line.median_hours), Cell::hours(line.longest_hours)];
        let step = Cell::word(&line.step, words::step(line.step));
        [step].into_iter().chain(counts).chain(hours).collect()
    });
    Table {
        name: "steps",
        title: "What escalations asked for".to_owned(),
        empty: "No escalation that is routed to you was raised in this time.",
        columns,
        rows: rows.collect(),
    }
}

fn bodies(policy: &Policy, report: &Minutes) -> Table {
    let columns = [
        ("body", "Who must act"),
        ("acknowledged_in_time", "Acknowledged in time"),
        ("acknowledged_late", "Late"),
        ("acknowledged_overdue", "Overdue, or never"),
        ("decided_in_time", "Decided in time"),
        ("decided_late", "Late"),
        ("decided_overdue", "Overdue, or never"),
    ];
    let rows = report.bodies.iter().map(|(body, line)| {
        let of = |tally: Tally| [tally.in_time, tally.late, tally.missing].map(Cell::count);
        let both = of(line.acknowledged).into_iter().chain(of(line.decided));
        [Cell::body(policy, body)].into_iter().chain(both).collect()
    });
    Table {
        name: "bodies",
        title: "By who must act".to_owned(),
        empty: "Nobody was asked.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: rows.collect(),
    }
}

fn counts(report: &Minutes) -> Counts {
    let row = |line: &carehub_domain::report::minutes::StepLine| {
        let name = words::step(line.step);
        (name.replace(' ', "-"), words::capital(&name), tallied(line.timely).into())
    };
    Counts {
        name: "steps",
        title: "What escalations asked for".to_owned(),
        of: "Asked for",
        columns: TALLIED.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        rows: report.steps.iter().map(row).collect(),
        adds_up: true,
    }
}
