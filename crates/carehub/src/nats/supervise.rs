//! Starts, adopts, restarts and stops the hub's own nats-server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::config::{
    AgencyAccount, ConfigurationError, ServerSettings, ServerTls, server_configuration,
};
use super::error::ServerError;
use super::keys::make_private_dir;
use super::layout::{Layout, Record, sha256};
use super::process::{Binary, Process, Signal};

/// A server reads its whole log back before it listens: a million messages take many seconds.
pub(super) const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a server that was told to terminate may take before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// How often a condition of another process is looked at.
const POLL: Duration = Duration::from_millis(20);
/// How often [`Server::run`] looks whether the server is alive.
const WATCH: Duration = Duration::from_millis(200);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LAST_BACKOFF: Duration = Duration::from_secs(10);
/// How often a server is started before its end while starting is an error.
const FIRST_STARTS: u32 = 3;
/// A server that lived this long did not fail because of how it was started.
const SETTLED: Duration = Duration::from_secs(30);

/// The hub's nats-server: a handle that may be cloned. Dropping it leaves the process running,
/// to be adopted by the next [`Server::start`] on the same directory.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) binary: Binary,
    pub(super) settings: ServerSettings,
    pub(super) layout: Layout,
    process: Mutex<Option<Process>>,
    record: Mutex<Record>,
    /// Held while the process or its configuration changes.
    pub(super) turn: tokio::sync::Mutex<()>,
}

impl Server {
    /// Adopts the server that runs on `settings.data_dir`, or starts one, and returns once it
    /// serves the hub. With no `agencies`, the accounts of the last run stay; on a first run
    /// there is the hub's alone.
    ///
    /// # Errors
    /// When there is no usable nats-server, it refuses the configuration, or it does not serve.
    pub async fn start(
        mut settings: ServerSettings,
        agencies: &[AgencyAccount],
    ) -> Result<Self, ServerError> {
        let binary = Binary::find().await?;
        make_private_dir(&settings.data_dir)?;
        // One name for one directory: a server is recognised by the path of its configuration.
        settings.data_dir = std::fs::canonicalize(&settings.data_dir)
            .map_err(ServerError::file("resolve", &settings.data_dir))?;
        let layout = Layout::new(&settings.nats_dir());
        make_private_dir(&layout.dir)?;
        make_private_dir(&layout.ports)?;
        let last = layout.read_record();
        let settings_sha256 = sha256(&server_configuration(&settings, &[])?);
        let same_settings =
            last.as_ref().is_some_and(|last| last.settings_sha256 == settings_sha256);
        let record = Record {
            pid: 0,
            port: last.as_ref().map_or(0, |last| last.port),
            settings_sha256,
            configuration_sha256: String::new(),
            agencies: last.as_ref().map_or_else(Vec::new, |last| last.agencies.clone()),
        };
        let server = Self {
            shared: Arc::new(Shared {
                binary,
                settings,
                layout,
                process: Mutex::new(None),
                record: Mutex::new(record),
                turn: tokio::sync::Mutex::new(()),
            }),
        };
        let adopted = server.adopt(same_settings.then_some(last).flatten()).await?;
        if adopted {
            if !agencies.is_empty() {
                server.apply(agencies).await?;
            }
        } else {
            if !agencies.is_empty() {
                server.record().agencies = agencies.to_vec();
            }
            server.start_first().await?;
        }
        Ok(server)
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    /// The process as it is now; another after a restart.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.record().pid
    }

    /// Watches over the server until `shutdown` completes, then stops it. A server that dies is
    /// started again on the same port, at growing intervals.
    ///
    /// # Errors
    /// When the server could not be stopped.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        tokio::pin!(shutdown);
        let mut backoff = FIRST_BACKOFF;
        let mut started = Instant::now();
        loop {
            tokio::select! {
                () = &mut shutdown => return self.stop().await,
                () = self.ended() => {}
            }
            if started.elapsed() > SETTLED {
                backoff = FIRST_BACKOFF;
            }
            tracing::warn!(?backoff, "nats-server ended; starting it again");
            let restart = async {
                sleep(backoff).await;
                let _turn = self.shared.turn.lock().await;
                self.launch().await
            };
            let outcome = tokio::select! {
                () = &mut shutdown => return self.stop().await,
                outcome = restart => outcome,
            };
            if let Err(error) = outcome {
                tracing::error!(error = %error, "start nats-server again");
            }
            started = Instant::now();
            backoff = (backoff * 2).min(LAST_BACKOFF);
        }
    }

    /// Stops the server, by force if it does not end in 10 s.
    ///
    /// # Errors
    /// When a signal could not be delivered to a process that lives.
    pub async fn stop(&self) -> Result<(), ServerError> {
        for signal in [Signal::Terminate, Signal::Kill] {
            let Some(pid) = self.living() else {
                return Ok(());
            };
            let sent = self.shared.binary.signal(signal, pid).await;
            if wait_until(STOP_PATIENCE, || self.living().is_none()).await {
                return Ok(());
            }
            sent?;
        }
        Ok(())
    }

    /// Ends the process at once, as a crash would. [`Server::run`] starts it again.
    pub fn kill(&self) {
        if let Some(pid) = self.living() {
            self.shared.binary.kill_blocking(pid);
        }
    }

    /// Takes over a process that serves under `last`; ends any other that holds the store.
    async fn adopt(&self, last: Option<Record>) -> Result<bool, ServerError> {
        let layout = &self.shared.layout;
        let Some(process) = Process::find(&layout.configuration, &layout.pid) else {
            return Ok(false);
        };
        let pid = process.pid();
        let port = layout.port(pid);
        *self.process() = Some(process);
        if let (Some(mut record), Some(port)) = (last, port) {
            if record.pid != pid {
                // A hub that died before it wrote this process down cannot say what it loaded.
                record.configuration_sha256 = String::new();
            }
            record.pid = pid;
            record.port = port;
            if self.probe_hub(port).await.is_ok() {
                self.keep(record)?;
                tracing::info!(pid, port, "adopted a running nats-server");
                return Ok(true);
            }
        }
        tracing::warn!(pid, "ending a nats-server that does not serve with these settings");
        self.stop().await?;
        Ok(false)
    }

    /// The first launch by this hub. Only here may the port change, and only when another program
    /// has taken it: agencies know it. A server that merely died while it started (killed, out of
    /// memory) starts there again.
    async fn start_first(&self) -> Result<(), ServerError> {
        let asked = self.shared.settings.address.port();
        if asked != 0 {
            self.record().port = asked;
        }
        let remembered = asked == 0 && self.record().port != 0;
        let mut outcome = self.launch().await;
        for _ in 1..FIRST_STARTS {
            let Err(ServerError::Ended(reason)) = &outcome else { break };
            if remembered && self.port_is_taken() {
                tracing::warn!(reason, "another program has the last port of nats-server");
                self.record().port = 0;
            } else {
                tracing::warn!(reason, "nats-server ended while it started; starting it again");
            }
            outcome = self.launch().await;
        }
        outcome
    }

    fn port_is_taken(&self) -> bool {
        let bound =
            std::net::TcpListener::bind((self.shared.settings.address.ip(), self.record().port));
        bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
    }

    /// Starts the process with the recorded port and accounts and waits until it serves.
    async fn launch(&self) -> Result<(), ServerError> {
        let shared = &self.shared;
        let mut record = self.record().clone();
        let text = self.configuration(&record.agencies)?;
        shared.layout.clear_ports();
        shared.layout.write_configuration(&text)?;
        let logged = shared.layout.log_length();
        let child = shared.binary.spawn(&shared.layout.configuration, &shared.layout.log)?;
        let Some(process) = Process::spawned(child, &shared.layout.configuration) else {
            return Err(ServerError::Ended(self.last_complaint(logged)));
        };
        record.pid = process.pid();
        *self.process() = Some(process);
        record.port = self.wait_until_serving(record.pid, logged).await?;
        // Written again with the port it chose, so that a reload finds nothing changed in it.
        self.record().port = record.port;
        let text = self.configuration(&record.agencies)?;
        shared.layout.write_configuration(&text)?;
        record.configuration_sha256 = sha256(&text);
        tracing::info!(pid = record.pid, port = record.port, "nats-server serves");
        self.keep(record)
    }

    async fn wait_until_serving(&self, pid: u32, logged: u64) -> Result<u16, ServerError> {
        let deadline = Instant::now() + START_PATIENCE;
        while Instant::now() < deadline {
            if self.living().is_none() {
                return Err(ServerError::Ended(self.last_complaint(logged)));
            }
            if let Some(port) = self.shared.layout.port(pid)
                && self.probe_hub(port).await.is_ok()
            {
                return Ok(port);
            }
            sleep(POLL).await;
        }
        Err(ServerError::NotServing(pid))
    }

    /// Completes when the process has ended.
    async fn ended(&self) {
        while self.living().is_some() {
            sleep(WATCH).await;
        }
    }

    /// The process number, if the process lives.
    fn living(&self) -> Option<u32> {
        let mut process = self.process();
        let process = process.as_mut()?;
        if process.has_ended() { None } else { Some(process.pid()) }
    }

    pub(super) fn configuration(
        &self,
        agencies: &[AgencyAccount],
    ) -> Result<String, ConfigurationError> {
        let mut settings = self.shared.settings.clone();
        settings.address.set_port(self.record().port);
        server_configuration(&settings, agencies)
    }

    pub(super) fn keep(&self, record: Record) -> Result<(), ServerError> {
        self.shared.layout.write_record(&record)?;
        *self.record() = record;
        Ok(())
    }

    fn last_complaint(&self, logged: u64) -> String {
        let log = self.shared.layout.log_since(logged);
        log.lines().next_back().unwrap_or("it logged nothing").to_owned()
    }

    pub(super) fn tls(&self) -> Option<&ServerTls> {
        self.shared.settings.tls.as_ref()
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.reachable_ip(), self.record().port)
    }

    pub(super) fn reachable_ip(&self) -> IpAddr {
        match self.shared.settings.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
        }
    }

    // A panic while one of these is held leaves a value that is still whole.
    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.shared.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn wait_until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while !holds() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL).await;
    }
    true
}
