//! `carehub report`: what the hub can say of how the partnership works.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;

/// Reports, over what the token's agency may see.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// Who shares what, how late, and who only receives
    #[command(
        after_help = "Tables: agencies\n\nExamples:\n  carehub report sharing --token credentials/sab-manager.token > sharing.csv\n  carehub report sharing --from 2026-01-01 --until 2026-04-01 --json --token credentials/sab-manager.token"
    )]
    Sharing(Between),
    /// Which homes met which trigger in a month, how it was answered and how long that took
    #[command(
        after_help = "Tables: met, triggers\n\nExamples:\n  carehub report threshold --month 2026-03 --token credentials/council-safeguarding.token > met.csv\n  carehub report threshold --published --token credentials/sab-manager.token"
    )]
    Threshold(Monthly),
    /// The homes of an area for a regular meeting, with what is new since the last one
    #[command(
        after_help = "Tables: homes, escalations, concerns, actions, restrictions, processes, ended, support\n\nExamples:\n  carehub report meeting-pack --meeting esap --area Norfolk --token credentials/council-qa.token > homes.csv\n  carehub report meeting-pack --since 2026-02-01 --table concerns --token credentials/council-qa.token"
    )]
    MeetingPack(MeetingPack),
    /// What concerns are about, and who tells of them, alone or first
    #[command(
        after_help = "Tables: themes, indicators, sources, reported_by, kinds_by_agency\n\nExamples:\n  carehub report sources --from 2026-01-01 --until 2026-04-01 --table sources --token credentials/sab-manager.token"
    )]
    Sources(Between),
    /// Each action with its rating before and now, and its grade
    #[command(
        after_help = "Tables: actions, owners\n\nExamples:\n  carehub report actions --since 2026-01-01 --token credentials/sab-manager.token"
    )]
    Actions(Actions),
    /// Whether meetings, minutes and answers came in time
    #[command(
        after_help = "Tables: meetings, kinds, steps, bodies\n\nExamples:\n  carehub report minutes --from 2026-01-01 --until 2026-04-01 --table steps --token credentials/sab-manager.token"
    )]
    Minutes(Between),
    /// The four parts of the pathway in numbers, for HSE, LGA and CQC
    #[command(
        after_help = "Tables: measures\n\nExamples:\n  carehub report memorandum --published --token credentials/sab-manager.token"
    )]
    Memorandum(Between),
    /// A year at a glance: trends, times to answer, triggers that never or always fire, agencies gone quiet
    #[command(
        after_help = "Tables: months, bodies, triggers, agencies\n\nExamples:\n  carehub report board --token credentials/sab-manager.token\n  carehub report board --from 2026-01-01 --until 2026-07-01 --table triggers --token credentials/sab-manager.token"
    )]
    Board(Between),
    /// The homes that the quarter's sample has drawn, and what their plans show
    #[command(
        after_help = "Tables: homes, parts\n\nExamples:\n  carehub report contingency-plans --month 2026-03 --token credentials/council-qa.token"
    )]
    ContingencyPlans(Monthly),
    /// What was said under each of CQC's key questions, home by home
    #[command(
        after_help = "Tables: questions, homes, evidence\n\nExamples:\n  carehub report key-questions --area Norfolk --token credentials/cqc.token\n  carehub report key-questions --home 1-100000001 --table evidence --token credentials/cqc.token"
    )]
    KeyQuestions(KeyQuestions),
}

/// How every report is asked for.
#[derive(Debug, Args)]
pub struct Asked {
    /// The hub
    #[arg(long, value_name = "URL", env = "CAREHUB_HTTP", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// The file with the API token, such as credentials/sab-manager.token
    #[arg(long, value_name = "FILE", env = "CAREHUB_TOKEN")]
    token: PathBuf,
    /// Which of its tables, as CSV; the first when absent
    #[arg(long, value_name = "NAME", conflicts_with = "json")]
    table: Option<String>,
    /// The counts alone, as they may be published: those under five suppressed, the rest rounded to five
    #[arg(long)]
    published: bool,
    /// Print the whole report as JSON in place of one table as CSV
    #[arg(long)]
    json: bool,
}

/// Of a month.
#[derive(Debug, Args)]
pub struct Monthly {
    #[command(flatten)]
    asked: Asked,
    /// The month, such as 2026-03 (of a quarter, any month in it); the last whole one when absent
    #[arg(long, value_name = "MONTH")]
    month: Option<String>,
}

/// Of some days.
#[derive(Debug, Args)]
pub struct Between {
    #[command(flatten)]
    asked: Asked,
    /// From this day on; three months when absent, of the board and of key questions twelve
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Before this day; the present month when absent
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

/// Of key questions.
#[derive(Debug, Args)]
pub struct KeyQuestions {
    #[command(flatten)]
    of: Between,
    /// Of this home alone
    #[arg(long, value_name = "ID")]
    home: Option<String>,
    /// Of homes in this local authority
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
}

/// Of actions.
#[derive(Debug, Args)]
pub struct Actions {
    #[command(flatten)]
    asked: Asked,
    /// The day of the earlier rating; three months ago when absent
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Of homes in this local authority
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
}

/// Of a meeting.
#[derive(Debug, Args)]
pub struct MeetingPack {
    #[command(flatten)]
    asked: Asked,
    /// The kind of meeting, such as care-governance, esap or quarterly; care-governance when absent
    #[arg(long, value_name = "KIND")]
    meeting: Option<String>,
    /// Of homes in this local authority
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
    /// What is new since this day; since the last meeting when absent
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
}

impl Report {
    /// Asks the hub and prints.
    ///
    /// # Errors
    /// The hub does not answer or refuses, or `out` cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let (name, asked, query) = match self {
            Self::Sharing(of) => ("sharing", &of.asked, of.days()),
            Self::Threshold(of) => ("threshold", &of.asked, vec![("month", of.month.clone())]),
            Self::ContingencyPlans(of) => {
                ("contingency-plans", &of.asked, vec![("month", of.month.clone())])
            }
            Self::MeetingPack(of) => {
                let (meeting, area) = (of.meeting.clone(), of.area.clone());
                let query = vec![("meeting", meeting), ("area", area), ("since", day(of.since))];
                ("meeting-pack", &of.asked, query)
            }
            Self::Actions(of) => {
                let query = vec![("since", day(of.since)), ("area", of.area.clone())];
                ("actions", &of.asked, query)
            }
            Self::Sources(of) => ("sources", &of.asked, of.days()),
            Self::Minutes(of) => ("minutes", &of.asked, of.days()),
            Self::Memorandum(of) => ("memorandum", &of.asked, of.days()),
            Self::Board(of) => ("board", &of.asked, of.days()),
            Self::KeyQuestions(KeyQuestions { of, home, area }) => {
                let mut query = of.days();
                query.extend([("home", home.clone()), ("area", area.clone())]);
                ("key-questions", &of.asked, query)
            }
        };
        asked.run(name, query, out)
    }
}

impl Between {
    fn days(&self) -> Vec<(&'static str, Option<String>)> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        vec![("from", day(self.from)), ("until", day(self.until))]
    }
}

impl Asked {
    fn run(
        &self,
        name: &str,
        mut query: Vec<(&'static str, Option<String>)>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let token = super::agency::secret(&self.token)?;
        query.push(("published", self.published.then(|| "true".to_owned())));
        query.push(("format", (!self.json).then(|| "csv".to_owned())));
        query.push(("table", self.table.clone()));
        let given = query.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query: Vec<String> =
            given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let http = self.http.trim_end_matches('/');
        let url = format!("{http}/api/v1/reports/{name}?{}", query.join("&"));
        let report = super::home::get_text(&url, &token)?;
        write!(out, "{}{}", report, if self.json { "\n" } else { "" })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A value in a query.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        match plain {
            true => text.push(byte.into()),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
