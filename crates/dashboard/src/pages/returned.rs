//! What the hub did not take of the reader's own events, and what waits to be said again without personal data.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::picture::{ConcernItem, Item};

use super::frame::{Frame, Section};
use super::when::When;
use super::{PageProblem, refusals, rendered, words};
use crate::api::{rejections, returned};
use crate::figures::Seen;
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
    codes: Vec<(String, u32)>,
    lines: Vec<RejectionLine>,
}

struct WaitingLine {
    home: String,
    home_name: String,
    is_place: bool,
    kind: String,
    recorded: When,
    reference: String,
}

struct RejectionLine {
    at: When,
    outcome: &'static str,
    why: String,
    home: String,
    event: String,
    faults: Vec<(String, String)>,
}

/// What was returned and what was refused.
#[utoipa::path(get, path = "/returned", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let told = rejections::read(&app.log, &who.agency).await?;
    let homes: Vec<Seen> = app.all_seen(&who.agency).collect();
    let line = |seen: &Seen, item: &Item, concern: &ConcernItem| WaitingLine {
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        is_place: seen.home().id().is_place(),
        kind: words::capital(&words::kind(concern.kind)),
        recorded: When::of(item.recorded_at),
        reference: item.reference.to_string(),
    };
    let mut waiting: Vec<WaitingLine> = homes
        .iter()
        .flat_map(|seen| {
            returned::waiting(seen).map(move |(item, concern)| line(seen, item, concern))
        })
        .collect();
    let waiting_total = waiting.len();
    waiting.truncate(SHOWN);
    let mut codes: Vec<(String, u32)> = told.by_code.into_iter().collect();
    codes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let line = |one: rejections::RejectionDocument| RejectionLine {
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
    };
    rendered(&ReturnedPage {
        frame: Frame::of(&app, &who.agency, Section::Returned),
        agency: words::body(&policy, &who.agency),
        waiting,
        waiting_total,
        codes,
        lines: told.items.into_iter().map(line).collect(),
    })
}
