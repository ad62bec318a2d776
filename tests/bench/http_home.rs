//! A home's picture over HTTP, beside an empty answer by the same library.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use carehub::hub::{self, Parts};
use carehub::settings::SettingsArgs;
use carehub_contract::encode_policy;
use carehub_domain::BodyId;
use carehub_storage::log::Log;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::concerns::{self, Said, Wanted};
use crate::report::{Line, Of, median, note};
use crate::scene::shipped_policy;

/// Connections, each with one request at a time.
const CONNECTIONS: usize = 8;

/// How long each side is asked, a round.
const FOR: Duration = Duration::from_secs(3);

/// Concerns about the homes that are asked for: fifty a home.
const EVENTS: usize = 50 * concerns::HOMES;

/// Who asks.
const READER: &str = "council-qa";
const TOKEN: &str = "bench-token";

/// Requests a second, by eight connections that are kept open.
pub(crate) async fn measure(dir: &Path, rounds: usize) -> anyhow::Result<Line> {
    let of = Of { bench: "http-home", sync: None, unit: "requests/s", baseline: "empty-handler" };
    let dir = tempfile::tempdir_in(dir)?;
    let log = Log::in_memory();
    let policy = shipped_policy()?;
    let encoded = encode_policy(&policy, Timestamp::now())?;
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await?;
    for Said { subject, payload, .. } in
        concerns::make(Wanted { count: EVENTS, name: "http", crime_every: 0 })
    {
        log.publish(&subject, payload).await?;
    }
    let settings = SettingsArgs {
        data_dir: Some(dir.path().to_owned()),
        http: Some("127.0.0.1:0".to_owned()),
        // What is measured is the server, not its limit for one credential.
        rate_limit: Some(0),
        ..SettingsArgs::default()
    };
    let tokens = BTreeMap::from([(BodyId::new(READER)?, TOKEN.to_owned())]);
    let parts = Parts { aggregator: true, dashboard: true };
    let mut running = hub::start(log, &settings.resolve()?, parts, &tokens, None).await?;
    running.ready().await?;
    let of_home = running.http.context("the hub serves no HTTP")?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let hub = tokio::spawn(running.until(async {
        // An error means that the sender is gone, which is a stop as well.
        let _ = stopped.await;
    }));
    let empty = empty_handler().await?;

    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let (baseline, _) = asked(empty).await?;
        let (figure, bytes) = asked(of_home).await?;
        baselines.push(baseline);
        figures.push(figure);
        if round == 0 {
            note(&format!("a home's answer has {bytes} bytes"));
        }
    }
    let _ = stop.send(());
    hub.await??;
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}

/// The baseline: the same path, and nothing behind it.
async fn empty_handler() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/api/v1/homes/{id}", get(async || {}));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Requests a second, and the bytes of an average body.
async fn asked(address: SocketAddr) -> anyhow::Result<(f64, usize)> {
    let mut asking = JoinSet::new();
    let began = Instant::now();
    for connection in 0..CONNECTIONS {
        asking.spawn(ask(address, connection, began + FOR));
    }
    let (mut requests, mut bytes) = (0, 0);
    while let Some(asked) = asking.join_next().await {
        let (of_connection, bodies) = asked??;
        requests += of_connection;
        bytes += bodies;
    }
    let took = began.elapsed().as_secs_f64();
    Ok((requests as f64 / took, bytes / requests.max(1)))
}

async fn ask(
    address: SocketAddr,
    connection: usize,
    until: Instant,
) -> anyhow::Result<(usize, usize)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut requests, mut bytes) = (0, 0);
    let mut answer = Vec::with_capacity(64 * 1024);
    while Instant::now() < until {
        let home = concerns::home((requests * CONNECTIONS + connection) % concerns::HOMES);
        let request = format!(
            "GET /api/v1/homes/{home} HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {TOKEN}\r\nAccept: application/json\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        bytes += read_answer(&mut stream, &mut answer).await?;
        requests += 1;
    }
    Ok((requests, bytes))
}

/// Reads one whole answer; returns the length of its body.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<usize> {
    answer.clear();
    let body_at = loop {
        anyhow::ensure!(stream.read_buf(answer).await? > 0, "the server closed the connection");
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = std::str::from_utf8(&answer[..body_at]).context("read the head of an answer")?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "the server answers: {head}");
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())
        .context("read the length of an answer")?;
    while answer.len() < body_at + length {
        anyhow::ensure!(stream.read_buf(answer).await? > 0, "the server closed the connection");
    }
    Ok(length)
}
