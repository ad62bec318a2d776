//! Following: what the signed-in person follows, when they want to hear of it, and what was sent to them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use carehub_domain::PersonId;
use carehub_domain::escalation::Level;
use carehub_domain::following::{
    Cadence, Day, Delivery, EndedWhy, FailedCode, Follow, Follower, Outcome, QuietHours, Reason,
    Settings,
};
use carehub_people::Who;
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer_forms::Choice;
use super::answers::see;
use super::frame::{Frame, Section};
use super::when::When;
use super::{PageParameters, PageProblem, rendered, words};
use crate::api::following::{cadence, day_word, follow};
use crate::audit::Note;
use crate::following;
use crate::forged::PostedForm;
use crate::forms::Fields;
use crate::problem::Problem;
use crate::reader::PageReader;
use crate::shared::App;

/// How many deliveries are shown.
const SHOWN: usize = 20;

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
    address: Option<String>,
    email: bool,
    urgent_passes: bool,
    lines: Vec<FollowLine>,
    areas: Vec<String>,
    cadences: Vec<Choice>,
    days: Vec<Choice>,
    hours: Vec<Choice>,
    quiet_from: Vec<Choice>,
    quiet_until: Vec<Choice>,
    deliveries: Vec<DeliveryLine>,
}

/// One thing that is followed.
struct FollowLine {
    what: &'static str,
    which: String,
    /// In words; where it leads, if anywhere.
    words: String,
    link: Option<String>,
}

struct DeliveryLine {
    planned: When,
    why: &'static str,
    count: String,
    state: String,
    has_failed: bool,
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

/// What the signed-in person follows, and what was sent to them.
#[utoipa::path(get, path = "/following", tag = "pages", params(FollowingQuery),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn page(
    State(app): State<App>,
    PageReader { who, csrf }: PageReader,
    PageParameters(query): PageParameters<FollowingQuery>,
) -> Result<Response, PageProblem> {
    let person = following::person(&who)?;
    let csrf = csrf.ok_or_else(Problem::forbidden)?;
    let follower = following::follower(&app, person).await?;
    let address = following::address(&app, person)?;
    let settings = &follower.settings;
    let (how, hour, day) = match settings.cadence {
        Cadence::AtOnce => ("at-once", 8, Day::Monday),
        Cadence::Daily { hour } => ("daily", hour.get(), Day::Monday),
        Cadence::Weekly { day, hour } => ("weekly", hour.get(), day),
    };
    let quiet = settings.quiet;
    let days = Day::ALL.map(|one| choice(day_word(one), day_words(one), one == day));
    rendered(&FollowingPage {
        frame: Frame::of(&app, &who.agency, Section::Following),
        csrf,
        done: done(&query.done),
        address,
        email: settings.email,
        urgent_passes: settings.urgent_passes,
        lines: settings.follows.iter().map(|follow| line(&app, &who, follow)).collect(),
        areas: areas(&app, &who),
        cadences: CADENCES.map(|(value, words)| choice(value, words, value == how)).into(),
        days: days.into(),
        hours: hours(Some(hour)),
        quiet_from: hours(quiet.map(|quiet| quiet.from.get())),
        quiet_until: hours(quiet.map(|quiet| quiet.until.get())),
        deliveries: deliveries(&follower),
    })
}

const CADENCES: [(&str, &str); 3] = [
    ("at-once", "At once, with what comes soon after in the same message"),
    ("daily", "In one message a day"),
    ("weekly", "In one message a week"),
];

/// Follows, unfollows, or says how to follow.
#[utoipa::path(post, path = "/following", tag = "pages",
    responses((status = 303), (status = 400, content_type = "text/html", body = String)))]
pub(crate) async fn change(
    State(app): State<App>,
    note: Note,
    posted: PostedForm<Fields>,
) -> Result<Response, PageProblem> {
    let PostedForm { who, secret: _, form: fields } = posted;
    crate::reader::may_read(&app, &who)?;
    let person = following::person(&who)?;
    note.what(fields.get("do"));
    let not_the_form = || Problem::bad_parameter("The form is not the one that the page has.");
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
            save(&app, person, &fields).await?;
            "saved"
        }
        _ => return Err(not_the_form().into()),
    };
    Ok(see(&format!("/following?done={done}")))
}

async fn save(app: &App, person: &PersonId, fields: &Fields) -> Result<(), Problem> {
    let not_the_form = || Problem::bad_parameter("The form is not the one that the page has.");
    let hour = |field: &str| fields.get(field).parse::<i8>().ok();
    let when = cadence(fields.get("cadence"), hour("hour"), Some(fields.get("day")));
    let when = when.ok_or_else(not_the_form)?;
    let quiet = match (hour("quiet_from"), hour("quiet_until")) {
        (Some(from), Some(until)) => Some(QuietHours {
            from: from.try_into().map_err(|_| not_the_form())?,
            until: until.try_into().map_err(|_| not_the_form())?,
        }),
        // Half of it is none.
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    let edit = |settings: &mut Settings| {
        settings.email = fields.has("email", "yes");
        settings.cadence = when;
        settings.quiet = quiet;
        settings.urgent_passes = fields.has("urgent", "yes");
        Ok(())
    };
    following::change(app, person, edit).await.map(|_| ())
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

fn choice(value: &str, words: &str, is_chosen: bool) -> Choice {
    Choice { value: value.to_owned(), words: words.to_owned(), is_chosen }
}

fn hours(chosen: Option<i8>) -> Vec<Choice> {
    let hour = |hour: i8| choice(&hour.to_string(), &format!("{hour:02}:00"), chosen == Some(hour));
    (0..24).map(hour).collect()
}

fn day_words(day: Day) -> &'static str {
    match day {
        Day::Monday => "Monday",
        Day::Tuesday => "Tuesday",
        Day::Wednesday => "Wednesday",
        Day::Thursday => "Thursday",
        Day::Friday => "Friday",
        Day::Saturday => "Saturday",
        Day::Sunday => "Sunday",
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

fn deliveries(follower: &Follower) -> Vec<DeliveryLine> {
    let line = |delivery: &Delivery| DeliveryLine {
        planned: When::of(delivery.plan.at),
        why: match delivery.plan.reason {
            Reason::AtOnce => "Something new",
            Reason::Urgent => "An urgent escalation, in your quiet hours",
            Reason::Daily => "Daily digest",
            Reason::Weekly => "Weekly digest",
        },
        count: words::plural(delivery.plan.count, "entry", "entries"),
        state: state(delivery),
        has_failed: delivery.failed.is_some() && !is_made(delivery),
    };
    follower.deliveries().take(SHOWN).map(line).collect()
}

fn is_made(delivery: &Delivery) -> bool {
    matches!(delivery.outcome, Some(Outcome::Made(_)))
}

fn state(delivery: &Delivery) -> String {
    let failed = || match delivery.failed {
        None => String::new(),
        Some(failed) => {
            let times = words::plural(delivery.failures, "try", "tries");
            let why = match failed.code {
                FailedCode::MailUnreachable => "the mail server did not answer",
                FailedCode::MailTls => "the connection to the mail server could not be secured",
                FailedCode::MailRefused => "the mail server refused it",
                FailedCode::MailNoAddress => "you have no address here",
            };
            format!(" {times} failed, the last {}: {why}.", When::of(failed.at).words())
        }
    };
    match delivery.outcome {
        None if delivery.failed.is_some() => format!("Not sent yet.{}", failed()),
        None => "Being sent.".to_owned(),
        Some(Outcome::Made(at)) => format!("Sent {}.", When::of(at).words()),
        Some(Outcome::Ended(_, why)) => {
            let why = match why {
                EndedWhy::NothingLeft => "nothing of it was left to tell you",
                EndedWhy::Unsubscribed => "you wanted no more e-mail",
                EndedWhy::NoReader => "your account could not read then",
                EndedWhy::Outdated => "it could not be sent for five days",
            };
            format!("Not sent: {why}.{}", failed())
        }
    }
}
