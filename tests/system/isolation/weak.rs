//! The attacks through reply subjects succeed against configurations that are weaker than the
//! shipped one, so the tests beside this one can fail.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use carehub::nats::{Agency, Credentials};
use serde_json::json;
use tempfile::TempDir;

use super::replies::{Effect, VICTIM, attacks};
use super::scene::{Snapshot, api, attempt};
use crate::harness::{Party, keep, until};

const AGENCIES: [&str; 3] = ["police", "ambulance", "cqc"];

/// A nats-server with a configuration written here, the stream, a consumer per agency, and
/// twenty escalations for the police and the ambulance.
struct WeakServer {
    process: Child,
    credentials: Credentials,
    url: String,
    hub: Party,
    dir: Option<TempDir>,
}

impl WeakServer {
    /// `accounts` writes the part that is weaker.
    async fn start(accounts: fn(&Credentials) -> String) -> Self {
        let dir = tempfile::tempdir().expect("make a temporary directory");
        let agencies = AGENCIES.map(|id| Agency {
            officers: if id == "police" { vec!["desk-1".to_owned()] } else { Vec::new() },
            ..Agency::new(id)
        });
        let credentials = Credentials::ensure(dir.path(), &agencies).expect("make credentials");
        let (process, url) = spawn(dir.path(), &accounts(&credentials)).await;
        let hub = Party::connect(&url, &credentials.seed_path("hub"), "hub").await;
        let server = Self { process, credentials, url, hub, dir: Some(dir) };
        let nouns = ["concern", "escalation", "control", "response"];
        let subjects: Vec<_> = nouns.iter().map(|noun| format!("carehub.{noun}.>")).collect();
        server
            .works("STREAM.CREATE.CAREHUB", json!({ "name": "CAREHUB", "subjects": subjects }))
            .await;
        for name in AGENCIES.into_iter().chain(["police-desk-1"]) {
            let agency = name.trim_end_matches("-desk-1");
            let config = json!({ "durable_name": name, "name": name, "ack_policy": "explicit",
                "filter_subject": format!("carehub.escalation.{agency}.>") });
            let request = format!("CONSUMER.CREATE.CAREHUB.{name}");
            server.works(&request, json!({ "stream_name": "CAREHUB", "config": config })).await;
        }
        for agency in ["police", "ambulance"] {
            for number in 0..20 {
                let subject = format!("carehub.escalation.{agency}.1-100000001.e{number}.0");
                server.hub.request(subject, "an escalation".into()).await.expect("publish");
            }
        }
        server
    }

    async fn works(&self, request: &str, body: serde_json::Value) {
        let answer = api(&self.hub, request, body).await;
        assert!(answer["error"].is_null(), "{request}: {answer}");
    }

    async fn client(&self, agency: &str) -> Party {
        Party::connect(&self.url, &self.credentials.seed_path(agency), agency).await
    }

    async fn stream_exists(&self) -> bool {
        api(&self.hub, "STREAM.INFO.CAREHUB", serde_json::Value::Null).await["error"].is_null()
    }
}

impl Drop for WeakServer {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has then noticed.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking()
            && let Some(dir) = self.dir.take()
        {
            keep(dir);
        }
    }
}

async fn spawn(dir: &Path, accounts: &str) -> (Child, String) {
    let quoted = |name: &str| format!("{:?}", dir.join(name));
    let text = format!(
        "host: \"127.0.0.1\"\nport: -1\nports_file_dir: {}\njetstream {{ store_dir: {} }}\n{accounts}",
        quoted("."),
        quoted("js"),
    );
    let file = dir.join("weak.conf");
    std::fs::write(&file, text).expect("write the configuration");
    let binary = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
    let log = std::fs::File::create(dir.join("server.log")).expect("make a log");
    let process = Command::new(binary)
        .arg("-c")
        .arg(&file)
        .stderr(log)
        .stdout(Stdio::null())
        .spawn()
        .expect("run nats-server; is NATS_SERVER set?");
    let suffix = format!("_{}.ports", process.id());
    let mut url = None;
    until("nats-server says where it listens", async || {
        url = std::fs::read_dir(dir)
            .expect("list the directory")
            .flatten()
            .find(|entry| entry.file_name().to_string_lossy().ends_with(&suffix))
            .and_then(|entry| std::fs::read(entry.path()).ok())
            .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
            .and_then(|ports| ports["nats"][0].as_str().map(str::to_owned));
        url.is_some()
    })
    .await;
    (process, url.expect("found above"))
}

fn user(key: &str, publish: &[String], subscribe: &str) -> String {
    format!(
        "{{ nkey: {key}, permissions: {{ publish: {{ allow: {} }}, subscribe: {{ allow: [\"{subscribe}\"] }} }} }}\n",
        json!(publish),
    )
}

/// Every agency is a user of one account, each with the least it needs.
fn one_account(credentials: &Credentials) -> String {
    let mut users = format!("{{ nkey: {} }}\n", credentials.hub_public_key());
    for account in credentials.accounts() {
        let id = &account.id;
        let publish = [
            format!("carehub.concern.{id}.>"),
            format!("$JS.ACK.CAREHUB.{id}.>"),
            format!("$JS.API.CONSUMER.MSG.NEXT.CAREHUB.{id}"),
        ];
        users.push_str(&user(&account.public_key, &publish, &format!("_INBOX_{id}.>")));
    }
    format!("accounts {{ ALL {{ jetstream: enabled, users: [ {users} ] }} }}\n")
}

/// As shipped, except that an officer is a second user of the agency's account.
fn officer_in_the_agencys_account(credentials: &Credentials) -> String {
    const NAMES: [&str; 2] = ["police", "police-desk-1"];
    let police = &credentials.accounts()[0];
    let (mut exports, mut imports) = (String::new(), String::new());
    let mut users = String::new();
    for (name, key) in NAMES.iter().zip([&police.public_key, &police.officers[0].public_key]) {
        let ack = format!("$JS.ACK.CAREHUB.{name}.>");
        let next = format!("CONSUMER.MSG.NEXT.CAREHUB.{name}");
        let local = format!("carejs.{next}");
        let _ = writeln!(
            exports,
            r#"{{ service: "{ack}", accounts: [police] }}
               {{ service: "$JS.API.{next}", response_type: stream, accounts: [police] }}"#
        );
        let _ = writeln!(
            imports,
            r#"{{ service: {{ account: HUB, subject: "{ack}" }} }}
               {{ service: {{ account: HUB, subject: "$JS.API.{next}" }}, to: "{local}" }}"#
        );
        users.push_str(&user(key, &[ack, local], &format!("_INBOX_{name}.>")));
    }
    format!(
        "accounts {{
           HUB {{ jetstream: enabled, users: [ {{ nkey: {} }} ], exports: [ {exports} ] }}
           police {{ users: [ {users} ], imports: [ {imports} ] }}
         }}\n",
        credentials.hub_public_key()
    )
}

#[tokio::test]
async fn in_one_account_every_reply_subject_attack_succeeds() {
    let server = WeakServer::start(one_account).await;
    for attack in attacks("$JS.API") {
        let party = server.client(attack.by).await;
        let before = Snapshot::take(&server.hub).await;
        attack.make(&party, "$JS.API").await;
        until(attack.name, async || {
            if let Effect::StreamDeleted = attack.effect {
                return !server.stream_exists().await;
            }
            let after = Snapshot::take(&server.hub).await;
            let stored = after.subjects_after(before.messages.len());
            match attack.effect {
                Effect::Forged => stored == [attack.reply.as_str()],
                Effect::Replayed => {
                    stored.len() == 1 && stored[0].starts_with("carehub.escalation.police.")
                }
                Effect::MessageTaken => {
                    after.progress_of("ambulance") != before.progress_of("ambulance")
                }
                Effect::ConsumerDeleted => !after.has_consumer("ambulance"),
                Effect::StreamDeleted => unreachable!("answered above"),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn in_one_account_the_acknowledgement_of_a_publish_is_stored_as_anothers() {
    let server = WeakServer::start(one_account).await;
    let police = server.client("police").await;
    let before = Snapshot::take(&server.hub).await.messages.len();
    let own = "carehub.concern.police.1-100000001";
    police.publish_with_reply(own, VICTIM, "its own".into()).await.expect("send");
    until("the forged concern is stored", async || {
        Snapshot::take(&server.hub).await.subjects_after(before).contains(&VICTIM)
    })
    .await;
    // While publishing there directly is denied: the permissions are not what is missing.
    let direct = attempt(&police, VICTIM, async_nats::HeaderMap::new(), "forged").await;
    direct.is_denied(VICTIM);
}

#[tokio::test]
async fn in_the_agencys_account_an_officer_loses_messages_to_the_agencys_key() {
    let server = WeakServer::start(officer_in_the_agencys_account).await;
    let police = server.client("police").await;
    let before = Snapshot::take(&server.hub).await;
    let next = |name: &str| format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{name}");
    police
        .publish_with_reply(
            next("police"),
            next("police-desk-1"),
            r#"{"batch":1,"expires":5000000000}"#.into(),
        )
        .await
        .expect("send");
    until("the officer's consumer has moved", async || {
        let after = Snapshot::take(&server.hub).await;
        after.progress_of("police-desk-1") != before.progress_of("police-desk-1")
    })
    .await;
}
