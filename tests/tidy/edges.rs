//! Who may depend on whom. Arrows point one way, and the middle sees no runtime and no database.

use std::process::Command;

use serde_json::Value;

use crate::{assert_none, assert_some, checkout};

/// Each package and those of ours that it may name. One that is not listed may not exist.
const OURS: [(&str, &[&str]); 10] = [
    ("carehub-domain", &[]),
    ("carehub-contract", &["carehub-domain"]),
    ("carehub-storage", &[]),
    ("carehub-aggregator", &["carehub-contract", "carehub-domain", "carehub-storage"]),
    ("carehub-people", &["carehub-domain"]),
    (
        "carehub-dashboard",
        &["carehub-contract", "carehub-domain", "carehub-people", "carehub-storage"],
    ),
    ("carehub-client", &["carehub-contract", "carehub-domain", "carehub-storage"]),
    (
        "carehub",
        &[
            "carehub-aggregator",
            "carehub-client",
            "carehub-contract",
            "carehub-dashboard",
            "carehub-domain",
            "carehub-people",
            "carehub-storage",
        ],
    ),
    // Its commands must run when the rest does not compile.
    ("xtask", &[]),
    // The system tests look at everything.
    (
        TESTS,
        &[
            "carehub",
            "carehub-aggregator",
            "carehub-client",
            "carehub-contract",
            "carehub-dashboard",
            "carehub-domain",
            "carehub-people",
            "carehub-storage",
        ],
    ),
];

const TESTS: &str = "carehub-tests";

/// All that the domain may use: no clock, no IO, and the same floats on every platform.
const DOMAIN: [&str; 8] =
    ["ahash", "jiff", "libm", "rand_chacha", "serde", "sha2", "special", "thiserror"];

/// What only one package may say, besides the system tests.
const ONLY_STORAGE: [&str; 2] = ["async-nats", "sled"];

/// What must not be reachable, however indirectly, from the pure packages.
const RUNTIMES: [&str; 5] = ["async-std", "mio", "reqwest", "smol", "tokio"];

struct Dependency {
    from: String,
    to: String,
    is_ours: bool,
    is_dev: bool,
}

#[test]
fn every_dependency_edge_is_allowed() {
    let metadata = checkout::run(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--locked",
    ]));
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata prints JSON");
    let dependencies = read(&metadata);
    assert!(dependencies.len() > 20, "cargo metadata lists hardly any dependencies");
    assert_none(&faults(&dependencies));
    assert_none(&unlisted(&packages(&metadata)));
}

#[test]
fn the_pure_packages_never_see_a_runtime() {
    for package in ["carehub-domain", "carehub-contract"] {
        // The tree of this package alone: in the workspace's one, another member may turn a
        // feature on that this package does not ask for.
        let tree = checkout::run(Command::new(env!("CARGO")).args([
            "tree",
            "--locked",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--package",
            package,
        ]));
        assert!(tree.contains("jiff"), "cargo tree prints something else than expected");
        assert_none(&runtimes(package, &tree));
    }
}

#[test]
fn a_forbidden_edge_is_found() {
    let edge = |from: &str, to: &str, is_ours| {
        [Dependency { from: from.into(), to: to.into(), is_ours, is_dev: false }]
    };
    assert_some(&faults(&edge("carehub-domain", "carehub-contract", true)), "carehub-contract");
    assert_some(&faults(&edge("carehub-client", "carehub-aggregator", true)), "carehub-aggregator");
    assert_some(&faults(&edge("xtask", "carehub-domain", true)), "carehub-domain");
    assert_some(&faults(&edge("carehub-domain", "rand", false)), "rand");
    assert_some(&faults(&edge("carehub-dashboard", "sled", false)), "sled");
    assert_some(&faults(&edge("carehub", "async-nats", false)), "async-nats");
    assert_some(&runtimes("carehub-domain", "jiff v0.2.0\ntokio v1.0.0"), "tokio");
    assert_some(&unlisted(&["carehub-utils".to_owned()]), "carehub-utils");
}

#[test]
fn an_allowed_edge_is_not_a_fault() {
    let dev = |from: &str, to: &str| {
        [Dependency { from: from.into(), to: to.into(), is_ours: false, is_dev: true }]
    };
    assert_none(&faults(&dev("carehub-domain", "proptest")));
    assert_none(&runtimes("carehub-domain", "jiff v0.2.0\ntokio-free v1.0.0"));
}

fn faults(dependencies: &[Dependency]) -> Vec<String> {
    let allowed_ours = |package: &str| {
        OURS.iter().find(|(name, _)| *name == package).map_or(&[][..], |(_, allowed)| allowed)
    };
    let mut faults = Vec::new();
    for Dependency { from, to, is_ours, is_dev } in dependencies {
        let (from, to) = (from.as_str(), to.as_str());
        if *is_ours && !allowed_ours(from).contains(&to) {
            faults.push(format!("{from} may not depend on {to}: it is against the arrows"));
        }
        if from == "carehub-domain" && !is_dev && !is_ours && !DOMAIN.contains(&to) {
            faults.push(format!("{from} may not depend on {to}: it is pure, and kept small"));
        }
        if ONLY_STORAGE.contains(&to) && from != "carehub-storage" && from != TESTS {
            faults.push(format!("{from} may not depend on {to}: only carehub-storage may"));
        }
    }
    faults
}

fn unlisted(packages: &[String]) -> Vec<String> {
    packages
        .iter()
        .filter(|package| !OURS.iter().any(|(name, _)| name == package))
        .map(|package| format!("{package} has no line in tests/tidy/edges.rs"))
        .collect()
}

fn runtimes(package: &str, tree: &str) -> Vec<String> {
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| RUNTIMES.contains(name))
        .map(|name| format!("{package} reaches {name}; see `cargo tree -p {package} -i {name}`"))
        .collect()
}

fn packages(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("cargo metadata lists packages");
    packages.iter().map(|package| text(&package["name"])).collect()
}

fn read(metadata: &Value) -> Vec<Dependency> {
    let packages = metadata["packages"].as_array().expect("cargo metadata lists packages");
    let mut dependencies = Vec::new();
    for package in packages {
        let listed = package["dependencies"].as_array().expect("a package lists dependencies");
        for dependency in listed {
            dependencies.push(Dependency {
                from: text(&package["name"]),
                to: text(&dependency["name"]),
                is_ours: dependency.get("path").is_some(),
                is_dev: dependency["kind"] == "dev",
            });
        }
    }
    dependencies
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name is a string").to_owned()
}
