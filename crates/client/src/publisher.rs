//! Publishing: checked before it is sent, acknowledged by the log, kept in a spool while the hub is away.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use carehub_contract::{Contract, ContractError};
use carehub_domain::BodyId;
use carehub_domain::message::Rejection;
use carehub_storage::link::AgencyLink;
use carehub_storage::{ConnectError, Connection, PublishAllError, PublishError, Tls};
use jiff::Timestamp;

use crate::event::Outgoing;
use crate::spool::{Spool, SpoolError};

/// How many events are drained at a time: after each lot the disk notes how far it came.
const LOT: usize = 500;

/// How long the hub may be silent before events go to the spool, where there is one.
const PATIENCE: Duration = Duration::from_secs(5);

/// How to publish.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `nats://host:port`.
    pub url: String,
    /// The agency's nkey seed.
    pub key: String,
    /// The files of a connection over TLS.
    pub tls: Tls,
    /// The agency: the token in its subjects.
    pub agency: BodyId,
    /// Where to keep events while the hub is away, and how many bytes at most.
    pub spool: Option<(PathBuf, u64)>,
    /// Whether events are held to the schemas before they are sent.
    pub check: bool,
}

/// Why nothing can be published.
#[derive(Debug, thiserror::Error)]
pub enum PublisherError {
    /// The hub cannot be reached, or refuses the key.
    #[error("could not connect to the hub")]
    Connect(#[source] ConnectError),
    /// The spool cannot be used, or is full.
    #[error("the spool failed")]
    Spool(#[from] SpoolError),
    /// The schemas that are built in do not compile.
    #[error("the contract failed")]
    Contract(#[from] ContractError),
    /// Whether an event is in the log is not known, and there is no spool to keep it. Publishing
    /// the same event again is safe.
    #[error("the hub went away and there is no spool")]
    Away(#[source] PublishError),
}

/// What became of an event on this side of the log.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The log holds it at this position. The hub's verdict follows.
    Stored(u64),
    /// It waits in the spool.
    Spooled,
    /// It was not sent: the hub would reject it, or withhold its text.
    Invalid(Rejection),
    /// The server refused it for good: another agency's subject, or too large.
    Refused(PublishError),
}

/// An agency's publisher. Every acknowledgement is awaited, and an event is sent again with the same
/// id until there is one: no acknowledgement means unknown, never "not stored".
pub struct Publisher {
    settings: Settings,
    link: Option<AgencyLink>,
    spool: Option<Spool>,
    contract: Option<Contract>,
}

impl Publisher {
    /// Connects. With a spool, a hub that cannot be reached is no error: events wait.
    ///
    /// # Errors
    /// The hub refuses the key or, without a spool, cannot be reached; the spool cannot be used.
    pub async fn open(settings: Settings) -> Result<Self, PublisherError> {
        let spool =
            settings.spool.as_ref().map(|(path, limit)| Spool::open(path, *limit)).transpose()?;
        let contract = settings.check.then(Contract::compile).transpose()?;
        let mut publisher = Self { settings, link: None, spool, contract };
        match publisher.connect().await {
            Ok(()) => {}
            Err(ConnectError::Unreachable { .. } | ConnectError::Broke { .. })
                if publisher.spool.is_some() => {}
            Err(error) => return Err(PublisherError::Connect(error)),
        }
        Ok(publisher)
    }

    async fn connect(&mut self) -> Result<(), ConnectError> {
        let agency = &self.settings.agency;
        let mut connection = Connection::new(&self.settings.url, agency.as_str())
            .with_key(&self.settings.key)
            .with_tls(self.settings.tls.clone())
            .with_inbox_prefix(format!("_INBOX_{agency}"));
        if self.spool.is_some() {
            connection.connect_within = PATIENCE;
            connection.answer_within = PATIENCE;
            connection.give_up_after = PATIENCE;
        }
        self.link = Some(AgencyLink::connect_with(&connection).await?);
        Ok(())
    }

    /// Events that wait in the spool, in bytes.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.spool.as_ref().map_or(0, Spool::held)
    }

    /// Publishes one event; `now` is the sender's own clock.
    ///
    /// # Errors
    /// See [`Self::publish_all`].
    pub async fn publish(
        &mut self,
        event: Outgoing,
        now: Timestamp,
    ) -> Result<Outcome, PublisherError> {
        let outcomes = self.publish_all(vec![event], now, |_| {}).await?;
        // One event in, one outcome out; an empty list could only mean that it still waits.
        Ok(outcomes.into_iter().next().unwrap_or(Outcome::Spooled))
    }

    /// Publishes events in order and says of each, in the same order, what became of it.
    /// `progress` hears how many of the lot are settled.
    ///
    /// # Errors
    /// The hub went away and there is no spool, or the spool is full or broken. Events may be in the
    /// log nevertheless: publish the same again.
    pub async fn publish_all(
        &mut self,
        events: Vec<Outgoing>,
        now: Timestamp,
        mut progress: impl FnMut(usize) + Send,
    ) -> Result<Vec<Outcome>, PublisherError> {
        let mut outcomes: Vec<Option<Outcome>> =
            events.iter().map(|event| self.fault_of(event, now).map(Outcome::Invalid)).collect();
        // What was said earlier goes first, so that the log has this agency's order.
        let mut hub_is_there = self.drain().await?;
        loop {
            let open: Vec<usize> =
                (0..events.len()).filter(|place| outcomes[*place].is_none()).collect();
            if open.is_empty() {
                break;
            }
            let Some(link) = self.link.as_ref().filter(|_| hub_is_there) else {
                self.spool_all(&events, &open, &mut outcomes)?;
                break;
            };
            let settled = events.len() - open.len();
            let messages: Vec<_> = open.iter().map(|place| message(&events[*place])).collect();
            match link.publish_all(messages, None, |stored| progress(settled + stored)).await {
                Ok(positions) => {
                    for (place, position) in open.into_iter().zip(positions) {
                        outcomes[place] = Some(Outcome::Stored(position));
                    }
                }
                Err(PublishAllError { index, stored, source }) => {
                    for (index, position) in stored {
                        outcomes[open[index]] = Some(Outcome::Stored(position));
                    }
                    match source {
                        PublishError::Unknown { .. } if self.spool.is_some() => {
                            hub_is_there = false
                        }
                        PublishError::Unknown { .. } => return Err(PublisherError::Away(source)),
                        PublishError::Failed { .. } | PublishError::Refused { .. } => {
                            outcomes[open[index]] = Some(Outcome::Refused(source));
                        }
                    }
                }
            }
        }
        progress(events.len());
        Ok(outcomes.into_iter().flatten().collect())
    }

    fn fault_of(&self, event: &Outgoing, now: Timestamp) -> Option<Rejection> {
        let home = event.subject.rsplit('.').next().unwrap_or_default();
        let contract = self.contract.as_ref()?;
        contract.check_outgoing(&self.settings.agency, home, &event.payload, now).err()
    }

    fn spool_all(
        &mut self,
        events: &[Outgoing],
        open: &[usize],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), PublisherError> {
        if let Some(spool) = &mut self.spool {
            spool.keep(
                open.iter()
                    .map(|place| (events[*place].subject.as_str(), &events[*place].payload[..])),
            )?;
            for place in open {
                outcomes[*place] = Some(Outcome::Spooled);
            }
        }
        Ok(())
    }

    /// Sends what waits in the spool, oldest first; `false` when the hub is still away. What the
    /// server refuses for good is set aside in the spool's `refused.ndjson`, so that it does not hold
    /// up the rest.
    ///
    /// # Errors
    /// The spool cannot be read or written.
    pub async fn drain(&mut self) -> Result<bool, PublisherError> {
        if self.link.is_none() && self.connect().await.is_err() {
            return Ok(false);
        }
        let (Some(link), Some(spool)) = (&self.link, &mut self.spool) else {
            return Ok(true);
        };
        loop {
            let lot = spool.next(LOT)?;
            let Some(last) = lot.last() else {
                return Ok(true);
            };
            let messages: Vec<_> =
                lot.iter().map(|event| (event.subject.clone(), event.payload.clone())).collect();
            match link.publish_all(messages, None, |_| {}).await {
                Ok(_) => spool.drained(last)?,
                Err(PublishAllError { index, source, .. }) => {
                    if index > 0 {
                        spool.drained(&lot[index - 1])?;
                    }
                    match source {
                        PublishError::Unknown { .. } => return Ok(false),
                        PublishError::Failed { .. } | PublishError::Refused { .. } => {
                            tracing::warn!(error = %source, "an event from the spool is refused and set aside");
                            spool.set_aside(&lot[index])?;
                        }
                    }
                }
            }
        }
    }
}

fn message(event: &Outgoing) -> (String, Bytes) {
    (event.subject.clone(), event.payload.clone())
}
