//! Where things are in this checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The top of the checkout, where the workspace's `Cargo.toml` is.
///
/// Read when the command runs and not when it was compiled, so that a checkout may be moved.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .context("CARGO_MANIFEST_DIR is not set: start this program as `cargo xtask`")?;
    Path::new(&manifest)
        .ancestors()
        .nth(2)
        .map(Path::to_owned)
        .context("CARGO_MANIFEST_DIR does not lie two folders below the top of the checkout")
}

/// Where cargo builds, and where what is fetched is kept (`$CARGO_TARGET_DIR`, else `target`).
pub(crate) fn target() -> Result<PathBuf> {
    let root = root()?;
    Ok(match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root.join(dir),
        None => root.join("target"),
    })
}

/// The real input the tests run on: `$CAREHUB_DATA`, else `../shared/data` beside the checkout.
///
/// `None` when the folder does not exist.
pub(crate) fn data() -> Result<Option<PathBuf>> {
    let dir = match std::env::var_os("CAREHUB_DATA") {
        Some(dir) => root()?.join(dir),
        None => root()?.join("../shared/data"),
    };
    Ok(dir.is_dir().then_some(dir))
}
