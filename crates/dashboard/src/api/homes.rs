//! Homes: the list, and one with its cumulative picture.

mod wanted;

pub(crate) use wanted::{HomesQuery, Registered, Sort, WantedLevel, lowered};

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
use serde::Serialize;
use utoipa::ToSchema;

use super::escalations::EscalationDocument;
use super::json;
use super::under_way::{self, DisclosureDocument, PlacementDocument, ProcessDocument};
use crate::audit::Note;
use crate::figures::Seen;
use crate::paging::Page;
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
