//! The register of suspensions and cautions: which commissioner has restricted its placements at which home, since
//! when, and when that is looked at again (triggers.md §7).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::process::placement::Restriction;
use carehub_domain::time::london_date;

use super::frame::{Frame, Section};
use super::when::When;
use super::words::{self, Tag};
use super::{PageProblem, rendered};
use crate::api::under_way;
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::App;

#[derive(Template)]
#[template(path = "placements.html")]
struct PlacementsPage {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    home: String,
    home_name: String,
    level: Tag,
    by: String,
    kind: &'static str,
    since: When,
    review_on: When,
    is_late: bool,
}

/// The register of suspensions and cautions, the next review first.
#[utoipa::path(get, path = "/placements", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn register(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let today = london_date(app.pictures.time());
    let homes: Vec<Seen> = app
        .all_seen(&who.agency)
        .filter(|seen| !under_way::placements(&seen.view).is_empty())
        .collect();
    note.homes(homes.iter().map(|seen| seen.home().id()));
    let mut lines: Vec<(jiff::civil::Date, Line)> = Vec::new();
    for seen in &homes {
        for placement in under_way::placements(&seen.view) {
            let line = Line {
                home: seen.home().id().to_string(),
                home_name: words::name(seen.home()),
                level: words::level(seen.figures.level),
                by: words::body(&policy, placement.by),
                kind: match placement.kind {
                    Restriction::Suspended => "New placements suspended",
                    Restriction::Caution => "Place with caution",
                },
                since: When::of(placement.since),
                review_on: When::day(placement.review_on),
                is_late: placement.review_on < today,
            };
            lines.push((placement.review_on, line));
        }
    }
    lines.sort_by(|a, b| (a.0, &a.1.home).cmp(&(b.0, &b.1.home)));
    rendered(&PlacementsPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
    })
}
