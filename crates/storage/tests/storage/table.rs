//! The table under a hard kill: a batch is there whole or not at all, and never out of order.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use carehub_storage::table::{Batch, OpenError, Table, TableOptions};

/// Tells the child process which table to write; without it the test is the parent.
const WRITE_TO: &str = "CAREHUB_TEST_WRITE_TO";

const KEYS: u32 = 500;

fn options() -> TableOptions {
    TableOptions { flush_every_ms: Some(20), ..TableOptions::default() }
}

/// Each batch writes its number to every key; a few values change their length.
fn write_without_end(directory: &Path) {
    let table = Table::open(directory, &options()).unwrap();
    let first = number(&table, 0).unwrap_or(0) + 1;
    for round in first.. {
        let mut batch = Batch::new();
        for key in 0..KEYS {
            let mut value = round.to_be_bytes().to_vec();
            value.resize(8 + (round as usize * 31 + key as usize * 7) % 900, 0);
            batch.put(key.to_be_bytes(), value);
        }
        table.apply(batch).unwrap();
    }
}

fn number(table: &Table, key: u32) -> Option<u64> {
    let value = table.get(key.to_be_bytes()).unwrap()?;
    Some(u64::from_be_bytes(value[..8].try_into().unwrap()))
}

#[test]
fn a_batch_is_whole_after_a_kill() {
    if let Some(directory) = std::env::var_os(WRITE_TO) {
        write_without_end(Path::new(&directory));
    }
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("table");
    let mut reached = 0;
    let mut set_aside = 0;
    for round in 0..6_u64 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "table::a_batch_is_whole_after_a_kill"])
            .env(WRITE_TO, &directory)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Long enough to have begun; at another moment of its work each time.
        let pages = directory.join("db");
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::fs::metadata(&pages).map_or(0, |pages| pages.len()) == 0 {
            assert!(Instant::now() < deadline, "the writer does not write");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();

        let opened = Table::open_or_set_aside(&directory, &options()).unwrap();
        if let Some((_, doubt)) = &opened.set_aside {
            assert!(matches!(doubt, OpenError::Doubtful { .. }));
            set_aside += 1;
            reached = 0;
            continue;
        }
        let numbers: Vec<Option<u64>> = (0..KEYS).map(|key| number(&opened.table, key)).collect();
        assert!(numbers.iter().all(|number| *number == numbers[0]), "a batch was torn");
        let number = numbers[0].unwrap_or(0);
        assert!(number >= reached, "what a former process had flushed is gone");
        reached = number;
        opened.table.flush().unwrap();
    }
    eprintln!("{reached} batches survived, set aside {set_aside} times");
    assert!(reached > 0 || set_aside > 0);
}
