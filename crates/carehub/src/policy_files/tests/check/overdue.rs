//! Triggers about what is overdue besides answers.

use expect_test::expect;

use super::*;

const TRIAGE: &str = r#"
id = "a"
title = "A"
source = "S"
kind = "overdue"
of = "triage"
due = { low = "5 working days", medium = "3 working days", high = "1 day", critical = "2 hours" }
receiving = [{ role = "council-qa", kinds = ["complaint", "visit"] }]
out_of_hours = { role = "police", severity = "critical", from = "17:00", until = "09:00" }
level = "none"
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

const MINUTES: &str = r#"
id = "a"
title = "A"
source = "S"
kind = "overdue"
of = "minutes"
meetings = ["strategy"]
within = "5 working days"
level = "none"
responsible = ["council-qa"]
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

#[test]
fn what_is_overdue_is_whole() {
    for (trigger, from, to, expected) in [
        (
            TRIAGE,
            "high = \"1 day\", ",
            "",
            expect![[r#"
            a.toml:7: trigger a, due: severity high has no time; a concern of it is never chased [owed-incomplete]
        "#]],
        ),
        (
            TRIAGE,
            "high = \"1 day\"",
            "high = \"28 days\"",
            expect![[r#"
            a.toml:7: trigger a, due: a graver concern has more time than a lesser one [owed-incomplete]
        "#]],
        ),
        (
            TRIAGE,
            "kinds = [\"complaint\", \"visit\"]",
            "kinds = []",
            expect![[r#"
            a.toml:8: trigger a, receiving: nobody receives any kind of concern, so nothing is chased [owed-incomplete]
        "#]],
        ),
        (
            TRIAGE,
            "\"visit\"]",
            "\"complaint\"]",
            expect![[r#"
            a.toml:8: trigger a, receiving: `council-qa` is to receive a kind that another role has already [owed-incomplete]
        "#]],
        ),
        (
            TRIAGE,
            "\"17:00\"",
            "\"08:00\"",
            expect![[r#"
            a.toml:9: trigger a, out_of_hours: the offices open (`until`) before they close (`from`) [owed-incomplete]
        "#]],
        ),
        (
            TRIAGE,
            "level",
            "responsible = [\"police\"]\nlevel",
            expect![[r#"
            a.toml:10: trigger a, responsible: `receiving` says who must act; leave `responsible` out [responsible-unused]
        "#]],
        ),
        (
            TRIAGE,
            "\"police\"",
            "\"polices\"",
            expect![[r#"
            a.toml:9: trigger a, out_of_hours: there is no role `polices`; is `police` meant? [role-unknown]
        "#]],
        ),
        (
            TRIAGE,
            "level = \"none\"",
            "level = \"minor\"",
            expect![[r#"
            a.toml:10: trigger a, level: the level does not fit a trigger of this kind; write none: lateness raises seniority, never the home's level [level-unfit]
        "#]],
        ),
        (
            MINUTES,
            "[\"strategy\"]",
            "[]",
            expect![[r#"
            a.toml:7: trigger a, meetings: no kind of meeting is named, so nothing is chased [owed-incomplete]
        "#]],
        ),
        (
            MINUTES,
            "responsible = [\"council-qa\"]\n",
            "",
            expect![[r#"
            a.toml:1: trigger a, responsible: nobody must act; name a role [responsible-missing]
        "#]],
        ),
        (
            MINUTES,
            "of = \"minutes\"\nmeetings = [\"strategy\"]\nwithin = \"5 working days\"",
            "of = \"plan\"\nplans = []\nwindow = \"12 months\"",
            expect![[r#"
                a.toml:7: trigger a, plans: no part of the plan is asked for; name fire, flood, power, disease, boiler [owed-incomplete]
            "#]],
        ),
        (
            MINUTES,
            "of = \"minutes\"\nmeetings = [\"strategy\"]\nwithin = \"5 working days\"",
            "of = \"sample\"\none_in = 0",
            expect![[r#"
                a.toml:7: trigger a, one_in: one home in 0 is none; write 1 for all of them [owed-incomplete]
            "#]],
        ),
    ] {
        check_trigger(trigger, from, to, expected);
    }
}

#[test]
fn two_triggers_do_not_chase_the_same() {
    let one = |id: &str, meetings: &str| {
        let text = MINUTES.replace("id = \"a\"", &format!("id = \"{id}\""));
        format!("[[trigger]]{}", text.replace("[\"strategy\"]", meetings))
    };
    let files = |second: &str| {
        let second = one("b", second);
        let first = one("a", "[\"strategy\"]");
        vec![first, second]
    };
    let check = |second: &str, expected| {
        let texts = files(second);
        check_files(
            &[
                ("b.toml", BODIES),
                ("t.toml", REQUIRED),
                ("u.toml", &texts[0]),
                ("v.toml", &texts[1]),
            ],
            expected,
        );
    };
    check("[\"safeguarding\"]", expect![[""]]);
    check(
        "[\"safeguarding\", \"strategy\"]",
        expect![[r#"
        v.toml:6: trigger b, of: another trigger chases the same (`of = "minutes"`), and the first one counts; keep one [owed-twice]
    "#]],
    );
}

#[test]
fn a_key_of_another_form_is_refused_by_name() {
    check_trigger(
        MINUTES,
        "level",
        "one_in = 3\nlevel",
        expect![[r#"
        a.toml:1: trigger a: trigger `a` of kind `overdue` has no key `one_in`; its own keys are of, meetings, within [policy-unreadable]
    "#]],
    );
    check_trigger(
        MINUTES,
        "within = \"5 working days\"\n",
        "",
        expect![[r#"
        a.toml:1: trigger a: trigger `a` of kind `overdue` needs the key `within` [policy-unreadable]
    "#]],
    );
}
