//! What is in the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the checkout.
pub(crate) struct File {
    /// Relative to the top, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The folder's name under `crates/`, for a file that lies in one.
    pub(crate) fn krate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// The top of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file that is tracked, or would be by `git add --all`: a rule should fail before the
/// commit that breaks it and not after.
pub(crate) fn files() -> Vec<File> {
    let listed = run(Command::new("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]));
    let files: Vec<File> = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .filter_map(|path| {
            // Not there: deleted and not yet committed. Not UTF-8: an image or a font.
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some(File { path: path.to_owned(), text })
        })
        .collect();
    assert!(!files.is_empty(), "git lists no files: the rules would hold of nothing");
    files
}

/// Runs a program at the top of the checkout and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().expect("could not start a program");
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("a program printed something else than UTF-8")
}
