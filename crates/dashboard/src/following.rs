//! How a person follows, as the log has it, and how they change it. Each change is a message of the hub with a number
//! of its own, so that of two that are made at once neither is lost: the second is made again on top of the first. And
//! what is new in what they follow, for the page and the API.

use std::cmp::Reverse;
use std::time::Duration;

use bytes::Bytes;
use carehub_contract::following::{self as messages, encode_settings};
use carehub_contract::{Encoded, Subject};
use carehub_domain::escalation::Level;
use carehub_domain::following::{
    Book, FOLLOWS_AT_MOST, Follow, Follower, NewAt, Settings, WhatsNew,
};
use carehub_domain::{HomeId, PersonId, Position};
use carehub_people::{Secret, Who, unsubscribed_by};
use carehub_storage::log::{LogError, Once, Read};
use jiff::Timestamp;

use crate::audit::Note;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::shared::Shared;

/// How often a change is made again because another came first.
const TRIES: usize = 5;

/// How many homes with something new are listed, the newest.
pub(crate) const NEW_LISTED: usize = 50;

/// Messages read at a time, and how long they are waited for.
const BATCH: usize = 500;
const WAIT: Duration = Duration::from_secs(5);

/// The person who asks. An agency's program follows nothing: it has the feed.
pub(crate) fn person(who: &Who) -> Result<&PersonId, Problem> {
    who.person.as_ref().ok_or_else(Problem::forbidden)
}

/// What a person has said last, and how often they have said something.
pub(crate) async fn settings(app: &Shared, person: &PersonId) -> Result<(Settings, u32), Problem> {
    let subject = format!("carehub.person.{person}.>");
    let last = app.log.last_for_subject(&subject).await.map_err(|error| unread(&error))?;
    let mut book = Book::default();
    if let Some(last) = last
        && let Ok(subject) = Subject::parse(&last.subject)
    {
        messages::take(&mut book, &subject, &last.payload, Position(last.sequence));
    }
    Ok(match book.person(person) {
        Some(follower) => (follower.settings.clone(), follower.revision),
        None => (Settings::to_begin_with(), 0),
    })
}

/// Everything that the log says of one person as a follower.
pub(crate) async fn follower(app: &Shared, person: &PersonId) -> Result<Follower, Problem> {
    let mut newest = 0;
    let subjects = messages::subjects_of(person);
    let last = app.log.last_for_subjects(&subjects).await.map_err(|error| unread(&error))?;
    for stored in last.into_iter().flatten() {
        newest = newest.max(stored.sequence);
    }
    let mut book = Book::default();
    let mut reader = app.log.reader(1, subjects);
    let mut through = 0;
    while through < newest {
        let batch = reader.next_batch(BATCH, WAIT).await.map_err(|error| unread(&error))?;
        for read in batch {
            through = through.max(read.through());
            if let Read::Message(stored) = read
                && let Ok(subject) = Subject::parse(&stored.subject)
            {
                let position = Position(stored.sequence);
                messages::take(&mut book, &subject, &stored.payload, position);
            }
        }
    }
    let follower = book.person(person).cloned();
    Ok(follower.unwrap_or_else(Follower::to_begin_with))
}

/// Changes what a person has said; writes nothing where that changes nothing.
pub(crate) async fn change(
    app: &Shared,
    person: &PersonId,
    edit: impl Fn(&mut Settings) -> Result<(), Problem>,
) -> Result<Settings, Problem> {
    for _ in 0..TRIES {
        let (before, revision) = settings(app, person).await?;
        let mut after = before.clone();
        edit(&mut after)?;
        if after.follows.len() > FOLLOWS_AT_MOST {
            return Err(Problem::bad_parameter("Nobody follows more than 200 things."));
        }
        if after == before {
            return Ok(after);
        }
        let encoded = encode_settings(person, revision.saturating_add(1), &after, Timestamp::now());
        let Encoded { subject, payload } = encoded.map_err(|_| Problem::internal())?;
        let written = app.log.publish_once(&subject, Bytes::from(payload)).await;
        match written.map_err(|error| unread(&error))? {
            Once::Stored(_) | Once::AlreadySame(_) => return Ok(after),
            Once::AlreadyDifferent(_) => {}
        }
    }
    Err(Problem::timed_out())
}

/// What is new in what a person follows.
pub(crate) struct News {
    /// Since when; none where they follow nothing.
    pub(crate) since: Option<Timestamp>,
    /// The homes about which something is new, the newest first: [`NEW_LISTED`] of them at most.
    pub(crate) homes: Vec<(Seen, NewAt)>,
    /// How many there are besides.
    pub(crate) more: usize,
}

/// What is new for a person now, as the e-mails ask it: of what their agency may see. The homes are noted.
pub(crate) fn news(app: &Shared, who: &Who, follower: &Follower, note: &Note) -> News {
    let Some(whats_new) = WhatsNew::of(follower, Timestamp::now()) else {
        return News { since: None, homes: Vec::new(), more: 0 };
    };
    let places = app.all_seen(&who.agency).filter(|seen| seen.home().id().is_place());
    let new = |seen: Seen| whats_new.at(&seen.view).map(|new| (seen, new));
    let mut homes: Vec<(Seen, NewAt)> = places.filter_map(new).collect();
    homes.sort_by_cached_key(|(seen, new)| {
        (Reverse(new.newest.told_from), seen.home().id().clone())
    });
    let more = homes.len().saturating_sub(NEW_LISTED);
    homes.truncate(NEW_LISTED);
    note.homes(homes.iter().map(|(seen, _)| seen.home().id()));
    News { since: Some(whats_new.since()), homes, more }
}

/// Whether there is such a thing to follow, for this reader.
pub(crate) fn exists(app: &Shared, who: &Who, follow: &Follow) -> bool {
    let any = |is_it: &dyn Fn(&Seen) -> bool| {
        let mut seen = app.all_seen(&who.agency).filter(|seen| seen.home().id().is_place());
        seen.any(|seen| is_it(&seen))
    };
    match follow {
        Follow::Home(home) => seen_home(app, who, home).is_some(),
        Follow::Provider(id) => any(&|seen| provider_of(seen).is_some_and(|it| it == id)),
        Follow::Area(area) => any(&|seen| area_of(seen).is_some_and(|it| it == area)),
        Follow::Level(level) => *level > Level::None,
    }
}

/// A home that the reader may know of.
pub(crate) fn seen_home(app: &Shared, who: &Who, home: &HomeId) -> Option<Seen> {
    let picture = app.pictures.home(home).filter(|home| home.id().is_place())?;
    app.see(&picture, &who.agency)
}

/// The provider of a home, by its id in the register.
pub(crate) fn provider_of(seen: &Seen) -> Option<&str> {
    let registration = seen.home().head.registration.as_ref()?;
    registration.provider.as_ref().map(|provider| provider.id.as_str())
}

/// The area of a home.
pub(crate) fn area_of(seen: &Seen) -> Option<&str> {
    seen.home().head.registration.as_ref()?.area.as_deref()
}

/// Ends all e-mail to whom a token is of; whether there is such a person is not said.
pub(crate) async fn unsubscribe(app: &Shared, token: &str) -> Result<(), Problem> {
    let person = unsubscriber(app, token).ok_or_else(Problem::not_found)?;
    let off = |settings: &mut Settings| {
        settings.email = false;
        Ok(())
    };
    change(app, &person, off).await.map(|_| ())
}

/// Whose token it is; none where this hub did not make it.
pub(crate) fn unsubscriber(app: &Shared, token: &str) -> Option<PersonId> {
    let key: &Secret = app.unsubscribe_key.as_ref()?;
    unsubscribed_by(key, token)
}

fn unread(error: &LogError) -> Problem {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, "what a person follows could not be read or written");
    Problem::internal()
}

/// Where a person is written to; for that person alone.
pub(crate) fn address(app: &Shared, person: &PersonId) -> Result<Option<String>, Problem> {
    let Some(people) = &app.people else { return Ok(None) };
    let reached = people.reached(person).map_err(|error| crate::asking::unreadable(&error))?;
    Ok(reached.and_then(|reached| reached.mail))
}
