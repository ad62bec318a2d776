//! The page of one home: its level and why, the picture at a glance, what is open, where each trigger stands, the
//! timeline.

mod account;
mod earlier;
mod glance;
mod known;
mod timeline;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_domain::escalation::{Escalation, Level};
use carehub_domain::following::Follow;
use carehub_domain::picture::Home;
use carehub_domain::policy::Policy;
use carehub_domain::process::placement::Restriction;
use carehub_domain::sharing::Sight;
use carehub_domain::time::london_date;
use carehub_people::{Right, Who};

use super::action_line::ActionLine;
use super::escalation_line::{EscalationLine, Found};
use super::following::FollowBox;
use super::frame::{Frame, Section};
use super::home_list::HomeLine;
use super::police_desk::PoliceDesk;
use super::when::When;
use super::words::{self, Tag};
use super::{PageParameters, PageProblem, answer_forms, rendered};
use crate::api::timeline as entries;
use crate::api::{live, under_way};
use crate::audit::Note;
use crate::figures::Seen;
use crate::reader::PageReader;
use crate::shared::{App, Shared};
use account::Newest;
use earlier::{EarlierLine, earlier};
use glance::GlancePart;
pub(super) use timeline::EntryLine;
use timeline::Filters;
pub(crate) use timeline::HomeQuery;

/// How many of a provider's other homes the page shows; the page of the provider has them all.
const SIBLINGS: usize = 12;

/// How many actions the page shows, the earliest due first; the report of actions has them all.
const ACTIONS: usize = 15;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    id: String,
    name: String,
    level: Tag,
    /// What sets the level; none where nothing does.
    why: Option<Why>,
    /// What became of a form that was sent from another page.
    done: &'static str,
    facts: Vec<(&'static str, String)>,
    earlier: Vec<EarlierLine>,
    provider: Option<(String, String)>,
    brand: Option<(String, String)>,
    siblings: Vec<HomeLine>,
    more_siblings: usize,
    may_raise: bool,
    desk: PoliceDesk,
    /// The home at which something can be said by a form, for whoever may.
    say_home: Option<String>,
    may_open: bool,
    /// Until when the reader has opened it by break-glass.
    opened_until: Option<When>,
    open: Vec<EscalationLine>,
    closed: Vec<EscalationLine>,
    actions: Vec<ActionLine>,
    more_actions: usize,
    processes: Vec<ProcessLine>,
    placements: Vec<PlacementLine>,
    glance: GlancePart,
    existing: Vec<(String, u32)>,
    own_account: Newest,
    /// What may be put to the provider, the newest first.
    cleared: Newest,
    all_cleared: bool,
    /// What the timeline can be filtered by.
    offered: Filters,
    query: HomeQuery,
    is_filtered: bool,
    entries: Vec<EntryLine>,
    next: Option<String>,
    reader: String,
    now: When,
    live: String,
    follow: Option<FollowBox>,
}

/// Why the level is what it is: when the escalation was raised that sets it, and its reason.
struct Why {
    raised: When,
    reason: String,
}

struct ProcessLine {
    about: String,
    step: String,
    steps: Vec<(String, bool)>,
    due: Option<When>,
    chair: String,
    coordinator: String,
    is_open: bool,
    high_risk: bool,
    update_owed: bool,
}

struct PlacementLine {
    by: String,
    words: &'static str,
    since: When,
    review_on: When,
}

/// One home.
#[utoipa::path(get, path = "/homes/{id}", tag = "pages",
    params(("id" = String, Path, description = "The home"), HomeQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn home(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path(id): Path<String>,
    PageParameters(query): PageParameters<HomeQuery>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    let policy = app.pictures.policy();
    let page = query.timeline()?.page(&seen.view)?;
    let texts = entries::texts(&app.log, &seen.view, &page.items).await?;
    let line = |line: &entries::Line<'_>| EntryLine::of(&policy, &seen.view, line, &texts);
    let shown: Vec<EntryLine> = page.items.iter().map(line).collect();
    let this = Follow::Home(seen.home().id().clone());
    let all_cleared = query.all_cleared()?;
    let mut whole = HomePage::of(&app, &seen, &who);
    ActionLine::read_texts(&mut whole.actions, &app.log).await?;
    rendered(&HomePage {
        follow: FollowBox::of(&app, &who, csrf.as_ref(), this).await?,
        earlier: earlier(&app, &seen, &who.agency).await?,
        own_account: Newest::of_account(&app, &seen, &policy).await?,
        cleared: Newest::of_cleared(&app, &seen, &policy, all_cleared).await?,
        all_cleared,
        done: answer_forms::done(&query.done),
        entries: shown,
        next: page.next,
        is_filtered: query.is_filtered(),
        query,
        ..whole
    })
}

impl HomePage {
    fn of(app: &Shared, seen: &Seen, who: &Who) -> Self {
        let (home, policy) = (seen.home(), app.pictures.policy());
        let now = app.pictures.time();
        let mut found: Vec<Found> = Found::at(seen).collect();
        found.sort_by_cached_key(Found::order);
        let line = |found: &Found| found.line(&policy, now);
        let (open, closed): (Vec<&Found>, Vec<&Found>) =
            found.iter().partition(|found| found.escalation.is_open());
        let today = london_date(now);
        let routed = open.iter().filter(|found| found.is_routed);
        let actions = routed.flat_map(|found| ActionLine::all(&policy, &found.escalation, today));
        let mut actions: Vec<ActionLine> = actions.collect();
        ActionLine::sort(&mut actions);
        let more_actions = actions.len().saturating_sub(ACTIONS);
        actions.truncate(ACTIONS);
        ActionLine::note_texts(&mut actions, seen);
        let siblings = siblings(app, seen, who);
        let registration = home.head.registration.as_ref();
        let named = |one: &carehub_domain::event::ProviderRef| {
            (one.id.clone(), one.name.as_ref().unwrap_or(&one.id).clone())
        };
        Self {
            frame: Frame::of(app, &who.agency, Section::Homes),
            id: home.id().to_string(),
            name: words::name(home),
            level: words::level(seen.figures.level),
            why: why(&policy, seen),
            facts: facts(home)
                .into_iter()
                .chain(known::facts(&policy, &seen.view, today))
                .collect(),
            provider: registration.and_then(|known| known.provider.as_ref()).map(named),
            brand: registration.and_then(|known| known.brand.as_ref()).map(named),
            more_siblings: siblings.len().saturating_sub(SIBLINGS),
            siblings: siblings.iter().take(SIBLINGS).map(HomeLine::of).collect(),
            may_raise: who.person.is_some() && who.may(Right::Answer),
            desk: PoliceDesk::of(&policy, seen, []),
            say_home: (who.person.is_some() && who.may(Right::Answer))
                .then(|| home.id().to_string()),
            may_open: who.person.is_some() && who.may(Right::BreakGlass),
            opened_until: opened_until(app, seen, who),
            actions,
            more_actions,
            open: open.into_iter().map(line).collect(),
            closed: closed.into_iter().map(line).collect(),
            processes: processes(seen, &policy),
            placements: placements(seen, &policy),
            glance: GlancePart::of(app, seen, &who.agency),
            existing: seen
                .view
                .existing()
                .iter()
                .map(|(kind, count)| (words::kind(*kind), *count))
                .collect(),
            offered: Filters::of(home, &policy),
            reader: words::body(&policy, &who.agency),
            now: When::of(now),
            live: live::path_of_home(seen),
            done: "",
            earlier: Vec::new(),
            own_account: Newest::default(),
            cleared: Newest::default(),
            all_cleared: false,
            query: HomeQuery::default(),
            is_filtered: false,
            entries: Vec::new(),
            next: None,
            follow: None,
        }
    }
}

/// Until when the reader has opened this home by break-glass, if they have.
fn opened_until(app: &Shared, seen: &Seen, who: &Who) -> Option<When> {
    let person = who.person.as_ref().filter(|_| who.may(Right::BreakGlass))?;
    let home = app.pictures.home(seen.home().id())?;
    let own = home.openings_by(&who.agency).into_iter();
    own.filter(|opening| opening.person == *person).map(|opening| opening.until).max().map(When::of)
}

/// The escalation that sets the level, if one does.
fn why(policy: &Policy, seen: &Seen) -> Option<Why> {
    let open = seen.home().escalations().filter(|escalation| escalation.is_open());
    let highest = open.max_by_key(|escalation| (escalation.level, escalation.raised_at))?;
    (highest.level > Level::None)
        .then(|| Why { raised: When::of(highest.raised_at), reason: reason(policy, seen, highest) })
}

/// Why an escalation was raised, as far as the reader may know.
pub(super) fn reason(policy: &Policy, seen: &Seen, escalation: &Escalation) -> String {
    match seen.view.sight(escalation) {
        Sight::Whole => escalation.explanation.sentence.clone(),
        Sight::Outline => {
            format!("{}.", words::trigger(policy, &escalation.trigger).trim_end_matches('.'))
        }
    }
}

fn facts(home: &Home) -> Vec<(&'static str, String)> {
    let head = &home.head;
    let mut facts = vec![("Id", home.id().to_string())];
    if let Some(known) = &head.registration {
        facts.extend(known.service.as_ref().map(|service| ("Service", service.replace('-', " "))));
        facts.extend(known.beds.map(|beds| ("Beds", beds.to_string())));
        facts.extend(known.area.clone().map(|area| ("Local authority", area)));
        facts.extend(known.postcode.clone().map(|code| ("Postcode", code)));
        let since = known.registered_on.map(|day| When::day(day).words().to_owned());
        facts.extend(since.map(|day| ("Registered on", day)));
    }
    let closed = head.closed_on.map(|day| When::day(day).words().to_owned());
    facts.extend(closed.map(|day| ("Closed on", day)));
    facts
}

fn siblings(app: &Shared, seen: &Seen, who: &Who) -> Vec<Seen> {
    let registration = seen.home().head.registration.as_ref();
    let Some(provider) = registration.and_then(|known| known.provider.as_ref()) else {
        return Vec::new();
    };
    let mut siblings: Vec<Seen> = app
        .all_seen(&who.agency)
        .filter(|other| {
            other.home().id() != seen.home().id()
                && under_way::is_of_provider(other.home(), &provider.id)
        })
        .collect();
    siblings.sort_by_key(|other| std::cmp::Reverse(other.figures.level));
    siblings
}

fn processes(seen: &Seen, policy: &Policy) -> Vec<ProcessLine> {
    let all = under_way::processes(&seen.view).into_iter();
    all.map(|process| {
        let at = policy.process.place(process.step);
        let steps = policy.process.step.iter().enumerate();
        ProcessLine {
            about: process.provider.map_or_else(String::new, |id| format!(" about provider {id}")),
            step: under_way::step_title(policy, process.step),
            steps: steps.map(|(nth, step)| (step.title.clone(), Some(nth) == at)).collect(),
            due: process.step_due.map(When::of),
            chair: words::body(policy, process.chair),
            coordinator: words::body(policy, process.coordinator),
            is_open: process.open,
            high_risk: process.high_risk,
            update_owed: process.update_owed,
        }
    })
    .collect()
}

fn placements(seen: &Seen, policy: &Policy) -> Vec<PlacementLine> {
    let all = under_way::placements(&seen.view).into_iter();
    all.map(|placement| PlacementLine {
        by: words::body(policy, placement.by),
        words: match placement.kind {
            Restriction::Suspended => "has suspended its new placements",
            Restriction::Caution => "places with caution",
        },
        since: When::of(placement.since),
        review_on: When::day(placement.review_on),
    })
    .collect()
}
