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

/// Rows in the order of their keys. As many as fit into one block stand one step away in memory: nearly every home
/// is small, and its lists are mostly not in the processor's cache. More stand in blocks, behind one step more, so
/// that a list is not larger than it must be: a home holds a dozen for each rule.
#[derive(Debug, Clone)]
pub(crate) enum Sorted<T: Row> {
    Few(Vec<T>),
    Many(Box<Blocks<T>>),
}

/// Rows in blocks, none of which is empty.
#[derive(Debug, Clone)]
pub(crate) struct Blocks<T: Row>(Vec<Block<T>>);

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
        Self::Few(Vec::new())
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
        let mut replaced = None;
        self.insert_or(row, |known| replaced = Some(std::mem::replace(known, row)));
        replaced
    }

    /// Puts a row where it belongs, or changes the one with the same key, but for its key.
    pub(crate) fn insert_or(&mut self, row: T, change: impl FnOnce(&mut T)) {
        let few = match self {
            Self::Few(few) => few,
            Self::Many(blocks) => return blocks.insert_or(row, change),
        };
        match place_in(few, row.key()) {
            Ok(place) => drop(few.get_mut(place).map(change)),
            Err(place) if few.len() < BLOCK => {
                if few.len() == few.capacity() {
                    // By fours and not by twos: a home has a dozen such lists, and each move costs a walk.
                    few.reserve_exact(3 * few.len());
                }
                few.insert(place, row);
            }
            Err(_) => {
                let full = Block::of(std::mem::take(few));
                let mut blocks = Blocks(full.into_iter().collect());
                blocks.insert_or(row, change);
                *self = Self::Many(Box::new(blocks));
            }
        }
    }

    /// Removes the row with this key, if there is one.
    pub(crate) fn remove(&mut self, key: T::Key) -> Option<T> {
        match self {
            Self::Few(few) => place_in(few, key).ok().map(|place| few.remove(place)),
            Self::Many(blocks) => blocks.remove(key),
        }
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: T::Key) -> Option<&T> {
        let rows = match self {
            Self::Few(few) => few,
            Self::Many(blocks) => &*blocks.0.get(blocks.block_of(key))?.rows,
        };
        rows.get(place_in(rows, key).ok()?)
    }

    /// The row with this key, to be changed but for its key.
    pub(crate) fn get_mut(&mut self, key: T::Key) -> Option<&mut T> {
        let rows = match self {
            Self::Few(few) => few,
            Self::Many(blocks) => {
                let at = blocks.block_of(key);
                let block = blocks.0.get_mut(at)?;
                // Nothing is copied for a key that is not there.
                block.place_of(key).ok()?;
                Arc::make_mut(&mut block.rows)
            }
        };
        let place = place_in(rows, key).ok()?;
        rows.get_mut(place)
    }

    /// How many rows have a key in `from ≤ key < until`: only the blocks in which the two lie are looked
    /// into, and the others between them counted.
    pub(crate) fn between(&self, from: T::Key, until: T::Key) -> usize {
        match self {
            Self::Few(few) => before(few, until).saturating_sub(before(few, from)),
            Self::Many(blocks) => blocks.between(from, until),
        }
    }

    /// The rows with a key in `from ≤ key < until`, in order, from both ends.
    pub(crate) fn range(
        &self,
        from: T::Key,
        until: T::Key,
    ) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let (few, blocks) = self.parts();
        let few = few.get(before(few, from)..before(few, until)).unwrap_or_default();
        let (first, last) = (block_of(blocks, from), block_of(blocks, until));
        let blocks = blocks.get(first..=last).or_else(|| blocks.get(first..));
        let blocks = blocks.unwrap_or_default().iter().flat_map(move |block| {
            let (start, end) = (block.before(from), block.before(until));
            block.rows.get(start..end).unwrap_or_default()
        });
        few.iter().chain(blocks).inspect(|_| look())
    }

    /// All rows, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let (few, blocks) = self.parts();
        let blocks = blocks.iter().flat_map(|block| block.rows.iter());
        few.iter().chain(blocks).inspect(|_| look())
    }

    /// The row with the highest key.
    pub(crate) fn last(&self) -> Option<&T> {
        match self {
            Self::Few(few) => few.last(),
            Self::Many(blocks) => blocks.0.last()?.rows.last(),
        }
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Few(few) => few.is_empty(),
            Self::Many(blocks) => blocks.0.is_empty(),
        }
    }

    /// The rows, in whichever of the two they stand.
    fn parts(&self) -> (&[T], &[Block<T>]) {
        match self {
            Self::Few(few) => (few, &[]),
            Self::Many(blocks) => (&[], &blocks.0),
        }
    }
}

impl<T: Row> Blocks<T> {
    fn insert_or(&mut self, row: T, change: impl FnOnce(&mut T)) {
        let key = row.key();
        let at = self.block_of(key);
        let Some(block) = self.0.get_mut(at) else {
            self.put(at, vec![row]);
            return;
        };
        match block.place_of(key) {
            Ok(place) => drop(Arc::make_mut(&mut block.rows).get_mut(place).map(change)),
            Err(place) if place == BLOCK && block.rows.len() == BLOCK => {
                // The next of a row that comes in order: full blocks stay full.
                self.put(at + 1, vec![row]);
            }
            Err(place) => {
                let rows = Arc::make_mut(&mut block.rows);
                rows.insert(place, row);
                let later = (rows.len() > BLOCK).then(|| rows.split_off(BLOCK / 2));
                if place == 0 {
                    block.first = key;
                }
                if let Some(later) = later {
                    self.put(at + 1, later);
                }
            }
        }
    }

    fn put(&mut self, at: usize, rows: Vec<T>) {
        if let Some(block) = Block::of(rows) {
            self.0.insert(at, block);
        }
    }

    fn remove(&mut self, key: T::Key) -> Option<T> {
        let at = self.block_of(key);
        let block = self.0.get_mut(at)?;
        let place = block.place_of(key).ok()?;
        let row = Arc::make_mut(&mut block.rows).remove(place);
        match block.rows.first() {
            Some(first) => block.first = first.key(),
            None => drop(self.0.remove(at)),
        }
        Some(row)
    }

    fn between(&self, from: T::Key, until: T::Key) -> usize {
        let (first, last) = (self.block_of(from), self.block_of(until));
        let before = self.0.get(first).map_or(0, |block| block.before(from));
        let up_to = self.0.get(last).map_or(0, |block| block.before(until));
        let whole = self.0.get(first..last).unwrap_or_default();
        let whole: usize = whole.iter().inspect(|_| look()).map(|block| block.rows.len()).sum();
        (whole + up_to).saturating_sub(before)
    }

    fn block_of(&self, key: T::Key) -> usize {
        block_of(&self.0, key)
    }
}

/// The block that a key stands or belongs in: the last one that does not begin after it. What is looked for
/// is mostly recent: the newest blocks stand side by side in memory and are looked at first.
fn block_of<T: Row>(blocks: &[Block<T>], key: T::Key) -> usize {
    let (earlier, recent) = blocks.split_at(blocks.len().saturating_sub(RECENT));
    let begun = |blocks: &[Block<T>]| blocks.partition_point(|block| block.first <= key);
    let is_recent = recent.first().is_some_and(|first| first.first <= key);
    let begun = if is_recent { earlier.len() + begun(recent) } else { begun(earlier) };
    begun.saturating_sub(1)
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
