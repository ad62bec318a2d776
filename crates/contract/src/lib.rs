//! What may be said: the CloudEvents envelope, the JSON Schemas, subjects, decoding, encoding,
//! rejection codes and the scan of free text for personal data.
//!
//! Pure: no clock, no disk, no network. The schema files under `schemas/` are the contract and are
//! compiled in; the domain's types hold what the fold needs of it, and tests hold the two together.

pub mod audit;
mod by_kind;
pub mod codes;
mod contract;
mod decode;
mod encode;
pub mod envelope;
pub mod event_type;
pub mod following;
pub mod form;
mod json;
pub mod personal_data;
mod residue;
pub mod schema;
pub mod seal;
pub mod subject;
mod validate;
mod wire;

pub use audit::{AuditAction, AuditEntry, AuditOutcome, AuditRecord, decode_audit, encode_audit};
pub use contract::{Contract, ContractError};
pub use decode::Mode;
pub use encode::{
    EncodeError, Encoded, alert_of, encode, encode_activation, encode_alert, encode_policy,
    encode_receipt, encode_tick,
};
pub use event_type::{channels, name, names, parse_name};
pub use residue::ErasedMessage;
pub use subject::{BadSubject, DeliveryStep, Subject};
pub use wire::{Alert, AlertChange, Receipt, Receipted};
