//! A provider: its homes with their levels and counts.

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::Level;
use carehub_people::Who;
use serde::Serialize;
use utoipa::ToSchema;

use super::homes::{HomeLine, ProviderDocument};
use super::json;
use crate::audit::Note;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderPicture<'a> {
    /// Its id in the register.
    id: &'a str,
    /// Its name, where the register gives it.
    name: Option<&'a str>,
    /// The highest level of its homes.
    #[schema(value_type = String)]
    level: Level,
    /// Distinct incidents over its homes.
    total: u32,
    /// Its homes, by id, with the closed ones.
    homes: Vec<HomeLine<'a>>,
}

/// One provider.
#[utoipa::path(get, path = "/api/v1/providers/{id}", tag = "providers",
    params(("id" = String, Path, description = "The provider, as the register names it")),
    responses((status = 200, body = ProviderPicture), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    note.what(&id);
    let homes: Vec<Seen> = app
        .all_seen(&reader)
        .filter(|seen| ProviderDocument::of(&seen.home().head).is_some_and(|own| own.id == id))
        .collect();
    let known = homes.iter().filter_map(|seen| ProviderDocument::of(&seen.home().head));
    // Some homes of a provider may be registered without its name.
    let provider =
        known.max_by_key(|provider| provider.name.is_some()).ok_or_else(Problem::not_found)?;
    note.homes(homes.iter().map(|seen| seen.home().id()));
    json(&ProviderPicture {
        id: provider.id,
        name: provider.name,
        level: homes.iter().map(|seen| seen.figures.level).max().unwrap_or_default(),
        total: homes.iter().map(|seen| seen.figures.counts.total).sum(),
        homes: homes.iter().map(HomeLine::of).collect(),
    })
}
