//! How long an erased text stays on the disks of a three-node cluster: `cargo xtask erasure-cluster`.
//!
//! Three nats-servers, the log with three replicas, a tombstone, a deletion with the erasure key; then each
//! server's store is searched byte by byte until the text is in none. Fails after ten minutes.
#![expect(clippy::print_stdout, reason = "it reports what it measures")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use carehub::nats::{Agency, Credentials, ServerSettings, server_configuration};
use carehub_storage::Connection;
use carehub_storage::log::{Eraser, Log, StreamSettings};
use carehub_tests::free_port;
use tempfile::TempDir;

/// What `docs/RUNBOOK.md` promises.
const WITHIN: Duration = Duration::from_secs(600);

/// How long the cluster may take to elect its leaders.
const PATIENCE: Duration = Duration::from_secs(120);

const TEXT: &str = "a dotterel that nothing else on this machine holds";

struct Node {
    process: Child,
    dir: PathBuf,
    url: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let root = tempfile::tempdir()?;
    let credentials =
        Credentials::ensure(&root.path().join("credentials"), &[Agency::new("police")])?;
    let nodes = start(&root, &credentials)?;
    let urls: Vec<String> = nodes.iter().map(|node| node.url.clone()).collect();
    let seed = |name: &str| std::fs::read_to_string(credentials.seed_path(name));
    let connection = Connection::new(urls.join(","), "erasure cluster").with_key(seed("hub")?);
    let log = Log::connect(&connection).await?;
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = log.ensure_stream(&StreamSettings { replicas: 3 }).await {
        ensure!(Instant::now() < deadline, "no stream with three replicas: {error}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let say = |n: u32| {
        let payload = format!("{{\"n\":{n},\"summary\":\"{TEXT}, number {n}\"}}");
        (format!("carehub.concern.police.home-{n}"), Bytes::from(payload))
    };
    let positions = log.publish_all((0..20).map(say), 16, |_| {}).await?;
    let holding = |nodes: &[Node]| -> Vec<usize> {
        nodes.iter().map(|node| occurrences(&node.dir)).collect()
    };
    println!(
        "Published {} messages; the servers hold the text {:?} times.",
        positions.len(),
        holding(&nodes)
    );
    ensure!(holding(&nodes).iter().all(|times| *times > 0), "the search finds what is there");
    for position in &positions {
        log.publish(&format!("carehub.tombstone.{position}"), Bytes::from_static(b"{}")).await?;
    }
    let connection = Connection::new(urls[0].as_str(), "erasure").with_key(seed("erasure")?);
    let eraser = Eraser::connect(&connection).await?;
    let began = Instant::now();
    for position in &positions {
        ensure!(eraser.erase(*position).await?, "{position} was not there");
    }
    println!(
        "Erased in {:.1} s; the servers hold the text {:?} times.",
        began.elapsed().as_secs_f64(),
        holding(&nodes)
    );
    let mut last = Vec::new();
    loop {
        let now = holding(&nodes);
        if now != last {
            println!("{:6.1} s after: {now:?}", began.elapsed().as_secs_f64());
            last.clone_from(&now);
        }
        if now.iter().all(|times| *times == 0) {
            break;
        }
        if began.elapsed() > WITHIN {
            for node in &nodes {
                println!("{}", files(&node.dir).join("\n"));
            }
            bail!("the text is still there after {} s", WITHIN.as_secs());
        }
        // Something is said now and then, as in a county: compaction needs that.
        let n = began.elapsed().as_secs() % 1_000;
        log.publish(&format!("carehub.concern.police.home-{n}"), Bytes::from_static(b"{}")).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!(
        "The text was on none of the three disks after {:.0} s.",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn start(root: &TempDir, credentials: &Credentials) -> anyhow::Result<Vec<Node>> {
    let program = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
    let routes: Vec<u16> = (0..3).map(|_| free_port()).collect();
    let mut nodes = Vec::new();
    for n in 0..3 {
        let dir = root.path().join(format!("node-{n}"));
        std::fs::create_dir_all(dir.join("nats/ports"))?;
        let mut settings = ServerSettings::new(&dir, credentials);
        settings.address.set_port(free_port());
        let others: Vec<String> =
            routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let text = server_configuration(&settings, credentials.accounts())?;
        let text =
            text.replace("server_name: \"carehub\"", &format!("server_name: \"carehub-{n}\""));
        // The system account is the server's own: cluster members speak through it.
        let cluster = format!(
            "cluster {{ name: carehub, listen: \"127.0.0.1:{}\", routes: [{}] }}\n",
            routes[n],
            others.join(", "),
        );
        let file = dir.join("nats/server.conf");
        std::fs::write(&file, format!("{text}{cluster}"))?;
        let process = Command::new(&program)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start nats-server")?;
        let url = format!("nats://{}", settings.address);
        nodes.push(Node { process, dir, url });
    }
    Ok(nodes)
}

/// How often the text stands in the files below `root`.
fn occurrences(root: &Path) -> usize {
    each_file(root, &mut |bytes, _| {
        bytes.windows(TEXT.len()).filter(|part| *part == TEXT.as_bytes()).count()
    })
}

fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    each_file(root, &mut |bytes, path| {
        if bytes.windows(TEXT.len()).any(|part| part == TEXT.as_bytes()) {
            found.push(path.display().to_string());
        }
        0
    });
    found
}

fn each_file(root: &Path, look: &mut impl FnMut(&[u8], &Path) -> usize) -> usize {
    let mut sum = 0;
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sum += each_file(&path, look);
        } else if let Ok(bytes) = std::fs::read(&path) {
            sum += look(&bytes, &path);
        }
    }
    sum
}
