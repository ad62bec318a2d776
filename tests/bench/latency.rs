//! From a publish that may be about a crime to the police holding the escalation, beside a publish
//! and its acknowledgement, both at the same steady rate.
//!
//! The load is open: an event is due at its own time whether or not earlier ones were answered, and
//! latency counts from when it was due, so that a stall is counted for every event that it delayed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use carehub_contract::Subject;
use carehub_storage::link::AgencyLink;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::concerns::{self, Said, Wanted};
use crate::report::{Line, Of, median, note, percentile};
use crate::scene::{Running, Scene};

/// Events a second.
const RATE: u64 = 500;

/// One in ten may be about a crime.
const CRIME_EVERY: usize = 10;

/// Whom a possible crime goes to.
const POLICE: &str = "police";

/// What comes in the first second is not counted: connections and caches are cold.
const WARM_UP: usize = RATE as usize;

/// How long the last escalations may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a fetch waits for a first message.
const FETCH_FOR: Duration = Duration::from_millis(500);

/// How often the police may fail to fetch before the bench gives up.
const FETCH_FAILURES: u32 = 3;

const PERCENTILES: [u8; 2] = [50, 99];

/// Milliseconds, half of them and nearly all of them not above.
pub(crate) async fn measure(
    scene: &Scene,
    seconds: u64,
    rounds: usize,
) -> anyhow::Result<Vec<Line>> {
    let of =
        Of { bench: "latency", sync: Some(scene.sync), unit: "ms", baseline: "jetstream-publish" };
    let mut figures = PERCENTILES.map(|_| Vec::new());
    let mut baselines = PERCENTILES.map(|_| Vec::new());
    for _ in 0..rounds {
        keep(&mut baselines, acknowledged(scene, seconds).await?);
        keep(&mut figures, escalated(scene, seconds).await?);
    }
    let pairs = figures.iter_mut().zip(&mut baselines).zip(PERCENTILES);
    Ok(pairs
        .map(|((figures, baselines), percentile)| Line {
            percentile: Some(percentile),
            ..of.line(median(figures), median(baselines))
        })
        .collect())
}

fn keep(rounds: &mut [Vec<f64>; 2], mut latencies: Vec<f64>) {
    for (round, share) in rounds.iter_mut().zip(PERCENTILES) {
        round.push(percentile(&mut latencies, share));
    }
}

/// The baseline: the same events, the same rate, the same kind of server, and no hub.
async fn acknowledged(scene: &Scene, seconds: u64) -> anyhow::Result<Vec<f64>> {
    let running = scene.start().await?;
    let sent = speak(&running, seconds).await?;
    Ok(sent.iter().skip(WARM_UP).map(|sent| millis(sent.acknowledged - sent.due)).collect())
}

async fn escalated(scene: &Scene, seconds: u64) -> anyhow::Result<Vec<f64>> {
    let running = scene.start().await?;
    let hub = running.hub().await?;
    let (expect, expected) = watch::channel(usize::MAX);
    let listening = tokio::spawn(listen(running.agency(POLICE).await?, expected));
    let sent = speak(&running, seconds).await?;
    let crimes: Vec<&Sent> = sent.iter().skip(WARM_UP).filter(|sent| sent.is_crime).collect();
    let last = sent.iter().map(|sent| sent.position).max().unwrap_or_default();
    hub.folded(last).await?;
    hub.settled().await?;
    // Whatever is not fetched by now is fetched still: it counts as late as it is.
    let _ = expect.send(sent.iter().filter(|sent| sent.is_crime).count());
    let arrived = tokio::time::timeout(PATIENCE, listening)
        .await
        .context("the police's consumer does not come to its end")???;
    hub.stop().await?;
    let mut latencies = Vec::with_capacity(crimes.len());
    for crime in &crimes {
        let at = arrived.get(&crime.position).context("a possible crime was not escalated")?;
        latencies.push(millis(*at - crime.due));
    }
    let mut acks: Vec<f64> =
        sent.iter().skip(WARM_UP).map(|sent| millis(sent.acknowledged - sent.due)).collect();
    note(&format!(
        "{} escalations; meanwhile publishes were acknowledged in {:.2} ms (p50), {:.2} ms (p99)",
        crimes.len(),
        percentile(&mut acks, 50),
        percentile(&mut acks, 99)
    ));
    Ok(latencies)
}

/// What became of a publish.
struct Sent {
    due: Instant,
    acknowledged: Instant,
    position: u64,
    is_crime: bool,
}

/// Publishes at the rate, each by its agency's own connection, and waits for every answer.
async fn speak(running: &Running, seconds: u64) -> anyhow::Result<Vec<Sent>> {
    let links = running.agencies(&concerns::agencies()).await?;
    let count = usize::try_from(RATE * seconds)? + WARM_UP;
    let said = concerns::make(Wanted { count, name: "latency", crime_every: CRIME_EVERY });
    let links: BTreeMap<&str, Arc<AgencyLink>> =
        links.into_iter().map(|(agency, link)| (agency, Arc::new(link))).collect();
    let mut clock = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    // Whatever was missed is sent at once, and counts from when it was due.
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut publishing = JoinSet::new();
    for Said { agency, subject, payload, is_crime } in said {
        let link = Arc::clone(links.get(agency).context("an agency is not connected")?);
        let due = clock.tick().await;
        publishing.spawn(async move {
            let position = link.publish(&subject, payload).await?;
            anyhow::Ok(Sent { due, acknowledged: Instant::now(), position, is_crime })
        });
    }
    let mut sent = Vec::with_capacity(count);
    while let Some(done) = publishing.join_next().await {
        sent.push(done??);
    }
    sent.sort_by_key(|sent| sent.due);
    Ok(sent)
}

#[derive(Deserialize)]
struct Envelope {
    data: Escalated,
}

#[derive(Deserialize)]
struct Escalated {
    cause: Cause,
}

#[derive(Deserialize)]
struct Cause {
    position: u64,
}

/// When the police had the escalation of each event, by the event's position. Reads their durable
/// consumer until it has as many as it is told to expect.
async fn listen(
    link: AgencyLink,
    expected: watch::Receiver<usize>,
) -> anyhow::Result<BTreeMap<u64, Instant>> {
    let mut arrived = BTreeMap::new();
    let mut failures = 0;
    while arrived.len() < *expected.borrow() {
        let deliveries = match link.fetch(POLICE, 64, FETCH_FOR).await {
            Ok(deliveries) => deliveries,
            // As a subscriber would: what was on its way comes again, and counts as late as it is.
            Err(error) if failures < FETCH_FAILURES => {
                note(&format!("the police fetch again: {error}"));
                failures += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let now = Instant::now();
        for delivery in deliveries {
            if let Ok(Subject::Escalation { .. }) = Subject::parse(&delivery.subject) {
                let envelope: Envelope =
                    serde_json::from_slice(&delivery.payload).context("read an escalation")?;
                arrived.entry(envelope.data.cause.position).or_insert(now);
            }
            delivery.ack().await?;
        }
    }
    Ok(arrived)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
