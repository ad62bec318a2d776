//! Gives a running nats-server other accounts.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::config::{AgencyAccount, officer_account};
use super::error::ServerError;
use super::keys::{officer_seed_file, read_key, seed_file};
use super::layout::sha256;
use super::probe::{Probe, ProbeError};
use super::process::Signal;
use super::supervise::{Server, wait_until};

/// A reload answers in milliseconds; the rest is a loaded machine.
const RELOAD_PATIENCE: Duration = Duration::from_secs(10);
/// Reloads that [`Server::apply`] tries before it gives up. Imports of a new account answer "no
/// responders" until the second.
const RELOADS: std::ops::RangeInclusive<u32> = 1..=5;

impl Server {
    /// Gives the server exactly these accounts: checks the configuration, reloads twice, and
    /// returns once every account reaches the hub. The agencies' seeds must be in
    /// `DIR/credentials`, where [`Credentials::ensure`](super::Credentials::ensure) put them.
    /// Does nothing to a server that already runs with them.
    ///
    /// # Errors
    /// The server goes on with the accounts it had.
    pub async fn apply(&self, agencies: &[AgencyAccount]) -> Result<(), ServerError> {
        let _turn = self.shared.turn.lock().await;
        let text = self.configuration(agencies)?;
        let sha256 = sha256(&text);
        let before = self.record().clone();
        if before.configuration_sha256 == sha256 && self.probe_all(agencies).await.is_ok() {
            return Ok(());
        }
        self.shared.layout.write_candidate(&text)?;
        self.shared.binary.check(&self.shared.layout.candidate).await?;
        self.shared.layout.promote_candidate()?;
        if let Err(error) = self.reload_until_served(agencies).await {
            let old = self.configuration(&before.agencies)?;
            self.shared.layout.write_configuration(&old)?;
            if let Err(second) = self.reload().await {
                tracing::error!(error = %second, "restore the last configuration of nats-server");
            }
            return Err(error);
        }
        let mut record = before;
        record.configuration_sha256 = sha256;
        record.agencies = agencies.to_vec();
        self.keep(record)
    }

    async fn reload_until_served(&self, agencies: &[AgencyAccount]) -> Result<(), ServerError> {
        for reload in RELOADS {
            self.reload().await?;
            match self.probe_all(agencies).await {
                Ok(()) if reload > *RELOADS.start() => return Ok(()),
                Err(error) if reload == *RELOADS.end() => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// One reload; returns when the server has logged its outcome, the only place it tells it.
    async fn reload(&self) -> Result<(), ServerError> {
        const DONE: &str = "Reloaded server configuration";
        const FAILED: &str = "Failed to reload server configuration";
        let shared = &self.shared;
        let pid = self.pid();
        let logged = shared.layout.log_length();
        shared.binary.signal(Signal::Reload, pid).await?;
        let mut said = String::new();
        let answered = wait_until(RELOAD_PATIENCE, || {
            said = shared.layout.log_since(logged);
            said.contains(DONE) || said.contains(FAILED)
        })
        .await;
        match said.lines().find(|line| line.contains(FAILED)) {
            Some(line) => Err(ServerError::Refused(line.to_owned())),
            None if answered => Ok(()),
            None => Err(ServerError::NotReloaded(pid)),
        }
    }

    pub(super) async fn probe_hub(&self, port: u16) -> Result<(), ServerError> {
        let failed = |source| ServerError::Probe { account: "hub".to_owned(), source };
        let key = read_key(&seed_file(&self.shared.settings.credentials_dir(), "hub"))?;
        let address = SocketAddr::new(self.reachable_ip(), port);
        let mut probe = Probe::connect(address, &key, "hub", self.tls()).await.map_err(failed)?;
        probe.jetstream().await.map_err(failed)
    }

    async fn probe_all(&self, agencies: &[AgencyAccount]) -> Result<(), ServerError> {
        let port = self.record().port;
        self.probe_hub(port).await?;
        let seeds = self.shared.settings.credentials_dir();
        for agency in agencies {
            self.probe_account(&agency.id, &seed_file(&seeds, &agency.id), true).await?;
            for officer in &agency.officers {
                let seed = officer_seed_file(&seeds, &agency.id, &officer.id);
                let name = officer_account(&agency.id, &officer.id);
                self.probe_account(&name, &seed, false).await?;
            }
        }
        Ok(())
    }

    async fn probe_account(
        &self,
        account: &str,
        seed: &Path,
        publishes: bool,
    ) -> Result<(), ServerError> {
        let key = read_key(seed)?;
        let probe = async {
            let mut probe = Probe::connect(self.address(), &key, account, self.tls()).await?;
            if probe.consumer(account).await? && publishes {
                probe.intake(account).await?;
            }
            Ok(())
        };
        let outcome: Result<(), ProbeError> = probe.await;
        outcome.map_err(|source| ServerError::Probe { account: account.to_owned(), source })
    }
}
