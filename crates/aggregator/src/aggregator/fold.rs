//! Folds a batch of messages and commits what it changed.

use std::collections::BTreeSet;
use std::time::Duration;

use carehub_contract::seal::absent_leaf;
use carehub_contract::{Mode, Receipted, Subject, encode};
use carehub_domain::message::{Message, MessageBody, Output, Verdict};
use carehub_domain::{HomeId, Position};
use carehub_storage::log::{Read, Stored};
use jiff::Timestamp;

use super::receipts::Receipts;
use super::{Aggregator, AggregatorError};
use crate::chunks::Chunks;
use crate::commit::{self, Changes};
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
                    self.metrics.missing.inc_by(to - from + 1);
                    tracing::error!(
                        from,
                        to,
                        "messages are missing from the log without a tombstone"
                    );
                    for position in from..=to {
                        let leaf = self.tombstones.leaf(&self.log, position).await?;
                        self.seal.push(leaf.unwrap_or_else(|| absent_leaf(position)));
                    }
                }
            }
            if changes.keys() >= self.options.keys_at_once - self.options.keys_at_once / 8 {
                self.commit(&changes).await?;
                touched.extend(std::mem::take(&mut changes).into_homes());
            }
        }
        self.commit(&changes).await?;
        touched.extend(changes.into_homes());
        self.metrics.position.set(self.position.0 as i64);
        self.metrics.tolerated.set(self.state.tolerated() as i64);
        self.metrics.outbox.set(self.state.waiting() as i64);
        self.metrics.signed_through.set(self.seal.signed_through() as i64);
        Ok((decided, touched, receipts))
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
        let closed = decided.is_closed();
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
        let taken = self.state.take(message, decided);
        self.metrics.folded.inc();
        if let (Some((agency, id, identity, content)), Some(verdict)) = (said, taken.verdict) {
            self.count(&verdict);
            if stored.sequence > self.decisions.end() {
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
        let of_cause = self.encode(position, taken.outputs, changes)?;
        // What the log holds already waits only to be read back: saying it again would change
        // nothing, and cost a replay a request for every decision ever taken.
        Ok(of_cause.filter(|_| !closed))
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
