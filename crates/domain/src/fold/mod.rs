//! The fold: one message of the log goes in, pictures change, decisions come out. The order is
//! always the same: time passes, the message is taken in, triggers are asked, decisions wait in
//! `pending` until the log hands them back (design laws 2, 3, 8).

mod activate;
mod amend;
mod ask;
mod break_glass;
mod chance;
mod clock;
mod deadlines;
mod erase;
mod file;
mod gathered;
mod homes;
mod identity;
#[cfg(test)]
mod large_home;
mod late;
mod link;
mod notice;
mod onward;
mod overdue;
mod pass_on;
mod pending;
mod persons;
mod planned;
mod proceeding;
mod raise;
mod read_back;
mod record;
mod register;
mod replay;
mod respond;
mod retain;
mod returned;
mod review;
mod review_across;
mod step;
mod succession;
mod tell;
mod tell_amended;
mod weekly;

use homes::Homes;
pub use identity::{Known, identity};
pub use replay::Decided;
use step::StepSoFar;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::duty::Duty;
use crate::lookup::Lookup;
use crate::message::{Message, MessageBody, Output, OutputBody, Rejection, Said, Verdict};
use crate::picture::Home;
use crate::policy::{Activations, Group, InForce, Policy};
use crate::{Digest, HomeId, Position};

/// Everything that follows from a prefix of the log.
#[derive(Debug, Clone)]
pub struct State {
    policy: InForce,
    activations: Activations,
    time: Timestamp,
    position: Position,
    homes: Homes,
    /// What was accepted, by identity.
    identities: Lookup<Digest, Known>,
    /// Homes by the UPRN that the register gives them.
    uprns: BTreeMap<String, BTreeSet<HomeId>>,
    /// Homes by the provider and the brand that the register gives them.
    groups: BTreeMap<(Group, String), BTreeSet<HomeId>>,
    /// Where a person is spoken of, in order.
    persons: Lookup<Digest, persons::SpokenOf>,
    clock: clock::Clock,
    /// Those of them that follow from a home's record, by home: they are set anew when it changes.
    of_record: BTreeMap<HomeId, Vec<(Timestamp, Duty)>>,
    /// The messages whose text is erased, or is about to be.
    erased: BTreeSet<Position>,
    /// What was said and does not count.
    uncounted: erase::Uncounted,
    pending: pending::Pending,
    /// Homes changed by the present step.
    touched: Vec<HomeId>,
    /// Facts that this build could not fold and left aside: an impossible history is tolerated.
    tolerated: u64,
    /// Whether what is settled is decided once more, to compare and never to publish.
    redecides: bool,
}

/// What one message led to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// What became of an agency's event.
    pub verdict: Option<Verdict>,
    /// What the hub says now; it waits in the outbox until it is read back.
    pub outputs: Vec<Output>,
    /// The homes that changed, each once.
    pub touched: Vec<HomeId>,
    /// Whether [`State::activations`] changed.
    pub activations_changed: bool,
    /// The outbox entry that this message turned out to be.
    pub read_back: Option<(Position, u32)>,
    /// Of a state that [redecides](State::redeciding): what this build would say where the log has
    /// settled what was said.
    pub redecided: Option<Vec<OutputBody>>,
}

impl Default for State {
    /// Before the first message.
    fn default() -> Self {
        Self::restored(Arc::default(), Timestamp::UNIX_EPOCH, Position(0), [], [], [])
    }
}

impl State {
    /// The state as it was stored; the indexes are built from the pictures.
    #[must_use]
    pub fn restored(
        policy: Arc<Policy>,
        time: Timestamp,
        position: Position,
        homes: impl IntoIterator<Item = Home>,
        identities: impl IntoIterator<Item = (Digest, Known)>,
        outbox: impl IntoIterator<Item = Output>,
    ) -> Self {
        let policy = InForce::new(policy);
        let counted = |mut home: Home| {
            home.count_all(&policy);
            home
        };
        let mut state = Self {
            homes: homes.into_iter().map(counted).collect(),
            policy,
            activations: Activations::default(),
            time,
            position,
            identities: identities.into_iter().collect(),
            uprns: BTreeMap::new(),
            groups: BTreeMap::new(),
            persons: Lookup::default(),
            clock: clock::Clock::default(),
            of_record: BTreeMap::new(),
            erased: BTreeSet::new(),
            uncounted: erase::Uncounted::default(),
            pending: pending::Pending::default(),
            touched: Vec::new(),
            tolerated: 0,
            redecides: false,
        };
        // What is about to be erased is known before anything is set on the clock.
        for output in outbox {
            state.wait_for(output);
        }
        for home in state.homes.values().cloned().collect::<Vec<_>>() {
            state.index(&home);
        }
        state
    }

    /// This state, deciding once more what the log has settled. The pictures follow the log all the
    /// same; what this build would have said is in [`Taken::redecided`], for `verify --redecide`.
    #[must_use]
    pub fn redeciding(mut self) -> Self {
        self.redecides = true;
        self
    }

    /// Takes in the next message of the log. `decided` says what the log already holds of the
    /// decisions at this position.
    pub fn take(&mut self, message: Message, decided: Decided) -> Taken {
        let Message { position, recorded_at, body } = message;
        self.position = position;
        let mut step = StepSoFar::new(position, decided, self.redecides);
        self.advance(recorded_at, &mut step);
        match body {
            MessageBody::Agency(said) => self.take_said(&said, recorded_at, &mut step),
            MessageBody::Hub(output) => step.read_back = Some(self.read_back(*output, position)),
            MessageBody::Policy(said) => self.take_policy(*said, recorded_at, &mut step),
            MessageBody::Tick(_) | MessageBody::Reserved => {}
            MessageBody::Unreadable => self.tolerated = self.tolerated.saturating_add(1),
        }
        if step.decides() {
            self.gather(&mut step);
            self.address_successors(&mut step);
        }
        let redecided = (step.redecides && step.decided.is_closed()).then(|| step.bodies(self).0);
        let outputs = step.outputs(self);
        for output in &outputs {
            self.wait_for(output.clone());
        }
        self.keep_listings(step.listings);
        Taken {
            verdict: step.verdict,
            outputs,
            touched: self.take_touched(),
            read_back: step.read_back,
            activations_changed: step.activations_changed,
            redecided,
        }
    }

    fn take_said(&mut self, said: &Said, recorded_at: Timestamp, step: &mut StepSoFar) {
        let verdict = match self.admit(said, step) {
            Admitted::Duplicate(of) => Verdict::Duplicate { of },
            Admitted::Rejected(rejection) => {
                let code = rejection.code.clone();
                if step.decided.has_verdict() && step.decided.rejection().is_none() {
                    // The log says that it was accepted; this build cannot read it.
                    self.tolerated = self.tolerated.saturating_add(1);
                }
                step.reject(said, rejection);
                Verdict::Rejected { code }
            }
            Admitted::Event => self.take_event(said, recorded_at, step),
        };
        self.note_uncounted(said, &verdict);
        if let Verdict::Duplicate { of } = &verdict {
            self.erase_duplicate(said, *of, step);
        }
        step.verdict = Some(verdict);
    }

    fn take_event(&mut self, said: &Said, recorded_at: Timestamp, step: &mut StepSoFar) -> Verdict {
        if let Some(refusal) = step.decided.refusal() {
            return Verdict::Refused { code: refusal.code.clone() };
        }
        let withheld = if step.decided.has_verdict() {
            step.decided.withholds_text()
        } else {
            !said.withheld.is_empty()
        };
        let verdict = match self.file(said, recorded_at, withheld, step) {
            Ok(_) if withheld => {
                step.withhold(said);
                Verdict::TextWithheld
            }
            Ok(verdict) => verdict,
            Err(_) if step.decided.has_verdict() => {
                // The log says that it was accepted; this build cannot tell how.
                self.tolerated = self.tolerated.saturating_add(1);
                Verdict::Accepted
            }
            Err(refusal) => {
                let code = refusal.code.clone();
                step.refuse(said, refusal);
                return Verdict::Refused { code };
            }
        };
        self.pass_on_held(step);
        if let Some(identity) = said.identity {
            let known = Known { position: step.position, content: said.content };
            self.identities.insert(identity, known);
            self.uncounted.count(identity, step.position);
        }
        verdict
    }

    /// The rule book in force.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        self.policy.document()
    }

    /// The fold's time: the latest log timestamp so far.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// The last position taken in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The home that a token means now: a succeeded registration stands for its successor.
    #[must_use]
    pub fn resolve(&self, token: &HomeId) -> HomeId {
        let mut home = token;
        // A loop is refused when it is said; the bound keeps an impossible history harmless.
        for _ in 0..=self.homes.len() {
            let Some(known) = self.homes.get(home) else { break };
            match &known.head.succeeded_by {
                Some(next) => home = next,
                // Its own, and not that of the message: what is kept of each message then shares it.
                None => return known.id().clone(),
            }
        }
        home.clone()
    }

    /// A home's picture; none before anything was said of it.
    #[must_use]
    pub fn home(&self, id: &HomeId) -> Option<&Arc<Home>> {
        self.homes.get(id)
    }

    /// All homes, by token.
    pub fn homes(&self) -> impl Iterator<Item = &Arc<Home>> {
        self.homes.values()
    }

    /// When the next deadline falls due or the next rule book takes effect: the shell then says so
    /// in the log.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let weekly = self.next_week();
        self.clock.next().into_iter().chain(weekly).chain(self.activations.next_due()).min()
    }

    /// How many facts this build left aside because it could not fold them.
    #[must_use]
    pub fn tolerated(&self) -> u64 {
        self.tolerated
    }

    /// What waits in the outbox, in the order in which it is to be published.
    pub fn outbox(&self) -> impl Iterator<Item = &Output> {
        self.pending.outputs()
    }

    /// How much waits in the outbox.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// What is stored of the identity index.
    #[must_use]
    pub fn known(&self, identity: &Digest) -> Option<&Known> {
        self.identities.get(identity)
    }

    /// What of a home changed since it was last asked.
    pub fn take_dirty(&mut self, home: &HomeId) -> crate::picture::Dirty {
        self.homes.get_mut(home).map(|home| Arc::make_mut(home).take_dirty()).unwrap_or_default()
    }

    /// The homes changed since the last call, each once.
    fn take_touched(&mut self) -> Vec<HomeId> {
        if self.touched.len() > 1 {
            self.touched.sort_unstable();
            self.touched.dedup();
        }
        std::mem::take(&mut self.touched)
    }

    fn home_mut(&mut self, id: &HomeId) -> &mut Home {
        self.home_and_rules(id).0
    }

    /// A home to be changed, and the rules by which it counts.
    fn home_and_rules(&mut self, id: &HomeId) -> (&mut Home, &InForce) {
        if self.touched.last() != Some(id) {
            self.touched.push(id.clone());
        }
        let rules = &self.policy;
        let home = self.homes.get_or(id, || {
            let mut home = Home::new(id.clone());
            // A home of which nobody has said anything counts nothing, which is not the same as not
            // counting: its silence and its beds are known to the rules by weeks.
            home.count_all(rules);
            home
        });
        (Arc::make_mut(home), rules)
    }

    fn index(&mut self, home: &Home) {
        self.index_register(home);
        self.index_erased(home);
        for (item, _) in home.concerns_as_filed() {
            self.know_person(home.id(), item);
        }
        for escalation in home.escalations() {
            self.set_deadlines(home.id(), escalation);
        }
        self.set_duties(home);
    }
}

enum Admitted {
    Event,
    Duplicate(Position),
    Rejected(Rejection),
}
