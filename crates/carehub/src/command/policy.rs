//! `carehub policy check | explain | activate | show | backtest`: what a pack says, what is wrong with it
//! and what it would have raised, before it is activated.

mod backtest;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_domain::policy::{Policy, explain};
use clap::{Args, Subcommand};
use serde::Serialize;

pub use backtest::Backtest;

use super::activate::{Activate, Show};
use crate::policy_files::{DEFAULT_PACK, Fault, Pack, PackError, open};

/// What to do with a policy pack.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say what is wrong with a policy, with file and line; exit 1 if anything is
    Check(Which),
    /// Say in plain English what a policy does, and which settings no source document gives
    Explain(Which),
    /// Try a policy out on the real log, beside the one in force, without touching anything
    Backtest(Backtest),
    /// Append a policy to the log, to take effect at a time
    Activate(Activate),
    /// Say which policy is in force, since when and by whom, and what waits
    Show(Show),
}

/// Which policy, and how it is printed.
#[derive(Debug, Args)]
pub struct Which {
    /// A directory of TOML files, or the name of a pack that is compiled in
    #[arg(long, value_name = "DIR|PACK", env = "CAREHUB_POLICY", default_value = DEFAULT_PACK)]
    pub policy: String,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `check --json`.
#[derive(Serialize)]
struct Checked<'a> {
    ok: bool,
    pack: &'a str,
    /// None when the files could not be read as a policy.
    version: Option<&'a str>,
    faults: &'a [Fault],
}

/// `explain --json`: the document that activation would append to the log.
#[derive(Serialize)]
struct Explained<'a> {
    policy: &'a Policy,
    faults: &'a [Fault],
}

impl PolicyCommand {
    /// Runs the command; its report goes to `out`.
    ///
    /// The exit code is 1 when the policy may not be activated.
    ///
    /// # Errors
    /// When there is no such pack, a file cannot be read, the log does not answer, or `out` cannot
    /// be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check(which) => check(which, out),
            Self::Explain(which) => describe(which, out),
            Self::Backtest(command) => command.run(out).await,
            Self::Activate(activate) => activate.run(out).await,
            Self::Show(show) => show.run(out).await,
        }
    }
}

fn check(which: &Which, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let (pack, faults) = match open(&which.policy) {
        Ok(Pack { policy, faults }) => (Some(policy), faults),
        Err(PackError::Faulty { faults, .. }) => (None, faults),
        Err(
            error @ (PackError::NoSuchPack { .. }
            | PackError::List { .. }
            | PackError::Read { .. }
            | PackError::Empty { .. }),
        ) => return Err(error.into()),
    };
    if which.json {
        let checked = Checked {
            ok: faults.is_empty(),
            pack: pack.as_ref().map_or(which.policy.as_str(), |policy| policy.pack.as_str()),
            version: pack.as_ref().map(|policy| policy.version.as_str()),
            faults: &faults,
        };
        print_json(&checked, out)?;
        return Ok(code(&faults));
    }
    print_faults(&faults, out)?;
    if let Some(policy) = pack.filter(|_| faults.is_empty()) {
        writeln!(
            out,
            "{}: no faults ({} bodies, {} triggers)",
            policy.version,
            policy.body.len(),
            policy.trigger.len()
        )
        .context("print the report")?;
    }
    Ok(code(&faults))
}

fn describe(which: &Which, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Pack { policy, faults } = open(&which.policy)?;
    if which.json {
        print_json(&Explained { policy: &policy, faults: &faults }, out)?;
        return Ok(code(&faults));
    }
    write!(out, "{}", explain(&policy)).context("print the explanation")?;
    if !faults.is_empty() {
        writeln!(out, "\nNOT YET\n\nThis policy may not be activated:\n")
            .context("print the report")?;
        print_faults(&faults, out)?;
    }
    Ok(code(&faults))
}

fn print_faults(faults: &[Fault], out: &mut dyn Write) -> anyhow::Result<()> {
    for fault in faults {
        writeln!(out, "{fault}").context("print the report")?;
    }
    Ok(())
}

fn print_json(document: &impl Serialize, out: &mut dyn Write) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, document).context("print the report")?;
    writeln!(out).context("print the report")
}

fn code(faults: &[Fault]) -> ExitCode {
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;

    /// The command line as `carehub policy` has it.
    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        policy: PolicyCommand,
    }

    /// What the command came to.
    fn outcome(arguments: &[&str], out: &mut Vec<u8>) -> anyhow::Result<ExitCode> {
        let line = Line::try_parse_from(["policy"].iter().chain(arguments)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(line.policy.run(out))
    }

    /// What is printed, and whether it succeeded.
    #[track_caller]
    fn run(arguments: &[&str]) -> (String, bool) {
        let mut out = Vec::new();
        let code = outcome(arguments, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), code == ExitCode::SUCCESS)
    }

    /// A directory with one file.
    fn pack(text: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pack.toml"), text).unwrap();
        dir
    }

    #[test]
    fn the_shipped_pack_has_no_faults() {
        let (text, ok) = run(&["check"]);
        assert!(ok && text.starts_with("norfolk-") && text.contains("35 triggers"), "{text}");
        let (text, ok) = run(&["check", "--json"]);
        let checked: Value = serde_json::from_str(&text).unwrap();
        assert!(ok);
        assert_eq!(checked["ok"], true);
        assert_eq!(checked["faults"], Value::Array(Vec::new()));
    }

    #[test]
    fn a_fault_is_printed_with_its_line_and_fails() {
        let dir =
            pack("pack = \"x\"\n[[body]]\nid = \"hub\"\nname = \"Hub\"\nroles = [\"police\"]\n");
        let which = dir.path().to_str().unwrap();
        let (text, ok) = run(&["check", "--policy", which]);
        assert!(!ok && text.contains("pack.toml:3: body hub, id:"), "{text}");
        let (text, ok) = run(&["check", "--json", "--policy", which]);
        let checked: Value = serde_json::from_str(&text).unwrap();
        assert!(!ok);
        let codes: Vec<&str> = checked["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|f| f["code"].as_str())
            .collect();
        assert_eq!(codes, ["overdue-rule", "requested-rule", "sharing-missing", "body-reserved"]);
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_and_has_no_version() {
        let dir = pack("pack = \n");
        let (text, ok) = run(&["check", "--json", "--policy", dir.path().to_str().unwrap()]);
        let checked: Value = serde_json::from_str(&text).unwrap();
        assert!(!ok);
        assert_eq!(checked["version"], Value::Null);
        assert_eq!(checked["faults"][0]["code"], "policy-syntax");
    }

    #[test]
    fn the_explanation_says_what_is_still_wrong() {
        let dir = pack("pack = \"x\"\n");
        let (text, ok) = run(&["explain", "--policy", dir.path().to_str().unwrap()]);
        assert!(!ok && text.starts_with("POLICY x-") && text.contains("[overdue-rule]"), "{text}");
    }

    #[test]
    fn the_document_that_is_explained_is_the_one_that_is_activated() {
        let (text, ok) = run(&["explain", "--json"]);
        let explained: Value = serde_json::from_str(&text).unwrap();
        assert!(ok);
        let policy: Policy = serde_json::from_value(explained["policy"].clone()).unwrap();
        assert_eq!(policy, open(DEFAULT_PACK).unwrap().into_policy().unwrap());
    }

    #[test]
    fn a_pack_that_is_not_there_is_an_error() {
        assert!(outcome(&["check", "--policy", "nowhere"], &mut Vec::new()).is_err());
    }

    #[test]
    fn a_candidate_that_may_not_be_activated_is_not_tried_out() {
        let dir = pack("pack = \"x\"\n");
        let which = dir.path().to_str().unwrap();
        let wrong = outcome(&["backtest", "--policy", which], &mut Vec::new()).unwrap_err();
        assert!(format!("{wrong:#}").contains("[overdue-rule]"), "{wrong:#}");
    }

    #[test]
    fn a_directory_without_a_log_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let arguments = ["backtest", "--policy", DEFAULT_PACK, "--data-dir"];
        let arguments = [&arguments[..], &[dir.path().to_str().unwrap()]].concat();
        let wrong = outcome(&arguments, &mut Vec::new()).unwrap_err();
        assert!(format!("{wrong:#}").contains("there is no log"), "{wrong:#}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let period = ["--from", "2024-02-01", "--to", "2024-01-01"];
        let wrong = outcome(&[&arguments[..], &period].concat(), &mut Vec::new()).unwrap_err();
        assert!(format!("{wrong:#}").contains("before it begins"), "{wrong:#}");
    }
}
