//! The thematic review and the analysis of sources, as a sheet.

use std::collections::BTreeMap;

use carehub_domain::BodyId;
use carehub_domain::event::Kind;
use carehub_domain::policy::Policy;
use carehub_domain::report::sources::{Gathering, Source, Sources, Theme};

use super::counts::Counts;
use super::sheet::{Cell, Sheet, Table, column};
use super::{Asking, Name, in_words};
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let policy: &Policy = &asking.rules;
    let mut gathering = Gathering::of(policy, asking.days()?);
    for view in &asking.views {
        gathering.count(view);
    }
    let report = gathering.finish();
    let before = in_words(report.before);
    Ok(Sheet {
        name: Name::Sources,
        title: format!("Thematic review and sources: {}", in_words(report.days)),
        about: vec![
            format!("What happened in this time, beside the time before ({before}), as far as you may see it."),
            "Incidents are counted once, however many tell of them; a concern is one telling. Of a protected report only its month is known: it counts on the first of it.".to_owned(),
        ],
        tables: vec![
            themes(&report),
            indicators(&report),
            sources(policy, &report),
            reported_by(&report),
            kinds_by_agency(policy, &report),
        ],
        counts: vec![counts(policy, &report)],
        homes: Vec::new(),
    })
}

fn themes(report: &Sources) -> Table {
    let columns = [
        ("kind", "Kind"),
        ("incidents", "Incidents"),
        ("before", "In the time before"),
        ("homes", "Homes"),
        ("low", "Concerns: low"),
        ("medium", "Medium"),
        ("high", "High"),
        ("critical", "Critical"),
    ];
    let row = |theme: &Theme| {
        let counts = [theme.incidents, theme.before, theme.homes].map(Cell::count);
        let kind = Cell::word(&theme.kind, words::kind(theme.kind));
        [kind].into_iter().chain(counts).chain(theme.by_severity.map(Cell::count)).collect()
    };
    Table {
        name: "themes",
        title: "What concerns are about".to_owned(),
        empty: "No concern that you may see happened in this time or the time before.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.themes.iter().map(row).collect(),
    }
}

fn indicators(report: &Sources) -> Table {
    let columns = [
        ("category", "Category"),
        ("incidents", "Incidents"),
        ("before", "In the time before"),
        ("homes", "Homes"),
    ];
    let rows = report.indicators.iter().map(|line| {
        let counts = [line.incidents, line.before, line.homes].map(Cell::count);
        let category = Cell::word(&line.indicator, words::indicator(line.indicator).to_owned());
        [category].into_iter().chain(counts).collect()
    });
    Table {
        name: "indicators",
        title: "The six categories of early indicators".to_owned(),
        empty: "None.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: rows.collect(),
    }
}

fn sources(policy: &Policy, report: &Sources) -> Table {
    let columns = [
        ("agency", "Agency"),
        ("roles", "Its roles"),
        ("concerns", "Concerns"),
        ("before", "In the time before"),
        ("incidents", "Incidents"),
        ("first", "Told first"),
        ("alone", "Told alone"),
        ("homes", "Homes"),
        ("across_border", "From across the border"),
    ];
    let row = |source: &Source| {
        let counts = [
            source.concerns,
            source.before,
            source.incidents,
            source.first,
            source.alone,
            source.homes,
            source.across_border,
        ];
        let agency = Cell::body(policy, &source.agency);
        let roles = Cell::Text(source.roles.join(" "));
        [agency, roles].into_iter().chain(counts.map(Cell::count)).collect()
    };
    Table {
        name: "sources",
        title: "Who tells".to_owned(),
        empty: "Nobody told of anything that you may see.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.sources.iter().map(row).collect(),
    }
}

fn reported_by(report: &Sources) -> Table {
    let row = |(by, concerns): &(Option<carehub_domain::event::ReportedBy>, u32)| {
        let by = match by {
            Some(by) => Cell::word(by, words::word(by)),
            None => {
                let (id, name) = ("not-known", "Not said, or not for you to know");
                Cell::Named { id: id.to_owned(), name: name.to_owned() }
            }
        };
        vec![by, Cell::count(*concerns)]
    };
    Table {
        name: "reported_by",
        title: "Who told the agency".to_owned(),
        empty: "No concern.",
        columns: vec![column("reported_by", "Who"), column("concerns", "Concerns")],
        rows: report.reported_by.iter().map(row).collect(),
    }
}

/// Concerns by kind and agency: the kinds, the agencies, and each row's counts.
fn matrix(report: &Sources) -> (Vec<BodyId>, BTreeMap<Kind, Vec<u32>>) {
    let agencies: Vec<BodyId> = report
        .sources
        .iter()
        .filter(|source| source.concerns > 0)
        .map(|source| source.agency.clone())
        .collect();
    let mut rows: BTreeMap<Kind, Vec<u32>> = BTreeMap::new();
    for ((kind, agency), concerns) in &report.by_kind_and_agency {
        let row = rows.entry(*kind).or_insert_with(|| vec![0; agencies.len()]);
        let place = agencies.iter().position(|known| known == agency);
        if let Some(place) = place.and_then(|place| row.get_mut(place)) {
            *place = *concerns;
        }
    }
    (agencies, rows)
}

fn kinds_by_agency(policy: &Policy, report: &Sources) -> Table {
    let (agencies, rows) = matrix(report);
    let named = agencies.iter().map(|agency| column(agency.as_str(), &words::body(policy, agency)));
    let row = |(kind, counts): (Kind, Vec<u32>)| {
        let kind = Cell::word(&kind, words::kind(kind));
        [kind].into_iter().chain(counts.into_iter().map(Cell::count)).collect()
    };
    Table {
        name: "kinds_by_agency",
        title: "Concerns by kind and agency".to_owned(),
        empty: "No concern.",
        columns: [column("kind", "Kind")].into_iter().chain(named).collect(),
        rows: rows.into_iter().map(row).collect(),
    }
}

fn counts(policy: &Policy, report: &Sources) -> Counts {
    let (agencies, rows) = matrix(report);
    let named = agencies.iter().map(|agency| (agency.to_string(), words::body(policy, agency)));
    let row = |(kind, counts): (Kind, Vec<u32>)| {
        let id = serde_json::to_value(kind).unwrap_or_default();
        let id = id.as_str().unwrap_or_default().to_owned();
        (id, words::capital(&words::kind(kind)), counts)
    };
    Counts {
        name: "kinds_by_agency",
        title: "Concerns by kind and agency".to_owned(),
        of: "Kind",
        columns: named.collect(),
        rows: rows.into_iter().map(row).collect(),
        adds_up: true,
    }
}
