//! An escalation as a line of a list: on the home page of a body, in the list of all, at a home.

use std::sync::Arc;

use carehub_domain::escalation::{Escalation, Level};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;
use carehub_domain::{BodyId, HomeId};
use jiff::Timestamp;

use super::when::{self, When};
use super::words::{self, Tag};
use crate::figures::Seen;
use crate::parameters::encoded;
use crate::shared::Shared;

/// A line.
pub(super) struct EscalationLine {
    pub(super) id: String,
    /// The page of the home, or of the provider or brand, that it is about, where there is one.
    pub(super) place: Option<String>,
    pub(super) place_name: String,
    pub(super) title: String,
    pub(super) level: Tag,
    pub(super) stage: Tag,
    pub(super) bodies: String,
    pub(super) raised: When,
    /// What is due next.
    pub(super) step: String,
    pub(super) due: Option<When>,
    pub(super) late: Option<String>,
}

/// An escalation that a reader may know of, with where it stands.
pub(super) struct Found {
    pub(super) home: HomeId,
    pub(super) home_name: String,
    pub(super) escalation: Arc<Escalation>,
    /// Whether the reader's agency must act.
    pub(super) is_asked: bool,
    /// Whether it is routed to the reader's agency.
    pub(super) is_routed: bool,
}

impl Found {
    /// The escalations of a home.
    pub(super) fn at(seen: &Seen) -> impl Iterator<Item = Self> + '_ {
        let view = &seen.view;
        seen.home().escalations().map(move |escalation| Self {
            home: seen.home().id().clone(),
            home_name: words::name(seen.home()),
            is_asked: escalation.responsible.iter().any(|body| view.is_own(body)),
            is_routed: view.sight(escalation) == Sight::Whole,
            escalation: Arc::clone(escalation),
        })
    }

    /// Whether an answer is overdue, as the API says it.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due < now)
    }

    /// When the next answer is due; never where nothing is.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.escalation.next_due().filter(|_| self.escalation.is_open())
    }

    /// By due time, overdue first; what is not due at all by level, the newest first.
    pub(super) fn order(&self) -> impl Ord + use<> {
        let raised = std::cmp::Reverse(self.escalation.raised_at);
        let level = std::cmp::Reverse(self.escalation.level);
        let due = self.due();
        (due.is_none(), due, level, raised, self.escalation.id.clone())
    }

    /// As a line.
    pub(super) fn line(&self, policy: &Policy, now: Timestamp) -> EscalationLine {
        let escalation = &self.escalation;
        let due = self.due();
        let next = escalation.due.iter().find(|one| !one.done && Some(one.due) == due);
        EscalationLine {
            id: escalation.id.to_string(),
            place: place(&self.home, escalation),
            place_name: match (escalation.provider(), escalation.brand()) {
                (Some(_), _) => "A provider as a whole".to_owned(),
                (_, Some(_)) => "A brand as a whole".to_owned(),
                (None, None) => self.home_name.clone(),
            },
            title: words::trigger(policy, &escalation.trigger),
            level: words::level(escalation.level),
            stage: words::stage(escalation.stage),
            bodies: words::bodies(policy, &escalation.responsible),
            raised: When::of(escalation.raised_at),
            step: next.map(|next| words::step(next.step)).unwrap_or_default(),
            due: due.map(When::of),
            late: due.and_then(|due| when::late(due, now)),
        }
    }
}

/// The page of what an escalation is about: a home, a provider or a brand.
pub(super) fn place(home: &HomeId, escalation: &Escalation) -> Option<String> {
    let page = |of: &str, id: &str| format!("/{of}/{}", encoded(id));
    match (escalation.provider(), escalation.brand()) {
        (Some(provider), _) => Some(page("providers", provider)),
        (_, Some(brand)) => Some(page("brands", brand)),
        (None, None) => home.is_place().then(|| page("homes", home.as_str())),
    }
}

/// Every escalation that `reader` may know of and that `wanted` takes, in the order of a list.
pub(super) fn all(app: &Shared, reader: &BodyId, wanted: impl Fn(&Found) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    for seen in app.all_seen(reader) {
        found.extend(Found::at(&seen).filter(|found| wanted(found)));
    }
    found.sort_by_cached_key(Found::order);
    found
}

/// Whether a level is raised: minor or above, as `level=raised` means it.
pub(super) fn is_raised(level: Level) -> bool {
    level > Level::None
}
