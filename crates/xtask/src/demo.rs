//! `cargo xtask demo`: a fictional county on this machine, two years old and still going.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use crate::{checkout, command, nats};

/// How long the hub may take to be ready. A first start generates the accounts and starts
/// nats-server, which takes seconds; with `--keep` it may also have a log to read.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// How long a stopped program may take before we give up on it.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// What `cargo xtask demo` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Go on with the last demo's data in place of starting afresh
    #[arg(long)]
    keep: bool,

    /// Build without optimisation: sooner ready, slower to run
    #[arg(long)]
    dev: bool,

    /// Where the pages are served; another free port if this one is taken
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: String,

    /// The county to make up: the same number makes the same homes and concerns
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What `carehub up --json` says when it is ready.
struct Ready {
    http: String,
    nats: String,
    credentials: PathBuf,
}

/// Gets a nats-server, builds, starts the hub and a fictional county, and waits for Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    let server = nats::find_or_fetch()?;
    let carehub = build(options.dev)?;
    let data = checkout::target()?.join("demo");
    if data.exists() && !options.keep {
        stop_left_behind(&data)?;
        std::fs::remove_dir_all(&data).context("could not remove the last demo's data")?;
    }
    let is_new = !data.exists();
    tokio::runtime::Runtime::new()
        .context("could not start the runtime")?
        .block_on(play(options, &server, &carehub, &data, is_new))
}

/// Stops the nats-server of a demo whose hub was killed; with `--keep` the hub adopts it instead.
fn stop_left_behind(data: &Path) -> Result<()> {
    let Ok(pid) = std::fs::read_to_string(data.join("nats/server.pid")) else {
        return Ok(());
    };
    let pid = pid.trim();
    // The number may be another program's by now: only one that runs on this data is ours.
    let ours = data.join("nats/server.conf");
    let ps = command::output(std::process::Command::new("ps").args(["-o", "args=", "-p", pid]));
    if !ps.is_ok_and(|arguments| arguments.contains(&*ours.to_string_lossy())) {
        return Ok(());
    }
    println!("stopping the nats-server that the last demo left behind");
    command::output(std::process::Command::new("kill").args(["-KILL", pid])).map(drop)
}

fn build(is_dev: bool) -> Result<PathBuf> {
    let mut build = command::cargo();
    build
        .args(["build", "--package", "carehub", "--bin", "carehub"])
        .current_dir(checkout::root()?);
    if !is_dev {
        println!(
            "building with optimisation: several minutes the first time (--dev builds sooner)"
        );
        build.arg("--release");
    }
    command::run(&mut build)?;
    let profile = if is_dev { "debug" } else { "release" };
    Ok(checkout::target()?.join(profile).join("carehub"))
}

async fn play(
    options: &Options,
    server: &Path,
    carehub: &Path,
    data: &Path,
    is_new: bool,
) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("could not wait for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("could not wait for SIGTERM")?;

    let http = free_or_any(&options.http);
    let mut hub = start(
        Command::new(carehub)
            .arg("up")
            .arg("--data-dir")
            .arg(data)
            .args(["--http", &http, "--nats", "127.0.0.1:0", "--json"])
            .env("NATS_SERVER", server)
            .stdout(Stdio::piped()),
    )?;
    let ready = tokio::select! {
        ready = ready(&mut hub) => ready,
        _ = interrupt.recv() => return stop(hub).await,
        _ = terminate.recv() => return stop(hub).await,
    };
    let ready = match ready {
        Ok(ready) => ready,
        Err(error) => {
            stop(hub).await?;
            return Err(error);
        }
    };
    greet(&ready, carehub, is_new);

    let mut county = start(&mut simulate(options, carehub, &ready, is_new))?;
    let ended = tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        status = hub.wait() => Err(unexpected("carehub up", status)),
        status = county.wait() => Err(unexpected("carehub simulate", status)),
    };
    println!("\nstopping");
    // The county first: the hub then sees its last message before it stops.
    stop(county).await?;
    stop(hub).await?;
    ended
}

/// The simulator: the two years first, unless the data is that of an earlier demo.
fn simulate(options: &Options, carehub: &Path, ready: &Ready, is_new: bool) -> Command {
    let mut simulate = Command::new(carehub);
    simulate
        .arg("simulate")
        .args(["--nats", &ready.nats])
        .arg("--credentials")
        .arg(&ready.credentials)
        .args(["--seed", &options.seed.to_string()])
        .args(["--months", if is_new { "24" } else { "0" }])
        .arg("--live");
    simulate
}

/// The address asked for, or port 0 of the same host if it is taken.
fn free_or_any(address: &str) -> String {
    if std::net::TcpListener::bind(address).is_ok() {
        return address.to_owned();
    }
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    println!("{address} is taken: serving on another port");
    format!("{host}:0")
}

/// In a process group of its own: Ctrl-C reaches us alone, and we stop the programs in order.
fn start(command: &mut Command) -> Result<Child> {
    command
        .process_group(0)
        .stdin(Stdio::null())
        // A demo's terminal is for the demo; what needs somebody still shows.
        .env("CAREHUB_LOG", std::env::var("CAREHUB_LOG").unwrap_or_else(|_| "warn".to_owned()))
        .kill_on_drop(true)
        .spawn()
        .context("could not start carehub")
}

async fn ready(hub: &mut Child) -> Result<Ready> {
    let stdout = hub.stdout.take().context("carehub up has no standard output")?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(READY_WITHIN, lines.next_line())
        .await
        .with_context(|| format!("carehub up was not ready within {READY_WITHIN:?}"))?
        .context("could not read what carehub up prints")?
        .context("carehub up ended before it was ready")?;
    // Whatever it prints from now on is read and thrown away, so that it never waits for us.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let line: Value = serde_json::from_str(&line)
        .with_context(|| format!("carehub up is ready in words we do not know: {line}"))?;
    let field = |name: &str| {
        line[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("carehub up is ready and does not say its {name}"))
    };
    Ok(Ready {
        http: field("http")?,
        nats: field("nats")?,
        credentials: field("credentials")?.into(),
    })
}

fn unexpected(program: &str, status: std::io::Result<ExitStatus>) -> anyhow::Error {
    match status {
        Ok(status) => anyhow::anyhow!("`{program}` ended by itself with {status}"),
        Err(error) => anyhow::Error::new(error).context(format!("could not wait for `{program}`")),
    }
}

/// Asks a program to stop, as Ctrl-C would, and waits for it; one that does not is killed, and that is an
/// error.
async fn stop(mut child: Child) -> Result<()> {
    let Some(id) = child.id() else {
        return Ok(()); // It has ended already.
    };
    let asked = Command::new("kill").args(["-INT", &id.to_string()]).status().await;
    asked.context("could not start `kill`")?;
    let Ok(status) = tokio::time::timeout(STOPPED_WITHIN, child.wait()).await else {
        child.kill().await.context("could not kill a program that does not stop")?;
        bail!("a program did not stop within {STOPPED_WITHIN:?} and was killed");
    };
    status.context("could not wait for a program to stop").map(drop)
}

/// Whom the demo speaks as: the body that most escalations go to.
const READER: &str = "council-qa";

fn greet(ready: &Ready, carehub: &Path, is_new: bool) {
    let Ready { http, nats, credentials } = ready;
    let carehub = carehub.display();
    // Of a made-up county on this machine alone, and gone with the next demo.
    let password = std::fs::read_to_string(credentials.join(format!("{READER}.token")));
    let password = password.as_deref().map_or("(no token found)", str::trim);
    let credentials = credentials.display();
    println!();
    if is_new {
        println!("The hub is up. A fictional county now tells it two years, then goes on live.");
    } else {
        println!("The hub is up again with the last demo's data; the county goes on live.");
    }
    println!(
        "
Where to look
  {http}/                    every home, and a page for each
      sign in as {READER} with the password {password}
  {http}/api/v1/escalations  with the header Authorization: Bearer (the same); also /api/v1/homes
  {http}/metrics             for Prometheus, with the token in {credentials}/metrics-token
  In another terminal:
  {carehub} home F00001 --http {http} --token {credentials}/{READER}.token
  {carehub} subscribe --nats {nats} --key {credentials}/{READER}.nk

What to notice
  Many small concerns, none of them enough for its own agency, meet `low-level-cumulative` together.
  Every escalation says what it counted, against which limit, since when, and on which source it rests.
  The two years arrive as history: at most one escalation a trigger and home, marked `historic`.
  Some of what the county says is wrong on purpose: carehub_refused_total counts it by code.
  Kill the hub at any moment and come back with `cargo xtask demo --keep`: nothing is raised twice.

Ctrl-C stops everything.
"
    );
}
