//! The figures of a home that every list needs, kept ready while the picture does not change.
//!
//! They are kept for each reader, so that one reader's figures can never be shown to another.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use carehub_domain::escalation::Level;
use carehub_domain::picture::revision::mark;
use carehub_domain::picture::{Counts, Home, Item, Reference, Triaged, What};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Guarded, Reader, View};
use carehub_domain::{BodyId, Digest, HomeId, Position};
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
    pub(crate) fn of(view: View) -> Self {
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
        self.figures.revision.get_or_init(|| revision(&self.view))
    }
}

/// What is kept ready: each reader under the policy in force, and the figures of each home by reader.
#[derive(Default)]
pub(crate) struct Ready {
    readers: RwLock<HashMap<BodyId, Known>>,
    homes: RwLock<HashMap<BodyId, HashMap<HomeId, Kept>>>,
}

/// A reader under a policy.
struct Known {
    policy: Arc<Policy>,
    reader: Arc<Reader>,
}

struct Kept {
    counter: u64,
    reader: Arc<Reader>,
    figures: Arc<Figures>,
    /// The picture as the reader sees it; where that is all of it, it shares the picture.
    view: View,
}

impl Ready {
    /// A body as a reader under this policy.
    pub(crate) fn reader(&self, policy: &Arc<Policy>, body: &BodyId) -> Arc<Reader> {
        let known = {
            let all = self.readers.read().unwrap_or_else(PoisonError::into_inner);
            let known = all.get(body).filter(|known| Arc::ptr_eq(&known.policy, policy));
            known.map(|known| Arc::clone(&known.reader))
        };
        known.unwrap_or_else(|| {
            let reader = Arc::new(Reader::new(policy, body));
            let known = Known { policy: Arc::clone(policy), reader: Arc::clone(&reader) };
            let mut all = self.readers.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(body.clone(), known);
            reader
        })
    }

    /// The home as `reader` sees it; none where it does not exist for that reader.
    pub(crate) fn see(&self, home: &Guarded, reader: &Arc<Reader>) -> Option<Seen> {
        let kept = {
            let all = self.homes.read().unwrap_or_else(PoisonError::into_inner);
            let kept = all.get(reader.body()).and_then(|homes| homes.get(home.id()));
            // Another policy is another reader.
            let holds =
                |kept: &&Kept| kept.counter == home.counter() && Arc::ptr_eq(&kept.reader, reader);
            kept.filter(holds).map(|kept| (Arc::clone(&kept.figures), kept.view.clone()))
        };
        let seen = match kept {
            Some((figures, view)) => Seen { view, figures },
            None => self.count(home, reader),
        };
        seen.view.exists().then_some(seen)
    }

    fn count(&self, home: &Guarded, reader: &Arc<Reader>) -> Seen {
        let seen = Seen::of(home.view(reader));
        let kept = Kept {
            counter: home.counter(),
            reader: Arc::clone(reader),
            figures: Arc::clone(&seen.figures),
            view: seen.view.clone(),
        };
        let mut all = self.homes.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(reader.body().clone()).or_default().insert(home.id().clone(), kept);
        seen
    }
}

/// What is seen, by its newest entry and a digest of it all: whoever triages gives it back, and the domain
/// knows its first half again. Escalations are taken by their outline: whoever sees more of them sees
/// the entries of the timeline, too, that tell of each change.
fn revision(view: &View) -> String {
    #[derive(Serialize)]
    struct Outline<'a> {
        id: &'a str,
        stage: carehub_domain::escalation::Stage,
        level: Level,
        due: Option<Timestamp>,
        bodies: &'a [BodyId],
        count: u32,
        evidence: Vec<Reference>,
        withdrawn: Vec<Reference>,
    }
    let home = view.home();
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
            evidence: view.references(&escalation.evidence.events),
            withdrawn: view.references(&escalation.evidence.withdrawn),
        })
        .collect();
    let registered = (&head.id, &head.registration, head.closed_on, &head.predecessors);
    let newest = home.items().iter().next_back().map(|item| item.reference);
    let mark = mark(&head.id, newest);
    let items: Vec<_> = home.items().iter().map(|item| unplaced(view, item)).collect();
    let existing: Vec<_> = view.existing().iter().collect();
    format!("{mark}{}", digest(&(registered, items, outlines, existing)))
}

/// An entry without its places in the log, which tell how much is said elsewhere: a reference stands for each.
fn unplaced(view: &View, item: &Item) -> Item {
    let named = |position| Position(view.reference(position).map_or(0, Reference::number));
    let mut item = item.clone();
    item.position = Position(0);
    match &mut item.what {
        What::Concern(concern) => {
            concern.incident = named(concern.incident);
            concern.corrected = concern.corrected.map(named);
            if let Triaged::As { position, .. } = &mut concern.triaged {
                *position = named(*position);
            }
        }
        What::Event { about, .. } => *about = about.map(named),
        What::Escalation { .. } | What::Notice { .. } => {}
    }
    item
}

/// 16 hexadecimal digits that name a content.
pub(crate) fn digest(content: &impl Serialize) -> String {
    // Only a map of unknown length could not be written, and nothing that is digested has one.
    let bytes = postcard::to_stdvec(content).unwrap_or_default();
    format!("{:016x}", (u128::from(Digest::of(&[&bytes])) >> 64) as u64)
}
