//! Answering an escalation by a form: what was typed becomes an event of the person's agency, and the page says what
//! became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carehub_domain::escalation::Escalation;
use carehub_domain::picture::Item;
use carehub_domain::sharing::Sight;
use carehub_domain::{BodyId, Position};
use carehub_people::{Right, Who};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::PageProblem;
use super::answer_forms::{Answer, Filled, GRADES, RATINGS, UNTOLD};
use super::escalation::shown;
use crate::api::escalations::find;
use crate::api::text;
use crate::audit::Note;
use crate::figures::Seen;
use crate::forged::{self, PostedForm};
use crate::forms::{self, Fault, Fields, Form, Taken, optional_text};
use crate::problem::Problem;
use crate::shared::App;

/// Answers an escalation for the person's agency.
#[utoipa::path(post, path = "/escalations/{id}", tag = "pages",
    params(("id" = String, Path, description = "The escalation")),
    responses((status = 303), (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn answer(
    State(app): State<App>,
    note: Note,
    Path(id): Path<String>,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let found = find(&app, &who.agency, &note, &id)?;
    let answer = Answer::read(fields.get("answer"));
    let (Some(person), true, Some(answer)) = (who.person.clone(), who.may(Right::Answer), answer)
    else {
        return Err(Problem::forbidden().into());
    };
    if found.0.view.sight(&found.1) != Sight::Whole {
        return Err(Problem::forbidden().into());
    }
    let csrf = Some(forged::token(&secret));
    let mut filled = Filled { answer: Some(answer), fields, faults: Vec::new(), refused: None };
    let data = data(&app, answer, &filled.fields, &found, &mut filled.faults).await?;
    if !filled.faults.is_empty() {
        return shown(&app, &who, csrf, found, filled, "").await;
    }
    let form = Form {
        agency: &who.agency,
        person: &person,
        home: &found.1.home,
        said: answer.event(),
        id: filled.fields.event_id()?,
        data,
    };
    let taken = forms::send(&app, form).await?;
    let done = match taken {
        Taken::Accepted { at } => {
            forms::told(|| is_told(&app, &who, &note, &id, at)).await;
            if is_owner_told(&app, &filled.fields) { answer.token() } else { UNTOLD }
        }
        Taken::Before => "before",
        Taken::UnderWay => "sent",
        Taken::Refused { code } => {
            filled.refused = Some(code);
            // As it stands now: perhaps somebody else has just answered it.
            let found = find(&app, &who.agency, &note, &id)?;
            return shown(&app, &who, csrf, found, filled, "").await;
        }
    };
    Ok(see(&format!("/escalations/{id}?done={done}")))
}

/// Sends the browser on, so that reading the page again sends nothing again.
pub(super) fn see(path: &str) -> Response {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn is_told(app: &App, who: &Who, note: &Note, id: &str, at: Position) -> bool {
    let found = find(app, &who.agency, note, id);
    found.is_ok_and(|(_, escalation)| escalation.change.position >= at)
}

/// Whether the hub tells the owner of what was assigned, where something was: a body that reads nothing is told nothing.
fn is_owner_told(app: &App, fields: &Fields) -> bool {
    let policy = app.pictures.policy();
    let owner = BodyId::new(fields.get("owner")).ok();
    owner.is_none_or(|owner| !policy.holds(&owner, &policy.powers.never_reads))
}

/// The data of the event, and what is wrong with what was typed.
async fn data(
    app: &App,
    answer: Answer,
    fields: &Fields,
    found: &(Seen, Arc<Escalation>),
    faults: &mut Vec<Fault>,
) -> Result<Value, Problem> {
    let mut data = json!({"escalation": found.1.id});
    match answer {
        Answer::Acknowledge => put(&mut data, "note", optional_text(fields, "note", faults)),
        Answer::Discuss => {
            let took_part: Vec<BodyId> = bodies(fields, "took_part");
            if took_part.is_empty() {
                fault(faults, "took_part", "Choose who took part");
            }
            data["took_part"] = json!(took_part);
            put(&mut data, "held_on", day(fields, "held_on", None, faults));
            put(&mut data, "referral_form", record(fields, "referral_form", faults));
            put(&mut data, "osas_ref", record(fields, "osas_ref", faults));
            put(&mut data, "note", optional_text(fields, "note", faults));
        }
        Answer::Decide => {
            let decision = fields.get("decision");
            if !super::words::DECISIONS.iter().any(|(_, token, _)| *token == decision) {
                fault(faults, "decision", "Choose what was decided");
            }
            data["decision"] = json!(decision);
            data["rationale"] =
                json!(forms::text(fields, "rationale", "Say why this was decided", faults));
        }
        Answer::AgreeLead => {
            data["lead"] = json!(one_body(fields, "lead", "Choose who leads", faults));
            put(&mut data, "note", optional_text(fields, "note", faults));
        }
        Answer::AssignAction => {
            data["action"] = json!(forms::short_name(fields.get("event")));
            data["owner"] = json!(one_body(fields, "owner", "Choose who does it", faults));
            data["summary"] =
                json!(forms::text(fields, "summary", "Say what exactly is to be done", faults));
            data["measure"] = json!(measure(fields, faults));
            let due = day(fields, "due", Some("Say by which day it is to be done"), faults);
            put(&mut data, "due", due);
            put(&mut data, "review_on", day(fields, "review_on", None, faults));
        }
        Answer::ProgressAction => {
            data["action"] = json!(action(fields, &found.1, faults));
            progress(&mut data, fields, faults);
        }
        Answer::CompleteAction => {
            data["action"] = json!(action(fields, &found.1, faults));
            data["note"] =
                json!(forms::text(fields, "note", "Say what shows that it is achieved", faults));
        }
        Answer::AddEvidence => {
            let events = events(app, &found.0, fields).await?;
            if events.is_empty() {
                fault(faults, "events", "Choose what is to be added");
            }
            data["events"] = json!(events);
            put(&mut data, "note", optional_text(fields, "note", faults));
        }
        Answer::Close => {
            data["reason"] = json!(forms::text(fields, "reason", "Say why it is closed", faults));
        }
    }
    Ok(data)
}

fn put(data: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        data[name] = json!(value);
    }
}

fn fault(faults: &mut Vec<Fault>, field: &'static str, words: &'static str) {
    faults.push(Fault { field, words });
}

fn bodies(fields: &Fields, field: &str) -> Vec<BodyId> {
    let mut bodies: Vec<BodyId> = fields.all(field).filter_map(|id| BodyId::new(id).ok()).collect();
    bodies.sort();
    bodies.dedup();
    bodies.truncate(64);
    bodies
}

fn one_body(
    fields: &Fields,
    field: &'static str,
    missing: &'static str,
    faults: &mut Vec<Fault>,
) -> String {
    match BodyId::new(fields.get(field)) {
        Ok(body) => body.to_string(),
        Err(_) => {
            fault(faults, field, missing);
            String::new()
        }
    }
}

/// A day as a browser writes it.
fn day(
    fields: &Fields,
    field: &'static str,
    missing: Option<&'static str>,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    match (fields.get(field), missing) {
        ("", None) => None,
        ("", Some(missing)) => {
            fault(faults, field, missing);
            None
        }
        (text, _) => match text.parse::<Date>() {
            Ok(day) => Some(day.to_string()),
            Err(_) => {
                fault(faults, field, "Write the day as year-month-day, such as 2026-11-27");
                None
            }
        },
    }
}

/// A record number in some system.
fn record(fields: &Fields, field: &'static str, faults: &mut Vec<Fault>) -> Option<String> {
    let text = fields.get(field);
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._:/#()-".contains(c);
    if text.is_empty() {
        return None;
    }
    if text.len() > 64 || !text.chars().all(allowed) {
        fault(faults, field, "Use 64 letters, digits and . _ : / # ( ) - at most");
        return None;
    }
    Some(text.to_owned())
}

/// The action that is chosen.
fn action<'a>(fields: &'a Fields, escalation: &Escalation, faults: &mut Vec<Fault>) -> &'a str {
    let action = fields.get("action");
    if !escalation.actions.iter().any(|known| known.id.as_str() == action) {
        fault(faults, "action", "Choose the action");
    }
    action
}

/// How an action goes: at least one thing is said of it, and another rating than that of its dates has a reason.
fn progress(data: &mut Value, fields: &Fields, faults: &mut Vec<Fault>) {
    put(data, "note", optional_text(fields, "note", faults));
    put(data, "review_on", day(fields, "review_on", None, faults));
    let (grade, rating) = (fields.get("grade"), fields.get("rating"));
    match GRADES.iter().find(|(_, token)| *token == grade) {
        Some((grade, _)) => data["grade"] = json!(grade),
        None if grade.is_empty() => {}
        None => fault(faults, "grade", "Choose one of the grades"),
    }
    let is_rated = RATINGS.iter().any(|(_, token)| *token == rating);
    if is_rated {
        data["rating"] = json!(rating);
        data["reason"] = json!(forms::text(fields, "reason", "Say why it is rated so", faults));
    } else if !rating.is_empty() {
        fault(faults, "rating", "Choose one of the ratings");
    } else if optional_text(fields, "reason", faults).is_some() {
        fault(faults, "rating", "Choose the rating that this is the reason for");
    }
    let said = ["note", "review_on", "grade", "rating"];
    if faults.is_empty() && said.iter().all(|name| data.get(*name).is_none()) {
        fault(faults, "note", "Say what was done so far, or give a grade, a rating or a day");
    }
}

/// The measure is a word of the partnership's own list: what was typed, in its spelling.
fn measure(fields: &Fields, faults: &mut Vec<Fault>) -> String {
    let typed = fields.get("measure").to_lowercase();
    let words: Vec<&str> =
        typed.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let measure = words.join("-");
    if measure.is_empty() || measure.len() > 32 {
        fault(
            faults,
            "measure",
            "Say in a few words how you will know, in 32 letters and digits at most",
        );
    }
    measure
}

/// The events that were ticked, as the contract names them. A reader ticks what the reader sees: anything else is
/// not there.
async fn events(app: &App, seen: &Seen, fields: &Fields) -> Result<Vec<Value>, Problem> {
    let ticked: Vec<&str> = fields.all("events").take(100).collect();
    let is_ticked = |item: &&Item| ticked.contains(&item.reference.to_string().as_str());
    let concerns = seen.home().concerns_as_filed().map(|(item, _)| item);
    let wanted: BTreeMap<Position, BodyId> =
        concerns.filter(is_ticked).map(|item| (item.position, item.agency.clone())).collect();
    let said = text::read(&app.log, &wanted).await?;
    let named = said.into_iter().filter_map(|(position, said)| {
        Some(json!({"id": said.id, "agency": wanted.get(&position)?}))
    });
    Ok(named.collect())
}
