//! The pseudonymisation service: a process of its own, with a key that the hub never has.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::process::carehub;

/// The service, killed with this value.
struct Service {
    child: Child,
    url: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn service(dir: &Path, key: &str, an_hour: &str) -> Service {
    let log = std::fs::File::create(dir.join("service.log")).expect("a file for its log");
    let mut child = Command::new(carehub())
        .args(["pseudonymise", "serve", "--json", "--listen", "127.0.0.1:0", "--an-hour", an_hour])
        .arg("--key-file")
        .arg(dir.join(key))
        .arg("--tokens")
        .arg(dir.join("tokens"))
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("start the service");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("its ready line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let url = ready["http"].as_str().expect("where it serves").to_owned();
    Service { child, url }
}

fn new_key(dir: &Path, name: &str) {
    let status = Command::new(carehub()).args(["pseudonymise", "key"]).arg(dir.join(name)).status();
    assert!(status.expect("run carehub").success());
}

/// Asks as an agency: the status and what was answered.
fn ask(service: &Service, token: &str, numbers: &[&str]) -> (u16, Value) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent
        .post(format!("{}/v1/pseudonyms", service.url))
        .header("authorization", format!("Bearer {token}"))
        .send_json(json!({ "nhs_numbers": numbers }))
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.body_mut().read_json().expect("JSON"))
}

#[test]
fn two_agencies_get_one_reference_and_nothing_of_the_number_is_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("tokens")).expect("a directory");
    for agency in ["council-safeguarding", "acute-trust"] {
        let file = dir.path().join(format!("tokens/{agency}.token"));
        std::fs::write(file, format!("secret of {agency}")).expect("a token");
    }
    new_key(dir.path(), "person.key");
    new_key(dir.path(), "other.key");
    let first = service(dir.path(), "person.key", "12");
    let (status, council) = ask(&first, "secret of council-safeguarding", &["999 000 0018"]);
    assert_eq!(status, 200, "{council}");
    let (_, hospital) = ask(&first, "secret of acute-trust", &["9990000018", "9990000019"]);
    let reference = |answer: &Value| answer["items"][0]["person_ref"].as_str().map(str::to_owned);
    assert!(reference(&council).is_some_and(|reference| reference.starts_with("pn1:")));
    assert_eq!(reference(&council), reference(&hospital), "one person, one reference");
    assert_eq!(hospital["items"][1]["error"], "nhs-number-malformed", "{hospital}");
    // Who has no token learns nothing, and who has one not without end.
    assert_eq!(ask(&first, "secret of police", &["9990000018"]).0, 401);
    let many = ["9990000018"; 12];
    let (status, refused) = ask(&first, "secret of acute-trust", &many);
    assert_eq!((status, &refused["code"]), (429, &json!("rate-limited")));
    assert!(!refused.to_string().contains("999"), "no answer repeats a number");
    // Another partnership's key: another reference.
    let second = service(dir.path(), "other.key", "12");
    let (_, foreign) = ask(&second, "secret of acute-trust", &["9990000018"]);
    assert_ne!(reference(&foreign), reference(&council));
    drop((first, second));
    let log = std::fs::read_to_string(dir.path().join("service.log")).expect("its log");
    assert!(!log.contains("9990000018") && !log.contains("999 000"), "{log}");
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("tokens")).expect("a directory");
    new_key(dir.path(), "person.key");
    let output = Command::new(carehub())
        .args(["pseudonymise", "serve", "--listen", "0.0.0.0:0", "--key-file"])
        .arg(dir.path().join("person.key"))
        .arg("--tokens")
        .arg(dir.path().join("tokens"))
        .output()
        .expect("run carehub");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a loopback address"));
}
