//! Free text, which stands only in the log (law 9). It is read by position, and so far each agency
//! reads its own.

use std::collections::BTreeMap;

use carehub_contract::Subject;
use carehub_domain::{BodyId, Position};
use carehub_storage::log::{Log, Stored};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// The fields of an event's `data` that hold free text.
const FIELDS: [&str; 5] = ["summary", "reason", "rationale", "note", "conditions"];

/// What is read of an event in the log.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Said {
    /// Its CloudEvents `id`.
    pub(crate) id: String,
    /// What it says.
    #[serde(default)]
    pub(crate) data: Map<String, Value>,
    /// SHA-256 of the message as the log holds it: 64 hexadecimal digits. It names the message to `carehub prove`, and
    /// whoever sent it can compute it again.
    #[serde(skip)]
    pub(crate) sha256: String,
}

impl Said {
    /// Its free text, by the name of the field.
    pub(crate) fn text(&self) -> BTreeMap<&'static str, String> {
        let field = |name| match self.data.get(name) {
            Some(Value::String(text)) => Some((name, text.clone())),
            Some(_) | None => None,
        };
        FIELDS.into_iter().filter_map(field).collect()
    }
}

/// The events at these positions, of those that one of `agencies` said.
///
/// The subject is asked, too, and not only the picture: it is the server's word on who said it.
pub(crate) async fn read(
    log: &Log,
    wanted: &BTreeMap<Position, BodyId>,
) -> Result<BTreeMap<Position, Said>, Problem> {
    let positions: Vec<u64> = wanted.keys().map(|position| position.0).collect();
    if positions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = log.get_many(&positions).await.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not read events for a page"
        );
        Problem::internal()
    })?;
    let said = found.into_iter().flatten().filter_map(|stored| {
        let position = Position(stored.sequence);
        let said = event(&stored, wanted.get(&position)?)?;
        Some((position, said))
    });
    Ok(said.collect())
}

fn event(stored: &Stored, sender: &BodyId) -> Option<Said> {
    match Subject::parse(&stored.subject) {
        Ok(Subject::Agency { agency, .. }) if agency == *sender => {
            let said: Said = serde_json::from_slice(&stored.payload).ok()?;
            Some(Said { sha256: HEXLOWER.encode(&Sha256::digest(&stored.payload)), ..said })
        }
        Ok(_) | Err(_) => None,
    }
}
