//! `carehub report`: what the hub can say of how the partnership works.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::Value;

/// Reports, over what the token's agency may see.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// Who shares what, how late, and who only receives
    #[command(
        after_help = "Examples:\n  carehub report sharing --token credentials/sab-manager.token > sharing.csv\n  carehub report sharing --from 2026-01-01 --until 2026-04-01 --json --token credentials/sab-manager.token"
    )]
    Sharing(Sharing),
}

/// What is asked.
#[derive(Debug, Args)]
pub struct Sharing {
    /// The hub
    #[arg(long, value_name = "URL", env = "CAREHUB_HTTP", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// The file with the API token, such as credentials/sab-manager.token
    #[arg(long, value_name = "FILE", env = "CAREHUB_TOKEN")]
    token: PathBuf,
    /// Recorded on or after this day
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Recorded before this day
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Print JSON in place of CSV
    #[arg(long)]
    json: bool,
}

impl Report {
    /// Asks the hub and prints.
    ///
    /// # Errors
    /// The hub does not answer or refuses, or `out` cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let Self::Sharing(asked) = self;
        let token = super::agency::secret(&asked.token)?;
        let days = [("from", asked.from), ("until", asked.until)];
        let query: Vec<String> =
            days.iter().filter_map(|(name, day)| Some(format!("{name}={}", (*day)?))).collect();
        let http = asked.http.trim_end_matches('/');
        let url = format!("{http}/api/v1/reports/sharing?{}", query.join("&"));
        let report = super::home::get(&url, &token)?;
        if asked.json {
            writeln!(out, "{report}")?;
        } else {
            write!(out, "{}", csv(&report))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

const COLUMNS: [&str; 11] = [
    "agency",
    "concerns",
    "learned_after_days_median",
    "learned_after_days_most",
    "learned_after_days_latest",
    "shared_after_hours_median",
    "shared_after_hours_most",
    "shared_after_hours_latest",
    "told",
    "reads",
    "only_receives",
];

/// A line an agency, then one column a kind that anybody shared. Every value is an id, a number or a truth,
/// so that none needs quotes.
fn csv(report: &Value) -> String {
    let items = report["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut kinds: Vec<&String> = items
        .iter()
        .filter_map(|item| item["by_kind"].as_object())
        .flat_map(serde_json::Map::keys)
        .collect();
    kinds.sort();
    kinds.dedup();
    let mut text = COLUMNS.join(",");
    for kind in &kinds {
        text.push(',');
        text.push_str(kind);
    }
    text.push('\n');
    for item in items {
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        };
        let late = |of: &'static str| ["median", "most", "latest"].map(|part| &item[of][part]);
        let [learned, shared] = [late("learned_after_days"), late("shared_after_hours")];
        let first = [&item["agency"], &item["concerns"]];
        let last = [&item["told"], &item["reads"], &item["only_receives"]];
        let by_kind = kinds.iter().map(|kind| &item["by_kind"][kind.as_str()]);
        let values = first.into_iter().chain(learned).chain(shared).chain(last).chain(by_kind);
        text.push_str(&values.map(plain).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_agency_is_a_line_and_each_kind_a_column() {
        let late = json!({"median": 1, "most": 2, "latest": 30});
        let report = json!({"items": [
            {"agency": "police", "concerns": 3, "by_kind": {"complaint": 2, "death": 1},
             "learned_after_days": late, "shared_after_hours": late, "told": 4, "reads": true,
             "only_receives": false},
            {"agency": "gp-practice", "concerns": 0, "by_kind": {}, "learned_after_days": null,
             "shared_after_hours": null, "told": 0, "reads": true, "only_receives": true},
        ]});
        expect![[r#"
            agency,concerns,learned_after_days_median,learned_after_days_most,learned_after_days_latest,shared_after_hours_median,shared_after_hours_most,shared_after_hours_latest,told,reads,only_receives,complaint,death
            police,3,1,2,30,1,2,30,4,true,false,2,1
            gp-practice,0,,,,,,,0,true,true,,
        "#]]
        .assert_eq(&csv(&report));
    }
}
