//! When the free texts of a home end, in order: the next is found, and one that has gone is passed over,
//! without a look at all of them. It follows from timeline, policy and time, and is never stored.

use jiff::Timestamp;

use super::sorted::{Row, Sorted};

/// When the text of an entry ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextEnd {
    pub(crate) at: Timestamp,
    /// The entry's place in the home's timeline.
    pub(crate) place: u32,
}

impl Row for TextEnd {
    type Key = (Timestamp, u32);
    fn key(&self) -> (Timestamp, u32) {
        (self.at, self.place)
    }
}

/// The texts of a home.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Those that wait for their end. An entry that was erased, moved or put right may still stand here as
    /// it was: whoever takes the first looks whether it holds.
    waiting: Sorted<TextEnd>,
    /// Those whose end is past and that something open holds back.
    held: Sorted<TextEnd>,
    /// When they are next looked at.
    pub(crate) look: Option<Timestamp>,
}

impl PartialEq for Texts {
    /// What it says follows from what it stands beside.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Texts {
    pub(crate) fn wait(&mut self, text: TextEnd) {
        if self.holds() {
            self.held.remove(text.key());
        }
        self.waiting.insert(text);
    }

    pub(crate) fn hold(&mut self, text: TextEnd) {
        self.waiting.remove(text.key());
        self.held.insert(text);
    }

    pub(crate) fn drop(&mut self, text: TextEnd) {
        self.waiting.remove(text.key());
        self.held.remove(text.key());
    }

    /// The one that ends first of those that wait.
    pub(crate) fn first(&self) -> Option<TextEnd> {
        self.waiting.iter().next().copied()
    }

    /// Those that wait and end no later than this.
    pub(crate) fn over(&self, now: Timestamp) -> Vec<TextEnd> {
        self.waiting.range((Timestamp::MIN, 0), (now, u32::MAX)).copied().collect()
    }

    /// Whether any is held back.
    pub(crate) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    pub(crate) fn held(&self) -> impl Iterator<Item = TextEnd> {
        self.held.iter().copied()
    }
}
