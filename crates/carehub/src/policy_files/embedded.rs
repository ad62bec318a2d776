//! The packs that are compiled in. The oregon pack is not: it is for tests, which read its directory.

use super::read::Source;

const NORFOLK: [(&str, &str); 8] = [
    ("bodies.toml", include_str!("../../../../deploy/policy/norfolk/bodies.toml")),
    ("process.toml", include_str!("../../../../deploy/policy/norfolk/process.toml")),
    ("sharing.toml", include_str!("../../../../deploy/policy/norfolk/sharing.toml")),
    ("retention.toml", include_str!("../../../../deploy/policy/norfolk/retention.toml")),
    (
        "triggers-building.toml",
        include_str!("../../../../deploy/policy/norfolk/triggers-building.toml"),
    ),
    (
        "triggers-gravest.toml",
        include_str!("../../../../deploy/policy/norfolk/triggers-gravest.toml"),
    ),
    ("triggers-late.toml", include_str!("../../../../deploy/policy/norfolk/triggers-late.toml")),
    ("triggers.toml", include_str!("../../../../deploy/policy/norfolk/triggers.toml")),
];

const BERKSHIRE: [(&str, &str); 8] = [
    ("bodies.toml", include_str!("../../../../deploy/policy/berkshire/bodies.toml")),
    ("causes.toml", include_str!("../../../../deploy/policy/berkshire/causes.toml")),
    ("patterns.toml", include_str!("../../../../deploy/policy/berkshire/patterns.toml")),
    ("people.toml", include_str!("../../../../deploy/policy/berkshire/people.toml")),
    ("process.toml", include_str!("../../../../deploy/policy/berkshire/process.toml")),
    ("sharing.toml", include_str!("../../../../deploy/policy/berkshire/sharing.toml")),
    ("retention.toml", include_str!("../../../../deploy/policy/berkshire/retention.toml")),
    ("thresholds.toml", include_str!("../../../../deploy/policy/berkshire/thresholds.toml")),
];

const PACKS: [(&str, &[(&str, &str)]); 2] = [("norfolk", &NORFOLK), ("berkshire", &BERKSHIRE)];

/// The names, for an error message.
pub(super) fn names() -> String {
    PACKS.map(|(name, _)| name).join(", ")
}

/// The files of the pack with this name.
pub(super) fn files(name: &str) -> Option<Vec<Source>> {
    let (_, files) = PACKS.iter().find(|(pack, _)| *pack == name)?;
    let source =
        |(name, text): &(&str, &str)| Source { name: (*name).to_owned(), text: (*text).to_owned() };
    Some(files.iter().map(source).collect())
}
