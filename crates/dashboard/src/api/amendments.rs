//! What was corrected, withdrawn or erased of what the reader may see, at every home: for whoever read it over HTTP,
//! and so was never sent what a notice could take back. It is what the timelines say, in one list.

use std::cmp::Reverse;

use axum::extract::State;
use axum::response::Response;
use carehub_domain::event::EventType;
use carehub_domain::picture::{Item, What};
use carehub_domain::{BodyId, HomeId};
use carehub_people::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::json;
use super::timeline::EntryDocument;
use crate::audit::Note;
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// A concern that its sender, or whoever may, took back in part or whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AmendmentDocument<'a> {
    #[schema(value_type = String)]
    pub(crate) home: &'a HomeId,
    /// As it stands in the home's timeline; `about` names the concern.
    #[serde(flatten)]
    pub(crate) entry: EntryDocument<'a>,
}

/// Which amendments.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AmendmentsQuery {
    /// At this home.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
    /// Recorded at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// How many at most: 1 to 500, 50 when absent.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What was corrected, withdrawn or erased of what the reader may see and did not say itself, the newest first.
#[utoipa::path(get, path = "/api/v1/amendments", tag = "homes", params(AmendmentsQuery),
    responses((status = 200, body = Page<AmendmentDocument>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Parameters(query): Parameters<AmendmentsQuery>,
) -> Result<Response, Problem> {
    if let Some(home) = &query.home {
        note.home(home);
    }
    let homes: Vec<Seen> = match &query.home {
        Some(token) => {
            let home = app.pictures.home(token);
            home.and_then(|home| app.see(&home, &reader)).into_iter().collect()
        }
        None => app.all_seen(&reader).collect(),
    };
    let page = query.page(&reader, &homes)?;
    let shown: std::collections::BTreeSet<_> = page.items.iter().map(|one| one.home).collect();
    note.homes(shown);
    json(&page)
}

impl AmendmentsQuery {
    /// One page of them at these homes.
    pub(crate) fn page<'a>(
        &self,
        reader: &BodyId,
        homes: &'a [Seen],
    ) -> Result<Page<AmendmentDocument<'a>>, Problem> {
        let limit = paging::limit(self.limit)?;
        let wanted = |item: &Item| {
            amends(item)
                && item.agency != *reader
                && self.since.is_none_or(|since| item.recorded_at >= since)
        };
        let mut all: Vec<(&Seen, &Item)> = homes
            .iter()
            .flat_map(|seen| seen.home().items().iter().map(move |item| (seen, item)))
            .filter(|(_, item)| wanted(item))
            .collect();
        all.sort_by_key(|(_, item)| Reverse((item.recorded_at, item.position)));
        let after = self.after.as_deref();
        let page = paging::page_after(all, |(_, item)| item.reference, limit, after)?;
        let document = |(seen, item): (&'a Seen, &'a Item)| AmendmentDocument {
            home: seen.home().id(),
            entry: EntryDocument::of(&seen.view, item),
        };
        Ok(Page { items: page.items.into_iter().map(document).collect(), next: page.next })
    }
}

fn amends(item: &Item) -> bool {
    match &item.what {
        What::Event { event, about: Some(_), .. } => {
            [EventType::ConcernCorrected, EventType::ConcernWithdrawn, EventType::ErasureRequested]
                .contains(event)
        }
        What::Event { about: None, .. }
        | What::Concern(_)
        | What::Escalation { .. }
        | What::Notice { .. } => false,
    }
}
