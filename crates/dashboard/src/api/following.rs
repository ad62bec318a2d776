//! What the signed-in person follows, how they want to hear of it, and what was sent to them.

use axum::extract::State;
use axum::response::Response;
use carehub_domain::following::{
    Cadence, Day, Delivery, Entry, Follow, Follower, NewAt, Outcome, QuietHours, Reason, Recorded,
    Settings,
};
use carehub_people::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use crate::audit::Note;
use crate::figures::Seen;
use crate::following::{self, News};
use crate::parameters::Body;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shared::App;

/// How many deliveries are shown.
const SHOWN: usize = 20;

/// One thing that is followed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowDocument {
    /// `home`, `provider`, `area` or `level`.
    what: String,
    /// Its id; the area by its name; `minor`, `moderate` or `major`.
    which: String,
}

/// Hours of the day by London's clock in which nothing is sent; over midnight where they end before they begin.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietDocument {
    /// The first hour, from 0 to 23.
    from: i8,
    /// The first hour after them, from 0 to 23.
    until: i8,
}

/// How a person follows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowingAsked {
    /// What is followed, at most 200.
    follows: Vec<FollowDocument>,
    /// Whether e-mail is wanted at all.
    email: bool,
    /// `at-once`, `daily` or `weekly`.
    cadence: String,
    /// The hour of a digest by London's clock, from 0 to 23; null where it comes at once.
    hour: Option<i8>,
    /// The day of a weekly digest, such as `monday`.
    day: Option<String>,
    /// When nothing is sent.
    quiet: Option<QuietDocument>,
    /// Whether an escalation at the highest level may be told in quiet hours.
    urgent_passes: bool,
}

/// What was sent, or is to be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryDocument {
    /// Its number among the person's own.
    number: u32,
    /// When it fell due.
    #[schema(value_type = String, format = DateTime)]
    planned_at: Timestamp,
    /// `at-once`, `urgent`, `daily` or `weekly`.
    #[schema(value_type = String)]
    reason: Reason,
    /// Of how many entries it told when it was planned.
    count: u32,
    /// `under-way`, `made` or `ended`.
    state: &'static str,
    /// When it was made or ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// How often it failed.
    failures: u32,
    /// The code of the last failure.
    code: Option<&'static str>,
    /// When it failed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    failed_at: Option<Timestamp>,
}

/// A home about which something is new.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewAtDocument {
    /// Its token.
    home: String,
    /// Its name in the register; null while it is not registered.
    name: Option<String>,
    /// How many entries.
    entries: u32,
    /// How many of them the last message told of that was sent.
    in_last_message: u32,
    /// When the first of them was recorded: an instant, or the month (`2024-03`) where the reader knows no more.
    since: String,
    /// When the newest was, in the same way.
    newest: String,
}

/// What is new in what the person follows, of what their agency may see: what the messages of the last seven days
/// told of, or at least the last, and what came since; of the last 30 days where none was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewsDocument {
    /// Since when; null where nothing is followed.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// The homes, those with the newest entries first; 50 at most.
    homes: Vec<NewAtDocument>,
    /// How many homes there are besides.
    more_homes: usize,
}

/// How a person follows, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowingDocument {
    #[serde(flatten)]
    settings: FollowingAsked,
    /// Whether the account has an address.
    has_address: bool,
    /// What is new in what they follow.
    news: NewsDocument,
    /// The newest first.
    deliveries: Vec<DeliveryDocument>,
}

/// What the signed-in person follows, and what was sent to them.
#[utoipa::path(get, path = "/api/v1/following", tag = "following",
    responses((status = 200, body = FollowingDocument), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
) -> Result<Response, Problem> {
    let follower = following::follower(&app, following::person(&who)?).await?;
    json(&document(&app, &who, &follower, &note)?)
}

/// Says how the signed-in person follows, whole.
#[utoipa::path(post, path = "/api/v1/following", tag = "following", request_body = FollowingAsked,
    responses((status = 200, body = FollowingDocument), (status = 400, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn write(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Body(asked): Body<FollowingAsked>,
) -> Result<Response, Problem> {
    let person = following::person(&who)?;
    note.what("following");
    let settings = settings(&asked)?;
    let (before, _) = following::settings(&app, person).await?;
    // What is followed already may stay, also where it is not to be seen any more.
    let mut added = settings.follows.difference(&before.follows);
    if !added.all(|follow| following::exists(&app, &who, follow)) {
        return Err(Problem::not_found());
    }
    let whole = |to: &mut Settings| {
        to.clone_from(&settings);
        Ok(())
    };
    following::change(&app, person, whole).await?;
    let follower = following::follower(&app, person).await?;
    json(&document(&app, &who, &follower, &note)?)
}

fn document(
    app: &App,
    who: &Who,
    follower: &Follower,
    note: &Note,
) -> Result<FollowingDocument, Problem> {
    Ok(FollowingDocument {
        settings: said(&follower.settings),
        has_address: following::address(app, following::person(who)?)?.is_some(),
        news: NewsDocument::of(&following::news(app, who, follower, note)),
        deliveries: follower.deliveries().take(SHOWN).map(DeliveryDocument::of).collect(),
    })
}

impl NewsDocument {
    fn of(news: &News) -> Self {
        let homes = news.homes.iter().map(|(seen, new)| NewAtDocument::of(seen, new)).collect();
        Self { since: news.since, homes, more_homes: news.more }
    }
}

impl NewAtDocument {
    fn of(seen: &Seen, new: &NewAt) -> Self {
        let home = seen.home();
        Self {
            home: home.id().to_string(),
            name: home.head.registration.as_ref().map(|known| known.name.clone()),
            entries: new.count,
            in_last_message: new.in_last,
            since: recorded(&new.first),
            newest: recorded(&new.newest),
        }
    }
}

/// When an entry was recorded, or in which month.
fn recorded(entry: &Entry) -> String {
    match entry.recorded() {
        Recorded::At(at) => at.to_string(),
        Recorded::InMonth(first) => first.strftime("%Y-%m").to_string(),
    }
}

impl DeliveryDocument {
    fn of(delivery: &Delivery) -> Self {
        let (state, ended_at) = match delivery.outcome {
            None => ("under-way", None),
            Some(Outcome::Made(at)) => ("made", Some(at)),
            Some(Outcome::Ended(at, _)) => ("ended", Some(at)),
        };
        Self {
            number: delivery.number,
            planned_at: delivery.plan.at,
            reason: delivery.plan.reason,
            count: delivery.plan.count,
            state,
            ended_at,
            failures: delivery.failures,
            code: delivery.failed.map(|failed| failed.code.as_str()),
            failed_at: delivery.failed.map(|failed| failed.at),
        }
    }
}

/// The word of a day, and back.
pub(crate) fn day_word(day: Day) -> &'static str {
    match day {
        Day::Monday => "monday",
        Day::Tuesday => "tuesday",
        Day::Wednesday => "wednesday",
        Day::Thursday => "thursday",
        Day::Friday => "friday",
        Day::Saturday => "saturday",
        Day::Sunday => "sunday",
    }
}

fn said(settings: &Settings) -> FollowingAsked {
    let (cadence, hour, day) = match settings.cadence {
        Cadence::AtOnce => ("at-once", None, None),
        Cadence::Daily { hour } => ("daily", Some(hour.get()), None),
        Cadence::Weekly { day, hour } => ("weekly", Some(hour.get()), Some(day_word(day))),
    };
    FollowingAsked {
        follows: settings.follows.iter().map(follow_said).collect(),
        email: settings.email,
        cadence: cadence.to_owned(),
        hour,
        day: day.map(str::to_owned),
        quiet: settings
            .quiet
            .map(|quiet| QuietDocument { from: quiet.from.get(), until: quiet.until.get() }),
        urgent_passes: settings.urgent_passes,
    }
}

fn follow_said(follow: &Follow) -> FollowDocument {
    let value = serde_json::to_value(follow).unwrap_or_default();
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    FollowDocument { what: text("what"), which: text("which") }
}

/// A follow by its two words; none where it is none.
pub(crate) fn follow(what: &str, which: &str) -> Option<Follow> {
    let follow: Follow =
        serde_json::from_value(serde_json::json!({"what": what, "which": which})).ok()?;
    let named = |text: &String| !text.is_empty() && text.chars().count() <= 200;
    match &follow {
        Follow::Home(home) => home.is_place().then_some(follow),
        Follow::Provider(text) | Follow::Area(text) => named(text).then_some(follow),
        Follow::Level(_) => Some(follow),
    }
}

/// When, by its words; none where it is none.
pub(crate) fn cadence(how: &str, hour: Option<i8>, day: Option<&str>) -> Option<Cadence> {
    let hour = || hour.and_then(|hour| hour.try_into().ok());
    match how {
        "at-once" => Some(Cadence::AtOnce),
        "daily" => Some(Cadence::Daily { hour: hour()? }),
        "weekly" => {
            let day = Day::ALL.into_iter().find(|known| Some(day_word(*known)) == day)?;
            Some(Cadence::Weekly { day, hour: hour()? })
        }
        _ => None,
    }
}

fn settings(asked: &FollowingAsked) -> Result<Settings, Problem> {
    let bad = |detail| Problem::bad_parameter(detail);
    let follows = asked.follows.iter().map(|one| follow(&one.what, &one.which));
    let follows: Option<_> = follows.collect();
    let cadence = cadence(&asked.cadence, asked.hour, asked.day.as_deref());
    let quiet = match &asked.quiet {
        None => None,
        Some(QuietDocument { from, until }) => {
            let (Ok(from), Ok(until)) = ((*from).try_into(), (*until).try_into()) else {
                return Err(bad("An hour is a number from 0 to 23."));
            };
            Some(QuietHours { from, until })
        }
    };
    Ok(Settings {
        follows: follows
            .ok_or_else(|| bad("A home, a provider, an area or a level is followed."))?,
        email: asked.email,
        cadence: cadence.ok_or_else(|| {
            bad("It comes at-once, daily at an hour, or weekly on a day and at an hour.")
        })?,
        quiet,
        urgent_passes: asked.urgent_passes,
    })
}
