//! Who there is, and who holds which role.

use expect_test::expect;

use super::*;

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
        let source =
            |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
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
        BODIES.replace(", \"sab-manager\"", "").replace("roles = [\"police\"]", &two(first, second))
    };
    for (first, second, expect) in [
        ("areas = [\"East\"]", "areas = [\"West\"]", expect![[""]]),
        ("until = \"2022-07-01\"", "from = \"2022-07-01\"", expect![[""]]),
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
        check_files(&[("b.toml", &bodies(first, second)), ("t.toml", REQUIRED)], expect);
    }
}
