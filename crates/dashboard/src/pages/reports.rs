//! Reports: the list, and each as a page that prints.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::time::london_date;
use carehub_people::Who;
use jiff::Timestamp;

use super::answer_forms::Choice;
use super::frame::{Frame, Section};
use super::when::When;
use super::{PageParameters, PageProblem, rendered};
use crate::audit::Note;
use crate::following;
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
    kind: Kind,
    value: String,
}

/// How a field is filled in.
enum Kind {
    /// One of these.
    Select(Vec<Choice>),
    /// An input of this type.
    Input(&'static str),
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

fn fields(app: &App, who: &Who, name: Name, query: &ReportQuery) -> Vec<Field> {
    let field = |name: &&'static str| {
        let input = Kind::Input;
        let (label, kind, value) = match *name {
            "month" => ("Month", input("month"), &query.month),
            "from" => ("From", input("date"), &query.from),
            "until" => ("Before", input("date"), &query.until),
            "since" => ("New since", input("date"), &query.since),
            "area" => ("Local authority", areas(app, who, query.area.trim()), &query.area),
            "home" => ("Home’s id", input("text"), &query.home),
            "by" => ("In the order in which", select(&ORDERS, query.by.trim()), &query.by),
            "as_known_at" => ("As it was known on", input("date"), &query.as_known_at),
            _ => ("Meeting", select(&MEETINGS, query.meeting.trim()), &query.meeting),
        };
        Field { name, label, kind, value: value.trim().to_owned() }
    };
    name.takes().iter().map(field).collect()
}

fn select(offered: &[(&str, &str)], asked: &str) -> Kind {
    Kind::Select(offered.iter().map(|(value, words)| choice(value, words, asked)).collect())
}

/// The local authorities of the homes that the reader may know of: what is typed may be misspelt.
fn areas(app: &App, who: &Who, asked: &str) -> Kind {
    let seen = app.all_seen(&who.agency).filter(|seen| seen.home().id().is_place());
    let areas: BTreeSet<String> =
        seen.filter_map(|seen| following::area_of(&seen).map(str::to_owned)).collect();
    let everywhere = std::iter::once(choice("", "Everywhere", asked));
    Kind::Select(everywhere.chain(areas.iter().map(|area| choice(area, area, asked))).collect())
}

fn choice(value: &str, words: &str, asked: &str) -> Choice {
    Choice { value: value.to_owned(), words: words.to_owned(), is_chosen: value == asked }
}

/// A report: what it is asked for stands in the query; `format=csv` gives one table as a file.
#[utoipa::path(get, path = "/reports/{report}", tag = "pages",
    params(("report" = String, Path, description = "Which: `threshold`, `meeting-pack`, `sources`, `actions`, `contingency-plans`, `minutes`, `memorandum`, `sharing`, `board`, `key-questions` or `chronology`"), ReportQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn report(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    Path(name): Path<String>,
    PageParameters(query): PageParameters<ReportQuery>,
) -> Result<Response, PageProblem> {
    let name = Name::of(&name)?;
    let from_log = reports::from_log::read(&app, &who, &note, name, &query).await?;
    let sheet = reports::report(&app, &who, &note, name, &query, &from_log)?;
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
        fields: fields(&app, &who, name, &query),
        // The fold's time would tell that something was said which the reader may not know of.
        made: When::day(london_date(Timestamp::now())),
        sheet,
        published,
        csv,
    })
}
