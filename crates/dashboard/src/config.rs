//! What an operator may set of the read side.

use std::time::Duration;

/// Bounds of the HTTP server. [`Config::default`] suits a county on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long a request may take until its answer begins.
    pub request_timeout: Duration,
    /// The largest body of a request, in bytes.
    pub body_limit: usize,
    /// How many requests are worked on at once; more are turned away.
    pub concurrent_requests: usize,
    /// How many readers may listen to live changes at once; more are turned away.
    pub live_readers: usize,
    /// After how long without a change a live reader hears a comment, so that proxies keep the
    /// connection.
    pub keep_alive: Duration,
    /// How long requests may still run after shutdown was asked for.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            // 1,000 positions of 20 digits each are 22 KB.
            body_limit: 64 * 1024,
            concurrent_requests: 256,
            live_readers: 64,
            keep_alive: Duration::from_secs(15),
            drain: Duration::from_secs(5),
        }
    }
}
