//! Evidence on how the memorandum works, as a sheet.

use carehub_domain::policy::Policy;
use carehub_domain::report::memorandum::{Gathering, Measure, Measured, Memorandum};

use super::counts::Counts;
use super::minutes::{AGAIN, CLOSED, TALLIED, tallied};
use super::sheet::{Cell, Sheet, Table, column};
use super::{Asking, Name, in_words};
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let mut gathering = Gathering::of(&asking.rules, asking.days()?, asking.now);
    for view in &asking.views {
        gathering.count(view);
    }
    let report = gathering.finish();
    let policy: &Policy = &asking.rules;
    Ok(Sheet {
        name: Name::Memorandum,
        title: format!("How the memorandum works: {}", in_words(report.days)),
        about: vec![
            format!(
                "What went through each part of the pathway in this time, by when the hub knew it, under the rule book {}. As far as you may see it: answers of escalations that are routed to you.",
                policy.version
            ),
            format!(
                "An escalation is acknowledged when the last of those who must act has acknowledged it. {CLOSED}"
            ),
            AGAIN.to_owned(),
        ],
        tables: vec![measures(&report)],
        counts: vec![counts(&report)],
        homes: Vec::new(),
    })
}

/// The name of a measure, its words, and where it stands in the source.
fn named(what: Measured) -> (&'static str, &'static str, &'static str) {
    match what {
        Measured::Concerns => ("concerns", "Concerns that came in", "7.3.1"),
        Measured::AboutNobody => ("about-nobody", "Of them about no named individual", "7.3.2"),
        Measured::BelowReferral => {
            ("below-referral", "Of them below a safeguarding concern", "7.3.17")
        }
        Measured::Agencies => ("agencies", "Agencies that told of any", "7.3.1"),
        Measured::Triaged => ("triaged", "Concerns that were triaged", "7.3.20"),
        Measured::Escalations => ("escalations", "Escalations to those who must act", "7.3.1"),
        Measured::Acknowledgements => ("acknowledgements", "Acknowledgements asked for", "7.3.1"),
        Measured::Discussions => ("discussions", "Discussions asked for", "7.3.9"),
        Measured::Decisions => ("decisions", "Decisions asked for", "7.3.9"),
        Measured::Breaches => ("breaches", "Breaches of health and safety", "7.3.19"),
        Measured::Leads => ("leads", "Agreements asked for on who leads", "7.3.14, 7.3.19"),
        Measured::OutsideMemorandum => {
            ("outside-memorandum", "Decided to lie outside the memorandum", "7.3.1")
        }
        Measured::RiskSummits => ("risk-summits", "Risk summits decided", "7.3.21"),
        Measured::StrategyMeetings => {
            ("strategy-meetings", "Strategy and strategy-type meetings held", "7.3.15")
        }
        Measured::RegulatorCame => ("regulator-came", "Of them with the CQC there", "7.3.15"),
        Measured::RegulatorAbsent => {
            ("regulator-absent", "Of them with the CQC invited and not there", "7.3.15")
        }
        Measured::Requests => ("requests", "Requests under section 45", "7.3.23"),
        Measured::Refused => ("refused", "Of them refused", "7.3.23"),
        Measured::Outputs => ("outputs", "Outputs of meetings to be passed on", "7.3.16"),
        Measured::Notices => ("notices", "Feedback that your agency received", "7.3.1"),
    }
}

/// The parts of the pathway (Norfolk 7.3.1).
fn part(number: u8) -> &'static str {
    match number {
        1 => "1 Soft intelligence in",
        2 => "2 To those who must act",
        3 => "3 From body to body",
        _ => "4 Back to the agencies",
    }
}

fn measures(report: &Memorandum) -> Table {
    let mut columns = vec![
        column("part", "Part"),
        column("measure", "What"),
        column("source", "Norfolk"),
        column("count", "How many"),
    ];
    columns.extend(TALLIED.map(|(name, title)| column(name, title)));
    let row = |measure: &Measure| {
        let (id, name, source) = named(measure.what);
        let number = measure.what.part();
        let timely = measure.timely.map(|tally| tallied(tally).map(Cell::count));
        let mut cells = vec![
            Cell::Named { id: number.to_string(), name: part(number).to_owned() },
            Cell::Named { id: id.to_owned(), name: name.to_owned() },
            Cell::Text(source.to_owned()),
            Cell::count(measure.count),
        ];
        cells.extend(timely.unwrap_or_else(|| std::array::from_fn(|_| Cell::Empty)));
        cells
    };
    Table {
        name: "measures",
        title: "The pathway in numbers".to_owned(),
        empty: "Nothing.",
        columns,
        rows: report.measures.iter().map(row).collect(),
    }
}

fn counts(report: &Memorandum) -> Counts {
    let row = |measure: &Measure| {
        let (id, name, _) = named(measure.what);
        (id.to_owned(), name.to_owned(), vec![measure.count])
    };
    Counts {
        name: "measures",
        title: "The pathway in numbers".to_owned(),
        of: "What",
        columns: vec![("count".to_owned(), "How many".to_owned())],
        rows: report.measures.iter().map(row).collect(),
        // Some measures are parts of others.
        adds_up: false,
    }
}
