//! A stricter and a looser rule tried out on the complaints of Oregon. Every figure must go the way
//! in which a stricter or a looser rule takes it, and the log and the projections stay as they are.
#![expect(clippy::print_stdout, reason = "the figures are for whoever watches the run")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use carehub_storage::log::Stored;
use serde_json::Value;

use super::{oregon, records, root};
use crate::process::{Hub, carehub};

/// In how many seconds both policies have to be through with all records (issue 3), where the hub is built as it is
/// shipped (`cargo test --release`), and where it is built to be debugged.
const MOST_SECONDS: [f64; 2] = [10.0, 60.0];

/// Whom `referrals-6m` of the pack for these records asks to act.
const COUNCIL: &str = "council-safeguarding";

/// The pack for these records with another limit of `referrals-6m`.
fn more_than(limit: u32) -> tempfile::TempDir {
    let pack = root().join("deploy/policy/oregon/policy.toml");
    let text = std::fs::read_to_string(pack).expect("read the pack");
    let other = text.replace("more_than = 5", &format!("more_than = {limit}"));
    assert_ne!(text, other, "the pack counts more than 5");
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("policy.toml"), other).expect("write a pack");
    dir
}

fn backtest(hub: &Hub, candidate: &Path) -> Value {
    let candidate = candidate.to_str().expect("a path in UTF-8");
    let report = hub.run_json(&["policy", "backtest", "--json", "--policy", candidate]);
    println!(
        "read in {} s, both policies run in {} s: {} and {} escalations",
        report["seconds"]["read"],
        report["seconds"]["run"],
        report["candidate"]["raised"],
        report["present"]["raised"]
    );
    assert_fast(&report);
    report
}

/// Ten years of complaints are tried out in under ten seconds.
#[track_caller]
fn assert_fast(report: &Value) {
    let program = carehub();
    let is_shipped = program.parent().is_some_and(|profile| profile.ends_with("release"));
    let seconds = |part: &str| report["seconds"][part].as_f64().expect("seconds");
    let took = seconds("read") + seconds("run");
    assert!(took < MOST_SECONDS[usize::from(!is_shipped)], "{took} s");
}

/// What the log says, but for the passing of time: a hub that runs goes on saying that.
async fn said(hub: &Hub) -> Vec<Stored> {
    let mut said = hub.log_content().await;
    said.retain(|stored| !crate::expected::is_of_time(&stored.subject));
    said
}

/// Every file of a hub that must stay as it is, with its bytes: the projections, the keys, and the
/// messages themselves.
fn files(data_dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![data_dir.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).expect("list a directory") {
            let path = entry.expect("an entry").path();
            // What the nats-server writes about itself is its own: its log, its port, its indexes.
            let of_server = path.starts_with(data_dir.join("nats"));
            // Who tried what out is read as anything is, and so is in the audit.
            if path.components().any(|part| part.as_os_str() == "CAREHUB-AUDIT") {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
            } else if !of_server || path.extension().is_some_and(|extension| extension == "blk") {
                files.insert(path.clone(), std::fs::read(&path).expect("read a file"));
            }
        }
    }
    files
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is a count"))
}

/// What a report says of one side, as far as a rule's limit moves it.
#[derive(Debug, PartialEq)]
struct Figures {
    raised: u64,
    homes: u64,
    of_trigger: u64,
    to_answer: u64,
    p50: u64,
    p90: u64,
    max: u64,
    /// Added up from the weeks.
    weekly: u64,
}

impl Figures {
    fn of(report: &Value, side: &str, number: usize) -> Self {
        let load = &report["workload"]["bodies"][COUNCIL][side];
        let weeks = report["workload"]["weeks"].as_array().expect("weeks");
        let cells = weeks.iter().map(|week| &week["to_answer"][COUNCIL][number]);
        Self {
            raised: count(&report[side]["raised"]),
            homes: count(&report[side]["homes"]),
            of_trigger: count(&report["triggers"]["referrals-6m"][side]),
            to_answer: count(&load["to_answer"]),
            p50: count(&load["p50"]),
            p90: count(&load["p90"]),
            max: count(&load["max"]),
            weekly: cells.filter(|cell| !cell.is_null()).map(count).sum(),
        }
    }

    /// Nothing of it is less than under the other, and what counts is more.
    #[track_caller]
    fn assert_more_than(&self, other: &Self) {
        assert!(self.raised > other.raised, "{self:?} {other:?}");
        assert!(self.homes >= other.homes, "{self:?} {other:?}");
        assert!(self.of_trigger > other.of_trigger, "{self:?} {other:?}");
        assert!(self.to_answer > other.to_answer, "{self:?} {other:?}");
        assert!(self.weekly > other.weekly, "{self:?} {other:?}");
        assert!(self.p50 >= other.p50 && self.p90 >= other.p90, "{self:?} {other:?}");
        assert!(self.max >= other.max, "{self:?} {other:?}");
    }
}

/// The days by which the candidate is sooner, of each that both raise by `referrals-6m`.
fn leads(report: &Value) -> Vec<i64> {
    let both = report["both"].as_array().expect("a list");
    let of_trigger = both.iter().filter(|both| both["trigger"] == "referrals-6m");
    of_trigger.map(|both| both["lead_days"].as_i64().expect("days")).collect()
}

/// Which way everything must go is known; how far is printed.
#[track_caller]
fn assert_directions(stricter: &Value, looser: &Value) {
    let figures = |report, side| Figures::of(report, side, usize::from(side == "present"));
    let (strict, present) = (figures(stricter, "candidate"), figures(stricter, "present"));
    let loose = figures(looser, "candidate");
    assert_eq!(
        present,
        figures(looser, "present"),
        "the policy in force is the same beside either"
    );
    println!("stricter {strict:?}\nin force {present:?}\nlooser   {loose:?}");
    strict.assert_more_than(&present);
    present.assert_more_than(&loose);
    for figures in [&strict, &present, &loose] {
        assert_eq!(figures.weekly, figures.to_answer, "the weeks are the whole");
        assert!(figures.max > 0 && figures.p90 <= figures.max && figures.p50 <= figures.p90);
    }

    let alone = |report: &Value, side: &str| count(&report["triggers"]["referrals-6m"][side]);
    assert!(alone(stricter, "only_candidate") > 0);
    assert_eq!(alone(stricter, "only_present"), 0, "a stricter rule misses nothing");
    assert_eq!(alone(looser, "only_candidate"), 0, "a looser rule adds nothing");
    assert!(alone(looser, "only_present") > 0);

    let (gained, lost) = (leads(stricter), leads(looser));
    assert!(gained.iter().all(|days| *days >= 0) && gained.iter().any(|days| *days > 0));
    assert!(lost.iter().all(|days| *days <= 0) && lost.iter().any(|days| *days < 0));
    println!("stricter {}\nlooser   {}", stricter["lead"], looser["lead"]);
    assert_eq!((count(&stricter["lead"]["later"]), count(&looser["lead"]["sooner"])), (0, 0));

    for report in [stricter, looser] {
        let other = &report["triggers"]["low-level-cumulative"];
        assert!(count(&other["both"]) > 0, "the other rule raises something");
        for side in ["candidate", "present"] {
            assert_eq!(other[side], other["both"], "the other rule is untouched");
        }
    }
}

#[tokio::test]
async fn a_stricter_and_a_looser_rule_go_the_ways_they_must_and_touch_nothing() {
    let Some(records) = records("oregon") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let policy = root().join("deploy/policy/oregon");
    let policy = policy.to_str().expect("a path in UTF-8");
    let mut hub = Hub::start_with(dir.path(), &["--policy", policy, "--sync", "default"]);
    oregon::import_all(&hub, &records);
    hub.settled().await;

    // Beside a hub that runs.
    let before = said(&hub).await;
    let stricter = backtest(&hub, more_than(3).path());
    assert!(said(&hub).await == before, "something was said");

    // And where none runs: what is on the disk stays, byte for byte.
    hub.stop();
    let before = files(dir.path());
    assert!(before.keys().any(|file| file.extension().is_some_and(|e| e == "blk")));
    assert!(before.keys().any(|file| file.starts_with(hub.table_dir())));
    let looser = backtest(&hub, more_than(8).path());
    let after = files(dir.path());
    assert!(before.keys().eq(after.keys()), "a file came or went");
    for (file, bytes) in &before {
        assert!(after[file] == *bytes, "{} changed", file.display());
    }

    for report in [&stricter, &looser] {
        let input = &report["input"];
        let taken_in = 35_727 + 1_943 + 6_384 + 4;
        assert_eq!(count(&input["concerns"]), taken_in, "{input}");
        assert_eq!(count(&input["about_concerns"]), 52, "{input}");
        assert_eq!(count(&input["rejected_or_refused"]), 15 + 20 + 11 + 10, "{input}");
        assert_eq!(report["period"]["from"], "2005-01-03");
        assert!(count(&report["period"]["weeks"]) > 10 * 52, "ten years");
        assert_eq!(report["candidate"]["not_taken"], serde_json::json!({}));
    }
    assert_directions(&stricter, &looser);
}
