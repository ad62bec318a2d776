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
    check_process(
        "[\"council-qa\"]\nclosure",
        "[]\nclosure",
        expect![[r#"
        p.toml:3: process, started_by: nobody may start the process; name a role [process-powers]
    "#]],
    );
    check_process(
        "[\"sab-manager\"]",
        "[\"sab-manger\"]",
        expect![[r#"
        p.toml:4: process, closure_directors: there is no role `sab-manger`; is `sab-manager` meant? [role-unknown]
    "#]],
    );
    check_process(
        "days = 14",
        "days = 0",
        expect![[r#"
        p.toml:6: process, actions: nothing would ever be amber; give the days for which an action is slightly behind [limit-zero]
    "#]],
    );
    check_process(
        "28 days",
        "same day",
        expect![[r#"
        p.toml:8: process, placements: a suspension would be reviewed on the day it begins; give at least a day [limit-zero]
    "#]],
    );
    check_process(
        "step.begun.within",
        "step.begun.witin",
        expect![[r#"
        p.toml:5: process, assumed: `step.begun.witin` is marked as a default, and the process has no such part [assumed-unknown]
    "#]],
    );
    check_process(
        "started_by",
        "begun_by",
        expect![[r#"
        p.toml:3: process: unknown field `begun_by`, expected one of `source`, `started_by`, `step`, `initial_action`, `actions`, `placements`, `closure_directors`, `assumed` [policy-unreadable]
    "#]],
    );
}

#[test]
fn steps_and_initial_actions() {
    check_process(
        "\"middle\"",
        "\"begun\"",
        expect![[r#"
        p.toml:11: process, step: two steps are called `begun`; nobody could say which [process-steps]
    "#]],
    );
    check_process(
        "title = \"Middle\"",
        "title = \" \"",
        expect![[r#"
        p.toml:11: process, step: step `middle` has no title; readers need to know what it is for [text-missing]
    "#]],
    );
    check_process(
        "optional = true",
        "optional = true\nneeds = [\"visit\"]",
        expect![[r#"
        p.toml:11: process, step: step `middle` may be passed over and yet needs something; take out `optional` or `needs` [process-steps]
    "#]],
    );
    check_process(
        "title = \"Closed\"",
        "title = \"Closed\"\nneeds = [\"visit\"]",
        expect![[r#"
        p.toml:11: process, step: step `closed` is the last and is never left; let the step before it need what is needed [process-steps]
    "#]],
    );
    check_process(
        "title = \"Begun\"",
        "title = \"Begun\"\noptional = true",
        expect![[r#"
        p.toml:11: process, step: step `begun` may be passed over and yet needs something; take out `optional` or `needs` [process-steps]
        p.toml:11: process, step: step `begun` is the first and is always taken; take out `optional` and `mandatory_if_delayed` [process-steps]
    "#]],
    );
    check_process(
        "title = \"Welfare\"",
        "title = \"\"\n[[process.initial_action]]\nid = \"welfare\"\ntitle = \"Again\"",
        expect![[r#"
            p.toml:23: process, initial_action: initial action `welfare` does not say what is to be done [text-missing]
            p.toml:23: process, initial_action: two initial actions are called `welfare` [process-actions]
        "#]],
    );
    let none = "[[process.initial_action]]\nid = \"welfare\"\ntitle = \"Welfare\"\n";
    check_process(
        none,
        "",
        expect![[r#"
        p.toml:1: process, initial_action: a step needs the initial actions, and none are listed [process-actions]
    "#]],
    );
}

#[test]
fn a_policy_makes_no_action_due() {
    check_trigger(
        COUNT,
        "{ step = \"acknowledge\", within = \"2 working days\" }",
        "{ step = \"acknowledge\", within = \"2 working days\" }, { step = { action = 1 }, within = \"3 working days\" }",
        expect![[r#"
            a.toml:11: trigger a, answer: an action is assigned by a person, who says when it is due; take it out [answer-unfit]
        "#]],
    );
}

#[test]
fn what_is_done_once_is_not_due_again() {
    check_trigger(
        COUNT,
        "{ step = \"acknowledge\", within = \"2 working days\" }",
        "{ step = \"acknowledge\", within = \"2 working days\", every = \"7 days\" }",
        expect![[r#"
            a.toml:11: trigger a, answer: `acknowledge` is done once; only `discuss` and `decide` are due again (`every`) [answer-unfit]
        "#]],
    );
}

const DELAY: &str = r#"
id = "a"
title = "A"
source = "S"
kind = "overdue"
of = "improvement"
level = "moderate"
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

#[test]
fn a_delay_goes_to_who_leads_and_may_have_a_level_of_its_own() {
    check_trigger(DELAY, "moderate", "moderate", expect![[""]]);
    check_trigger(
        DELAY,
        "moderate",
        "as-concern",
        expect![[r#"
        a.toml:7: trigger a, level: the level does not fit a trigger of this kind; write none, minor, moderate or major [level-unfit]
    "#]],
    );
    check_trigger(
        DELAY,
        "level =",
        "responsible = [\"council-qa\"]\nlevel =",
        expect![[r#"
        a.toml:7: trigger a, responsible: the chair, or the commissioner who decided, must act; leave `responsible` out [responsible-unused]
    "#]],
    );
    check_trigger(
        DELAY,
        "of = \"improvement\"\nlevel = \"moderate\"",
        "of = \"restriction\"\nlevel = \"minor\"",
        expect![[r#"
            a.toml:7: trigger a, level: the level does not fit a trigger of this kind; write none: lateness raises seniority, never the home's level [level-unfit]
        "#]],
    );
}
