//! Logging: to standard error, so that what a command prints stays clean. See `docs/LOGGING.md`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. `CAREHUB_LOG` is the filter (default `info,async_nats=warn`), `CAREHUB_LOG_FORMAT=json` writes a
/// JSON object a line.
pub fn start() {
    let filter = EnvFilter::try_from_env("CAREHUB_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,async_nats=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if std::env::var("CAREHUB_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().init();
    } else {
        lines.init();
    }
}
