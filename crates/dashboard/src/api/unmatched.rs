//! Concerns that nobody has matched to a registered home yet: a work queue.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use carehub_domain::picture::{ConcernItem, Item, Reference};
use carehub_domain::{BodyId, HomeId, Position};
use carehub_people::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::timeline::ConcernDocument;
use super::{json, text};
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// A concern that waits to be matched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnmatchedDocument<'a> {
    /// What names it. Opaque.
    #[schema(value_type = String)]
    reference: Reference,
    #[serde(skip)]
    position: Position,
    #[serde(skip)]
    is_own: bool,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Who said it.
    #[schema(value_type = String)]
    agency: &'a BodyId,
    /// Where it stands: `unmatched`, or a token that the register does not know.
    #[schema(value_type = String)]
    home: &'a HomeId,
    #[serde(flatten)]
    concern: ConcernDocument<'a>,
    /// The CloudEvents `id`, for whoever may match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    /// The place as its sender knows it (`uprn`, `postcode`, `address`), for whoever may match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    place: Option<Value>,
}

/// Which part of the queue.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnmatchedQuery {
    /// Said by this agency.
    #[param(value_type = Option<String>)]
    agency: Option<BodyId>,
    /// How many at most: 1 to 500, 50 when absent.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl<'a> UnmatchedDocument<'a> {
    fn of(seen: &'a Seen, item: &'a Item, concern: &'a ConcernItem) -> Self {
        Self {
            reference: item.reference,
            position: item.position,
            is_own: seen.view.is_own(&item.agency),
            recorded_at: item.recorded_at,
            agency: &item.agency,
            home: seen.home().id(),
            concern: ConcernDocument::of(&seen.view, item, concern),
            event: None,
            place: None,
        }
    }
}

/// Whether what stands here stands under no registered home.
pub(crate) fn is_unmatched(seen: &Seen) -> bool {
    let head = &seen.home().head;
    // What is about no home at all has nothing to be matched to.
    head.registration.is_none() && head.id.as_str() != HomeId::GENERAL
}

/// The concerns that wait here to be matched.
pub(crate) fn waiting(seen: &Seen) -> impl Iterator<Item = (&Item, &ConcernItem)> {
    seen.home().concerns_as_filed().filter(|(_, concern)| concern.counts())
}

/// The concerns that stand under no registered home, the oldest first.
#[utoipa::path(get, path = "/api/v1/unmatched", tag = "homes", params(UnmatchedQuery),
    responses((status = 200, body = Page<UnmatchedDocument>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    Parameters(query): Parameters<UnmatchedQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(query.limit)?;
    let homes: Vec<Seen> = app.all_seen(&reader).filter(is_unmatched).collect();
    let mut waiting: Vec<UnmatchedDocument<'_>> = homes
        .iter()
        .flat_map(|seen| seen.home().concerns().map(move |(item, concern)| (seen, item, concern)))
        .filter(|(_, item, concern)| {
            concern.counts() && query.agency.as_ref().is_none_or(|agency| item.agency == *agency)
        })
        .map(|(seen, item, concern)| UnmatchedDocument::of(seen, item, concern))
        .collect();
    waiting.sort_by_key(|one| (one.recorded_at, one.position));
    let after = query.after.as_deref();
    let mut page = paging::page_after(waiting, |one| one.reference, limit, after)?;
    let policy = app.pictures.policy();
    let matches_all = policy.holds(&reader, &policy.powers.matching);
    let wanted: BTreeMap<Position, BodyId> = page
        .items
        .iter()
        .filter(|one| matches_all || one.is_own)
        .map(|one| (one.position, one.agency.clone()))
        .collect();
    let mut said = text::read(&app.log, &wanted).await?;
    for one in &mut page.items {
        if let Some(mut said) = said.remove(&one.position) {
            one.place = said.data.remove("place");
            one.event = Some(said.id);
            // The address is free text, and this event's text is withheld until it is corrected.
            if let Some(Value::Object(place)) = &mut one.place
                && one.concern.is_text_withheld()
            {
                place.remove("address");
            }
        }
    }
    json(&page)
}
