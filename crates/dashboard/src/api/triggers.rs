//! Where each trigger stands for a home.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::BodyId;
use carehub_domain::picture::Home;
use carehub_domain::policy::InForce;
use carehub_domain::time::london_date;
use carehub_domain::trigger::{TriggerStanding, standing};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::audit::Note;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::{App, Shared};

/// Where the triggers stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriggersDocument {
    /// One for each trigger that looks at concerns, in the order of the policy.
    #[schema(value_type = Vec<StandingSchema>)]
    items: Vec<TriggerStanding>,
    /// The policy that was asked.
    policy_version: String,
}

/// Where a trigger stands for one home, over what the reader may see.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct StandingSchema {
    /// The trigger.
    id: String,
    /// What it is for.
    title: String,
    /// Where the rule stands in a source document.
    source: String,
    /// What it counts today.
    counts: f64,
    /// Its limit.
    limit: f64,
    /// Its rolling window.
    window: Option<String>,
    /// The first date on which it held.
    first_held_on: Option<String>,
    /// Of a count at one home: how likely chance alone brings more than the limit into one such window.
    chance: Option<ChanceSchema>,
    /// Its open escalations for this home.
    open: Vec<String>,
}

/// The chance of more than a number in one window, if nothing is wrong: P(X > N) of the Poisson law.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a type of the domain, which knows no OpenAPI")]
struct ChanceSchema {
    /// More than so many.
    more_than: u32,
    /// By the home's own rate on all days before the window: `answer` is `known` (with `chance`, `expected`,
    /// `incidents`, `days`) or `not-enough-history` (with `incidents`, `days`, `needed`).
    #[schema(value_type = Object)]
    own: (),
    /// By its beds and the rate of the other homes in the same window, over what the reader may see: `answer`
    /// is `known` (with `chance`, `expected`, `beds`, `homes`), `beds-unknown` or `not-enough-peers`.
    #[schema(value_type = Object)]
    peers: (),
}

/// The standings of a home's triggers: over the narrowed pictures, its own and those it is compared with, so
/// that no count can tell of anything that the reader may not see.
pub(crate) fn standings(app: &Shared, seen: &Seen, reader: &BodyId) -> Vec<TriggerStanding> {
    among_others(app, seen, reader, |rules, others, today| {
        standing(rules, seen.home(), others, today)
    })
}

/// Works something out of a home beside the others that the reader may see, by the rules in force and the day of
/// the fold.
pub(crate) fn among_others<T>(
    app: &Shared,
    seen: &Seen,
    reader: &BodyId,
    work_out: impl Fn(&InForce, &[&Home], Date) -> T,
) -> T {
    let today = london_date(app.pictures.time());
    let mut rules = app.pictures.rules();
    loop {
        let others: Vec<Seen> =
            app.all_seen(reader).filter(|other| other.home().id() != seen.home().id()).collect();
        // They are tallied by the rules under which they were published.
        let after = app.pictures.rules();
        if !Arc::ptr_eq(rules.document(), after.document()) {
            rules = after;
            continue;
        }
        let others: Vec<&Home> = others.iter().map(Seen::home).collect();
        return work_out(&rules, &others, today);
    }
}

/// What each trigger counts for a home now, and its limit.
#[utoipa::path(get, path = "/api/v1/homes/{id}/triggers", tag = "homes",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, body = TriggersDocument), (status = 404, body = Problem)))]
pub(crate) async fn of_home(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let seen = app.seen(&id, &who, &note)?;
    json(&TriggersDocument {
        items: standings(&app, &seen, &who.agency),
        policy_version: app.pictures.policy().version.clone(),
    })
}
