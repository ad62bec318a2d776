//! One look at everybody: what is to be planned, sent or ended now.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::due::{Timing, Try, due, is_held_back, next_try};
use super::{Book, Delivery, EndedWhy, Entry, Follower, Looked, Moment, Plan};
use crate::sharing::{Guarded, Reader};
use crate::{PersonId, Position};

/// Who somebody is now, as the accounts and the policy have it.
#[derive(Debug, Clone)]
pub struct Whom {
    /// Their agency under the agreement in force; none where nobody of that account may read any more.
    pub reader: Option<Arc<Reader>>,
}

/// What the shell is to do. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Write into the log that this is to be sent, as the delivery of this number.
    Plan(u32, Plan),
    /// Send the delivery of this number, which tells of so many entries now, and write what became of it.
    Send(Delivery, u32),
    /// Write that the delivery of this number is not made any more.
    End(u32, EndedWhy),
}

/// What is to be done for each person now, in order.
///
/// `whom` says who somebody is; `homes` are the pictures as they are now.
pub fn round(
    book: &Book,
    homes: &[Guarded],
    looked: &mut Looked,
    whom: impl Fn(&PersonId) -> Whom,
    now: Timestamp,
    timing: Timing,
) -> BTreeMap<PersonId, Act> {
    let floor = book.floor();
    let mut acts = BTreeMap::new();
    for (person, follower) in book.persons() {
        let under_way = follower.under_way();
        if under_way.is_none() && (!follower.settings.email || follower.follows().next().is_none())
        {
            continue;
        }
        let act = match (under_way, whom(person).reader) {
            (Some(delivery), reader) => {
                attempt(follower, delivery, homes, looked, reader, (floor, now))
            }
            (None, Some(reader)) => {
                let through = Moment { position: Position(u64::MAX), at: now };
                let range = (follower.told_through(), through);
                let new = new_for(follower, homes, looked, &reader, range, (floor, now));
                let number = follower.last().map_or(1, |last| last.number.saturating_add(1));
                due(follower, &new, now, timing).map(|plan| Act::Plan(number, plan))
            }
            (None, None) => None,
        };
        if let Some(act) = act {
            acts.insert(person.clone(), act);
        }
    }
    acts
}

/// What is to be done with a delivery that is under way: whether anything of it is left is asked each time, and
/// whether it may be told at this hour.
fn attempt(
    follower: &Follower,
    delivery: &Delivery,
    homes: &[Guarded],
    looked: &mut Looked,
    reader: Option<Arc<Reader>>,
    (floor, now): (Moment, Timestamp),
) -> Option<Act> {
    let end = |why| Some(Act::End(delivery.number, why));
    if !follower.settings.email {
        return end(EndedWhy::Unsubscribed);
    }
    let Some(reader) = reader else { return end(EndedWhy::NoReader) };
    match next_try(delivery, now) {
        Try::Never => return end(EndedWhy::Outdated),
        Try::NotBefore(_) => return None,
        Try::Now => {}
    }
    let range = (delivery.after, delivery.through());
    let left = new_for(follower, homes, looked, &reader, range, (floor, now));
    if left.is_empty() {
        return end(EndedWhy::NothingLeft);
    }
    if is_held_back(&follower.settings, &left, now) {
        return None;
    }
    let count = u32::try_from(left.len()).unwrap_or(u32::MAX);
    Some(Act::Send(delivery.clone(), count))
}

/// What is new for a follower after one moment, up to another.
fn new_for(
    follower: &Follower,
    homes: &[Guarded],
    looked: &mut Looked,
    reader: &Arc<Reader>,
    (after, through): (Moment, Moment),
    (floor, now): (Moment, Timestamp),
) -> Vec<Entry> {
    let Some(begins) = follower.begins() else { return Vec::new() };
    let from = after.max(begins);
    let months_over = looked.months_over(homes, reader, floor, from.at, now);
    // Of nearly every home nothing is new, and it is not looked at.
    let has_new = |home: &&Guarded| {
        let is_over = || months_over.get(home.id()).is_some_and(|over| *over > from.at);
        home.id().is_place() && (home.newest() > from.position || is_over())
    };
    let mut new = Vec::new();
    for home in homes.iter().filter(has_new) {
        let Some(seen) = looked.see(home, reader, floor) else { continue };
        new.extend(seen.news(follower, after, through));
    }
    new
}
