//! What a running hub is told in these tests, and what it tells an agency.

use std::time::{Duration, Instant};

use carehub_client::Draft;
use carehub_storage::PublishError;
use carehub_storage::link::AgencyLink;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Hub;
use crate::harness::PATIENCE;

/// An event is published with an agency's own key; returns its position.
pub(crate) async fn publish(
    link: &AgencyLink,
    agency: &str,
    home: &str,
    id: &str,
    event_type: &str,
    data: Value,
) -> Result<u64, PublishError> {
    let draft = Draft {
        agency: agency.to_owned(),
        id: id.to_owned(),
        event_type: event_type.to_owned(),
        home: home.to_owned(),
        time: Timestamp::now().to_string(),
        data: data.as_object().cloned().expect("an object"),
    };
    let encoded = draft.encode().expect("encode an event");
    link.publish(&encoded.subject, encoded.payload).await
}

/// The day in England.
pub(crate) fn today() -> jiff::civil::Date {
    let london = TimeZone::get("Europe/London").expect("London");
    Timestamp::now().to_zoned(london).date()
}

impl Hub {
    /// An agency says something with its own key, and the hub has settled.
    pub(crate) async fn says(&self, agency: &str, home: &str, id: &str, event: &str, data: Value) {
        let link = self.link(agency).await;
        publish(&link, agency, home, id, event, data).await.expect("publish");
        self.settled().await;
    }
}

/// What an agency's durable consumer delivers, acknowledged, until this much is there. Where nothing is
/// expected: what is there, once the hub has settled.
pub(crate) async fn delivered(link: &AgencyLink, agency: &str, at_least: usize) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    let mut told = Vec::new();
    loop {
        let fetched = link.fetch(agency, 200, Duration::from_millis(500)).await.expect("fetch");
        for delivery in &fetched {
            let message: Value = serde_json::from_slice(&delivery.payload).expect("JSON");
            // Signed heads come by the hour, whatever is said.
            if message["type"] != "uk.carehub.control.head-signed.v1" {
                told.push(message);
            }
            delivery.ack().await.expect("acknowledge");
        }
        if told.len() >= at_least && fetched.is_empty() {
            return told;
        }
        assert!(Instant::now() < deadline, "{agency} has {told:?}, not {at_least}");
    }
}
