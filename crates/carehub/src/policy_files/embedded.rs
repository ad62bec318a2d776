//! The packs that are compiled in. The oregon pack is not: it is for tests, which read its directory.

use super::read::Source;

const NORFOLK: [(&str, &str); 6] = [
    ("bodies.toml", include_str!("../../../../deploy/policy/norfolk/bodies.toml")),
    ("process.toml", include_str!("../../../../deploy/policy/norfolk/process.toml")),
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

const PACKS: [(&str, &[(&str, &str)]); 1] = [("norfolk", &NORFOLK)];

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
