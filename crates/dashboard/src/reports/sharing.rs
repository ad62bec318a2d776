//! The information-sharing audit, as a sheet, and in the older form that the API gives of it: the same figures.

use std::collections::BTreeMap;

use carehub_domain::BodyId;
use carehub_domain::event::Kind;
use carehub_domain::policy::Policy;
use carehub_domain::report::Days;
use carehub_domain::sharing::{Late, Period, Report, Sharing};
use carehub_people::Who;

use super::counts::Counts;
use super::from_log::FromLog;
use super::sheet::{Cell, Column, Sheet, Table, column, hidden};
use super::{Asking, Name, ReportQuery, in_words};
use crate::pages::words;
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let days = asking.days()?;
    let policy: &Policy = &asking.rules;
    let agencies = agencies(asking, days);
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

/// The days that are asked for, and what each agency shares in them, as `who` may see it.
pub(crate) fn shared(
    app: &Shared,
    who: &Who,
    query: &ReportQuery,
) -> Result<(Days, BTreeMap<BodyId, Sharing>), Problem> {
    let (rules, now) = (app.pictures.rules(), app.pictures.time());
    let views = app.all_seen(&who.agency).map(|seen| seen.view).collect();
    let from_log = &FromLog::default();
    let asking = Asking { views, from_log, reader: &who.agency, rules, now, query };
    let days = asking.days()?;
    Ok((days, agencies(&asking, days)))
}

fn agencies(asking: &Asking<'_>, days: Days) -> BTreeMap<BodyId, Sharing> {
    let mut report = Report::of(Period { from: Some(days.from), until: Some(days.until) });
    for view in &asking.views {
        report.count(view);
    }
    report.finish(&asking.rules, asking.now)
}

fn table(policy: &Policy, agencies: &BTreeMap<BodyId, Sharing>) -> Table {
    let titled = [
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
    // A page is wide enough without a column for each kind.
    let kinds: BTreeMap<&str, Kind> = agencies
        .values()
        .flat_map(|sharing| sharing.by_kind.keys())
        .map(|kind| (kind.name(), *kind))
        .collect();
    let mut columns: Vec<Column> = titled.map(|(name, title)| column(name, title)).into();
    let by_kind =
        kinds.iter().map(|(name, kind)| hidden(name, &words::capital(&words::kind(*kind))));
    columns.extend(by_kind);
    let late = |late: Option<Late>| match late {
        Some(Late { median, most, latest }) => [median, most, latest].map(Cell::Count),
        None => std::array::from_fn(|_| Cell::Empty),
    };
    let row = |(agency, sharing): (&BodyId, &Sharing)| {
        let mut cells = vec![Cell::body(policy, agency), Cell::count(sharing.concerns)];
        cells.extend(late(sharing.learned_after));
        cells.extend(late(sharing.shared_after));
        let last = [Cell::Is(sharing.reads), Cell::Is(sharing.only_receives)];
        cells.extend([Cell::count(sharing.told)].into_iter().chain(last));
        let of_kind = |kind: &Kind| sharing.by_kind.get(kind).copied().unwrap_or_default();
        cells.extend(kinds.values().map(|kind| Cell::count(of_kind(kind))));
        cells
    };
    Table {
        name: "agencies",
        title: "By agency".to_owned(),
        empty: "No agency.",
        columns,
        rows: agencies.iter().map(row).collect(),
    }
}

fn counts(policy: &Policy, agencies: &BTreeMap<BodyId, Sharing>) -> Counts {
    let row = |(agency, sharing): (&BodyId, &Sharing)| {
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
