//! The home page of a body: what is asked of it, what changed since it last looked, homes at a raised level, and
//! what waits for whoever may match or correct.

mod rejected;

use std::cmp::Reverse;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use carehub_domain::escalation::Escalation;
use carehub_domain::picture::{Item, What};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;
use carehub_domain::time::london_date;
use carehub_domain::{BodyId, HomeId};
use jiff::Timestamp;

use super::action_line::{ActionLine, waits_for};
use super::escalation_line::{EscalationLine, Found, is_raised};
use super::frame::{Frame, Section};
use super::home_list::HomeLine;
use super::when::When;
use super::{PageProblem, looked, rendered, words};
use crate::api::live::{self, Mark};
use crate::api::{returned, unmatched};
use crate::asking;
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::{App, Shared};
use rejected::Rejected;

/// How many lines each list of the page has; each has a page of its own with all of them.
const LINES: usize = 15;

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    frame: Frame,
    agency: String,
    asked: Vec<EscalationLine>,
    more_asked: usize,
    overdue: usize,
    total: usize,
    actions: Vec<ActionLine>,
    more_actions: usize,
    since: When,
    since_query: String,
    is_first_look: bool,
    changed: Vec<ChangedLine>,
    more_changed: usize,
    raised: Vec<HomeLine>,
    raised_total: usize,
    /// How many addresses wait, for a body that may match them.
    unmatched: Option<usize>,
    returned: usize,
    /// How many messages of the reader's agency were rejected of late.
    rejected: Rejected,
    live: String,
}

/// A home about which something new stands.
struct ChangedLine {
    id: String,
    name: String,
    is_place: bool,
    level: words::Tag,
    what: String,
    latest: When,
}

/// What is gathered in one walk over every home that the reader sees.
#[derive(Default)]
struct Gathered {
    asked: Vec<Found>,
    actions: Vec<ActionLine>,
    changed: Vec<(Timestamp, HomeId, ChangedLine)>,
    raised: Vec<Seen>,
    unmatched: usize,
    returned: usize,
    mark: Mark,
}

/// What is asked of the reader's agency, and what changed.
#[utoipa::path(get, path = "/", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn work(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    let reader = &who.agency;
    let now = app.pictures.time();
    let is_refresh = asking::is_refresh(&method, &headers);
    let looked = looked::at(&headers, &who, is_refresh, app.site().secure, Timestamp::now());
    let rejected = Rejected::of_late(&app.log, reader, now).await?;
    let mut all = gather(&app, reader, looked.since);
    ActionLine::sort(&mut all.actions);
    let more_actions = all.actions.len().saturating_sub(LINES);
    all.actions.truncate(LINES);
    ActionLine::read_texts(&mut all.actions, &app.log).await?;
    all.asked.sort_by_cached_key(Found::order);
    all.changed.sort_by_key(|(latest, _, _)| Reverse(*latest));
    all.raised.sort_by_key(|seen| (Reverse(seen.figures.level), seen.home().id().clone()));
    note.homes(all.asked.iter().take(LINES).map(|found| &found.home));
    note.homes(all.changed.iter().take(LINES).map(|(_, home, _)| home));
    let at = |line: &ActionLine| HomeId::new(&line.home.as_ref()?.0).ok();
    note.homes(&all.actions.iter().filter_map(at).collect::<Vec<_>>());
    note.homes(all.raised.iter().take(LINES).map(|seen| seen.home().id()));
    let policy = app.pictures.policy();
    let lines = all.asked.iter().take(LINES);
    let mut response = rendered(&WorkPage {
        frame: Frame::of(&app, reader, Section::Work),
        agency: words::body(&policy, reader),
        asked: lines.map(|found| found.line(&policy, now)).collect(),
        more_asked: all.asked.len().saturating_sub(LINES),
        overdue: all.asked.iter().filter(|found| found.is_overdue(now)).count(),
        total: all.asked.len(),
        actions: all.actions,
        more_actions,
        since: When::of(looked.since),
        since_query: looked.since.to_string(),
        is_first_look: looked.is_first,
        more_changed: all.changed.len().saturating_sub(LINES),
        changed: all.changed.into_iter().take(LINES).map(|(_, _, line)| line).collect(),
        raised_total: all.raised.len(),
        raised: all.raised.iter().take(LINES).map(HomeLine::of).collect(),
        unmatched: policy.holds(reader, &policy.powers.matching).then_some(all.unmatched),
        returned: all.returned,
        rejected,
        live: live::path_of_all(all.mark),
    })?;
    if let Some(cookie) = looked.cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn gather(app: &Shared, reader: &BodyId, since: Timestamp) -> Gathered {
    let policy = app.pictures.policy();
    let today = london_date(app.pictures.time());
    let mut all = Gathered::default();
    for seen in app.all_seen(reader) {
        all.mark.add(&seen);
        if unmatched::is_unmatched(&seen) {
            all.unmatched += unmatched::waiting(&seen).count();
        }
        all.returned += returned::waiting(&seen).count();
        let found = Found::at(&seen).filter(|found| found.escalation.is_open());
        for found in found.filter(|found| found.is_routed) {
            all.actions.extend(own_actions(&policy, &seen, &found.escalation, reader, today));
            if found.is_asked {
                all.asked.push(found);
            }
        }
        all.changed.extend(changed(&policy, &seen, since));
        if seen.home().id().is_place() && is_raised(seen.figures.level) {
            all.raised.push(seen);
        }
    }
    all
}

/// The actions that wait for the reader's agency.
fn own_actions(
    policy: &Policy,
    seen: &Seen,
    escalation: &Escalation,
    reader: &BodyId,
    today: jiff::civil::Date,
) -> Vec<ActionLine> {
    let is_whole = seen.view.sight(escalation) == Sight::Whole;
    let waits = escalation.actions.iter().filter(|action| is_whole && waits_for(action, reader));
    let waits: Vec<String> = waits.map(|action| action.id.to_string()).collect();
    if waits.is_empty() {
        return Vec::new();
    }
    let mut lines = ActionLine::all(policy, escalation, today);
    lines.retain(|line| waits.contains(&line.id));
    ActionLine::name_home(&mut lines, seen);
    ActionLine::note_texts(&mut lines, seen);
    lines
}

/// What is new at a home since a time: in words, with when the newest was recorded.
fn changed(
    policy: &Policy,
    seen: &Seen,
    since: Timestamp,
) -> Option<(Timestamp, HomeId, ChangedLine)> {
    seen.figures.changed_at.filter(|at| *at >= since)?;
    let items = seen.home().items().iter();
    let new: Vec<&Item> = items.filter(|item| item.recorded_at >= since).collect();
    let latest = new.iter().map(|item| item.recorded_at).max()?;
    let concerns = new.iter().filter(|item| item.concern().is_some()).count() as u32;
    let raised = new.iter().filter_map(|item| match &item.what {
        What::Escalation { trigger, change, .. } => Some((trigger, *change)),
        What::Concern(_) | What::Event { .. } | What::Notice { .. } => None,
    });
    let mut parts = Vec::new();
    let newest = new.iter().rev().find_map(|item| item.concern());
    match (concerns, newest) {
        (0, _) | (_, None) => {}
        (1, Some(concern)) => parts.push(format!("1 concern ({})", words::kind(concern.kind))),
        (more, Some(concern)) => {
            parts.push(format!("{more} concerns, the newest a {}", words::kind(concern.kind)))
        }
    }
    let mut told: Vec<String> = raised
        .map(|(trigger, change)| {
            let title = words::trigger(policy, trigger);
            format!("“{}” {}", title.trim_end_matches('.'), words::change(change))
        })
        .collect();
    told.reverse();
    told.dedup();
    told.truncate(2);
    parts.extend(told);
    if parts.is_empty() {
        parts.push(words::plural(new.len() as u32, "other entry", "other entries"));
    }
    let line = ChangedLine {
        id: seen.home().id().to_string(),
        name: words::name(seen.home()),
        is_place: seen.home().id().is_place(),
        level: words::level(seen.figures.level),
        what: parts.join("; "),
        latest: When::of(latest),
    };
    Some((latest, seen.home().id().clone(), line))
}
