//! A fresh table from the whole log, beside reading the log alone.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use carehub_storage::log::STREAM;
use futures_util::StreamExt as _;

use crate::ingest;
use crate::report::{Line, Of, median, note};
use crate::scene::{Running, Scene};

/// Messages asked for at once; fewer make reading slower.
const BATCH: usize = 4_000;

/// Messages of the log a second.
pub(crate) async fn measure(scene: &Scene, events: usize, rounds: usize) -> anyhow::Result<Line> {
    let of = Of {
        bench: "rebuild",
        sync: Some(scene.sync),
        unit: "messages/s",
        baseline: "ordered-pull",
    };
    let running = ingest::told(scene, events).await?;
    let last = running.log.last_sequence().await?;
    note(&format!("the log holds {last} messages, {events} of them events"));
    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        baselines.push(pulled(&running, last).await?);
        figures.push(rebuilt(&running, last, round).await?);
    }
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}

/// The baseline: a plain client pulls every message in order and looks at none.
async fn pulled(running: &Running, last: u64) -> anyhow::Result<f64> {
    let jetstream = async_nats::jetstream::new(running.raw().await?);
    let stream = jetstream.get_stream_no_info(STREAM).await?;
    let began = Instant::now();
    let consumer = stream
        .create_consumer(Config {
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::None,
            memory_storage: true,
            ..Config::default()
        })
        .await?;
    let mut messages = consumer
        .stream()
        .max_messages_per_batch(BATCH)
        .expires(Duration::from_secs(30))
        .messages()
        .await?;
    for expected in 1..=last {
        let message = messages.next().await.context("the log ended")??;
        let info = message.info().map_err(|error| anyhow::anyhow!(error))?;
        anyhow::ensure!(info.stream_sequence == expected, "a message is missing");
    }
    Ok(last as f64 / began.elapsed().as_secs_f64())
}

async fn rebuilt(running: &Running, last: u64, round: usize) -> anyhow::Result<f64> {
    let began = Instant::now();
    let (mut aggregator, _) = running.aggregator(&format!("rebuilt-{round}")).await?;
    aggregator.fold_through(last, |_| {}).await?;
    let took = began.elapsed();
    anyhow::ensure!(aggregator.view().progress().position == last, "the rebuild is not whole");
    Ok(last as f64 / took.as_secs_f64())
}
