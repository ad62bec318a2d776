//! The work queue of addresses that nobody has matched to a home: what was said, which homes may be meant and why,
//! and a form to say which it is.

mod meant;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::event::EventType;
use carehub_domain::picture::{
    Candidate, ConcernItem, Home, Item, Place, Reference, Why, candidates,
};
use carehub_domain::{BodyId, HomeId, Position};
use carehub_people::{Right, Who};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::answers::see;
use super::frame::{Frame, Section};
use super::home_list::HomeLine;
use super::when::When;
use super::{PageParameters, PageProblem, not_taken, refusals, rendered, words};
use crate::api::live::{self, Mark};
use crate::api::text;
use crate::api::timeline::ConcernDocument;
use crate::api::unmatched::{is_unmatched, waiting};
use crate::audit::Note;
use crate::figures::Seen;
use crate::forged::{self, PostedForm};
use crate::forms::{self, Fault, Fields, Form, Taken, fresh_event_id};
use crate::paging;
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;
use meant::{Meant, which_home};

/// How many concerns a page has: each is set beside every home.
const SHOWN: usize = 10;

/// How many homes are proposed for each.
const PROPOSED: usize = 4;

/// What the queue takes.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// The form that was taken last.
    done: String,
}

#[derive(Template)]
#[template(path = "unmatched.html")]
struct UnmatchedPage {
    frame: Frame,
    total: usize,
    lines: Vec<QueueLine>,
    next: Option<String>,
    done: &'static str,
    csrf: String,
    summary: Vec<(String, String)>,
    live: String,
}

struct QueueLine {
    reference: String,
    kind: String,
    agency: String,
    recorded: When,
    happened: When,
    severity: String,
    place: Vec<(&'static str, String)>,
    proposed: Vec<ProposedLine>,
    /// Why the reader may not say which home it is; empty where they may.
    why_no_form: &'static str,
    event: String,
    chosen: String,
    other: String,
    reason: String,
    faults: Vec<Fault>,
    /// Why the hub has just refused it.
    refused: Option<String>,
}

impl QueueLine {
    fn fault(&self, name: &str) -> Option<&'static str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.words)
    }
}

struct ProposedLine {
    id: String,
    name: String,
    place: String,
    why: String,
}

/// A form that was sent and not taken.
#[derive(Default)]
struct Filled {
    fields: Fields,
    faults: Vec<Fault>,
    /// The code with which the hub refused it.
    refused: Option<String>,
    /// The homes that fit what was typed.
    fits: Vec<Seen>,
    /// Whether its concern waits no longer.
    is_gone: bool,
}

/// The concerns that wait to be matched, the oldest first.
#[utoipa::path(get, path = "/unmatched", tag = "pages", params(QueueQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn queue(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    PageParameters(query): PageParameters<QueueQuery>,
) -> Result<Response, PageProblem> {
    shown(&app, &who, csrf, query, Filled::default()).await
}

/// Says which home a concern is about.
#[utoipa::path(post, path = "/unmatched", tag = "pages",
    responses((status = 303), (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn matched(
    State(app): State<App>,
    note: Note,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let (Some(person), true) = (who.person.clone(), who.may(Right::Match)) else {
        return Err(Problem::forbidden().into());
    };
    let csrf = Some(forged::token(&secret));
    let mut filled = Filled { fields, ..Filled::default() };
    let Some(found) = find(&app, &who, filled.fields.get("concern"))? else {
        filled.is_gone = true;
        return shown(&app, &who, csrf, QueueQuery::default(), filled).await;
    };
    let home = match which_home(&app, &who, &note, &filled.fields)? {
        Meant::One(home) => Some(home),
        Meant::Unclear { words, fits } => {
            filled.faults.push(Fault { field: "home", words });
            filled.fits = fits;
            None
        }
    };
    let reason = forms::optional_text(&filled.fields, "reason", &mut filled.faults);
    let (Some(home), true) = (home, filled.faults.is_empty()) else {
        return shown(&app, &who, csrf, QueueQuery::default(), filled).await;
    };
    let seen = app.seen(home.as_str(), &who, &note)?;
    let reason = match reason {
        Some(reason) => reason,
        None => said_why(&app, &found, seen.home()).await?,
    };
    let wanted = BTreeMap::from([(found.position, found.agency.clone())]);
    let said = text::read(&app.log, &wanted).await?.remove(&found.position);
    let said = said.ok_or_else(Problem::not_found)?;
    let mut data = json!({"matches": {"id": said.id, "agency": found.agency}, "reason": reason});
    if found.stands_at.as_str() != HomeId::UNMATCHED {
        data["from"] = json!(found.stands_at);
    }
    let form = Form {
        agency: &who.agency,
        person: &person,
        home: seen.home().id(),
        said: EventType::ConcernMatched,
        id: filled.fields.event_id()?,
        data,
    };
    let done = match forms::send(&app, form).await? {
        Taken::Accepted { .. } => "matched",
        Taken::Before => "before",
        Taken::UnderWay => "sent",
        Taken::Refused { code } => {
            filled.refused = Some(code);
            return shown(&app, &who, csrf, QueueQuery::default(), filled).await;
        }
    };
    Ok(see(&format!("/unmatched?done={done}")))
}

/// A concern that waits.
struct Found {
    position: Position,
    agency: BodyId,
    stands_at: HomeId,
}

/// The concern of this reference, where the reader may say which home it is; none where it does not wait, or not for
/// this reader.
fn find(app: &App, who: &Who, reference: &str) -> Result<Option<Found>, Problem> {
    let policy = app.pictures.policy();
    let matches_all = policy.holds(&who.agency, &policy.powers.matching);
    for seen in app.all_seen(&who.agency).filter(is_unmatched) {
        let found = waiting(&seen).find(|(item, _)| item.reference.to_string() == reference);
        let Some((item, _)) = found else { continue };
        if !matches_all && !seen.view.is_own(&item.agency) {
            return Err(Problem::forbidden());
        }
        return Ok(Some(Found {
            position: item.position,
            agency: item.agency.clone(),
            stands_at: seen.home().id().clone(),
        }));
    }
    Ok(None)
}

/// Why it is this home, from what is known, where the person said nothing.
async fn said_why(app: &App, found: &Found, home: &Home) -> Result<String, Problem> {
    let wanted = BTreeMap::from([(found.position, found.agency.clone())]);
    let said = text::read(&app.log, &wanted).await?;
    let place = said.get(&found.position).and_then(|said| said.data.get("place"));
    let candidate = place.and_then(|place| candidates(of(place), [home].into_iter(), 1).pop());
    let why = candidate.map(|candidate| why(&candidate));
    Ok(why.filter(|why| !why.is_empty()).unwrap_or_else(|| "Chosen by a person".to_owned()))
}

fn of(place: &serde_json::Value) -> Place<'_> {
    let field = |name: &str| place.get(name).and_then(serde_json::Value::as_str);
    Place { uprn: field("uprn"), postcode: field("postcode"), address: field("address") }
}

fn why(candidate: &Candidate) -> String {
    let words: Vec<String> = candidate
        .why
        .iter()
        .map(|why| match why {
            Why::SameUprn => "same UPRN".to_owned(),
            Why::SamePostcode => "same postcode".to_owned(),
            Why::SameDistrict => "same postcode district".to_owned(),
            Why::NameInAddress(100) => "its name is in the address".to_owned(),
            Why::NameInAddress(_) => "a name like its own is in the address".to_owned(),
        })
        .collect();
    words::capital(&words.join(", "))
}

async fn shown(
    app: &App,
    who: &Who,
    csrf: Option<String>,
    query: QueueQuery,
    filled: Filled,
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let all: Vec<Seen> = app.all_seen(&who.agency).collect();
    let mut mark = Mark::default();
    for seen in &all {
        mark.add(seen);
    }
    let mut waits: Vec<(&Seen, &Item, &ConcernItem)> = all
        .iter()
        .filter(|seen| is_unmatched(seen))
        .flat_map(|seen| waiting(seen).map(move |(item, concern)| (seen, item, concern)))
        .collect();
    waits.sort_by_key(|(_, item, _)| (item.recorded_at, item.position));
    let total = waits.len();
    let filled_of: Option<Reference> = filled.fields.get("concern").parse().ok();
    let is_filled = |item: &Item| Some(item.reference) == filled_of;
    let at = waits.iter().position(|(_, item, _)| is_filled(item));
    // A form that was not taken is shown again with what was typed, on whichever page its concern stands.
    let waits = waits.split_off(at.map_or(0, |at| at - at % SHOWN));
    let key = |(_, item, _): &(&Seen, &Item, &ConcernItem)| item.reference;
    let page = paging::page_after(waits, key, SHOWN, query.after.as_deref())?;
    let matches_all = policy.holds(&who.agency, &policy.powers.matching);
    let is_theirs = |seen: &Seen, item: &Item| matches_all || seen.view.is_own(&item.agency);
    let wanted = page.items.iter().filter(|(seen, item, _)| is_theirs(seen, item));
    let wanted = wanted.map(|(_, item, _)| (item.position, item.agency.clone())).collect();
    let said = text::read(&app.log, &wanted).await?;
    let homes = || all.iter().map(Seen::home).filter(|home| home.id().is_place());
    let mut lines = Vec::new();
    for (seen, item, concern) in &page.items {
        let document = ConcernDocument::of(&seen.view, item, concern);
        let place = said.get(&item.position).and_then(|said| said.data.get("place"));
        let mut place = place.map(of).unwrap_or_default();
        if document.is_text_withheld() {
            // The address is free text, and this event's text is withheld until it is corrected.
            place.address = None;
        }
        let proposed = candidates(place, homes(), PROPOSED);
        let mut proposed: Vec<ProposedLine> =
            proposed.iter().map(|one| ProposedLine::of(&all, one)).collect();
        let is_filled = is_filled(item);
        if is_filled {
            let fits = filled.fits.iter().map(ProposedLine::fitting);
            let is_new = |one: &ProposedLine| proposed.iter().all(|known| known.id != one.id);
            let fits: Vec<ProposedLine> = fits.filter(is_new).collect();
            proposed.extend(fits);
        }
        let refused = filled.refused.as_deref().filter(|_| is_filled);
        let typed =
            |name: &str| if is_filled { filled.fields.get(name).to_owned() } else { String::new() };
        lines.push(QueueLine {
            kind: words::capital(&words::kind(concern.kind)),
            agency: words::body(&policy, &item.agency),
            recorded: When::of(item.recorded_at),
            happened: When::on(&document.day()),
            severity: words::word(&concern.severity),
            place: [("Address", place.address), ("Postcode", place.postcode), ("UPRN", place.uprn)]
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?.to_owned())))
                .collect(),
            proposed,
            why_no_form: why_no_form(csrf.is_some(), who, is_theirs(seen, item)),
            event: fresh_event_id()?,
            chosen: typed("home"),
            other: typed("other"),
            reason: typed("reason"),
            faults: if is_filled { filled.faults.clone() } else { Vec::new() },
            refused: refused.map(refusals::words),
            reference: item.reference.to_string(),
        });
    }
    let summary = summary(&filled, at.is_some());
    let is_taken = summary.is_empty();
    let code = filled.refused.clone();
    let response = rendered(&UnmatchedPage {
        frame: Frame::of(app, &who.agency, Section::Unmatched),
        total,
        lines,
        next: page.next,
        done: match query.done.as_str() {
            "matched" => "The concern is matched, and counts at its home.",
            "before" => "You had sent this form already.",
            "sent" => "Your answer is in the log and is being worked on.",
            _ => "",
        },
        csrf: csrf.unwrap_or_default(),
        summary,
        live: live::path_of_all(mark),
    })?;
    Ok(if is_taken { response } else { not_taken(response, code.as_deref()) })
}

/// Why somebody may not say which home a concern is about.
fn why_no_form(is_signed_in: bool, who: &Who, is_theirs: bool) -> &'static str {
    match (is_theirs, is_signed_in) {
        (false, _) => {
            "It is for its sender, or whoever matches for the partnership, to say which home it is."
        }
        (true, false) => "Sign in as a person to say which home it is.",
        (true, true) if !who.may(Right::Match) => {
            "Your agency may say which home it is, and your sign-in may not. Whoever keeps your agency's accounts can change that."
        }
        (true, true) => "",
    }
}

/// What is wrong, each with the id of where it stands: the form, where its concern is still listed.
fn summary(filled: &Filled, is_listed: bool) -> Vec<(String, String)> {
    let reference = filled.fields.get("concern");
    let at = |place: &str| {
        if is_listed { format!("{place}-{reference}") } else { "queue".to_owned() }
    };
    let faults = filled.faults.iter().map(|fault| (at(fault.field), fault.words.to_owned()));
    let refused = filled.refused.as_deref().map(|code| (at("match"), refusals::words(code)));
    let gone = filled.is_gone.then(|| {
        let words = "That concern does not wait any more: somebody has said which home it is, or it was withdrawn";
        (at("match"), words.to_owned())
    });
    faults.chain(refused).chain(gone).collect()
}

impl ProposedLine {
    fn of(all: &[Seen], candidate: &Candidate) -> Self {
        let seen = all.iter().find(|seen| *seen.home().id() == candidate.home);
        let known = seen.and_then(|seen| seen.home().head.registration.as_ref());
        let place = known.map(|known| [known.postcode.as_deref(), known.area.as_deref()]);
        let place: Vec<&str> = place.into_iter().flatten().flatten().collect();
        Self {
            id: candidate.home.to_string(),
            name: known.map(|known| known.name.clone()).unwrap_or_default(),
            place: place.join(", "),
            why: why(candidate),
        }
    }

    /// A home that fits what was typed.
    fn fitting(seen: &Seen) -> Self {
        let HomeLine { id, name, place, .. } = HomeLine::of(seen);
        Self { id, name, place, why: "Fits what you typed".to_owned() }
    }
}
