//! The command line: one file a command, with what it takes and what it does.
//!
//! Every command takes `--json` where it prints, and exits with 0 when it did what was asked, 1 when
//! something was refused or failed, and 2 when it was called wrongly.

pub mod account;
pub mod activate;
pub mod audit;
pub mod backup;
pub mod chronology;
pub mod config;
pub mod erase;
pub mod following;
pub mod home;
pub mod import;
pub mod nats;
pub mod policy;
pub mod prove;
pub mod pseudonymise;
pub mod publish;
pub mod rebuild;
pub mod register;
pub mod report;
pub mod returned;
pub mod serve;
pub mod simulate;
pub mod subject_access;
pub mod subscribe;
pub mod token;
pub mod up;
pub mod validate;
pub mod verify;

mod agency;
mod event_source;
mod hub_log;
mod log_check;
mod progress;
mod tls;

pub(crate) use agency::secret;
pub use agency::{AgencyArgs, KeyFile};
pub use tls::TlsArgs;
