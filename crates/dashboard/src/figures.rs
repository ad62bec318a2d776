//! The figures of a home that every list needs, kept ready while the picture does not change.
//!
//! Only what is alike for every reader is kept. A home of which readers may see different parts is
//! counted anew for each, so that one reader's figures can never be shown to another.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use carehub_domain::escalation::Level;
use carehub_domain::picture::revision::mark;
use carehub_domain::picture::{Counts, Home};
use carehub_domain::sharing::{View, is_alike};
use carehub_domain::{BodyId, Digest, HomeId};
use jiff::Timestamp;
use serde::Serialize;

/// A home as one reader sees it, with its figures.
pub(crate) struct Seen {
    pub(crate) view: View,
    pub(crate) figures: Arc<Figures>,
}

/// What is counted once a change.
pub(crate) struct Figures {
    pub(crate) level: Level,
    pub(crate) counts: Counts,
    pub(crate) open_escalations: u32,
    /// When the newest entry that is seen was recorded.
    pub(crate) changed_at: Option<Timestamp>,
    revision: OnceLock<String>,
}

impl Seen {
    fn of(view: View) -> Self {
        let home = view.home();
        let figures = Figures {
            level: home.level(),
            // The view holds nothing that this reader may not see.
            counts: Counts::of(home, |_| true),
            open_escalations: home.escalations().filter(|e| e.is_open()).count() as u32,
            changed_at: home.items().iter().map(|item| item.recorded_at).max(),
            revision: OnceLock::new(),
        };
        let figures = Arc::new(figures);
        Self { view, figures }
    }

    /// The home as it is seen.
    pub(crate) fn home(&self) -> &Home {
        self.view.home()
    }

    /// Changes whenever what this reader sees changes, and only then: the picture's own counter
    /// would tell that something was said which the reader may not know of.
    pub(crate) fn revision(&self) -> &str {
        self.figures.revision.get_or_init(|| revision(self.home()))
    }
}

/// The figures that are kept, by home.
#[derive(Default)]
pub(crate) struct Ready(RwLock<HashMap<HomeId, Kept>>);

struct Kept {
    counter: u64,
    /// None where readers see different parts.
    figures: Option<Arc<Figures>>,
}

impl Ready {
    /// The home as `reader` sees it; none where it does not exist for that reader.
    pub(crate) fn see(&self, home: &Arc<Home>, reader: &BodyId) -> Option<Seen> {
        let counter = home.head.revision;
        let kept = {
            let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
            let kept = all.get(home.id()).filter(|kept| kept.counter == counter);
            kept.map(|kept| kept.figures.clone())
        };
        let seen = match kept {
            Some(Some(figures)) => {
                let view = View::alike(Arc::clone(home), reader);
                Seen { view, figures }
            }
            Some(None) => Seen::of(View::of(home, reader)),
            None => self.count(home, reader),
        };
        seen.view.exists().then_some(seen)
    }

    fn count(&self, home: &Arc<Home>, reader: &BodyId) -> Seen {
        let alike = is_alike(home);
        let seen = if alike {
            Seen::of(View::alike(Arc::clone(home), reader))
        } else {
            Seen::of(View::of(home, reader))
        };
        let kept =
            Kept { counter: home.head.revision, figures: alike.then(|| Arc::clone(&seen.figures)) };
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(home.id().clone(), kept);
        seen
    }
}

/// What is seen, by its newest entry and a digest of it all: whoever triages gives it back, and the domain
/// knows its first half again. Escalations are taken by their outline: whoever sees more of them sees
/// the entries of the timeline, too, that tell of each change.
fn revision(home: &Home) -> String {
    #[derive(Serialize)]
    struct Outline<'a> {
        id: &'a str,
        stage: carehub_domain::escalation::Stage,
        level: Level,
        due: Option<Timestamp>,
        bodies: &'a [BodyId],
        count: u32,
        evidence: &'a [carehub_domain::Position],
        withdrawn: &'a [carehub_domain::Position],
    }
    let head = &home.head;
    let outlines: Vec<Outline<'_>> = home
        .escalations()
        .map(|escalation| Outline {
            id: escalation.id.as_str(),
            stage: escalation.stage,
            level: escalation.level,
            due: escalation.next_due(),
            bodies: &escalation.responsible,
            count: escalation.evidence.count,
            evidence: &escalation.evidence.events,
            withdrawn: &escalation.evidence.withdrawn,
        })
        .collect();
    let registered = (&head.id, &head.registration, head.closed_on, &head.predecessors);
    let newest = home.items().iter().next_back().map(|item| item.position);
    let mark = mark(&head.id, newest);
    let items: Vec<_> = home.items().iter().collect();
    format!("{mark}{}", digest(&(registered, items, outlines)))
}

/// 16 hexadecimal digits that name a content.
pub(crate) fn digest(content: &impl Serialize) -> String {
    // Only a map of unknown length could not be written, and nothing that is digested has one.
    let bytes = postcard::to_stdvec(content).unwrap_or_default();
    format!("{:016x}", (u128::from(Digest::of(&[&bytes])) >> 64) as u64)
}
