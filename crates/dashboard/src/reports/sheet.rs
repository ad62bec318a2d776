//! A report as it leaves the hub: tables of cells, of which the page, the CSV and the JSON are written, so that all three
//! hold the same figures.

use std::collections::BTreeMap;
use std::fmt;

use askama::filters::HtmlSafe;
use carehub_domain::escalation::{Level, Rating, Stage};
use carehub_domain::policy::Policy;
use carehub_domain::report::Place;
use carehub_domain::report::published::Shown;
use carehub_domain::{BodyId, EscalationId, HomeId, TriggerId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Name;
use crate::csv;
use crate::pages::when::{When, london};
use crate::pages::words;

/// A report.
pub(crate) struct Sheet {
    pub(crate) name: Name,
    pub(crate) title: String,
    /// What it is about and how it counts, in sentences.
    pub(crate) about: Vec<String>,
    pub(crate) tables: Vec<Table>,
    /// The counts of it that may be published.
    pub(crate) counts: Vec<super::counts::Counts>,
    /// The homes that it names, for the audit.
    pub(crate) homes: Vec<HomeId>,
}

/// A table of it.
pub(crate) struct Table {
    /// Its name in CSV and JSON.
    pub(crate) name: &'static str,
    pub(crate) title: String,
    /// What stands in its place where it has no rows.
    pub(crate) empty: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone)]
pub(crate) struct Column {
    /// Its name in CSV and JSON.
    pub(crate) name: String,
    pub(crate) title: String,
    /// Whether it stands in CSV and JSON only: a page has it in another cell.
    pub(crate) is_hidden: bool,
}

impl Column {
    /// The same in CSV and JSON only.
    pub(crate) fn as_hidden(&self) -> Self {
        Self { is_hidden: true, ..self.clone() }
    }
}

/// A column.
pub(crate) fn column(name: &str, title: &str) -> Column {
    Column { name: name.to_owned(), title: title.to_owned(), is_hidden: false }
}

/// A column of CSV and JSON only.
pub(crate) fn hidden(name: &str, title: &str) -> Column {
    Column { is_hidden: true, ..column(name, title) }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing is known or there is nothing.
    Empty,
    /// Words.
    Text(String),
    /// A thing with an id, which CSV and JSON give, and a name, which a page gives.
    Named { id: String, name: String },
    /// A home.
    Home { id: HomeId, name: String },
    /// An escalation, with the name of its trigger.
    Escalation { id: EscalationId, name: String },
    /// A whole number.
    Count(i64),
    /// A number of what is counted or weighed.
    Number(f64),
    /// A day.
    Day(Date),
    /// A month of which no day is told.
    Month(Date),
    /// An instant.
    Time(Timestamp),
    /// Yes or no.
    Is(bool),
    /// A level.
    Level(Level),
    /// A stage.
    Stage(Stage),
    /// A rating.
    Rating(Rating),
    /// A count that may be published.
    Shown(Shown),
}

impl Cell {
    pub(crate) fn count(count: u32) -> Self {
        Self::Count(i64::from(count))
    }

    pub(crate) fn hours(hours: Option<i64>) -> Self {
        hours.map_or(Self::Empty, Self::Count)
    }

    pub(crate) fn day(day: Option<Date>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }

    pub(crate) fn time(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Empty, Self::Time)
    }

    pub(crate) fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// A word of a closed set, as it stands in the contract; a page words it.
    pub(crate) fn word(value: &impl Serialize, words: String) -> Self {
        let id = serde_json::to_value(value).ok();
        let id = id.and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default();
        Self::Named { id, name: words::capital(&words) }
    }

    pub(crate) fn body(policy: &Policy, id: &BodyId) -> Self {
        Self::Named { id: id.to_string(), name: words::body(policy, id) }
    }

    pub(crate) fn bodies<'a>(
        policy: &Policy,
        ids: impl IntoIterator<Item = &'a BodyId> + Clone,
    ) -> Self {
        let all: Vec<&str> = ids.clone().into_iter().map(BodyId::as_str).collect();
        Self::Named { id: all.join(" "), name: words::bodies(policy, ids) }
    }

    pub(crate) fn trigger(policy: &Policy, id: &TriggerId) -> Self {
        Self::Named { id: id.to_string(), name: words::trigger(policy, id) }
    }

    pub(crate) fn home(place: &Place) -> Self {
        Self::Home { id: place.id.clone(), name: name_of(place) }
    }

    pub(crate) fn home_name(place: &Place) -> Self {
        Self::Text(name_of(place))
    }

    /// As CSV and JSON give it.
    fn value(&self) -> Value {
        match self {
            Self::Empty | Self::Shown(Shown::Suppressed) => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Named { id, .. } => id.as_str().into(),
            Self::Home { id, .. } => id.as_str().into(),
            Self::Escalation { id, .. } => id.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Shown(Shown::About(count)) => (*count).into(),
            Self::Number(number) => rounded(*number),
            Self::Day(day) => day.to_string().into(),
            Self::Month(day) => day.strftime("%Y-%m").to_string().into(),
            Self::Time(time) => london(*time).into(),
            Self::Is(is) => (*is).into(),
            Self::Level(level) => serde_json::to_value(level).unwrap_or_default(),
            Self::Stage(stage) => serde_json::to_value(stage).unwrap_or_default(),
            Self::Rating(rating) => serde_json::to_value(rating).unwrap_or_default(),
        }
    }

    fn csv(&self) -> String {
        match (self, self.value()) {
            (Self::Shown(Shown::Suppressed), _) => "*".to_owned(),
            (_, Value::Null) => String::new(),
            (_, Value::String(text)) => text,
            (_, value) => value.to_string(),
        }
    }

    /// Whether a page puts it to the right, under numbers.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Number(_) | Self::Shown(_))
    }
}

/// A number to two places, a whole one as such: what is weighed is no more exact.
fn rounded(number: f64) -> Value {
    let number = (number * 100.0).round() / 100.0;
    if number.fract() == 0.0 { (number as i64).into() } else { number.into() }
}

fn name_of(place: &Place) -> String {
    match &place.name {
        Some(name) => name.clone(),
        None if place.id.as_str() == HomeId::UNMATCHED => "Not yet matched to a home".to_owned(),
        None if !place.id.is_place() => "About a provider, or no one home".to_owned(),
        None => format!("{} (not in the register)", place.id),
    }
}

/// The columns of a home: in a page one, that leads to it.
pub(crate) fn home_columns() -> [Column; 2] {
    [column("home", "Home"), hidden("home_name", "Name of the home")]
}

/// The cells of a home.
pub(crate) fn home_cells(place: &Place) -> [Cell; 2] {
    [Cell::home(place), Cell::home_name(place)]
}

/// A cell in a page: what an agency controls is escaped here.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str| {
            text.replace('&', "&#38;")
                .replace('<', "&#60;")
                .replace('>', "&#62;")
                .replace('"', "&#34;")
        };
        let link = |f: &mut fmt::Formatter<'_>, to: &str, id: &str, name: &str| {
            write!(
                f,
                "<a class=\"govuk-link\" href=\"/{to}/{}\"><bdi>{}</bdi></a>",
                escaped(id),
                escaped(name)
            )
        };
        match self {
            Self::Empty => write!(f, "<span class=\"ch-quiet\">–</span>"),
            Self::Text(text) => write!(f, "<bdi>{}</bdi>", escaped(text)),
            Self::Named { name, .. } => write!(f, "<bdi>{}</bdi>", escaped(name)),
            Self::Home { id, name } if !id.is_place() => write!(f, "<bdi>{}</bdi>", escaped(name)),
            Self::Home { id, name } => link(f, "homes", id.as_str(), name),
            Self::Escalation { id, name } => link(f, "escalations", id.as_str(), name),
            Self::Count(count) => write!(f, "{count}"),
            Self::Number(number) => write!(f, "{}", rounded(*number)),
            Self::Day(day) => write!(f, "{}", When::day(*day)),
            Self::Month(day) => write!(f, "{}", When::on(&day.strftime("%Y-%m").to_string())),
            Self::Time(time) => write!(f, "{}", When::of(*time)),
            Self::Is(is) => write!(f, "{}", if *is { "Yes" } else { "No" }),
            Self::Level(level) => write!(f, "{}", words::level(*level)),
            Self::Stage(stage) => write!(f, "{}", words::stage(*stage)),
            Self::Rating(rating) => write!(f, "{}", words::rating(*rating)),
            Self::Shown(Shown::About(count)) => write!(f, "{count}"),
            Self::Shown(Shown::Suppressed) => write!(f, "<span title=\"suppressed\">*</span>"),
        }
    }
}

/// It escapes what it holds.
impl HtmlSafe for Cell {}

impl Table {
    /// The columns of the page.
    pub(crate) fn shown_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.is_hidden)
    }

    /// The cells of a row, as the page has them.
    pub(crate) fn shown<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = &'a Cell> {
        let both = self.columns.iter().zip(row);
        both.filter(|(column, _)| !column.is_hidden).map(|(_, cell)| cell)
    }

    /// Whether the page puts a column to the right.
    pub(crate) fn is_numeric(&self, column: &Column) -> bool {
        let at = self.columns.iter().position(|one| one.name == column.name).unwrap_or_default();
        let mut cells = self.rows.iter().filter_map(|row| row.get(at));
        cells.any(Cell::is_number)
    }

    /// As CSV with a head.
    pub(crate) fn csv(&self) -> String {
        let mut text = csv::row(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(Cell::csv).collect();
            text.push_str(&csv::row(cells.iter().map(String::as_str)));
        }
        text
    }
}

/// A report, as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportDocument {
    /// Its name.
    #[schema(value_type = String)]
    report: Name,
    title: String,
    /// What it is about and how it counts, in sentences.
    about: Vec<String>,
    /// Its tables: the same that the page has, and the CSV.
    tables: Vec<TableDocument>,
}

/// A table of a report.
#[derive(Debug, Serialize, ToSchema)]
struct TableDocument {
    name: &'static str,
    title: String,
    /// The names of the columns, in order, each with its title.
    columns: Vec<ColumnDocument>,
    /// Each row by the names of the columns. Null where nothing is known or a count is suppressed.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<BTreeMap<String, Value>>,
}

/// A column of a table.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnDocument {
    name: String,
    title: String,
}

impl ReportDocument {
    pub(crate) fn of(sheet: Sheet) -> Self {
        let tables = sheet.tables.into_iter().map(|table| {
            let row = |row: &Vec<Cell>| {
                let both = table.columns.iter().zip(row);
                both.map(|(column, cell)| (column.name.clone(), cell.value())).collect()
            };
            TableDocument {
                rows: table.rows.iter().map(row).collect(),
                name: table.name,
                title: table.title,
                columns: table
                    .columns
                    .into_iter()
                    .map(|Column { name, title, .. }| ColumnDocument { name, title })
                    .collect(),
            }
        });
        Self {
            report: sheet.name,
            title: sheet.title,
            about: sheet.about,
            tables: tables.collect(),
        }
    }
}

/// Which homes a table names.
pub(crate) fn homes_of(tables: &[Table]) -> Vec<HomeId> {
    let cells = tables.iter().flat_map(|table| table.rows.iter().flatten());
    let mut homes: Vec<HomeId> = cells
        .filter_map(|cell| match cell {
            Cell::Home { id, .. } => Some(id.clone()),
            Cell::Empty
            | Cell::Text(_)
            | Cell::Named { .. }
            | Cell::Escalation { .. }
            | Cell::Count(_)
            | Cell::Number(_)
            | Cell::Day(_)
            | Cell::Month(_)
            | Cell::Time(_)
            | Cell::Is(_)
            | Cell::Level(_)
            | Cell::Stage(_)
            | Cell::Rating(_)
            | Cell::Shown(_) => None,
        })
        .collect();
    homes.sort();
    homes.dedup();
    homes
}
