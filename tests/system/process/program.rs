//! Finding the `carehub` program, and ending a process.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The program that cargo built beside this test.
pub(crate) fn carehub() -> PathBuf {
    let test = std::env::current_exe().expect("know this program");
    let profile = test.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    profile.join("carehub")
}

/// Sends a signal by the shell's own `kill`, which every machine has.
pub(super) fn signal(name: &str, pid: u32) {
    let command = format!("kill -{name} {pid}");
    // A process that has ended meanwhile is as good as one that was told to.
    let _ = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status();
}

pub(super) fn ended(child: &mut Child, within: Duration) -> ExitStatus {
    let deadline = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().expect("wait for the hub") {
            return status;
        }
        assert!(Instant::now() < deadline, "the hub does not stop");
        std::thread::sleep(Duration::from_millis(10));
    }
}
