//! A real hub: the `carehub` program as a process of its own, to be killed and started again.
//!
//! ```text
//! let dir = tempfile::tempdir().unwrap();
//! let mut hub = Hub::start(dir.path());            // `carehub up`, waits until it is ready
//! let police = hub.link("police").await;           // what an agency links, with its own key
//! police.publish("carehub.concern.police.1-100000001", payload).await.unwrap();
//! hub.settled().await;                             // folded, and nothing waits in the outbox
//! let home = hub.get_json("police", "/api/v1/homes/1-100000001");
//! hub.kill9();                                     // its nats-server stays behind
//! hub.restart();                                   // and is adopted
//! hub.stop();                                      // as Ctrl-C would; ends the nats-server too
//! let checked = hub.run_json(&["verify", "--json"]);
//! ```
//!
//! Whatever is still running when a [`Hub`] is dropped is killed, its nats-server included.

mod asking;
mod program;
mod saying;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use carehub_storage::Connection;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, Stored};
use serde_json::Value;

pub(crate) use self::program::carehub;
use self::program::{ended, signal};
pub(crate) use self::saying::{delivered, publish, today};
use crate::expected::tombstones;
use crate::harness::PATIENCE;

/// How long a hub may take to become ready: a replay on a loaded machine is slow.
const READY_WITHIN: Duration = Duration::from_secs(180);

/// What a whole history leaves to be said takes a busy machine longer.
const SETTLED_WITHIN: Duration = Duration::from_secs(180);

/// How long a hub may take to stop when it is asked to.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// What the ready line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ready {
    /// `http://host:port`; empty without HTTP.
    pub(crate) http: String,
    /// `nats://host:port`.
    pub(crate) nats: String,
}

/// A `carehub` process, or what is left of one.
pub(crate) struct Hub {
    program: PathBuf,
    arguments: Vec<String>,
    data_dir: PathBuf,
    credentials: PathBuf,
    /// Whether the nats-server below `data_dir` is this hub's own.
    owns_server: bool,
    child: Option<Child>,
    ready: Option<Ready>,
}

impl Hub {
    /// `carehub up` on this directory, ready; with the shipped pack, the small register, sync always.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[])
    }

    /// [`Hub::start`] with further arguments.
    pub(crate) fn start_with(data_dir: &Path, further: &[&str]) -> Self {
        let mut arguments = vec!["up".to_owned()];
        if !further.contains(&"--nats") {
            arguments.extend(["--nats", "127.0.0.1:0"].map(str::to_owned));
        }
        arguments.extend(further.iter().map(ToString::to_string));
        let mut hub = Self::new(carehub(), data_dir, arguments);
        hub.restart();
        hub
    }

    /// `carehub serve` on the log of another hub, with its keys and tokens and a data directory of
    /// its own.
    pub(crate) fn serve(other: &Self, data_dir: &Path, further: &[&str]) -> Self {
        Self::serve_by(carehub(), other, data_dir, further)
    }

    /// [`Hub::serve`] by another build.
    pub(crate) fn serve_by(
        program: PathBuf,
        other: &Self,
        data_dir: &Path,
        further: &[&str],
    ) -> Self {
        let credentials = data_dir.join("credentials");
        if !credentials.exists() {
            std::fs::create_dir_all(data_dir).expect("make a data directory");
            std::os::unix::fs::symlink(&other.credentials, &credentials).expect("link the keys");
        }
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(["--nats".to_owned(), other.nats_url()]);
        arguments.extend(["--key".to_owned(), path(&other.key("hub"))]);
        arguments.extend(further.iter().map(ToString::to_string));
        let mut hub = Self::new(program, data_dir, arguments);
        hub.owns_server = false;
        hub.restart();
        hub
    }

    fn new(program: PathBuf, data_dir: &Path, mut arguments: Vec<String>) -> Self {
        arguments.extend(["--json", "--http", "127.0.0.1:0", "--data-dir"].map(str::to_owned));
        arguments.push(path(data_dir));
        Self {
            program,
            arguments,
            data_dir: data_dir.to_owned(),
            credentials: data_dir.join("credentials"),
            owns_server: true,
            child: None,
            ready: None,
        }
    }

    /// What the next start runs instead of this build.
    pub(crate) fn replace_program(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// Starts the program and does not wait for it.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .expect("open a file for what the hub logs");
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| {
                let program = self.program.display();
                panic!("start {program}: {error}; build it first: cargo build -p carehub")
            });
        self.child = Some(child);
        self.ready = None;
    }

    /// Waits for the ready line of a launched program.
    pub(crate) fn wait_until_ready(&mut self) {
        let child = self.child.as_mut().expect("it was launched");
        let stdout = child.stdout.take().expect("its output is read once");
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            // Nothing read is an empty line, which is no ready line.
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = send.send(line);
        });
        let line = receive.recv_timeout(READY_WITHIN).unwrap_or_default();
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            panic!("the hub did not become ready; it logged:\n{}", self.last_words());
        };
        assert_eq!(said["ready"], true);
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        self.ready = Some(Ready { http: text("http"), nats: text("nats") });
    }

    /// Starts the program again with the same arguments, and waits until it is ready.
    pub(crate) fn restart(&mut self) {
        self.launch();
        self.wait_until_ready();
    }

    /// Ends the program as a crash would. Its nats-server stays behind.
    pub(crate) fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("kill the hub");
            child.wait().expect("wait for the hub");
        }
    }

    /// Asks the program to stop, as a service manager would, and waits for it.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        signal("TERM", child.id());
        let status = ended(&mut child, STOPPED_WITHIN);
        assert!(status.success(), "the hub stopped with {status}:\n{}", self.last_words());
    }

    /// Ends the nats-server as a crash would.
    pub(crate) fn kill9_nats(&self) {
        if let Some(pid) = self.nats_pid() {
            signal("KILL", pid);
        }
    }

    /// The process number of the hub's own nats-server, while it runs.
    pub(crate) fn nats_pid(&self) -> Option<u32> {
        let directory = std::fs::canonicalize(self.data_dir.join("nats")).ok()?;
        let pid = std::fs::read_to_string(directory.join("server.pid")).ok()?;
        // The number may have been given to another process since.
        let line = std::fs::read(format!("/proc/{}/cmdline", pid.trim())).ok()?;
        let ours = String::from_utf8_lossy(&line).contains(directory.to_str()?);
        ours.then(|| pid.trim().parse().ok()).flatten()
    }

    /// Whether the program has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => true,
        }
    }

    /// Runs another command of `carehub` on the same data directory: its exit and its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> (ExitStatus, String) {
        self.run_by(&carehub(), arguments)
    }

    /// [`Hub::run`] by another build.
    pub(crate) fn run_by(&self, program: &Path, arguments: &[&str]) -> (ExitStatus, String) {
        let mut command = Command::new(program);
        if matches!(arguments.first(), Some(&"backup")) {
            // It starts a server of its own; another may listen on the default port.
            command.env("CAREHUB_NATS", "127.0.0.1:0");
        }
        let output = command
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .output()
            .expect("run carehub");
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            said.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status, said)
    }

    /// [`Hub::run`] of a command that succeeds and prints one JSON document.
    pub(crate) fn run_json(&self, arguments: &[&str]) -> Value {
        let (status, said) = self.run(arguments);
        assert!(status.success(), "carehub {arguments:?}: {said}");
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("not JSON: {said}"))
    }

    /// Where the projections are.
    pub(crate) fn table_dir(&self) -> PathBuf {
        self.data_dir.join("table")
    }

    /// Throws the projections away, under a running hub or a stopped one.
    pub(crate) fn delete_table(&self) {
        // A running hub may be creating files in it meanwhile.
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = std::fs::remove_dir_all(self.table_dir()) {
            if error.kind() == std::io::ErrorKind::NotFound {
                return;
            }
            assert!(Instant::now() < deadline, "delete the table: {error}");
        }
    }

    /// `http://host:port`.
    pub(crate) fn http(&self) -> &str {
        &self.ready.as_ref().expect("it is ready").http
    }

    /// `nats://host:port`, also while the hub is down.
    pub(crate) fn nats_url(&self) -> String {
        match &self.ready {
            Some(ready) => ready.nats.clone(),
            None => {
                let file = self.data_dir.join("nats/server.json");
                let record = std::fs::read(file).expect("read the server's record");
                let record: Value = serde_json::from_slice(&record).expect("JSON");
                format!("nats://127.0.0.1:{}", record["port"])
            }
        }
    }

    /// The file with an agency's nkey seed.
    pub(crate) fn key(&self, agency: &str) -> PathBuf {
        self.credentials.join(format!("{agency}.nk"))
    }

    /// An agency's bearer token.
    pub(crate) fn token(&self, agency: &str) -> String {
        read(&self.credentials.join(format!("{agency}.token")))
    }

    /// The token that opens the metrics.
    pub(crate) fn metrics_token(&self) -> String {
        read(&self.credentials.join("metrics-token"))
    }

    /// What an agency's shipped client publishes and fetches with.
    pub(crate) async fn link(&self, agency: &str) -> AgencyLink {
        let seed = read(&self.key(agency));
        let link = AgencyLink::connect(&self.nats_url(), &seed, agency).await;
        link.unwrap_or_else(|error| panic!("connect {agency}: {error}"))
    }

    /// The log as the hub sees it.
    pub(crate) async fn log(&self) -> Log {
        let connection = Connection::new(self.nats_url(), "system test")
            .with_key(read(&self.key("hub")))
            .with_inbox_prefix("_INBOX_hub");
        Log::connect(&connection).await.expect("connect to the log")
    }

    /// Everything in the log, in its order.
    pub(crate) async fn log_content(&self) -> Vec<Stored> {
        let log = self.log().await;
        let last = log.last_sequence().await.expect("the last sequence");
        let positions: Vec<u64> = (1..=last).collect();
        let stored = log.get_many(&positions).await.expect("read the log");
        stored.into_iter().flatten().collect()
    }

    /// What the log holds, once everything that is to be erased is gone.
    pub(crate) async fn log_without_erased(&self) -> Vec<Stored> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let content = self.log_content().await;
            let tombstones = tombstones(&content);
            let is_left = |stored: &&Stored| tombstones.contains_key(&stored.sequence);
            let Some(left) = content.iter().find(is_left) else { return content };
            assert!(Instant::now() < deadline, "{} is not erased", left.sequence);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the whole log is folded and nothing waits in the outbox.
    pub(crate) async fn settled(&self) {
        let log = self.log().await;
        let deadline = Instant::now() + SETTLED_WITHIN;
        loop {
            let last = log.last_sequence().await.expect("the last sequence") as f64;
            // The position first: whatever that led to is in the outbox by then.
            let position = self.metric("carehub_position");
            let waiting = self.metric("carehub_outbox_waiting");
            if waiting == 0.0 && position >= last {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "not settled: {position} of {last} folded, {waiting} in the outbox"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log_file(&self) -> PathBuf {
        std::fs::create_dir_all(&self.data_dir).expect("make a data directory");
        self.data_dir.join("hub.log")
    }

    /// The end of what the program logged.
    pub(crate) fn last_words(&self) -> String {
        let said = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        if self.owns_server {
            self.kill9_nats();
        }
    }
}

fn path(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn read(path: &Path) -> String {
    let text = std::fs::read_to_string(path);
    text.unwrap_or_else(|error| panic!("read {}: {error}", path.display())).trim().to_owned()
}
