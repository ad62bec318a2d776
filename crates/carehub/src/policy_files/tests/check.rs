//! What [`check`] finds, and at which line. Every code of it is raised here.

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
    check_files(
        &[
            ("b.toml", &BODIES.replacen(from, to, 1)),
            ("t.toml", REQUIRED),
        ],
        expect,
    );
}

/// The faults of a pack with one more trigger, in which one text stands for another.
#[track_caller]
fn check_trigger(trigger: &str, from: &str, to: &str, expect: Expect) {
    assert!(trigger.contains(from), "{from}");
    let trigger = format!("[[trigger]]{}", trigger.replacen(from, to, 1));
    check_files(
        &[
            ("a.toml", &trigger),
            ("b.toml", BODIES),
            ("t.toml", REQUIRED),
        ],
        expect,
    );
}

#[test]
fn the_packs_that_are_changed_below_have_no_fault() {
    check_bodies("Police", "Police", expect![[""]]);
    check_trigger(COUNT, "complaint", "complaint", expect![[""]]);
    check_trigger(SCORE, "90", "90", expect![[""]]);
}

#[test]
fn bodies() {
    check_bodies(
        "pack = \"x\"",
        "pack = \"Not a token\"",
        expect![[r#"
            b.toml:1: policy, pack: give the pack a name of 1 to 19 of a-z, 0-9 and -: it stands in the version [pack-name]
        "#]],
    );
    check_bodies(
        "pack = \"x\"",
        "",
        expect![[r#"
            policy, pack: give the pack a name of 1 to 19 of a-z, 0-9 and -: it stands in the version [pack-name]
        "#]],
    );
    check_bodies(
        "name = \"QA\"",
        "name = \" \"",
        expect![[r#"
        b.toml:4: body qa, name: give the organisation's name [text-missing]
    "#]],
    );
    check_bodies(
        "id = \"police\"",
        "id = \"qa\"",
        expect![[r#"
        b.toml:7: body qa, id: another body has this id; one organisation with several roles is one body with several roles [body-duplicate]
    "#]],
    );
    for reserved in ["hub", "erasure", "sys", "general", "unmatched"] {
        let text = BODIES.replace("id = \"police\"", &format!("id = \"{reserved}\""));
        let source = |name: &str, text: &str| Source {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let pack = assemble("x", &[source("b", &text), source("t", REQUIRED)]).unwrap();
        let codes: Vec<&str> = pack.faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["body-reserved"], "{reserved}");
    }
    check_bodies(
        "roles = [\"police\"]",
        "roles = []",
        expect![[r#"
        b.toml:9: body police, roles: it holds no role, so nothing is ever addressed to it; give it one or leave it out [body-no-role]
    "#]],
    );
    check_bodies(
        "roles = [\"police\"]",
        "roles = [\"police\"]\nfrom = \"2024-02-01\"\nuntil = \"2024-02-01\"",
        expect![[r#"
            b.toml:11: body police, until: it ends on 2024-02-01, not after it begins on 2024-02-01 [body-period]
        "#]],
    );
    check_bodies(
        "roles = [\"police\"]",
        "roles = [\"provider\", \"sab-manager\"]\nareas = [\"Mid-Wales\", \"Mid Wales\"]\n[powers]\nnever_reads = [\"provider\"]",
        expect![[r#"
            b.toml:9: body police, roles: it reads nothing (powers.never_reads), yet escalations go to its role `sab-manager`; split it into two bodies [body-never-reads]
            b.toml:10: body police, areas: `Mid Wales` and `Mid-Wales` look like one area in two spellings; use the register's [area-spelling]
        "#]],
    );
}

#[test]
fn officers() {
    check_bodies(
        "roles = [\"police\"]",
        "roles = [\"police\"]\nofficers = [\"one\", \"one\", \"an-id-of-twenty-six-letters\"]",
        expect![[r#"
            b.toml:10: body police, officers: the account of officer `one` would be named `police-one`, as that of officer one of police is; choose another id for the officer [officer-clash]
            b.toml:10: body police, officers: the account of officer `an-id-of-twenty-six-letters` would be named `police-an-id-of-twenty-six-letters`, longer than 32; shorten the officer's id [officer-name]
        "#]],
    );
    check_bodies(
        "roles = [\"police\"]",
        "roles = [\"police\"]\nofficers = [\"mash-1\"]\n[[body]]\nid = \"police-mash\"\nname = \"MASH\"\nroles = [\"police-mash\"]\nofficers = [\"1\"]",
        expect![[r#"
            b.toml:15: body police-mash, officers: the account of officer `1` would be named `police-mash-1`, as that of officer mash-1 of police is; choose another id for the officer [officer-clash]
        "#]],
    );
}

#[test]
fn roles() {
    let told = "answer";
    check_trigger(
        COUNT,
        told,
        "told = [\"counci-qa\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, told: there is no role `counci-qa`; is `council-qa` meant? [role-unknown]
    "#]],
    );
    check_trigger(
        COUNT,
        told,
        "told = [\"wizard\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, told: there is no role `wizard`; let a body hold it if it is one of your own [role-unknown]
    "#]],
    );
    check_trigger(
        COUNT,
        told,
        "told = [\"hse\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, told: no body holds the role `hse`; let a body hold it [role-unheld]
    "#]],
    );
    check_trigger(
        COUNT,
        told,
        "told = [\"council-qa\", \"police\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, told: `council-qa` is named already and gets one copy; name it once [role-repeated]
    "#]],
    );
    check_trigger(
        COUNT,
        told,
        "ladder = [\"police\", \"police\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, ladder: `police` stands on two rungs; each rung is somebody else [role-repeated]
    "#]],
    );
    check_trigger(
        COUNT,
        "match.kinds = [\"complaint\"]",
        "match.except_roles = [\"polcie\"]",
        expect![[r#"
        a.toml:6: trigger a, match: there is no role `polcie`; is `police` meant? [role-unknown]
    "#]],
    );
    check_trigger(
        COUNT,
        "answer = [{ step = \"acknowledge\", within = \"2 working days\" }]",
        "answer = [{ step = \"acknowledge\", within = \"2 working days\" }]\ntold = [\"police\"]\n[powers]\nnever_reads = [\"police\"]",
        expect![[r#"
            a.toml:12: trigger a, told: `police` is in powers.never_reads: it may not receive escalations [role-never-reads]
        "#]],
    );
    check_bodies(
        "\"council-qa\", \"sab-manager\"",
        "\"council-qa\", \"sab-manger\"",
        expect![[r#"
        t.toml:16: trigger late, ladder: no body holds the role `sab-manager`; a body holds `sab-manger`: is `sab-manager` meant there? [role-unheld]
    "#]],
    );
}

#[test]
fn a_role_is_held_everywhere_and_always() {
    let two = |first: &str, second: &str| {
        format!(
            "roles = [\"police\"]\n[[body]]\nid = \"one\"\nname = \"One\"\nroles = [\"sab-manager\"]\n{first}\n\
             [[body]]\nid = \"two\"\nname = \"Two\"\nroles = [\"sab-manager\"]\n{second}"
        )
    };
    let bodies = |first, second| {
        BODIES
            .replace(", \"sab-manager\"", "")
            .replace("roles = [\"police\"]", &two(first, second))
    };
    for (first, second, expect) in [
        ("areas = [\"East\"]", "areas = [\"West\"]", expect![[""]]),
        (
            "until = \"2022-07-01\"",
            "from = \"2022-07-01\"",
            expect![[""]],
        ),
        (
            "until = \"2022-07-01\"",
            "from = \"2022-08-01\"",
            expect![[r#"
            t.toml:16: trigger late, ladder: nobody holds the role `sab-manager` from 2022-07-01 until 2022-08-01; let the next begin on the day the last ends [role-gap]
        "#]],
        ),
        (
            "until = \"2022-07-01\"",
            "from = \"2022-07-01\"\nuntil = \"2026-04-01\"",
            expect![[r#"
            t.toml:16: trigger late, ladder: nobody holds the role `sab-manager` from 2026-04-01 on; name the successor [role-gap]
        "#]],
        ),
        (
            "areas = [\"East\"]\nuntil = \"2022-07-01\"",
            "areas = [\"West\"]",
            expect![[r#"
                t.toml:16: trigger late, ladder: nobody holds the role `sab-manager` in East from 2022-07-01 on; name the successor [role-gap]
            "#]],
        ),
    ] {
        check_files(
            &[("b.toml", &bodies(first, second)), ("t.toml", REQUIRED)],
            expect,
        );
    }
}

#[test]
fn the_two_rules_that_every_policy_needs() {
    check_files(
        &[("b.toml", BODIES)],
        expect![[r#"
            policy: there is no trigger of kind `overdue` that is on; add one, so that answers that are late are chased [overdue-rule]
            policy: there is no trigger of kind `requested` that is on; add one, so that agencies may ask for an escalation [requested-rule]
        "#]],
    );
    let twice = REQUIRED.replace("id = \"asked\"", "id = \"asked-too\"");
    check_files(
        &[("b.toml", BODIES), ("t.toml", REQUIRED), ("u.toml", &twice)],
        expect![[r#"
            u.toml:2: trigger asked-too: there is one of kind `requested` already, trigger asked; keep one [requested-rule]
            u.toml:9: trigger late: there is one of kind `overdue` already, trigger late; keep one [overdue-rule]
            u.toml:10: trigger late, id: another trigger has this id; escalations are told apart by it [trigger-duplicate]
        "#]],
    );
}

#[test]
fn numbers_and_levels() {
    check_trigger(
        COUNT,
        "more_than = 2",
        "more_than = 0",
        expect![[r#"
        a.toml:7: trigger a, more_than: more than 0 is every one; write kind = "immediate" if that is meant [limit-zero]
    "#]],
    );
    check_trigger(
        COUNT,
        "more_than = 2",
        "more_than = 2\nmin_agencies = 3",
        expect![[r#"
        a.toml:8: trigger a, min_agencies: it asks for 3 agencies and only 2 can say what it matches [agencies-too-many]
    "#]],
    );
    check_trigger(
        COUNT,
        "level = \"minor\"",
        "level = \"by-score\"",
        expect![[r#"
        a.toml:9: trigger a, level: the level does not fit a trigger of this kind; write none, minor, moderate, major or as-concern [level-unfit]
    "#]],
    );
    check_trigger(
        COUNT,
        "answer",
        "rearm = { further = 0, or_severity = \"high\" }\nanswer",
        expect![[r#"
        a.toml:11: trigger a, rearm: `further` must be above 0 [limit-zero]
    "#]],
    );
    check_trigger(
        SCORE,
        "half_life_days = 90",
        "half_life_days = 0",
        expect![[r#"
        a.toml:8: trigger a, half_life_days: `half_life_days` must be above 0 [limit-zero]
    "#]],
    );
    check_trigger(
        SCORE,
        "limit = 5.0",
        "limit = 0.0",
        expect![[r#"
        a.toml:9: trigger a, limit: `limit` must be above 0 [limit-zero]
    "#]],
    );
    check_trigger(
        SCORE,
        "higher_limit = 10.0",
        "higher_limit = 5.0",
        expect![[r#"
        a.toml:10: trigger a, higher_limit: higher_limit must be above limit [higher-limit]
    "#]],
    );
    check_trigger(
        SCORE,
        "higher_limit = 10.0",
        "",
        expect![[r#"
        a.toml:1: trigger a, higher_limit: by-score needs a higher_limit, from which the level is moderate [higher-limit]
    "#]],
    );
    check_trigger(
        SCORE,
        "level = \"by-score\"",
        "level = \"minor\"",
        expect![[r#"
        a.toml:10: trigger a, higher_limit: higher_limit does nothing unless the level is by-score [higher-limit]
    "#]],
    );
    check_trigger(
        SCORE,
        "medium = 2.0",
        "high = 3.0",
        expect![[r#"
        a.toml:7: trigger a, weights: severity medium counts and has no weight [weight-missing]
        a.toml:7: trigger a, weights: severity high has a weight and does not count [weight-missing]
    "#]],
    );
    check_trigger(
        SCORE,
        "low = 1.0",
        "low = -1.0",
        expect![[r#"
        a.toml:7: trigger a, weights: the weight of severity low must be above 0 [weight-missing]
    "#]],
    );
}

#[test]
fn matches_and_texts() {
    check_trigger(
        COUNT,
        "source = \"S\"",
        "source = \"\"",
        expect![[r#"
        a.toml:4: trigger a, source: it is empty; say it, or say that no source document gives this rule [text-missing]
    "#]],
    );
    check_trigger(
        COUNT,
        "match.kinds = [\"complaint\"]",
        "match = {}",
        expect![[r#"
        a.toml:6: trigger a, match: it matches every concern; name kinds, severities, facts or roles [match-unfit]
    "#]],
    );
    check_trigger(
        COUNT,
        "match.kinds = [\"complaint\"]",
        "match.kinds = [\"complaint\"]\nmatch.except_kinds = [\"complaint\"]",
        expect![[r#"
            a.toml:6: trigger a, match: nothing can match: everything that is asked for is also left out [match-unfit]
        "#]],
    );
    check_trigger(
        COUNT,
        "answer",
        "assumed = [\"answer.acknowlege\", \"limit\"]\nanswer",
        expect![[r#"
        a.toml:11: trigger a, assumed: this trigger has no `answer.acknowlege`; is `answer.acknowledge` meant? [assumed-unknown]
        a.toml:11: trigger a, assumed: this trigger has no `limit`; it has match.kinds, more_than, window, level, responsible, answer.acknowledge, rearm.further, rearm.or_severity [assumed-unknown]
    "#]],
    );
    check_trigger(
        COUNT,
        "id = \"a\"",
        "id = \"late\"",
        expect![[r#"
        t.toml:10: trigger late, id: another trigger has this id; escalations are told apart by it [trigger-duplicate]
    "#]],
    );
}

#[test]
fn answers() {
    let due = "answer = [{ step = \"acknowledge\", within = \"2 working days\" }]";
    check_trigger(
        COUNT,
        "responsible = [\"council-qa\"]",
        "",
        expect![[r#"
        a.toml:1: trigger a, responsible: nobody must act; name a role [responsible-missing]
    "#]],
    );
    check_trigger(
        COUNT,
        due,
        "",
        expect![[r#"
        a.toml:1: trigger a, answer: nothing is due, so nothing is ever chased; ask at least for an acknowledgement [answer-missing]
    "#]],
    );
    check_trigger(
        COUNT,
        due,
        "answer = [{ step = \"decide\", within = \"2 hours\" }]",
        expect![[r#"
        a.toml:11: trigger a, answer: no acknowledgement is due: nobody would notice that nobody opened it [answer-unacknowledged]
    "#]],
    );
    check_trigger(
        COUNT,
        due,
        "answer = [{ step = \"acknowledge\", within = \"2 working days\" }, { step = \"decide\", within = \"24 hours\" }]",
        expect![[r#"
            a.toml:11: trigger a, answer: `decide` is due before `acknowledge`, which comes first [answer-order]
        "#]],
    );
    check_trigger(
        COUNT,
        due,
        "answer = [{ step = \"acknowledge\", within = \"2 hours\", high = \"same day\" }, { step = \"acknowledge\", within = \"2 hours\" }]",
        expect![[r#"
            a.toml:11: trigger a, answer: `acknowledge` gives a graver concern more time than a lesser one [answer-graver-later]
            a.toml:11: trigger a, answer: `acknowledge` is due twice; write it once [answer-repeated]
        "#]],
    );
    let asked = REQUIRED.replacen("level", "responsible = [\"police\"]\nlevel", 1);
    check_files(
        &[("b.toml", BODIES), ("t.toml", &asked)],
        expect![[r#"
        t.toml:7: trigger asked, responsible: the request says who must act; leave `responsible` out [responsible-unused]
    "#]],
    );
    let silent = REQUIRED.replace("ladder = [\"sab-manager\"]\n", "");
    check_files(
        &[("b.toml", BODIES), ("t.toml", &silent)],
        expect![[r#"
        t.toml:2: trigger asked, ladder: nobody is told when an answer is late; name the rungs here, or in the trigger of kind `overdue` for all [ladder-missing]
        t.toml:9: trigger late, ladder: nobody is told when an answer is late; name the rungs here, or in the trigger of kind `overdue` for all [ladder-missing]
    "#]],
    );
}

/// The other tests assert codes by their texts; this holds that none was forgotten, and that each
/// has its line in the documentation.
#[test]
fn every_code_is_raised_above_and_documented() {
    let tests = include_str!("check.rs");
    let page = include_str!("../../../../../docs/POLICY.md");
    let loader = ["policy-syntax", "policy-unreadable", "policy-given-twice"];
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    for code in &codes {
        let raised = tests.contains(&format!("[{code}]")) || tests.contains(&format!("\"{code}\""));
        assert!(raised, "{code} is raised in no test");
    }
    for code in codes.into_iter().chain(loader) {
        assert!(
            page.contains(&format!("| `{code}` |")),
            "{code} has no line in docs/POLICY.md"
        );
    }
}
