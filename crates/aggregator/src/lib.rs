//! The loop: read the log in order, decode, fold, decide, commit in one batch, relay. This crate
//! executes; what is true and what follows from it is decided in `carehub-domain`.

mod aggregator;
mod as_known_at;
mod check_log;
mod chunks;
mod commit;
mod decisions;
mod erased;
mod erasing;
mod heads;
mod keys;
mod log_pass;
mod metrics;
mod prepare;
mod prove;
mod rebuild;
mod redecide;
mod relay;
mod restore;
mod seal;
mod stored;
mod tick;
mod verdicts;
mod verify;
mod view;

pub use aggregator::{Aggregator, AggregatorError, Options, Role};
pub use as_known_at::{Known, as_known_at};
pub use check_log::check_log;
pub use erased::in_gap;
pub use erasing::{Erasing, Ledger, erase_all};
pub use keys::OUTBOX;
pub use metrics::Metrics;
pub use prove::{Named, ProveError, position_of, prove};
pub use rebuild::rebuild;
pub use redecide::{Redecision, redecide};
pub use restore::{FOLD_VERSION, RestoreError};
pub use verdicts::VerdictRow;
pub use verify::{DIFFERENCES_LISTED, Difference, Verified, verify};
pub use view::{Changed, Progress, View};
