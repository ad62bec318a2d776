//! `cargo xtask test`: every test, on a machine that has only Rust and Python 3 with pip.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::{browser, checkout, command, nats, python};

/// What `cargo xtask test` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Run the tests in a real browser alone; what they need is installed
    #[arg(long)]
    browser: bool,

    /// With `--browser`: take the pictures in docs/img anew
    #[arg(long, requires = "browser")]
    screenshots: bool,

    /// Passed on to `cargo test`, for example `--test system` or `-p carehub-domain`
    #[arg(allow_hyphen_values = true)]
    cargo: Vec<String>,

    /// Passed on to the test programs, for example a part of a test's name
    #[arg(last = true)]
    harness: Vec<String>,
}

/// Gets what the tests need, builds, and runs them. Needs no network once everything is there.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.browser {
        return browser::run(options.screenshots);
    }
    let root = checkout::root()?;
    let data = checkout::data()?;
    if data.is_none() {
        if std::env::var_os("CAREHUB_REQUIRE_DATA").is_some_and(|value| value == "1") {
            bail!(
                "the real input is missing and CAREHUB_REQUIRE_DATA=1: put it at ../shared/data \
                 beside the checkout, or set CAREHUB_DATA to its folder"
            );
        }
        warn_without_data();
    }
    let server = nats::find_or_fetch()?;
    println!("nats-server: {}", server.display());
    let python = python::with_foreign_client()?;

    // The system tests start the `carehub` program, and cargo builds a test's dependencies as
    // libraries only: without this they would run a stale one, or none.
    command::run(command::cargo().args(["build", "--workspace", "--bins"]).current_dir(&root))?;
    let mut tests = command::cargo();
    tests.arg("test").current_dir(&root);
    if !names_packages(&options.cargo) {
        tests.arg("--workspace");
    }
    tests.args(&options.cargo);
    if !options.harness.is_empty() {
        tests.arg("--").args(&options.harness);
    }
    in_surroundings(&mut tests, &server, &python, data.as_deref());
    let outcome = command::run(&mut tests);
    if data.is_none() {
        // Again at the end, where it is read.
        warn_without_data();
    }
    outcome
}

/// Whether a package is named: cargo would pass over the name if it were told `--workspace` too.
fn names_packages(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// The environment variables by which the tests find what this command got for them.
fn in_surroundings(tests: &mut Command, server: &Path, python: &Path, data: Option<&Path>) {
    tests.env("NATS_SERVER", server).env("CAREHUB_TEST_PYTHON", python);
    if let Some(data) = data {
        tests.env("CAREHUB_DATA", data);
    }
}

fn warn_without_data() {
    println!();
    println!("**********************************************************************");
    println!("**  NOT EVERYTHING IS TESTED: the real input is missing.            **");
    println!("**  The tests on it (the Oregon complaints, the Oldham register)    **");
    println!("**  prove nothing in this run. Put it at ../shared/data beside the  **");
    println!("**  checkout, or set CAREHUB_DATA to its folder.                    **");
    println!("**********************************************************************");
    println!();
}
