//! Asking the hub what became of the agency's own events.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::Settled;

/// The most positions that one request may ask about.
const MOST: usize = 1_000;

/// Pause between two looks at how far the hub is.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a verdict could not be learned.
#[derive(Debug, thiserror::Error)]
pub enum VerdictsError {
    /// The API cannot be reached or does not accept the token.
    #[error("POST {url}")]
    Request {
        /// The address that was asked.
        url: String,
        /// What the HTTP client says.
        source: Box<ureq::Error>,
    },
    /// The hub did not come further for a while.
    #[error("the hub stands at position {through} and does not move; {last} was expected")]
    Stalled {
        /// How far it is.
        through: u64,
        /// The last event that was published.
        last: u64,
    },
    /// The asking task was cancelled.
    #[error("the asking was cancelled")]
    Cancelled(#[source] tokio::task::JoinError),
}

/// The hub's API for an agency's own verdicts.
#[derive(Clone)]
pub struct Verdicts {
    url: String,
    token: String,
    stalled_after: Duration,
    http: ureq::Agent,
}

#[derive(Debug, Deserialize)]
struct Answer {
    items: Vec<Item>,
    through: u64,
}

#[derive(Debug, Deserialize)]
struct Item {
    position: u64,
    verdict: String,
    #[serde(default)]
    code: Option<String>,
}

impl Verdicts {
    /// The API at `base` (`http://host:port`) with the agency's bearer token. `stalled_after` is how
    /// long the hub may stand still before the wait is given up; a hub that moves is waited for.
    #[must_use]
    pub fn new(base: &str, token: &str, stalled_after: Duration) -> Self {
        let http = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self {
            url: format!("{}/api/v1/verdicts", base.trim_end_matches('/')),
            token: token.to_owned(),
            stalled_after,
            http,
        }
    }

    /// Waits until the hub has folded the last of the events (row, id, position) and returns what
    /// became of each, in order. An event that the hub does not know of has the verdict `unknown`.
    ///
    /// # Errors
    /// The API cannot be reached, or the hub stands still.
    pub async fn of(&self, stored: Vec<(u64, String, u64)>) -> Result<Vec<Settled>, VerdictsError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.ask_for(stored))
            .await
            .map_err(VerdictsError::Cancelled)?
    }

    fn ask_for(&self, stored: Vec<(u64, String, u64)>) -> Result<Vec<Settled>, VerdictsError> {
        let Some(last) = stored.iter().map(|(_, _, position)| *position).max() else {
            return Ok(Vec::new());
        };
        self.wait_until(last)?;
        let mut settled = Vec::with_capacity(stored.len());
        for lot in stored.chunks(MOST) {
            let positions: Vec<u64> = lot.iter().map(|(_, _, position)| *position).collect();
            let items: BTreeMap<u64, Item> =
                self.ask(&positions)?.items.into_iter().map(|item| (item.position, item)).collect();
            settled.extend(lot.iter().map(|(row, id, position)| {
                let item = items.get(position);
                Settled {
                    row: *row,
                    id: id.clone(),
                    position: Some(*position),
                    verdict: item.map_or_else(|| "unknown".to_owned(), |item| item.verdict.clone()),
                    code: item.and_then(|item| item.code.clone()),
                }
            }));
        }
        Ok(settled)
    }

    fn wait_until(&self, last: u64) -> Result<(), VerdictsError> {
        let mut furthest = 0;
        let mut moved = Instant::now();
        loop {
            let through = self.ask(&[last])?.through;
            if through >= last {
                return Ok(());
            }
            if through > furthest {
                (furthest, moved) = (through, Instant::now());
            } else if moved.elapsed() > self.stalled_after {
                return Err(VerdictsError::Stalled { through, last });
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn ask(&self, positions: &[u64]) -> Result<Answer, VerdictsError> {
        let failed =
            |source| VerdictsError::Request { url: self.url.clone(), source: Box::new(source) };
        let mut response = self
            .http
            .post(&self.url)
            .header("authorization", format!("Bearer {}", self.token))
            .send_json(json!({ "positions": positions }))
            .map_err(failed)?;
        response.body_mut().read_json().map_err(failed)
    }
}
