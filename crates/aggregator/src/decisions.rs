//! The second cursor: what the log already holds of the hub's decisions, by their cause (law 2).

use std::collections::BTreeMap;
use std::time::Duration;

use carehub_contract::{Contract, Mode, Subject};
use carehub_domain::Position;
use carehub_domain::fold::Decided;
use carehub_domain::message::{MessageBody, Output};
use carehub_storage::log::{Log, LogError, Read, Reader};
use jiff::Timestamp;

/// Everything that the hub itself publishes about a cause, and the ticks.
const FILTERS: [&str; 6] = [
    "carehub.escalation.>",
    "carehub.notice.>",
    "carehub.rejection.>",
    "carehub.refusal.>",
    "carehub.tombstone.>",
    "carehub.control.tick.>",
];

/// How many of the hub's messages are read at a time.
const BATCH: usize = 1_000;

/// Looks ahead in the hub's own messages up to where the log ended when the hub started.
pub(crate) struct Decisions {
    reader: Option<Reader>,
    end: u64,
    /// The newest of the hub's own messages: the reader goes up to it, and need not guess from
    /// silence whether more will come.
    last: u64,
    read_through: u64,
    decided_through: Position,
    by_cause: BTreeMap<Position, Vec<Output>>,
}

impl Decisions {
    /// For positions after `position`, with the log ending at `end`.
    pub(crate) async fn after(log: &Log, position: Position, end: u64) -> Result<Self, LogError> {
        let filters = FILTERS.map(ToOwned::to_owned).to_vec();
        let mut last = 0;
        for filter in &filters {
            let newest = log.last_for_subject(filter).await?;
            last = last.max(newest.map_or(0, |stored| stored.sequence));
        }
        let reader = (position.0 < last).then(|| log.reader(position.0 + 1, filters));
        Ok(Self {
            reader,
            end,
            last,
            read_through: position.0,
            decided_through: Position(0),
            by_cause: BTreeMap::new(),
        })
    }

    /// What the log holds of the decisions at `position`. Asked in the order of positions.
    pub(crate) async fn at(
        &mut self,
        contract: &Contract,
        position: Position,
    ) -> Result<Decided, LogError> {
        if position.0 > self.end {
            self.reader = None;
            return Ok(Decided::Open);
        }
        while let Some((&first, _)) = self.by_cause.first_key_value()
            && first < position
        {
            self.by_cause.pop_first();
        }
        while !self.is_settled(position) && self.read_through < self.last {
            self.read(contract).await?;
        }
        let found = self.by_cause.remove(&position).unwrap_or_default();
        if self.is_settled(position) {
            return Ok(Decided::Closed(found));
        }
        Ok(match found.first().map(|output| output.cause.of as usize) {
            None => Decided::Open,
            Some(of) if found.len() >= of => Decided::Closed(found),
            Some(_) => Decided::Partly(found),
        })
    }

    /// Whether everything that the hub decided at `position` has been read: its messages are
    /// published in the order of their causes, so a later cause or a tick says so.
    fn is_settled(&self, position: Position) -> bool {
        self.decided_through >= position
            || self.by_cause.last_key_value().is_some_and(|(cause, _)| *cause > position)
    }

    async fn read(&mut self, contract: &Contract) -> Result<(), LogError> {
        let Some(reader) = &mut self.reader else {
            self.read_through = self.last;
            return Ok(());
        };
        for read in reader.next_batch(BATCH, Duration::from_secs(5)).await? {
            self.read_through = self.read_through.max(read.through());
            if let Read::Message(stored) = read {
                self.take(contract, &stored.subject, &stored.payload);
            }
        }
        Ok(())
    }

    fn take(&mut self, contract: &Contract, subject: &str, payload: &[u8]) {
        let Ok(subject) = Subject::parse(subject) else {
            return;
        };
        let at = Timestamp::UNIX_EPOCH;
        match contract.decode(&subject, payload, at, Position(0), Mode::Trust).body {
            MessageBody::Hub(output) => {
                let of_cause = self.by_cause.entry(output.cause.position).or_default();
                if of_cause.iter().all(|known| known.cause.n != output.cause.n) {
                    of_cause.push(*output);
                }
            }
            MessageBody::Tick(tick) => {
                self.decided_through = self.decided_through.max(tick.decided_through);
            }
            MessageBody::Agency(_)
            | MessageBody::Policy(_)
            | MessageBody::Reserved
            | MessageBody::Unreadable => {}
        }
    }
}
