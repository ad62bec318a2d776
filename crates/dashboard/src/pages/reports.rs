//! Reports: the list, and each as a page that prints.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::time::london_date;
use jiff::Timestamp;

use super::frame::{Frame, Section};
use super::when::When;
use super::{PageParameters, PageProblem, rendered};
use crate::audit::Note;
use crate::reader::PageReader;
use crate::reports::sheet::Sheet;
use crate::reports::{self, Name, ReportQuery};
use crate::shared::App;

#[derive(Template)]
#[template(path = "reports.html")]
struct ListPage {
    frame: Frame,
    reports: Vec<Name>,
}

/// The reports that there are.
#[utoipa::path(get, path = "/reports", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn list(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
) -> Result<Response, PageProblem> {
    let frame = Frame::of(&app, &who.agency, Section::Reports);
    // A chronology begins at its home.
    let reports = Name::ALL.into_iter().filter(|name| *name != Name::Chronology).collect();
    rendered(&ListPage { frame, reports })
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    sheet: Sheet,
    fields: Vec<Field>,
    made: When,
    /// The link to the counts that may be published, or back from them.
    published: Option<(String, &'static str)>,
    csv: Vec<String>,
}

/// A field of the form over a report.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
}

/// The kinds of meeting that have a pack, in the order in which they are offered.
const MEETINGS: [(&str, &str); 3] = [
    ("care-governance", "Care governance board"),
    ("esap", "Early support and prevention group"),
    ("quarterly", "Quarterly meeting"),
];

/// The orders of a chronology.
const ORDERS: [(&str, &str); 3] = [
    ("happened", "it happened"),
    ("known", "its sender knew of it"),
    ("recorded", "the hub knew of it"),
];

impl ReportPage {
    /// What a field offers: each value, its words, and whether it is the one that is asked for.
    fn choices(&self, field: &Field) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let offered = if field.name == "by" { ORDERS } else { MEETINGS };
        let asked = field.value.clone();
        offered.into_iter().map(move |(value, name)| (value, name, value == asked))
    }
}

fn fields(name: Name, query: &ReportQuery) -> Vec<Field> {
    let field = |name: &&'static str| {
        let (label, kind, value) = match *name {
            "month" => ("Month", "month", &query.month),
            "from" => ("From", "date", &query.from),
            "until" => ("Before", "date", &query.until),
            "since" => ("New since", "date", &query.since),
            "area" => ("Local authority", "text", &query.area),
            "home" => ("Home’s id", "text", &query.home),
            "by" => ("In the order in which", "select", &query.by),
            "as_known_at" => ("As it was known on", "date", &query.as_known_at),
            _ => ("Meeting", "select", &query.meeting),
        };
        Field { name, label, kind, value: value.trim().to_owned() }
    };
    name.takes().iter().map(field).collect()
}

/// A report: what it is asked for stands in the query; `format=csv` gives one table as a file.
#[utoipa::path(get, path = "/reports/{report}", tag = "pages",
    params(("report" = String, Path, description = "Which: `threshold`, `meeting-pack`, `sources`, `actions`, `contingency-plans`, `minutes`, `memorandum`, `sharing`, `board` or `chronology`"), ReportQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn report(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    Path(name): Path<String>,
    PageParameters(query): PageParameters<ReportQuery>,
) -> Result<Response, PageProblem> {
    let name = Name::of(&name)?;
    let past = reports::past::past(&app, &who, &note, name, &query).await?;
    let sheet = reports::report(&app, &who, &note, name, &query, past)?;
    if query.is_csv()? {
        return Ok(reports::csv(&sheet, &query)?);
    }
    let published = match (name.is_published(), query.is_published()?) {
        (false, _) => None,
        (true, false) => {
            Some((query.link(&[("published", "true")]), "The counts as they may be published"))
        }
        (true, true) => Some((query.link(&[("published", "false")]), "The whole report")),
    };
    let csv = sheet.tables.iter();
    let csv = csv.map(|table| query.link(&[("format", "csv"), ("table", table.name)])).collect();
    rendered(&ReportPage {
        frame: Frame::of(&app, &who.agency, Section::Reports),
        fields: fields(name, &query),
        // The fold's time would tell that something was said which the reader may not know of.
        made: When::day(london_date(Timestamp::now())),
        sheet,
        published,
        csv,
    })
}
