//! Following: what is new in what the signed-in person follows, what that is, when they want to hear of it, and what was
//! sent to them.

mod how;
mod news;
mod sent;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::escalation::Level;
use carehub_domain::following::{Follow, Settings};
use carehub_people::Who;
use serde::Deserialize;
use utoipa::IntoParams;

use self::how::{How, HowForm};
use self::news::NewLines;
use self::sent::{DeliveryLine, deliveries};
use super::answers::see;
use super::frame::{Frame, Section};
use super::{PageParameters, PageProblem, not_taken, rendered, words};
use crate::api::following::follow;
use crate::audit::Note;
use crate::following;
use crate::forged::{self, PostedForm};
use crate::forms::{Fault, Fields};
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// What the page is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowingQuery {
    /// What became of the form that was sent: `followed`, `unfollowed`, `saved` or `stopped`.
    done: String,
}

#[derive(Template)]
#[template(path = "following.html")]
struct FollowingPage {
    frame: Frame,
    csrf: String,
    done: &'static str,
    news: NewLines,
    lines: Vec<FollowLine>,
    areas: Vec<String>,
    address: Option<String>,
    /// Whether e-mail is sent now, whatever the form holds.
    gets_mail: bool,
    how: HowForm,
    faults: Vec<Fault>,
    deliveries: Vec<DeliveryLine>,
}

impl FollowingPage {
    fn fault(&self, name: &str) -> Option<&'static str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.words)
    }
}

/// One thing that is followed.
struct FollowLine {
    what: &'static str,
    which: String,
    /// In words; where it leads, if anywhere.
    words: String,
    link: Option<String>,
}

/// The button with which a page lets a person follow what it shows.
pub(super) struct FollowBox {
    pub(super) csrf: String,
    pub(super) what: &'static str,
    pub(super) which: String,
    pub(super) is_followed: bool,
}

impl FollowBox {
    /// For what a page shows to a person; none where nobody signed in.
    pub(super) async fn of(
        app: &App,
        who: &Who,
        csrf: Option<&String>,
        shown: Follow,
    ) -> Result<Option<Self>, Problem> {
        let (Some(person), Some(csrf)) = (&who.person, csrf) else { return Ok(None) };
        let (settings, _) = following::settings(app, person).await?;
        let is_followed = settings.follows.contains(&shown);
        let (what, which) = named(&shown);
        Ok(Some(Self { csrf: csrf.clone(), what, which, is_followed }))
    }
}

/// What the signed-in person follows, what is new in it, and what was sent to them.
#[utoipa::path(get, path = "/following", tag = "pages", params(FollowingQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    note: Note,
    PageParameters(query): PageParameters<FollowingQuery>,
) -> Result<Response, PageProblem> {
    following::person(&who)?;
    let csrf = csrf.ok_or_else(Problem::forbidden)?;
    shown(&app, &who, &note, csrf, done(&query.done), None).await
}

/// Follows, unfollows, or says how to follow.
#[utoipa::path(post, path = "/following", tag = "pages",
    responses((status = 303), (status = 400, content_type = "text/html", body = String),
        (status = 422, content_type = "text/html", body = String)))]
pub(crate) async fn change(
    State(app): State<App>,
    note: Note,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let person = following::person(&who)?;
    note.what(fields.get("do"));
    let meant = || follow(fields.get("what"), fields.get("which")).ok_or_else(not_the_form);
    let done = match fields.get("do") {
        "follow" => {
            let follow = meant()?;
            if !following::exists(&app, &who, &follow) {
                return Err(Problem::not_found().into());
            }
            let add = |settings: &mut Settings| {
                settings.follows.insert(follow.clone());
                Ok(())
            };
            following::change(&app, person, add).await?;
            "followed"
        }
        "unfollow" => {
            let follow = meant()?;
            let remove = |settings: &mut Settings| {
                settings.follows.remove(&follow);
                Ok(())
            };
            following::change(&app, person, remove).await?;
            "unfollowed"
        }
        "stop" => {
            let off = |settings: &mut Settings| {
                settings.email = false;
                Ok(())
            };
            following::change(&app, person, off).await?;
            "stopped"
        }
        "save" => {
            let how = How::filled_in(&fields);
            let asked = how.read()?;
            if !asked.faults.is_empty() {
                let csrf = forged::token(&secret);
                let filled_in = Some((how, asked.faults));
                let again = shown(&app, &who, &note, csrf, "", filled_in).await?;
                return Ok(not_taken(again, None));
            }
            let edit = |settings: &mut Settings| {
                asked.set(settings);
                Ok(())
            };
            following::change(&app, person, edit).await?;
            "saved"
        }
        _ => return Err(not_the_form().into()),
    };
    Ok(see(&format!("/following?done={done}")))
}

/// The page; with what was filled in and not taken, and what is wrong with it, where that is so.
async fn shown(
    app: &App,
    who: &Who,
    note: &Note,
    csrf: String,
    done: &'static str,
    filled_in: Option<(How, Vec<Fault>)>,
) -> Result<Response, PageProblem> {
    let person = following::person(who)?;
    let follower = following::follower(app, person).await?;
    let settings = &follower.settings;
    let (how, faults) = filled_in.unwrap_or_else(|| (How::of(settings), Vec::new()));
    rendered(&FollowingPage {
        frame: Frame::of(app, &who.agency, Section::Following),
        csrf,
        done,
        news: NewLines::of(&following::news(app, who, &follower, note)),
        lines: settings.follows.iter().map(|follow| line(app, who, follow)).collect(),
        areas: areas(app, who),
        address: following::address(app, person)?,
        gets_mail: settings.email,
        how: how.form(),
        faults,
        deliveries: deliveries(&follower),
    })
}

fn not_the_form() -> Problem {
    Problem::bad_parameter("The form is not the one that the page has.")
}

fn done(token: &str) -> &'static str {
    match token {
        "followed" => "You follow it from now on. What was there before is not sent.",
        "unfollowed" => "You do not follow it any more.",
        "saved" => "It is saved.",
        "stopped" => {
            "You get no more e-mail. What you follow is kept, and you can begin again below."
        }
        _ => "",
    }
}

fn named(follow: &Follow) -> (&'static str, String) {
    match follow {
        Follow::Home(home) => ("home", home.to_string()),
        Follow::Provider(id) => ("provider", id.clone()),
        Follow::Area(area) => ("area", area.clone()),
        Follow::Level(level) => ("level", level_word(*level).to_owned()),
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::Minor => "minor",
        Level::Moderate => "moderate",
        Level::Major => "major",
    }
}

/// What is followed, in words; what is not to be seen any more is named by its id alone.
fn line(app: &App, who: &Who, follow: &Follow) -> FollowLine {
    let (what, which) = named(follow);
    let (words, link) = match follow {
        Follow::Home(home) => match following::seen_home(app, who, home) {
            Some(seen) => (words::name(seen.home()), Some(format!("/homes/{}", seen.home().id()))),
            None => (format!("{home}, which you may not open now"), None),
        },
        Follow::Provider(id) => (format!("Every home of the provider {id}"), None),
        Follow::Area(area) => (format!("Every home in {area}"), None),
        Follow::Level(level) => {
            (format!("Every home whose level is {} or higher", level_word(*level)), None)
        }
    };
    FollowLine { what, which, words, link }
}

/// The areas of the homes that the reader may know of.
fn areas(app: &App, who: &Who) -> Vec<String> {
    let seen = app.all_seen(&who.agency).filter(|seen| seen.home().id().is_place());
    let areas: std::collections::BTreeSet<String> =
        seen.filter_map(|seen| following::area_of(&seen).map(str::to_owned)).collect();
    areas.into_iter().collect()
}
