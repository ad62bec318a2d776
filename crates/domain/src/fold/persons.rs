//! Where a person is spoken of, by pseudonym: what links a death to a concern.

use crate::{HomeId, Position};

/// At which homes and positions a person is spoken of, in that order, each once. Most are spoken of once: that
/// place stands in the table itself.
#[derive(Debug, Clone, Default)]
pub(super) enum SpokenOf {
    #[default]
    Nowhere,
    Once((HomeId, Position)),
    More(Vec<(HomeId, Position)>),
}

impl SpokenOf {
    pub(super) fn add(&mut self, here: (HomeId, Position)) {
        match self {
            Self::Nowhere => *self = Self::Once(here),
            Self::Once(known) if *known == here => {}
            Self::Once(known) => {
                let mut both = vec![known.clone(), here];
                both.sort_unstable();
                *self = Self::More(both);
            }
            Self::More(known) => {
                if let Err(place) = known.binary_search(&here) {
                    known.insert(place, here);
                }
            }
        }
    }

    pub(super) fn places(&self) -> &[(HomeId, Position)] {
        match self {
            Self::Nowhere => &[],
            Self::Once(place) => std::slice::from_ref(place),
            Self::More(places) => places,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_order_and_once_whatever_the_order_in_which_they_came() {
        let place = |home: &str, position| (HomeId::new(home).unwrap(), Position(position));
        let mut spoken_of = SpokenOf::default();
        assert!(spoken_of.places().is_empty());
        for (home, position) in [("b", 4), ("b", 4), ("a", 9), ("a", 7), ("b", 4), ("c", 1)] {
            spoken_of.add(place(home, position));
        }
        let expected = [("a", 7), ("a", 9), ("b", 4), ("c", 1)];
        assert_eq!(spoken_of.places(), expected.map(|(home, position)| place(home, position)));
        let mut once = SpokenOf::default();
        once.add(place("b", 4));
        once.add(place("b", 4));
        assert_eq!(once.places(), [place("b", 4)]);
    }
}
