//! Folds a batch of messages and commits what it changed.

use std::collections::BTreeSet;
use std::time::Duration;

use carehub_contract::seal::absent_leaf;
use carehub_contract::{Mode, Receipted, Subject, encode};
use carehub_domain::fold::Decided;
use carehub_domain::message::{Message, MessageBody, Output, OutputBody, Verdict};
use carehub_domain::{HomeId, Position};
use carehub_storage::log::{Read, Stored};
use jiff::Timestamp;

use super::receipts::Receipts;
use super::{Aggregator, AggregatorError};
use crate::chunks::Chunks;
use crate::commit::{self, Changes};
use crate::erased;
use crate::relay::OfCause;
use crate::seal::ReadBack;
use crate::verdicts::VerdictRow;

/// Messages between two commits while nobody waits for them: the more, the less often the values of
/// a busy home are written.
const CATCHING_UP_BATCH: usize = 4_000;

impl Aggregator {
    /// Folds everything up to `through` and stops; publishes nothing.
    ///
    /// # Errors
    /// [`AggregatorError`].
    pub async fn fold_through(
        &mut self,
        through: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<(), AggregatorError> {
        let mut reader = self.log.reader(self.position.0 + 1, Vec::new());
        let batch = self.options.batch.max(CATCHING_UP_BATCH);
        let mut unpublished: BTreeSet<HomeId> = BTreeSet::new();
        while self.position.0 < through {
            let reads = reader.next_batch(batch, Duration::from_secs(5)).await?;
            let reads: Vec<Read> =
                reads.into_iter().take_while(|read| read.through() <= through).collect();
            if !reads.is_empty() {
                let (_, mut touched, _) = self.fold(reads).await?;
                unpublished.append(&mut touched);
                progress(self.position.0);
            }
        }
        // Only now: a picture that readers hold is copied when it changes next.
        self.publish_homes(&unpublished);
        Ok(())
    }

    /// Folds a batch and commits it. Returns the decisions by cause, the homes that changed and, for
    /// what was folded for the first time, the receipts.
    pub(super) async fn fold(
        &mut self,
        reads: Vec<Read>,
    ) -> Result<(Vec<OfCause>, BTreeSet<HomeId>, Receipts), AggregatorError> {
        let mut changes = Changes::default();
        let mut touched = BTreeSet::new();
        let mut decided = Vec::new();
        let mut receipts = Receipts::new();
        for read in reads {
            self.position = Position(read.through());
            match read {
                Read::Message(stored) => {
                    decided.extend(self.fold_one(&stored, &mut changes, &mut receipts).await?);
                }
                Read::Gap { from, to } => {
                    decided.extend(self.fold_gap(from, to, &mut changes, &mut receipts).await?);
                }
            }
            if changes.keys() >= self.options.keys_at_once - self.options.keys_at_once / 8 {
                self.commit(&changes).await?;
                self.tell_eraser(&mut changes);
                touched.extend(std::mem::take(&mut changes).into_homes());
            }
        }
        self.commit(&changes).await?;
        self.tell_eraser(&mut changes);
        touched.extend(changes.into_homes());
        self.metrics.position.set(self.position.0 as i64);
        self.metrics.tolerated.set(self.state.tolerated() as i64);
        self.metrics.outbox.set(self.state.waiting() as i64);
        self.metrics.signed_through.set(self.seal.signed_through() as i64);
        Ok((decided, touched, receipts))
    }

    /// Their tombstones are in the log and in the table: now the messages may go.
    fn tell_eraser(&self, changes: &mut Changes) {
        let tombstones = std::mem::take(&mut changes.tombstones);
        if let Some(eraser) = &self.eraser {
            // The channel has no bound, because whoever erases must never hold up whoever folds; what is
            // in it is one number an erasure. A task that has ended hears of them at the next start.
            for position in tombstones {
                let _ = eraser.send(position);
            }
        }
    }

    /// Stores what messages changed, up to the present position: in one batch, or in chunks where the
    /// last of them changed very much. Nothing of it may be published before.
    async fn commit(&mut self, changes: &Changes) -> Result<(), AggregatorError> {
        let mut chunks = self.chunks(changes)?;
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
        Ok(())
    }

    /// The batches that store what messages changed.
    pub(super) fn chunks(&mut self, changes: &Changes) -> Result<Chunks, AggregatorError> {
        let mut writes = commit::writes(changes, &self.state, &mut self.verdicts)?;
        self.seal.write(&mut writes)?;
        let meta = commit::meta(&self.state, &self.stream, self.position)?;
        Ok(Chunks::new(&self.table, writes, meta, self.position.0, self.options.keys_at_once))
    }

    pub(super) async fn fold_one(
        &mut self,
        stored: &Stored,
        changes: &mut Changes,
        receipts: &mut Receipts,
    ) -> Result<Option<OfCause>, AggregatorError> {
        let position = Position(stored.sequence);
        let decided = self.decisions.at(&self.contract, position).await?;
        let mode = if decided.has_verdict() { Mode::Trust } else { Mode::Validate };
        let recorded_at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
        let subject = Subject::parse(&stored.subject).ok();
        if self.seal.take(&self.stream, stored, subject.as_ref(), recorded_at) == ReadBack::Differs
        {
            self.metrics.heads_differing.inc();
            tracing::error!(position = position.0, "a head in the log says something else");
        }
        let mut message = match &subject {
            Some(subject) => {
                self.contract.decode(subject, &stored.payload, recorded_at, position, mode)
            }
            None => Message { position, recorded_at, body: MessageBody::Unreadable },
        };
        if let MessageBody::Policy(said) = &mut message.body {
            let policy = serde_json::to_vec(&said.policy).map_err(AggregatorError::Policy)?;
            changes.policies.insert(position, policy);
            said.policy = (self.options.read_policy)(std::mem::take(&mut said.policy));
        }
        self.take(message, decided, changes, receipts).await
    }

    /// Messages are not there: what their tombstones hold of them is folded in their place.
    async fn fold_gap(
        &mut self,
        from: u64,
        to: u64,
        changes: &mut Changes,
        receipts: &mut Receipts,
    ) -> Result<Vec<OfCause>, AggregatorError> {
        let mut decided_here = Vec::new();
        for (position, erased) in erased::in_gap(&self.log, from, to).await? {
            let leaf = self.tombstones.leaf(&self.log, position.0).await?;
            self.seal.push(leaf.unwrap_or_else(|| absent_leaf(position.0)));
            let Some(erased) = erased else {
                self.metrics.missing.inc();
                tracing::error!(
                    position = position.0,
                    "a message is missing from the log without a tombstone"
                );
                continue;
            };
            self.metrics.erased.inc();
            let decided = self.decisions.at(&self.contract, position).await?;
            let message = erased.message(position);
            decided_here.extend(self.take(message, decided, changes, receipts).await?);
        }
        Ok(decided_here)
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
            if position.0 > self.decisions.end() {
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
