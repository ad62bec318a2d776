//! `cargo xtask erasure-cluster`: how long erased text stays on the disks of a three-node cluster.

use std::process::Command;

use anyhow::Result;

use crate::{checkout, command, nats};

/// Gets a nats-server, builds the measuring program and runs it: ten minutes at most.
pub(crate) fn run() -> Result<()> {
    let server = nats::find_or_fetch()?;
    command::run(
        command::cargo()
            .args(["build", "--package", "carehub-tests"])
            .args(["--bin", "carehub-erasure-cluster"])
            .current_dir(checkout::root()?),
    )?;
    let program = checkout::target()?.join("debug/carehub-erasure-cluster");
    command::run(Command::new(program).env("NATS_SERVER", server))
}
