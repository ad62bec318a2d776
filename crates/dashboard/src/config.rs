//! What an operator may set of the read side.

use std::net::IpAddr;
use std::time::Duration;

use crate::limits::Rate;

/// Bounds of the HTTP server. [`Config::default`] suits a county on one machine.
#[derive(Debug, Clone, PartialEq)]
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
    /// How many connections there are at once; a quarter of them from one address, unless it is this
    /// machine's or the proxy's.
    pub connections: usize,
    /// How long the head of a request may take to come, and how long a connection may be idle.
    pub head: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How many requests one credential, or one person, may make.
    pub rate_per_credential: Rate,
    /// How many requests one address may make that shows no known credential.
    pub rate_per_address: Rate,
    /// The hub's address as browsers know it, such as `https://carehub.example.org`; by default where it
    /// listens.
    pub public_url: Option<String>,
    /// A proxy in front of the hub that is believed where requests come from (`X-Forwarded-For`).
    pub trusted_proxy: Option<IpAddr>,
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
            connections: 1_024,
            head: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            // A program that reads a county's homes one by one stays below it.
            rate_per_credential: Rate { per_second: 200.0, burst: 2_000.0 },
            rate_per_address: Rate { per_second: 20.0, burst: 400.0 },
            public_url: None,
            trusted_proxy: None,
        }
    }
}
