//! The list of homes, with filters and search.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::BodyId;
use carehub_domain::event::ProviderRef;
use carehub_domain::following::Follow;
use carehub_domain::picture::{Place, candidates};
use carehub_people::Who;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use utoipa::IntoParams;

use super::answer_forms::Choice;
use super::following::FollowBox;
use super::frame::{Frame, Section};
use super::when::When;
use super::words::{self, Tag};
use super::{PageParameters, PageProblem, rendered};
use crate::api::homes::{HomesQuery, Registered, Sort, WantedLevel, lowered};
use crate::audit::Note;
use crate::figures::Seen;
use crate::following;
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
    /// Part of the name, id or postcode of the home, or of the name or id of its provider or brand.
    q: String,
    /// Of this level, or `raised`: minor or above.
    level: String,
    /// In this local authority, in any case.
    area: String,
    /// Of the provider with exactly this id.
    provider: String,
    /// Of the brand with exactly this id.
    brand: String,
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
    /// The local authorities of the homes that the reader may see.
    areas: Vec<Choice>,
    /// The provider or brand whose homes alone are shown: which of the two, and its name.
    group: Option<(&'static str, String)>,
    /// The buttons to follow the area and the level that are asked for.
    follows: Vec<Option<FollowBox>>,
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
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(HomesQuery {
            q: Some(self.q.clone()).filter(|q| !q.trim().is_empty()),
            level: self.level()?,
            area: filled(&self.area),
            provider: filled(&self.provider),
            brand: filled(&self.brand),
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

    fn level(&self) -> Result<Option<WantedLevel>, Problem> {
        chosen("`level` is none, minor, moderate, major or raised.", &self.level)
    }

    fn is_filtered(&self) -> bool {
        let fields = [
            &self.q,
            &self.level,
            &self.area,
            &self.provider,
            &self.brand,
            &self.registered,
            &self.changed_since,
        ];
        fields.iter().any(|field| !field.is_empty())
    }

    /// The local authorities to choose from. One that no home has is shown all the same where it is asked for.
    fn areas(&self, known: BTreeSet<String>) -> Vec<Choice> {
        let asked = lowered(&self.area);
        let choice = |area: String| {
            let is_chosen = !asked.is_empty() && lowered(&area) == asked;
            Choice { value: area.clone(), words: area, is_chosen }
        };
        let mut areas: Vec<Choice> = known.into_iter().map(choice).collect();
        if !asked.is_empty() && areas.iter().all(|area| !area.is_chosen) {
            areas.push(choice(self.area.trim().to_owned()));
        }
        areas
    }

    /// Whose homes alone are shown, as the register names it.
    fn group(&self, shown: &[Seen]) -> Option<(&'static str, String)> {
        let named = |of: fn(&Seen) -> Option<&ProviderRef>, id: &str| {
            let name = shown.iter().find_map(|seen| of(seen)?.name.clone());
            name.unwrap_or_else(|| id.to_owned())
        };
        match (self.provider.trim(), self.brand.trim()) {
            ("", "") => None,
            ("", brand) => Some(("brand", named(brand_of, brand))),
            (provider, _) => Some(("provider", named(provider_of, provider))),
        }
    }
}

fn provider_of(seen: &Seen) -> Option<&ProviderRef> {
    seen.home().head.registration.as_ref()?.provider.as_ref()
}

fn brand_of(seen: &Seen) -> Option<&ProviderRef> {
    seen.home().head.registration.as_ref()?.brand.as_ref()
}

/// The homes that the reader may see, the highest level first.
#[utoipa::path(get, path = "/homes", tag = "pages", params(ListQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn home_list(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    PageParameters(query): PageParameters<ListQuery>,
) -> Result<Response, PageProblem> {
    let page = query.homes()?.page(&app, &who.agency, &note)?;
    let meant = if page.items.is_empty() { meant(&app, &who.agency, &query.q) } else { Vec::new() };
    note.homes(meant.iter().map(|seen| seen.home().id()));
    let known = areas(&app, &who.agency);
    rendered(&HomeListPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        follows: follows(&app, &who, csrf.as_ref(), &query, &known).await?,
        areas: query.areas(known),
        group: query.group(&page.items),
        lines: page.items.iter().map(HomeLine::of).collect(),
        meant: meant.iter().map(HomeLine::of).collect(),
        is_filtered: query.is_filtered(),
        next: page.next,
        query,
    })
}

/// The local authorities of the homes that the reader may see.
fn areas(app: &App, reader: &BodyId) -> BTreeSet<String> {
    let mut areas = BTreeSet::new();
    for seen in app.all_seen(reader).filter(|seen| seen.home().id().is_place()) {
        if let Some(area) = following::area_of(&seen)
            && !areas.contains(area)
        {
            areas.insert(area.to_owned());
        }
    }
    areas
}

/// The buttons to follow what the list is narrowed to: an area that some home has, and a level.
async fn follows(
    app: &App,
    who: &Who,
    csrf: Option<&String>,
    query: &ListQuery,
    areas: &BTreeSet<String>,
) -> Result<Vec<Option<FollowBox>>, Problem> {
    let asked = lowered(&query.area);
    let area = areas.iter().find(|area| lowered(area) == asked);
    let level = query.level()?.and_then(WantedLevel::lowest);
    let shown = area.cloned().map(Follow::Area).into_iter().chain(level.map(Follow::Level));
    let mut follows = Vec::new();
    for follow in shown {
        let button = FollowBox::of(app, who, csrf, follow).await?;
        follows.extend(button.map(Some));
    }
    Ok(follows)
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
