//! The developer's commands: `cargo xtask <command>`. One file a command.
//!
//! This package depends on nothing else in the workspace, so that its commands
//! still run when the rest does not compile.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands talk to a developer at a terminal; nothing here runs in the hub"
)]

mod bench;
mod browser;
mod checkout;
mod command;
mod demo;
mod edges;
mod erasure_cluster;
mod nats;
mod python;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The developer's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a fictional county's hub on this machine, with two years of history behind it
    Demo(demo::Options),
    /// Run every test: unit, documentation, system, foreign client
    Test(test::Options),
    /// Measure each figure beside its baseline; `cargo xtask bench --help` says what can be chosen
    #[command(disable_help_flag = true)]
    Bench(bench::Options),
    /// Measure how long erased text stays on the disks of a three-node cluster: ten minutes at most
    ErasureCluster,
    /// Check the dependency edges, the map in docs/ARCHITECTURE.md and the house rules
    Edges,
    /// Find or fetch a nats-server and print its path
    Nats,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::ErasureCluster => erasure_cluster::run(),
        Command::Edges => edges::run(),
        Command::Nats => nats::find_or_fetch().map(|server| println!("{}", server.display())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
