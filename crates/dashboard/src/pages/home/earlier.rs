//! The earlier registrations of a home: what the register last said of each. What was said of one counts at the home
//! that goes on; the name that it had stands in the log alone, and is for every reader alike.

use std::collections::BTreeMap;

use carehub_contract::Subject;
use carehub_domain::event::{Closure, EventType, Registration};
use carehub_domain::picture::{Item, What};
use carehub_domain::{BodyId, HomeId, Position};
use carehub_storage::log::Stored;
use serde_json::Value;

use super::super::when::When;
use crate::api::text::Said;
use crate::api::under_way;
use crate::figures::Seen;
use crate::problem::Problem;
use crate::shared::App;

/// How many words of the register are read, the newest.
const READ: usize = 300;

/// An earlier registration.
#[derive(Default)]
pub(super) struct EarlierLine {
    pub(super) id: String,
    /// Its name; empty where the register said none.
    pub(super) name: String,
    /// Who ran it.
    pub(super) provider: String,
    /// The provider's id, where the reader sees a home of it.
    pub(super) provider_id: Option<String>,
    pub(super) registered: Option<When>,
    pub(super) closed: Option<When>,
}

/// The earlier registrations, in the order in which they were taken over.
pub(super) async fn earlier(
    app: &App,
    seen: &Seen,
    reader: &BodyId,
) -> Result<Vec<EarlierLine>, Problem> {
    let ids = &seen.home().head.predecessors;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let items = seen.home().items().iter().rev().filter(|item| is_of_register(item));
    let said: BTreeMap<Position, &Item> =
        items.take(READ).map(|item| (item.position, item)).collect();
    let positions: Vec<u64> = said.keys().map(|position| position.0).collect();
    let found = app.log.get_many(&positions).await.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not read what the register said"
        );
        Problem::internal()
    })?;
    let mut known: BTreeMap<HomeId, Known> = BTreeMap::new();
    for stored in found.into_iter().flatten() {
        if let Some((home, event, data)) = said_of(&stored, &said) {
            known.entry(home).or_default().take(event, data);
        }
    }
    let is_seen = |provider: &str| {
        let mut homes = app.all_seen(reader);
        homes.any(|home| under_way::is_of_provider(home.home(), provider))
    };
    let line = |id: &HomeId| {
        let known = known.remove(id).unwrap_or_default();
        EarlierLine { id: id.to_string(), ..known.line(is_seen) }
    };
    Ok(ids.iter().map(line).collect())
}

fn is_of_register(item: &Item) -> bool {
    event_of(item).is_some()
}

/// The word of the register that an entry is.
fn event_of(item: &Item) -> Option<EventType> {
    let words = [EventType::HomeRegistered, EventType::HomeChanged, EventType::HomeClosed];
    match &item.what {
        What::Event { event, .. } => words.contains(event).then_some(*event),
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => None,
    }
}

/// Of which home a message is, and what it says; the subject is the server's word on who said it of which.
fn said_of(
    stored: &Stored,
    said: &BTreeMap<Position, &Item>,
) -> Option<(HomeId, EventType, Value)> {
    let item = said.get(&Position(stored.sequence))?;
    let Ok(Subject::Agency { agency, home, .. }) = Subject::parse(&stored.subject) else {
        return None;
    };
    let said: Said = serde_json::from_slice(&stored.payload).ok()?;
    let event = event_of(item).filter(|_| agency == item.agency)?;
    Some((home, event, Value::Object(said.data)))
}

/// What the register said last.
#[derive(Default)]
struct Known {
    registration: Option<Registration>,
    closed: Option<Closure>,
}

impl Known {
    fn take(&mut self, event: EventType, data: Value) {
        if event == EventType::HomeClosed {
            self.closed = serde_json::from_value(data).ok().or_else(|| self.closed.take());
            return;
        }
        if event == EventType::HomeRegistered {
            // One that is registered anew is open again.
            self.closed = None;
        }
        self.registration = serde_json::from_value(data).ok().or_else(|| self.registration.take());
    }

    fn line(self, is_seen: impl Fn(&str) -> bool) -> EarlierLine {
        let closed = self.closed.map(|closure| When::day(closure.closed_on));
        let Some(registration) = self.registration else {
            return EarlierLine { closed, ..EarlierLine::default() };
        };
        let provider = registration.provider;
        let provider_id = provider.as_ref().map(|one| one.id.clone()).filter(|id| is_seen(id));
        EarlierLine {
            name: registration.name,
            provider: provider.map(|one| one.name.unwrap_or(one.id)).unwrap_or_default(),
            provider_id,
            registered: registration.registered_on.map(When::day),
            closed,
            ..EarlierLine::default()
        }
    }
}
