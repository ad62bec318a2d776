//! What the hub did not take of the reader's own events, and why: rejections (the contract said no) and refusals
//! (the domain said no), as it told the agency in the log.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use carehub_domain::BodyId;
use carehub_people::Who;
use carehub_storage::log::{Log, LogError, Read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// How many are shown, the newest.
const SHOWN: usize = 100;

/// Messages handed over at once, and how long they are waited for.
const AT_ONCE: usize = 2_000;
const WAIT: Duration = Duration::from_secs(5);

/// Something that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RejectionDocument {
    /// When the hub said so.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// `rejected`, `text-withheld` or `refused`.
    pub(crate) outcome: String,
    /// The code; its help page is named after it.
    pub(crate) code: String,
    /// The home token of the event's subject.
    pub(crate) home: String,
    /// The CloudEvents `id` of the event, where it could be read.
    pub(crate) event: Option<String>,
    /// What is wrong, each with its place in the event; never a value of it.
    pub(crate) faults: Vec<FaultDocument>,
}

/// One fault.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FaultDocument {
    pub(crate) code: String,
    /// JSON pointer into the event.
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// What was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectionsDocument {
    /// The newest first, 100 at most.
    pub(crate) items: Vec<RejectionDocument>,
    /// How many there are of each code, of all that the log holds.
    pub(crate) by_code: BTreeMap<String, u32>,
}

/// The part of the hub's messages that is read.
#[derive(Deserialize)]
struct Told {
    data: ToldData,
}

#[derive(Deserialize)]
struct ToldData {
    agency: BodyId,
    home: String,
    #[serde(default)]
    event_id: Option<String>,
    #[serde(default)]
    outcome: Option<String>,
    code: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    faults: Vec<FaultDocument>,
}

/// What the hub did not take of the reader's own events, the newest first.
#[utoipa::path(get, path = "/api/v1/rejections", tag = "verdicts",
    responses((status = 200, body = RejectionsDocument)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency, .. }): Reader,
) -> Result<Response, Problem> {
    json(&read(&app.log, &agency).await?)
}

/// What the log holds of it.
pub(crate) async fn read(log: &Log, agency: &BodyId) -> Result<RejectionsDocument, Problem> {
    gather(log, agency).await.map_err(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "could not read rejections");
        Problem::internal()
    })
}

async fn gather(log: &Log, agency: &BodyId) -> Result<RejectionsDocument, LogError> {
    let subjects = [format!("carehub.rejection.{agency}.>"), format!("carehub.refusal.{agency}.>")];
    let mut newest = 0;
    for subject in &subjects {
        let stored = log.last_for_subject(subject).await?;
        newest = newest.max(stored.map_or(0, |stored| stored.sequence));
    }
    let (mut items, mut by_code) = (VecDeque::new(), BTreeMap::new());
    let mut position = 0;
    let mut reader = log.reader(1, subjects.to_vec());
    while position < newest {
        for read in reader.next_batch(AT_ONCE, WAIT).await? {
            position = read.through();
            let Read::Message(stored) = read else { continue };
            let (Ok(at), Ok(Told { data })) = (
                Timestamp::from_nanosecond(stored.time),
                serde_json::from_slice::<Told>(&stored.payload),
            ) else {
                continue;
            };
            // The subject says whose it is, and so does the message.
            if data.agency != *agency {
                continue;
            }
            *by_code.entry(data.code.clone()).or_default() += 1;
            items.push_front(RejectionDocument::of(at, data));
            items.truncate(SHOWN);
        }
    }
    Ok(RejectionsDocument { items: items.into(), by_code })
}

impl RejectionDocument {
    fn of(at: Timestamp, data: ToldData) -> Self {
        let mut faults = data.faults;
        faults.extend(data.message.map(|message| FaultDocument {
            code: data.code.clone(),
            pointer: String::new(),
            message,
        }));
        Self {
            at,
            outcome: data.outcome.unwrap_or_else(|| "refused".to_owned()),
            code: data.code,
            home: data.home,
            event: data.event_id,
            faults,
        }
    }
}
