//! A table in which things are looked up and never gone through: it has no order that anything could
//! depend on, so a replay on another machine cannot come to another picture by it.

#[expect(
    clippy::disallowed_types,
    reason = "its order never shows: nothing here goes through it"
)]
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use ahash::RandomState;

/// Values by key, in one step whatever their number. Agencies choose some of the keys: the hash has a secret of its
/// own in each process, as the standard one has, and costs a fraction of it.
#[derive(Clone)]
#[expect(clippy::disallowed_types, reason = "its order never shows: nothing here goes through it")]
pub(crate) struct Lookup<K, V>(HashMap<K, V, RandomState>);

impl<K: Eq + Hash, V> Lookup<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a value in the place of any that was there.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// The value of a key, made where there is none.
    pub(crate) fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.0.entry(key).or_default()
    }
}

impl<K, V> Default for Lookup<K, V> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<K: Eq + Hash, V> FromIterator<(K, V)> for Lookup<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<K, V> fmt::Debug for Lookup<K, V> {
    /// How many, and not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup of {}", self.0.len())
    }
}
