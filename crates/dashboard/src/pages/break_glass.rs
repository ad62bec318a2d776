//! Break-glass: the form with which a person opens what the agreement withholds at one home, and what is open there
//! now. It is offered at every home alike: whether anything is withheld is not said.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use carehub_contract::form::Filler;
use carehub_people::{Right, Who};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer_forms::Choice;
use super::answers::see;
use super::frame::{Frame, Section};
use super::when::When;
use super::{PageParameters, PageProblem, not_taken, refusals, rendered, words};
use crate::api::break_glass::{self as openings, REASON_KEPT, Said};
use crate::audit::Note;
use crate::figures::Seen;
use crate::forged::{self, PostedForm};
use crate::forms::{self, Fault, Fields, Taken, fresh_event_id};
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// For how many minutes it may be asked, with the words for it.
const LASTS: [(i64, &str); 6] = [
    (15, "15 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (240, "4 hours"),
    (480, "8 hours"),
    (1_440, "24 hours"),
];

/// What the page is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct BreakGlassQuery {
    /// What became of the form that was sent: `opened`, `before` or `sent`.
    done: String,
}

#[derive(Template)]
#[template(path = "break_glass.html")]
struct BreakGlassPage {
    frame: Frame,
    home: String,
    home_name: String,
    agency: String,
    done: &'static str,
    csrf: Option<String>,
    event: String,
    lasts: Vec<Choice>,
    most: u8,
    reason: String,
    faults: Vec<Fault>,
    refused: Option<String>,
    lines: Vec<OpeningLine>,
}

struct OpeningLine {
    by: String,
    person: String,
    is_own: bool,
    opened: When,
    until: When,
    reason: String,
}

/// A form that was sent and not taken.
#[derive(Default)]
struct Filled {
    fields: Fields,
    faults: Vec<Fault>,
    refused: Option<String>,
}

impl BreakGlassPage {
    fn fault(&self, name: &str) -> Option<&'static str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.words)
    }
}

/// What is open at a home for the reader, and the form to open it.
#[utoipa::path(get, path = "/homes/{id}/break-glass", tag = "pages",
    params(("id" = String, Path, description = "The home"), BreakGlassQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn form(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    Path(id): Path<String>,
    PageParameters(query): PageParameters<BreakGlassQuery>,
) -> Result<Response, PageProblem> {
    let seen = app.seen(&id, &who, &note)?;
    let opens = who.person.is_some() && who.may(Right::BreakGlass);
    if !opens && !who.may(Right::DataProtection) {
        return Err(Problem::forbidden().into());
    }
    page(&app, &who, csrf.filter(|_| opens), &seen, Filled::default(), done(&query.done)).await
}

/// Opens.
#[utoipa::path(post, path = "/homes/{id}/break-glass", tag = "pages",
    params(("id" = String, Path, description = "The home")),
    responses((status = 303), (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn open(
    State(app): State<App>,
    note: Note,
    Path(id): Path<String>,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let mut filled = Filled { fields, ..Filled::default() };
    note.why(filled.fields.get("reason"));
    let (Some(person), true) = (&who.person, who.may(Right::BreakGlass)) else {
        return Err(Problem::forbidden().into());
    };
    let seen = app.seen(&id, &who, &note)?;
    let home = seen.home().id().clone();
    let csrf = Some(forged::token(&secret));
    let reason = reason(&filled.fields, &mut filled.faults);
    let lasts = lasts(&filled.fields, &mut filled.faults);
    if !filled.faults.is_empty() {
        return page(&app, &who, csrf, &seen, filled, "").await;
    }
    let most = i64::from(app.pictures.policy().sharing.break_glass.hours_at_most()) * 60;
    // As long as the policy allows is said without a time: the log's clock may be behind this one.
    let until = (lasts != most).then(|| Timestamp::now() + SignedDuration::from_mins(lasts));
    let filler = Filler { agency: &who.agency, person, home: &home };
    let said = Said { id: filled.fields.event_id()?, reason: &reason, until };
    let done = match openings::say(&app, filler, said).await? {
        Taken::Accepted { at } => {
            let picture = app.pictures.home(&home);
            let own = picture.into_iter().flat_map(|home| home.openings_by(&who.agency));
            if let Some(opening) = own.into_iter().find(|opening| opening.position == at) {
                note.what(&opening.reference.to_string());
            }
            "opened"
        }
        Taken::Before => "before",
        Taken::UnderWay => "sent",
        Taken::Refused { code } => {
            filled.refused = Some(code);
            return page(&app, &who, csrf, &seen, filled, "").await;
        }
    };
    Ok(see(&format!("/homes/{home}/break-glass?done={done}")))
}

fn reason(fields: &Fields, faults: &mut Vec<Fault>) -> String {
    let reason = forms::text(fields, "reason", "Say why you have to know it now", faults);
    if reason.chars().count() > REASON_KEPT {
        faults.push(Fault { field: "reason", words: "Use 1,000 characters at most" });
    }
    reason
}

/// For how many minutes. Whether that is too long is the hub's to say.
fn lasts(fields: &Fields, faults: &mut Vec<Fault>) -> i64 {
    let asked = fields.get("lasts").parse().ok();
    let known = asked.filter(|asked| LASTS.iter().any(|(minutes, _)| minutes == asked));
    if known.is_none() {
        faults.push(Fault { field: "lasts", words: "Choose for how long" });
    }
    known.unwrap_or_default()
}

fn done(token: &str) -> &'static str {
    match token {
        "opened" => {
            "It is opened for you. Those whose words it opens are being told now, and you read the words of each as soon as they are told."
        }
        "before" => "You had sent this form already. What you sent first is what counts.",
        "sent" => {
            "What you sent is in the log and is being worked on. Read this page again in a moment."
        }
        _ => "",
    }
}

async fn page(
    app: &App,
    who: &Who,
    csrf: Option<String>,
    seen: &Seen,
    filled: Filled,
    done: &'static str,
) -> Result<Response, PageProblem> {
    let policy = app.pictures.policy();
    let home = seen.home().id();
    let picture = app.pictures.home(home).ok_or_else(Problem::not_found)?;
    let open = openings::shown(&picture, who);
    let mut reasons = openings::reasons(app, &open).await?;
    let lines = open.into_iter().map(|opening| OpeningLine {
        by: words::body(&policy, &opening.agency),
        person: opening.person.to_string(),
        is_own: who.person.as_ref() == Some(&opening.person),
        opened: When::of(opening.opened_at),
        until: When::of(opening.until),
        reason: reasons.remove(&opening.position).unwrap_or_default(),
    });
    let most = policy.sharing.break_glass.hours_at_most();
    let Filled { fields, faults, refused } = filled;
    let is_taken = refused.is_none() && faults.is_empty();
    let lasts = LASTS.iter().filter(|(minutes, _)| *minutes <= i64::from(most) * 60);
    let choice = |(minutes, words): &(i64, &str)| Choice {
        value: minutes.to_string(),
        words: (*words).to_owned(),
        is_chosen: fields.has("lasts", &minutes.to_string()),
    };
    let response = rendered(&BreakGlassPage {
        frame: Frame::of(app, &who.agency, Section::Homes),
        home: home.to_string(),
        home_name: words::name(seen.home()),
        agency: words::body(&policy, &who.agency),
        done,
        csrf,
        event: fresh_event_id()?,
        lasts: lasts.map(choice).collect(),
        most,
        reason: fields.get("reason").to_owned(),
        faults,
        refused: refused.as_deref().map(refusals::words),
        lines: lines.collect(),
    })?;
    Ok(if is_taken { response } else { not_taken(response, refused.as_deref()) })
}
