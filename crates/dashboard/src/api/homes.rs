//! Homes: the list, and one with its cumulative picture.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::Level;
use carehub_domain::event::Kind;
use carehub_domain::picture::HomeHead;
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, HomeId};
use carehub_people::Who;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::escalations::EscalationDocument;
use super::json;
use super::under_way::{self, DisclosureDocument, PlacementDocument, ProcessDocument};
use crate::audit::Note;
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// A home's cumulative picture, as the reader may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeDocument<'a> {
    /// Its token: the CQC location id where it is registered.
    #[schema(value_type = String)]
    id: &'a HomeId,
    /// Its name in the register; null while it is not registered.
    name: Option<&'a str>,
    /// Who runs it.
    provider: Option<ProviderDocument<'a>>,
    /// Beds, as the register says.
    beds: Option<u32>,
    /// The local authority.
    area: Option<&'a str>,
    /// The postcode.
    postcode: Option<&'a str>,
    /// `none`, `minor`, `moderate` or `major`: the highest of its open escalations.
    #[schema(value_type = String)]
    level: Level,
    /// Whether it stands in the register.
    registered: bool,
    /// Since when its registration is closed.
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<Date>,
    /// Earlier registrations of the same place; what was said of them counts here.
    #[schema(value_type = Vec<String>)]
    predecessors: &'a [HomeId],
    /// How many incidents were told.
    concerns: ConcernsDocument<'a>,
    /// The provider-concerns processes about it, the open ones first.
    processes: Vec<ProcessDocument<'a>>,
    /// How placements there are restricted, by commissioner.
    placements: Vec<PlacementDocument<'a>>,
    /// What the provider says for itself, and what may be put to it.
    disclosure: DisclosureDocument,
    /// Its escalations, the newest first, open and closed.
    escalations: Vec<EscalationDocument<'a>>,
    /// Changes whenever what this reader sees of the home changes. Opaque.
    revision: &'a str,
}

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderDocument<'a> {
    /// Its id in the register.
    pub(crate) id: &'a str,
    /// Its name, where the register gives it.
    pub(crate) name: Option<&'a str>,
}

/// How many incidents were told. One that several agencies told counts once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConcernsDocument<'a> {
    /// Distinct incidents.
    total: u32,
    /// Distinct incidents in which an event of that kind stands.
    #[schema(value_type = BTreeMap<String, u32>)]
    by_kind: &'a BTreeMap<Kind, u32>,
    /// Distinct incidents of which that agency told.
    #[schema(value_type = BTreeMap<String, u32>)]
    by_agency: &'a BTreeMap<BodyId, u32>,
    /// Distinct incidents, by kind, of which this reader may know that they exist and nothing more. They
    /// are in no other figure.
    #[schema(value_type = BTreeMap<String, u32>)]
    existence_only: &'a BTreeMap<Kind, u32>,
}

/// A home in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeLine<'a> {
    #[schema(value_type = String)]
    pub(crate) id: &'a HomeId,
    pub(crate) name: Option<&'a str>,
    provider: Option<ProviderDocument<'a>>,
    beds: Option<u32>,
    area: Option<&'a str>,
    postcode: Option<&'a str>,
    #[schema(value_type = String)]
    pub(crate) level: Level,
    /// Distinct incidents.
    pub(crate) total: u32,
    /// Escalations that are not closed.
    pub(crate) open_escalations: u32,
    registered: bool,
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<Date>,
    /// When the newest entry of its timeline was recorded.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
    revision: &'a str,
}

/// Which homes, in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HomesQuery {
    /// Part of the name, id or postcode, or of the name or id of the provider, in any case.
    pub(crate) q: Option<String>,
    /// Of this level.
    #[param(value_type = Option<String>)]
    pub(crate) level: Option<Level>,
    /// Of the provider with this id.
    pub(crate) provider: Option<String>,
    /// In this local authority.
    pub(crate) area: Option<String>,
    /// `true` (and open), `closed` or `false`.
    pub(crate) registered: Option<Registered>,
    /// Of which something was recorded at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) changed_since: Option<Timestamp>,
    /// By `id` (the default), by `level` or by `total`, the highest first.
    pub(crate) sort: Option<Sort>,
    /// How many at most: 1 to 500, 50 when absent.
    pub(crate) limit: Option<usize>,
    /// The `next` of the page before.
    pub(crate) after: Option<String>,
}

/// What the register says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Registered {
    /// It stands in the register and is not closed.
    True,
    /// It is closed.
    Closed,
    /// The register does not know it.
    False,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sort {
    /// By id.
    Id,
    /// The highest level first.
    Level,
    /// The most incidents first.
    Total,
}

impl HomesQuery {
    /// The page of homes that is asked for.
    pub(crate) fn page(
        &self,
        app: &App,
        reader: &BodyId,
        note: &Note,
    ) -> Result<Page<Seen>, Problem> {
        if let Some(words) = &self.q {
            note.what(words);
        }
        let page = self.page_of(app, reader)?;
        note.homes(page.items.iter().map(|seen| seen.home().id()));
        Ok(page)
    }

    fn page_of(&self, app: &App, reader: &BodyId) -> Result<Page<Seen>, Problem> {
        let limit = paging::limit(self.limit)?;
        let words = self.q.as_deref().map(|q| q.trim().to_lowercase());
        let mut homes: Vec<Seen> = app
            .all_seen(reader)
            .filter(|seen| seen.home().id().is_place() && self.matches(seen, words.as_deref()))
            .collect();
        let after = self.after.as_deref();
        match self.sort.unwrap_or(Sort::Id) {
            Sort::Id => paging::page(homes, id, limit, after),
            Sort::Level => {
                let key = |seen: &Seen| (Reverse(seen.figures.level), id(seen));
                homes.sort_by_cached_key(key);
                paging::page(homes, key, limit, after)
            }
            Sort::Total => {
                let key = |seen: &Seen| (Reverse(seen.figures.counts.total), id(seen));
                homes.sort_by_cached_key(key);
                paging::page(homes, key, limit, after)
            }
        }
    }

    fn matches(&self, seen: &Seen, words: Option<&str>) -> bool {
        let head = &seen.home().head;
        let registration = head.registration.as_ref();
        let provider = || registration.and_then(|known| known.provider.as_ref());
        self.level.is_none_or(|level| seen.figures.level == level)
            && self
                .provider
                .as_ref()
                .is_none_or(|id| provider().is_some_and(|provider| provider.id == *id))
            && self
                .area
                .as_ref()
                .is_none_or(|area| registration.and_then(|known| known.area.as_ref()) == Some(area))
            && self.registered.is_none_or(|wanted| standing(head) == wanted)
            && self
                .changed_since
                .is_none_or(|since| seen.figures.changed_at.is_some_and(|at| at >= since))
            && words.is_none_or(|words| has_words(head, words))
    }
}

fn id(seen: &Seen) -> HomeId {
    seen.home().id().clone()
}

fn standing(head: &HomeHead) -> Registered {
    match (&head.registration, head.closed_on) {
        (_, Some(_)) => Registered::Closed,
        (Some(_), None) => Registered::True,
        (None, None) => Registered::False,
    }
}

fn has_words(head: &HomeHead, words: &str) -> bool {
    let registration = head.registration.as_ref();
    let name = registration.map(|known| known.name.as_str());
    let postcode = registration.and_then(|known| known.postcode.as_deref());
    let provider = registration.and_then(|known| known.provider.as_ref());
    let provider = provider.map(|one| [Some(one.id.as_str()), one.name.as_deref()]);
    let ids = head.predecessors.iter().chain([&head.id]).map(HomeId::as_str);
    let provider = provider.into_iter().flatten().flatten();
    let mut texts = ids.chain(name).chain(postcode).chain(provider);
    texts.any(|text| text.to_lowercase().contains(words))
        || postcode.is_some_and(|postcode| is_part_of_postcode(postcode, words))
}

/// People write a postcode with and without its space.
fn is_part_of_postcode(postcode: &str, words: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let words = plain(words);
    words.len() >= 3 && plain(postcode).contains(&words)
}

impl<'a> HomeLine<'a> {
    pub(crate) fn of(seen: &'a Seen) -> Self {
        let head = &seen.home().head;
        let registration = head.registration.as_ref();
        Self {
            id: &head.id,
            name: registration.map(|known| known.name.as_str()),
            provider: ProviderDocument::of(head),
            beds: registration.and_then(|known| known.beds),
            area: registration.and_then(|known| known.area.as_deref()),
            postcode: registration.and_then(|known| known.postcode.as_deref()),
            level: seen.figures.level,
            total: seen.figures.counts.total,
            open_escalations: seen.figures.open_escalations,
            registered: registration.is_some(),
            closed_on: head.closed_on,
            changed_at: seen.figures.changed_at,
            revision: seen.revision(),
        }
    }
}

impl<'a> ProviderDocument<'a> {
    pub(crate) fn of(head: &'a HomeHead) -> Option<Self> {
        let provider = head.registration.as_ref()?.provider.as_ref()?;
        Some(Self { id: &provider.id, name: provider.name.as_deref() })
    }
}

impl<'a> HomeDocument<'a> {
    fn of(seen: &'a Seen, policy: &Policy) -> Self {
        let line = HomeLine::of(seen);
        let home = seen.home();
        let counts = &seen.figures.counts;
        let mut escalations: Vec<_> = home
            .escalations()
            .map(|escalation| EscalationDocument::of(&seen.view, escalation))
            .collect();
        escalations.sort_by_key(EscalationDocument::order);
        Self {
            id: line.id,
            name: line.name,
            provider: line.provider,
            beds: line.beds,
            area: line.area,
            postcode: line.postcode,
            level: line.level,
            registered: line.registered,
            closed_on: line.closed_on,
            predecessors: &home.head.predecessors,
            concerns: ConcernsDocument {
                total: counts.total,
                by_kind: &counts.by_kind,
                by_agency: &counts.by_agency,
                existence_only: seen.view.existing(),
            },
            processes: under_way::processes(&seen.view),
            placements: under_way::placements(&seen.view),
            disclosure: under_way::disclosure(&seen.view, policy),
            escalations,
            revision: line.revision,
        }
    }
}

/// The homes that the reader may see.
#[utoipa::path(get, path = "/api/v1/homes", tag = "homes", params(HomesQuery),
    responses((status = 200, body = Page<HomeLine>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Reader(Who { agency: reader, .. }): Reader,
    note: Note,
    Parameters(query): Parameters<HomesQuery>,
) -> Result<Response, Problem> {
    let page = query.page(&app, &reader, &note)?;
    let items = page.items.iter().map(HomeLine::of).collect();
    json(&Page { items, next: page.next })
}

/// One home. The id of an earlier registration finds the present one.
#[utoipa::path(get, path = "/api/v1/homes/{id}", tag = "homes",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, body = HomeDocument), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let seen = app.seen(&id, &who, &note)?;
    json(&HomeDocument::of(&seen, &app.pictures.policy()))
}
