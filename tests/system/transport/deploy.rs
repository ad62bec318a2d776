//! `deploy/nats/` is what the generator writes, and nats-server takes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::process::carehub;

/// The example pack, the public keys of nobody, and the layouts, by directory.
const LAYOUTS: [(&str, &[&str]); 2] = [
    ("single", &[]),
    (
        "cluster",
        &[
            "--server",
            "a=a.example.org",
            "--server",
            "b=b.example.org",
            "--server",
            "c=c.example.org",
            "--leaf-port",
            "7422",
            "--leaf",
            "licensing",
        ],
    ),
];

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nats")
}

/// A pack with few bodies.
fn policy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policy/oregon")
}

fn generate(keys: &Path, further: &[&str], mode: &str, place: &Path) -> Output {
    let mut command = Command::new(carehub());
    command.args(["nats", "config", "--policy"]).arg(policy()).arg("--keys").arg(keys);
    command.args(further).arg(mode).arg(place).output().expect("run carehub")
}

/// After a change of the generator: `UPDATE_EXPECT=1 cargo xtask test --test system -- deploy`.
#[test]
fn the_reference_files_are_what_the_generator_writes() {
    let keys = deploy().join("keys");
    for (layout, further) in LAYOUTS {
        let place = deploy().join(layout);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let made = generate(&keys, further, "--out", &place);
            assert!(made.status.success(), "{made:?}");
        }
        let checked = generate(&keys, further, "--check", &place);
        let said = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{layout}: {said}{checked:?}");
        let again = tempfile::tempdir().expect("a directory");
        generate(&keys, further, "--out", again.path());
        for file in std::fs::read_dir(again.path()).expect("list").flatten() {
            let (name, one) = (file.file_name(), std::fs::read(file.path()).expect("read"));
            assert_eq!(one, std::fs::read(place.join(&name)).expect("read"), "{name:?}");
        }
    }
}

/// A difference is found, named, and exit status 1.
#[test]
fn a_configuration_that_was_changed_by_hand_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("nats-server.conf");
    let text = std::fs::read_to_string(deploy().join("single/nats-server.conf")).expect("read");
    let line = "      { service: \"carehub.concern.*.>\", account_token_position: 3 }\n";
    assert!(text.contains(line), "the line that is changed");
    let weaker = "      { service: \"carehub.concern.*.>\" }\n";
    std::fs::write(&file, text.replace(line, weaker)).expect("write");
    let keys = deploy().join("keys");
    let checked = generate(&keys, &["--json"], "--check", &file);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let said: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!(said["ok"], false);
    let diff = said["differences"]["nats-server.conf"].as_str().expect("a difference");
    assert!(diff.contains(&format!("-{weaker}")) && diff.contains(&format!("+{line}")), "{diff}");
}

/// Keys are made once, private, and never printed; a body without a key is named.
#[test]
fn keys_are_made_or_asked_for() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let keys = dir.path().join("keys");
    let run = |flag: &str| {
        let mut command = Command::new(carehub());
        command.args(["nats", "config", "--policy"]).arg(policy());
        command.args(["--json", flag]).arg(&keys);
        command.output().expect("run carehub")
    };
    let missing = run("--keys");
    assert!(!missing.status.success());
    let said = String::from_utf8_lossy(&missing.stderr);
    assert!(said.contains("hub") && said.contains("licensing"), "{said}");

    let made = run("--generate-keys");
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let mut seeds = 0;
    for file in std::fs::read_dir(&keys).expect("list").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("read");
        if file.path().extension().is_some_and(|extension| extension == "nk") {
            seeds += 1;
            assert!(!said.contains(text.trim()), "a seed is printed");
            assert_eq!(file.metadata().expect("inspect").permissions().mode() & 0o777, 0o600);
        } else {
            assert!(said.contains(text.trim()), "{:?}", file.path());
        }
    }
    assert_eq!(seeds, 9, "six bodies, an officer, the hub, erasure");
    // The same keys give the same text.
    let again = String::from_utf8_lossy(&run("--generate-keys").stdout).into_owned();
    let files = |text: &str| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(text).expect("JSON")["files"].take()
    };
    assert_eq!(files(&said), files(&again));
}
