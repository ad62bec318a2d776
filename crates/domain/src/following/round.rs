//! One look at everybody: what is to be planned, sent or ended now.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::due::{Timing, Try, due, next_try};
use super::{Book, Delivery, EndedWhy, Entry, Follower, Looked, Plan, Seen};
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
                let after = follower.told_through();
                let range = (after, Position(u64::MAX));
                let new = new_for(follower, homes, looked, &reader, range, floor);
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

/// What is to be done with a delivery that is under way: whether anything of it is left is asked each time.
fn attempt(
    follower: &Follower,
    delivery: &Delivery,
    homes: &[Guarded],
    looked: &mut Looked,
    reader: Option<Arc<Reader>>,
    (floor, now): (Position, Timestamp),
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
    let range = (delivery.after, delivery.plan.through);
    let left = new_for(follower, homes, looked, &reader, range, floor);
    match u32::try_from(left.len()).unwrap_or(u32::MAX) {
        0 => end(EndedWhy::NothingLeft),
        count => Some(Act::Send(delivery.clone(), count)),
    }
}

/// What is new for a follower after one position, up to another: each entry once, however often it is followed.
fn new_for(
    follower: &Follower,
    homes: &[Guarded],
    looked: &mut Looked,
    reader: &Arc<Reader>,
    (after, through): (Position, Position),
    floor: Position,
) -> Vec<Entry> {
    let mut new = Vec::new();
    // Of nearly every home nothing is new, and it is not looked at.
    let has_new = |home: &&Guarded| home.id().is_place() && home.newest() > after.max(floor);
    for home in homes.iter().filter(has_new) {
        let Some(seen) = looked.see(home, reader, floor) else { continue };
        let Some(since) = counts_after(follower, &seen) else { continue };
        let from = since.max(after);
        new.extend(seen.after(from).iter().filter(|entry| entry.position <= through));
    }
    new
}

/// After which position entries of a home count for a follower; none where it is not followed.
fn counts_after(follower: &Follower, seen: &Seen) -> Option<Position> {
    let meant = follower.follows().filter(|(follow, _)| seen.is_meant_by(follow));
    meant.map(|(_, since)| since).min()
}
