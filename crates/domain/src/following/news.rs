//! What is new at a home for a reader: entries of the timeline as the reader's agency sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Follow;
use crate::escalation::{ChangeKind, Level};
use crate::event::EventType;
use crate::picture::{Item, What};
use crate::sharing::{Guarded, Reader, View};
use crate::{BodyId, HomeId, Position};

/// One entry that a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands. Never shown.
    pub position: Position,
    /// When the log recorded it.
    pub recorded_at: Timestamp,
    /// Whether it is an escalation at the highest level, raised or opened again.
    pub urgent: bool,
}

/// A home as one agency sees it, as far as followers need it.
#[derive(Debug, Clone)]
pub struct Seen {
    home: HomeId,
    predecessors: Vec<HomeId>,
    provider: Option<String>,
    area: Option<String>,
    level: Level,
    entries: Vec<Entry>,
}

impl Seen {
    /// Of a view: its entries after `floor`. None where the home does not exist for the reader.
    #[must_use]
    pub fn of(view: &View, floor: Position) -> Option<Self> {
        if !view.exists() {
            return None;
        }
        let home = view.home();
        let registration = home.head.registration.as_ref();
        let provider = registration.and_then(|known| known.provider.as_ref());
        let items = home.items().iter().filter(|item| item.position > floor);
        // Of what is kept to the month, a message on the day would tell the day.
        let told = items.filter(|item| is_told(item) && !view.is_month_only(item));
        let entry = |item: &Item| Entry {
            position: item.position,
            recorded_at: item.recorded_at,
            urgent: is_urgent(view, item),
        };
        let mut entries: Vec<Entry> = told.map(entry).collect();
        entries.sort_by_key(|entry| entry.position);
        Some(Self {
            home: home.id().clone(),
            predecessors: home.head.predecessors.clone(),
            provider: provider.map(|provider| provider.id.clone()),
            area: registration.and_then(|known| known.area.clone()),
            level: home.level(),
            entries,
        })
    }

    /// Whether this follow means it.
    #[must_use]
    pub fn is_meant_by(&self, follow: &Follow) -> bool {
        match follow {
            Follow::Home(home) => self.home == *home || self.predecessors.contains(home),
            Follow::Provider(provider) => self.provider.as_ref() == Some(provider),
            Follow::Area(area) => self.area.as_ref() == Some(area),
            Follow::Level(level) => self.level >= *level,
        }
    }

    /// Its entries after a position.
    #[must_use]
    pub fn after(&self, position: Position) -> &[Entry] {
        let from = self.entries.partition_point(|entry| entry.position <= position);
        self.entries.get(from..).unwrap_or_default()
    }
}

/// That a register was read in again is nothing to be told of.
fn is_told(item: &Item) -> bool {
    match &item.what {
        What::Event { event, .. } => {
            !matches!(event, EventType::HomeRegistered | EventType::HomeChanged)
        }
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => true,
    }
}

fn is_urgent(view: &View, item: &Item) -> bool {
    let What::Escalation { id, change: ChangeKind::Raised | ChangeKind::Reopened, .. } = &item.what
    else {
        return false;
    };
    view.home().escalation(id).is_some_and(|escalation| escalation.level == Level::Major)
}

/// What was looked at, kept for as long as the picture does not change and the same agreement holds.
#[derive(Debug, Default)]
pub struct Looked {
    seen: BTreeMap<(BodyId, HomeId), Kept>,
}

/// What was seen, of which state of the picture, by whom.
#[derive(Debug)]
struct Kept {
    counter: u64,
    by: Arc<Reader>,
    seen: Option<Arc<Seen>>,
}

impl Looked {
    /// A home as a reader sees it; none where it does not exist for that reader. `reader` is the same pointer for
    /// as long as the same rule book is in force.
    pub fn see(
        &mut self,
        home: &Guarded,
        reader: &Arc<Reader>,
        floor: Position,
    ) -> Option<Arc<Seen>> {
        let key = (reader.body().clone(), home.id().clone());
        if let Some(kept) = self.seen.get(&key)
            && kept.counter == home.counter()
            && Arc::ptr_eq(&kept.by, reader)
        {
            return kept.seen.clone();
        }
        let seen = Seen::of(&home.view(reader), floor).map(Arc::new);
        let (counter, by) = (home.counter(), Arc::clone(reader));
        self.seen.insert(key, Kept { counter, by, seen: seen.clone() });
        seen
    }
}
