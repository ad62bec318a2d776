//! The hub never has the key that makes pseudonyms: only the command that serves it names the module.

use crate::checkout::{self, File};

/// Where the module may be named: itself, the command, and the list of modules.
const ALLOWED: [&str; 4] = ["pseudonyms.rs", "pseudonyms/", "command/pseudonymise.rs", "lib.rs"];

fn faults(files: &[File]) -> Vec<String> {
    let elsewhere = |file: &&File| {
        let within = file.path.strip_prefix("crates/carehub/src/");
        file.is_rust()
            && file.path.starts_with("crates/")
            && within.is_none_or(|path| ALLOWED.iter().all(|allowed| !path.starts_with(allowed)))
    };
    let names = |file: &&File| file.text.contains("pseudonyms::");
    let found = files.iter().filter(elsewhere).filter(names);
    found.map(|file| format!("{} names the pseudonymisation key", file.path)).collect()
}

#[test]
fn nothing_of_the_hub_names_the_pseudonymisation_key() {
    crate::assert_none(&faults(&checkout::files()));
    let used = |path| File::new(path, "use crate::pseudonyms::Keys;");
    crate::assert_none(&faults(&[used("crates/carehub/src/command/pseudonymise.rs")]));
    crate::assert_some(&faults(&[used("crates/carehub/src/hub.rs")]), "hub.rs");
    crate::assert_some(&faults(&[used("crates/aggregator/src/lib.rs")]), "aggregator");
}
