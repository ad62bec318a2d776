//! Habits that can be read off a file's text.

use crate::checkout::{File, files};
use crate::{assert_none, assert_some};

/// Longer than a file should be.
const LONG: usize = 400;

/// The files that are longer on purpose, each with the reason.
const LONG_ON_PURPOSE: [(&str, &str); 12] = [
    (
        "crates/carehub/src/policy_files/tests/norfolk.rs",
        "a row for each trigger of the pack, as its source writes it",
    ),
    ("crates/contract/tests/suite/round_trip.rs", "a round trip for each message of the hub"),
    ("crates/dashboard/tests/http/hub.rs", "one hub in memory, with each way that a test asks it"),
    ("crates/domain/tests/domain/backtest.rs", "stories, with their whole reports"),
    ("crates/domain/tests/domain/overdue.rs", "stories, a few for each row of what may be overdue"),
    (
        "crates/domain/tests/domain/succession.rs",
        "stories, one for each thing that moves when bodies merge",
    ),
    ("crates/domain/tests/domain/record.rs", "stories, one for each event of the record"),
    (
        "crates/domain/tests/domain/count_oracle.rs",
        "the oracle shares nothing, a calendar included",
    ),
    (
        "crates/domain/tests/domain/following.rs",
        "stories, one for each thing that decides when something is told",
    ),
    (
        "tests/system/mailing.rs",
        "one mail server and one desk, with each story that is told of them",
    ),
    ("crates/domain/tests/domain/laws.rs", "the generator and the laws that it is for"),
    ("crates/domain/tests/domain/lives.rs", "stories, one after the other, with their outcomes"),
];

#[test]
fn every_module_opens_with_what_it_is_for() {
    assert_none(&unopened(&files()));
    assert_some(&unopened(&[File::new("crates/domain/src/a.rs", "use x;\n//! Late.")]), "a.rs");
}

#[test]
fn no_file_is_long_without_a_reason() {
    assert_none(&long(&files(), &LONG_ON_PURPOSE));
    let file = [File::new("crates/domain/src/a.rs", &"//! A.\n".repeat(LONG + 1))];
    assert_some(&long(&file, &[]), "401 lines");
    assert_none(&long(&file, &[("crates/domain/src/a.rs", "a table")]));
    assert_some(&long(&[], &[("crates/domain/src/a.rs", "a table")]), "not long");
}

#[test]
fn only_storage_names_the_log_and_the_table() {
    assert_none(&database_names(&files()));
    let broken = File::new("crates/client/src/a.rs", "//! A.\nuse async_nats::Client;");
    assert_some(&database_names(&[broken]), "async_nats::");
    let comment = File::new("crates/client/src/a.rs", "//! Like sled::Tree.");
    assert_none(&database_names(&[comment]));
}

#[test]
fn a_lint_is_expected_and_not_allowed() {
    assert_none(&allowed(&files()));
    let broken = File::new("crates/client/src/a.rs", &format!("{}clippy::x)]", ALLOW[0]));
    assert_some(&allowed(&[broken]), "expect");
}

#[test]
fn no_test_is_ignored() {
    assert_none(&ignored(&files()));
    let broken = File::new("tests/system/a.rs", &format!("{} = \"slow\"]", IGNORE));
    assert_some(&ignored(&[broken]), "a.rs");
}

#[test]
fn no_path_of_the_machine_it_was_written_on() {
    assert_none(&machine_paths(&files()));
    let broken = File::new("README.md", &format!("see {}main/README.md", MACHINE[0]));
    assert_some(&machine_paths(&[broken]), "README.md:1");
    assert_none(&machine_paths(&[File::new("README.md", "the police's network/working files")]));
}

#[test]
fn the_domain_has_lints_of_its_own() {
    let files = files();
    let nested = text(&files, "crates/domain/clippy.toml");
    assert_none(&unrepeated(text(&files, "clippy.toml"), nested));
    for path in ["HashMap", "std::time::Instant", "jiff::Zoned::now", "f64::powf", "std::env::var"]
    {
        assert!(nested.contains(path), "crates/domain/clippy.toml no longer forbids {path}");
    }
    assert_some(&unrepeated("a = 1\nb = 2", "a = 1"), "b = 2");
}

fn unopened(files: &[File]) -> Vec<String> {
    rust(files)
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}: does not open with `//! `", file.path))
        .collect()
}

fn long(files: &[File], on_purpose: &[(&str, &str)]) -> Vec<String> {
    let is_listed = |path: &str| on_purpose.iter().any(|(listed, _)| *listed == path);
    let too_long: Vec<(&str, usize)> = rust(files)
        .map(|file| (file.path.as_str(), file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONG)
        .collect();
    let unlisted = too_long.iter().filter(|(path, _)| !is_listed(path)).map(|(path, lines)| {
        format!("{path}: {lines} lines; split it, or list it in tests/tidy/sources.rs with why")
    });
    let stale = on_purpose
        .iter()
        .filter(|(listed, _)| !too_long.iter().any(|(path, _)| path == listed))
        .map(|(listed, _)| format!("{listed}: listed as long on purpose, and not long"));
    unlisted.chain(stale).collect()
}

fn database_names(files: &[File]) -> Vec<String> {
    let elsewhere = files.iter().filter(|file| {
        file.is_rust() && file.krate().is_some_and(|krate| krate != "storage" && krate != "xtask")
    });
    found(elsewhere, &["sled::", "async_nats::"], |line, name| {
        let code = line.split("//").next().unwrap_or_default();
        code.contains(name)
    })
}

/// Put together here so that this file does not say what it forbids.
const ALLOW: [&str; 2] = [concat!("#[", "allow("), concat!("#![", "allow(")];

fn allowed(files: &[File]) -> Vec<String> {
    found(rust(files), &ALLOW, |line, name| line.contains(name))
        .into_iter()
        .map(|fault| format!("{fault}; write expect with a reason: it fails when it is stale"))
        .collect()
}

const IGNORE: &str = concat!("#[", "ignore");

fn ignored(files: &[File]) -> Vec<String> {
    found(rust(files), &[IGNORE], |line, name| line.contains(name))
}

const MACHINE: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/tmp/", "bash_jobs"),
    concat!("/tmp/", "tools"),
    concat!("/ro", "ot/"),
];

fn machine_paths(files: &[File]) -> Vec<String> {
    found(files.iter(), &MACHINE, |line, path| {
        // A folder at the top of the machine, and not the tail of a longer path or address.
        line.match_indices(path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|before| before.is_alphanumeric() || "./-_}".contains(before))
        })
    })
}

/// A nested clippy.toml replaces the root's: every line of settings must be in both.
fn unrepeated(root: &str, nested: &str) -> Vec<String> {
    root.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| !nested.lines().any(|other| other.trim() == *line))
        .map(|line| format!("crates/domain/clippy.toml lacks this line of clippy.toml: {line}"))
        .collect()
}

fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.is_rust())
}

/// Where one of the names stands in one of the files, as `path:line`.
fn found<'a>(
    files: impl Iterator<Item = &'a File>,
    names: &[&str],
    stands_in: impl Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            for name in names.iter().filter(|name| stands_in(line, name)) {
                faults.push(format!("{}:{}: says {name}", file.path, number + 1));
            }
        }
    }
    faults
}

#[track_caller]
fn text<'a>(files: &'a [File], path: &str) -> &'a str {
    let file = files.iter().find(|file| file.path == path);
    &file.unwrap_or_else(|| panic!("{path} is missing")).text
}
