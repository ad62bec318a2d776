//! Bodies that read what is addressed to them and acknowledge what they are responsible for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use carehub_storage::link::{AgencyLink, Delivery};
use carehub_storage::log::ACKNOWLEDGE_WITHIN;
use serde_json::Value;

use crate::harness::PATIENCE;
use crate::speaking::{Meaning, Record, Said};

/// A body's desk: what its durable consumer has delivered so far.
pub(crate) struct Desk {
    body: &'static str,
    link: AgencyLink,
    record: Record,
    /// The positions at which each subject was delivered; a lost acknowledgement brings the same
    /// position again.
    received: BTreeMap<String, BTreeSet<u64>>,
    acknowledged: BTreeSet<String>,
}

impl Desk {
    pub(crate) fn new(body: &'static str, link: AgencyLink, record: Record) -> Self {
        let (received, acknowledged) = Default::default();
        Self { body, link, record, received, acknowledged }
    }

    /// Whose desk it is.
    pub(crate) fn body(&self) -> &'static str {
        self.body
    }

    /// Answers until it is told to stop.
    pub(crate) async fn work(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::Relaxed) {
            self.take(true).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self
    }

    /// Takes what is left, until exactly these subjects were delivered, each from one position.
    ///
    /// What the server had handed to a connection that it lost in the same moment comes again only
    /// when the time for acknowledging it is over.
    pub(crate) async fn receives_each_once(&mut self, subjects: &BTreeSet<String>) {
        let deadline = Instant::now() + ACKNOWLEDGE_WITHIN + PATIENCE;
        let missing = |desk: &Self| -> Vec<String> {
            let received = |subject: &&String| !desk.received.contains_key(*subject);
            subjects.iter().filter(received).cloned().collect()
        };
        while !missing(self).is_empty() {
            let late = Instant::now() >= deadline;
            assert!(!late, "{} did not receive {:?}", self.body, missing(self));
            self.take(false).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.take(false).await;
        for (subject, positions) in &self.received {
            assert!(subjects.contains(subject), "{subject} is not in the log");
            assert_eq!(positions.len(), 1, "{subject} came from several positions");
        }
    }

    async fn take(&mut self, answer: bool) {
        // A lost connection brings nothing; what is not acknowledged comes again.
        let deliveries = self.link.fetch(self.body, 200, Duration::ZERO).await.unwrap_or_default();
        for delivery in deliveries {
            let escalation = delivery.subject.starts_with("carehub.escalation.");
            if escalation {
                let positions = self.received.entry(delivery.subject.clone()).or_default();
                positions.insert(delivery.sequence);
            }
            if answer && escalation {
                self.acknowledge(&delivery).await;
            }
            let _ = delivery.ack().await;
        }
    }

    async fn acknowledge(&mut self, delivery: &Delivery) {
        let message: Value = serde_json::from_slice(&delivery.payload).expect("JSON");
        let escalation = &message["data"]["escalation"];
        let (Some(id), Some(home)) = (escalation["id"].as_str(), escalation["home"].as_str())
        else {
            panic!("not an escalation: {}", delivery.subject);
        };
        let responsible = escalation["responsible"].as_array().expect("bodies");
        let ours = responsible.iter().any(|body| body == self.body);
        if ours && self.acknowledged.insert(id.to_owned()) {
            // Said twice: with the same bytes, and in other words.
            for name in [format!("ack-{id}"), format!("ack-{id}"), format!("again-{id}")] {
                let meaning = Meaning::Acknowledges(id.to_owned());
                let said = Said::new(self.body, home, &name, meaning);
                self.record.publish(&self.link, said).await;
            }
        }
    }
}
