//! What one message leads to, while it is taken in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::replay::about_person;
use super::tell::Copies;
use super::{Decided, State, erase};
use crate::erasure::Tombstone;
use crate::escalation::Escalation;
use crate::message::{Output, OutputBody, Refusal, Rejection, RejectionOutcome, Said, Verdict};
use crate::notice::Notice;
use crate::picture::Listing;
use crate::{BodyId, EscalationId, HomeId, Position};

/// What the present message has led to so far.
pub(super) struct StepSoFar {
    pub(super) position: Position,
    pub(super) decided: Decided,
    pub(super) redecides: bool,
    pub(super) verdict: Option<Verdict>,
    /// A rejection or refusal: always the first decision of its cause, so that a cause of which
    /// the log holds anything at all has its verdict there.
    pub(super) answer: Option<OutputBody>,
    /// What is to be erased.
    pub(super) tombstones: Vec<Tombstone>,
    pub(super) escalations: Gathered,
    /// What is passed on, and to whom.
    pub(super) notices: Vec<(BodyId, Notice)>,
    /// What is known of what the escalations list.
    pub(super) listings: Vec<Listing>,
    pub(super) read_back: Option<(Position, u32)>,
    pub(super) activations_changed: bool,
}

impl StepSoFar {
    pub(super) fn new(position: Position, decided: Decided, redecides: bool) -> Self {
        Self {
            position,
            decided,
            redecides,
            verdict: None,
            answer: None,
            tombstones: Vec::new(),
            escalations: Gathered::default(),
            notices: Vec::new(),
            listings: Vec::new(),
            read_back: None,
            activations_changed: false,
        }
    }

    /// Whether what stands in the place of a pseudonym was withheld with the text.
    pub(super) fn withholds_person(&self, said: &Said) -> bool {
        match self.decided.has_verdict() {
            true => self.decided.withholds_person(),
            false => about_person(&said.withheld),
        }
    }

    /// Whether there is anything to decide here.
    pub(super) fn decides(&self) -> bool {
        self.redecides || !self.decided.is_closed()
    }

    pub(super) fn reject(&mut self, said: &Said, rejection: Rejection) {
        self.answer = Some(OutputBody::Rejection {
            agency: said.agency.clone(),
            home: said.home.clone(),
            event_id: said.id.clone(),
            rejection,
        });
    }

    /// The event counts; its free text goes back to its sender.
    pub(super) fn withhold(&mut self, said: &Said) {
        let rejection = Rejection {
            outcome: RejectionOutcome::TextWithheld,
            code: "personal-data-in-text".to_owned(),
            faults: said.withheld.clone(),
        };
        self.reject(said, rejection);
    }

    pub(super) fn refuse(&mut self, said: &Said, refusal: Refusal) {
        self.answer = Some(OutputBody::Refusal {
            agency: said.agency.clone(),
            home: said.home.clone(),
            event_id: said.id.clone().unwrap_or_default(),
            refusal,
        });
    }

    /// Each decision for the record itself and for everyone who receives it, then the notices. Besides, what is
    /// known of what they list.
    pub(super) fn bodies(&self, state: &State) -> (Vec<OutputBody>, Vec<Listing>) {
        let mut listings = Vec::new();
        let tombstones = self.tombstones.iter().map(erase::body);
        let escalations = self.escalations.iter().flat_map(|escalation| {
            let Copies { bodies, listing } = state.copies(escalation);
            listings.extend(listing);
            bodies
        });
        let notices = self.notices.iter().map(|(to, notice)| OutputBody::Notice {
            to: to.clone(),
            notice: Box::new(notice.clone()),
        });
        let answer = self.answer.iter().cloned();
        let bodies = answer.chain(tombstones).chain(escalations).chain(notices).collect();
        (bodies, listings)
    }

    pub(super) fn outputs(&mut self, state: &State) -> Vec<Output> {
        let (bodies, listings) = self.bodies(state);
        self.listings = listings;
        std::mem::take(&mut self.decided).complete(self.position, state, bodies)
    }
}

/// The escalations of one message, in order, found by what they are about: an activation or a backlog
/// of deadlines raises one in each of thousands of homes, and each home asks for its own.
#[derive(Default)]
pub(super) struct Gathered {
    all: Vec<Arc<Escalation>>,
    by_id: BTreeMap<EscalationId, usize>,
    by_home: BTreeMap<HomeId, Vec<usize>>,
}

impl Gathered {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Arc<Escalation>> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Arc<Escalation>> {
        self.all.iter_mut()
    }

    pub(super) fn contains(&self, id: &EscalationId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn get_mut(&mut self, id: &EscalationId) -> Option<&mut Arc<Escalation>> {
        self.all.get_mut(*self.by_id.get(id)?)
    }

    /// Those that name this home.
    pub(super) fn of_home(&self, home: &HomeId) -> impl Iterator<Item = &Arc<Escalation>> {
        let places = self.by_home.get(home).into_iter().flatten();
        places.filter_map(|place| self.all.get(*place))
    }

    pub(super) fn push(&mut self, escalation: Arc<Escalation>) {
        let place = self.all.len();
        self.by_id.entry(escalation.id.clone()).or_insert(place);
        self.by_home.entry(escalation.home.clone()).or_default().push(place);
        self.all.push(escalation);
    }
}

impl Extend<Arc<Escalation>> for Gathered {
    fn extend<T: IntoIterator<Item = Arc<Escalation>>>(&mut self, escalations: T) {
        escalations.into_iter().for_each(|escalation| self.push(escalation));
    }
}
