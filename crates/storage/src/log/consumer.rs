//! Durable consumers: where the log remembers how far an agency has fetched.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::{ask, part, refused};
use super::{JetStreamLog, LogError};
use crate::wire::ApiError;

/// Readers of the hub are consumers too, and are told apart by their names.
pub(super) const READER_PREFIX: &str = "_reader_";

/// How many messages an agency may have fetched and not yet acknowledged.
const MOST_UNACKNOWLEDGED: u32 = 1_000;

/// How long after a delivery without an acknowledgement a message is delivered again.
pub const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(60);

impl JetStreamLog {
    pub(super) async fn ensure_consumer(
        &self,
        name: &str,
        filters: &[String],
    ) -> Result<(), LogError> {
        const ENSURE: &str = "creating a consumer";
        let body = json!({
            "stream_name": self.kept.name,
            "config": {
                "name": name,
                "durable_name": name,
                "deliver_policy": "all",
                "ack_policy": "explicit",
                "ack_wait": ACKNOWLEDGE_WITHIN.as_secs() * 1_000_000_000,
                "max_ack_pending": MOST_UNACKNOWLEDGED,
                "max_deliver": -1,
                "replay_policy": "instant",
                "filter_subjects": filters,
            },
            // Create, or change what differs: the place in the log is kept.
            "action": "",
        });
        let subject = format!("{}.{name}", self.api("CONSUMER.CREATE"));
        ask(&self.wire, ENSURE, &subject, &body).await?.map_err(|error| refused(ENSURE, error))?;
        Ok(())
    }

    pub(super) async fn consumers(&self) -> Result<Vec<String>, LogError> {
        const NAMES: &str = "listing the consumers";
        let subject = self.api("CONSUMER.NAMES");
        let mut names: Vec<String> = Vec::new();
        loop {
            let page = ask(&self.wire, NAMES, &subject, &json!({ "offset": names.len() }))
                .await?
                .map_err(|error| refused(NAMES, error))?;
            let listed: Option<Vec<String>> =
                part(NAMES, page.get("consumers").unwrap_or(&Value::Null))?;
            let listed = listed.unwrap_or_default();
            let total = page.get("total").and_then(Value::as_u64).unwrap_or(0);
            let done = listed.is_empty() || (names.len() + listed.len()) as u64 >= total;
            names.extend(listed);
            if done {
                break;
            }
        }
        names.retain(|name| !name.starts_with(READER_PREFIX));
        names.sort_unstable();
        Ok(names)
    }

    pub(super) async fn delete_consumer(&self, name: &str) -> Result<bool, LogError> {
        const DELETE: &str = "deleting a consumer";
        match ask(
            &self.wire,
            DELETE,
            &format!("{}.{name}", self.api("CONSUMER.DELETE")),
            &Value::Null,
        )
        .await?
        {
            Ok(_) => Ok(true),
            Err(error) if error.number == ApiError::CONSUMER_NOT_FOUND => Ok(false),
            Err(error) => Err(refused(DELETE, error)),
        }
    }
}
