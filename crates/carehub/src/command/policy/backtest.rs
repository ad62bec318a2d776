//! `carehub policy backtest`: a candidate policy over the real log, before it is switched on.
//!
//! The log is read once and the rest happens in memory: no projections, no network, and nothing is
//! published. What the figures mean is said in `carehub_domain::backtest`, and in the report itself.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use carehub_contract::{AuditAction, AuditRecord, Contract, Mode, Subject};
use carehub_domain::Position;
use carehub_domain::backtest::{Extent, History, Period, Report, compare, replay, text};
use carehub_domain::message::Message;
use carehub_domain::policy::Policy;
use carehub_storage::log::{Log, Read};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::audit_waiting;
use crate::command::{TlsArgs, progress, up};
use crate::nats::{Server, running};
use crate::policy_files::open;
use crate::settings::{Settings, SettingsArgs};

/// The hub's own record of an escalation. The copies for each body say the same again, and a log
/// has several of them for each record.
const RECORDS: &str = "carehub.escalation.hub.";
const COPIES: &str = "carehub.escalation.";

/// How many messages are read at a time.
const BATCH: usize = 4_000;

/// How long the log may say nothing before the read is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Try a policy out on the real log, beside the one in force, without touching anything
///
/// Both go over the whole log by the same clock: each concern counts from when its sender knew it.
/// Responses are ignored, and each escalation closes at its decision deadline. The report says so,
/// and gives what either would raise, the work of each body in a week, what only one of them
/// raises, and the days gained or lost. It names homes: treat it as you treat the log.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub policy backtest --policy my-policy --data-dir /var/lib/carehub --summary\n  carehub policy backtest --policy my-policy --from 2024-01-01 --to 2024-12-31 --json > report.json\n  carehub policy backtest --policy my-policy --nats nats://10.0.0.5:4222 --key hub.nk\n\nWith --data-dir the hub may run or not. With --nats, --key is the hub's."
)]
pub struct Backtest {
    /// The candidate: a directory of TOML files, or the name of a pack that is compiled in
    #[arg(long, value_name = "DIR|PACK")]
    policy: String,
    /// The first date to report on; what was known before still counts
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last date to take in
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Where the hub keeps everything
    #[arg(long, value_name = "DIR", env = "CAREHUB_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The URL of the nats-server, in place of a data directory
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS")]
    nats: Option<String>,
    /// The hub's nkey seed
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY")]
    key: Option<PathBuf>,
    /// Read settings from this TOML file
    #[arg(long, value_name = "FILE", env = "CAREHUB_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    tls: TlsArgs,
    /// Leave out the weeks and the lists
    #[arg(long, conflicts_with = "json")]
    summary: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// `--json`: the report, and what it cost.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    report: &'a Report,
    seconds: Seconds,
}

/// How long it took.
#[derive(Debug, Clone, Copy, Serialize)]
struct Seconds {
    /// To read the log and decode it.
    read: f64,
    /// To run both policies and compare them.
    run: f64,
}

impl Backtest {
    /// Reads, replays, compares; the report goes to `out`.
    ///
    /// # Errors
    /// The candidate may not be activated, the log does not answer or has no policy yet, or `out`
    /// cannot be written.
    pub(super) async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let candidate = open(&self.policy)?.into_policy()?;
        let period = Period { from: self.from, to: self.to };
        if let (Some(from), Some(to)) = (self.from, self.to) {
            ensure!(from <= to, "the period ends before it begins: --from {from} --to {to}");
        }
        let began = Instant::now();
        let (log, server) = self.log().await?;
        let what = Some(format!("backtest of {}", candidate.version));
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::ReportRead) };
        let kept = audit_waiting::record(&log, record).await;
        let messages = match kept {
            Ok(()) => self.read(&log).await,
            Err(error) => Err(error),
        };
        if let Some(server) = server {
            server.stop().await?;
        }
        let messages = messages?;
        let (count, read) = (messages.len(), began.elapsed().as_secs_f64());
        let began = Instant::now();
        let history = History::of(messages, period);
        let present = history.present().context("the log has no policy yet: nothing to compare")?;
        let report = both(&history, &candidate, present)?;
        let seconds = Seconds { read, run: began.elapsed().as_secs_f64() };
        self.print(&report, seconds, out)?;
        // A reader of the report on a terminal, or of the JSON, has the same figures there.
        let _ = writeln!(
            std::io::stderr(),
            "Read {count} messages in {:.2} s and ran both policies in {:.2} s.",
            seconds.read,
            seconds.run,
        );
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, report: &Report, seconds: Seconds, out: &mut dyn Write) -> anyhow::Result<()> {
        if self.json {
            return super::print_json(&Printed { report, seconds }, out);
        }
        let extent = if self.summary { Extent::Summary } else { Extent::Whole };
        write!(out, "{}", text(report, extent)).context("print the report")
    }

    /// The log, and the nats-server that was started for it, where none ran.
    async fn log(&self) -> anyhow::Result<(Log, Option<Server>)> {
        let mut settings = self.settings()?;
        if let Some(key) = &settings.key {
            return Ok((up::connect(&settings.nats, key, &settings.nats_tls()).await?, None));
        }
        let url = self.nats.as_deref().filter(|nats| nats.contains("://"));
        ensure!(url.is_none(), "say with --key whose log it is that --nats names");
        let dir = &settings.data_dir;
        ensure!(dir.join("nats").is_dir(), "there is no log in {}", dir.display());
        if let Some(url) = running(dir) {
            let key = settings.credentials_dir().join("hub.nk");
            return Ok((up::connect(&url, &key, &settings.nats_tls()).await?, None));
        }
        // Nobody else is to connect, so it need not be the port that agencies know.
        settings.nats = "127.0.0.1:0".to_owned();
        let own = up::own_server(&settings).await?;
        Ok((own.log, Some(own.server)))
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let arguments = SettingsArgs {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            nats: self.nats.clone(),
            key: self.key.clone(),
            nats_ca: self.tls.nats_ca.clone(),
            nats_cert: self.tls.nats_cert.clone(),
            nats_key: self.tls.nats_key.clone(),
            ..SettingsArgs::default()
        };
        arguments.resolve()
    }

    async fn read(&self, log: &Log) -> anyhow::Result<Vec<Message>> {
        let last = log.last_sequence().await?;
        let contract = Contract::compile()?;
        let bar = progress::bar(0, "reading", self.json);
        bar.set_length(last);
        // Without filters: the server reads several times as fast as when it has to choose.
        let mut reader = log.reader(1, Vec::new());
        let mut messages = Vec::new();
        let mut position = 0;
        while position < last {
            let batch = reader.next_batch(BATCH, PATIENCE).await?;
            ensure!(!batch.is_empty(), "the log stopped at {position} of {last}");
            for read in batch {
                position = read.through();
                if let Read::Gap { from, to } = read {
                    let erased = carehub_aggregator::in_gap(log, from, to).await?;
                    let left = erased.into_iter().filter_map(|(at, one)| Some(one?.message(at)));
                    messages.extend(left);
                }
                if let Read::Message(stored) = read
                    && stored.sequence <= last
                    && is_wanted(&stored.subject)
                    && let Ok(subject) = Subject::parse(&stored.subject)
                {
                    let at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
                    let position = Position(stored.sequence);
                    messages.push(contract.decode(
                        &subject,
                        &stored.payload,
                        at,
                        position,
                        Mode::Trust,
                    ));
                }
            }
            bar.set_position(position);
        }
        bar.finish_and_clear();
        Ok(messages)
    }
}

fn is_wanted(subject: &str) -> bool {
    subject.starts_with(RECORDS) || !subject.starts_with(COPIES)
}

/// Both policies at once: they share nothing but the history.
fn both(history: &History, candidate: &Policy, present: &Policy) -> anyhow::Result<Report> {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| replay(history, present));
        let candidate = replay(history, candidate);
        let present = other.join().map_err(|_| anyhow::anyhow!("the replay was broken off"))?;
        Ok(compare(history, candidate, present))
    })
}
