//! The one binary's parts: command line, configuration, telemetry, wiring. Nothing is decided here.

pub mod command;
pub mod hub;
pub mod nats;
mod pictures;
pub mod policy_files;
pub mod settings;
pub mod telemetry;
