//! `cargo xtask bench`: each figure beside its baseline, in one run.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::{checkout, command, nats};

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Passed on: `--json`, `--only ingest`, `--events N`, `--sync always|default|both`, `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Gets a nats-server, builds the measuring program with optimisation and runs it. Standard output
/// is the program's alone, so that `--json` can be read by a program.
pub(crate) fn run(options: &Options) -> Result<()> {
    let server = nats::find_or_fetch()?;
    command::run(
        command::cargo()
            .args(["build", "--release", "--package", "carehub-tests"])
            .args(["--bin", "carehub-bench"])
            .current_dir(checkout::root()?),
    )?;
    let target = checkout::target()?;
    // Under `target/`: the temporary directory of some machines is in memory, where syncing to the
    // disk costs nothing.
    let dir = target.join("bench");
    std::fs::create_dir_all(&dir).context("could not make a folder under target/")?;
    command::run(
        Command::new(target.join("release/carehub-bench"))
            .arg("--dir")
            .arg(dir)
            .args(&options.arguments)
            .env("NATS_SERVER", server),
    )
}
