//! Every code that an agency or an operator can see has a page, and every page a code.

use carehub_contract::codes;
use carehub_domain::escalation::refusal;

use crate::checkout::{File, files};
use crate::{assert_none, assert_some};

const PAGES: &str = "docs/errors/";

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let listed = codes::REJECTIONS.iter().chain(codes::FAULTS).map(|code| code.code);
    let codes: Vec<&str> = listed.chain(refusal::CODES.iter().copied()).collect();
    assert_none(&faults(&codes, &files()));
}

#[test]
fn a_missing_page_and_a_stale_one_are_found() {
    let page = |code: &str| File::new(&format!("{PAGES}{code}.md"), &format!("# {code}\n\nWhy."));
    assert_none(&faults(&["not-json"], &[page("not-json")]));
    assert_some(&faults(&["not-json"], &[]), "not-json.md is missing");
    assert_some(&faults(&[], &[page("not-json")]), "no code");
    let named =
        File::new("crates/dashboard/src/problem.rs", "//! P.\nconst GONE: &str = \"gone\";");
    assert_none(&faults(&[], &[page("gone"), named]));
    let untitled = File::new("docs/errors/not-json.md", "# Not JSON\n\nWhy.");
    assert_some(&faults(&["not-json"], &[untitled]), "a title");
    let empty = File::new("docs/errors/not-json.md", "# not-json\n");
    assert_some(&faults(&["not-json"], &[empty]), "says nothing");
    assert_some(&faults(&["Not_JSON"], &[page("Not_JSON")]), "lower case");
}

/// The index, `README.md`, is no page of a code.
fn faults(codes: &[&str], files: &[File]) -> Vec<String> {
    let pages: Vec<(&str, &str)> = files
        .iter()
        .filter_map(|file| {
            let code = file.path.strip_prefix(PAGES)?.strip_suffix(".md")?;
            (code != "README").then_some((code, file.text.as_str()))
        })
        .collect();
    let mut faults = Vec::new();
    for code in codes {
        if !code.chars().all(|char| char.is_ascii_lowercase() || char == '-') {
            faults.push(format!("the code {code} is not in lower case with hyphens"));
        }
        if !pages.iter().any(|(page, _)| page == code) {
            faults.push(format!("{PAGES}{code}.md is missing"));
        }
    }
    for (code, text) in pages {
        let title = text.lines().next().unwrap_or_default();
        if !title.starts_with("# ") || !title.contains(code) {
            faults.push(format!("{PAGES}{code}.md does not open with a title that holds its code"));
        }
        if text.lines().skip(1).all(|line| line.trim().is_empty()) {
            faults.push(format!("{PAGES}{code}.md says nothing"));
        }
        // A code of another crate, such as an HTTP problem, stands there as a string.
        let literal = format!("\"{code}\"");
        let is_named =
            files.iter().any(|file| file.krate().is_some() && file.text.contains(&literal));
        if !codes.contains(&code) && !is_named {
            faults.push(format!("{PAGES}{code}.md: there is no code of that name"));
        }
    }
    faults
}
