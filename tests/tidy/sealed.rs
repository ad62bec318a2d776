//! Pictures reach a way out sealed. The compiler holds that nothing but a view comes out of a seal (the examples
//! at `Guarded` fail to compile); this holds that a way out neither makes a picture of its own nor a seal.

use crate::checkout::{File, files};
use crate::{assert_none, assert_some};

/// Where pictures are shown or sent.
const WAYS_OUT: [&str; 2] = ["crates/dashboard/src/", "crates/client/src/"];

/// What would hand a way out a raw picture.
const RAW: [&str; 5] = ["Guarded::seal", "Home::stored", "Home::new", "fold::State", "Arc<Home>"];

#[test]
fn no_way_out_holds_a_raw_picture() {
    assert_none(&raw(&files()));
    let leaky = [File::new("crates/dashboard/src/x.rs", "fn all() -> Vec<Arc<Home>> {")];
    assert_some(&raw(&leaky), "Arc<Home>");
}

fn raw(files: &[File]) -> Vec<String> {
    let out = files.iter().filter(|file| WAYS_OUT.iter().any(|way| file.path.starts_with(way)));
    let faults = out.flat_map(|file| {
        let found = RAW.iter().filter(|raw| file.text.contains(**raw));
        found
            .map(|raw| format!("{}: {raw}: a way out is handed `Guarded` pictures only", file.path))
    });
    faults.collect()
}
