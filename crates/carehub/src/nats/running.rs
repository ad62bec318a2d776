//! Where the nats-server of a data directory serves, for whoever only wants to read.

use std::path::Path;

use super::layout::Layout;
use super::process::Process;

/// The URL of the nats-server that runs on `data_dir`; `None` when none does. Nothing is started,
/// adopted or written.
#[must_use]
pub fn running(data_dir: &Path) -> Option<String> {
    // A server is recognised by the path of its configuration, which has one name only.
    let data_dir = std::fs::canonicalize(data_dir).ok()?;
    let layout = Layout::new(&data_dir.join("nats"));
    let process = Process::find(&layout.configuration, &layout.pid)?;
    layout.url(process.pid())
}
