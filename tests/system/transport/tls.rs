//! TLS with client certificates: who is let in, and who is not.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use carehub::nats::{self, Agency, Credentials, ServerSettings, ServerTls};
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, StreamSettings};
use carehub_storage::{ConnectError, Connection, Tls};
use tempfile::TempDir;

use super::{certificates, shown};
use crate::harness::Server;
use crate::process::{Hub, carehub};
use crate::raw::Raw;

const SUBJECT: &str = "carehub.concern.police.1-100000001";

/// A server that speaks TLS only, with the police and the ambulance.
struct Secured {
    dir: TempDir,
    server: nats::Server,
    credentials: Credentials,
}

impl Secured {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        certificates(&dir.path().join("tls"), &["police", "hub"]);
        certificates(&dir.path().join("others"), &["police"]);
        let agencies = [Agency::new("police"), Agency::new("ambulance")];
        let seeds = dir.path().join("credentials");
        let credentials = Credentials::ensure(&seeds, &agencies).expect("credentials");
        let mut settings = ServerSettings::new(dir.path(), &credentials);
        let file = |name: &str| dir.path().join("tls").join(name);
        settings.tls = Some(ServerTls {
            authority: file("ca.pem"),
            certificate: file("server.pem"),
            key: file("server-key.pem"),
        });
        let server =
            nats::Server::start(settings, credentials.accounts()).await.expect("start nats-server");
        let secured = Self { dir, server, credentials };
        let hub = secured.connection("hub", shown(&secured.own(), Some((&secured.own(), "hub"))));
        let log = Log::connect(&hub).await.expect("the hub is let in");
        log.ensure_stream(&StreamSettings::default()).await.expect("create the stream");
        secured
    }

    fn own(&self) -> std::path::PathBuf {
        self.dir.path().join("tls")
    }

    fn others(&self) -> std::path::PathBuf {
        self.dir.path().join("others")
    }

    /// With the key of `who`, and patience for one attempt only.
    fn connection(&self, who: &str, tls: Tls) -> Connection {
        let seed = std::fs::read_to_string(self.credentials.seed_path(who)).expect("a seed");
        let mut connection = Connection::new(self.server.url(), who)
            .with_key(seed)
            .with_inbox_prefix(format!("_INBOX_{who}"))
            .with_tls(tls);
        connection.connect_within = Duration::from_secs(20);
        connection
    }

    /// Nobody who is not let in gets as far as a publish.
    async fn check_refused(&self, what: &str, tls: Tls) {
        let mut connection = self.connection("police", tls);
        connection.connect_within = Duration::from_millis(500);
        let refused = AgencyLink::connect_with(&connection).await;
        assert!(matches!(refused, Err(ConnectError::Unreachable { .. })), "{what}");
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        self.server.kill();
    }
}

#[tokio::test]
async fn only_the_right_certificate_with_the_right_key_is_let_in() {
    let server = Secured::start().await;
    let (own, others) = (server.own(), server.others());
    let right = || shown(&own, Some((&own, "police")));

    let link = AgencyLink::connect_with(&server.connection("police", right())).await;
    let link = link.unwrap_or_else(|error| panic!("the police are not let in: {error:?}"));
    link.publish(SUBJECT, "x".into()).await.expect("publish");

    server.check_refused("no certificate", shown(&own, None)).await;
    server.check_refused("another authority's", shown(&own, Some((&others, "police")))).await;
    // The client has a say too: it does not talk to a server of another authority.
    server.check_refused("a false server", shown(&others, Some((&own, "police")))).await;

    let mut stranger = server.connection("police", right());
    stranger.key = Some(nkeys::KeyPair::new_user().seed().expect("a seed"));
    let refused = AgencyLink::connect_with(&stranger).await.err();
    assert!(matches!(refused, Some(ConnectError::Refused { .. })), "{refused:?}");

    // A certificate opens the door only: with the ambulance's key the police's certificate is the
    // ambulance.
    let ambulance = server.connection("ambulance", right());
    let ambulance = AgencyLink::connect_with(&ambulance).await.expect("let in");
    assert!(ambulance.publish(SUBJECT, "forged".into()).await.is_err());
}

/// The right key, correctly signed, in plain text.
#[tokio::test]
async fn plain_text_is_refused() {
    let server = Secured::start().await;
    let address = server.server.url().replace("nats://", "");
    let plain = Raw::connect(&address, &server.credentials.seed_path("police")).await;
    assert!(plain.is_err(), "the server answers in plain text");
    // The same client is let in where there is no TLS: it is not the client that fails.
    let open = Server::start(&["police"]).await;
    let address = open.url().replace("nats://", "");
    let plain = Raw::connect(&address, &open.credentials().seed_path("police")).await;
    assert!(plain.is_ok(), "{:?}", plain.err());
}

/// Whoever asks for TLS does not sign in on a server that has none: it may not be the hub.
#[tokio::test]
async fn a_client_that_asks_for_tls_does_not_speak_to_a_server_without() {
    let dir = tempfile::tempdir().expect("a directory");
    certificates(dir.path(), &["police"]);
    let server = Server::start(&["police"]).await;
    let seed = std::fs::read_to_string(server.credentials().seed_path("police")).expect("a seed");
    let mut connection = Connection::new(server.url(), "police")
        .with_key(seed)
        .with_tls(shown(dir.path(), Some((dir.path(), "police"))));
    connection.connect_within = Duration::from_millis(500);
    let refused = AgencyLink::connect_with(&connection).await;
    assert!(matches!(refused, Err(ConnectError::Unreachable { .. })));
    connection.tls = Tls::default();
    AgencyLink::connect_with(&connection).await.expect("without TLS it is let in");
}

/// The whole way by the command line: certificates, a hub, an agency that speaks and reads.
#[tokio::test]
async fn the_command_line_speaks_tls_from_end_to_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let tls = dir.path().join("tls");
    let made =
        run(&["nats", "certificates", "--server", "server", "--client", "police", "--out"], &tls);
    assert!(made.status.success(), "{made:?}");
    let flags = |name: &str| -> Vec<String> {
        let file = |name: &str| tls.join(name).to_str().expect("UTF-8").to_owned();
        let (cert, key) = (format!("{name}.pem"), format!("{name}-key.pem"));
        let pairs = [("--nats-ca", "ca.pem"), ("--nats-cert", &cert), ("--nats-key", &key)];
        pairs.iter().flat_map(|(flag, name)| [(*flag).to_owned(), file(name)]).collect()
    };
    let server = flags("server");
    let server: Vec<&str> = server.iter().map(String::as_str).collect();
    let hub = Hub::start_with(&dir.path().join("data"), &server);
    let publish = |tls: &[String]| {
        let mut command = Command::new(carehub());
        command
            .args(["publish", "--json", "--type", "concern.raised", "--home", "F00001"])
            .args(["--set", "kind=soft-intelligence", "--set", "severity=low"])
            .args([
                "--set",
                "occurred_at=2026-01-31",
                "--set",
                "summary=Fictional: a door was open.",
            ])
            .args(["--nats", &hub.nats_url(), "--key"])
            .arg(hub.key("police"))
            .args(tls);
        command.output().expect("run carehub")
    };
    let said = publish(&flags("police"));
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success() && text.contains("\"stored\""), "{said:?}");
    assert!(!publish(&[]).status.success(), "without a certificate it is refused");
}

fn run(arguments: &[&str], last: &Path) -> Output {
    Command::new(carehub()).args(arguments).arg(last).output().expect("run carehub")
}
