//! All homes by token, each found in one step. A token stands in the tables itself, as numbers that order like it: it is
//! at most 32 bytes, and a pointer to it would be one more wait for memory, several times an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::HomeId;
use crate::lookup::Lookup;
use crate::picture::Home;

/// A token as four numbers, its bytes from the left. Tokens hold no zero byte, so none is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key([u64; 4]);

impl Key {
    pub(super) fn of(token: &HomeId) -> Self {
        let mut bytes = [0_u8; 32];
        let token = token.as_str().as_bytes();
        if let Some(room) = bytes.get_mut(..token.len()) {
            room.copy_from_slice(token);
        }
        let (words, _) = bytes.as_chunks::<8>();
        let mut numbers = [0_u64; 4];
        for (number, word) in numbers.iter_mut().zip(words) {
            *number = u64::from_be_bytes(*word);
        }
        Self(numbers)
    }

    /// The token itself.
    pub(super) fn token(self) -> Option<HomeId> {
        let bytes: Vec<u8> = self.0.into_iter().flat_map(u64::to_be_bytes).collect();
        HomeId::new(std::str::from_utf8(&bytes).ok()?.trim_end_matches('\0')).ok()
    }
}

/// All homes. A token leads to its home in one step; the order of tokens stands beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Homes {
    /// In the order in which they came.
    homes: Vec<Arc<Home>>,
    places: Lookup<Key, usize>,
    order: BTreeMap<Key, usize>,
}

impl Homes {
    pub(super) fn get(&self, token: &HomeId) -> Option<&Arc<Home>> {
        self.homes.get(*self.places.get(&Key::of(token))?)
    }

    pub(super) fn get_mut(&mut self, token: &HomeId) -> Option<&mut Arc<Home>> {
        self.homes.get_mut(*self.places.get(&Key::of(token))?)
    }

    /// The home of a token, made by `new` where there is none yet.
    pub(super) fn get_or(&mut self, token: &HomeId, new: impl FnOnce() -> Home) -> &mut Arc<Home> {
        let key = Key::of(token);
        let place = self.places.get(&key).copied().unwrap_or_else(|| {
            let place = self.homes.len();
            self.homes.push(Arc::new(new()));
            self.places.insert(key, place);
            self.order.insert(key, place);
            place
        });
        &mut self.homes[place]
    }

    /// The homes in the order of their tokens.
    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<Home>> {
        self.order.values().filter_map(|place| self.homes.get(*place))
    }

    /// The homes in no order that may matter.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = &mut Arc<Home>> {
        self.homes.iter_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.homes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.homes.is_empty()
    }
}

impl FromIterator<Home> for Homes {
    fn from_iter<I: IntoIterator<Item = Home>>(stored: I) -> Self {
        let mut homes = Self::default();
        for home in stored {
            let id = home.id().clone();
            homes.get_or(&id, || home);
        }
        homes
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
