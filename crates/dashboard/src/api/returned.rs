//! The reader's own concerns whose text was returned for correction and waits.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use carehub_domain::erasure::TextState;
use carehub_domain::picture::{ConcernItem, Item, Reference};
use carehub_domain::sharing::View;
use carehub_domain::{BodyId, HomeId, Position};
use carehub_people::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::timeline::ConcernDocument;
use super::{json, text};
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// A concern that counts while its text waits to be said again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReturnedDocument<'a> {
    /// Names the event.
    #[schema(value_type = String)]
    reference: Reference,
    #[serde(skip)]
    position: Position,
    /// The reader, or a body in whose place it stands.
    #[serde(skip)]
    sender: &'a BodyId,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    #[schema(value_type = String)]
    home: &'a HomeId,
    #[serde(flatten)]
    concern: ConcernDocument<'a>,
    /// `returned-for-correction`.
    state: &'static str,
    /// The CloudEvents `id` that a correction names.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReturnedQuery {
    /// How many at most: 1 to 500, 50 when absent.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

fn waits(view: &View, item: &Item, concern: &ConcernItem) -> bool {
    view.is_own(&item.agency) && concern.counts() && concern.text == TextState::Returned
}

/// The reader's own concerns at a home that wait to be said again.
pub(crate) fn waiting(seen: &Seen) -> impl Iterator<Item = (&Item, &ConcernItem)> {
    let concerns = seen.home().concerns_as_filed();
    concerns.filter(|(item, concern)| waits(&seen.view, item, concern))
}

/// What waits for its sender to say it again without personal data, the oldest first.
#[utoipa::path(get, path = "/api/v1/returned", tag = "homes", params(ReturnedQuery),
    responses((status = 200, body = Page<ReturnedDocument>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    Parameters(query): Parameters<ReturnedQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(query.limit)?;
    let homes: Vec<Seen> = app.all_seen(&reader).collect();
    let mut waiting: Vec<ReturnedDocument<'_>> = homes
        .iter()
        .flat_map(|seen| seen.home().concerns().map(move |(item, concern)| (seen, item, concern)))
        .filter(|(seen, item, concern)| waits(&seen.view, item, concern))
        .map(|(seen, item, concern)| ReturnedDocument {
            reference: item.reference,
            position: item.position,
            sender: &item.agency,
            recorded_at: item.recorded_at,
            home: seen.home().id(),
            concern: ConcernDocument::of(&seen.view, item, concern),
            state: "returned-for-correction",
            event: None,
        })
        .collect();
    waiting.sort_by_key(|one| (one.recorded_at, one.position));
    let after = query.after.as_deref();
    let mut page = paging::page_after(waiting, |one| one.reference, limit, after)?;
    let wanted: BTreeMap<Position, BodyId> =
        page.items.iter().map(|one| (one.position, one.sender.clone())).collect();
    let mut said = text::read(&app.log, &wanted).await?;
    for one in &mut page.items {
        one.event = said.remove(&one.position).map(|said| said.id);
    }
    json(&page)
}
