//! `cargo xtask test --browser`: whole tasks in a real browser, against a real hub.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{checkout, command, nats};

/// What Chromium is called on the systems that have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Gets what the tests need (a browser, playwright-core and axe-core), builds the hub, and runs them. With
/// `screenshots` the pictures in `docs/img` are taken anew.
pub(crate) fn run(screenshots: bool) -> Result<()> {
    let root = checkout::root()?;
    let server = nats::find_or_fetch()?;
    let chromium = chromium()?;
    println!("browser: {}", chromium.display());
    let folder = root.join("tests/browser");
    packages(&folder)?;
    command::run(command::cargo().args(["build", "--workspace", "--bins"]).current_dir(&root))?;
    let program = checkout::target()?.join("debug/carehub");
    let mut tests = Command::new("node");
    tests.args(["--test", "--test-concurrency=1", "--test-timeout=600000"]);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .context("could not read tests/browser")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    tests.args(files).current_dir(&root);
    tests.env("NATS_SERVER", server).env("CHROMIUM", chromium).env("CAREHUB_BIN", program);
    if screenshots {
        tests.env("CAREHUB_SCREENSHOTS", "1");
    }
    command::run(&mut tests).context("needs Node.js 20 or newer")
}

/// `$CHROMIUM`, else one on `PATH`, else Debian's own, which is installed.
fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    eprintln!("there is no Chromium here: installing Debian's");
    let mut update = Command::new("apt-get");
    if let Err(error) = command::run(update.arg("update")) {
        // The lists of before may do.
        eprintln!("{error:#}");
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "chromium"]).env("DEBIAN_FRONTEND", "noninteractive");
    command::run(&mut install).context("install Chromium, or name one in $CHROMIUM")?;
    match on_path() {
        Some(found) => Ok(found),
        None => bail!("Chromium was installed and is not on PATH"),
    }
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|file| file.is_file())
}

/// The packages of the lock file, each by its hash; not fetched again while the lock file stays as it is.
fn packages(folder: &Path) -> Result<()> {
    let (lock, had) = (folder.join("package-lock.json"), folder.join("node_modules/carehub-lock"));
    let wanted = std::fs::read(&lock).context("could not read tests/browser/package-lock.json")?;
    if std::fs::read(&had).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
    command::run(&mut install).context("needs npm, and a registry the first time")?;
    std::fs::write(&had, wanted).context("could not note which packages are there")
}
