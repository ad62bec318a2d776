//! Lets the dashboard read what the aggregator publishes: neither crate knows the other.

use std::sync::Arc;

use carehub_aggregator::{View, as_known_at};
use carehub_dashboard::{Changed, Past, Pictures, Progress, ReadError, VerdictAt};
use carehub_domain::policy::{Activations, InForce, Policy};
use carehub_domain::sharing::Guarded;
use carehub_domain::{HomeId, Position};
use carehub_storage::log::Log;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::broadcast;

/// The aggregator's view, as the dashboard asks for it.
pub(crate) struct Published {
    view: View,
    log: Log,
    changes: broadcast::Sender<Changed>,
}

impl Published {
    /// Forwards the view's changes for as long as the process lives.
    #[must_use]
    pub(crate) fn new(view: View, log: Log) -> Self {
        let (changes, _) = broadcast::channel(1_024);
        let mut from = view.changes();
        let to = changes.clone();
        tokio::spawn(async move {
            loop {
                match from.recv().await {
                    Ok(change) => {
                        let change = Changed { home: change.home, revision: change.revision };
                        // Nobody may be listening; that is no failure.
                        let _ = to.send(change);
                    }
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "live readers missed changes");
                    }
                    Err(broadcast::error::RecvError::Closed) => break,
                }
            }
        });
        Self { view, log, changes }
    }
}

impl Pictures for Published {
    fn home(&self, token: &HomeId) -> Option<Guarded> {
        self.view.home(token)
    }

    fn homes(&self) -> Vec<Guarded> {
        self.view.homes()
    }

    fn policy(&self) -> Arc<Policy> {
        self.view.policy()
    }

    fn rules(&self) -> Arc<InForce> {
        self.view.rules()
    }

    fn activations(&self) -> Arc<Activations> {
        self.view.activations()
    }

    fn time(&self) -> Timestamp {
        self.view.time()
    }

    fn progress(&self) -> Progress {
        let progress = self.view.progress();
        Progress {
            position: Position(progress.position),
            last: Position(progress.last),
            lag: progress.last.saturating_sub(progress.position),
            ready: progress.ready,
        }
    }

    fn verdicts(&self, positions: &[Position]) -> Result<Vec<VerdictAt>, ReadError> {
        let rows = self
            .view
            .verdicts(positions)
            .map_err(|source| ReadError { what: "the verdicts", source: Box::new(source) })?;
        let row = |row: carehub_aggregator::VerdictRow| VerdictAt {
            position: row.position,
            agency: row.agency,
            verdict: row.verdict,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    fn past<'a>(
        &'a self,
        token: &'a HomeId,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Past, ReadError>> {
        let past = async move {
            let known = as_known_at(&self.log, at, |_| ()).await;
            let known =
                known.map_err(|source| ReadError { what: "the past", source: Box::new(source) })?;
            let home = known.state.home(&known.state.resolve(token)).cloned();
            let policy = Arc::clone(known.state.policy());
            Ok(Past { home: home.map(Guarded::seal), policy, at: known.state.time() })
        };
        past.boxed()
    }

    fn changes(&self) -> broadcast::Receiver<Changed> {
        self.changes.subscribe()
    }
}
