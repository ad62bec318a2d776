//! Importing an export: every row is read, sent, and accounted for by the hub's own verdicts.

mod accounting;
mod verdicts;

use std::collections::BTreeSet;

use std::io::Read;

use carehub_contract::Contract;
use carehub_domain::BodyId;
use carehub_domain::message::RejectionOutcome;
use jiff::Timestamp;

pub use accounting::{Accounting, Settled};
pub use verdicts::{Verdicts, VerdictsError};

use crate::event::Outgoing;
use crate::mapping::{Mapping, Sheet, SheetError};
use crate::publisher::{Outcome, Publisher, PublisherError};

/// Events are published in lots of this many; the log's own order is the file's.
const LOT: usize = 2_000;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A row cannot be read; nothing was sent.
    #[error("the file cannot be read; nothing was sent")]
    Sheet(#[from] SheetError),
    /// An event could not be written as JSON.
    #[error("row {row} cannot be written as an event; nothing was sent")]
    Encode {
        /// The row as a spreadsheet numbers it.
        row: u64,
        /// What the encoder says.
        source: serde_json::Error,
    },
    /// The hub went away. Importing the same file again is safe: what arrived is a duplicate.
    #[error("the import stopped; importing the same file again is safe")]
    Publish(#[from] PublisherError),
    /// The hub's verdicts could not be learned; the events are in the log.
    #[error("everything is in the log, but what the hub made of it could not be learned")]
    Verdicts(#[from] VerdictsError),
}

/// The events of a file, with the row that each came from.
#[derive(Debug, Default)]
pub struct Batch {
    /// The row and its event, in the file's order.
    pub events: Vec<(u64, Outgoing)>,
    /// What is already known: rows read, rows that say nothing, events left out as repeated.
    pub accounting: Accounting,
}

impl Batch {
    /// Reads a whole file before anything is sent, so that a file that breaks off half-way sends nothing.
    /// At most `limit` rows are read.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn read<R: Read>(
        sheet: &mut Sheet<R>,
        mapping: &Mapping,
        agency: &str,
        limit: Option<u64>,
    ) -> Result<Self, ImportError> {
        let mut batch = Self::default();
        let mut said_once = BTreeSet::new();
        while limit.is_none_or(|limit| batch.accounting.rows_read < limit)
            && let Some((row, cells)) = sheet.next_row()?
        {
            batch.accounting.rows_read += 1;
            let made = mapping.apply(agency, &cells);
            if made.is_empty() {
                batch.accounting.rows_that_say_nothing += 1;
            } else {
                batch.accounting.rows_that_speak += 1;
            }
            for made in made {
                batch.accounting.events += 1;
                if made.once && !said_once.insert(made.draft.id.clone()) {
                    batch.accounting.repeated_in_the_file += 1;
                    continue;
                }
                let event =
                    made.draft.encode().map_err(|source| ImportError::Encode { row, source })?;
                batch.events.push((row, event));
            }
        }
        Ok(batch)
    }

    /// Holds every event to the contract and sends nothing: the accounting of a dry run.
    #[must_use]
    pub fn check(
        self,
        contract: &Contract,
        agency: &BodyId,
        now: Timestamp,
    ) -> (Accounting, Vec<Settled>) {
        let mut accounting = self.accounting;
        let mut troubled = Vec::new();
        for (row, event) in self.events {
            let home = event.subject.rsplit('.').next().unwrap_or_default();
            let (verdict, code) = match contract.check_outgoing(agency, home, &event.payload, now) {
                Ok(()) => ("accepted", None),
                Err(rejection) => match rejection.outcome {
                    RejectionOutcome::Rejected => ("rejected", Some(rejection.code)),
                    RejectionOutcome::TextWithheld => ("text-withheld", Some(rejection.code)),
                },
            };
            let settled =
                Settled { row, id: event.id, position: None, verdict: verdict.to_owned(), code };
            accounting.settle(&settled);
            if settled.is_trouble() {
                troubled.push(settled);
            }
        }
        (accounting, troubled)
    }

    /// Sends every event, waits until the hub has folded the last, and accounts for each by the hub's
    /// verdict. Also returns those that were rejected, refused or had their text withheld.
    /// `progress` hears how many are in the log.
    ///
    /// # Errors
    /// The hub went away, or its verdicts could not be learned.
    pub async fn send(
        self,
        publisher: &mut Publisher,
        verdicts: &Verdicts,
        now: Timestamp,
        progress: impl Fn(usize) + Send + Sync,
    ) -> Result<(Accounting, Vec<Settled>), ImportError> {
        let mut accounting = self.accounting;
        let mut troubled = Vec::new();
        let mut stored = Vec::with_capacity(self.events.len());
        let mut sent = 0;
        for lot in self.events.chunks(LOT) {
            let events = lot.iter().map(|(_, event)| event.clone()).collect();
            let outcomes = publisher.publish_all(events, now, |done| progress(sent + done)).await?;
            for ((row, event), outcome) in lot.iter().zip(outcomes) {
                let unsent = |verdict: &str, code: Option<String>| Settled {
                    row: *row,
                    id: event.id.clone(),
                    position: None,
                    verdict: verdict.to_owned(),
                    code,
                };
                let settled = match outcome {
                    Outcome::Stored(position) => {
                        stored.push((*row, event.id.clone(), position));
                        continue;
                    }
                    Outcome::Refused(_) => {
                        unsent("rejected", Some("refused-by-the-server".to_owned()))
                    }
                    Outcome::Invalid(rejection) => unsent("rejected", Some(rejection.code)),
                    Outcome::Spooled => unsent("spooled", None),
                };
                accounting.settle(&settled);
                troubled.push(settled);
            }
            sent += lot.len();
        }
        for settled in verdicts.of(stored).await? {
            accounting.settle(&settled);
            if settled.is_trouble() {
                troubled.push(settled);
            }
        }
        Ok((accounting, troubled))
    }
}

#[cfg(test)]
mod tests;
