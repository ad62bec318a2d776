//! The whole table in order, and its digest, for comparing two tables.

use sha2::{Digest as _, Sha256};

use super::{Entry, Table, TableError};

/// A SHA-256 over a table's entries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Table {
    /// Every entry, sorted by key, without those whose key begins with one of `exclude`.
    pub fn dump(
        &self,
        exclude: &[&[u8]],
    ) -> impl Iterator<Item = Result<Entry, TableError>> + Send + use<> {
        let exclude: Vec<Vec<u8>> = exclude.iter().map(|prefix| prefix.to_vec()).collect();
        self.scan("").filter(move |entry| match entry {
            Ok((key, _)) => !exclude.iter().any(|prefix| key.starts_with(prefix)),
            Err(_) => true,
        })
    }

    /// A digest of [`Table::dump`]: equal for equal entries, whatever way led to them.
    ///
    /// Each key and each value is preceded by its length (eight bytes, big-endian), so that no
    /// two different dumps run together into the same bytes.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn digest(&self, exclude: &[&[u8]]) -> Result<Digest, TableError> {
        let mut hash = Sha256::new();
        for entry in self.dump(exclude) {
            let (key, value) = entry?;
            for part in [key, value] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        Ok(Digest(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, TableOptions};
    use super::*;

    fn digest_of(entries: &[(&str, &str)]) -> String {
        let root = tempfile::tempdir().unwrap();
        let table = Table::open(&root.path().join("table"), &TableOptions::default()).unwrap();
        for (key, value) in entries {
            let mut batch = Batch::new();
            batch.put(key, value);
            table.apply(batch).unwrap();
        }
        table.digest(&[b"outbox/"]).unwrap().to_string()
    }

    #[test]
    fn only_what_is_there_counts_and_not_how_it_came() {
        let one = digest_of(&[("a", "1"), ("b", "2")]);
        assert_eq!(one, digest_of(&[("b", "2"), ("a", "0"), ("a", "1")]));
        assert_eq!(one, digest_of(&[("a", "1"), ("b", "2"), ("outbox/1", "x")]));
        assert_ne!(one, digest_of(&[("a", "1"), ("b", "3")]));
        assert_ne!(one, digest_of(&[("a", "1")]));
    }

    #[test]
    fn keys_and_values_do_not_run_together() {
        assert_ne!(digest_of(&[("ab", "c")]), digest_of(&[("a", "bc")]));
        assert_ne!(digest_of(&[("a", ""), ("b", "")]), digest_of(&[("a", "b")]));
    }

    #[test]
    fn an_empty_table_has_the_digest_of_nothing() {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_of(&[]), nothing);
    }
}
