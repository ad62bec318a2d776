//! Live changes as server-sent events: which home changed, never what was said.
//!
//! A reader is told of a change only when what that reader sees has changed, so that a concern for
//! a named audience does not make itself known to others by its timing. For that each reader's
//! stream remembers the revision of every home as that reader sees it.

use std::collections::HashMap;
use std::convert::Infallible;
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
use crate::parameters::Parameters;
use crate::pictures::Changed;
use crate::problem::Problem;
use crate::reader::{Reader, may_read};
use crate::shared::App;

/// How soon a quiet stream ends whose credential has ended.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What an event `home` carries as its data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeChanged<'a> {
    /// The home.
    #[schema(value_type = String)]
    home: &'a HomeId,
    /// Its revision, as `/api/v1/homes/{id}` gives it. Opaque.
    revision: &'a str,
}

/// What to listen to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// Only this home.
    #[param(value_type = Option<String>)]
    home: Option<HomeId>,
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
/// first on a reconnect with `Last-Event-ID`, and whenever a reader is too slow.
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
        missed: headers.contains_key("last-event-id"),
        _place: place,
        app: Arc::clone(&app),
    };
    // Counting every home for the first time takes a while on a large hub.
    let listening = tokio::task::spawn_blocking(move || {
        listening.look_at_all();
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
        Event::default().event("missed").data("{}")
    }

    /// Remembers every home as it is now.
    fn look_at_all(&mut self) {
        let seen = self.app.all_seen(&self.reader);
        self.known = seen
            .filter(|seen| self.wants(seen.home().id()))
            .map(|seen| (seen.home().id().clone(), seen.revision().to_owned()))
            .collect();
    }

    fn wants(&self, home: &HomeId) -> bool {
        home.is_place() && self.only.as_ref().is_none_or(|only| only == home)
    }

    /// The event of a change, if it is one for this reader.
    fn tell(&mut self, token: &HomeId) -> Option<Event> {
        let home = self.app.pictures.home(token)?;
        if !self.wants(home.id()) {
            return None;
        }
        let seen = self.app.see(&home, &self.reader)?;
        let revision = seen.revision();
        if self.known.get(home.id()).is_some_and(|known| known == revision) {
            return None;
        }
        self.known.insert(home.id().clone(), revision.to_owned());
        let data = HomeChanged { home: home.id(), revision };
        let event = Event::default().event("home").id(revision);
        event.json_data(&data).ok()
    }
}
