//! The triggers and their numbers.

use expect_test::expect;

use super::*;

#[test]
fn the_two_rules_that_every_policy_needs() {
    check_files(
        &[("b.toml", BODIES)],
        expect![[r#"
            policy: there is no trigger of kind `overdue` that is on; add one, so that answers that are late are chased [overdue-rule]
            policy: there is no trigger of kind `requested` that is on; add one, so that agencies may ask for an escalation [requested-rule]
            sharing: there is no [sharing]: nobody has agreed who may see what; copy sharing.toml from a shipped pack and settle it [sharing-missing]
        "#]],
    );
    let twice = REQUIRED.replace("id = \"asked\"", "id = \"asked-too\"");
    check_files(
        &[("b.toml", BODIES), ("t.toml", REQUIRED), ("u.toml", &twice)],
        expect![[r#"
            u.toml:17: sharing: `sharing` is given already, in t.toml line 17 [policy-given-twice]
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
            a.toml:9: trigger a, level: the level does not fit a trigger of this kind; write none, minor, moderate, major, as-concern or at-least-moderate [level-unfit]
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
