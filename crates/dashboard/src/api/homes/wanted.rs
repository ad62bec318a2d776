//! Which homes are asked for, and in which order.

use std::cmp::Reverse;

use carehub_domain::escalation::Level;
use carehub_domain::event::ProviderRef;
use carehub_domain::picture::HomeHead;
use carehub_domain::{BodyId, HomeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::audit::Note;
use crate::figures::Seen;
use crate::paging::{self, Page};
use crate::problem::Problem;
use crate::shared::App;

/// Which homes, in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HomesQuery {
    /// Part of the name, id or postcode, or of the name or id of the provider or brand, in any case.
    pub(crate) q: Option<String>,
    /// Of this level: `none`, `minor`, `moderate` or `major`; or `raised`, which is minor or above.
    #[param(value_type = Option<String>)]
    pub(crate) level: Option<WantedLevel>,
    /// Of the provider with exactly this id.
    pub(crate) provider: Option<String>,
    /// Of the brand with exactly this id.
    pub(crate) brand: Option<String>,
    /// In this local authority, in any case.
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

/// A level to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WantedLevel {
    /// None.
    None,
    /// Minor.
    Minor,
    /// Moderate.
    Moderate,
    /// Major.
    Major,
    /// Minor or above.
    Raised,
}

impl WantedLevel {
    fn is(self, level: Level) -> bool {
        match self {
            Self::None => level == Level::None,
            Self::Minor => level == Level::Minor,
            Self::Moderate => level == Level::Moderate,
            Self::Major => level == Level::Major,
            Self::Raised => level > Level::None,
        }
    }

    /// The lowest level that is asked for, where any is.
    pub(crate) fn lowest(self) -> Option<Level> {
        match self {
            Self::None => None,
            Self::Minor | Self::Raised => Some(Level::Minor),
            Self::Moderate => Some(Level::Moderate),
            Self::Major => Some(Level::Major),
        }
    }
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
        let words = self.q.as_deref().map(lowered);
        let area = self.area.as_deref().map(lowered);
        let is_wanted = |seen: &Seen| self.matches(seen, words.as_deref(), area.as_deref());
        let mut homes: Vec<Seen> = app
            .all_seen(reader)
            .filter(|seen| seen.home().id().is_place() && is_wanted(seen))
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

    fn matches(&self, seen: &Seen, words: Option<&str>, area: Option<&str>) -> bool {
        let head = &seen.home().head;
        let registration = head.registration.as_ref();
        let provider = || registration.and_then(|known| known.provider.as_ref());
        let brand = || registration.and_then(|known| known.brand.as_ref());
        let has_id =
            |known: Option<&ProviderRef>, id: &String| known.is_some_and(|it| it.id == *id);
        let is_in = |wanted: &str| {
            let known = registration.and_then(|known| known.area.as_deref());
            known.is_some_and(|known| lowered(known) == wanted)
        };
        self.level.is_none_or(|level| level.is(seen.figures.level))
            && self.provider.as_ref().is_none_or(|id| has_id(provider(), id))
            && self.brand.as_ref().is_none_or(|id| has_id(brand(), id))
            && area.is_none_or(is_in)
            && self.registered.is_none_or(|wanted| standing(head) == wanted)
            && self
                .changed_since
                .is_none_or(|since| seen.figures.changed_at.is_some_and(|at| at >= since))
            && words.is_none_or(|words| has_words(head, words))
    }
}

/// As words are compared: people write an area or a name in any case.
pub(crate) fn lowered(text: &str) -> String {
    text.trim().to_lowercase()
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
    let groups = registration.map(|known| [known.provider.as_ref(), known.brand.as_ref()]);
    let groups = groups.into_iter().flatten().flatten();
    let groups = groups.flat_map(|one| [Some(one.id.as_str()), one.name.as_deref()]).flatten();
    let ids = head.predecessors.iter().chain([&head.id]).map(HomeId::as_str);
    let mut texts = ids.chain(name).chain(postcode).chain(groups);
    texts.any(|text| text.to_lowercase().contains(words))
        || postcode.is_some_and(|postcode| is_part_of_postcode(postcode, words))
}

/// People write a postcode with and without its space.
fn is_part_of_postcode(postcode: &str, words: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let words = plain(words);
    words.len() >= 3 && plain(postcode).contains(&words)
}
