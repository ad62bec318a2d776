//! HTTP over TLS, on real sockets.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carehub_dashboard::{Config, TlsFiles};
use carehub_people::{People, Right, SessionTimes};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::hub::Hub;
use crate::signing_in::{PASSWORD, police, rights};

/// Writes a certificate for this machine and its key; returns the certificate.
fn certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn files(dir: &Path) -> TlsFiles {
    TlsFiles { certificate: dir.join("cert.pem"), key: dir.join("key.pem") }
}

/// Asks over TLS, trusting this certificate alone.
fn ask(
    hub: &Hub,
    trusted: &CertificateDer<'static>,
    request: &str,
) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(hub.address.trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        Err(error) if answer.is_empty() => Err(error),
        Ok(_) | Err(_) => Ok(answer),
    }
}

const PAGE: &str = "GET /sign-in HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[test]
fn over_tls_cookies_are_this_hosts_alone_and_people_sign_in_from_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let trusted = certificate(dir.path());
    let people = People::open(&dir.path().join("accounts"), SessionTimes::default()).unwrap();
    people.add_account("hughes", police(), rights(&[Right::Read]), PASSWORD).unwrap();
    let hub = Hub::listening("0.0.0.0:0", Config::default(), |it| {
        it.with_people(people, None).with_tls(files(dir.path())).unwrap()
    });
    let page = ask(&hub, &trusted, PAGE).unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("strict-transport-security: max-age="), "{page}");
    let cookie = page.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
    assert!(cookie.starts_with("set-cookie: __Host-carehub-attempt="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let csrf = crate::browser::field(&page, "csrf");
    let cookie = cookie.trim_start_matches("set-cookie: ").split(';').next().unwrap();
    let form = format!("csrf={csrf}&to=%2F&name=hughes&password={}", PASSWORD.replace(' ', "+"));
    let post = format!(
        "POST /sign-in HTTP/1.1\r\nhost: localhost\r\norigin: https://localhost\r\ncookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{form}",
        form.len()
    );
    let signed_in = ask(&hub, &trusted, &post).unwrap();
    assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");
    assert!(signed_in.contains("__Host-carehub-session="), "{signed_in}");
    // Plain HTTP is not answered on this port.
    let mut plain = TcpStream::connect(hub.address.trim_start_matches("http://")).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    plain.write_all(PAGE.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "{answer:?}");
}

#[test]
fn a_renewed_certificate_is_taken_while_the_hub_runs_and_a_broken_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let old = certificate(dir.path());
    let hub = Hub::opened(Config::default(), |it| it.with_tls(files(dir.path())).unwrap());
    assert!(ask(&hub, &old, PAGE).is_ok());
    std::fs::write(dir.path().join("cert.pem"), "damaged").unwrap();
    std::thread::sleep(Duration::from_secs(5));
    assert!(ask(&hub, &old, PAGE).is_ok(), "the one before stays in force");
    let new = certificate(dir.path());
    let deadline = Instant::now() + Duration::from_secs(120);
    while ask(&hub, &new, PAGE).is_err() {
        assert!(Instant::now() < deadline, "the new certificate is never taken");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(ask(&hub, &old, PAGE).is_err());
}

#[test]
fn whoever_is_slow_to_shake_hands_or_to_say_what_they_want_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path());
    let short = Duration::from_millis(200);
    let config = || Config { handshake: short, head: short, ..Config::default() };
    let secure = Hub::opened(config(), |it| it.with_tls(files(dir.path())).unwrap());
    let plain = Hub::with(config());
    for (hub, said) in
        [(&secure, &b""[..]), (&plain, &b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "[..])]
    {
        let mut slow = TcpStream::connect(hub.address.trim_start_matches("http://")).unwrap();
        slow.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        slow.write_all(said).unwrap();
        let mut answer = Vec::new();
        let read = slow.read_to_end(&mut answer);
        let timed_out = read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!timed_out, "the connection stays open");
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    }
}
