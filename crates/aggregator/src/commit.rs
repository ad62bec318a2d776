//! What is written: pictures, timelines, escalations, verdicts, outbox and the position (law 4).

use std::collections::{BTreeMap, BTreeSet};

use carehub_contract::Encoded;
use carehub_domain::fold::State;
use carehub_domain::picture::{Dirty, Home, ITEMS_PER_BLOCK};
use carehub_domain::{HomeId, Position};

use crate::chunks::Writes;
use crate::keys;
use crate::restore::{FOLD_VERSION, Meta};
use crate::stored::{self, StoredError};
use crate::verdicts::VerdictTail;

/// What messages changed, until it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    homes: BTreeMap<HomeId, Dirty>,
    /// How many keys of homes that is.
    keys_of_homes: usize,
    pub(crate) added: BTreeMap<(u64, u32), Encoded>,
    pub(crate) read_back: Vec<(Position, u32)>,
    /// The messages whose tombstones were read back.
    pub(crate) tombstones: Vec<u64>,
    /// Rule books that were activated, as they stand in the log.
    pub(crate) policies: BTreeMap<Position, Vec<u8>>,
    /// Whether one was activated or took effect.
    pub(crate) activations: bool,
}

impl Changes {
    /// A message changed these homes.
    pub(crate) fn touch(&mut self, touched: Vec<HomeId>, state: &mut State) {
        for id in touched {
            let dirty = state.take_dirty(&id);
            let of_home = self.homes.entry(id).or_default();
            self.keys_of_homes -= keys_of(of_home);
            of_home.head |= dirty.head;
            of_home.blocks.extend(dirty.blocks);
            of_home.removed_blocks = of_home.removed_blocks.max(dirty.removed_blocks);
            of_home.escalations.extend(dirty.escalations);
            self.keys_of_homes += keys_of(of_home);
        }
    }

    /// How many keys it takes to store them, the verdicts and the position aside.
    pub(crate) fn keys(&self) -> usize {
        self.keys_of_homes + self.added.len() + self.read_back.len()
    }

    /// The homes that changed.
    pub(crate) fn into_homes(self) -> impl Iterator<Item = HomeId> {
        self.homes.into_keys()
    }
}

fn keys_of(dirty: &Dirty) -> usize {
    usize::from(dirty.head) + dirty.blocks.len() + dirty.removed_blocks + dirty.escalations.len()
}

/// Everything that is to be written, without the position.
pub(crate) fn writes(
    changes: &Changes,
    state: &State,
    verdicts: &mut VerdictTail,
) -> Result<Writes, StoredError> {
    let mut writes = Writes::default();
    for ((cause, n), encoded) in &changes.added {
        let value = stored::encode(&(&encoded.subject, &encoded.payload))?;
        writes.wait(keys::outbox(*cause, *n), value);
    }
    for (id, dirty) in &changes.homes {
        if let Some(home) = state.home(id) {
            put_home(&mut writes, home, dirty)?;
        }
    }
    for (cause, n) in &changes.read_back {
        writes.remove(keys::outbox(cause.0, *n));
    }
    // At the end, and so in the last chunk: readers look up verdicts in the table itself.
    if changes.activations {
        put_activations(&mut writes, changes, state)?;
    }
    verdicts.write(&mut writes)?;
    Ok(writes)
}

/// What became of the rule books, and those that still matter; activations are rare.
fn put_activations(
    writes: &mut Writes,
    changes: &Changes,
    state: &State,
) -> Result<(), StoredError> {
    let activations = state.activations();
    let needed: BTreeSet<Position> = activations.documents().map(|(at, _)| at).collect();
    for record in &activations.ledger().activations {
        let key = keys::policy(record.position);
        match changes.policies.get(&record.position) {
            Some(policy) if needed.contains(&record.position) => writes.put(key, policy.clone()),
            None if needed.contains(&record.position) => {}
            Some(_) | None => writes.remove(key),
        }
    }
    writes.put(keys::ACTIVATIONS, stored::encode(activations.ledger())?);
    Ok(())
}

/// What the table then says of itself.
pub(crate) fn meta(
    state: &State,
    stream: &str,
    position: Position,
) -> Result<Vec<u8>, StoredError> {
    stored::encode(&Meta {
        fold_version: FOLD_VERSION,
        stream: stream.to_owned(),
        position: position.0,
        time: state.time().as_second(),
        time_nanos: state.time().subsec_nanosecond(),
    })
}

fn put_home(writes: &mut Writes, home: &Home, dirty: &Dirty) -> Result<(), StoredError> {
    if dirty.head {
        writes.put(keys::head(home.id()), stored::encode(&home.head)?);
    }
    let timeline = home.items();
    for number in &dirty.blocks {
        if let Some(items) = timeline.block(*number) {
            writes.put(keys::items(home.id(), *number), stored::encode(&items)?);
        }
    }
    for number in timeline.len().div_ceil(ITEMS_PER_BLOCK)..dirty.removed_blocks {
        writes.remove(keys::items(home.id(), number));
    }
    for id in &dirty.escalations {
        let key = keys::escalation(home.id(), id);
        match home.kept(id) {
            Some(kept) => writes.put(key, stored::encode(kept)?),
            None => writes.remove(key),
        }
    }
    Ok(())
}
