//! Raising an escalation on professional judgement, whatever the counts (Norfolk 7.3.9).

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_contract::envelope::source_of;
use carehub_domain::HomeId;
use carehub_domain::event::EventType;
use carehub_domain::fold::identity;
use carehub_domain::picture::Reference;
use carehub_people::{Right, Who};
use serde_json::json;

use super::answer_forms::Choice;
use super::answers::see;
use super::frame::{Frame, Section};
use super::{PageProblem, not_taken, refusals, rendered, words};
use crate::audit::Note;
use crate::figures::Seen;
use crate::forged::{self, PostedForm};
use crate::forms::{self, Fault, Fields, Form, Taken, fresh_event_id};
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// The levels that can be asked for.
const LEVELS: [(&str, &str); 3] = [
    ("major", "Major: somebody may come to serious harm, or the service may fail"),
    ("moderate", "Moderate: the service needs a co-ordinated answer"),
    ("minor", "Minor: worth a closer look by one body"),
];

/// How soon an answer can be asked for.
const WITHIN: [(&str, &str); 5] = [
    ("", "As the policy says"),
    ("same day", "The same day"),
    ("1 working day", "1 working day"),
    ("5 working days", "5 working days"),
    ("10 working days", "10 working days"),
];

#[derive(Template)]
#[template(path = "raise.html")]
struct RaisePage {
    frame: Frame,
    home: String,
    home_name: String,
    csrf: String,
    event: String,
    levels: Vec<Choice>,
    responsible: Vec<Choice>,
    told: Vec<Choice>,
    within: Vec<Choice>,
    reason: String,
    faults: Vec<Fault>,
    refused: Option<String>,
}

impl RaisePage {
    fn fault(&self, name: &str) -> Option<&'static str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.words)
    }
}

/// The form to raise an escalation.
#[utoipa::path(get, path = "/homes/{id}/raise", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn form(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path(id): Path<String>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    let (Some(csrf), true) = (csrf, who.may(Right::Answer)) else {
        return Err(Problem::forbidden().into());
    };
    page(&app, &who, csrf, &seen, &Fields::default(), Vec::new(), None)
}

/// Raises it.
#[utoipa::path(post, path = "/homes/{id}/raise", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 303), (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn raise(
    State(app): State<App>,
    note: Note,
    Path(id): Path<String>,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let seen = app.seen(&id, &who, &note)?;
    let (Some(person), true) = (&who.person, who.may(Right::Answer)) else {
        return Err(Problem::forbidden().into());
    };
    let csrf = forged::token(&secret);
    let mut faults = Vec::new();
    let level = fields.get("level");
    if !LEVELS.iter().any(|(value, _)| *value == level) {
        faults.push(Fault { field: "level", words: "Choose a level" });
    }
    let responsible = roles(&app, &seen, &fields, "responsible");
    if responsible.is_empty() {
        faults.push(Fault { field: "responsible", words: "Choose who must act" });
    }
    let reason = forms::text(&fields, "reason", "Say why you raise it", &mut faults);
    if !faults.is_empty() {
        return page(&app, &who, csrf, &seen, &fields, faults, None);
    }
    let mut data = json!({"level": level, "responsible": responsible, "reason": reason});
    let told = roles(&app, &seen, &fields, "told");
    let told: Vec<String> = told.into_iter().filter(|role| !responsible.contains(role)).collect();
    if !told.is_empty() {
        data["told"] = json!(told);
    }
    let within = fields.get("within");
    if WITHIN.iter().any(|(value, _)| *value == within && !within.is_empty()) {
        data["answer_within"] = json!(within);
    }
    let home = seen.home().id().clone();
    let said = EventType::EscalationRequested;
    let id = fields.event_id()?;
    let asked = Reference::of_event(identity(&who.agency, &source_of(&who.agency), &id));
    let form = Form { agency: &who.agency, person, home: &home, said, id, data };
    let found = || raised(&app, &who, &home, asked);
    // What the page says where the escalation is there, and where the hub has not read it back.
    let (at_escalation, at_home) = match forms::send(&app, form).await? {
        Taken::Accepted { .. } => ("raised", "asked"),
        Taken::Before => ("before", "before"),
        Taken::UnderWay => return Ok(see(&format!("/homes/{home}?done=asked"))),
        Taken::Refused { code } => {
            return page(&app, &who, csrf, &seen, &fields, faults, Some(&code));
        }
    };
    forms::told(|| found().is_some()).await;
    Ok(see(&match found() {
        Some(id) => format!("/escalations/{id}?done={at_escalation}"),
        None => format!("/homes/{home}?done={at_home}"),
    }))
}

/// The escalation that the hub has raised for a request of the reader's agency. It may raise others in its turn, such as
/// a risk summit: those are not what was asked for.
fn raised(app: &App, who: &Who, home: &HomeId, asked: Reference) -> Option<String> {
    let home = app.pictures.home(home)?;
    let seen = app.see(&home, &who.agency)?;
    let request = seen.home().items().iter().rev().find(|item| item.reference == asked)?;
    let scopes = request.scopes("request");
    let mut escalations = seen.home().escalations();
    let raised = escalations.find(|escalation| scopes.contains(&escalation.scope))?;
    Some(raised.id.to_string())
}

/// The roles that were ticked, of those that are offered.
fn roles(app: &App, seen: &Seen, fields: &Fields, field: &str) -> Vec<String> {
    let offered = offered(app, seen);
    offered.into_iter().map(|(role, _)| role).filter(|role| fields.has(field, role)).collect()
}

/// The roles that somebody holds for this home, each with who that is.
fn offered(app: &App, seen: &Seen) -> Vec<(String, String)> {
    let (policy, now) = (app.pictures.policy(), app.pictures.time());
    let registration = seen.home().head.registration.as_ref();
    let area = registration.and_then(|known| known.area.as_deref());
    let roles: BTreeSet<&String> = policy.body.iter().flat_map(|body| &body.roles).collect();
    let held = roles.into_iter().filter(|role| !policy.powers.never_reads.contains(role));
    held.filter_map(|role| {
        let holders = policy.holders(role, area, now);
        (!holders.is_empty()).then(|| {
            let names = words::bodies(&policy, &holders);
            (role.clone(), format!("{} ({names})", words::capital(&role.replace('-', " "))))
        })
    })
    .collect()
}

fn page(
    app: &App,
    who: &Who,
    csrf: String,
    seen: &Seen,
    fields: &Fields,
    faults: Vec<Fault>,
    refused: Option<&str>,
) -> Result<Response, PageProblem> {
    let is_taken = refused.is_none() && faults.is_empty();
    let choices = |field: &str, all: Vec<(String, String)>| {
        let choice = |(value, words): (String, String)| Choice {
            is_chosen: fields.has(field, &value),
            value,
            words,
        };
        all.into_iter().map(choice).collect()
    };
    let fixed = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
    };
    let response = rendered(&RaisePage {
        frame: Frame::of(app, &who.agency, Section::Homes),
        home: seen.home().id().to_string(),
        home_name: words::name(seen.home()),
        csrf,
        event: fresh_event_id()?,
        levels: choices("level", fixed(&LEVELS)),
        responsible: choices("responsible", offered(app, seen)),
        told: choices("told", offered(app, seen)),
        within: choices("within", fixed(&WITHIN)),
        reason: fields.get("reason").to_owned(),
        faults,
        refused: refused.map(refusals::words),
    })?;
    Ok(if is_taken { response } else { not_taken(response, refused) })
}
