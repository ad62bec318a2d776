//! What the dashboard reads from: the pictures that the writer publishes in memory. The binary
//! implements it with a thin adapter, so that this crate never depends on the writer.

use std::sync::Arc;

use carehub_domain::message::Verdict;
use carehub_domain::policy::{Activations, InForce, Policy};
use carehub_domain::sharing::Guarded;
use carehub_domain::{BodyId, HomeId, Position};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::broadcast;

/// The pictures, as of the last commit, sealed: only `carehub_domain::sharing` opens one, for a reader. Every call answers from memory and at once, except
/// [`Pictures::verdicts`], which may read the table, and [`Pictures::past`], which reads the log.
pub trait Pictures: Send + Sync + 'static {
    /// The picture that a token means now: a succeeded registration stands for its successor.
    fn home(&self, token: &HomeId) -> Option<Guarded>;

    /// Every picture, by id, without the succeeded ones.
    fn homes(&self) -> Vec<Guarded>;

    /// The rule book in force.
    fn policy(&self) -> Arc<Policy>;

    /// The rule book in force with its tables, by which the pictures are tallied.
    fn rules(&self) -> Arc<InForce>;

    /// The rule books of the log, and which holds since when.
    fn activations(&self) -> Arc<Activations>;

    /// The fold's time: the latest log timestamp that was folded.
    fn time(&self) -> Timestamp;

    /// How far the fold has come.
    fn progress(&self) -> Progress;

    /// What became of the messages at these positions, in the order asked; positions that hold no
    /// agency's message, or are not folded yet, are left out. It may block on the disk.
    ///
    /// # Errors
    /// The table could not be read.
    fn verdicts(&self, positions: &[Position]) -> Result<Vec<VerdictAt>, ReadError>;

    /// The home that a token meant at a moment in the past, folded from the log up to it: that takes as long as the log
    /// is. A moment to come is now.
    ///
    /// # Errors
    /// The log could not be read.
    fn past<'a>(
        &'a self,
        token: &'a HomeId,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<Past, ReadError>>;

    /// Tells of every home that changes from now on. The channel is bounded: who reads too slowly
    /// learns how many changes were missed.
    fn changes(&self) -> broadcast::Receiver<Changed>;
}

/// A home as it was at a moment in the past.
pub struct Past {
    /// The picture; none where there was none.
    pub home: Option<Guarded>,
    /// The rule book that was in force.
    pub policy: Arc<Policy>,
    /// The time of the last message that is taken in.
    pub at: Timestamp,
}

/// How far the fold has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The last position that is folded and stored.
    pub position: Position,
    /// The last position of the log.
    pub last: Position,
    /// How many messages are not folded yet.
    pub lag: u64,
    /// Whether the fold has caught up since it started.
    pub ready: bool,
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictAt {
    /// Its position.
    pub position: Position,
    /// Who said it.
    pub agency: BodyId,
    /// What became of it.
    pub verdict: Verdict,
}

/// A home's picture changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which home.
    pub home: HomeId,
    /// Its counter after the change.
    pub revision: u64,
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
#[error("read {what}")]
pub struct ReadError {
    /// What was to be read, such as `the verdicts`.
    pub what: &'static str,
    /// Why not.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
