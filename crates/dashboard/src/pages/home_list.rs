//! The list of homes, with filters and search.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::BodyId;
use carehub_domain::escalation::Level;
use carehub_domain::picture::{Place, candidates};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use utoipa::IntoParams;

use super::frame::{Frame, Section};
use super::when::When;
use super::words::{self, Tag};
use super::{PageParameters, PageProblem, rendered};
use crate::api::homes::{HomesQuery, Registered, Sort};
use crate::audit::Note;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// How many homes are proposed where none fits.
const MEANT: usize = 5;

/// What the list takes. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Part of the name, id or postcode of the home, or of the name or id of its provider.
    q: String,
    /// Of this level.
    level: String,
    /// In this local authority.
    area: String,
    /// `true` (and open), `closed` or `false`.
    registered: String,
    /// By `level` (the default), `total` or `id`.
    sort: String,
    /// Of which something was recorded at or after this time.
    changed_since: String,
    /// The `next` of the page before.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "home_list.html")]
struct HomeListPage {
    frame: Frame,
    query: ListQuery,
    lines: Vec<HomeLine>,
    /// Where nothing fits: homes whose names are like what was looked for.
    meant: Vec<HomeLine>,
    is_filtered: bool,
    next: Option<String>,
}

/// A home in a list.
pub(super) struct HomeLine {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) place: String,
    pub(super) level: Tag,
    pub(super) total: u32,
    pub(super) open_escalations: u32,
    pub(super) changed: Option<When>,
}

impl HomeLine {
    pub(super) fn of(seen: &Seen) -> Self {
        let figures = &seen.figures;
        let registration = seen.home().head.registration.as_ref();
        let provider = registration.and_then(|known| known.provider.as_ref());
        let place = registration.map(|known| [known.postcode.as_deref(), known.area.as_deref()]);
        let place: Vec<&str> = place.into_iter().flatten().flatten().collect();
        Self {
            id: seen.home().id().to_string(),
            name: words::name(seen.home()),
            provider: provider
                .map(|one| one.name.as_ref().unwrap_or(&one.id).clone())
                .unwrap_or_default(),
            place: place.join(", "),
            level: words::level(figures.level),
            total: figures.counts.total,
            open_escalations: figures.open_escalations,
            changed: figures.changed_at.map(When::of),
        }
    }
}

/// A value of a closed set; none of an empty field.
pub(super) fn chosen<'de, T: Deserialize<'de>>(
    field: &'static str,
    text: &'de str,
) -> Result<Option<T>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = T::deserialize(IntoDeserializer::<ValueError>::into_deserializer(text));
    read.map(Some).map_err(|_| Problem::bad_parameter(field))
}

impl ListQuery {
    fn homes(&self) -> Result<HomesQuery, Problem> {
        Ok(HomesQuery {
            q: Some(self.q.clone()).filter(|q| !q.trim().is_empty()),
            level: chosen::<Level>("`level` is none, minor, moderate or major.", &self.level)?,
            area: Some(self.area.trim().to_owned()).filter(|area| !area.is_empty()),
            registered: chosen::<Registered>(
                "`registered` is true, closed or false.",
                &self.registered,
            )?,
            changed_since: chosen::<Timestamp>(
                "`changed_since` is a time, such as 2026-11-27T09:00:00Z.",
                &self.changed_since,
            )?,
            sort: Some(chosen("`sort` is id, level or total.", &self.sort)?.unwrap_or(Sort::Level)),
            after: self.after.clone(),
            ..HomesQuery::default()
        })
    }

    fn is_filtered(&self) -> bool {
        let fields = [&self.q, &self.level, &self.area, &self.registered, &self.changed_since];
        fields.iter().any(|field| !field.is_empty())
    }
}

/// The homes that the reader may see, the highest level first.
#[utoipa::path(get, path = "/homes", tag = "pages", params(ListQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn home_list(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    PageParameters(query): PageParameters<ListQuery>,
) -> Result<Response, PageProblem> {
    let page = query.homes()?.page(&app, &who.agency, &note)?;
    let meant = if page.items.is_empty() { meant(&app, &who.agency, &query.q) } else { Vec::new() };
    note.homes(meant.iter().map(|seen| seen.home().id()));
    rendered(&HomeListPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        lines: page.items.iter().map(HomeLine::of).collect(),
        meant: meant.iter().map(HomeLine::of).collect(),
        is_filtered: query.is_filtered(),
        next: page.next,
        query,
    })
}

/// The homes that may be meant by words that fit none, the likeliest first.
fn meant(app: &App, reader: &BodyId, words: &str) -> Vec<Seen> {
    if words.trim().is_empty() {
        return Vec::new();
    }
    let mut homes: Vec<Seen> = app.all_seen(reader).collect();
    let place = Place { address: Some(words), postcode: Some(words), uprn: None };
    let likely = candidates(place, homes.iter().map(Seen::home), MEANT);
    let place = |seen: &Seen| likely.iter().position(|one| one.home == *seen.home().id());
    homes.retain(|seen| place(seen).is_some());
    homes.sort_by_key(place);
    homes
}
