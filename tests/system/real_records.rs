//! Real records, through the shipped `carehub import` and the shipped mappings.
//!
//! Nobody here wrote these records, and they are not in the checkout: they stand in the folder that
//! `CAREHUB_DATA` names, `../shared/data` beside the checkout when it is unset. Without them
//! these tests prove nothing, and say so; with `CAREHUB_REQUIRE_DATA=1` they fail.
//!
//! They name real places. What is printed are counts, and never a score beside a name.

mod backtest;
mod oldham;
mod oregon;

use std::path::{Path, PathBuf};
use std::process::Command;

use carehub_client::import::Accounting;
use serde_json::Value;

use crate::process::{self, Hub};

/// The top of the checkout.
fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests stand in the checkout")
}

/// A folder of the real records; `None`, loudly, when they are not on this machine.
///
/// # Panics
/// When they are not and `CAREHUB_REQUIRE_DATA=1`.
#[expect(
    clippy::print_stderr,
    reason = "a test that proves nothing must not look like one that passes"
)]
fn records(folder: &str) -> Option<PathBuf> {
    let data = std::env::var_os("CAREHUB_DATA");
    let data = data.map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let records = data.join(folder);
    if records.is_dir() {
        return Some(records);
    }
    let required = std::env::var_os("CAREHUB_REQUIRE_DATA").is_some_and(|value| value == "1");
    assert!(!required, "CAREHUB_REQUIRE_DATA=1, and there is no {}", records.display());
    eprintln!(
        "**  NOT TESTED: the real records are missing. Set CAREHUB_DATA to their folder,  **"
    );
    eprintln!(
        "**  or put them at ../shared/data beside the checkout. This test proves nothing. **"
    );
    None
}

/// Runs `carehub import` or `carehub register import` as an agency, against this hub, and returns
/// the accounting of each file. It exits with 1 when a row is not accounted for.
#[track_caller]
fn import(hub: &Hub, agency: &str, arguments: &[&str]) -> Vec<Accounting> {
    let output = Command::new(process::carehub())
        .args(arguments)
        .args(["--json", "--nats", &hub.nats_url(), "--http", hub.http(), "--key"])
        .arg(hub.key(agency))
        .output()
        .expect("run carehub");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "carehub {arguments:?}: {said}{wrong}");
    let accounting = |line: &str| {
        let report: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(report["adds_up"], true, "{report}");
        assert_eq!(report["agency"], agency);
        serde_json::from_value(report["accounting"].clone()).expect("an accounting")
    };
    said.lines().map(accounting).collect()
}

/// That every row became something, and every event has one verdict: computed here, so that it
/// does not rest on what the importer says of itself.
#[track_caller]
fn assert_nothing_vanished(of: &Accounting) {
    let judged = of.accepted
        + of.corroborating
        + of.duplicate
        + of.repeated_in_the_file
        + of.text_withheld
        + of.rejected.values().chain(of.refused.values()).sum::<u64>();
    assert_eq!(judged, of.events, "{of:?}");
    assert_eq!(of.rows_that_speak + of.rows_that_say_nothing, of.rows_read, "{of:?}");
    assert_eq!(of.unaccounted, 0, "{of:?}");
}

/// Every item of a list of the API, page by page.
fn all_pages(hub: &Hub, reader: &str, list: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let mut page = hub.get_json(reader, &format!("{list}?limit=500{after}"));
        let Value::Array(more) = page["items"].take() else { panic!("{list} is a list") };
        items.extend(more);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}

/// The first cells of a CSV file. In these files that is an id without quotes or commas, and no
/// text of a row runs over several lines.
fn first_cells(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("read a CSV file");
    let cell = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    text.lines().skip(1).map(cell).collect()
}
