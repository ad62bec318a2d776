//! What falls due at which home, in order. A home's token stands in the entry itself: out of hours thousands of
//! things are due at the moment the next working day begins, and each comparison would wait for a pointer.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::homes::Key;
use crate::HomeId;
use crate::duty::Duty;

/// What is still to come, by time, home and duty.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    due: BTreeSet<(Timestamp, Key, Duty)>,
}

impl Clock {
    pub(super) fn set(&mut self, due: Timestamp, home: &HomeId, duty: Duty) {
        self.due.insert((due, Key::of(home), duty));
    }

    /// Takes something off the clock. Returns whether it was still to come.
    pub(super) fn clear(&mut self, due: Timestamp, home: &HomeId, duty: Duty) -> bool {
        self.due.remove(&(due, Key::of(home), duty))
    }

    /// Takes off whatever is no answer to an escalation.
    pub(super) fn clear_all_but_answers(&mut self) {
        self.due.retain(|(_, _, duty)| matches!(duty, Duty::Answer { .. }));
    }

    /// When the next thing is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, ..)| *due)
    }

    /// Takes the next thing that is due up to `until`, with its time and home.
    pub(super) fn take(&mut self, until: Timestamp) -> Option<(Timestamp, HomeId, Duty)> {
        while self.next().is_some_and(|due| due <= until) {
            let (due, home, duty) = self.due.pop_first()?;
            // Each was made of a token, so each gives one back; if one did not, the others are due all the same.
            if let Some(home) = home.token() {
                return Some((due, home, duty));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_by_time_and_then_by_home_and_bears_its_token() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let home = |token: &str| HomeId::new(token).unwrap();
        let mut clock = Clock::default();
        for (second, token) in [(2, "b"), (1, "z"), (2, "a-1"), (3, "a"), (2, "a")] {
            clock.set(at(second), &home(token), Duty::Retention);
        }
        assert!(clock.clear(at(2), &home("b"), Duty::Retention));
        assert!(!clock.clear(at(2), &home("b"), Duty::Retention));
        let taken = std::iter::from_fn(|| clock.take(at(2)));
        let taken: Vec<_> = taken.map(|(due, home, _)| (due, home.to_string())).collect();
        let expected = [(1, "z"), (2, "a"), (2, "a-1")];
        assert_eq!(taken, expected.map(|(second, token)| (at(second), token.to_owned())));
        assert_eq!(clock.next(), Some(at(3)));
    }
}
