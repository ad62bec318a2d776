//! Packs with one fault each: what is said of each, with file, line and what to do. `<name>.txt` beside
//! `<name>.toml` holds it; `UPDATE_EXPECT=1` writes it.

use std::path::{Path, PathBuf};

use expect_test::expect_file;

use super::*;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy_files/tests/faulty_packs")
}

/// The names of the packs, in order.
fn packs() -> Vec<String> {
    let entries = std::fs::read_dir(directory()).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().into_string().unwrap().strip_suffix(".toml").map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

fn said_of(name: &str, text: String) -> String {
    let files = [Source { name: format!("{name}.toml"), text }];
    let faults = match assemble(name, &files) {
        Ok(pack) => pack.faults,
        Err(PackError::Faulty { faults, .. }) => faults,
        Err(other) => panic!("{name}: {other}"),
    };
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

#[test]
fn every_faulty_pack_is_refused_with_its_message() {
    let names = packs();
    assert!(names.len() >= 25, "{names:?}");
    for name in names {
        let text = std::fs::read_to_string(directory().join(format!("{name}.toml"))).unwrap();
        let said = said_of(&name, text);
        assert!(!said.is_empty(), "{name} has no fault");
        expect_file![directory().join(format!("{name}.txt"))].assert_eq(&said);
    }
}

#[test]
fn the_pack_that_they_are_made_of_has_no_fault() {
    assert_eq!(said_of("sound", include_str!("sound_pack.toml").to_owned()), "");
}
