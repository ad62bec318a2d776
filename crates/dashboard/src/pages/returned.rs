//! What the hub did not take of the reader's own events, and what waits to be said again without personal data. Whoever
//! reads the audit of the whole partnership also sees how much was not taken of each agency, by reason.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::picture::{ConcernItem, Item};
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, Position};
use carehub_people::Who;

use super::frame::{Frame, Section};
use super::when::When;
use super::{PageProblem, refusals, rendered, words};
use crate::api::live::{self, Mark};
use crate::api::rejections::{self, AgencyRejections, RejectionDocument};
use crate::api::{returned, text};
use crate::figures::Seen;
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// How many concerns that wait are listed; the API and the command line have the others.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "returned.html")]
struct ReturnedPage {
    frame: Frame,
    agency: String,
    waiting: Vec<WaitingLine>,
    waiting_total: usize,
    reasons: Vec<ReasonLine>,
    lines: Vec<RejectionLine>,
    /// Of each agency, for whoever reads the audit of the whole partnership.
    partnership: Option<Vec<AgencyLine>>,
    live: String,
}

struct WaitingLine {
    home: String,
    home_name: String,
    is_place: bool,
    kind: String,
    recorded: When,
    /// What a correction names.
    event: String,
}

/// How often a reason was given.
struct ReasonLine {
    count: u32,
    words: String,
    code: String,
}

struct RejectionLine {
    at: When,
    outcome: &'static str,
    why: String,
    home: String,
    event: String,
    faults: Vec<(String, String)>,
}

struct AgencyLine {
    agency: String,
    total: u32,
    reasons: Vec<ReasonLine>,
}

/// What was returned and what was refused.
#[utoipa::path(get, path = "/returned", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
) -> Result<Response, PageProblem> {
    let mark = Mark::of_all(&app, &who.agency);
    let policy = app.pictures.policy();
    let told = rejections::read(&app, &who).await?;
    let (waiting, waiting_total) = waiting(&app, &who).await?;
    let partnership = told.by_agency;
    rendered(&ReturnedPage {
        frame: Frame::of(&app, &who.agency, Section::Returned),
        agency: words::body(&policy, &who.agency),
        live: live::path_of_all(mark),
        waiting,
        waiting_total,
        reasons: ReasonLine::all(told.by_code),
        lines: told.items.into_iter().map(RejectionLine::of).collect(),
        partnership: partnership.map(|all| AgencyLine::all(&policy, all)),
    })
}

/// The concerns whose text waits, the oldest first, and how many there are.
async fn waiting(app: &App, who: &Who) -> Result<(Vec<WaitingLine>, usize), Problem> {
    let homes: Vec<Seen> = app.all_seen(&who.agency).collect();
    let mut waiting: Vec<(&Seen, &Item, &ConcernItem)> = homes
        .iter()
        .flat_map(|seen| returned::waiting(seen).map(move |(item, concern)| (seen, item, concern)))
        .collect();
    waiting.sort_by_key(|(_, item, _)| (item.recorded_at, item.position));
    let total = waiting.len();
    waiting.truncate(SHOWN);
    let wanted: BTreeMap<Position, BodyId> =
        waiting.iter().map(|(_, item, _)| (item.position, item.agency.clone())).collect();
    let said = text::read(&app.log, &wanted).await?;
    let line = |(seen, item, concern): &(&Seen, &Item, &ConcernItem)| WaitingLine {
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        is_place: seen.home().id().is_place(),
        kind: words::capital(&words::kind(concern.kind)),
        recorded: When::of(item.recorded_at),
        event: said.get(&item.position).map(|said| said.id.clone()).unwrap_or_default(),
    };
    Ok((waiting.iter().map(line).collect(), total))
}

impl ReasonLine {
    /// The most frequent first.
    fn all(by_code: BTreeMap<String, u32>) -> Vec<Self> {
        let line =
            |(code, count): (String, u32)| Self { count, words: refusals::sentence(&code), code };
        let mut reasons: Vec<Self> = by_code.into_iter().map(line).collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
        reasons
    }
}

impl RejectionLine {
    fn of(one: RejectionDocument) -> Self {
        Self {
            at: When::of(one.at),
            outcome: match one.outcome.as_str() {
                "text-withheld" => "Text returned for correction",
                "refused" => "Refused",
                _ => "Not accepted",
            },
            why: refusals::words(&one.code),
            home: one.home,
            event: one.event.unwrap_or_default(),
            faults: one.faults.into_iter().map(|fault| (fault.pointer, fault.message)).collect(),
        }
    }
}

impl AgencyLine {
    /// The agency of which the most was not taken first.
    fn all(policy: &Policy, all: Vec<AgencyRejections>) -> Vec<Self> {
        let line = |one: AgencyRejections| Self {
            agency: words::body(policy, &one.agency),
            total: one.by_code.values().sum(),
            reasons: ReasonLine::all(one.by_code),
        };
        let mut lines: Vec<Self> = all.into_iter().map(line).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.total));
        lines
    }
}
