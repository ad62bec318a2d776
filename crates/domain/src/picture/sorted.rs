//! Rows in the order of a key, in blocks: a late row moves its block, not everything after it. A
//! home with a hundred thousand concerns files the next one as fast as a home with ten. Copies share
//! the blocks until one of them changes: a reader's copy costs next to nothing.

use std::sync::Arc;

/// A small row with a key of its own.
pub(crate) trait Row: Copy {
    /// What rows are ordered by.
    type Key: Ord + Copy;

    /// Its key; no two rows of one list have the same.
    fn key(&self) -> Self::Key;
}

/// How many rows a block holds before it is split.
const BLOCK: usize = 128;

/// Rows in the order of their keys.
#[derive(Debug, Clone)]
pub(crate) struct Sorted<T> {
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T: Row + PartialEq> PartialEq for Sorted<T> {
    /// How the rows are cut into blocks depends on the order in which they came, and means nothing.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Row> Sorted<T> {
    /// Puts a row where it belongs; one with the same key is replaced.
    pub(crate) fn insert(&mut self, row: T) {
        let key = row.key();
        let at = self.block_of(key);
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(Arc::new(vec![row]));
            return;
        };
        let block = Arc::make_mut(block);
        match block.binary_search_by(|other| other.key().cmp(&key)) {
            Ok(place) => {
                if let Some(known) = block.get_mut(place) {
                    *known = row;
                }
            }
            Err(place) if place == BLOCK && block.len() == BLOCK => {
                // The next of a row that comes in order: full blocks stay full.
                self.blocks.insert(at + 1, Arc::new(vec![row]));
            }
            Err(place) => {
                block.insert(place, row);
                if block.len() > BLOCK {
                    let later = block.split_off(BLOCK / 2);
                    self.blocks.insert(at + 1, Arc::new(later));
                }
            }
        }
    }

    /// Removes the row with this key, if there is one.
    pub(crate) fn remove(&mut self, key: T::Key) -> Option<T> {
        let at = self.block_of(key);
        let block = self.blocks.get_mut(at)?;
        let place = block.binary_search_by(|row| row.key().cmp(&key)).ok()?;
        let block = Arc::make_mut(block);
        let row = block.remove(place);
        if block.is_empty() {
            self.blocks.remove(at);
        }
        Some(row)
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: T::Key) -> Option<&T> {
        let block = self.blocks.get(self.block_of(key))?;
        let place = block.binary_search_by(|row| row.key().cmp(&key)).ok()?;
        block.get(place)
    }

    /// The row with this key, to be changed but for its key.
    pub(crate) fn get_mut(&mut self, key: T::Key) -> Option<&mut T> {
        let at = self.block_of(key);
        let block = self.blocks.get_mut(at)?;
        let place = block.binary_search_by(|row| row.key().cmp(&key)).ok()?;
        Arc::make_mut(block).get_mut(place)
    }

    /// How many rows have a lower key.
    pub(crate) fn before(&self, key: T::Key) -> usize {
        let at = self.block_of(key);
        let whole: usize = self.blocks.iter().take(at).map(|block| block.len()).sum();
        let part = self.blocks.get(at).map_or(0, |block| block.partition_point(|r| r.key() < key));
        whole + part
    }

    /// How many rows have a key in `from ≤ key < until`.
    pub(crate) fn between(&self, from: T::Key, until: T::Key) -> usize {
        self.before(until).saturating_sub(self.before(from))
    }

    /// The rows with a key in `from ≤ key < until`, in order, from both ends.
    pub(crate) fn range(
        &self,
        from: T::Key,
        until: T::Key,
    ) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let (first, last) = (self.block_of(from), self.block_of(until));
        let blocks = self.blocks.get(first..=last).or_else(|| self.blocks.get(first..));
        blocks.unwrap_or_default().iter().flat_map(move |block| {
            let start = block.partition_point(|row| row.key() < from);
            let end = block.partition_point(|row| row.key() < until);
            block.get(start..end).unwrap_or_default()
        })
    }

    /// All rows, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.blocks.iter().flat_map(|block| block.iter())
    }

    /// The row with the highest key.
    pub(crate) fn last(&self) -> Option<&T> {
        self.blocks.last()?.last()
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The block that a key stands or belongs in: the last one that does not begin after it.
    fn block_of(&self, key: T::Key) -> usize {
        let later = |block: &Arc<Vec<T>>| block.first().is_some_and(|first| first.key() <= key);
        self.blocks.partition_point(later).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    impl Row for u32 {
        type Key = u32;
        fn key(&self) -> u32 {
            *self
        }
    }

    #[test]
    fn it_is_a_sorted_set_whatever_the_order_of_arrival() {
        let mut model = BTreeSet::new();
        let mut sorted = Sorted::default();
        let mut next = 7_u32;
        for step in 0..20_000_u32 {
            next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = if step.is_multiple_of(3) { step } else { next % 5_000 };
            if next.is_multiple_of(7) {
                assert_eq!(sorted.remove(key).is_some(), model.remove(&key));
            } else {
                sorted.insert(key);
                model.insert(key);
            }
            if step.is_multiple_of(50) {
                let (from, until) = (key / 2, key.saturating_add(300));
                assert!(sorted.range(from, until).eq(model.range(from..until)));
                assert!(sorted.range(from, until).rev().eq(model.range(from..until).rev()));
                assert_eq!(sorted.before(key), model.range(..key).count());
                assert_eq!(sorted.between(from, until), model.range(from..until).count());
            }
        }
        assert!(sorted.iter().eq(model.iter()));
        let in_order: Sorted<u32> = model.iter().fold(Sorted::default(), |mut sorted, row| {
            sorted.insert(*row);
            sorted
        });
        assert_eq!(sorted, in_order);
        assert!(sorted.range(9, 9).next().is_none() && !sorted.is_empty());
    }
}
