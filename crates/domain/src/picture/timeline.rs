//! A home's entries in the order of filing, in the blocks in which they are stored. Copies share the
//! blocks until one of them changes.

use std::sync::Arc;

use super::item::Item;
use super::looks::look;
use crate::erasure::TextState;

/// How many timeline entries stand in one stored block: a full block is rewritten only when a
/// correction or a withdrawal touches it.
pub const ITEMS_PER_BLOCK: usize = 16;

/// The entries, in the order of filing.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    blocks: Vec<Arc<Vec<Item>>>,
    /// How often an entry that stood here was changed: what was made of the entries holds no more.
    changes: u64,
}

impl PartialEq for Timeline {
    fn eq(&self, other: &Self) -> bool {
        self.blocks == other.blocks
    }
}

impl Timeline {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let full = self.blocks.len().saturating_sub(1) * ITEMS_PER_BLOCK;
        full + self.blocks.last().map_or(0, |last| last.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The entry at a place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Item> {
        look();
        self.blocks.get(place / ITEMS_PER_BLOCK)?.get(place % ITEMS_PER_BLOCK)
    }

    /// All entries.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Item> + Clone {
        self.blocks.iter().flat_map(|block| block.iter()).inspect(|_| look())
    }

    /// The entries of one stored block, by number from 0.
    #[must_use]
    pub fn block(&self, number: usize) -> Option<&[Item]> {
        self.blocks.get(number).map(|block| block.as_slice())
    }

    pub(super) fn push(&mut self, item: Item) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < ITEMS_PER_BLOCK => Arc::make_mut(last).push(item),
            // A home that fills one block nearly always fills the next: it need not grow step by step.
            Some(_) => {
                let mut block = Vec::with_capacity(ITEMS_PER_BLOCK);
                block.push(item);
                self.blocks.push(Arc::new(block));
            }
            None => self.blocks.push(Arc::new(vec![item])),
        }
    }

    /// How often an entry that stood here was changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The entry that was filed last, of which nothing has been made yet.
    pub(super) fn newest_mut(&mut self) -> Option<&mut Item> {
        Arc::make_mut(self.blocks.last_mut()?).last_mut()
    }

    /// What became of the text of a concern. Nothing is made of it, so that what was made of the entries holds
    /// on.
    pub(super) fn text_mut(&mut self, place: usize) -> Option<&mut TextState> {
        let block = self.blocks.get_mut(place / ITEMS_PER_BLOCK)?;
        let item = Arc::make_mut(block).get_mut(place % ITEMS_PER_BLOCK)?;
        item.concern_mut().map(|concern| &mut concern.text)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Item> {
        self.changes += 1;
        let block = self.blocks.get_mut(place / ITEMS_PER_BLOCK)?;
        Arc::make_mut(block).get_mut(place % ITEMS_PER_BLOCK)
    }
}

impl FromIterator<Item> for Timeline {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        items.into_iter().fold(Self::default(), |mut timeline, item| {
            timeline.push(item);
            timeline
        })
    }
}
