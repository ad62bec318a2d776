//! Folds prepared messages and commits what they changed.

use std::collections::BTreeSet;
use std::time::Duration;

use carehub_contract::{Receipted, encode};
use carehub_domain::fold::Decided;
use carehub_domain::message::{Message, MessageBody, Output, OutputBody, Verdict};
use carehub_domain::{HomeId, Position};

use super::receipts::Receipts;
use super::{Aggregator, AggregatorError};
use crate::chunks::Chunks;
use crate::commit::{self, Changes};
use crate::erased;
use crate::prepare::{Prepared, What};
use crate::relay::OfCause;
use crate::seal::ReadBack;
use crate::verdicts::VerdictRow;

/// Messages and keys between two commits of a replay: nobody reads the table meanwhile, and the more, the
/// less often the values of a busy home are written.
const REPLAYED_BEFORE_COMMIT: usize = 16_000;
const REPLAYED_KEYS: usize = 8_000;

/// How long a replay waits for a message before it asks again.
const PATIENCE: Duration = Duration::from_secs(5);

impl Aggregator {
    /// Folds everything up to `through` and stops; publishes nothing. For a table that nobody reads yet.
    ///
    /// # Errors
    /// [`AggregatorError`].
    pub async fn fold_through(
        &mut self,
        through: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<(), AggregatorError> {
        let mut ahead = self.preparing().await?.ahead(self.position);
        let mut changes = Changes::default();
        let mut touched = BTreeSet::new();
        let mut uncommitted = 0;
        while self.position.0 < through {
            let batch = ahead.next_batch(self.options.batch, PATIENCE).await?;
            for prepared in batch.into_iter().take_while(|one| one.position.0 <= through) {
                self.fold_one(prepared, &mut changes, &mut Receipts::new()).await?;
                uncommitted += 1;
                if uncommitted >= REPLAYED_BEFORE_COMMIT || changes.keys() >= REPLAYED_KEYS {
                    touched.append(&mut self.commit(&mut changes, REPLAYED_KEYS).await?);
                    uncommitted = 0;
                }
            }
            progress(self.position.0);
        }
        touched.append(&mut self.commit(&mut changes, REPLAYED_KEYS).await?);
        self.show_progress();
        // Only now: a picture that readers hold is copied when it changes next.
        self.publish_homes(&touched);
        Ok(())
    }

    /// Folds a batch and commits it. Returns the decisions by cause, the homes that changed and, for
    /// what was folded for the first time, the receipts.
    pub(super) async fn fold(
        &mut self,
        batch: Vec<Prepared>,
    ) -> Result<(Vec<OfCause>, BTreeSet<HomeId>, Receipts), AggregatorError> {
        let keys_at_once = self.options.keys_at_once;
        let mut changes = Changes::default();
        let mut touched = BTreeSet::new();
        let mut decided = Vec::new();
        let mut receipts = Receipts::new();
        for prepared in batch {
            decided.extend(self.fold_one(prepared, &mut changes, &mut receipts).await?);
            if changes.keys() >= keys_at_once - keys_at_once / 8 {
                touched.append(&mut self.commit(&mut changes, keys_at_once).await?);
            }
        }
        touched.append(&mut self.commit(&mut changes, keys_at_once).await?);
        self.show_progress();
        Ok((decided, touched, receipts))
    }

    fn show_progress(&self) {
        self.metrics.tolerated.set(self.state.tolerated() as i64);
        // The outbox first: who reads the position next finds in the outbox what that led to.
        self.metrics.outbox.set(self.state.waiting() as i64);
        self.metrics.position.set(self.position.0 as i64);
        self.metrics.signed_through.set(self.seal.signed_through() as i64);
    }

    /// Their tombstones are in the log and in the table: now the messages may go.
    fn tell_eraser(&self, tombstones: Vec<u64>) {
        if let Some(eraser) = &self.eraser {
            // The channel has no bound, because whoever erases must never hold up whoever folds; what is
            // in it is one number an erasure. A task that has ended hears of them at the next start.
            for position in tombstones {
                let _ = eraser.send(position);
            }
        }
    }

    /// Stores what messages changed, up to the present position: in one batch, or in chunks where the
    /// last of them changed very much. Nothing of it may be published before. Returns the homes.
    async fn commit(
        &mut self,
        changes: &mut Changes,
        keys_at_once: usize,
    ) -> Result<BTreeSet<HomeId>, AggregatorError> {
        let mut changes = std::mem::take(changes);
        let mut chunks = self.chunks(&changes, keys_at_once)?;
        while let Some(batch) = chunks.next_batch()? {
            let largest = self.metrics.largest_batch.get().max(batch.len() as i64);
            self.metrics.largest_batch.set(largest);
            self.table.apply(batch)?;
            if chunks.is_begun() {
                // Readers have waited for this batch; let them go before the next.
                tokio::task::yield_now().await;
            }
        }
        if chunks.is_begun() {
            self.metrics.chunked.inc();
        }
        self.tell_eraser(std::mem::take(&mut changes.tombstones));
        Ok(changes.into_homes().collect())
    }

    /// The batches that store what messages changed.
    pub(super) fn chunks(
        &mut self,
        changes: &Changes,
        keys_at_once: usize,
    ) -> Result<Chunks, AggregatorError> {
        let mut writes = commit::writes(changes, &self.state, &mut self.verdicts)?;
        self.seal.write(&mut writes)?;
        let meta = commit::meta(&self.state, &self.stream, self.position)?;
        Ok(Chunks::new(&self.table, writes, meta, self.position.0, keys_at_once))
    }

    /// Folds what is at the next position. Returns what is to be published of it.
    pub(super) async fn fold_one(
        &mut self,
        prepared: Prepared,
        changes: &mut Changes,
        receipts: &mut Receipts,
    ) -> Result<Option<OfCause>, AggregatorError> {
        let Prepared { position, leaf, what } = prepared;
        self.position = position;
        match what {
            What::Message { mut message, decided, sealing } => {
                let read_back = self.seal.take(&self.stream, leaf, &sealing, message.recorded_at);
                if read_back == ReadBack::Differs {
                    self.metrics.heads_differing.inc();
                    tracing::error!(position = position.0, "a head in the log says something else");
                }
                if let MessageBody::Policy(said) = &mut message.body {
                    let policy =
                        serde_json::to_vec(&said.policy).map_err(AggregatorError::Policy)?;
                    changes.policies.insert(position, policy);
                    said.policy = (self.options.read_policy)(std::mem::take(&mut said.policy));
                }
                self.take(message, decided, changes, receipts).await
            }
            What::Erased { message, decided } => {
                self.seal.push(leaf);
                self.metrics.erased.inc();
                self.take(message, decided, changes, receipts).await
            }
            What::Missing => {
                self.seal.push(leaf);
                self.metrics.missing.inc();
                tracing::error!(
                    position = position.0,
                    "a message is missing from the log without a tombstone"
                );
                Ok(None)
            }
        }
    }

    async fn take(
        &mut self,
        message: Message,
        decided: Decided,
        changes: &mut Changes,
        receipts: &mut Receipts,
    ) -> Result<Option<OfCause>, AggregatorError> {
        let position = message.position;
        let closed = decided.is_closed();
        let said = match &message.body {
            MessageBody::Agency(said) => {
                Some((said.agency.clone(), said.id.clone(), said.identity, said.content))
            }
            MessageBody::Hub(_)
            | MessageBody::Tick(_)
            | MessageBody::Policy(_)
            | MessageBody::Reserved
            | MessageBody::Unreadable => None,
        };
        if let MessageBody::Hub(output) = &message.body
            && let OutputBody::Tombstone { tombstone, .. } = &output.body
        {
            changes.tombstones.push(tombstone.position.0);
        }
        let taken = self.state.take(message, decided);
        self.metrics.folded.inc();
        if let (Some((agency, id, identity, content)), Some(verdict)) = (said, taken.verdict) {
            self.count(&verdict);
            if position.0 > self.replays_to {
                let verdict = self.state.told_verdict(&agency, &verdict, &taken.touched);
                let receipt = Receipted { id, position, verdict };
                receipts.entry(agency.clone()).or_default().push(receipt);
            }
            self.verdicts.add(VerdictRow { position, agency, verdict, identity, content });
        }
        changes.activations |= taken.activations_changed;
        changes.touch(taken.touched, &mut self.state);
        if let Some((cause, n)) = taken.read_back
            && changes.added.remove(&(cause.0, n)).is_none()
        {
            changes.read_back.push((cause, n));
        }
        let outputs = self.with_residues(taken.outputs).await?;
        let of_cause = self.encode(position, outputs, changes)?;
        // What the log holds already waits only to be read back: saying it again would change
        // nothing, and cost a replay a request for every decision ever taken.
        Ok(of_cause.filter(|_| !closed))
    }

    /// Adds to new tombstones what is left of the messages that they stand for.
    async fn with_residues(
        &self,
        mut outputs: Vec<Output>,
    ) -> Result<Vec<Output>, AggregatorError> {
        let mut unread = Vec::new();
        for output in &mut outputs {
            if let OutputBody::Tombstone { tombstone, residue } = &mut output.body
                && residue.is_unread()
            {
                unread.push((tombstone.position, residue));
            }
        }
        let positions: Vec<u64> = unread.iter().map(|(position, _)| position.0).collect();
        let found = self.log.get_many(&positions).await?;
        for ((position, residue), stored) in unread.into_iter().zip(found) {
            let verdict = self.verdicts.find(&self.table, position)?.map(|row| row.verdict);
            *residue = erased::residue(position, stored.as_ref(), verdict)?;
        }
        Ok(outputs)
    }

    fn encode(
        &self,
        position: Position,
        outputs: Vec<Output>,
        changes: &mut Changes,
    ) -> Result<Option<OfCause>, AggregatorError> {
        if outputs.is_empty() {
            return Ok(None);
        }
        let mut messages = Vec::with_capacity(outputs.len());
        for output in outputs {
            let encoded = encode(&output)?;
            changes.added.insert((output.cause.position.0, output.cause.n), encoded.clone());
            messages.push((output, encoded));
        }
        Ok(Some(OfCause { position, messages }))
    }

    fn count(&self, verdict: &Verdict) {
        let (name, code) = match verdict {
            Verdict::Accepted => ("accepted", None),
            Verdict::Corroborating { .. } => ("corroborating", None),
            Verdict::Duplicate { .. } => ("duplicate", None),
            Verdict::TextWithheld => ("text-withheld", Some("personal-data-in-text")),
            Verdict::Rejected { code } => ("rejected", Some(code.as_str())),
            Verdict::Refused { code } => ("refused", Some(code.as_str())),
        };
        self.metrics.verdicts.with_label_values(&[name]).inc();
        if let Some(code) = code {
            self.metrics.codes.with_label_values(&[code]).inc();
        }
    }
}
