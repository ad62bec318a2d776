//! Reports over what their reader may see, each made by `carehub_domain::report` of that reader's views and written as a
//! page, CSV and JSON from one and the same sheet.

mod actions;
mod board;
mod chronology;
mod counts;
mod memorandum;
mod minutes;
mod pack;
pub(crate) mod past;
mod plans;
mod sharing;
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
use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::audit::Note;
use crate::pictures::Past;
use crate::problem::Problem;
use crate::shared::Shared;
use sheet::{Sheet, homes_of};

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Name {
    /// Which homes met which trigger in a month (Norfolk 7.3.9).
    Threshold,
    /// The pack of a regular meeting.
    MeetingPack,
    /// The thematic review and the analysis of sources (Kirklees 4).
    Sources,
    /// The progress of actions (Coventry, Kirklees, Stockton).
    Actions,
    /// The quarter's sample of contingency plans (Norfolk 7.3.8).
    ContingencyPlans,
    /// Minutes and timescales (Coventry 2).
    Minutes,
    /// Evidence on how the memorandum works (Norfolk 7.3.22).
    Memorandum,
    /// The information-sharing audit (Coventry 7 and 8).
    Sharing,
    /// The board's view: trends, times to answer, triggers that never or always fire, agencies gone quiet.
    Board,
    /// The chronology of a home.
    Chronology,
}

impl Name {
    /// Every report, in the order in which they are listed.
    pub(crate) const ALL: [Self; 10] = [
        Self::MeetingPack,
        Self::Threshold,
        Self::Board,
        Self::Actions,
        Self::Sources,
        Self::Minutes,
        Self::Memorandum,
        Self::ContingencyPlans,
        Self::Sharing,
        Self::Chronology,
    ];

    /// Its name in paths.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::MeetingPack => "meeting-pack",
            Self::Sources => "sources",
            Self::Actions => "actions",
            Self::ContingencyPlans => "contingency-plans",
            Self::Minutes => "minutes",
            Self::Memorandum => "memorandum",
            Self::Sharing => "sharing",
            Self::Board => "board",
            Self::Chronology => "chronology",
        }
    }

    /// The report of a name.
    pub(crate) fn of(word: &str) -> Result<Self, Problem> {
        let known = Self::ALL.into_iter().find(|name| name.word() == word);
        known.ok_or_else(Problem::not_found)
    }

    /// What it is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Threshold => "Monthly threshold report",
            Self::MeetingPack => "Meeting pack",
            Self::Sources => "Thematic review and sources",
            Self::Actions => "Progress of actions",
            Self::ContingencyPlans => "Sample of contingency plans",
            Self::Minutes => "Minutes and timescales",
            Self::Memorandum => "How the memorandum works",
            Self::Sharing => "Information-sharing audit",
            Self::Board => "Board view",
            Self::Chronology => "Chronology of a home",
        }
    }

    /// What it is for, in a sentence.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Threshold => {
                "Which homes met which trigger in a month, how it was answered and how long that took."
            }
            Self::MeetingPack => {
                "The homes of an area for a care governance board or another regular meeting, with what is new since the last one."
            }
            Self::Sources => "What concerns are about, and who tells of them, alone or first.",
            Self::Actions => "Each action with its rating before and now, and its grade.",
            Self::ContingencyPlans => {
                "The homes that the quarter’s sample has drawn, and what their plans show."
            }
            Self::Minutes => "Whether meetings, minutes and answers came in time.",
            Self::Memorandum => "The four parts of the pathway in numbers, for HSE, LGA and CQC.",
            Self::Sharing => "What each agency shares, how late, and who only receives.",
            Self::Board => {
                "A year at a glance: trends, how long answers take, triggers that never or always fire, agencies gone quiet."
            }
            Self::Chronology => {
                "Everything that you may know of a home, in order, and how each escalation was answered."
            }
        }
    }

    /// The parameters that it takes, besides `published`, `format` and `table`.
    pub(crate) fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Threshold | Self::ContingencyPlans => &["month"],
            Self::MeetingPack => &["meeting", "area", "since"],
            Self::Actions => &["since", "area"],
            Self::Sources | Self::Minutes | Self::Memorandum | Self::Sharing | Self::Board => {
                &["from", "until"]
            }
            Self::Chronology => &["home", "by", "as_known_at"],
        }
    }

    /// Whether it has counts that may be published.
    pub(crate) fn is_published(self) -> bool {
        match self {
            // They are about single homes from beginning to end.
            Self::MeetingPack | Self::Chronology => false,
            Self::Threshold
            | Self::Sources
            | Self::Actions
            | Self::ContingencyPlans
            | Self::Minutes
            | Self::Memorandum
            | Self::Sharing
            | Self::Board => true,
        }
    }
}

/// What a report is asked for. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// `2026-03`: of this month, or of the quarter that it is in. The last whole one when absent; of `threshold` and
    /// `contingency-plans`.
    pub(crate) month: String,
    /// From this day on; three whole months when absent, of `board` twelve. Of `sources`, `minutes`, `memorandum`,
    /// `sharing` and `board`.
    pub(crate) from: String,
    /// Before this day; the present month when absent.
    pub(crate) until: String,
    /// What is new since this day. The last meeting when absent; of `meeting-pack` and `actions`.
    pub(crate) since: String,
    /// Of homes in this local authority; of `meeting-pack` and `actions`.
    pub(crate) area: String,
    /// `care-governance` (the default), `esap`, `quarterly` or another kind of meeting; of `meeting-pack`.
    pub(crate) meeting: String,
    /// The home; of `chronology`.
    pub(crate) home: String,
    /// By what it is put in order: when it `happened` (the default), when its sender has `known` of it, or when the hub
    /// `recorded` it; of `chronology`.
    pub(crate) by: String,
    /// `2026-03-01` or `2026-03-01T14:05:00Z`: as known then, as far as it is open to you now; of `chronology`.
    pub(crate) as_known_at: String,
    /// `true`: the counts alone, as they may be published: those under five suppressed, the rest rounded to five.
    pub(crate) published: String,
    /// `csv` for one table of it as CSV.
    pub(crate) format: String,
    /// Which table; the first when absent.
    pub(crate) table: String,
}

const BAD: &str =
    "The report does not take this parameter, or not this value; see /api/openapi.json.";

impl ReportQuery {
    fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("month", &self.month),
            ("from", &self.from),
            ("until", &self.until),
            ("since", &self.since),
            ("area", &self.area),
            ("meeting", &self.meeting),
            ("home", &self.home),
            ("by", &self.by),
            ("as_known_at", &self.as_known_at),
            ("published", &self.published),
            ("format", &self.format),
            ("table", &self.table),
        ];
        all.into_iter().map(|(name, value)| (name, value.trim())).filter(|(_, it)| !it.is_empty())
    }

    /// The value of a field; none where it is not filled in.
    fn value<T: DeserializeOwned>(&self, field: &str) -> Result<Option<T>, Problem> {
        let given = self.given().find(|(name, _)| *name == field);
        let bad = |_: ValueError| Problem::bad_parameter(BAD);
        given.map(|(_, value)| T::deserialize(value.into_deserializer()).map_err(bad)).transpose()
    }

    /// The same query as a link, with something set.
    pub(crate) fn link(&self, more: &[(&str, &str)]) -> String {
        let is_set = |name: &str| more.iter().any(|(set, _)| *set == name);
        let kept: Vec<(&str, &str)> =
            self.given().filter(|(name, _)| !is_set(name) && *name != "table").collect();
        let all = kept.iter().chain(more);
        let written: Vec<String> =
            all.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("?{}", written.join("&"))
    }

    pub(crate) fn is_published(&self) -> Result<bool, Problem> {
        match self.published.trim() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            _ => Err(Problem::bad_parameter(BAD)),
        }
    }

    pub(crate) fn is_csv(&self) -> Result<bool, Problem> {
        match self.format.trim() {
            "" | "json" => Ok(false),
            "csv" => Ok(true),
            _ => Err(Problem::bad_parameter(BAD)),
        }
    }
}

/// A value in a query.
fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// Who asks, and for what.
struct Asking<'a> {
    views: Vec<View>,
    /// The home as it was, where the past is asked for, and as whom it is asked.
    past: Option<(Past, &'a BodyId)>,
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
    past: Option<Past>,
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
    let past = past.map(|past| (past, &who.agency));
    let (rules, now) = (app.pictures.rules(), app.pictures.time());
    let asking = Asking { views, past, rules, now, query };
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
