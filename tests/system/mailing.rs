//! E-mail to those who follow: a real mail server that nobody here wrote, a real hub, and time brought forward.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use carehub::hub::{self, Parts, Running};
use carehub::mail::Post;
use carehub::nats::certificates::{self, Wanted};
use carehub::settings::{Settings, SettingsArgs};
use carehub_aggregator::{Aggregator, Metrics, Options, Role, View};
use carehub_contract::following::encode_settings;
use carehub_domain::following::{Cadence, Follow, Follower, Outcome, Reason};
use carehub_domain::{HomeId, PersonId, following};
use carehub_storage::log::Log;
use carehub_tests::free_port;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::activating::{activate, pack};
use crate::foreign_client::python;
use crate::harness::until;
use crate::person::{PASSWORD, run};
use crate::process::{Hub, publish, today};

const HOME: &str = "fictional-followed";
const ADDRESS: &str = "p.hughes@example.org";
const SITE: &str = "https://hub.example.org";

/// A mail server on a port of its own, which can be stopped and started.
struct MailServer {
    dir: TempDir,
    port: u16,
    child: Option<Child>,
}

impl MailServer {
    /// With a certificate, and down.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let wanted = Wanted {
            servers: vec![("mail".to_owned(), vec!["localhost".to_owned()])],
            clients: Vec::new(),
            today: today(),
            days: 30,
            renew: false,
        };
        certificates::make(&dir.path().join("tls"), &wanted).unwrap();
        Self { dir, port: free_port(), child: None }
    }

    fn tls(&self, file: &str) -> PathBuf {
        self.dir.path().join("tls").join(file)
    }

    fn start(&mut self, mode: &str) {
        self.launch(mode, true);
    }

    fn launch(&mut self, mode: &str, with_tls: bool) {
        self.stop();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/mail_server.py");
        let mut command = Command::new(python());
        command.arg(script).arg(self.port.to_string()).arg(self.file()).arg(mode);
        if with_tls {
            command.arg(self.tls("mail.pem")).arg(self.tls("mail-key.pem"));
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        self.child = Some(child);
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("messages.ndjson")
    }

    fn messages(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until it has so many.
    async fn has(&self, count: usize) -> Vec<Value> {
        until("the mail server has them", async || self.messages().len() >= count).await;
        self.messages()
    }

    /// What makes a hub send here.
    fn settings(&self) -> Vec<String> {
        let authority = self.tls("ca.pem");
        let server = format!("smtp://localhost:{}", self.port);
        let from = "Carehub <carehub@hub.example.org>".to_owned();
        let pairs = [
            ("--smtp", server),
            ("--smtp-ca", authority.to_str().unwrap().to_owned()),
            ("--mail-from", from),
            ("--public-url", SITE.to_owned()),
        ];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What stands in a header of a message.
fn header<'a>(content: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    content.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default()
}

/// How many entries a message tells of.
fn told(message: &Value) -> usize {
    let content = message["content"].as_str().unwrap();
    let line = content.lines().find(|line| line.starts_with("There ")).unwrap();
    line.split(' ').find_map(|word| word.parse().ok()).unwrap()
}

/// Makes an account of the police with an address, which follows the home.
async fn follower(dir: &Path, log: &Log, cadence: Cadence) -> PersonId {
    follower_at("police", dir, log, cadence).await
}

/// The same of another agency.
async fn follower_at(agency: &str, dir: &Path, log: &Log, cadence: Cadence) -> PersonId {
    let add = ["account", "add", "hughes", "--agency", agency, "--right", "read"];
    let added = run(dir, &add, &format!("{PASSWORD}\n"));
    let person = PersonId::new(added["person"].as_str().unwrap()).unwrap();
    run(dir, &["account", "mail", "hughes", ADDRESS], "");
    let follows = [Follow::Home(HomeId::new(HOME).unwrap())].into();
    let settings = following::Settings { follows, cadence, ..following::Settings::to_begin_with() };
    let encoded = encode_settings(&person, 1, &settings, Timestamp::now()).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    person
}

/// The police raise concerns, which their own people see.
async fn concerns(hub: &Hub, prefix: &str, count: usize) {
    concerns_of("police", hub, prefix, count).await;
}

/// The same of another agency.
async fn concerns_of(agency: &str, hub: &Hub, prefix: &str, count: usize) {
    let link = hub.link(agency).await;
    for nth in 0..count {
        let data = json!({
            "kind": "complaint", "occurred_at": today(), "severity": "low",
            "summary": "Fictional Rosewood is named here.",
        });
        publish(&link, agency, HOME, &format!("{prefix}-{nth}"), "concern.raised", data)
            .await
            .unwrap();
    }
    hub.settled().await;
}

/// Sends beside a hub that does not, at times that the test chooses.
struct Desk {
    post: Post,
    log: Log,
    following: Running,
    person: PersonId,
    start: Timestamp,
    _table: TempDir,
}

impl Desk {
    async fn beside(hub: &Hub, dir: &Path, server: &MailServer, cadence: Cadence) -> Self {
        Self::of("police", hub, dir, server, cadence).await
    }

    /// For a person of another agency.
    async fn of(
        agency: &str,
        hub: &Hub,
        dir: &Path,
        server: &MailServer,
        cadence: Cadence,
    ) -> Self {
        let log = hub.log().await;
        let person = follower_at(agency, dir, &log, cadence).await;
        let table = tempfile::tempdir().unwrap();
        let parts = Parts { aggregator: false, dashboard: false };
        let args =
            SettingsArgs { data_dir: Some(table.path().to_owned()), ..SettingsArgs::default() };
        let tokens = Default::default();
        let settings = args.resolve().unwrap();
        let mut following = hub::start(log.clone(), &settings, parts, &tokens, None).await.unwrap();
        following.ready().await.unwrap();
        let (start, view) = (Timestamp::now(), following.view.clone());
        let post = opened(&server_settings(dir, server), &log, &view);
        Self { post, log, following, person, start, _table: table }
    }

    /// Looks at what is due so long after the beginning; returns how many messages were taken.
    async fn look(&mut self, after: SignedDuration) -> usize {
        let last = self.log.last_sequence().await.unwrap();
        let view = &self.following.view;
        until("it has read the log", async || view.progress().position >= last).await;
        self.post.look(self.start + after).await.unwrap()
    }

    /// Time is brought forward from here on.
    fn start_here(&mut self) {
        self.start = Timestamp::now();
    }

    fn follower(&self) -> &Follower {
        self.post.book().person(&self.person).unwrap()
    }

    /// Forgets everything but the log and begins again.
    fn begin_again(&mut self, dir: &Path, server: &MailServer) {
        self.post = opened(&server_settings(dir, server), &self.log, &self.following.view);
    }
}

fn opened(settings: &Settings, log: &Log, view: &View) -> Post {
    let registry = prometheus::Registry::new();
    Post::open(settings, log.clone(), view.clone(), &registry).unwrap().unwrap()
}

fn server_settings(dir: &Path, server: &MailServer) -> Settings {
    let args = SettingsArgs {
        data_dir: Some(dir.to_owned()),
        smtp: Some(format!("smtp://localhost:{}", server.port)),
        smtp_ca: Some(server.tls("ca.pem")),
        mail_from: Some("carehub@hub.example.org".to_owned()),
        public_url: Some(SITE.to_owned()),
        ..SettingsArgs::default()
    };
    args.resolve().unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn an_alert_arrives_over_tls_with_nothing_sensitive_in_it_and_a_rebuild_sends_nothing_again()
{
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("takes");
    let mut further = server.settings();
    further.extend(["--mail-gather", "0", "--mail-apart", "0"].map(str::to_owned));
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    let mut hub = Hub::start_with(dir.path(), &further);
    let person = follower(dir.path(), &hub.log().await, Cadence::AtOnce).await;
    concerns(&hub, "first", 1).await;
    let messages = server.has(1).await;
    let message = &messages[0];
    assert_eq!(message["to"], json!([ADDRESS]));
    assert_eq!(message["from"], "carehub@hub.example.org");
    assert_eq!(message["tls"], true);
    let content = message["content"].as_str().unwrap();
    assert_eq!(header(content, "Subject"), "Carehub: something you follow has changed");
    assert_eq!(header(content, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    // No out-of-office note answers it.
    assert_eq!(header(content, "Auto-Submitted"), "auto-generated");
    let unsubscribe = header(content, "List-Unsubscribe");
    assert!(unsubscribe.starts_with(&format!("<{SITE}/unsubscribe/{person}.")), "{content}");
    assert!(content.contains(&format!("{SITE}/following")), "{content}");
    for word in [HOME, "Rosewood", "fictional", "police", "complaint", "hughes@hub", PASSWORD] {
        assert!(!content.contains(word), "{word} in {content}");
    }
    // The address stands in the accounts alone, and the log has plan and outcome.
    let written = async |hub: &Hub, step: &str| {
        let log = hub.log_content().await;
        assert!(log.iter().all(|stored| !contains(&stored.payload, ADDRESS)));
        log.iter().filter(|stored| stored.subject.ends_with(step)).count()
    };
    until("the outcome is in the log", async || written(&hub, ".1.done").await == 1).await;
    assert_eq!(written(&hub, ".1.planned").await, 1);
    let before = server.messages().len();
    // The table is thrown away and made again.
    hub.kill9();
    hub.delete_table();
    hub.restart();
    hub.settled().await;
    concerns(&hub, "second", 1).await;
    let messages = server.has(before + 1).await;
    let ids: Vec<&str> =
        messages.iter().map(|it| header(it["content"].as_str().unwrap(), "Message-ID")).collect();
    let mut different = ids.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), ids.len(), "{ids:?}");
    // Each entry was told once: two concerns, and what the hub said of them.
    let all = entries(&hub, "police");
    until("everything is told", async || server.messages().iter().map(told).sum::<usize>() >= all)
        .await;
    assert_eq!(server.messages().iter().map(told).sum::<usize>(), all);
    hub.stop();
    let log = hub.last_words();
    assert!(!log.contains(ADDRESS) && !log.contains("/unsubscribe/"));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// How many entries an agency sees in the timeline of the home.
fn entries(hub: &Hub, agency: &str) -> usize {
    let page = hub.get_json(agency, &format!("/api/v1/homes/{HOME}/timeline?limit=500"));
    page["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_burst_of_five_hundred_is_one_message() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("takes");
    let hub = Hub::start_with(dir.path(), &["--sync", "default"]);
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "burst", 500).await;
    assert_eq!(desk.look(minutes(10)).await, 1);
    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    assert!(told(&messages[0]) >= 500, "{messages:?}");
    for later in [11, 40, 24 * 60] {
        assert_eq!(desk.look(minutes(later)).await, 0);
    }
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn a_daily_digest_arrives_at_its_hour_and_not_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("takes");
    let hub = Hub::start(dir.path());
    let daily = Cadence::Daily { hour: 8.try_into().unwrap() };
    let mut desk = Desk::beside(&hub, dir.path(), &server, daily).await;
    concerns(&hub, "day", 3).await;
    // The next time that it is eight in London, which is within a day and an hour.
    let mut sent_after = None;
    for hours in 0..=25 {
        if desk.look(minutes(hours * 60)).await == 1 {
            sent_after.get_or_insert(hours);
        }
    }
    let hour = |hours: i64| {
        let now = desk.start + minutes(hours * 60);
        now.in_tz("Europe/London").unwrap().hour()
    };
    assert_eq!(sent_after.map(hour), Some(8), "{sent_after:?}");
    assert_eq!(server.messages().len(), 1);
    assert!(told(&server.messages()[0]) >= 3);
    let content = server.messages()[0]["content"].as_str().unwrap().to_owned();
    assert!(content.contains("since your last daily digest"), "{content}");
    assert_eq!(desk.follower().last().unwrap().plan.reason, Reason::Daily);
    for hours in 26..60 {
        assert_eq!(desk.look(minutes(hours * 60)).await, 0, "there is nothing to tell");
    }
}

#[tokio::test]
async fn a_mail_server_that_is_down_for_an_hour_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    let hub = Hub::start(dir.path());
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "down", 1).await;
    desk.start_here();
    for minute in 1..60 {
        assert_eq!(desk.look(minutes(minute)).await, 0);
        if minute % 20 == 0 {
            concerns(&hub, &format!("meanwhile-{minute}"), 2).await;
            // Whoever starts in the middle knows how far it was.
            desk.begin_again(dir.path(), &server);
        }
    }
    let last = desk.follower().last().unwrap().clone();
    assert_eq!((last.number, last.failures, last.outcome), (1, 6, None));
    assert_eq!(last.failed.unwrap().code.as_str(), "mail-unreachable");
    server.start("takes");
    let mut made = 0;
    for minute in 60..180 {
        made += desk.look(minutes(minute)).await;
    }
    assert_eq!((made, server.messages().len()), (2, 2));
    let all = entries(&hub, "police");
    assert_eq!(server.messages().iter().map(told).sum::<usize>(), all);
    assert!(all >= 5, "{all}");
}

/// To a hub that has not read the log, what is under way would seem to be about nothing, and for nobody.
#[tokio::test]
async fn nothing_is_sent_planned_or_ended_before_the_hub_has_caught_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    let hub = Hub::start(dir.path());
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "waiting", 1).await;
    desk.start_here();
    assert_eq!(desk.look(minutes(1)).await, 0, "the mail server is down");
    server.start("takes");
    let scratch = tempfile::tempdir().unwrap();
    let table = scratch.path().join("table");
    let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
    let options = Options { role: Role::Following, ..Options::default() };
    let unread = Aggregator::open(desk.log.clone(), &table, metrics, options).await.unwrap();
    assert!(!unread.view().progress().ready);
    let mut post = opened(&server_settings(dir.path(), &server), &desk.log, &unread.view());
    for minute in [10, 60, 6 * 24 * 60] {
        assert_eq!(post.look(desk.start + minutes(minute)).await.unwrap(), 0);
    }
    let log = hub.log_content().await;
    let written = log.iter().filter(|stored| stored.subject.starts_with("carehub.delivery."));
    assert_eq!(written.count(), 2, "the plan, and the attempt that failed");
    assert!(server.messages().is_empty());
    // To one that has read it, it is due.
    assert_eq!(desk.look(minutes(120)).await, 1);
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_shown_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    let hub = Hub::start(dir.path());
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "refused", 1).await;
    desk.start_here();
    let failed = |desk: &Desk| {
        let last = desk.follower().last().unwrap();
        let failed = last.failed.unwrap();
        (last.failures, failed.code.as_str(), failed.reply)
    };
    server.start("refuses");
    assert_eq!(desk.look(minutes(1)).await, 0);
    desk.look(minutes(1)).await;
    assert_eq!(failed(&desk), (1, "mail-refused", Some(550)));
    // One that offers no TLS gets nothing.
    server.launch("takes", false);
    assert_eq!(desk.look(minutes(2)).await, 0);
    desk.look(minutes(2)).await;
    assert_eq!(failed(&desk), (2, "mail-tls", None));
    assert!(server.messages().is_empty());
    // Nor does one whose certificate nobody vouches for.
    let other = MailServer::new();
    std::fs::copy(other.tls("mail.pem"), server.tls("mail.pem")).unwrap();
    std::fs::copy(other.tls("mail-key.pem"), server.tls("mail-key.pem")).unwrap();
    server.start("takes");
    assert_eq!(desk.look(minutes(10)).await, 0);
    desk.look(minutes(10)).await;
    assert_eq!(failed(&desk).0, 3);
    assert!(server.messages().is_empty());
    // Whoever has no address is not forgotten.
    run(dir.path(), &["account", "mail", "hughes"], "");
    assert_eq!(desk.look(minutes(20)).await, 0);
    desk.look(minutes(20)).await;
    assert_eq!(failed(&desk), (4, "mail-no-address", None));
    run(dir.path(), &["account", "mail", "hughes", ADDRESS], "");
    desk.begin_again(dir.path(), &other);
    let mut other = other;
    other.start("takes");
    assert_eq!(desk.look(minutes(40)).await, 1);
    desk.look(minutes(40)).await;
    assert!(matches!(desk.follower().last().unwrap().outcome, Some(Outcome::Made(_))));
    assert_eq!(other.messages().len(), 1);
}

/// The password goes to a server that asks for it, from a file that is nobody else's to read.
#[tokio::test]
async fn a_mail_server_that_wants_a_password_is_given_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("asks");
    let hub = Hub::start(dir.path());
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "asked", 1).await;
    desk.start_here();
    assert_eq!(desk.look(minutes(1)).await, 0);
    desk.look(minutes(1)).await;
    let failed = |desk: &Desk| desk.follower().last().unwrap().failed.unwrap();
    assert_eq!((failed(&desk).code.as_str(), failed(&desk).reply), ("mail-refused", Some(530)));
    let file = dir.path().join("mail-password");
    let mut settings = server_settings(dir.path(), &server);
    settings.smtp_user = Some("carehub".to_owned());
    settings.smtp_password_file = Some(file.clone());
    let mode = |mode: u32| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    std::fs::write(&file, "wrong\n").unwrap();
    mode(0o640).unwrap();
    let registry = prometheus::Registry::new();
    let open = Post::open(&settings, desk.log.clone(), desk.following.view.clone(), &registry);
    let why = open.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(why.contains("may be read by others"), "{why}");
    mode(0o600).unwrap();
    desk.post = opened(&settings, &desk.log, &desk.following.view);
    assert_eq!(desk.look(minutes(10)).await, 0);
    desk.look(minutes(10)).await;
    assert_eq!((failed(&desk).code.as_str(), failed(&desk).reply), ("mail-refused", Some(535)));
    std::fs::write(&file, "of-the-tests\n").unwrap();
    desk.post = opened(&settings, &desk.log, &desk.following.view);
    assert_eq!(desk.look(minutes(30)).await, 1);
    assert_eq!((server.messages().len(), &server.messages()[0]["tls"]), (1, &json!(true)));
}

/// Whoever may read nothing any more is told nothing any more.
#[tokio::test]
async fn whoever_was_kept_out_gets_no_more_mail() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("takes");
    let hub = Hub::start(dir.path());
    let mut desk = Desk::beside(&hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns(&hub, "before", 1).await;
    desk.start_here();
    assert_eq!(desk.look(minutes(10)).await, 1);
    run(dir.path(), &["account", "disable", "hughes"], "");
    concerns(&hub, "after", 1).await;
    for later in [60, 120] {
        assert_eq!(desk.look(minutes(later)).await, 0);
    }
    assert_eq!(server.messages().len(), 1);
}

/// An agency that another rule book lets read no more is told nothing more, from when it is in force.
#[tokio::test]
async fn whose_agency_may_read_no_more_is_told_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let packs = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("takes");
    let hub = Hub::start(dir.path());
    let mut desk = Desk::of("contracts", &hub, dir.path(), &server, Cadence::AtOnce).await;
    concerns_of("contracts", &hub, "before", 1).await;
    desk.start_here();
    assert_eq!(desk.look(minutes(10)).await, 1);
    let (from, to) = ("never_reads = [", "never_reads = [\"contracts\", ");
    let closed = pack(&packs.path().join("closed"), "bodies.toml", from, to);
    assert_eq!(activate(&hub, &closed, "now")["activated"], true);
    concerns_of("contracts", &hub, "after", 1).await;
    for later in [60, 120] {
        assert_eq!(desk.look(minutes(later)).await, 0);
    }
    assert_eq!(server.messages().len(), 1);
    // It may read again, and is told of what came meanwhile.
    let open = pack(&packs.path().join("open"), "bodies.toml", from, "never_reads = [ ");
    assert_eq!(activate(&hub, &open, "now")["activated"], true);
    concerns_of("contracts", &hub, "again", 1).await;
    assert_eq!(desk.look(minutes(300)).await, 1);
}

/// Killed after the mail server had the message and before the log has that: it is sent again, once, the same to
/// the byte and under the same Message-ID.
#[tokio::test]
async fn a_hub_that_is_killed_between_sending_and_writing_sends_the_same_message_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = MailServer::new();
    server.start("holds");
    let mut further = server.settings();
    further.extend(["--mail-gather", "0"].map(str::to_owned));
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    let mut hub = Hub::start_with(dir.path(), &further);
    follower(dir.path(), &hub.log().await, Cadence::AtOnce).await;
    concerns(&hub, "killed", 1).await;
    server.has(1).await;
    hub.kill9();
    server.start("takes");
    hub.restart();
    server.has(2).await;
    let done = async || {
        let log = hub.log_content().await;
        log.iter().filter(|stored| stored.subject.ends_with(".1.done")).count() == 1
    };
    until("the outcome is in the log", done).await;
    let messages = server.messages();
    assert_eq!(messages[0]["content"], messages[1]["content"]);
    let id = header(messages[0]["content"].as_str().unwrap(), "Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@hub.example.org>"), "{id}");
    // Started once more it sends nothing: what was made is in the log.
    hub.kill9();
    hub.delete_table();
    hub.restart();
    hub.settled().await;
    let planned = async || {
        let log = hub.log_content().await;
        log.iter().filter(|stored| stored.subject.ends_with(".planned")).count()
    };
    assert_eq!(planned().await, 1);
    assert_eq!(server.messages().len(), 2);
}
