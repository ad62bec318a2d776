//! What the system tests share.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what Linux (32768) and IANA (49152) set aside for connections that go out.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A TCP port of this machine on which nobody listens, for a server that must be told its own or
/// that must come back where it was.
///
/// One process is never given the same port twice, and no connection that goes out takes it, as
/// both happen to a port that the system chose and that was let go again.
///
/// # Panics
///
/// When each of 12,000 ports was given or is taken.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let ports = PORTS.end - PORTS.start;
    // Processes of one machine begin at different places, so that they seldom want the same.
    let first = u16::try_from(std::process::id() * 97 % u32::from(ports)).expect("fewer ports");
    loop {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed);
        assert!(given < ports, "no port is free");
        let port = PORTS.start + (first + given) % ports;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::free_port;

    #[test]
    fn a_port_is_given_once() {
        let given: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(given.len(), 50);
    }
}
