//! Reports, over what their reader may see.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::BodyId;
use carehub_domain::event::Kind;
use carehub_domain::sharing::{Late, Sharing};
use carehub_people::Who;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::audit::Note;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::reports::sheet::ReportDocument;
use crate::reports::{self, Name, ReportQuery};
use crate::shared::App;

/// Of which days, and in which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct SharingQuery {
    /// Recorded on or after this day; three whole months when absent.
    #[param(value_type = Option<String>, format = Date)]
    from: String,
    /// Recorded before this day; the present month when absent.
    #[param(value_type = Option<String>, format = Date)]
    until: String,
    /// `true`: the counts alone, as they may be published, in the form of the other reports.
    published: String,
    /// `csv` for one table of it as CSV.
    format: String,
    /// Which table; the first when absent.
    table: String,
}

/// Who shares what, how late, and who only receives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingReport {
    /// Recorded on or after this day.
    #[schema(value_type = String)]
    from: Date,
    /// Recorded before this day.
    #[schema(value_type = String)]
    until: Date,
    /// Every body of the policy, by id.
    items: Vec<SharingLine>,
}

/// One agency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingLine {
    /// Its id.
    #[schema(value_type = String)]
    agency: BodyId,
    /// Its name in the policy.
    name: Option<String>,
    /// How many concerns it shared that the reader may see.
    concerns: u32,
    /// The same by kind.
    #[schema(value_type = BTreeMap<String, u32>)]
    by_kind: BTreeMap<Kind, u32>,
    /// From what happened to when the agency knew, in days.
    learned_after_days: Option<LateDocument>,
    /// From when the agency knew to when the hub had it, in hours.
    shared_after_hours: Option<LateDocument>,
    /// Of how many escalations it is told, as far as the reader may know.
    told: u32,
    /// Whether it may read.
    reads: bool,
    /// Whether it receives and, as far as the reader may see, shares nothing.
    only_receives: bool,
}

/// How late.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LateDocument {
    /// In the middle.
    median: i64,
    /// Nine of ten are no later.
    most: i64,
    /// The latest.
    latest: i64,
}

impl From<Late> for LateDocument {
    fn from(late: Late) -> Self {
        Self { median: late.median, most: late.most, latest: late.latest }
    }
}

/// The information-sharing audit (Coventry 7 and 8): what each agency shares, how late, and who only receives. With
/// `published=true` it is a document as of the other reports, and with `format=csv` a file.
#[utoipa::path(get, path = "/api/v1/reports/sharing", tag = "reports", params(SharingQuery),
    responses((status = 200, body = SharingReport), (status = 403, body = Problem)))]
pub(crate) async fn sharing(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Parameters(asked): Parameters<SharingQuery>,
) -> Result<Response, Problem> {
    let SharingQuery { from, until, published, format, table } = asked;
    let query = ReportQuery { from, until, published, format, table, ..ReportQuery::default() };
    if query.is_csv()? || query.is_published()? {
        return report(&app, &who, &note, Name::Sharing, &query).await;
    }
    note.what("sharing");
    let (days, agencies) = reports::sharing::shared(&app, &who, &query)?;
    let policy = app.pictures.policy();
    let line = |(agency, sharing): (BodyId, Sharing)| SharingLine {
        name: policy.body(&agency).map(|body| body.name.clone()),
        agency,
        concerns: sharing.concerns,
        by_kind: sharing.by_kind,
        learned_after_days: sharing.learned_after.map(Into::into),
        shared_after_hours: sharing.shared_after.map(Into::into),
        told: sharing.told,
        reads: sharing.reads,
        only_receives: sharing.only_receives,
    };
    let items = agencies.into_iter().map(line).collect();
    json(&SharingReport { from: days.from, until: days.until, items })
}

/// A report over what the reader may see; `sharing` has a form of its own, which is older. With `format=csv` one table
/// of it, as a file.
#[utoipa::path(get, path = "/api/v1/reports/{report}", tag = "reports",
    params(("report" = String, Path, description = "Which: `threshold`, `meeting-pack`, `sources`, `actions`, `contingency-plans`, `minutes`, `memorandum`, `sharing`, `board`, `key-questions` or `chronology`"), ReportQuery),
    responses((status = 200, body = ReportDocument), (status = 403, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(name): Path<String>,
    Parameters(query): Parameters<ReportQuery>,
) -> Result<Response, Problem> {
    report(&app, &who, &note, Name::of(&name)?, &query).await
}

/// A report as JSON, or one table of it as CSV.
async fn report(
    app: &App,
    who: &Who,
    note: &Note,
    name: Name,
    query: &ReportQuery,
) -> Result<Response, Problem> {
    let from_log = reports::from_log::read(app, who, note, name, query).await?;
    let sheet = reports::report(app, who, note, name, query, &from_log)?;
    if query.is_csv()? {
        return reports::csv(&sheet, query);
    }
    json(&ReportDocument::of(sheet))
}
