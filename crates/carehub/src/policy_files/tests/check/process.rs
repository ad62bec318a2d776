//! The provider-concerns process and its numbers.

use expect_test::expect;

use super::*;

const PROCESS: &str = r#"[process]
source = "S"
started_by = ["council-qa"]
closure_directors = ["sab-manager"]
assumed = ["step.begun.within"]
[process.actions]
serious_after_days = 14
[process.placements]
decided_by = ["council-qa"]
review_within = "28 days"
[[process.step]]
id = "begun"
title = "Begun"
within = "5 working days"
needs = ["initial-actions"]
[[process.step]]
id = "middle"
title = "Middle"
optional = true
[[process.step]]
id = "closed"
title = "Closed"
[[process.initial_action]]
id = "welfare"
title = "Welfare"
"#;

/// The faults of a pack with a process in which one text stands for another.
#[track_caller]
fn check_process(from: &str, to: &str, expect: Expect) {
    assert!(PROCESS.contains(from), "{from}");
    let process = PROCESS.replacen(from, to, 1);
    check_files(&[("b.toml", BODIES), ("p.toml", &process), ("t.toml", REQUIRED)], expect);
}

#[test]
fn the_process_that_is_changed_below_has_no_fault() {
    check_process("Begun", "Begun", expect![[""]]);
}

#[test]
fn powers_and_numbers() {
    check_process("[\"council-qa\"]\nclosure", "[]\nclosure", expect![[""]]);
    check_process("[\"sab-manager\"]", "[\"sab-manger\"]", expect![[""]]);
    check_process("days = 14", "days = 0", expect![[""]]);
    check_process("28 days", "same day", expect![[""]]);
    check_process("step.begun.within", "step.begun.witin", expect![[""]]);
    check_process("started_by", "begun_by", expect![[""]]);
}

#[test]
fn steps_and_initial_actions() {
    check_process("\"middle\"", "\"begun\"", expect![[""]]);
    check_process("title = \"Middle\"", "title = \" \"", expect![[""]]);
    check_process("optional = true", "optional = true\nneeds = [\"visit\"]", expect![[""]]);
    check_process("title = \"Closed\"", "title = \"Closed\"\nneeds = [\"visit\"]", expect![[""]]);
    check_process("title = \"Begun\"", "title = \"Begun\"\noptional = true", expect![[""]]);
    check_process(
        "title = \"Welfare\"",
        "title = \"\"\n[[process.initial_action]]\nid = \"welfare\"\ntitle = \"Again\"",
        expect![[""]],
    );
    let none = "[[process.initial_action]]\nid = \"welfare\"\ntitle = \"Welfare\"\n";
    check_process(none, "", expect![[""]]);
}

#[test]
fn a_policy_makes_no_action_due() {
    check_trigger(
        COUNT,
        "{ step = \"acknowledge\", within = \"2 working days\" }",
        "{ step = \"acknowledge\", within = \"2 working days\" }, { step = { action = 1 }, within = \"3 working days\" }",
        expect![[""]],
    );
}
