//! Measures each figure beside its baseline, in one run: `cargo xtask bench`.
//!
//! Absolute figures say as much about the machine as about the hub, so every figure stands beside
//! what the same machine does, at the same moment, without the hub. `docs/PERFORMANCE.md` says what
//! bounds each.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a developer at a terminal"
)]

mod backtest;
mod concerns;
mod fold;
mod http_home;
mod ingest;
mod large_home;
mod latency;
mod rebuild;
mod report;
mod scene;

use std::path::PathBuf;

use anyhow::Context as _;
use carehub::nats::SyncInterval;
use clap::{Parser, ValueEnum};
use report::Report;
use scene::Scene;

/// Measures each figure beside its baseline, in one run.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// One JSON object a line in place of a table
    #[arg(long)]
    json: bool,

    /// Only these benches
    #[arg(long, value_enum)]
    only: Vec<Bench>,

    /// Events said, with the server's own sync; an eighth of it with sync always
    #[arg(long, default_value_t = 40_000)]
    events: usize,

    /// When the log reaches the disk
    #[arg(long, value_enum, default_value_t = Sync::Both)]
    sync: Sync,

    /// Times that a figure and its baseline are measured in turn; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,

    /// How long the latency is measured, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// Where the logs and tables are kept meanwhile: on a disk, not in memory
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    Ingest,
    Rebuild,
    Latency,
    Fold,
    Backtest,
    HttpHome,
    LargeHome,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sync {
    Always,
    Default,
    Both,
}

impl Sync {
    fn modes(self) -> Vec<SyncInterval> {
        match self {
            Self::Always => vec![SyncInterval::Always],
            Self::Default => vec![SyncInterval::ServerDefault],
            Self::Both => vec![SyncInterval::ServerDefault, SyncInterval::Always],
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let dir = arguments.dir.clone().unwrap_or_else(std::env::temp_dir);
    std::fs::create_dir_all(&dir).context("make the directory for logs and tables")?;
    let wants = |bench| arguments.only.is_empty() || arguments.only.contains(&bench);
    let rounds = usize::from(arguments.rounds);
    let mut report = Report::new(arguments.json);
    for sync in arguments.sync.modes() {
        let events = match sync {
            SyncInterval::ServerDefault => arguments.events,
            SyncInterval::Always => arguments.events.div_ceil(8),
        };
        let scene = Scene { dir: dir.clone(), sync };
        if wants(Bench::Ingest) {
            report.add(ingest::measure(&scene, events, rounds).await.context("ingest")?);
        }
        if wants(Bench::Rebuild) {
            report.add(rebuild::measure(&scene, events, rounds).await.context("rebuild")?);
        }
        if wants(Bench::Latency) {
            for line in
                latency::measure(&scene, arguments.seconds, rounds).await.context("latency")?
            {
                report.add(line);
            }
        }
    }
    if wants(Bench::Fold) {
        for line in fold::measure(arguments.events, rounds).context("fold")? {
            report.add(line);
        }
    }
    if wants(Bench::Backtest) {
        report.add(backtest::measure(arguments.events, rounds).context("backtest")?);
    }
    if wants(Bench::LargeHome) {
        for line in large_home::measure(rounds).context("large-home")? {
            report.add(line);
        }
    }
    if wants(Bench::HttpHome) {
        report.add(http_home::measure(&dir, rounds).await.context("http-home")?);
    }
    Ok(())
}
