//! One atomic batch: pictures, timelines, escalations, verdicts, outbox and the position (law 4).

use std::collections::{BTreeMap, BTreeSet};

use carehub_contract::Encoded;
use carehub_domain::fold::State;
use carehub_domain::picture::{Dirty, Home, ITEMS_PER_BLOCK};
use carehub_domain::{HomeId, Position};
use carehub_storage::table::Batch;

use crate::keys;
use crate::restore::{FOLD_VERSION, Meta};
use crate::stored::{self, StoredError};
use crate::verdicts::VerdictTail;

/// What a batch of messages changed, until it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) touched: BTreeSet<HomeId>,
    pub(crate) added: BTreeMap<(u64, u32), Encoded>,
    pub(crate) read_back: Vec<(Position, u32)>,
    /// The rule book as it stands in the log, when one took effect.
    pub(crate) policy: Option<Vec<u8>>,
}

/// Writes everything that changed into one batch.
pub(crate) fn batch(
    changes: &Changes,
    state: &mut State,
    verdicts: &mut VerdictTail,
    stream: &str,
    position: Position,
) -> Result<Batch, StoredError> {
    let mut batch = Batch::new();
    for id in &changes.touched {
        let dirty = state.take_dirty(id);
        if let Some(home) = state.home(id) {
            put_home(&mut batch, home, &dirty)?;
        }
    }
    for ((cause, n), encoded) in &changes.added {
        let value = stored::encode(&(&encoded.subject, &encoded.payload))?;
        batch.put(keys::outbox(*cause, *n), value);
    }
    for (cause, n) in &changes.read_back {
        batch.remove(keys::outbox(cause.0, *n));
    }
    if let Some(policy) = &changes.policy {
        batch.put(keys::POLICY, policy);
    }
    verdicts.commit(&mut batch)?;
    let meta = Meta {
        fold_version: FOLD_VERSION,
        stream: stream.to_owned(),
        position: position.0,
        time: state.time().as_second(),
        time_nanos: state.time().subsec_nanosecond(),
    };
    batch.put(keys::META, stored::encode(&meta)?);
    Ok(batch)
}

fn put_home(batch: &mut Batch, home: &Home, dirty: &Dirty) -> Result<(), StoredError> {
    if dirty.head {
        batch.put(keys::head(home.id()), stored::encode(&home.head)?);
    }
    let timeline = home.items();
    for number in &dirty.blocks {
        if let Some(items) = timeline.block(*number) {
            batch.put(keys::items(home.id(), *number), stored::encode(&items)?);
        }
    }
    for number in timeline.len().div_ceil(ITEMS_PER_BLOCK)..dirty.removed_blocks {
        batch.remove(keys::items(home.id(), number));
    }
    for id in &dirty.escalations {
        let key = keys::escalation(home.id(), id);
        match home.escalation(id) {
            Some(escalation) => batch.put(key, stored::encode(escalation.as_ref())?),
            None => batch.remove(key),
        }
    }
    Ok(())
}
