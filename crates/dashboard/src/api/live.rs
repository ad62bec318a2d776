//! Live changes as server-sent events: which home changed, never what was said.
//!
//! A reader is told of a change only when what that reader sees has changed, so that a concern for
//! a named audience does not make itself known to others by its timing. For that each reader's
//! stream remembers the revision of every home as that reader sees it. What stands at no place (`unmatched`,
//! `general`) is a picture like a home's, and is told of by the same rule.
//!
//! A page says by a [`Mark`] what it was made of, and each event says it anew: whoever comes, or comes again, with
//! the mark of what there is now has missed nothing and need not read again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use carehub_domain::{BodyId, HomeId};
use carehub_people::Who;
use futures_util::{Stream, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use utoipa::{IntoParams, ToSchema};

use crate::audit::Note;
use crate::figures::Seen;
use crate::parameters::Parameters;
use crate::pictures::Changed;
use crate::problem::Problem;
use crate::reader::{Reader, may_read};
use crate::shared::{App, Shared};

/// Where it is listened to.
pub(crate) const PATH: &str = "/api/v1/live";

/// How soon a quiet stream ends whose credential has ended.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What one reader sees of one home, or of all, as one number: another one as soon as anything of it is another. It is
/// made of what that reader sees alone, and so tells that reader nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Mark {
    /// Of everything that `reader` sees. A page takes it before it reads anything else, so that what changes
    /// meanwhile is told.
    pub(crate) fn of_all(app: &Shared, reader: &BodyId) -> Self {
        let mut mark = Self::default();
        for seen in app.all_seen(reader) {
            mark.add(&seen);
        }
        mark
    }

    /// One home more is seen.
    pub(crate) fn add(&mut self, seen: &Seen) {
        self.put(seen.home().id(), seen.revision());
    }

    fn put(&mut self, home: &HomeId, revision: &str) {
        self.0 = self.0.wrapping_add(Self::part(home, revision));
    }

    fn take(&mut self, home: &HomeId, revision: &str) {
        self.0 = self.0.wrapping_sub(Self::part(home, revision));
    }

    /// A sum of parts follows one change without all others being looked at.
    fn part(home: &HomeId, revision: &str) -> u64 {
        let mut part = DefaultHasher::new();
        (home.as_str(), revision).hash(&mut part);
        part.finish()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a page listens that was made of everything that its reader sees.
pub(crate) fn path_of_all(mark: Mark) -> String {
    format!("{PATH}?mark={mark}")
}

/// Where a page listens that was made of one home.
pub(crate) fn path_of_home(seen: &Seen) -> String {
    let mut mark = Mark::default();
    mark.add(seen);
    format!("{PATH}?home={}&mark={mark}", seen.home().id())
}

/// What an event `home` carries as its data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeChanged<'a> {
    /// The home; or `unmatched` or `general`, where what stands at no place changed.
    #[schema(value_type = String)]
    home: &'a HomeId,
    /// Its revision, as `/api/v1/homes/{id}` gives it. Opaque. Null where nothing of it is to be seen any more.
    revision: Option<&'a str>,
}

/// What to listen to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// Only this home.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
    /// What the listener knows: the `id` of the last event. Where something is another now, an event `missed`
    /// comes first. `Last-Event-ID` goes before it.
    mark: Option<String>,
}

/// A reader's stream.
struct Listening {
    app: App,
    reader: BodyId,
    /// Whose credential it was: the stream ends with it.
    who: Who,
    only: Option<HomeId>,
    changes: broadcast::Receiver<Changed>,
    closing: watch::Receiver<bool>,
    /// The revision of every home as the reader last saw it.
    known: HashMap<HomeId, String>,
    /// What is known, as one number.
    mark: Mark,
    /// Whether the reader is to be told first that changes may have been missed.
    missed: bool,
    _place: Place,
}

/// A place among the live readers; given back when the stream ends.
struct Place {
    app: App,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    fn take(app: &App) -> Result<Self, Problem> {
        let permit = Arc::clone(&app.live).try_acquire_owned().map_err(|_| Problem::too_many())?;
        app.metrics.live.inc();
        Ok(Self { app: Arc::clone(app), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.app.metrics.live.dec();
    }
}

/// Changes as they happen. `event: home` carries the home and its new revision. `event: missed`
/// says that changes may have been missed, so that everything shown has to be read again: it comes
/// first on a reconnect with the `Last-Event-ID` of a time since when something changed, and whenever
/// a reader is too slow.
#[utoipa::path(get, path = "/api/v1/live", tag = "live", params(LiveQuery),
    responses((status = 200, content_type = "text/event-stream", body = HomeChanged)))]
pub(crate) async fn listen(
    State(app): State<App>,
    Reader(who): Reader,
    note: Note,
    Parameters(query): Parameters<LiveQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(home) = &query.home {
        note.home(home);
    }
    let place = Place::take(&app)?;
    let mut listening = Listening {
        reader: who.agency.clone(),
        who,
        only: query.home.map(|home| present(&app, home)),
        changes: app.pictures.changes(),
        closing: app.closing.subscribe(),
        known: HashMap::new(),
        mark: Mark::default(),
        missed: false,
        _place: place,
        app: Arc::clone(&app),
    };
    let last = headers.get("last-event-id");
    let last = last.map(|id| id.to_str().unwrap_or_default().to_owned()).or(query.mark);
    // Counting every home for the first time takes a while on a large hub.
    let listening = tokio::task::spawn_blocking(move || {
        listening.look_at_all();
        listening.missed = last.is_some_and(|last| last != listening.mark.to_string());
        listening
    })
    .await
    .map_err(|_| Problem::internal())?;
    let keep_alive = KeepAlive::new().interval(app.config.keep_alive);
    let mut response = Sse::new(events(listening)).keep_alive(keep_alive).into_response();
    // Proxies that gather an answer before they pass it on would hold every event back.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

/// The present registration of a home.
fn present(app: &App, token: HomeId) -> HomeId {
    app.pictures.home(&token).map_or(token, |home| home.id().clone())
}

fn events(listening: Listening) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listening, |mut listening| async {
        let event = listening.next().await?;
        Some((Ok(event), listening))
    })
}

impl Listening {
    /// The next event; none when the hub shuts down.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.missed) {
            return Some(self.missed("reconnected"));
        }
        loop {
            let changed = tokio::select! {
                biased;
                _ = self.closing.wait_for(|closing| *closing) => return None,
                () = tokio::time::sleep(ASK_AGAIN) => None,
                changed = self.changes.recv() => Some(changed),
            };
            if !self.may_still() {
                return None;
            }
            let Some(changed) = changed else { continue };
            match changed {
                Ok(changed) => {
                    if let Some(event) = self.tell(&changed.home) {
                        return Some(event);
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.look_at_all();
                    return Some(self.missed("too-slow"));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Whether the credential of the beginning still opens anything, and the agency still reads.
    fn may_still(&self) -> bool {
        let holds = self
            .app
            .people
            .as_ref()
            .is_none_or(|people| people.still(&self.who, Timestamp::now()).unwrap_or(false));
        holds && may_read(&self.app, &self.who).is_ok()
    }

    fn missed(&self, why: &str) -> Event {
        self.app.metrics.missed.with_label_values(&[why]).inc();
        Event::default().event("missed").id(self.mark.to_string()).data("{}")
    }

    /// Remembers every home as it is now.
    fn look_at_all(&mut self) {
        let seen = self.app.all_seen(&self.reader);
        self.known = seen
            .filter(|seen| self.wants(seen.home().id()))
            .map(|seen| (seen.home().id().clone(), seen.revision().to_owned()))
            .collect();
        self.mark = Mark::default();
        for (home, revision) in &self.known {
            self.mark.put(home, revision);
        }
    }

    fn wants(&self, home: &HomeId) -> bool {
        self.only.as_ref().is_none_or(|only| only == home)
    }

    /// The event of a change, if it is one for this reader.
    fn tell(&mut self, token: &HomeId) -> Option<Event> {
        let home = self.app.pictures.home(token)?;
        if home.id() != token {
            // It was succeeded, and what was said of it stands at its successor.
            self.know(token, None);
        }
        if !self.wants(home.id()) {
            return None;
        }
        let seen = self.app.see(&home, &self.reader);
        let revision = seen.as_ref().map(Seen::revision);
        if self.known.get(home.id()).map(String::as_str) == revision {
            return None;
        }
        self.know(home.id(), revision);
        let data = HomeChanged { home: home.id(), revision };
        let event = Event::default().event("home").id(self.mark.to_string());
        event.json_data(&data).ok()
    }

    /// From now on a home is known as of this revision, or not at all.
    fn know(&mut self, home: &HomeId, revision: Option<&str>) {
        let before = match revision {
            Some(revision) => self.known.insert(home.clone(), revision.to_owned()),
            None => self.known.remove(home),
        };
        if let Some(before) = before {
            self.mark.take(home, &before);
        }
        if let Some(revision) = revision {
            self.mark.put(home, revision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(id: &str) -> HomeId {
        HomeId::new(id).unwrap()
    }

    #[test]
    fn a_mark_is_the_same_in_whatever_order_and_by_whatever_way_it_came_about() {
        let (mut one, mut other) = (Mark::default(), Mark::default());
        one.put(&home("1-100"), "a");
        one.put(&home("1-200"), "b");
        other.put(&home("1-200"), "x");
        other.put(&home("1-100"), "a");
        assert_ne!(one, other);
        other.take(&home("1-200"), "x");
        other.put(&home("1-200"), "b");
        assert_eq!(one.to_string(), other.to_string());
        assert_eq!(one.to_string().len(), 16);
    }

    #[test]
    fn a_revision_that_moves_to_another_home_is_another_mark() {
        let (mut one, mut other) = (Mark::default(), Mark::default());
        one.put(&home("1-100"), "a");
        one.put(&home("1-200"), "b");
        other.put(&home("1-100"), "b");
        other.put(&home("1-200"), "a");
        assert_ne!(one, other);
    }
}
