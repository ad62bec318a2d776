//! What became of an agency's own events.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::Response;
use carehub_domain::message::Verdict;
use carehub_domain::picture::Reference;
use carehub_domain::{BodyId, Position};
use carehub_people::Who;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use crate::parameters::Body;
use crate::pictures::VerdictAt;
use crate::problem::Problem;
use crate::reader::Speaker;
use crate::shared::{App, Shared};

/// The most positions of one request.
const MOST: usize = 1_000;

/// Which verdicts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Positions that the log acknowledged to the agency: 1,000 at most.
    #[schema(value_type = Vec<u64>)]
    positions: Vec<Position>,
}

/// The verdicts, in the order of the positions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictsDocument {
    /// One for each position that holds a folded event of this agency; the others are left out.
    items: Vec<VerdictDocument>,
    /// Everything up to this position is folded: at most the last that was asked about, since more would
    /// tell how much others say.
    #[schema(value_type = u64)]
    through: Position,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictDocument {
    #[schema(value_type = u64)]
    position: Position,
    /// `accepted`, `corroborating`, `duplicate`, `text-withheld`, `rejected` or `refused`.
    verdict: &'static str,
    /// Of what was rejected or refused: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Of what corroborates: the event that told of the incident first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    first: Option<Reference>,
    /// Of a duplicate: the event that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    of: Option<Position>,
}

impl VerdictDocument {
    fn of(at: VerdictAt, seen: &BTreeMap<Position, Reference>) -> Self {
        let bare =
            |verdict| Self { position: at.position, verdict, code: None, first: None, of: None };
        match at.verdict {
            Verdict::Accepted => bare("accepted"),
            Verdict::Corroborating { first } => match seen.get(&first) {
                Some(first) => Self { first: Some(*first), ..bare("corroborating") },
                // It corroborates what this agency may not know of: for the agency it stands alone.
                None => bare("accepted"),
            },
            Verdict::Duplicate { of } => Self { of: Some(of), ..bare("duplicate") },
            Verdict::TextWithheld => bare("text-withheld"),
            Verdict::Rejected { code } => Self { code: Some(code), ..bare("rejected") },
            Verdict::Refused { code } => Self { code: Some(code), ..bare("refused") },
        }
    }
}

/// What became of the agency's own events, also for agencies that may read nothing else.
#[utoipa::path(post, path = "/api/v1/verdicts", tag = "verdicts", request_body = Asked,
    responses((status = 200, body = VerdictsDocument), (status = 400, body = Problem)))]
pub(crate) async fn of_positions(
    State(app): State<App>,
    Speaker(Who { agency, .. }): Speaker,
    Body(asked): Body<Asked>,
) -> Result<Response, Problem> {
    if asked.positions.len() > MOST {
        return Err(Problem::bad_parameter("`positions` holds 1,000 at most."));
    }
    // Read first: what is folded meanwhile may then be among the items, but nothing is missing.
    let last = asked.positions.iter().max().copied().unwrap_or_default();
    let through = app.pictures.progress().position.min(last);
    let own = own(&app, &agency, asked.positions.clone()).await?;
    let seen = firsts_seen(&app, &agency, &own);
    let mut by_position: BTreeMap<Position, VerdictAt> =
        own.into_iter().map(|at| (at.position, at)).collect();
    let items = asked
        .positions
        .iter()
        .filter_map(|position| by_position.remove(position))
        .map(|at| VerdictDocument::of(at, &seen))
        .collect();
    json(&VerdictsDocument { items, through })
}

pub(crate) async fn own(
    app: &App,
    agency: &BodyId,
    positions: Vec<Position>,
) -> Result<Vec<VerdictAt>, Problem> {
    let pictures = std::sync::Arc::clone(&app.pictures);
    let read = tokio::task::spawn_blocking(move || pictures.verdicts(&positions)).await;
    let mut verdicts = match read {
        Ok(Ok(verdicts)) => verdicts,
        Ok(Err(error)) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "could not read verdicts");
            return Err(Problem::internal());
        }
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "could not read verdicts");
            return Err(Problem::internal());
        }
    };
    verdicts.retain(|at| at.agency == *agency);
    Ok(verdicts)
}

/// Of the events that were corroborated, those that the agency may see.
fn firsts_seen(app: &Shared, agency: &BodyId, own: &[VerdictAt]) -> BTreeMap<Position, Reference> {
    let firsts: BTreeSet<Position> = own
        .iter()
        .filter_map(|at| match at.verdict {
            Verdict::Corroborating { first } => Some(first),
            Verdict::Accepted
            | Verdict::Duplicate { .. }
            | Verdict::TextWithheld
            | Verdict::Rejected { .. }
            | Verdict::Refused { .. } => None,
        })
        .collect();
    if firsts.is_empty() {
        return BTreeMap::new();
    }
    let (homes, reader) = (app.pictures.homes(), app.reader(agency));
    let seen = |first: Position| {
        let mut found = homes.iter().filter_map(|home| home.concern_seen(first, &reader));
        found.next().map(|reference| (first, reference))
    };
    firsts.into_iter().filter_map(seen).collect()
}
