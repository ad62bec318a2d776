//! Python 3: fetches nats-server, and runs the client that nobody here wrote.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{checkout, command};

/// What the tests run on that speak to what nobody here wrote: a NATS client and a mail server. Their authors and ours
/// share no code, which is the point.
const FOREIGN_CLIENT: [&str; 3] = ["nats-py[nkeys]==2.16.0", "nkeys==0.2.1", "aiosmtpd==1.4.6"];

/// `python3 -m pip`, after making sure that both are there.
pub(crate) fn pip() -> Result<Command> {
    command::output(Command::new("python3").arg("--version")).map_err(|error| {
        if command::is_missing(&error) {
            error.context("python3 is not on PATH: install Python 3.10 or newer with pip")
        } else {
            error
        }
    })?;
    command::output(Command::new("python3").args(["-m", "pip", "--version"])).context(
        "python3 has no pip: install it (Debian and Ubuntu: python3-pip; elsewhere: \
         `python3 -m ensurepip`)",
    )?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--disable-pip-version-check"]);
    // pip warns root of damage to the system's packages; ours go under target/.
    pip.env("PIP_ROOT_USER_ACTION", "ignore");
    Ok(pip)
}

/// A Python that can import the foreign client, made under `target/` when it is not there yet.
///
/// Returns the path of its interpreter. Needs no network once it has been made.
pub(crate) fn with_foreign_client() -> Result<PathBuf> {
    let dir = checkout::target()?.join("python");
    let python = dir.join("bin/python");
    let stamp = dir.join("installed");
    let wanted = FOREIGN_CLIENT.join("\n");

    let made = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if made && imports(&python).is_ok() {
        return Ok(python);
    }

    println!("making a Python with {} under target/", FOREIGN_CLIENT[0]);
    let mut pip = pip()?;
    if dir.exists() {
        std::fs::remove_dir_all(&dir).context("could not remove the old Python under target/")?;
    }
    // Without pip of its own, and filled by the outer one: Debian's python3 comes without ensurepip
    // unless python3-venv is installed too, and a fresh machine need not have it.
    command::output(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&dir))
        .context("could not make a Python under target/")?;
    let packages = command::output(
        Command::new(&python)
            .args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]),
    )?;
    command::run(pip.args(["install", "--quiet", "--target", &packages]).args(FOREIGN_CLIENT))
        .context("could not install the foreign client; is the package index reachable?")?;
    imports(&python).context("the foreign client was installed and cannot be imported")?;
    std::fs::write(&stamp, wanted).context("could not write under target/")?;
    Ok(python)
}

fn imports(python: &PathBuf) -> Result<String> {
    command::output(Command::new(python).args(["-c", "import nats, nkeys, aiosmtpd"]))
}
