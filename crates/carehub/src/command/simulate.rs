//! `carehub simulate`: a fictional county speaks.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use carehub_client::publisher::Settings as To;
use carehub_client::simulate::{Settings, Simulation, Spoken};
use carehub_client::{Outcome, Outgoing, Publisher};
use carehub_domain::BodyId;
use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use super::TlsArgs;
use super::agency::secret;
use super::progress::bar;

/// The most events that are under way together before the next are begun.
const WAVE: usize = 2_000;

/// Let a fictional county speak: homes, agencies and concerns from a seed, with the delays of real records
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Two years of sixty homes, then go on live:
    carehub simulate --credentials data/credentials --months 24 --live

  The same again, with the known answers to compare a hub with:
    carehub simulate --credentials data/credentials --seed 7 --until 2026-01-01 --truth truth.json

  See what would be said, without a hub:
    carehub simulate --print --homes 3 --months 1

The same seed, homes, months and --until say the same, byte for byte. No home, person, address or number exists.")]
pub struct Simulate {
    /// The hub's NATS server
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS", default_value = "nats://127.0.0.1:4222")]
    nats: String,
    /// The directory with every agency's key, <agency>.nk
    #[arg(long, value_name = "DIR", required_unless_present = "print")]
    credentials: Option<PathBuf>,
    /// The county: the same number makes the same homes and concerns
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many homes
    #[arg(long, value_name = "N", default_value_t = 60)]
    homes: u32,
    /// How many months of history; 0 for none
    #[arg(long, value_name = "N", default_value_t = 24)]
    months: u32,
    /// How many years of history
    #[arg(long, value_name = "N", conflicts_with = "months")]
    years: Option<u32>,
    /// The first day after the history; by default it ends now
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Go on after the history until interrupted
    #[arg(long)]
    live: bool,
    /// Concerns a second while live
    #[arg(long, value_name = "R", default_value_t = 1.0)]
    rate: f64,
    /// Stop being live after so many concerns
    #[arg(long, value_name = "N", requires = "live")]
    live_limit: Option<u64>,
    /// Write what a hub must hold of each home after the history
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Print the events as NDJSON, and send nothing
    #[arg(long, conflicts_with_all = ["credentials", "live"])]
    print: bool,
    #[command(flatten)]
    tls: TlsArgs,
    /// Print a summary as JSON
    #[arg(long)]
    json: bool,
}

impl Simulate {
    /// Runs the command; a summary, or with `--print` the events, go to `out`.
    ///
    /// # Errors
    /// A key is missing, the hub went away, or `out` or the truth cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let until = self.until.map_or_else(Timestamp::now, carehub_domain::time::start_of_day);
        let months = self.years.map_or(self.months, |years| years.saturating_mul(12));
        let from =
            carehub_domain::time::london_date(until).saturating_sub(i64::from(months).months());
        let from = if months == 0 { until } else { carehub_domain::time::start_of_day(from) };
        let county = Simulation::new(Settings { seed: self.seed, homes: self.homes, from, until });
        if let Some(path) = &self.truth {
            let text = serde_json::to_vec_pretty(&county.truth())?;
            std::fs::write(path, text)
                .with_context(|| format!("could not write {}", path.display()))?;
        }
        if self.print {
            for event in county
                .register_events()
                .into_iter()
                .chain(county.history().map(|spoken| spoken.event))
            {
                out.write_all(&event.payload)
                    .and_then(|()| writeln!(out))
                    .context("could not print an event")?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut agencies = self.connect().await?;
        let sent = self.tell(&county, months, &mut agencies).await?;
        let summary = json!({ "seed": self.seed, "homes": self.homes, "from": from, "until": until, "events": sent });
        if self.json {
            writeln!(out, "{summary}")?;
        } else {
            writeln!(out, "{sent} events of {} homes are in the log.", self.homes)?;
        }
        out.flush()?;
        if self.live {
            let told = self.go_on(&county, &mut agencies).await?;
            if self.json {
                writeln!(out, "{}", json!({ "live": told }))?;
            } else {
                writeln!(out, "{told} more while live.")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// A publisher for each agency of the county.
    async fn connect(&self) -> anyhow::Result<BTreeMap<&'static str, Publisher>> {
        let directory = self.credentials.as_ref().context("--credentials is missing")?;
        let mut agencies = BTreeMap::new();
        for name in Simulation::agencies() {
            let to = To {
                url: self.nats.clone(),
                key: secret(&directory.join(format!("{name}.nk")))?,
                tls: self.tls.tls(),
                agency: BodyId::new(name)?,
                spool: None,
                // Some of what the county says is invalid on purpose.
                check: false,
            };
            agencies.insert(name, Publisher::open(to).await.with_context(|| format!("as {name}"))?);
        }
        Ok(agencies)
    }

    /// Sends the register and the history; returns how many events that was.
    async fn tell(
        &self,
        county: &Simulation,
        months: u32,
        agencies: &mut BTreeMap<&'static str, Publisher>,
    ) -> anyhow::Result<usize> {
        let mut sent = publish(county.register_events(), agencies).await?;
        if months == 0 {
            return Ok(sent);
        }
        let history: Vec<Spoken> = county.history().collect();
        let progress = bar(history.len(), "telling", self.json);
        let mut wave = Vec::new();
        let mut under_way: BTreeMap<String, String> = BTreeMap::new();
        for Spoken { event, follows, .. } in history {
            // What is about another agency's event waits until that one is in the log. One agency's
            // events keep their order by themselves; the rest of a wave may arrive in any.
            let earlier = follows.as_ref().and_then(|earlier| under_way.get(earlier));
            if wave.len() >= WAVE || earlier.is_some_and(|agency| *agency != event.agency) {
                progress.inc(wave.len() as u64);
                sent += publish(std::mem::take(&mut wave), agencies).await?;
                under_way.clear();
            }
            under_way.insert(event.id.clone(), event.agency.clone());
            wave.push(event);
        }
        sent += publish(wave, agencies).await?;
        progress.finish_and_clear();
        Ok(sent)
    }

    /// One concern after the other, until interrupted.
    async fn go_on(
        &self,
        county: &Simulation,
        agencies: &mut BTreeMap<&'static str, Publisher>,
    ) -> anyhow::Result<u64> {
        if !(self.rate > 0.0 && self.rate <= 10_000.0) {
            bail!("--rate is a number above 0 and up to 10,000");
        }
        let mut live = county.live(Timestamp::now());
        let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / self.rate));
        let mut told = 0;
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        while self.live_limit.is_none_or(|limit| told < limit) {
            tokio::select! {
                _ = clock.tick() => {}
                _ = &mut interrupted => break,
            }
            let Some(event) = live.next_at(Timestamp::now()) else {
                break;
            };
            publish(vec![event], agencies).await?;
            told += 1;
        }
        Ok(told)
    }
}

/// Publishes the events, each over its agency's own connection and in its order there.
async fn publish(
    events: Vec<Outgoing>,
    agencies: &mut BTreeMap<&'static str, Publisher>,
) -> anyhow::Result<usize> {
    let count = events.len();
    let mut by_agency: BTreeMap<String, Vec<Outgoing>> = BTreeMap::new();
    for event in events {
        by_agency.entry(event.agency.clone()).or_default().push(event);
    }
    for (agency, events) in by_agency {
        let publisher =
            agencies.get_mut(agency.as_str()).with_context(|| format!("no key for {agency}"))?;
        for outcome in publisher.publish_all(events, Timestamp::now(), |_| {}).await? {
            if let Outcome::Refused(error) = outcome {
                return Err(error).with_context(|| format!("as {agency}"));
            }
        }
    }
    Ok(count)
}
