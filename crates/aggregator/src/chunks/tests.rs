//! Stopped after any chunk, a table is as before the step or as after it.

use std::collections::BTreeMap;
use std::path::Path;

use carehub_storage::table::TableOptions;

use super::*;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

fn open(directory: &Path) -> Table {
    Table::open(directory, &TableOptions::default()).unwrap()
}

fn entries(table: &Table) -> Entries {
    table.scan("").map(Result::unwrap).collect()
}

/// A table at position 7 with some homes and a part of an outbox.
fn before(table: &Table) {
    let mut batch = Batch::new();
    for home in 0..20_u32 {
        batch.put(format!("h/{home:03}"), "before");
    }
    for n in 1..=5 {
        batch.put(keys::outbox(7, n), "waits");
    }
    batch.put(keys::META, "7");
    table.apply(batch).unwrap();
}

/// Of 30 homes some are there already; some keys and outbox entries go, many come.
fn step() -> Writes {
    let mut writes = Writes::default();
    for n in 1..=40 {
        writes.wait(keys::outbox(9, n), b"new".to_vec());
    }
    for home in 5..35_u32 {
        writes.put(format!("h/{home:03}"), "after");
    }
    writes.remove("h/001");
    writes.remove("h/999");
    writes.remove(keys::outbox(7, 2));
    writes.put(keys::verdicts(0), "verdicts");
    writes
}

fn chunks(table: &Table, limit: usize) -> Chunks {
    Chunks::new(table, step(), b"9".to_vec(), 9, limit)
}

/// Applies so many batches, each within the limit, and says whether those were all.
#[track_caller]
fn apply(chunks: &mut Chunks, table: &Table, limit: usize, batches: usize) -> bool {
    for _ in 0..batches {
        let Some(batch) = chunks.next_batch().unwrap() else {
            return true;
        };
        assert!(batch.len() <= limit, "{} keys in a batch, the limit is {limit}", batch.len());
        table.apply(batch).unwrap();
    }
    false
}

#[track_caller]
fn check(limit: usize, least: usize) {
    let root = tempfile::tempdir().unwrap();
    let (old, new) = {
        let table = open(&root.path().join("whole"));
        before(&table);
        let old = entries(&table);
        let mut whole = Batch::new();
        let Writes { outbox, changes } = step();
        outbox.into_iter().for_each(|(key, value)| whole.put(key, value));
        changes.into_iter().for_each(|(key, value)| change(&mut whole, key, value));
        whole.put(keys::META, "9");
        table.apply(whole).unwrap();
        (old, entries(&table))
    };
    let mut seen = Vec::new();
    for stopped_after in 0.. {
        let directory = root.path().join(stopped_after.to_string());
        let done = {
            let table = open(&directory);
            before(&table);
            apply(&mut chunks(&table, limit), &table, limit, stopped_after)
        };
        let table = open(&directory);
        let position = if table.get(keys::META).unwrap().unwrap() == b"9" { 9 } else { 7 };
        recover(&table, position).unwrap();
        let expected = if position == 9 { &new } else { &old };
        assert!(entries(&table) == *expected, "stopped after {stopped_after} of limit {limit}");
        assert_eq!(recover(&table, position).unwrap(), None, "it was put right once");
        seen.push(position);
        // And from there the step can be taken again.
        if position == 7 {
            let mut chunks = chunks(&table, limit);
            assert!(apply(&mut chunks, &table, limit, 1_000));
            drop(chunks);
            assert!(entries(&table) == new);
        }
        if done {
            assert!(entries(&table) == new);
            break;
        }
    }
    assert!(seen.is_sorted() && seen.len() > least, "{seen:?}");
    assert_eq!((seen.first(), seen.last()), (Some(&7), Some(&9)));
}

#[test]
fn what_fits_into_one_batch_is_one_batch() {
    check(75, 1);
    let root = tempfile::tempdir().unwrap();
    let table = open(&root.path().join("table"));
    let mut chunks = chunks(&table, 75);
    assert_eq!(chunks.next_batch().unwrap().unwrap().len(), 75);
    assert!(chunks.next_batch().unwrap().is_none() && !chunks.is_begun());
}

#[test]
fn stopped_after_any_chunk_the_table_is_as_before_or_as_after() {
    check(74, 2);
    check(50, 2);
    check(20, 5);
    check(4, 40);
}

#[test]
fn a_recovery_that_is_stopped_goes_on_at_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("table");
    let old = {
        let table = open(&directory);
        before(&table);
        let old = entries(&table);
        assert!(!apply(&mut chunks(&table, 20), &table, 20, 4));
        // As far as a recovery comes that puts back one key and is stopped.
        let (was, value) = table.scan(keys::KEPT).next().unwrap().unwrap();
        let mut batch = Batch::new();
        let key = was[keys::KEPT.len()..].to_vec();
        change(&mut batch, key, stored::decode(&value).unwrap());
        batch.remove(was);
        table.apply(batch).unwrap();
        old
    };
    let table = open(&directory);
    assert_eq!(recover(&table, 7).unwrap().unwrap().position, 9);
    assert!(entries(&table) == old);
}
