//! The one binary's parts: command line, configuration, telemetry, wiring. Nothing is decided here.

pub mod activation;
pub mod audit_erasures;
pub mod audit_waiting;
mod bodies;
pub mod command;
pub mod hub;
pub mod mail;
pub mod nats;
mod pictures;
pub mod policy_files;
pub mod pseudonyms;
mod seal_key;
pub mod settings;
pub mod telemetry;
mod web;

/// The fold makes and drops many small things for each event (ADR 0016).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
