//! Reading: every fault of every file at once, with its line; nothing is silently ignored.

use expect_test::expect;

use super::*;

#[test]
fn what_cannot_be_read_is_named_with_its_line_in_every_file() {
    check_files(
        &[
            ("a.toml", "[[body]]\nid = \"police\"\nname = \"Police\"\nrols = [\"police\"]\n"),
            ("b.toml", "pack = \"x\"\n\n[[trigger]\nid = 1\n"),
            ("c.toml", "[[body]]\nid = \"Not a token\"\nname = \"\"\nroles = []\n\n[bodies]\n"),
        ],
        expect![[r#"
            a.toml:4: body police: unknown field `rols`; is `roles` meant? [policy-unreadable]
            b.toml:3: file: unclosed array table, expected `]` [policy-syntax]
            c.toml:2: body Not a token: a body is 1 to 32 of a-z, 0-9 and - [policy-unreadable]
            c.toml:6: file: there is no `bodies` in a policy; there are body, trigger, powers, process, evidence, sharing, retention, pack and bank_holidays [policy-unreadable]
        "#]],
    );
}

#[test]
fn an_unknown_key_in_a_trigger_is_refused() {
    let trigger = "[[trigger]]\nid = \"a\"\ntitle = \"t\"\nsource = \"s\"\nlevel = \"minor\"\n";
    for (rest, expect) in [
        (
            "kind = \"immediate\"\nmatch.kinds = [\"death\"]\nresponsable = [\"police\"]\n",
            expect![[r#"
                t.toml:8: trigger a: unknown field `responsable`; is `responsible` meant? [policy-unreadable]
            "#]],
        ),
        (
            "kind = \"immediate\"\nmatch.kind = [\"death\"]\n",
            expect![[r#"
                t.toml:7: trigger a: unknown field `kind`; is `kinds` meant? [policy-unreadable]
            "#]],
        ),
        (
            "kind = \"immediate\"\nmatch.kinds = [\"deaths\"]\n",
            expect![[r#"
                t.toml:7: trigger a: unknown variant `deaths`; is `death` meant? [policy-unreadable]
            "#]],
        ),
        (
            "kind = \"immediate\"\nmatch.kinds = [\"death\"]\nwindow = \"6 months\"\n",
            expect![[r#"
            t.toml:1: trigger a: trigger `a` of kind `immediate` has no key `window`; its own keys are match [policy-unreadable]
        "#]],
        ),
        (
            "kind = \"count\"\nmatch.kinds = [\"death\"]\nwindow = \"6 months\"\n",
            expect![[r#"
            t.toml:1: trigger a: trigger `a` of kind `count` needs the key `more_than` [policy-unreadable]
        "#]],
        ),
        (
            "kind = \"count\"\nmatch.kinds = [\"death\"]\nmore_than = 1\nwindow = \"six months\"\n",
            expect![[r#"
            t.toml:9: trigger a: `six months` is not understood; write `6 months`, `30 days` or `48 hours` [policy-unreadable]
        "#]],
        ),
        (
            "kind = \"overdue\"\nresponse = \"x\"\n",
            expect![[r#"
                t.toml:7: trigger a: unknown field `response`, expected one of `id`, `title`, `source`, `kind`, `level`, `responsible`, `told`, `told_if`, `told_once_planned`, `answer`, `ladder`, `rearm`, `assumed`, `off`, `match`, `more_than`, `window`, `min_agencies`, `weights`, `half_life_days`, `limit`, `higher_limit`, `death`, `concern`, `closed_by`, `closed_within_days`, `ask_within`, `ask`, `per`, `different`, `at_least`, `side`, `weeks`, `history_weeks`, `alpha`, `against`, `rise`, `longest_weeks`, `chance`, `replicates`, `at_level`, `homes`, `share`, `over`, `open_level`, `of`, `due`, `receiving`, `out_of_hours`, `plans`, `one_in`, `within`, `meetings`, `output_within`, `regular` [policy-unreadable]
            "#]],
        ),
        (
            "kind = \"sometimes\"\n",
            expect![[r#"
                t.toml:6: trigger a: unknown variant `sometimes`, expected one of `immediate`, `count`, `score`, `linked`, `overdue`, `requested`, `breadth`, `unusual`, `drift`, `cluster`, `spread` [policy-unreadable]
            "#]],
        ),
    ] {
        check_files(&[("t.toml", &format!("{trigger}{rest}"))], expect);
    }
}

#[test]
fn what_there_is_once_is_refused_twice() {
    check_files(
        &[
            ("a.toml", "pack = \"x\"\nbank_holidays = []\n[powers]\nregister = []\n"),
            ("b.toml", "\n[powers]\nregister = []\n"),
            ("c.toml", "bank_holidays = [\"2024-12-25\"]\npack = \"y\"\n"),
        ],
        expect![[r#"
            b.toml:2: powers: `powers` is given already, in a.toml line 3 [policy-given-twice]
            c.toml:1: bank_holidays: `bank_holidays` is given already, in a.toml line 2 [policy-given-twice]
            c.toml:2: pack: `pack` is given already, in a.toml line 1 [policy-given-twice]
        "#]],
    );
}

#[test]
fn the_order_of_files_and_comments_do_not_change_the_version() {
    let one = "pack = \"x\"\nbank_holidays = [\"2024-12-26\", \"2024-12-25\"]\n";
    let two = "# a comment\nbank_holidays = [\"2024-12-25\", \"2024-12-26\"]\npack = \"x\"\n";
    let other = "pack = \"x\"\nbank_holidays = [\"2024-12-25\"]\n";
    let version_of = |text: &str| {
        let source = Source { name: "p.toml".to_owned(), text: text.to_owned() };
        assemble("x", &[source]).unwrap().policy.version
    };
    assert_eq!(version_of(one), version_of(two));
    assert_ne!(version_of(one), version_of(other));
}

#[test]
fn a_version_is_a_token_of_the_subject_and_covers_every_rule() {
    let policy = shipped("norfolk");
    let (pack, digits) = policy.version.rsplit_once('-').unwrap();
    assert_eq!(pack, "norfolk");
    assert_eq!(digits.len(), 12);
    assert!(policy.version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));

    let mut changed = policy.clone();
    changed.trigger[0].assumed.clear();
    assert_ne!(version(&changed), policy.version);
    // The version is not part of what it is computed from: the log's document can be held against it.
    assert_eq!(version(&policy), policy.version);
}

#[test]
fn a_pack_that_is_not_there_is_said_to_be_missing() {
    assert!(matches!(open("nowhere"), Err(PackError::NoSuchPack { .. })));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(load(empty.path()), Err(PackError::Empty { .. })));
}

#[test]
fn the_pack_that_is_compiled_in_is_the_one_that_is_deployed() {
    for pack in [DEFAULT_PACK, "berkshire"] {
        let dir = Path::new(DEPLOYED).join(pack);
        assert_eq!(open(pack).unwrap(), load(&dir).unwrap());
    }
}

#[test]
fn a_policy_survives_the_log() {
    for pack in ["norfolk", "berkshire", "oregon"] {
        let policy = shipped(pack);
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert!(text.len() < 1024 * 1024, "{} bytes", text.len());
    }
}
