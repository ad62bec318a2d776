//! Saying something of a home by a form: a concern, a triage, a meeting, a step of the process, a suspension. Each form is
//! drawn from the published schema of what it says (`schemas/`), so that a form and a message of an agency's own system
//! are held to the same, and a new property is asked for as soon as it is published.

mod draw;
mod filled;
mod labels;
mod offers;
mod shape;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carehub_contract::form::Filler;
use carehub_contract::schema::published;
use carehub_domain::event::Kind;
use carehub_domain::picture::Item;
use carehub_domain::{BodyId, Position};
use carehub_people::{Right, Who};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use self::draw::{Drawing, Input, Part};
use self::filled::{Filled, faults};
use self::offers::{OFFERS, Offer, offered};
use self::shape::Schema;
use super::frame::{Frame, Section};
use super::{PageParameters, PageProblem, not_taken, refusals, rendered, words};
use crate::api::text;
use crate::audit::Note;
use crate::figures::Seen;
use crate::forged::{self, PostedForm};
use crate::forms::{self, Fields, Form, Taken, fresh_event_id};
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// What the pages take: what a form begins with.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct SayQuery {
    /// The kind of concern that is to be told of.
    pub(crate) kind: String,
    /// The entry that it is to be about, by its reference.
    pub(crate) about: String,
}

#[derive(Template)]
#[template(path = "say.html")]
struct ListPage {
    frame: Frame,
    home: String,
    home_name: String,
    /// By heading: what can be said.
    groups: Vec<(&'static str, Vec<Offer>)>,
    /// The kinds of concern, each with its words.
    kinds: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "say_form.html")]
struct FormPage {
    frame: Frame,
    home: String,
    home_name: String,
    word: &'static str,
    title: &'static str,
    /// Of a concern: its kind, and what that is called.
    kind: Option<(&'static str, String)>,
    csrf: String,
    event: String,
    revision: String,
    parts: Vec<Part>,
    /// Where each fault stands, where it stands in a field, and what is wrong.
    summary: Vec<(Option<String>, String)>,
}

/// What a person can say of a home.
#[utoipa::path(get, path = "/homes/{id}/say", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn list(
    State(app): State<App>,
    PageReader { who, .. }: PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    may_say(&who)?;
    let policy = app.pictures.policy();
    let mut groups: Vec<(&'static str, Vec<Offer>)> = Vec::new();
    for offer in OFFERS.into_iter().filter(|offer| offer.is_for(&policy, &who.agency)) {
        match groups.iter_mut().find(|(group, _)| *group == offer.group) {
            Some((_, offers)) => offers.push(offer),
            None => groups.push((offer.group, vec![offer])),
        }
    }
    let mut kinds: Vec<(&'static str, String)> =
        Kind::ALL.map(|kind| (kind.name(), words::capital(&words::kind(kind)))).into();
    kinds.sort_by(|a, b| a.1.cmp(&b.1));
    rendered(&ListPage {
        frame: Frame::of(&app, &who.agency, Section::Homes),
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        groups,
        kinds,
    })
}

/// A form.
#[utoipa::path(get, path = "/homes/{id}/say/{what}", tag = "pages",
    params(("id" = String, Path, description = "The home"),
        ("what" = String, Path, description = "What is said, such as `concern.raised` or `meeting.planned`"), SayQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn form(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path((id, what)): Path<(String, String)>,
    PageParameters(query): PageParameters<SayQuery>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    let offer = offered(&what).ok_or_else(Problem::not_found)?;
    may_say(&who)?;
    let csrf = csrf.ok_or_else(Problem::forbidden)?;
    let schema = read(offer)?;
    let mut fields = Fields::default();
    fields.set("kind", &query.kind);
    // What it is about is the one entry that the message names first.
    let entry = Schema(&schema)
        .properties(&schema)
        .into_iter()
        .find(|(name, node, _)| Schema(&schema).shape(name, node) == shape::Shape::Entry);
    if let Some((name, ..)) = entry {
        fields.set(name, &query.about);
    }
    page(&app, &who, csrf, &seen, (offer, &schema), &fields, (&[], None))
}

/// Says it for the person's agency.
#[utoipa::path(post, path = "/homes/{id}/say/{what}", tag = "pages",
    params(("id" = String, Path, description = "The home"),
        ("what" = String, Path, description = "What is said")),
    responses((status = 303), (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn say(
    State(app): State<App>,
    note: Note,
    Path((id, what)): Path<(String, String)>,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let seen = app.seen(&id, &who, &note)?;
    let offer = offered(&what).ok_or_else(Problem::not_found)?;
    let (Some(person), true) = (&who.person, who.may(Right::Answer)) else {
        return Err(Problem::forbidden().into());
    };
    let csrf = forged::token(&secret);
    let schema = read(offer)?;
    let entries = entries(&app, &seen, &fields).await?;
    let filled = Filled {
        schema: Schema(&schema),
        fields: &fields,
        entries: &entries,
        revision: fields.get("revision"),
    };
    let data = filled.data(kind(fields.get("kind")));
    let (home, event) = (seen.home().id().clone(), fields.event_id()?);
    let by = Filler { agency: &who.agency, person, home: &home };
    let faults = faults(by, offer.said, &event, &data, Timestamp::now());
    if !faults.is_empty() {
        return page(&app, &who, csrf, &seen, (offer, &schema), &fields, (&faults, None));
    }
    let form = Form { agency: &who.agency, person, home: &home, said: offer.said, id: event, data };
    let done = match forms::send(&app, form).await? {
        Taken::Accepted { .. } => "said",
        Taken::Before => "before",
        Taken::UnderWay => "sent",
        Taken::Refused { code } => {
            return page(&app, &who, csrf, &seen, (offer, &schema), &fields, (&[], Some(&code)));
        }
    };
    let to = format!("/homes/{home}?done={done}");
    let to = HeaderValue::from_str(&to).map_err(|_| Problem::internal())?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

fn may_say(who: &Who) -> Result<(), Problem> {
    if who.person.is_some() && who.may(Right::Answer) { Ok(()) } else { Err(Problem::forbidden()) }
}

/// The published schema of what is offered.
fn read(offer: Offer) -> Result<Value, Problem> {
    let text = published(offer.schema()).ok_or_else(Problem::internal)?;
    serde_json::from_str(text).map_err(|_| Problem::internal())
}

/// The kind of concern of a name.
fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The entries that were chosen, as the contract names an event. A reader chooses of what the reader sees: anything else is
/// not there.
async fn entries(
    app: &App,
    seen: &Seen,
    fields: &Fields,
) -> Result<BTreeMap<String, Value>, Problem> {
    let is_chosen = |item: &&Item| fields.holds(&item.reference.to_string());
    let chosen: Vec<&Item> = seen.home().items().iter().filter(is_chosen).take(16).collect();
    let wanted: BTreeMap<Position, BodyId> =
        chosen.iter().map(|item| (item.position, item.agency.clone())).collect();
    let said = text::read(&app.log, &wanted).await?;
    let named = chosen.into_iter().filter_map(|item| {
        let id = &said.get(&item.position)?.id;
        let event = match seen.view.is_own(&item.agency) {
            true => json!({"id": id}),
            false => json!({"id": id, "agency": item.agency}),
        };
        Some((item.reference.to_string(), event))
    });
    Ok(named.collect())
}

fn page(
    app: &App,
    who: &Who,
    csrf: String,
    seen: &Seen,
    (offer, schema): (Offer, &Value),
    fields: &Fields,
    (faults, refused): (&[(String, String)], Option<&str>),
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let kind = kind(fields.get("kind"));
    let drawing = Drawing { schema: Schema(schema), policy: &policy, seen, fields, faults };
    let parts = drawing.parts(kind);
    let is_drawn = |name: &str| {
        parts.iter().any(|part| matches!(part, Part::Field(field) if field.name == name))
    };
    let mut summary: Vec<(Option<String>, String)> = faults
        .iter()
        .map(|(field, words)| {
            let of = is_drawn(field).then(|| field.replace('.', "-"));
            let words = match of {
                Some(_) => words.clone(),
                None => format!("{}: {}", labels::label(field), words),
            };
            (of, words)
        })
        .collect();
    summary.extend(refused.map(|code| (None, refusals::words(code))));
    let is_taken = summary.is_empty();
    let page = FormPage {
        frame: Frame::of(app, &who.agency, Section::Homes),
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        word: offer.word(),
        title: offer.title,
        kind: kind.map(|kind| (kind.name(), words::capital(&words::kind(kind)))),
        csrf,
        event: fresh_event_id()?,
        revision: seen.revision().to_owned(),
        parts,
        summary,
    };
    let response = rendered(&page)?;
    Ok(if is_taken { response } else { not_taken(response, refused) })
}
