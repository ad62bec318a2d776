//! What is under way about a home: the provider-concerns process, and how placements are restricted.

use carehub_domain::picture::{Home, Item, Reference};
use carehub_domain::policy::Policy;
use carehub_domain::process::disclosure::disclosed;
use carehub_domain::process::placement::Restriction;
use carehub_domain::sharing::View;
use carehub_domain::{BodyId, EscalationId, StepId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// A provider-concerns process (Berkshire 5.8) whose beginning the reader sees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcessDocument<'a> {
    /// The provider that it is about; null where it is about the home itself.
    pub(crate) provider: Option<&'a str>,
    #[schema(value_type = String)]
    pub(crate) chair: &'a BodyId,
    #[schema(value_type = String)]
    pub(crate) coordinator: &'a BodyId,
    pub(crate) high_risk: bool,
    /// The step that it is at.
    #[schema(value_type = String)]
    pub(crate) step: &'a StepId,
    /// By when that is to be left.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) step_due: Option<Timestamp>,
    /// The steps that were passed over.
    #[schema(value_type = Vec<String>)]
    pub(crate) skipped: Vec<&'a StepId>,
    /// Whether an update meeting is owed.
    pub(crate) update_owed: bool,
    pub(crate) open: bool,
    /// The escalation that led to it, where the reader may know of it.
    #[schema(value_type = Option<String>)]
    pub(crate) escalation: Option<&'a EscalationId>,
}

/// A suspension of new placements, or a caution: each commissioner's own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacementDocument<'a> {
    /// The commissioner whose placements it is about.
    #[schema(value_type = String)]
    pub(crate) by: &'a BodyId,
    /// `suspended` or `caution`.
    #[schema(value_type = String)]
    pub(crate) kind: Restriction,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) since: Timestamp,
    #[schema(value_type = String, format = Date)]
    pub(crate) review_on: Date,
}

/// Natural justice: what the provider says for itself, and beside it what may be put to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisclosureDocument {
    /// The entries that tell the provider's own account.
    #[schema(value_type = Vec<String>)]
    pub(crate) account: Vec<Reference>,
    /// The concerns that whoever said them and, where crime is possible, the police have cleared for disclosure,
    /// as far as the reader sees them.
    #[schema(value_type = Vec<String>)]
    pub(crate) cleared: Vec<Reference>,
}

/// What the provider says for itself at a home, and what may be put to it, as far as the reader sees either.
pub(crate) fn disclosure(view: &View, policy: &Policy) -> DisclosureDocument {
    let (account, cleared) = disclosed(view.home(), policy);
    let references = |items: Vec<&Item>| items.into_iter().map(|item| item.reference).collect();
    DisclosureDocument { account: references(account), cleared: references(cleared) }
}

/// The processes of a home whose beginning the reader sees, the open ones first.
pub(crate) fn processes(view: &View) -> Vec<ProcessDocument<'_>> {
    let all = view.home().head.process.processes.iter();
    let seen = all.filter(|(_, process)| view.reference(process.started).is_some());
    let mut processes: Vec<ProcessDocument<'_>> = seen
        .map(|(provider, process)| ProcessDocument {
            provider: Some(provider.as_str()).filter(|provider| !provider.is_empty()),
            chair: &process.chair,
            coordinator: &process.coordinator,
            high_risk: process.high_risk,
            step: &process.step,
            step_due: process.next_due(),
            skipped: process.skipped.iter().collect(),
            update_owed: process.update_owed,
            open: process.is_open(),
            escalation: process.escalation.as_ref(),
        })
        .collect();
    processes.sort_by_key(|process| !process.open);
    processes
}

/// How placements at a home are restricted, as far as the reader sees the decisions.
pub(crate) fn placements(view: &View) -> Vec<PlacementDocument<'_>> {
    let all = view.home().head.process.placements.iter();
    let seen = all.filter(|(_, placement)| view.reference(placement.position).is_some());
    seen.map(|(by, placement)| PlacementDocument {
        by,
        kind: placement.kind,
        since: placement.since,
        review_on: placement.review_on,
    })
    .collect()
}

/// The title of a step, as the policy words it.
pub(crate) fn step_title(policy: &Policy, step: &StepId) -> String {
    let known = policy.process.step.iter().find(|known| known.id == *step);
    known.map_or_else(|| step.to_string(), |known| known.title.clone())
}

/// The provider's other homes among all that the reader sees.
pub(crate) fn is_of_provider(home: &Home, provider: &str) -> bool {
    let registration = home.head.registration.as_ref();
    registration.and_then(|known| known.provider.as_ref()).is_some_and(|own| own.id == provider)
}
