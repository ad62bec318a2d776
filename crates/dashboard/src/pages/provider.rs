//! A provider, or a brand: its homes side by side, each drawn to the same scale.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::following::Follow;
use carehub_domain::picture::Glance;
use carehub_domain::policy::{Group, Policy};
use carehub_domain::time::london_date;
use carehub_domain::trigger::usual_window;

use super::chart::{self, Small};
use super::escalation_line::{EscalationLine, Found};
use super::following::FollowBox;
use super::frame::{Frame, Section};
use super::home_list::HomeLine;
use super::when::When;
use super::words::{self, Tag};
use super::{PageProblem, rendered};
use crate::api::live::{self, Mark};
use crate::api::under_way;
use crate::audit::Note;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// How many homes are drawn, the highest level first; the list of homes has them all.
const DRAWN: usize = 60;

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderPage {
    frame: Frame,
    what: &'static str,
    id: String,
    name: String,
    level: Tag,
    total: usize,
    incidents: String,
    open: usize,
    homes: Vec<(HomeLine, Small, String)>,
    more: usize,
    wide: Vec<EscalationLine>,
    /// The provider-concerns processes about it as a whole, each in a sentence.
    processes: Vec<String>,
    follow: Option<FollowBox>,
    live: String,
}

/// A provider.
#[utoipa::path(get, path = "/providers/{id}", tag = "pages",
    params(("id" = String, Path, description = "The provider, as the register names it")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn provider(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let page = of(&app, &who.agency, &note, &id, Group::Provider)?;
    let follow = FollowBox::of(&app, &who, csrf.as_ref(), Follow::Provider(id)).await?;
    rendered(&ProviderPage { follow, ..page })
}

/// A brand: the homes of every provider that belongs to it.
#[utoipa::path(get, path = "/brands/{id}", tag = "pages",
    params(("id" = String, Path, description = "The brand, as the register names it")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn brand(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    rendered(&of(&app, &who.agency, &note, &id, Group::Brand)?)
}

fn of(
    app: &App,
    reader: &carehub_domain::BodyId,
    note: &Note,
    id: &str,
    group: Group,
) -> Result<ProviderPage, PageProblem> {
    let mark = Mark::of_all(app, reader);
    note.what(id);
    let (policy, now) = (app.pictures.policy(), app.pictures.time());
    let named = |seen: &Seen| {
        let registration = seen.home().head.registration.as_ref()?;
        let named = match group {
            Group::Provider => registration.provider.as_ref(),
            Group::Brand => registration.brand.as_ref(),
        };
        named.filter(|one| one.id == id).cloned()
    };
    let mut homes: Vec<Seen> = app.all_seen(reader).filter(|seen| named(seen).is_some()).collect();
    // Some homes may be registered without its name.
    let name = homes.iter().filter_map(&named).max_by_key(|one| one.name.is_some());
    let name = name.ok_or_else(Problem::not_found)?;
    note.homes(homes.iter().map(|seen| seen.home().id()));
    let key = |seen: &Seen| {
        (Reverse(seen.figures.level), Reverse(seen.figures.counts.total), seen.home().id().clone())
    };
    homes.sort_by_cached_key(key);
    let today = london_date(now);
    let glances: Vec<Glance> = homes
        .iter()
        .take(DRAWN)
        .map(|seen| Glance::of(seen.home(), usual_window(today), today))
        .collect();
    let months = glances.iter().flat_map(|glance| &glance.months);
    let most = months.map(|(_, count)| *count).max().unwrap_or_default();
    let drawn = homes.iter().zip(&glances).map(|(seen, glance)| {
        let line = HomeLine::of(seen);
        let small = chart::small(&glance.months, most, &line.name);
        (line, small, words::plural(glance.total, "incident", "incidents"))
    });
    let total: u32 = homes.iter().map(|seen| seen.figures.counts.total).sum();
    Ok(ProviderPage {
        frame: Frame::of(app, reader, Section::Homes),
        what: match group {
            Group::Provider => "Provider",
            Group::Brand => "Brand",
        },
        id: id.to_owned(),
        name: name.name.unwrap_or(name.id),
        level: words::level(homes.iter().map(|seen| seen.figures.level).max().unwrap_or_default()),
        total: homes.len(),
        incidents: words::plural(total, "incident", "incidents"),
        open: homes.iter().map(|seen| seen.figures.open_escalations as usize).sum(),
        homes: drawn.collect(),
        more: homes.len().saturating_sub(DRAWN),
        wide: wide(app, reader, (group, id), &policy, now),
        processes: processes(app, reader, (group, id), &policy),
        follow: None,
        live: live::path_of_all(mark),
    })
}

/// The open escalations about the provider or brand as a whole, which stand at no home.
fn wide(
    app: &App,
    reader: &carehub_domain::BodyId,
    (group, id): (Group, &str),
    policy: &Policy,
    now: jiff::Timestamp,
) -> Vec<EscalationLine> {
    let mut lines = Vec::new();
    for seen in app.all_seen(reader).filter(|seen| !seen.home().id().is_place()) {
        for found in Found::at(&seen).filter(|found| found.escalation.is_open()) {
            let about = match group {
                Group::Provider => found.escalation.provider(),
                Group::Brand => found.escalation.brand(),
            };
            if about == Some(id) {
                lines.push(found.line(policy, now));
            }
        }
    }
    lines
}

/// The processes about a provider as a whole, which stand at no home or at one of its homes.
fn processes(
    app: &App,
    reader: &carehub_domain::BodyId,
    (group, id): (Group, &str),
    policy: &Policy,
) -> Vec<String> {
    let mut sentences = Vec::new();
    if group == Group::Brand {
        return sentences;
    }
    for seen in app.all_seen(reader) {
        let all = under_way::processes(&seen.view).into_iter();
        for process in all.filter(|process| process.open && process.provider == Some(id)) {
            let step = under_way::step_title(policy, process.step);
            let due =
                process.step_due.map(|due| format!(", to be left by {}", When::of(due).words()));
            let risk = if process.high_risk { " The risk is high." } else { "" };
            sentences.push(format!(
                "At the step “{step}”{}, chaired by {}, co-ordinated by {}.{risk}",
                due.unwrap_or_default(),
                words::body(policy, process.chair),
                words::body(policy, process.coordinator)
            ));
        }
    }
    sentences
}
