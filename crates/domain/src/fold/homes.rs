//! All homes by token. A token stands in the tree itself, as numbers that order like it: it is at most 32
//! bytes, and with a pointer to it each of the ten steps of a search would wait for memory, several times an
//! event.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::HomeId;
use crate::picture::Home;

/// A token as two numbers, its bytes from the left. Tokens hold no zero byte, so none is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u64; 4]);

impl Key {
    pub(super) fn of(token: &HomeId) -> Self {
        let mut bytes = [0_u8; 32];
        for (byte, of_token) in bytes.iter_mut().zip(token.as_str().bytes()) {
            *byte = of_token;
        }
        let mut words = [0_u64; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Self(words)
    }
}

/// All homes, in the order of their tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Homes {
    homes: BTreeMap<Key, Arc<Home>>,
}

impl Homes {
    pub(super) fn get(&self, token: &HomeId) -> Option<&Arc<Home>> {
        self.homes.get(&Key::of(token))
    }

    pub(super) fn get_mut(&mut self, token: &HomeId) -> Option<&mut Arc<Home>> {
        self.homes.get_mut(&Key::of(token))
    }

    /// The home of a token, made by `new` where there is none yet.
    pub(super) fn get_or(&mut self, token: &HomeId, new: impl FnOnce() -> Home) -> &mut Arc<Home> {
        self.homes.entry(Key::of(token)).or_insert_with(|| Arc::new(new()))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<Home>> {
        self.homes.values()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Arc<Home>> {
        self.homes.values_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.homes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.homes.is_empty()
    }
}

impl FromIterator<Home> for Homes {
    fn from_iter<I: IntoIterator<Item = Home>>(homes: I) -> Self {
        let keyed = homes.into_iter().map(|home| (Key::of(home.id()), Arc::new(home)));
        Self { homes: keyed.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_stand_in_the_order_of_their_tokens() {
        let mut tokens = ["1-1", "1-10", "1-100000001", "1", "Z", "a", "general", "unmatched"]
            .map(str::to_owned)
            .to_vec();
        tokens.push("x".repeat(32));
        tokens.push("x".repeat(31));
        tokens.push(format!("{}y", "x".repeat(31)));
        let ids: Vec<HomeId> = tokens.iter().map(|token| HomeId::new(token).unwrap()).collect();
        let homes: Homes = ids.iter().cloned().map(Home::new).collect();
        tokens.sort_unstable();
        let order: Vec<&str> = homes.values().map(|home| home.id().as_str()).collect();
        assert_eq!(order, tokens);
        assert!(ids.iter().all(|id| homes.get(id).is_some_and(|home| home.id() == id)));
    }
}
