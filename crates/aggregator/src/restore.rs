//! From the table to the state: everything is read at the start, so what an event needs is always
//! there. On any doubt the table is set aside and the log is folded again (law 1).

use std::sync::Arc;

use carehub_contract::{Contract, Mode, Subject};
use carehub_domain::Position;
use carehub_domain::fold::State;
use carehub_domain::message::{MessageBody, Output};
use carehub_domain::picture::{Home, HomeHead, Item, Kept};
use carehub_domain::policy::{Activations, Ledger, Policy};
use carehub_storage::table::{Table, TableError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chunks::{Cursor, WriteError, recover};
use crate::keys;
use crate::seal::Seal;
use crate::stored::{self, StoredError};
use crate::verdicts::{self, Loaded, VerdictTail, VerdictsError};

/// The version of the fold: whoever changes what a message does to a picture, or how a table is put
/// right after a crash, raises it, and every table is rebuilt.
pub const FOLD_VERSION: u32 = 14;

/// What the table says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) fold_version: u32,
    pub(crate) stream: String,
    pub(crate) position: u64,
    pub(crate) time: i64,
    pub(crate) time_nanos: i32,
}

/// A state as the table had it.
pub(crate) struct Restored {
    /// The state.
    pub state: State,
    pub(crate) position: Position,
    pub(crate) verdicts: VerdictTail,
    pub(crate) seal: Seal,
}

/// The state before the first message.
pub(crate) fn fresh() -> Restored {
    Restored {
        state: State::default(),
        position: Position(0),
        verdicts: VerdictTail::default(),
        seal: Seal::default(),
    }
}

/// Why a table cannot be used: it is set aside then, and the log folded again.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The table failed.
    #[error("read the table")]
    Table(#[from] TableError),
    /// A value is damaged.
    #[error("decode the table")]
    Stored(#[from] StoredError),
    /// The index of verdicts is damaged.
    #[error("read the index of verdicts")]
    Verdicts(#[from] VerdictsError),
    /// The rule book is damaged.
    #[error("decode the policy in the table")]
    Policy(#[source] serde_json::Error),
    /// It was made from another stream, by another fold, or from messages that the log lost.
    #[error("the table does not belong to this log: {0}")]
    Foreign(&'static str),
    /// A message of the outbox cannot be read.
    #[error("decode the outbox")]
    Outbox,
}

/// The state that `table` holds, if it was made from the stream `stream` whose last sequence is
/// `last`. A step that was stored in part is taken back first. An empty table is the state before the first message.
///
/// # Errors
/// [`RestoreError`]: set the table aside and rebuild.
pub(crate) fn restore(
    table: &Table,
    contract: &Contract,
    stream: &str,
    last: u64,
    read_policy: fn(Policy) -> Policy,
) -> Result<Restored, RestoreError> {
    let Some(bytes) = table.get(keys::META)? else {
        put_right(table, 0)?;
        return match table.scan(b"").next() {
            None => Ok(fresh()),
            Some(_) => Err(RestoreError::Foreign("it has no position")),
        };
    };
    let meta: Meta = stored::decode(&bytes)?;
    if meta.fold_version != FOLD_VERSION {
        return Err(RestoreError::Foreign("another version folded it"));
    }
    if meta.stream != stream {
        return Err(RestoreError::Foreign("it was folded from another stream"));
    }
    if meta.position > last {
        return Err(RestoreError::Foreign("its position is beyond the log"));
    }
    put_right(table, meta.position)?;
    let activations = activations(table, read_policy)?;
    let time = Timestamp::new(meta.time, meta.time_nanos)
        .map_err(|_| RestoreError::Foreign("its time cannot be"))?;
    let Loaded { known, uncounted, tail } = verdicts::load(table)?;
    let state = State::restored(
        activations.policy().cloned().unwrap_or_default(),
        time,
        Position(meta.position),
        homes(table)?,
        known,
        outbox(table, contract)?,
    )
    .with_activations(activations)
    .with_uncounted(uncounted);
    let seal = Seal::restore(table, meta.position)?;
    Ok(Restored { state, position: Position(meta.position), verdicts: tail, seal })
}

fn put_right(table: &Table, position: u64) -> Result<(), RestoreError> {
    let under_way = recover(table, position).map_err(|error| match error {
        WriteError::Table(error) => RestoreError::Table(error),
        WriteError::Stored(error) => RestoreError::Stored(error),
    })?;
    if let Some(Cursor { position: through, stored }) = under_way {
        tracing::warn!(position, through, stored, "a step was stored in part; it is decided again");
    }
    Ok(())
}

fn activations(
    table: &Table,
    read_policy: fn(Policy) -> Policy,
) -> Result<Activations, RestoreError> {
    let ledger: Ledger = match table.get(keys::ACTIVATIONS)? {
        Some(bytes) => stored::decode(&bytes)?,
        None => Ledger::default(),
    };
    let mut documents = Vec::new();
    for record in &ledger.activations {
        if let Some(bytes) = table.get(keys::policy(record.position))? {
            let policy = serde_json::from_slice(&bytes).map_err(RestoreError::Policy)?;
            documents.push((record.position, Arc::new(read_policy(policy))));
        }
    }
    Ok(Activations::restored(ledger, documents))
}

fn homes(table: &Table) -> Result<Vec<Home>, RestoreError> {
    let mut homes = Vec::new();
    for entry in table.scan(keys::HEADS) {
        let head: HomeHead = stored::decode(&entry?.1)?;
        let mut items: Vec<Item> = Vec::new();
        for block in table.scan(keys::items_of(&head.id)) {
            let mut block: Vec<Item> = stored::decode(&block?.1)?;
            items.append(&mut block);
        }
        let mut escalations: Vec<Kept> = Vec::new();
        for kept in table.scan(keys::escalations_of(&head.id)) {
            escalations.push(stored::decode(&kept?.1)?);
        }
        homes.push(Home::stored(head, items, escalations));
    }
    Ok(homes)
}

fn outbox(table: &Table, contract: &Contract) -> Result<Vec<Output>, RestoreError> {
    let mut outputs = Vec::new();
    for entry in table.scan(keys::OUTBOX) {
        let (subject, payload): (String, Vec<u8>) = stored::decode(&entry?.1)?;
        let subject = Subject::parse(&subject).map_err(|_| RestoreError::Outbox)?;
        let at = Timestamp::UNIX_EPOCH;
        let message = contract.decode(&subject, &payload, at, Position(0), Mode::Trust);
        let MessageBody::Hub(output) = message.body else {
            return Err(RestoreError::Outbox);
        };
        outputs.push(*output);
    }
    Ok(outputs)
}
