//! The nats-server binary and the process it runs as.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::error::ServerError;

/// Oldest nats-server whose stream settings and account imports were tried.
const OLDEST: (u32, u32) = (2, 11);

/// A nats-server executable of a version that was tried.
#[derive(Debug)]
pub(super) struct Binary {
    path: PathBuf,
}

/// What a running nats-server is asked to do; the binary itself delivers it, which saves a
/// dependency on signals.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Reload,
    Terminate,
    Kill,
}

impl Signal {
    fn word(self) -> &'static str {
        match self {
            Self::Reload => "reload",
            Self::Terminate => "term",
            Self::Kill => "stop",
        }
    }
}

impl Binary {
    /// `$NATS_SERVER`, else the first `nats-server` on `PATH`, of a version that was tried.
    pub(super) async fn find() -> Result<Self, ServerError> {
        let named = env::var_os("NATS_SERVER").map(PathBuf::from);
        let path = named.or_else(on_path).ok_or(ServerError::Missing)?;
        let binary = Self { path };
        let text = binary.output(&["--version".as_ref()]).await?.text;
        match parse_version(&text) {
            Some(version) if version >= OLDEST => Ok(binary),
            _ => Err(ServerError::Version { path: binary.path, found: text.trim().to_owned() }),
        }
    }

    /// Lets nats-server itself parse a configuration, without running it.
    pub(super) async fn check(&self, configuration: &Path) -> Result<(), ServerError> {
        let arguments = ["-t".as_ref(), "-c".as_ref(), configuration.as_os_str()];
        let output = self.output(&arguments).await?;
        if output.success { Ok(()) } else { Err(ServerError::Refused(output.last_line())) }
    }

    /// Delivers a signal.
    pub(super) async fn signal(&self, signal: Signal, pid: u32) -> Result<(), ServerError> {
        let expression = format!("{}={pid}", signal.word());
        let output = self.output(&["--signal".as_ref(), expression.as_ref()]).await?;
        if output.success {
            Ok(())
        } else {
            Err(ServerError::Signal { signal: signal.word(), pid, said: output.last_line() })
        }
    }

    /// Kills without waiting for anything asynchronous: for use while dropping.
    pub(super) fn kill_blocking(&self, pid: u32) {
        let outcome = std::process::Command::new(&self.path)
            .args(["--signal", &format!("{}={pid}", Signal::Kill.word())])
            .stderr(Stdio::null())
            .status();
        if let Err(error) = outcome {
            tracing::warn!(pid, %error, "kill nats-server");
        }
    }

    /// Starts the server. Its process group is its own, so that a Ctrl-C meant for the hub does
    /// not end the log before the hub has written its last position; and it outlives the hub, to
    /// be adopted by the next one. `log` gets what it says before it opens its log itself.
    pub(super) fn spawn(&self, configuration: &Path, log: &Path) -> Result<Child, ServerError> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(ServerError::file("open", log))?;
        Command::new(&self.path)
            .arg("-c")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|source| ServerError::Run { path: self.path.clone(), source })
    }

    async fn output(&self, arguments: &[&OsStr]) -> Result<Output, ServerError> {
        let output = Command::new(&self.path)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|source| ServerError::Run { path: self.path.clone(), source })?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Output { success: output.status.success(), text })
    }
}

struct Output {
    success: bool,
    text: String,
}

impl Output {
    fn last_line(&self) -> String {
        self.text.trim().lines().next_back().unwrap_or_default().to_owned()
    }
}

/// A running nats-server: our child, or one that a killed hub left behind.
#[derive(Debug)]
pub(super) struct Process {
    pid: u32,
    configuration: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A process that was just spawned; `None` when it was already reaped.
    pub(super) fn spawned(child: Child, configuration: &Path) -> Option<Self> {
        let pid = child.id()?;
        Some(Self { pid, configuration: configuration.to_path_buf(), child: Some(child) })
    }

    /// The process that runs `configuration`, if there is one: the one the pid file names, or
    /// else any. Two servers on one store would destroy it, so the file is not the last word.
    pub(super) fn find(configuration: &Path, pid_file: &Path) -> Option<Self> {
        let named = fs::read_to_string(pid_file).ok().and_then(|text| text.trim().parse().ok());
        let pid = named
            .filter(|pid| runs(*pid, configuration))
            .or_else(|| all_pids().find(|pid| runs(*pid, configuration)))?;
        Some(Self { pid, configuration: configuration.to_path_buf(), child: None })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it has ended; also reaps it if it is our child.
    pub(super) fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            // Ended, a zombie (whose command line is empty), or its number given to another.
            None => !runs(self.pid, &self.configuration),
        }
    }
}

/// Whether the process `pid` is a server started by [`Binary::spawn`] with this configuration.
fn runs(pid: u32, configuration: &Path) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else {
        return false;
    };
    let mut arguments = line.split(|byte| *byte == 0).skip(1);
    arguments.next() == Some(b"-c")
        && arguments.next() == Some(configuration.as_os_str().as_bytes())
        && arguments.next() == Some(b"")
        && arguments.next().is_none()
}

fn all_pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join("nats-server")).find(|file| file.is_file())
}

/// Major and minor of `nats-server: v2.15.1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().rsplit_once('v')?.1.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn a_version_is_read_and_compared_by_number() {
        assert_eq!(parse_version("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(parse_version("nats-server: v2.9.10"), Some((2, 9)));
        assert_eq!(parse_version("nats-server: v2.12.0-RC.1"), Some((2, 12)));
        assert_eq!(parse_version("something else"), None);
        assert!(parse_version("nats-server: v2.9.10") < Some(super::OLDEST));
    }
}
