//! The revision of a picture: what names the state in which a reader saw it.
//!
//! It has 32 hexadecimal digits and means nothing to a client. The first 16 are the *mark*: the reference
//! of the newest entry of the timeline that the reader saw, under a cover that differs from home to home.
//! It tells nothing that the timeline does not show, and no position. The other 16 are a digest of all that the reader saw, made by whoever shows it: they change whenever that does,
//! also where no entry was added.
//!
//! So the domain can tell, without remembering what it has shown to whom, whether a revision was ever
//! one of this home (Norfolk 7.3.9: the cumulative picture is shown at every assessment), and the log up
//! to the mark gives that picture again. It does not judge the digest: who is set on inventing one can.

use super::{Home, Reference};
use crate::{Digest, HomeId, Position};

/// How many digits the mark has.
const MARK: usize = 16;

/// The mark of a picture of `home` whose newest entry is `newest`; of an empty one when there is none.
#[must_use]
pub fn mark(home: &HomeId, newest: Option<Reference>) -> String {
    let newest = newest.map_or(0, Reference::number);
    format!("{:016x}", newest ^ cover(home))
}

/// The entry that was the newest when `home` was shown under `revision`; none where its picture never
/// had that revision. A home answers to the revisions of its earlier registrations, too.
#[must_use]
pub fn newest(home: &Home, revision: &str) -> Option<Position> {
    let mark = revision.get(..MARK)?;
    let mark = u64::from_str_radix(mark, 16).ok()?;
    let ids = std::iter::once(home.id()).chain(&home.head.predecessors);
    let stands = |named: u64| {
        // What was shown is nearly always among the newest entries. Marks of before there were references
        // held the position.
        let mut items = home.items().iter().rev();
        items
            .find(|item| item.reference.number() == named || item.position.0 == named)
            .map(|item| item.position)
    };
    ids.filter_map(|id| stands(mark ^ cover(id))).next()
}

fn cover(home: &HomeId) -> u64 {
    (u128::from(Digest::of(&[b"picture", home.as_str().as_bytes()])) >> 64) as u64
}
