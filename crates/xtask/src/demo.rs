//! `cargo xtask demo`.
use anyhow::Result;
use clap::Args;

/// What `cargo xtask demo` takes.
#[derive(Args)]
pub(crate) struct Options {}

pub(crate) fn run(_options: &Options) -> Result<()> {
    Ok(())
}
