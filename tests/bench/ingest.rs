//! From the first publish until the last event is folded, beside publishing alone.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use anyhow::Context as _;
use carehub_storage::link::AgencyLink;

use crate::concerns::{self, Said, Wanted};
use crate::report::{Line, Of, median, note};
use crate::scene::{Running, Scene};

/// Publishes that wait for their acknowledgement, all agencies together.
const IN_FLIGHT: usize = 2_048;

/// Events a second, of many agencies at once.
pub(crate) async fn measure(scene: &Scene, events: usize, rounds: usize) -> anyhow::Result<Line> {
    let of = Of {
        bench: "ingest",
        sync: Some(scene.sync),
        unit: "events/s",
        baseline: "jetstream-publish",
    };
    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        baselines.push(published(scene, events).await?);
        figures.push(folded(scene, events).await?);
    }
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}

/// The baseline: the same messages by one plain client straight into the stream, which is the
/// fastest way there is.
async fn published(scene: &Scene, events: usize) -> anyhow::Result<f64> {
    let running = scene.start().await?;
    let jetstream = async_nats::jetstream::new(running.raw().await?);
    let said = concerns::make(Wanted { count: events, name: "raw", crime_every: 0 });
    let began = Instant::now();
    let mut waiting = VecDeque::with_capacity(IN_FLIGHT);
    for Said { subject, payload, .. } in said {
        if waiting.len() == IN_FLIGHT
            && let Some(ack) = waiting.pop_front()
        {
            acknowledged(ack).await?;
        }
        waiting.push_back(jetstream.publish(subject, payload).await?);
    }
    for ack in waiting {
        acknowledged(ack).await?;
    }
    Ok(events as f64 / began.elapsed().as_secs_f64())
}

async fn acknowledged(ack: async_nats::jetstream::context::PublishAckFuture) -> anyhow::Result<()> {
    ack.await.context("publish")?;
    Ok(())
}

async fn folded(scene: &Scene, events: usize) -> anyhow::Result<f64> {
    let running = scene.start().await?;
    let hub = running.hub().await?;
    let links = running.agencies(&concerns::agencies()).await?;
    let said = concerns::make(Wanted { count: events, name: "said", crime_every: 0 });
    let began = Instant::now();
    let last = publish(&links, said).await?;
    let acknowledged = began.elapsed();
    hub.folded(last).await?;
    let took = began.elapsed();
    hub.settled().await?;
    let settled = began.elapsed();
    let accepted = hub.verdicts("accepted");
    anyhow::ensure!(accepted == events as u64, "{accepted} of {events} events were accepted");
    note(&format!(
        "{events} events acknowledged after {acknowledged:.2?}, folded after {took:.2?}; \
         {} messages of the hub, the last read back after {settled:.2?}",
        hub.metrics.published.get()
    ));
    hub.stop().await?;
    Ok(events as f64 / took.as_secs_f64())
}

/// Every agency publishes its own, all at once. Returns the last position.
pub(crate) async fn publish(
    links: &BTreeMap<&'static str, AgencyLink>,
    said: Vec<Said>,
) -> anyhow::Result<u64> {
    let mut by_agency: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for Said { agency, subject, payload, .. } in said {
        by_agency.entry(agency).or_default().push((subject, payload));
    }
    let in_flight = (IN_FLIGHT / links.len().max(1)).max(1);
    let mut publishing = Vec::new();
    for (agency, messages) in by_agency {
        let link = links.get(agency).context("an agency speaks that is not connected")?.clone();
        publishing.push(tokio::spawn(async move {
            link.publish_all(messages, Some(in_flight), |_| {}).await
        }));
    }
    let mut last = 0;
    for agency in publishing {
        last = agency.await??.into_iter().fold(last, u64::max);
    }
    Ok(last)
}

/// A server whose log holds these events and all that the hub says of them, with the hub stopped.
pub(crate) async fn told(scene: &Scene, events: usize) -> anyhow::Result<Running> {
    let running = scene.start().await?;
    let hub = running.hub().await?;
    let links = running.agencies(&concerns::agencies()).await?;
    let said = concerns::make(Wanted { count: events, name: "told", crime_every: 0 });
    let last = publish(&links, said).await?;
    hub.folded(last).await?;
    hub.settled().await?;
    hub.stop().await?;
    Ok(running)
}
