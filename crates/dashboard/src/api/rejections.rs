//! What the hub did not take of the reader's own events, and why: rejections (the contract said no) and refusals
//! (the domain said no), as it told the agency in the log. Of other agencies' events it gives numbers alone, to
//! whoever reads the audit of the whole partnership.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use carehub_contract::Subject;
use carehub_domain::BodyId;
use carehub_people::{Right, Who};
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
    /// The same of each agency, for whoever reads the audit of the whole partnership.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by_agency: Option<Vec<AgencyRejections>>,
}

/// How many events of one agency were not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgencyRejections {
    /// The agency.
    #[schema(value_type = String)]
    pub(crate) agency: BodyId,
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
pub(crate) async fn list(State(app): State<App>, Reader(who): Reader) -> Result<Response, Problem> {
    json(&read(&app, &who).await?)
}

/// What the log holds of it.
pub(crate) async fn read(app: &App, who: &Who) -> Result<RejectionsDocument, Problem> {
    let policy = app.pictures.policy();
    let reads_all = who.may(Right::Audit) && policy.holds(&who.agency, &policy.powers.audit);
    gather(&app.log, &who.agency, reads_all).await.map_err(|error| {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(error, "could not read rejections");
        Problem::internal()
    })
}

async fn gather(
    log: &Log,
    agency: &BodyId,
    reads_all: bool,
) -> Result<RejectionsDocument, LogError> {
    let subjects = ["rejection", "refusal"].map(|room| {
        if reads_all { format!("carehub.{room}.>") } else { format!("carehub.{room}.{agency}.>") }
    });
    let mut newest = 0;
    for subject in &subjects {
        let stored = log.last_for_subject(subject).await?;
        newest = newest.max(stored.map_or(0, |stored| stored.sequence));
    }
    let mut items = VecDeque::new();
    let mut by_code = BTreeMap::<String, u32>::new();
    let mut by_agency = BTreeMap::<BodyId, BTreeMap<String, u32>>::new();
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
            if told_to(&stored.subject).as_ref() != Some(&data.agency) {
                continue;
            }
            let of_agency = by_agency.entry(data.agency.clone()).or_default();
            *of_agency.entry(data.code.clone()).or_default() += 1;
            if data.agency == *agency {
                *by_code.entry(data.code.clone()).or_default() += 1;
                items.push_front(RejectionDocument::of(at, data));
                items.truncate(SHOWN);
            }
        }
    }
    let by_agency = by_agency.into_iter();
    let by_agency = by_agency.map(|(agency, by_code)| AgencyRejections { agency, by_code });
    Ok(RejectionsDocument {
        items: items.into(),
        by_code,
        by_agency: reads_all.then(|| by_agency.collect()),
    })
}

/// Whom a message of these subjects is for.
fn told_to(subject: &str) -> Option<BodyId> {
    match Subject::parse(subject) {
        Ok(Subject::Rejection { agency, .. } | Subject::Refusal { agency, .. }) => Some(agency),
        Ok(_) | Err(_) => None,
    }
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
