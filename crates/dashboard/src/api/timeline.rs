//! A home's timeline: what was said of it and what the hub made of it, entry by entry.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::erasure::TextState;
use carehub_domain::escalation::ChangeKind;
use carehub_domain::event::{
    EventType, Facets, Indicator, KeyQuestion, Kind, ReportedBy, Severity,
};
use carehub_domain::notice::NoticeKind;
use carehub_domain::picture::{ConcernItem, INDICATORS, Item, Reference, Standing, What};
use carehub_domain::sharing::View;
use carehub_domain::time::london_date;
use carehub_domain::{BodyId, EscalationId, HomeId, NoticeId, Position, TriggerId};
use carehub_storage::log::Log;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{json, text};
use crate::audit::Note;
use crate::paging::{self, Page};
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// An entry of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryDocument<'a> {
    /// What names it. Opaque.
    #[schema(value_type = String)]
    pub(crate) reference: Reference,
    /// When it was recorded; the beginning of the month where the reader sees the month only.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// Who said it; `hub` for the hub's own.
    #[schema(value_type = String)]
    pub(crate) agency: &'a BodyId,
    /// What it is, such as `concern-raised`; `escalation-changed` for the hub's own.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub(crate) entry_type: EntryType,
    #[serde(flatten)]
    pub(crate) what: WhatDocument<'a>,
    /// The free text, by field: of the reader's own events, and where the sharing agreement gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    text: Option<BTreeMap<&'static str, String>>,
}

/// What an entry adds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum WhatDocument<'a> {
    /// A concern.
    Concern(ConcernDocument<'a>),
    /// Another event of an agency.
    Event {
        /// The concern that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        about: Option<Reference>,
        /// The escalation that it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        escalation: Option<&'a EscalationId>,
    },
    /// The hub changed an escalation.
    Escalation {
        #[schema(value_type = String)]
        escalation: &'a EscalationId,
        #[schema(value_type = String)]
        trigger: &'a TriggerId,
        /// How, such as `raised`.
        #[schema(value_type = String)]
        change: ChangeKind,
    },
    /// The hub passed something on to the reader.
    Notice {
        #[schema(value_type = String)]
        notice: &'a NoticeId,
        /// What, such as `placements-suspended`.
        #[schema(value_type = String)]
        kind: NoticeKind,
    },
}

/// A concern.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConcernDocument<'a> {
    #[schema(value_type = String)]
    pub(crate) kind: Kind,
    #[schema(value_type = String)]
    pub(crate) severity: Severity,
    /// When it happened: an instant, a date when only the date is known, or a month (`2024-02`) when the
    /// reader sees no more.
    occurred_at: String,
    #[serde(skip)]
    day: String,
    /// When the sender knew.
    #[schema(value_type = String, format = DateTime)]
    known_at: Timestamp,
    /// The incident: entries with the same one tell of one.
    #[schema(value_type = String)]
    incident: Reference,
    /// `counts`, `withdrawn` or `moved` (to another home).
    pub(crate) standing: &'static str,
    /// Where it counts, when it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) moved_to: Option<&'a HomeId>,
    /// The last correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    corrected: Option<Reference>,
    /// Who told the sender, for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) reported_by: Option<ReportedBy>,
    /// What is known of it, such as `possible-crime`.
    pub(crate) facts: Vec<&'static str>,
    /// Which of the six Hull categories it touches.
    #[schema(value_type = Vec<String>)]
    indicators: Vec<Indicator>,
    /// Which of CQC's five key questions it bears on, in its sender's view.
    #[schema(value_type = Vec<String>)]
    pub(crate) key_questions: Vec<KeyQuestion>,
    /// `C` when only its sender and a named audience may know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handling: Option<&'static str>,
}

/// The type of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum EntryType {
    /// An agency's event.
    Said(EventType),
    /// The hub's own.
    Hub(HubEntry),
}

/// What the hub adds to a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HubEntry {
    /// It changed an escalation.
    EscalationChanged,
    /// It passed something on.
    NoticeGiven,
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// Concerns of this kind.
    #[param(value_type = Option<String>)]
    pub(crate) kind: Option<Kind>,
    /// Said by this agency.
    #[param(value_type = Option<String>)]
    pub(crate) agency: Option<BodyId>,
    /// That happened (or, but for concerns, were recorded) on or after this day.
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) from: Option<Date>,
    /// Before this day.
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) until: Option<Date>,
    /// Of this type.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>)]
    pub(crate) entry_type: Option<EntryType>,
    /// `newest` first (the default) or `oldest`.
    pub(crate) order: Option<Order>,
    /// How many at most: 1 to 500, 50 when absent.
    pub(crate) limit: Option<usize>,
    /// The `next` of the page before.
    pub(crate) after: Option<String>,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// By position, the newest first.
    Newest,
    /// By position, the oldest first.
    Oldest,
}

impl TimelineQuery {
    fn matches(&self, entry: &EntryDocument<'_>, day: Date) -> bool {
        let kind = match &entry.what {
            WhatDocument::Concern(concern) => Some(concern.kind),
            WhatDocument::Event { .. }
            | WhatDocument::Escalation { .. }
            | WhatDocument::Notice { .. } => None,
        };
        self.kind.is_none_or(|wanted| kind == Some(wanted))
            && self.agency.as_ref().is_none_or(|agency| entry.agency == agency)
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day < until)
            && self.entry_type.is_none_or(|wanted| entry.entry_type == wanted)
    }

    /// The page of entries that is asked for.
    pub(crate) fn page<'a>(&self, view: &'a View) -> Result<Page<Line<'a>>, Problem> {
        let limit = paging::limit(self.limit)?;
        let mut lines: Vec<Line<'a>> = in_order(view)
            .into_iter()
            .map(|item| Line::of(view, item))
            .filter(|line| self.matches(&line.entry, day(line.item)))
            .collect();
        if self.order.unwrap_or(Order::Newest) == Order::Newest {
            lines.reverse();
        }
        paging::page_after(lines, |line| line.entry.reference, limit, self.after.as_deref())
    }
}

/// An entry of a page, with what it is made of.
pub(crate) struct Line<'a> {
    pub(crate) item: &'a Item,
    pub(crate) entry: EntryDocument<'a>,
}

impl<'a> Line<'a> {
    /// An entry as the reader sees it.
    pub(crate) fn of(view: &'a View, item: &'a Item) -> Self {
        Self { item, entry: EntryDocument::of(view, item) }
    }
}

/// The free text of those entries that the reader may read, by position.
pub(crate) async fn texts(
    log: &Log,
    view: &View,
    lines: &[Line<'_>],
) -> Result<BTreeMap<Position, text::Said>, Problem> {
    let readable =
        lines.iter().filter(|line| view.has_text(line.item) && !is_text_withheld(line.item));
    let wanted = readable.map(|line| (line.item.position, line.item.agency.clone())).collect();
    text::read(log, &wanted).await
}

/// A home's entries as a reader is shown them, the oldest first: by when they were recorded as the reader
/// sees that, then in the order of the log, so that the place of one of which only the month is seen tells
/// nothing of its day.
pub(crate) fn in_order(view: &View) -> Vec<&Item> {
    let mut items: Vec<&Item> = view.home().items().iter().collect();
    items.sort_by_key(|item| (item.recorded_at, item.position));
    items
}

/// When an entry happened; the hub and answers happen when they are recorded.
fn day(item: &Item) -> Date {
    match &item.what {
        What::Concern(concern) => concern.date,
        What::Event { .. } | What::Escalation { .. } | What::Notice { .. } => {
            london_date(item.recorded_at)
        }
    }
}

impl<'a> EntryDocument<'a> {
    pub(crate) fn of(view: &View, item: &'a Item) -> Self {
        let (entry_type, what) = match &item.what {
            What::Concern(concern) => (
                EntryType::Said(EventType::ConcernRaised),
                WhatDocument::Concern(ConcernDocument::of(view, item, concern)),
            ),
            What::Event { event, about, escalation } => (
                EntryType::Said(*event),
                WhatDocument::Event {
                    about: about.and_then(|about| view.reference(about)),
                    escalation: escalation.as_ref(),
                },
            ),
            What::Escalation { id, trigger, change } => (
                EntryType::Hub(HubEntry::EscalationChanged),
                WhatDocument::Escalation { escalation: id, trigger, change: *change },
            ),
            What::Notice { id, kind, to: _ } => (
                EntryType::Hub(HubEntry::NoticeGiven),
                WhatDocument::Notice { notice: id, kind: *kind },
            ),
        };
        Self {
            reference: item.reference,
            recorded_at: item.recorded_at,
            agency: &item.agency,
            entry_type,
            what,
            text: None,
        }
    }
}

/// Text that is withheld until it is corrected is shown to nobody.
pub(crate) fn is_text_withheld(item: &Item) -> bool {
    item.concern().is_some_and(|concern| concern.facets.has(Facets::TEXT_WITHHELD))
}

impl<'a> ConcernDocument<'a> {
    pub(crate) fn of(view: &View, item: &Item, concern: &'a ConcernItem) -> Self {
        let (standing, moved_to) = match &concern.standing {
            Standing::Counts => ("counts", None),
            Standing::Withdrawn => ("withdrawn", None),
            Standing::Moved(to) => ("moved", Some(to)),
        };
        let month = view.is_month_only(item).then(|| concern.date.strftime("%Y-%m").to_string());
        Self {
            kind: concern.kind,
            severity: concern.severity,
            day: month.clone().unwrap_or_else(|| concern.date.to_string()),
            occurred_at: month.unwrap_or_else(|| String::from(concern.occurred)),
            known_at: concern.known_at,
            incident: view.reference(concern.incident).unwrap_or(item.reference),
            standing,
            moved_to,
            corrected: concern.corrected.and_then(|at| view.reference(at)),
            reported_by: view.reported_by(item, concern),
            facts: facts(concern.facets, concern.text),
            indicators: indicators(concern.indicators),
            key_questions: concern.key_questions().collect(),
            handling: concern.audience.as_ref().map(|_| "C"),
        }
    }

    /// The day on which it happened, or the month.
    pub(crate) fn day(&self) -> String {
        self.day.clone()
    }

    pub(crate) fn is_text_withheld(&self) -> bool {
        self.facts.contains(&TEXT_WITHHELD)
    }
}

const TEXT_WITHHELD: &str = "text-withheld";

fn facts(facets: Facets, text: TextState) -> Vec<&'static str> {
    let names = [
        (Facets::POSSIBLE_CRIME, "possible-crime"),
        (Facets::NAMED_INDIVIDUAL, "named-individual"),
        (Facets::LINE_999, "line-999"),
        (Facets::IN_HOSPITAL, "in-hospital"),
        (Facets::SERIOUS_HARM, "serious-harm"),
        (Facets::REPAIRED, "repaired"),
        (Facets::ESSENTIAL_SERVICE, "essential-service"),
        (Facets::EQUIPMENT_CONDEMNED, "equipment-condemned"),
        (Facets::TEMPORARY_MEASURE, "temporary-measure"),
        (Facets::SAME_INJURY, "same-injury"),
        (Facets::SAFEGUARDING_ISSUE, "safeguarding-issue"),
        (Facets::CORONER_NOTIFIED, "coroner-notified"),
        (Facets::ON_QUALITY, "on-quality"),
        (Facets::BELOW_S42, "below-s42"),
        (Facets::PROVIDER_FAILING, "provider-failing"),
        (Facets::TEXT_WITHHELD, TEXT_WITHHELD),
    ];
    let held = names.into_iter().filter(|(facet, _)| facets.has(*facet));
    let erased = (text == TextState::Erased).then_some("text-erased");
    held.map(|(_, name)| name).chain(erased).collect()
}

fn indicators(bits: u8) -> Vec<Indicator> {
    INDICATORS.into_iter().filter(|one| bits & (1 << (*one as u8)) != 0).collect()
}

/// A home's timeline.
#[utoipa::path(get, path = "/api/v1/homes/{id}/timeline", tag = "homes",
    params(("id" = String, Path, description = "The home"), TimelineQuery),
    responses((status = 200, body = Page<EntryDocument>), (status = 404, body = Problem)))]
pub(crate) async fn of_home(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(id): Path<String>,
    Parameters(query): Parameters<TimelineQuery>,
) -> Result<Response, Problem> {
    let seen = app.seen(&id, &who, &note)?;
    let page = query.page(&seen.view)?;
    let said = texts(&app.log, &seen.view, &page.items).await?;
    let items = page.items.into_iter().map(|line| {
        let text = said.get(&line.item.position).map(text::Said::text);
        EntryDocument { text: text.filter(|text| !text.is_empty()), ..line.entry }
    });
    json(&Page { items: items.collect(), next: page.next })
}
