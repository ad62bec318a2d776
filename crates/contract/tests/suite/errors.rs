//! Every code of the contract and of the domain has a page that says what to do. (`tests/tidy` finds
//! pages without a code: other crates have codes of their own.)

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use carehub_contract::codes::{FAULTS, REJECTIONS};
use carehub_domain::escalation::refusal;

fn pages() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors")
}

fn codes() -> BTreeSet<String> {
    REJECTIONS
        .iter()
        .chain(FAULTS)
        .map(|code| code.code.to_owned())
        .chain(refusal::CODES.iter().map(|code| (*code).to_owned()))
        .collect()
}

#[test]
fn every_code_has_a_page_that_says_what_happened_and_what_to_do() {
    let index = fs::read_to_string(pages().join("README.md")).unwrap();
    for code in codes() {
        let page = fs::read_to_string(pages().join(format!("{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}\n")), "{code}: its title");
        for part in
            ["## What it means", "## What happened to the message", "## What to do", "## Example"]
        {
            assert!(page.contains(part), "{code}: {part}");
        }
        assert!(index.contains(&format!("]({code}.md)")), "{code}: not in the index");
    }
}
