//! Three real servers with the generated configuration: a cluster that keeps each message three times.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use carehub::nats::{
    Agency, Cluster, Credentials, HubKeys, ServerBlock, ServerTls, SyncInterval, configuration,
};
use carehub_storage::Connection;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, StreamSettings};
use carehub_tests::free_port;
use tokio::time::Instant;

use super::{certificates, shown};

/// A cluster elects its leaders within seconds; the rest is a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that dies with the test.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn node(dir: &Path, block: &ServerBlock, credentials: &Credentials) -> Node {
    let keys = HubKeys {
        hub: credentials.hub_public_key().to_owned(),
        erasure: credentials.erasure_public_key().to_owned(),
    };
    let text = configuration(block, &keys, credentials.accounts()).expect("generate");
    let file = dir.join(format!("{}.conf", block.name));
    std::fs::write(&file, text).expect("write the configuration");
    let log = std::fs::File::create(dir.join(format!("{}.log", block.name))).expect("a log");
    let binary = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
    let child = Command::new(binary)
        .arg("-c")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("run nats-server; is NATS_SERVER set?");
    Node(child)
}

fn logs(dir: &Path) -> String {
    let read = |name| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
    ["a.log", "b.log", "c.log"].map(read).join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_three_goes_on_when_one_is_gone() {
    let dir = tempfile::tempdir().expect("a directory");
    let tls: PathBuf = dir.path().join("tls");
    certificates(&tls, &["police"]);
    let seeds = dir.path().join("credentials");
    let credentials = Credentials::ensure(&seeds, &[Agency::new("police")]).expect("credentials");
    let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let ports: Vec<(u16, u16)> = (0..3).map(|_| (free_port(), free_port())).collect();
    let routes: Vec<String> = ports.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect();
    let mut nodes: Vec<Node> = ["a", "b", "c"]
        .iter()
        .zip(&ports)
        .map(|(name, (clients, others))| {
            let block = ServerBlock {
                name: (*name).to_owned(),
                listen: local(*clients),
                store: dir.path().join(name),
                sync: SyncInterval::Always,
                max_file_bytes: 1 << 30,
                own: None,
                tls: Some(ServerTls {
                    authority: tls.join("ca.pem"),
                    certificate: tls.join("server.pem"),
                    key: tls.join("server-key.pem"),
                }),
                cluster: Some(Cluster {
                    name: "carehub".to_owned(),
                    listen: local(*others),
                    routes: routes.clone(),
                }),
                leafnodes: None,
            };
            node(dir.path(), &block, &credentials)
        })
        .collect();
    let urls: Vec<_> = ports.iter().map(|(port, _)| format!("tls://127.0.0.1:{port}")).collect();
    let connection = |who: &str| {
        let seed = std::fs::read_to_string(credentials.seed_path(who)).expect("a seed");
        let mut connection = Connection::new(urls.join(","), who)
            .with_key(seed)
            .with_inbox_prefix(format!("_INBOX_{who}"))
            .with_tls(shown(&tls, Some((&tls, "police"))));
        connection.connect_within = PATIENCE;
        connection.give_up_after = PATIENCE;
        connection
    };
    let log = Log::connect(&connection("hub")).await.expect("connect");
    let deadline = Instant::now() + PATIENCE;
    // Until the servers have found each other there is nobody to keep three copies.
    while let Err(error) = log.ensure_stream(&StreamSettings { replicas: 3 }).await {
        assert!(Instant::now() < deadline, "{error:?}\n{}", logs(dir.path()));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let police = AgencyLink::connect_with(&connection("police")).await.expect("connect");
    let subject = "carehub.concern.police.1-1";
    police.publish(subject, "before".into()).await.expect("publish");

    drop(nodes.remove(0));
    police.publish(subject, "after".into()).await.unwrap_or_else(|error| {
        panic!("{error:?}\n{}", logs(dir.path()));
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = log.get_many(&[1, 2]).await.unwrap_or_default();
        let texts: Vec<_> = stored.into_iter().flatten().map(|stored| stored.payload).collect();
        if texts == ["before", "after"] {
            return;
        }
        assert!(Instant::now() < deadline, "{texts:?}\n{}", logs(dir.path()));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
