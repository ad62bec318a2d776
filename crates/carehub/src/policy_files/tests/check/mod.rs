//! What [`check`] finds, and at which line. Every code of it is raised here.

mod bodies;
mod overdue;
mod process;
mod triggers;

use std::collections::BTreeSet;

use carehub_domain::policy::Code;
use expect_test::{Expect, expect};

use super::*;

const BODIES: &str = r#"pack = "x"
[[body]]
id = "qa"
name = "QA"
roles = ["council-qa", "sab-manager"]
[[body]]
id = "police"
name = "Police"
roles = ["police"]
"#;

const REQUIRED: &str = r#"
[[trigger]]
id = "asked"
title = "Asked"
source = "S"
kind = "requested"
level = "as-asked"
answer = [{ step = "acknowledge", within = "2 working days" }]
[[trigger]]
id = "late"
title = "Late"
source = "S"
kind = "overdue"
level = "none"
answer = [{ step = "acknowledge", within = "2 working days" }]
ladder = ["sab-manager"]
[sharing]
source = "An example"

[[sharing.basis]]
id = "duty"
title = "Safeguarding adults at risk"
article_6 = "6(1)(e)"
article_9 = "9(2)(g)"
schedule_1 = "paragraph 18"

[[sharing.row]]
share = "summary"
basis = ["duty"]
purpose = "Safeguarding"
retention = "96 months"
"#;

const COUNT: &str = r#"
id = "a"
title = "A"
source = "S"
kind = "count"
match.kinds = ["complaint"]
more_than = 2
window = "1 month"
level = "minor"
responsible = ["council-qa"]
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

const SCORE: &str = r#"
id = "a"
title = "A"
source = "S"
kind = "score"
match.severities = ["low", "medium"]
weights = { low = 1.0, medium = 2.0 }
half_life_days = 90
limit = 5.0
higher_limit = 10.0
level = "by-score"
responsible = ["council-qa"]
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

/// The faults of a pack whose bodies are changed.
#[track_caller]
fn check_bodies(from: &str, to: &str, expect: Expect) {
    assert!(BODIES.contains(from), "{from}");
    check_files(&[("b.toml", &BODIES.replacen(from, to, 1)), ("t.toml", REQUIRED)], expect);
}

/// The faults of a pack with one more trigger, in which one text stands for another.
#[track_caller]
fn check_trigger(trigger: &str, from: &str, to: &str, expect: Expect) {
    assert!(trigger.contains(from), "{from}");
    let trigger = format!("[[trigger]]{}", trigger.replacen(from, to, 1));
    check_files(&[("a.toml", &trigger), ("b.toml", BODIES), ("t.toml", REQUIRED)], expect);
}

#[test]
fn the_packs_that_are_changed_below_have_no_fault() {
    check_bodies("Police", "Police", expect![[""]]);
    check_trigger(COUNT, "complaint", "complaint", expect![[""]]);
    check_trigger(SCORE, "90", "90", expect![[""]]);
}

/// The other tests assert codes by their texts; this holds that none was forgotten, and that each
/// has its line in the documentation.
#[test]
fn every_code_is_raised_above_and_documented() {
    let tests = concat!(
        include_str!("bodies.rs"),
        include_str!("overdue.rs"),
        include_str!("process.rs"),
        include_str!("triggers.rs")
    );
    let page = include_str!("../../../../../../docs/POLICY.md");
    let loader = ["policy-syntax", "policy-unreadable", "policy-given-twice"];
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    for code in &codes {
        let page = format!("tests/faulty_packs/{code}.txt");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy_files").join(page);
        let raised = tests.contains(&format!("[{code}]"))
            || tests.contains(&format!("\"{code}\""))
            || std::fs::read_to_string(file).is_ok_and(|said| said.contains(&format!("[{code}]")));
        assert!(raised, "{code} is raised in no test");
    }
    for code in codes.into_iter().chain(loader) {
        assert!(page.contains(&format!("| `{code}` |")), "{code} has no line in docs/POLICY.md");
    }
}
