//! Wires aggregator and dashboard onto a log. Decides nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_aggregator::{Aggregator, Erasing, Ledger, Metrics, Options, Role, View, erase_all};
use carehub_contract::{AuditAction, AuditRecord, encode_policy};
use carehub_dashboard::{Dashboard, Tokens};
use carehub_domain::BodyId;
use carehub_domain::policy::{Body, Policy};
use carehub_storage::Connection;
use carehub_storage::log::{Eraser, Log, Once, StreamSettings};
use carehub_storage::table::TableOptions;
use jiff::Timestamp;
use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::activation;
use crate::audit_erasures;
use crate::audit_waiting;
use crate::mail::Post;
use crate::nats::{Agency, officer_account};
use crate::pictures::Published;
use crate::seal_key;
use crate::settings::Settings;
use crate::web;

/// The rule book in force in the log by now, after appending `begin_with` to a log that has none. The
/// flag says whether it was appended now.
///
/// # Errors
/// The log does not answer, or holds a rule book that this build cannot read.
pub async fn policy_in_force(log: &Log, begin_with: Policy) -> anyhow::Result<(Policy, bool)> {
    let now = Timestamp::now();
    if let Some(policy) = in_force(log, now).await? {
        if policy.version != begin_with.version {
            tracing::warn!(
                in_force = policy.version,
                given = begin_with.version,
                "the log has a policy in force; the one given is not activated by starting the hub"
            );
        }
        return Ok((policy, false));
    }
    let encoded = encode_policy(&begin_with, now).context("write the policy")?;
    let stored = log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await;
    match stored.context("append the policy to the log")? {
        Once::Stored(_) => {
            let what = Some(begin_with.version.clone());
            let record = AuditRecord { what, ..AuditRecord::of(AuditAction::PolicyActivated) };
            audit_waiting::record(log, record).await?;
            Ok((begin_with, true))
        }
        Once::AlreadySame(_) | Once::AlreadyDifferent(_) => {
            let policy = in_force(log, Timestamp::now()).await?;
            Ok((policy.context("this build cannot read the policy in the log")?, false))
        }
    }
}

/// What came due while no hub ran takes effect with its first tick: it counts here already.
async fn in_force(log: &Log, now: Timestamp) -> anyhow::Result<Option<Policy>> {
    let mut activations = activation::read(log).await?;
    activations.advance(now);
    Ok(activations.policy().map(|_| Policy::clone(&activations.in_effect())))
}

/// The bodies of a policy as accounts of the nats-server. One that has been succeeded has none any more:
/// its keys open nothing.
#[must_use]
pub fn agencies(policy: &Policy) -> Vec<Agency> {
    let goes_on = |body: &&Body| !policy.successions.has_ended(&body.id);
    policy
        .body
        .iter()
        .filter(goes_on)
        .map(|body| Agency {
            id: body.id.to_string(),
            register_owner: policy.holds(&body.id, &policy.powers.register),
            officers: body.officers.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

/// Creates the log and the audit, or compares their settings with the safe ones.
///
/// # Errors
/// The server does not answer, or a stream has settings under which it could be lost or forged.
pub async fn ensure_streams(log: &Log, settings: &Settings) -> anyhow::Result<()> {
    let of_stream = StreamSettings { replicas: settings.replicas };
    log.ensure_stream(&of_stream).await?;
    log.audit().ensure_stream(&of_stream).await?;
    Ok(())
}

/// Gives every agency and officer that reads a durable consumer of its own, and deletes those of
/// agencies that have gone.
///
/// # Errors
/// The log does not answer.
pub async fn ensure_consumers(log: &Log, policy: &Policy) -> anyhow::Result<()> {
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for body in policy.body.iter().filter(|body| !policy.successions.has_ended(&body.id)) {
        let rooms = ["escalation", "notice", "rejection", "refusal"];
        let feed = rooms.map(|room| format!("carehub.{room}.{}.>", body.id)).to_vec();
        let reads = !policy.holds(&body.id, &policy.powers.never_reads);
        for officer in body.officers.iter().filter(|_| reads) {
            let name = officer_account(body.id.as_str(), officer.as_str());
            wanted.insert(name, vec![format!("carehub.escalation.{}.>", body.id)]);
        }
        // Whoever only speaks still learns what was returned for correction.
        let feed = if reads { feed } else { feed[2..].to_vec() };
        wanted.insert(body.id.to_string(), feed);
    }
    for (name, filters) in &wanted {
        log.ensure_consumer(name, filters.clone()).await?;
    }
    for name in log.consumers().await? {
        if !wanted.contains_key(&name) {
            log.delete_consumer(&name).await?;
        }
    }
    Ok(())
}

/// The parts that can be switched off.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Fold and decide for the partnership; without it this process only follows.
    pub aggregator: bool,
    /// Serve HTTP.
    pub dashboard: bool,
}

/// A running hub.
pub struct Running {
    /// Where HTTP is served.
    pub http: Option<SocketAddr>,
    /// What readers see.
    pub view: View,
    /// The tokens that open the read side.
    pub tokens: Tokens,
    tasks: JoinSet<anyhow::Result<()>>,
    stop: watch::Sender<bool>,
}

/// Opens the projections and starts the parts.
///
/// # Errors
/// The log does not answer, the projections are in use, or the address is taken.
pub async fn start(
    log: Log,
    settings: &Settings,
    parts: Parts,
    tokens: &BTreeMap<BodyId, String>,
    erasing: Option<Erasing>,
) -> anyhow::Result<Running> {
    let role = if parts.aggregator { Role::Active } else { Role::Following };
    let signer = match role {
        Role::Active => Some(seal_key::signer(&settings.credentials_dir())?),
        Role::Following => None,
    };
    let options = Options { signer, erasing, ..options(settings, role) };
    start_with(log, settings, parts, tokens, options).await
}

/// [`start`] with a loop that runs in another way: a test of law 2 links a build that reads the rule
/// book differently.
///
/// # Errors
/// As [`start`].
pub async fn start_with(
    log: Log,
    settings: &Settings,
    parts: Parts,
    tokens: &BTreeMap<BodyId, String>,
    options: Options,
) -> anyhow::Result<Running> {
    let registry = Registry::new();
    let metrics = Metrics::new(&registry).context("register metrics")?;
    let aggregator = Aggregator::open(log.clone(), &settings.table_dir(), metrics, options).await?;
    let view = aggregator.view();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let stopping = stopped_by(stopped.clone());
    tasks.spawn(async move { aggregator.run(stopping).await.context("the aggregator stopped") });
    if parts.aggregator {
        let waiting = audit_waiting::keep_all(settings.data_dir.clone(), log.clone());
        let erasures = audit_erasures::keep_all(log.clone());
        let stopping = stopped_by(stopped.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = waiting => {}
                () = erasures => {}
                () = stopping => {}
            }
            Ok(())
        });
    }
    if parts.aggregator
        && let Some(post) = Post::open(settings, log.clone(), view.clone(), &registry)?
    {
        let stopping = stopped_by(stopped.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = post.run() => {}
                () = stopping => {}
            }
            Ok(())
        });
    }
    let mut http = None;
    let tokens = Tokens::new(tokens);
    if parts.dashboard {
        let listener = TcpListener::bind(&settings.http)
            .await
            .with_context(|| format!("listen on {}", settings.http))?;
        http = Some(listener.local_addr()?);
        let pictures = Published::new(view.clone(), log.clone());
        let dashboard =
            Dashboard::new(web::config(settings), pictures, log, registry, tokens.clone())?;
        let dashboard = web::opened(dashboard, settings)?;
        let stopping = stopped_by(stopped);
        tasks.spawn(async move {
            dashboard.run(listener, stopping).await.context("the dashboard stopped")
        });
    }
    Ok(Running { http, view, tokens, tasks, stop })
}

/// With what the hub erases: a connection of the erasure account, and the ledger beside the log.
///
/// # Errors
/// The key cannot be read, or the server does not take it.
pub async fn erasing(url: &str, key: &Path, settings: &Settings) -> anyhow::Result<Erasing> {
    let seed = crate::command::secret(key)?;
    let connection = Connection::new(url, "carehub erasure").with_key(seed);
    let connection = connection.with_tls(settings.nats_tls());
    let eraser = Eraser::connect(&connection).await.context("connect to the log to erase")?;
    Ok(Erasing { eraser, ledger: Ledger::of(&settings.data_dir) })
}

/// Everything that tombstones say is gone before anybody reads, those of a later log included.
///
/// # Errors
/// The log does not answer, or the ledger cannot be read or written.
pub async fn erase_first(log: &Log, erasing: &Erasing) -> anyhow::Result<()> {
    let carried = erase_all(log, erasing).await.context("apply the erasures")?;
    if carried > 0 {
        tracing::warn!(carried, "tombstones of a later log were carried over into this one");
    }
    Ok(())
}

/// How the loop runs under these settings.
#[must_use]
pub fn options(settings: &Settings, role: Role) -> Options {
    Options {
        role,
        batch: settings.batch,
        table: TableOptions { cache_bytes: settings.cache_mib << 20, ..TableOptions::default() },
        ..Options::default()
    }
}

async fn stopped_by(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

impl Running {
    /// Waits until the fold has caught up with the log.
    ///
    /// # Errors
    /// A part stopped before.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(10));
        while !self.view.progress().ready {
            tokio::select! {
                _ = look.tick() => {}
                Some(ended) = self.tasks.join_next() => {
                    ended??;
                    anyhow::bail!("the hub stopped before it was ready");
                }
            }
        }
        Ok(())
    }

    /// Runs until `shutdown`, or until a part fails; then stops the others and waits for them.
    ///
    /// # Errors
    /// What the part failed with.
    pub async fn until(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let first = tokio::select! {
            () = shutdown => Ok(()),
            Some(ended) = self.tasks.join_next() => ended?,
        };
        let _ = self.stop.send(true);
        let mut outcome = first;
        while let Some(ended) = self.tasks.join_next().await {
            outcome = outcome.and(ended?);
        }
        outcome
    }
}

/// Completes on Ctrl-C or SIGTERM. It listens to SIGTERM from the call on: whoever reads that the hub is ready may end
/// it at once.
pub fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    async {
        match terminate {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}
