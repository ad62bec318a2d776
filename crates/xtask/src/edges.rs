//! `cargo xtask edges`: the dependency edges and the house rules.

use anyhow::Result;

use crate::{checkout, command};

/// Runs the `tidy` test target, where the rules are written down and tested themselves.
pub(crate) fn run() -> Result<()> {
    command::run(
        command::cargo()
            .args(["test", "--quiet", "--package", "carehub-tests", "--test", "tidy"])
            .current_dir(checkout::root()?),
    )
}
