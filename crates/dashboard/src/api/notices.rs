//! What was passed on to the reader (feedback to agencies).

use std::cmp::Reverse;
use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use carehub_contract::Subject;
use carehub_domain::notice::NoticeKind;
use carehub_domain::picture::{Reference, What};
use carehub_domain::{BodyId, HomeId, NoticeId, Position};
use carehub_people::Who;
use carehub_storage::log::{Log, Stored};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::audit::Note;
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::{App, Shared};

/// A notice to the reader.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeDocument<'a> {
    #[schema(value_type = String)]
    id: &'a NoticeId,
    /// Names its entry in the home's timeline.
    #[schema(value_type = String)]
    reference: Reference,
    #[serde(skip)]
    position: Position,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    #[schema(value_type = String)]
    pub(crate) home: &'a HomeId,
    #[schema(value_type = String)]
    pub(crate) kind: NoticeKind,
    /// What it is about: the event, who said it, and the escalation that it belongs to.
    #[schema(value_type = Object)]
    pub(crate) about: Value,
    /// What is passed on: the `content` of `notice.given`.
    #[schema(value_type = Object)]
    pub(crate) content: Value,
}

/// Which notices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticesQuery {
    /// About this home.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
    /// Of this kind, such as `outcome-decided`.
    #[param(value_type = Option<String>)]
    kind: Option<NoticeKind>,
    /// How many at most: 1 to 500, 50 when absent.
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What was passed on to the reader's agency, the newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "homes", params(NoticesQuery),
    responses((status = 200, body = Page<NoticeDocument>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Parameters(query): Parameters<NoticesQuery>,
) -> Result<Response, Problem> {
    if let Some(home) = &query.home {
        note.home(home);
    }
    let homes = query.homes(&app, &reader);
    json(&query.page(&app.log, &reader, &homes, &note).await?)
}

impl NoticesQuery {
    /// The notices of this kind, or all, from a page on.
    pub(crate) fn from_page(kind: Option<NoticeKind>, after: Option<String>) -> Self {
        Self { kind, after, ..Self::default() }
    }

    /// The homes, as the reader sees them, at which notices are looked for.
    pub(crate) fn homes(&self, app: &Shared, reader: &BodyId) -> Vec<Seen> {
        match &self.home {
            Some(token) => {
                let home = app.pictures.home(token);
                home.and_then(|home| app.see(&home, reader)).into_iter().collect()
            }
            None => app.all_seen(reader).collect(),
        }
    }

    /// One page of what was passed on to the reader at these homes, the newest first.
    pub(crate) async fn page<'a>(
        &self,
        log: &Log,
        reader: &BodyId,
        homes: &'a [Seen],
        note: &Note,
    ) -> Result<Page<NoticeDocument<'a>>, Problem> {
        let limit = paging::limit(self.limit)?;
        let mut given: Vec<NoticeDocument<'a>> = homes
            .iter()
            .flat_map(|seen| seen.home().items().iter().map(move |item| (seen.home().id(), item)))
            .filter_map(|(home, item)| {
                let What::Notice { id, kind, to } = &item.what else {
                    return None;
                };
                let wanted = to == reader && self.kind.is_none_or(|wanted| wanted == *kind);
                wanted.then_some(NoticeDocument {
                    id,
                    reference: item.reference,
                    position: item.position,
                    recorded_at: item.recorded_at,
                    home,
                    kind: *kind,
                    about: Value::Null,
                    content: Value::Null,
                })
            })
            .collect();
        given.sort_by_key(|one| Reverse(one.position));
        let after = self.after.as_deref();
        let mut page = paging::page_after(given, |one| one.reference, limit, after)?;
        fill(log, reader, &mut page.items).await?;
        let shown: BTreeSet<_> = page.items.iter().map(|one| one.home).collect();
        note.homes(shown);
        Ok(page)
    }
}

/// What each says stands in the log, in the recipient's own copy.
async fn fill(
    log: &Log,
    reader: &BodyId,
    notices: &mut [NoticeDocument<'_>],
) -> Result<(), Problem> {
    let positions: Vec<u64> = notices.iter().map(|one| one.position.0).collect();
    if positions.is_empty() {
        return Ok(());
    }
    let found = log.get_many(&positions).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "could not read notices");
        Problem::internal()
    })?;
    for (notice, stored) in notices.iter_mut().zip(found) {
        let mut message = stored.and_then(|stored| copy(&stored, reader)).unwrap_or_default();
        let said = &mut message["data"]["notice"];
        (notice.about, notice.content) = (said["about"].take(), said["content"].take());
    }
    Ok(())
}

/// The subject is asked, too, and not only the picture: it says whose copy it is.
fn copy(stored: &Stored, reader: &BodyId) -> Option<Value> {
    match Subject::parse(&stored.subject) {
        Ok(Subject::Notice { to, .. }) if to == *reader => {
            serde_json::from_slice(&stored.payload).ok()
        }
        Ok(_) | Err(_) => None,
    }
}
