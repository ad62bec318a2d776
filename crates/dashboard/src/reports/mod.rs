//! Reports over what their reader may see, each made by `carehub_domain::report` of that reader's views and written as a
//! page, CSV and JSON from one and the same sheet.

mod actions;
mod board;
mod chronology;
mod counts;
pub(crate) mod from_log;
mod key_questions;
mod memorandum;
mod minutes;
mod name;
mod pack;
mod plans;
mod query;
pub(crate) mod sharing;
pub(crate) mod sheet;
mod sources;
mod threshold;

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use carehub_domain::BodyId;
use carehub_domain::event::{MeetingKind, Month};
use carehub_domain::policy::InForce;
use carehub_domain::report::Days;
use carehub_domain::sharing::View;
use carehub_domain::time::london_date;
use carehub_people::Who;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::audit::Note;
use crate::problem::Problem;
use crate::shared::Shared;
use from_log::FromLog;
pub(crate) use name::Name;
use query::BAD;
pub(crate) use query::ReportQuery;
use sheet::{Sheet, homes_of};

/// Who asks, and for what.
struct Asking<'a> {
    views: Vec<View>,
    /// What was read from the log for it, and as whom it is asked.
    from_log: &'a FromLog,
    reader: &'a BodyId,
    rules: Arc<InForce>,
    now: Timestamp,
    query: &'a ReportQuery,
}

impl Asking<'_> {
    fn today(&self) -> Date {
        london_date(self.now)
    }

    /// A day of the month that is asked for, or of the last whole one.
    fn month(&self) -> Result<Date, Problem> {
        let month = self.query.value::<Month>("month")?;
        let before = self.today().first_of_month().saturating_sub(1.day());
        Ok(month.map_or(before, Month::first_day))
    }

    /// The days that are asked for, or the last three whole months.
    fn days(&self) -> Result<Days, Problem> {
        self.days_of(3)
    }

    /// The days that are asked for, or so many of the last whole months.
    fn days_of(&self, months: i64) -> Result<Days, Problem> {
        let until = self.query.value("until")?.unwrap_or(self.today().first_of_month());
        let from = self.query.value("from")?.unwrap_or(until.saturating_sub(months.months()));
        if from >= until {
            return Err(Problem::bad_parameter("The first day must come before the last."));
        }
        Ok(Days { from, until })
    }

    fn area(&self) -> Result<Option<String>, Problem> {
        self.query.value("area")
    }

    fn meeting(&self) -> Result<MeetingKind, Problem> {
        Ok(self.query.value("meeting")?.unwrap_or(MeetingKind::CareGovernance))
    }
}

/// The report, as `who` may have it. That it was asked for is noted, with the homes that it names.
pub(crate) fn report(
    app: &Shared,
    who: &Who,
    note: &Note,
    name: Name,
    query: &ReportQuery,
    from_log: &FromLog,
) -> Result<Sheet, Problem> {
    let asked: Vec<String> = query.given().map(|(name, value)| format!("{name}={value}")).collect();
    note.what(format!("{} {}", name.word(), asked.join(" ")).trim_end());
    let always = ["published", "format", "table"];
    let is_known = |given: &str| always.contains(&given) || name.takes().contains(&given);
    let is_published = query.is_published()?;
    query.is_csv()?;
    if query.given().any(|(given, _)| !is_known(given)) || is_published && !name.is_published() {
        return Err(Problem::bad_parameter(BAD));
    }
    let views = match (name, query.value::<String>("home")?) {
        (Name::Chronology, None) => return Err(Problem::bad_parameter("Which home? Give its id.")),
        (_, Some(home)) => vec![app.seen(&home, who, note)?.view],
        (_, None) => app.all_seen(&who.agency).map(|seen| seen.view).collect(),
    };
    let (rules, now) = (app.pictures.rules(), app.pictures.time());
    let asking = Asking { views, from_log, reader: &who.agency, rules, now, query };
    let mut sheet = match name {
        Name::Threshold => threshold::sheet(&asking),
        Name::MeetingPack => pack::sheet(&asking),
        Name::Sources => sources::sheet(&asking),
        Name::Actions => actions::sheet(&asking),
        Name::ContingencyPlans => plans::sheet(&asking),
        Name::Minutes => minutes::sheet(&asking),
        Name::Memorandum => memorandum::sheet(&asking),
        Name::Sharing => sharing::sheet(&asking),
        Name::Board => board::sheet(&asking),
        Name::KeyQuestions => key_questions::sheet(&asking),
        Name::Chronology => chronology::sheet(&asking),
    }?;
    if is_published {
        sheet.tables =
            std::mem::take(&mut sheet.counts).into_iter().map(|c| c.published()).collect();
        sheet.about.push(
            "To be published: a count under five is suppressed (*), and so is any by which it could be worked out; the rest is rounded to the nearest five."
                .to_owned(),
        );
    }
    sheet.homes = homes_of(&sheet.tables);
    note.homes(&sheet.homes);
    Ok(sheet)
}

/// One table of a report, as a file of CSV.
pub(crate) fn csv(sheet: &Sheet, query: &ReportQuery) -> Result<Response, Problem> {
    let wanted = query.table.trim();
    let mut tables = sheet.tables.iter();
    let table = match wanted {
        "" => tables.next(),
        named => tables.find(|table| table.name == named),
    };
    let table = table.ok_or_else(|| Problem::bad_parameter("The report has no such table."))?;
    let file = format!("attachment; filename=\"{}-{}.csv\"", sheet.name.word(), table.name);
    let file = HeaderValue::from_str(&file).map_err(|_| Problem::internal())?;
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, csv), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, table.csv()).into_response())
}

/// Days in words: the last one is included.
fn in_words(days: Days) -> String {
    let day = |day: Date| day.strftime("%-d %B %Y").to_string();
    format!("{} to {}", day(days.from), day(days.until.saturating_sub(1.day())))
}

fn month_in_words(days: Days) -> String {
    days.from.strftime("%B %Y").to_string()
}
