//! Rows in the order of a key, in blocks: a late row moves its block, not everything after it. A
//! home with a hundred thousand concerns files the next one as fast as a home with ten. Copies share
//! the blocks until one of them changes: a reader's copy costs next to nothing.

use std::sync::Arc;

use super::looks::look;

/// A small row with a key of its own.
pub(crate) trait Row: Copy {
    /// What rows are ordered by.
    type Key: Ord + Copy + std::fmt::Debug;

    /// Its key; no two rows of one list have the same.
    fn key(&self) -> Self::Key;
}

/// How many rows a block holds before it is split.
const BLOCK: usize = 64;

/// How many of the newest blocks are looked at before the others.
const RECENT: usize = 16;

/// Rows in the order of their keys. As many as fit into one block stand in `few`, one step away in memory:
/// nearly every home is small, and its lists are mostly not in the processor's cache. More stand in blocks.
#[derive(Debug, Clone)]
pub(crate) struct Sorted<T: Row> {
    few: Vec<T>,
    blocks: Vec<Block<T>>,
}

/// Some rows in a row. The first key stands beside them, so that a search among a thousand blocks reads
/// one piece of memory and not the beginning of each block.
#[derive(Debug, Clone)]
struct Block<T: Row> {
    first: T::Key,
    rows: Arc<Vec<T>>,
}

impl<T: Row> Block<T> {
    /// A block of these rows, which are in order; none of no rows.
    fn of(rows: Vec<T>) -> Option<Self> {
        Some(Self { first: rows.first()?.key(), rows: Arc::new(rows) })
    }

    /// Where a key stands, or belongs.
    fn place_of(&self, key: T::Key) -> Result<usize, usize> {
        place_in(&self.rows, key)
    }

    /// How many rows have a lower key.
    fn before(&self, key: T::Key) -> usize {
        before(&self.rows, key)
    }
}

fn place_in<T: Row>(rows: &[T], key: T::Key) -> Result<usize, usize> {
    rows.binary_search_by(|row| row.key().cmp(&key))
}

fn before<T: Row>(rows: &[T], key: T::Key) -> usize {
    rows.partition_point(|row| row.key() < key)
}

impl<T: Row> Default for Sorted<T> {
    fn default() -> Self {
        Self { few: Vec::new(), blocks: Vec::new() }
    }
}

impl<T: Row + PartialEq> PartialEq for Sorted<T> {
    /// How the rows are cut into blocks depends on the order in which they came, and means nothing.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Row> Sorted<T> {
    /// Puts a row where it belongs; one with the same key is replaced and handed back.
    pub(crate) fn insert(&mut self, row: T) -> Option<T> {
        let key = row.key();
        let at = self.block_of(key);
        let Some(block) = self.blocks.get_mut(at) else {
            return self.insert_among_few(row);
        };
        match block.place_of(key) {
            Ok(place) => {
                let known = Arc::make_mut(&mut block.rows).get_mut(place);
                return known.map(|known| std::mem::replace(known, row));
            }
            Err(place) if place == BLOCK && block.rows.len() == BLOCK => {
                // The next of a row that comes in order: full blocks stay full.
                self.put_block(at + 1, vec![row]);
            }
            Err(place) => {
                let rows = Arc::make_mut(&mut block.rows);
                rows.insert(place, row);
                let later = (rows.len() > BLOCK).then(|| rows.split_off(BLOCK / 2));
                if place == 0 {
                    block.first = key;
                }
                if let Some(later) = later {
                    self.put_block(at + 1, later);
                }
            }
        }
        None
    }

    fn insert_among_few(&mut self, row: T) -> Option<T> {
        match place_in(&self.few, row.key()) {
            Ok(place) => self.few.get_mut(place).map(|known| std::mem::replace(known, row)),
            Err(place) if self.few.len() < BLOCK => {
                if self.few.len() == self.few.capacity() {
                    // By fours and not by twos: a home has a dozen such lists, and each move costs a walk.
                    self.few.reserve_exact(3 * self.few.len());
                }
                self.few.insert(place, row);
                None
            }
            Err(_) => {
                self.blocks.extend(Block::of(std::mem::take(&mut self.few)));
                self.insert(row)
            }
        }
    }

    fn put_block(&mut self, at: usize, rows: Vec<T>) {
        if let Some(block) = Block::of(rows) {
            self.blocks.insert(at, block);
        }
    }

    /// Removes the row with this key, if there is one.
    pub(crate) fn remove(&mut self, key: T::Key) -> Option<T> {
        let at = self.block_of(key);
        let Some(block) = self.blocks.get_mut(at) else {
            return place_in(&self.few, key).ok().map(|place| self.few.remove(place));
        };
        let place = block.place_of(key).ok()?;
        let row = Arc::make_mut(&mut block.rows).remove(place);
        match block.rows.first() {
            Some(first) => block.first = first.key(),
            None => drop(self.blocks.remove(at)),
        }
        Some(row)
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: T::Key) -> Option<&T> {
        match self.blocks.get(self.block_of(key)) {
            Some(block) => block.rows.get(block.place_of(key).ok()?),
            None => self.few.get(place_in(&self.few, key).ok()?),
        }
    }

    /// The row with this key, to be changed but for its key.
    pub(crate) fn get_mut(&mut self, key: T::Key) -> Option<&mut T> {
        let at = self.block_of(key);
        match self.blocks.get_mut(at) {
            Some(block) => {
                let place = block.place_of(key).ok()?;
                Arc::make_mut(&mut block.rows).get_mut(place)
            }
            None => {
                let place = place_in(&self.few, key).ok()?;
                self.few.get_mut(place)
            }
        }
    }

    /// How many rows have a key in `from ≤ key < until`: only the blocks in which the two lie are looked
    /// into, and the others between them counted.
    pub(crate) fn between(&self, from: T::Key, until: T::Key) -> usize {
        if self.blocks.is_empty() {
            return before(&self.few, until).saturating_sub(before(&self.few, from));
        }
        let (first, last) = (self.block_of(from), self.block_of(until));
        let before = self.blocks.get(first).map_or(0, |block| block.before(from));
        let up_to = self.blocks.get(last).map_or(0, |block| block.before(until));
        let whole = self.blocks.get(first..last).unwrap_or_default();
        let whole: usize = whole.iter().inspect(|_| look()).map(|block| block.rows.len()).sum();
        (whole + up_to).saturating_sub(before)
    }

    /// The rows with a key in `from ≤ key < until`, in order, from both ends.
    pub(crate) fn range(
        &self,
        from: T::Key,
        until: T::Key,
    ) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let few = self.few.get(before(&self.few, from)..before(&self.few, until));
        let (first, last) = (self.block_of(from), self.block_of(until));
        let blocks = self.blocks.get(first..=last).or_else(|| self.blocks.get(first..));
        let blocks = blocks.unwrap_or_default().iter().flat_map(move |block| {
            let (start, end) = (block.before(from), block.before(until));
            block.rows.get(start..end).unwrap_or_default()
        });
        few.unwrap_or_default().iter().chain(blocks).inspect(|_| look())
    }

    /// All rows, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let blocks = self.blocks.iter().flat_map(|block| block.rows.iter());
        self.few.iter().chain(blocks).inspect(|_| look())
    }

    /// The row with the highest key.
    pub(crate) fn last(&self) -> Option<&T> {
        self.blocks.last().map_or(self.few.last(), |block| block.rows.last())
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.few.is_empty() && self.blocks.is_empty()
    }

    /// The block that a key stands or belongs in: the last one that does not begin after it. What is looked for
    /// is mostly recent: the newest blocks stand side by side in memory and are looked at first.
    fn block_of(&self, key: T::Key) -> usize {
        let earlier = self.blocks.len().saturating_sub(RECENT);
        let (earlier, recent) = self.blocks.split_at(earlier);
        let begun = |blocks: &[Block<T>]| blocks.partition_point(|block| block.first <= key);
        let is_recent = recent.first().is_some_and(|first| first.first <= key);
        let begun = if is_recent { earlier.len() + begun(recent) } else { begun(earlier) };
        begun.saturating_sub(1)
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
