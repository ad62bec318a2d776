//! Packs are read whole, and what is wrong is named with its line.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

const DEPLOYED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policy");

/// The faults of a pack of one file.
#[track_caller]
fn check_faults(text: &str, expect: Expect) {
    let source = Source { name: "pack.toml".to_owned(), text: text.to_owned() };
    let faults = match assemble("pack", &[source]) {
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

#[test]
fn the_shipped_packs_have_no_faults() {
    for pack in ["norfolk", "oregon"] {
        let policy = load(&Path::new(DEPLOYED).join(pack)).unwrap().into_policy().unwrap();
        assert_eq!(policy.pack, pack);
    }
}

#[test]
fn the_pack_that_is_compiled_in_is_the_one_that_is_deployed() {
    let dir = Path::new(DEPLOYED).join(DEFAULT_PACK);
    assert_eq!(open(DEFAULT_PACK).unwrap(), load(&dir).unwrap());
}

#[test]
fn a_policy_survives_the_log() {
    let policy = open(DEFAULT_PACK).unwrap().policy;
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    assert!(text.len() < 64 * 1024, "{} bytes", text.len());
}
