//! docs/ARCHITECTURE.md names only what exists, and every crate.
//!
//! What counts as a name is what stands between backticks, and each word of a fenced block.

use std::collections::BTreeSet;

use crate::checkout::{File, files};
use crate::{assert_none, assert_some};

const MAP: &str = "docs/ARCHITECTURE.md";

#[test]
fn the_map_names_what_exists_and_every_crate() {
    let files = files();
    let map = files.iter().find(|file| file.path == MAP).expect("docs/ARCHITECTURE.md is missing");
    assert_none(&faults(&map.text, &files));
}

#[test]
fn a_map_that_drifted_is_found() {
    let files = [
        File::new("crates/domain/src/lib.rs", "//! Domain.\npub mod trigger;\npub struct Home;"),
        File::new("crates/domain/src/trigger/count.rs", "//! Count.\npub fn count() {}"),
    ];
    #[track_caller]
    fn check(files: &[File], map: &str, expected: Option<&str>) {
        let map = format!("crates: `crates/domain`.\n{map}");
        match expected {
            Some(part) => assert_some(&faults(&map, files), part),
            None => assert_none(&faults(&map, files)),
        }
    }
    check(&files, "see `crates/domain/src/trigger/`, `trigger/count.rs`, `Home`", None);
    check(&files, "`/api/v1/homes`, `application/json`, `target/demo`, `a_word`, `POST /x`", None);
    check(&files, "`domain::trigger::count`", None);
    check(&files, "`crates/domains`", Some("crates/domains"));
    check(&files, "`trigger/sum.rs`", Some("trigger/sum.rs"));
    check(&files, "`carehub-domains`", Some("carehub-domains"));
    check(&files, "`domain::escalation`", Some("escalation"));
    check(&files, "`HomeMap`", Some("HomeMap"));
    check(&files, "```\ncrates/domain/src/event/   what happened\n```", Some("src/event/"));
    assert_some(&faults("nothing", &files), "crates/domain");
}

fn faults(map: &str, files: &[File]) -> Vec<String> {
    let crates: BTreeSet<&str> = files.iter().filter_map(File::krate).collect();
    let top: BTreeSet<&str> =
        files.iter().filter_map(|file| file.path.split_once('/')).map(|(top, _)| top).collect();
    let words: BTreeSet<(Option<&str>, &str)> = files
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| identifiers(&file.text).map(move |word| (file.krate(), word)))
        .collect();

    let mut faults = Vec::new();
    for name in names(map) {
        let first = name.split('/').next().unwrap_or_default();
        let is_path = name.contains('/') && (top.contains(first) || name.ends_with('/'))
            || name.ends_with(".rs");
        let stands = if is_path {
            exists(name, files)
        } else if let Some(krate) = name.strip_prefix("carehub-") {
            crates.contains(krate) || krate == "tests"
        } else if let Some((krate, path)) = name.split_once("::") {
            let krate = krate.trim_start_matches("carehub_");
            !crates.contains(krate)
                || path.split("::").all(|part| words.contains(&(Some(krate), part)))
        } else {
            !is_type(name) || words.iter().any(|(_, word)| *word == name)
        };
        if !stands {
            faults.push(format!("{MAP} names {name}, which does not exist"));
        }
    }
    for krate in crates {
        if !map.contains(&format!("crates/{krate}")) {
            faults.push(format!("{MAP} does not name crates/{krate}"));
        }
    }
    faults
}

/// What stands between backticks, and each word of a fenced block, if it looks like a name at all.
fn names(map: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut is_fenced = false;
    for line in map.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            // Words that are no paths are drawings and prose there.
            names.extend(line.split_whitespace().filter(|word| word.contains('/')));
        } else {
            names.extend(line.split('`').skip(1).step_by(2));
        }
    }
    let is_name = |name: &&str| {
        !name.is_empty()
            && !name.starts_with(['/', '.'])
            && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-./:".contains(char))
    };
    names.retain(|name| is_name(name));
    names
}

/// A path from the top, or the tail of one (`trigger/count.rs`).
fn exists(name: &str, files: &[File]) -> bool {
    let name = name.trim_end_matches('/');
    files.iter().any(|file| {
        let path = format!("/{}/", file.path);
        path.contains(&format!("/{name}/"))
    })
}

/// Written as Rust writes the name of a type.
fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|char| char.is_ascii_alphanumeric())
        && name.chars().any(|char| char.is_ascii_lowercase())
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
        .filter(|word| !word.is_empty())
}
