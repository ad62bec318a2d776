//! The information-sharing audit, as a sheet: the same figures as `/api/v1/reports/sharing`.

use carehub_domain::BodyId;
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Late, Period, Report, Sharing};

use super::counts::Counts;
use super::sheet::{Cell, Sheet, Table, column};
use super::{Asking, Name, in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let days = asking.days()?;
    let mut report = Report::of(Period { from: Some(days.from), until: Some(days.until) });
    for view in &asking.views {
        report.count(view);
    }
    let policy: &Policy = &asking.rules;
    let agencies: Vec<(BodyId, Sharing)> = report.finish(policy, asking.now).into_iter().collect();
    Ok(Sheet {
        name: Name::Sharing,
        title: format!("Information-sharing audit: {}", in_words(days)),
        about: vec![
            "What each agency shared in this time, by when the hub knew it, as far as you may see it; how many days until it knew of what happened, and how many hours until the hub had it.".to_owned(),
        ],
        tables: vec![table(policy, &agencies)],
        counts: vec![counts(policy, &agencies)],
        homes: Vec::new(),
    })
}

fn table(policy: &Policy, agencies: &[(BodyId, Sharing)]) -> Table {
    let columns = [
        ("agency", "Agency"),
        ("concerns", "Concerns"),
        ("learned_after_days_median", "Days until it knew, in the middle"),
        ("learned_after_days_most", "Nine of ten"),
        ("learned_after_days_latest", "The latest"),
        ("shared_after_hours_median", "Hours until the hub had it, in the middle"),
        ("shared_after_hours_most", "Nine of ten"),
        ("shared_after_hours_latest", "The latest"),
        ("told", "Escalations of which it is told"),
        ("reads", "It may read"),
        ("only_receives", "It only receives"),
    ];
    let late = |late: Option<Late>| match late {
        Some(Late { median, most, latest }) => [median, most, latest].map(Cell::Count),
        None => std::array::from_fn(|_| Cell::Empty),
    };
    let row = |(agency, sharing): &(BodyId, Sharing)| {
        let mut cells = vec![Cell::body(policy, agency), Cell::count(sharing.concerns)];
        cells.extend(late(sharing.learned_after));
        cells.extend(late(sharing.shared_after));
        let last = [Cell::Is(sharing.reads), Cell::Is(sharing.only_receives)];
        cells.extend([Cell::count(sharing.told)].into_iter().chain(last));
        cells
    };
    Table {
        name: "agencies",
        title: "By agency".to_owned(),
        empty: "No agency.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: agencies.iter().map(row).collect(),
    }
}

fn counts(policy: &Policy, agencies: &[(BodyId, Sharing)]) -> Counts {
    let row = |(agency, sharing): &(BodyId, Sharing)| {
        (agency.to_string(), words::body(policy, agency), vec![sharing.concerns])
    };
    Counts {
        name: "agencies",
        title: "Concerns by agency".to_owned(),
        of: "Agency",
        columns: vec![("concerns".to_owned(), "Concerns".to_owned())],
        rows: agencies.iter().map(row).collect(),
        adds_up: true,
    }
}
