//! A nats-server of its own for each test: a port that was free, a directory that goes away, and
//! an end when the test ends.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// As additional configuration: every message is brought to the disk before it is acknowledged.
pub(crate) const SYNC_ALWAYS: &str = "# sync always";

/// As additional configuration: a disk with room for a few large messages.
pub(crate) const LITTLE_ROOM: &str = "# little room";

/// A running nats-server; dropping it kills it.
pub(crate) struct Server {
    directory: TempDir,
    process: Child,
    port: u16,
}

impl Server {
    /// One with JetStream and without accounts.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// One with more configuration, in nats-server's own format.
    pub(crate) fn start_with(more: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let process = launch(&directory, -1, more);
        let port = ports(&directory, &process);
        // From now on the same port, so that clients find it again after a restart.
        write_configuration(&directory, i32::from(port), more);
        Self { directory, process, port }
    }

    /// Replaces the additional configuration and makes the server read it.
    pub(crate) fn reconfigure(&self, more: &str) {
        write_configuration(&self.directory, i32::from(self.port), more);
        let sent = Command::new("kill").arg("-HUP").arg(self.process.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends the process as a power failure would: at once.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// [`Self::start_again`] with other additional configuration.
    pub(crate) fn start_again_with(&mut self, more: &str) {
        write_configuration(&self.directory, i32::from(self.port), more);
        self.start_again();
    }

    /// Starts it again after [`Server::kill`], on the same port and with the same store.
    pub(crate) fn start_again(&mut self) {
        self.process = run(&self.directory);
        ports(&self.directory, &self.process);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(directory: &TempDir, port: i32, more: &str) -> Child {
    write_configuration(directory, port, more);
    run(directory)
}

fn write_configuration(directory: &TempDir, port: i32, more: &str) {
    let root = directory.path().display();
    // The server can only have one jetstream block, so this travels as a line of its own.
    let sync = if more.contains(SYNC_ALWAYS) { ", sync_interval: always" } else { "" };
    let room = if more.contains(LITTLE_ROOM) { ", max_file_store: 200000" } else { "" };
    let text = format!(
        "server_name: test\nlisten: \"127.0.0.1:{port}\"\nports_file_dir: \"{root}\"\nmax_payload: 1114112\n\
         jetstream {{ store_dir: \"{root}/js\" {sync} {room} }}\n{more}\n"
    );
    std::fs::write(directory.path().join("server.conf"), text).unwrap();
}

fn run(directory: &TempDir) -> Child {
    let program = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(directory.path().join("server.log"))
        .unwrap();
    Command::new(&program)
        .arg("-c")
        .arg(directory.path().join("server.conf"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot start {}: {error}; set NATS_SERVER", program.display())
        })
}

/// Waits for the file in which the server says where it listens.
fn ports(directory: &TempDir, process: &Child) -> u16 {
    let program =
        std::env::var_os("NATS_SERVER").map_or_else(|| PathBuf::from("nats-server"), PathBuf::from);
    let name = format!("{}_{}.ports", program.file_name().unwrap().display(), process.id());
    let file = directory.path().join(name);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let written = std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(ports) = written {
            let ports: serde_json::Value = ports;
            let url = ports["nats"][0].as_str().unwrap();
            return url.rsplit(':').next().unwrap().parse().unwrap();
        }
        if Instant::now() > deadline {
            let log =
                std::fs::read_to_string(directory.path().join("server.log")).unwrap_or_default();
            panic!("the server does not say where it listens:\n{log}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
