//! E-mail to those who follow something (ADR 0034). What is due is decided in `domain/src/following/`; here it is
//! written into the log, sent, and what came of it written behind.
//!
//! The plan stands in the log before anything is sent, and the outcome after: a hub that is killed between the two
//! sends that one message again, under the same Message-ID. It is read from the log at each start, so that neither a
//! rebuild nor a lost table sends anything again.

mod metrics;
mod reading;
mod smtp;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use carehub_aggregator::View;
use carehub_contract::{Encoded, following};
use carehub_domain::following::{
    Act, Book, Delivery, Failed, FailedCode, Letter, Looked, Outcome, Timing, Whom, round,
};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Reader, may_read};
use carehub_domain::{BodyId, PersonId};
use carehub_people::{People, Secret, SessionTimes, unsubscribe_token};
use carehub_storage::log::Log;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;

use crate::nats::keys;
use crate::settings::Settings;
use metrics::Metrics;
pub use reading::Reading;
pub use smtp::{Refused, Smtp};

/// How often it is looked at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Messages sent at a time: a mail server takes only so many connections of one client.
const AT_ONCE: usize = 4;

/// What sends e-mail, and how far it is.
pub struct Post {
    log: Log,
    view: View,
    people: People,
    smtp: Smtp,
    site: String,
    key: Secret,
    timing: Timing,
    metrics: Metrics,
    reading: Reading,
    looked: Looked,
    readers: Readers,
}

/// The agencies of followers as readers, under one rule book.
#[derive(Default)]
struct Readers {
    policy: Arc<Policy>,
    of: BTreeMap<BodyId, Arc<Reader>>,
}

impl Post {
    /// As these settings say; none where they name no mail server.
    ///
    /// # Errors
    /// What is said of it does not go together, or a file cannot be read.
    pub fn open(
        settings: &Settings,
        log: Log,
        view: View,
        registry: &Registry,
    ) -> anyhow::Result<Option<Self>> {
        let Some(smtp) = Smtp::open(settings)? else { return Ok(None) };
        let site = settings.public_url.clone();
        let site = site.context("e-mail names the hub's address: set public-url")?;
        let people = People::open(&settings.accounts_dir(), SessionTimes::default())
            .context("open the accounts")?;
        let key = keys::unsubscribe_key(&settings.credentials_dir())
            .context("read the key of unsubscribing")?;
        let timing = Timing {
            gather: SignedDuration::from_secs(settings.mail_gather.into()),
            apart: SignedDuration::from_secs(settings.mail_apart.into()),
        };
        Ok(Some(Self {
            log,
            view,
            people,
            smtp,
            site,
            key: Secret::given(key.reveal()),
            timing,
            metrics: Metrics::register(registry).context("register metrics")?,
            reading: Reading::default(),
            looked: Looked::default(),
            readers: Readers::default(),
        }))
    }

    /// Sends what is due for as long as the hub runs.
    pub async fn run(mut self) {
        loop {
            if let Err(error) = self.look(Timestamp::now()).await {
                let error: &dyn std::error::Error = error.as_ref();
                tracing::error!(error, "what is due by e-mail waits");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does what is due at `now`. Returns how many messages the mail server took.
    ///
    /// # Errors
    /// The log or the accounts do not answer. It is tried again; what was sent and is not in the log yet is sent
    /// again under the same Message-ID.
    pub async fn look(&mut self, now: Timestamp) -> anyhow::Result<usize> {
        // Before the pictures are whole, what is under way would seem to be about nothing.
        if !self.view.progress().ready {
            return Ok(0);
        }
        self.reading.on(&self.log).await?;
        let acts = self.due(now)?;
        let planned = acts.iter().filter_map(|(person, act)| match act {
            Act::Plan(number, plan) => {
                Some((person, following::encode_plan(person, *number, plan)))
            }
            Act::Send(..) | Act::End(..) => None,
        });
        for (person, encoded) in planned.collect::<Vec<_>>() {
            self.write(encoded?).await?;
            self.metrics.planned.inc();
            tracing::info!(%person, "an e-mail is due");
        }
        // What was planned now is sent at once, if the log took it.
        self.reading.on(&self.log).await?;
        let acts = self.due(now)?;
        let mut sending = Vec::new();
        for (person, act) in acts {
            match act {
                Act::Plan(..) => {}
                Act::End(number, why) => {
                    let outcome = Outcome::Ended(now, why);
                    self.write(following::encode_outcome(&person, number, outcome)?).await?;
                    self.metrics.ended.inc();
                    tracing::info!(%person, number, ?why, "an e-mail is not sent any more");
                }
                Act::Send(delivery, count) => sending.push((person, delivery, count)),
            }
        }
        let this = &*self;
        let sent = stream::iter(sending)
            .map(|(person, delivery, count)| this.send(person, delivery, count, now))
            .buffer_unordered(AT_ONCE);
        let outcomes: Vec<anyhow::Result<bool>> = sent.collect().await;
        let mut made = 0;
        for outcome in outcomes {
            made += usize::from(outcome?);
        }
        Ok(made)
    }

    /// What the log says of followers, as far as it was read.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.reading.book
    }

    fn due(&mut self, now: Timestamp) -> anyhow::Result<BTreeMap<PersonId, Act>> {
        let policy = self.view.policy();
        if !Arc::ptr_eq(&policy, &self.readers.policy) {
            self.readers = Readers { policy, of: BTreeMap::new() };
            self.looked = Looked::default();
        }
        let time = self.view.time();
        let mut whom: BTreeMap<PersonId, Whom> = BTreeMap::new();
        for (person, _) in self.reading.book.persons() {
            let account = self.people.reached(person).context("read the accounts")?;
            let agency = account.filter(|account| account.may_read).map(|account| account.agency);
            let agency = agency.filter(|agency| may_read(&self.readers.policy, agency, time));
            let reader = agency.map(|agency| self.readers.reader(&agency));
            whom.insert(person.clone(), Whom { reader });
        }
        let homes = self.view.homes();
        let who = |person: &PersonId| whom.get(person).cloned().unwrap_or(Whom { reader: None });
        Ok(round(&self.reading.book, &homes, &mut self.looked, who, now, self.timing))
    }

    /// Sends one message and writes what came of it. Returns whether the mail server took it.
    async fn send(
        &self,
        person: PersonId,
        delivery: Delivery,
        count: u32,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let account = self.people.reached(&person).context("read the accounts")?;
        let address = account.and_then(|account| account.mail);
        let token = unsubscribe_token(&self.key, &person);
        let letter = Letter::of(&person, &delivery, count, &self.site, &token);
        let sent = match &address {
            Some(address) => self.smtp.send(&letter, address).await,
            None => Err(Refused { code: FailedCode::MailNoAddress, reply: None }),
        };
        let number = delivery.number;
        match sent {
            Ok(()) => {
                self.metrics.made.inc();
                let outcome = Outcome::Made(now);
                self.write(following::encode_outcome(&person, number, outcome)?).await?;
                tracing::info!(%person, number, "an e-mail was sent");
                Ok(true)
            }
            Err(Refused { code, reply }) => {
                self.metrics.failed.with_label_values(&[code.as_str()]).inc();
                let attempt = delivery.failures.saturating_add(1);
                let failed = Failed { at: now, code, reply };
                self.write(following::encode_failure(&person, number, attempt, failed)?).await?;
                let code = code.as_str();
                tracing::warn!(%person, number, attempt, code, reply, "an e-mail was not sent yet");
                Ok(false)
            }
        }
    }

    /// Another hub that acts on the same log may have written it before: then what it wrote counts.
    async fn write(&self, message: Encoded) -> anyhow::Result<()> {
        let Encoded { subject, payload } = message;
        let written = self.log.publish_once(&subject, Bytes::from(payload)).await;
        written.map(|_| ()).with_context(|| format!("write {subject}"))
    }
}

impl Readers {
    fn reader(&mut self, agency: &BodyId) -> Arc<Reader> {
        let new = || Arc::new(Reader::new(&self.policy, agency));
        Arc::clone(self.of.entry(agency.clone()).or_insert_with(new))
    }
}
