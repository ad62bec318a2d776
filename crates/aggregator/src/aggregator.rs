//! The loop itself.

mod error;
mod fold;
#[cfg(test)]
mod large_steps;
mod receipts;
mod sign;

pub use error::AggregatorError;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carehub_contract::seal::Signer;
use carehub_contract::{Contract, encode};
use carehub_domain::fold::State;
use carehub_domain::policy::Policy;
use carehub_domain::{HomeId, Position};
use carehub_storage::log::Log;
use carehub_storage::table::{Table, TableOptions};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::erasing::{self, Erasing};
use crate::heads::Heads;
use crate::metrics::Metrics;
use crate::prepare::{Ahead, Preparing};
use crate::relay::{self, OfCause};
use crate::restore::{Restored, fresh, restore};
use crate::seal::Seal;
use crate::tick::Ticker;
use crate::verdicts::VerdictTail;
use crate::view::{Progress, View};

/// What the loop does with its decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It publishes them.
    Active,
    /// It only follows: a warm standby, or a dashboard of its own.
    Following,
}

/// How the loop runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether it publishes.
    pub role: Role,
    /// Messages folded between two commits, at most.
    pub batch: usize,
    /// Keys written to the table in one batch, at most: readers of the table wait for each batch. A
    /// message that changes more is stored in chunks.
    pub keys_at_once: usize,
    /// How a rule book that stands in the log is read. The identity in every shipped binary; a
    /// test of law 2 links a build that decides differently.
    pub read_policy: fn(Policy) -> Policy,
    /// What heads of the log are signed with; without it none are.
    pub signer: Option<Signer>,
    /// The table's cache.
    pub table: TableOptions,
    /// Who deletes the messages whose tombstones are in the log; nobody where another hub does.
    pub erasing: Option<Erasing>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            role: Role::Active,
            batch: 1_000,
            keys_at_once: 2_000,
            read_policy: |policy| policy,
            signer: None,
            table: TableOptions::default(),
            erasing: None,
        }
    }
}

/// How many causes may wait for the relay; beyond that the loop waits too.
const CAUSES_WAITING: usize = 10_000;

/// How long the loop waits for the next message before it looks at the clock.
const IDLE: Duration = Duration::from_millis(200);

/// Readers get new pictures at least so often while the hub catches up.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);

/// The end of the log is asked for at most so often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Reads, folds, decides, commits, relays.
pub struct Aggregator {
    log: Log,
    table: Table,
    contract: Arc<Contract>,
    options: Options,
    metrics: Metrics,
    stream: String,
    state: State,
    position: Position,
    verdicts: VerdictTail,
    seal: Seal,
    /// Where the log ended when the hub started: up to there it replays.
    replays_to: u64,
    /// The last position of the log, as last asked.
    last: u64,
    view: View,
    /// Hears of each message that is to go.
    eraser: Option<mpsc::UnboundedSender<u64>>,
}

impl Aggregator {
    /// Opens the table in `directory` and restores the state. On any doubt about the table it is set
    /// aside, and the log is folded again from the beginning (law 1).
    ///
    /// # Errors
    /// [`AggregatorError`] when the log does not answer or no table can be opened.
    pub async fn open(
        log: Log,
        directory: &Path,
        metrics: Metrics,
        options: Options,
    ) -> Result<Self, AggregatorError> {
        let contract = Contract::compile()?;
        let stream = log.identity().await?.to_string();
        let last = log.last_sequence().await?;
        let mut table = open_table(directory, &options.table)?;
        let restored = match restore(&table, &contract, &stream, last, options.read_policy) {
            Ok(restored) => restored,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the table is set aside; the log is folded again"
                );
                drop(table);
                Table::set_aside(directory)?;
                table = open_table(directory, &options.table)?;
                fresh()
            }
        };
        Self::over(log, table, contract, metrics, options, restored).await
    }

    /// The loop over a table that is open already.
    pub(crate) async fn over(
        log: Log,
        table: Table,
        contract: Contract,
        metrics: Metrics,
        options: Options,
        restored: Restored,
    ) -> Result<Self, AggregatorError> {
        let stream = log.identity().await?.to_string();
        let last = log.last_sequence().await?;
        let Restored { state, position, verdicts, seal } = restored;
        let view = View::new(table.clone());
        let aggregator = Self {
            log,
            table,
            contract: Arc::new(contract),
            options,
            metrics,
            stream,
            state,
            position,
            verdicts,
            seal,
            replays_to: last,
            last,
            view,
            eraser: None,
        };
        let all: Vec<_> = aggregator.state.homes().cloned().collect();
        aggregator.publish_view(all);
        Ok(aggregator)
    }

    /// What readers see; it stays current while the loop runs.
    #[must_use]
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// The table; for dumps and their comparison.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The state; for tests and for `verify`.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Runs until `shutdown`: then the present batch is committed, the outbox published as far as it
    /// goes, and a last tick says how far the decisions are in the log.
    ///
    /// # Errors
    /// [`AggregatorError`]; the process should end then and start again.
    pub async fn run(
        mut self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), AggregatorError> {
        let (causes, waiting) = mpsc::channel(CAUSES_WAITING);
        let relay = (self.options.role == Role::Active)
            .then(|| tokio::spawn(relay::run(self.log.clone(), self.metrics.clone(), waiting)));
        self.relay_outbox(&causes).await?;
        let erasing = self.start_erasing();
        let mut ahead = self.preparing().await?.ahead(self.position);
        let mut ticker = Ticker::new(self.position.0);
        let mut heads = Heads::new();
        let mut unpublished: BTreeSet<HomeId> = BTreeSet::new();
        let mut published_at = std::time::Instant::now();
        let mut asked_at = published_at;
        tokio::pin!(shutdown);
        loop {
            let batch = tokio::select! {
                biased;
                () = &mut shutdown => break,
                batch = ahead.next_batch(self.options.batch, IDLE) => batch?,
            };
            let behind = batch.len() == self.options.batch;
            if !batch.is_empty() {
                let (decided, touched, receipts) = self.fold(batch).await?;
                unpublished.extend(touched);
                if self.options.role == Role::Active {
                    for cause in decided {
                        if causes.send(cause).await.is_err() {
                            break;
                        }
                    }
                    // After the decisions: somebody may be waiting for those.
                    self.send_receipts(receipts).await;
                }
            }
            if asked_at.elapsed() >= ASK_EVERY {
                asked_at = std::time::Instant::now();
                self.ask_last().await;
            }
            if !behind || published_at.elapsed() >= PUBLISH_EVERY {
                self.publish_homes(&std::mem::take(&mut unpublished));
                published_at = std::time::Instant::now();
            }
            if self.options.role == Role::Active && !behind {
                self.tick(&mut ticker).await;
                self.sign(&mut heads).await;
            }
        }
        self.publish_homes(&unpublished);
        if let Some(erasing) = erasing {
            // What is not deleted by now is at the next start: its tombstone says so.
            erasing.abort();
        }
        drop(causes);
        if let Some(relay) = relay {
            // What is not published by now waits in the outbox for the next start.
            let _ = tokio::time::timeout(Duration::from_secs(5), relay).await;
            self.drain(&mut ahead).await?;
            self.last_tick(&mut ticker).await;
        }
        self.table.flush()?;
        Ok(())
    }

    /// Prepares what comes after the present position.
    async fn preparing(&self) -> Result<Preparing, AggregatorError> {
        let contract = Arc::clone(&self.contract);
        Ok(Preparing::after(&self.log, contract, self.position, self.replays_to).await?)
    }

    /// Deletes beside the loop what tombstones say: those of before, then each that is read back.
    fn start_erasing(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        let erasing = self.options.erasing.clone()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "positions only; the fold must not wait for them"
        )]
        let (tell, told) = mpsc::unbounded_channel();
        self.eraser = Some(tell);
        Some(tokio::spawn(erasing::run(self.log.clone(), erasing, self.metrics.clone(), told)))
    }

    /// Reads back what was just published, so that the last tick can say that it is decided.
    async fn drain(&mut self, ahead: &mut Ahead) -> Result<(), AggregatorError> {
        for _ in 0..20 {
            if self.state.outbox().next().is_none() {
                break;
            }
            let batch = ahead.next_batch(self.options.batch, Duration::from_millis(100)).await?;
            if !batch.is_empty() {
                let (_, touched, receipts) = self.fold(batch).await?;
                self.send_receipts(receipts).await;
                self.publish_homes(&touched);
            }
        }
        Ok(())
    }

    /// What waited in the outbox when the hub stopped is published first, in the order of causes.
    async fn relay_outbox(&self, causes: &mpsc::Sender<OfCause>) -> Result<(), AggregatorError> {
        if self.options.role == Role::Following {
            return Ok(());
        }
        let mut by_cause: BTreeMap<Position, Vec<_>> = BTreeMap::new();
        for output in self.state.outbox() {
            let encoded = encode(output)?;
            by_cause.entry(output.cause.position).or_default().push((output.clone(), encoded));
        }
        for (position, messages) in by_cause {
            if causes.send(OfCause { position, messages }).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Publishes a tick when one is due, beside the loop: folding does not wait for it. A tick says
    /// how far the hub's decisions are in the log: everything before the first that still waits.
    async fn tick(&self, ticker: &mut Ticker) {
        if !ticker.is_free().await {
            return;
        }
        let now = Timestamp::now();
        if let Some(due) = ticker.due(self.position.0, self.state.next_due(), now) {
            ticker.publish(self.log.clone(), due, self.position.0, self.decided_through());
        }
    }

    /// The last tick, at whose publishing the hub ends.
    async fn last_tick(&self, ticker: &mut Ticker) {
        ticker.published().await;
        let now = Timestamp::now();
        let due = ticker.due(self.position.0, self.state.next_due(), now).unwrap_or(now);
        ticker.publish(self.log.clone(), due, self.position.0, self.decided_through());
        ticker.published().await;
    }

    fn decided_through(&self) -> Position {
        let waiting = self.state.outbox().next().map(|output| output.cause.position.0);
        Position(waiting.map_or(self.position.0, |cause| cause - 1))
    }

    /// Asks where the log ends, so that a hub that has fallen behind can be seen.
    async fn ask_last(&mut self) {
        match self.log.last_sequence().await {
            Ok(last) => self.last = last,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "asking where the log ends failed");
            }
        }
    }

    fn publish_homes(&self, touched: &BTreeSet<HomeId>) {
        self.publish_view(touched.iter().filter_map(|id| self.state.home(id).cloned()).collect());
    }

    fn publish_view(&self, homes: Vec<Arc<carehub_domain::picture::Home>>) {
        let last = self.last.max(self.position.0);
        let progress =
            Progress { position: self.position.0, last, ready: self.position.0 >= self.replays_to };
        self.metrics.position.set(self.position.0 as i64);
        self.metrics.last.set(last as i64);
        let (policy, activations) = (self.state.policy(), self.state.activations());
        self.view.publish(homes, policy, activations, self.state.time(), progress);
    }
}

pub(crate) fn open_table(
    directory: &Path,
    options: &TableOptions,
) -> Result<Table, AggregatorError> {
    let opened = Table::open_or_set_aside(directory, options)?;
    if let Some(aside) = &opened.set_aside {
        tracing::warn!(reason = ?aside, "the table could not be opened and was set aside");
    }
    Ok(opened.table)
}
