//! The monthly threshold report, as a sheet.

use carehub_domain::policy::Policy;
use carehub_domain::report::answers::Answer;
use carehub_domain::report::threshold::{Gathering, Met, Threshold};

use super::counts::Counts;
use super::minutes::{AGAIN, CLOSED};
use super::sheet::{Cell, Column, Sheet, Table, column, hidden, home_cells, home_columns};
use super::{Asking, Name, month_in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let mut gathering = Gathering::of(&asking.rules, asking.month()?, asking.now);
    for view in &asking.views {
        gathering.count(view);
    }
    let report = gathering.finish();
    let policy: &Policy = &asking.rules;
    Ok(Sheet {
        name: Name::Threshold,
        title: format!("Monthly threshold report: {}", month_in_words(report.month)),
        about: vec![
            "Every home that met a trigger in the month, whether or not an escalation was raised. A trigger is never a ceiling: fewer, graver concerns go to review as well.".to_owned(),
            "Counted by what is known now and by the triggers that are in force now, on every day of the month.".to_owned(),
            format!("By trigger, an escalation is acknowledged when the last of those who must act has acknowledged it. {CLOSED}"),
            AGAIN.to_owned(),
        ],
        tables: vec![met(policy, &report), triggers(policy, &report)],
        counts: vec![counts(policy, &report)],
        homes: Vec::new(),
    })
}

/// How an escalation was answered: the columns of every report that says so.
pub(super) fn answer_columns() -> Vec<Column> {
    vec![
        column("escalation", "Escalation"),
        column("level", "Level"),
        column("stage", "Stands at"),
        column("responsible", "Who must act"),
        column("raised_at", "Raised"),
        hidden("acknowledged_at", "Acknowledged"),
        column("hours_to_acknowledge", "Hours to acknowledge"),
        hidden("discussed_at", "Discussed"),
        column("hours_to_discuss", "Hours to discuss"),
        hidden("decided_at", "Decided"),
        column("hours_to_decide", "Hours to decide"),
        column("decision", "Decision"),
        column("closed_at", "Closed"),
        column("overdue", "An answer is overdue"),
        hidden("historic", "Known long before it was recorded"),
    ]
}

/// The cells of those columns; empty where there is no escalation.
pub(super) fn answer_cells(policy: &Policy, answer: Option<&Answer>) -> Vec<Cell> {
    let Some(answer) = answer else {
        return vec![Cell::Empty; answer_columns().len()];
    };
    let times = &answer.times;
    let name = words::trigger(policy, &times.trigger);
    let decision = |kind| Cell::word(&kind, words::decision(kind).to_owned());
    vec![
        Cell::Escalation { id: times.escalation.clone(), name },
        Cell::Level(answer.level),
        Cell::Stage(answer.stage),
        Cell::bodies(policy, &answer.responsible),
        Cell::Time(times.raised_at),
        Cell::time(times.acknowledged_at),
        Cell::hours(times.hours_to_acknowledge),
        Cell::time(times.discussed_at),
        Cell::hours(times.hours_to_discuss),
        Cell::time(times.decided_at),
        Cell::hours(times.hours_to_decide),
        answer.decision.map_or(Cell::Empty, decision),
        Cell::time(times.closed_at),
        Cell::Is(answer.overdue),
        answer.historic.map_or(Cell::Empty, Cell::Is),
    ]
}

fn met(policy: &Policy, report: &Threshold) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("trigger", "Trigger"),
        column("most", "The most that it counted"),
        column("limit", "Limit"),
        column("held_on", "First held on"),
    ]);
    columns.extend(answer_columns());
    let row = |met: &Met, answer: Option<&Answer>| {
        let mut cells = Vec::from(home_cells(&met.place));
        cells.extend([
            Cell::trigger(policy, &met.trigger),
            Cell::number(met.most),
            Cell::number(met.limit),
            Cell::day(met.held_on),
        ]);
        cells.extend(answer_cells(policy, answer));
        cells
    };
    let mut rows = Vec::new();
    for met in &report.met {
        rows.extend(met.answers.iter().map(|answer| row(met, Some(answer))));
        if met.answers.is_empty() {
            rows.push(row(met, None));
        }
    }
    Table {
        name: "met",
        title: "Homes that met a trigger".to_owned(),
        empty: "No home that you may see met a trigger in this month.",
        columns,
        rows,
    }
}

fn triggers(policy: &Policy, report: &Threshold) -> Table {
    let columns = vec![
        column("trigger", "Trigger"),
        column("homes", "Homes that met it"),
        column("raised", "Escalations raised"),
        column("acknowledged_in_time", "Acknowledged in time"),
        column("acknowledged_late", "Acknowledged late"),
        column("not_acknowledged", "Acknowledgement overdue, or never given"),
        column("decided_in_time", "Decided in time"),
        column("decided_late", "Decided late"),
        column("not_decided", "Decision overdue, or never taken"),
    ];
    let row = |line: &carehub_domain::report::threshold::TriggerLine| {
        let (acknowledged, decided) = (line.acknowledged, line.decided);
        let mut cells = vec![Cell::trigger(policy, &line.trigger)];
        let counts = [
            line.homes,
            line.raised,
            acknowledged.in_time,
            acknowledged.late,
            acknowledged.missing,
            decided.in_time,
            decided.late,
            decided.missing,
        ];
        cells.extend(counts.map(Cell::count));
        cells
    };
    Table {
        name: "triggers",
        title: "By trigger".to_owned(),
        empty: "No trigger was met.",
        columns,
        rows: report.triggers.iter().map(row).collect(),
    }
}

fn counts(policy: &Policy, report: &Threshold) -> Counts {
    let columns = [("homes", "Homes that met it"), ("raised", "Escalations raised")];
    let row = |line: &carehub_domain::report::threshold::TriggerLine| {
        let name = words::trigger(policy, &line.trigger);
        (line.trigger.to_string(), name, vec![line.homes, line.raised])
    };
    Counts {
        name: "triggers",
        title: "By trigger".to_owned(),
        of: "Trigger",
        columns: columns.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        rows: report.triggers.iter().map(row).collect(),
        // A home may meet several triggers, and an escalation is no home.
        adds_up: false,
    }
}
