//! How parties reach the log: over TLS, through a server of their own, with keys that change.

mod cluster;
mod deploy;
mod leaf;
mod rotation;
mod tls;

use std::path::{Path, PathBuf};

use carehub::nats::certificates::{Wanted, make};
use carehub_storage::Tls;

/// An authority in `dir`, a certificate for a server on this machine, and one for each client.
fn certificates(dir: &Path, clients: &[&str]) {
    let wanted = Wanted {
        servers: vec![("server".to_owned(), Vec::new())],
        clients: clients.iter().map(ToString::to_string).collect(),
        today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
        days: 30,
        renew: false,
    };
    make(dir, &wanted).expect("make certificates");
}

/// What a client shows that has this certificate, and trusts the authority of `trusts`.
fn shown(trusts: &Path, certificate: Option<(&Path, &str)>) -> Tls {
    let pair = |(dir, name): (&Path, &str)| -> (PathBuf, PathBuf) {
        (dir.join(format!("{name}.pem")), dir.join(format!("{name}-key.pem")))
    };
    Tls { authority: Some(trusts.join("ca.pem")), certificate: certificate.map(pair) }
}

/// [`crate::harness::until`] with more patience: a hub starts, or a server reloads several times.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "still not so: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
