//! The supervisor of nats-server: adoption, restarts, changes of accounts, refusal.

use std::time::Duration;

use async_nats::HeaderMap;
use carehub::nats::{Agency, Credentials, Server as Supervisor, ServerError, ServerSettings};

use crate::harness::{Party, Server, until};

/// The settings and accounts a restarted hub would come with.
fn again(server: &Server) -> ServerSettings {
    ServerSettings::new(server.data_dir(), server.credentials())
}

/// A second supervisor of the same directory, whose server does not outlive a failed test.
struct Next(Supervisor);

impl Next {
    async fn start(settings: ServerSettings) -> Self {
        Self(Supervisor::start(settings, &[]).await.expect("start"))
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        self.0.kill();
    }
}

fn credentials(server: &Server, agencies: &[&str]) -> Credentials {
    let agencies: Vec<_> = agencies.iter().map(|id| Agency::new(id)).collect();
    Credentials::ensure(&server.data_dir().join("credentials"), &agencies).expect("credentials")
}

async fn publishes(party: &Party) -> bool {
    let subject = format!("carehub.concern.{}.1-100000001", party.name());
    let answer = party.request_with_headers(subject, HeaderMap::new(), "x".into()).await;
    answer.is_ok_and(|answer| answer.payload.starts_with(b"{\"stream\":\"CAREHUB\""))
}

/// What `up` does: the hub's account alone, then the log, then the agencies of the policy; the
/// accounts must not need the log to be there.
#[tokio::test]
async fn a_first_run_serves_the_hub_alone_until_the_accounts_are_applied() {
    let dir = tempfile::tempdir().expect("make a temporary directory");
    let seeds = dir.path().join("credentials");
    let none = Credentials::ensure(&seeds, &[]).expect("credentials");
    let first = Next::start(ServerSettings::new(dir.path(), &none)).await;
    let agencies = [Agency { officers: vec!["desk-1".to_owned()], ..Agency::new("police") }];
    let credentials = Credentials::ensure(&seeds, &agencies).expect("credentials");
    let seed = std::fs::read_to_string(credentials.seed_path("police")).expect("a seed");
    let options = || async_nats::ConnectOptions::with_nkey(seed.clone());
    options().connect(first.0.url()).await.expect_err("not known yet");

    first.0.apply(credentials.accounts()).await.expect("apply");
    options().connect(first.0.url()).await.expect("known now");
}

#[tokio::test]
async fn a_server_left_behind_is_adopted_with_its_accounts() {
    let server = Server::start(&["police"]).await;
    let police = server.client("police").await;
    let (pid, url) = (server.supervisor().pid(), server.url());

    // Found under another name of its directory too.
    let elsewhere = tempfile::tempdir().expect("make a temporary directory");
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(server.data_dir(), &link).expect("link");
    let next = Next::start(ServerSettings::new(&link, server.credentials())).await;
    assert_eq!((next.0.pid(), next.0.url()), (pid, url));
    assert!(publishes(&police).await);
    // Nothing to change is nothing to reload.
    next.0.apply(server.credentials().accounts()).await.expect("apply");
    assert!(publishes(&police).await);
}

#[tokio::test]
async fn a_server_with_other_settings_is_replaced_and_the_log_kept() {
    let server = Server::start(&["police"]).await;
    assert!(publishes(&server.client("police").await).await);
    let (pid, url) = (server.supervisor().pid(), server.url());

    let mut settings = again(&server);
    settings.max_file_bytes = 1 << 30;
    let next = Next::start(settings).await;
    assert_ne!(next.0.pid(), pid);
    assert_eq!(next.0.url(), url);
    assert!(publishes(&server.client("police").await).await);
    assert_eq!(server.log().await.last_sequence().await.expect("a log"), 2);
}

#[tokio::test]
async fn a_pid_file_that_names_another_process_is_not_believed() {
    let server = Server::start(&["police"]).await;
    let (pid, url) = (server.supervisor().pid(), server.url());
    server.supervisor().stop().await.expect("stop");
    let nats = server.data_dir().join("nats");
    let record = std::fs::read_to_string(nats.join("server.json")).expect("a record");
    let ours = std::process::id();
    let record = record.replace(&pid.to_string(), &ours.to_string());
    std::fs::write(nats.join("server.json"), record).expect("write");
    std::fs::write(nats.join("server.pid"), ours.to_string()).expect("write");

    let next = Next::start(again(&server)).await;
    assert_ne!(next.0.pid(), ours);
    assert_eq!(next.0.url(), url);
    assert!(publishes(&server.client("police").await).await);
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_on_its_port_and_stopped_at_shutdown() {
    let server = Server::start(&["police"]).await;
    let police = server.client("police").await;
    let supervisor = server.supervisor().clone();
    let (shutdown, asked) = tokio::sync::oneshot::channel::<()>();
    let watch = {
        let supervisor = supervisor.clone();
        tokio::spawn(async move {
            supervisor
                .run(async {
                    // A dropped sender is a shutdown too.
                    let _ = asked.await;
                })
                .await
        })
    };
    let url = server.url();
    for _ in 0..2 {
        let pid = supervisor.pid();
        supervisor.kill();
        until("it runs again", async || supervisor.pid() != pid).await;
        assert_eq!(server.url(), url);
        until("the agency is served again", async || publishes(&police).await).await;
    }
    shutdown.send(()).expect("it is watched");
    watch.await.expect("no panic").expect("it stops");
    let refused = std::net::TcpStream::connect(url.trim_start_matches("nats://"));
    assert!(refused.is_err());
}

#[tokio::test]
async fn an_agency_can_be_added_and_removed_while_others_work() {
    let server = Server::start(&["police"]).await;
    let police = server.client("police").await;
    let both = credentials(&server, &["police", "ambulance"]);
    server.supervisor().apply(both.accounts()).await.expect("apply");

    // As soon as `apply` returns, the new account reaches the log: no "no responders".
    let seed = both.seed_path("ambulance");
    let ambulance = Party::connect(&server.url(), &seed, "ambulance").await;
    assert!(publishes(&ambulance).await);
    assert!(publishes(&police).await);

    let one = credentials(&server, &["police"]);
    server.supervisor().apply(one.accounts()).await.expect("apply");
    until("its connection is dropped", async || {
        ambulance.connection_state() != async_nats::connection::State::Connected
    })
    .await;
    let options =
        async_nats::ConnectOptions::with_nkey(std::fs::read_to_string(seed).expect("a seed"));
    options.connect(server.url()).await.expect_err("its key is unknown");
    assert!(publishes(&police).await);
    // The probes of three reloads have stored nothing.
    assert_eq!(server.log().await.last_sequence().await.expect("a log"), 3);
}

#[tokio::test]
async fn a_configuration_that_nats_server_refuses_leaves_the_old_one() {
    let server = Server::start(&["police"]).await;
    let police = server.client("police").await;
    let file = server.data_dir().join("nats/server.conf");
    let before = std::fs::read_to_string(&file).expect("a configuration");

    // One key cannot belong to two accounts.
    let mut accounts = server.credentials().accounts().to_vec();
    let mut twin = accounts[0].clone();
    twin.id = "twin".to_owned();
    accounts.push(twin);
    let refused = server.supervisor().apply(&accounts).await.expect_err("refused");
    assert!(matches!(refused, ServerError::Refused(_)), "{refused}");

    assert_eq!(std::fs::read_to_string(&file).expect("a configuration"), before);
    assert!(publishes(&police).await);
    server.supervisor().apply(server.credentials().accounts()).await.expect("apply");
}

#[tokio::test]
async fn an_account_that_cannot_be_served_leaves_the_old_configuration() {
    let server = Server::start(&["police"]).await;
    let police = server.client("police").await;
    let file = server.data_dir().join("nats/server.conf");
    let before = std::fs::read_to_string(&file).expect("a configuration");

    // The key in the configuration is not the one in the seed file.
    let mut accounts = credentials(&server, &["police", "ambulance"]).accounts().to_vec();
    accounts[1].public_key = nkeys::KeyPair::new_user().public_key();
    let refused = server.supervisor().apply(&accounts).await.expect_err("not served");
    assert!(matches!(&refused, ServerError::Probe { account, .. } if account == "ambulance"));

    assert_eq!(std::fs::read_to_string(&file).expect("a configuration"), before);
    assert!(publishes(&police).await);
}

#[tokio::test]
async fn two_starts_on_another_port_do_not_meet() {
    let one = Server::start(&["police"]).await;
    let two = Server::start(&["police"]).await;
    assert_ne!(one.url(), two.url());
    tokio::time::timeout(Duration::from_secs(5), one.supervisor().stop())
        .await
        .expect("it stops in time")
        .expect("it stops");
    assert!(publishes(&two.client("police").await).await);
}
