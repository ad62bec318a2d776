//! Packs are read whole, what is wrong is named with its line, and the shipped packs say what
//! the source documents say.

mod berkshire;
mod check;
mod faulty;
mod norfolk;
mod oregon;
mod reading;

use std::fmt::Write as _;

use expect_test::Expect;

use super::*;

const DEPLOYED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policy");

/// The faults of a pack of these files.
#[track_caller]
fn check_files(files: &[(&str, &str)], expect: Expect) {
    let sources: Vec<Source> = files
        .iter()
        .map(|(name, text)| Source { name: (*name).to_owned(), text: (*text).to_owned() })
        .collect();
    let faults = match assemble("pack", &sources) {
        Ok(pack) => pack.faults,
        Err(PackError::Faulty { faults, .. }) => faults,
        Err(other) => panic!("{other}"),
    };
    let mut said = String::new();
    for fault in faults {
        writeln!(said, "{fault}").unwrap();
    }
    expect.assert_eq(&said);
}

/// A shipped pack, from its directory.
#[track_caller]
fn shipped(pack: &str) -> Policy {
    load(&Path::new(DEPLOYED).join(pack)).unwrap().into_policy().unwrap()
}
