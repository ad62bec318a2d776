//! What readers see: pictures served from memory, published after each commit, so that every view
//! of a home is of one moment (sled has no snapshots).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use carehub_domain::message::Verdict;
use carehub_domain::picture::Home;
use carehub_domain::policy::{Activations, InForce, Policy};
use carehub_domain::sharing::Guarded;
use carehub_domain::{BodyId, HomeId, Position};
use carehub_storage::table::Table;
use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::verdicts::{self, VerdictRow, VerdictsError};

/// How many changes a slow listener may fall behind before it is told that it missed some.
const CHANGES_KEPT: usize = 1_024;

/// A home's picture changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which home.
    pub home: HomeId,
    /// Its revision.
    pub revision: u64,
}

/// How far the hub is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last position folded.
    pub position: u64,
    /// The last position of the log, as far as is known.
    pub last: u64,
    /// Whether it has caught up with the log since it started.
    pub ready: bool,
}

/// The published pictures; clones share them.
#[derive(Clone)]
pub struct View(Arc<Shared>);

struct Shared {
    table: Table,
    now: RwLock<Now>,
    changes: broadcast::Sender<Changed>,
}

#[derive(Default)]
struct Now {
    homes: BTreeMap<HomeId, Arc<Home>>,
    rules: Arc<InForce>,
    activations: Arc<Activations>,
    time: Timestamp,
    progress: Progress,
}

impl View {
    pub(crate) fn new(table: Table) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        Self(Arc::new(Shared { table, now: RwLock::default(), changes }))
    }

    pub(crate) fn publish(
        &self,
        homes: impl IntoIterator<Item = Arc<Home>>,
        policy: &Arc<Policy>,
        activations: &Activations,
        time: Timestamp,
        progress: Progress,
    ) {
        let mut changed = Vec::new();
        {
            let mut now = self.0.now.write().unwrap_or_else(PoisonError::into_inner);
            for home in homes {
                let revision = home.head.revision;
                changed.push(Changed { home: home.id().clone(), revision });
                now.homes.insert(home.id().clone(), home);
            }
            if !Arc::ptr_eq(now.rules.document(), policy) {
                now.rules = Arc::new(InForce::new(Arc::clone(policy)));
            }
            // The documents follow from the ledger, and are long.
            if now.activations.ledger() != activations.ledger() {
                now.activations = Arc::new(activations.clone());
            }
            now.time = time;
            now.progress = progress;
        }
        for change in changed {
            // Nobody may be listening; that is no failure.
            let _ = self.0.changes.send(change);
        }
    }

    fn now<T>(&self, read: impl FnOnce(&Now) -> T) -> T {
        read(&self.0.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The picture of the home that a token means now; a succeeded registration has its successor's.
    #[must_use]
    pub fn home(&self, token: &HomeId) -> Option<Guarded> {
        self.now(|now| {
            let mut home = now.homes.get(token)?;
            // A loop is refused when it is said; the bound keeps an impossible history harmless.
            for _ in 0..64 {
                match &home.head.succeeded_by {
                    Some(next) => home = now.homes.get(next)?,
                    None => break,
                }
            }
            Some(Guarded::seal(Arc::clone(home)))
        })
    }

    /// All pictures by token, without registrations that were succeeded.
    #[must_use]
    pub fn homes(&self) -> Vec<Guarded> {
        self.now(|now| {
            let present = now.homes.values().filter(|home| home.head.succeeded_by.is_none());
            present.map(|home| Guarded::seal(Arc::clone(home))).collect()
        })
    }

    /// The rule book in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.now(|now| Arc::clone(now.rules.document()))
    }

    /// The rule book in force with its tables: the homes are tallied by it.
    #[must_use]
    pub fn rules(&self) -> Arc<InForce> {
        self.now(|now| Arc::clone(&now.rules))
    }

    /// The rule books of the log, and which holds since when.
    #[must_use]
    pub fn activations(&self) -> Arc<Activations> {
        self.now(|now| Arc::clone(&now.activations))
    }

    /// The fold's time.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.now(|now| now.time)
    }

    /// How far the hub is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.now(|now| now.progress)
    }

    /// What became of the agency messages at these positions, as far as they are folded.
    ///
    /// # Errors
    /// The table failed.
    pub fn verdicts(&self, positions: &[Position]) -> Result<Vec<VerdictRow>, VerdictsError> {
        verdicts::at(&self.0.table, positions)
    }

    /// What became of the message at one position, and who said it.
    ///
    /// # Errors
    /// The table failed.
    pub fn verdict(&self, position: Position) -> Result<Option<(BodyId, Verdict)>, VerdictsError> {
        let row = self.verdicts(&[position])?.into_iter().next();
        Ok(row.map(|row| (row.agency, row.verdict)))
    }

    /// Tells which homes change from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }
}
