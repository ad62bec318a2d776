//! One policy over one history: the same fold as a hub's, fed in another order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::closing::{ClosedBy, closed, closes};
use super::history::{Heard, History};
use crate::escalation::{ChangeKind, Escalation, Level};
use crate::event::Severity;
use crate::fold::{Decided, State};
use crate::message::{Cause, Message, MessageBody, Output, OutputBody, Tick, Verdict};
use crate::policy::{Policy, Retention, Rule};
use crate::time::{london_date, start_of_day};
use crate::{BodyId, EscalationId, HomeId, Position, TriggerId};

/// Room between two events for what the hub says meanwhile. Every event has the same position under
/// either policy, so that what is about one incident can be compared by it.
const STRIDE: u64 = 1 << 24;

/// What a policy made of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The policy's version.
    pub version: String,
    /// Everything that it raised, in order.
    pub raised: Vec<Raised>,
    /// What this policy does not take in, by code: it may know fewer bodies than the one in force.
    pub not_taken: BTreeMap<String, u64>,
    /// The triggers that were left out because they chase answers.
    pub left_out: Vec<TriggerId>,
}

/// An escalation that a policy would have raised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Raised {
    /// The trigger.
    pub trigger: TriggerId,
    /// The home.
    pub home: HomeId,
    /// What it is about within the home, in the positions of the replay: for comparing only.
    #[serde(skip)]
    pub(super) scope: String,
    /// When, by the backtest's clock.
    pub raised_at: Timestamp,
    /// The level with which it was raised.
    pub level: Level,
    /// The gravest severity of its evidence then.
    pub severity: Severity,
    /// Who would have had to act.
    pub responsible: Vec<BodyId>,
    /// Who would have been told.
    pub told: Vec<BodyId>,
    /// Why, in a sentence.
    pub sentence: String,
    /// The event in the log with which it was raised; none when time alone did.
    pub on: Option<Position>,
    /// What it rests on, with all that was added until it closed: positions in the log, in order.
    pub evidence: Vec<Position>,
    /// When the backtest takes it to be closed.
    pub closes_at: Timestamp,
    /// By which of its deadlines.
    pub closed_by: ClosedBy,
}

/// Takes the whole history in under `policy`, from its first day on.
#[must_use]
pub fn replay(history: &History, policy: &Policy) -> Replayed {
    let mut run = Run::new(&history.heard);
    run.begin(policy);
    for (nth, heard) in history.heard.iter().enumerate() {
        run.hear(nth, heard);
    }
    run.end()
}

struct Run<'a> {
    state: State,
    heard: &'a [Heard],
    /// The last position given away.
    position: u64,
    /// The next moment at which a hub says that time passed, at the latest.
    midnight: Timestamp,
    /// What is open, as it was last told, with its place in the list of what was raised.
    open: BTreeMap<EscalationId, (Arc<Escalation>, usize)>,
    closing: BTreeSet<(Timestamp, EscalationId)>,
    out: Replayed,
}

impl<'a> Run<'a> {
    fn new(heard: &'a [Heard]) -> Self {
        let begin = heard.first().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
        Self {
            state: State::default(),
            heard,
            position: 0,
            midnight: day_after(begin),
            open: BTreeMap::new(),
            closing: BTreeSet::new(),
            out: Replayed {
                version: String::new(),
                raised: Vec::new(),
                not_taken: BTreeMap::new(),
                left_out: Vec::new(),
            },
        }
    }

    /// The policy is in force before anything is heard. What chases answers is left out of it: no
    /// answer is taken in, so everything would be late.
    fn begin(&mut self, policy: &Policy) {
        let mut policy = policy.clone();
        // Text is no part of a backtest, so none of it is erased.
        policy.retention = Retention::default();
        policy.sharing.row.iter_mut().for_each(|row| row.retention = None);
        for trigger in &mut policy.trigger {
            if !trigger.off && matches!(trigger.rule, Rule::Overdue { .. }) {
                trigger.off = true;
                self.out.left_out.push(trigger.id.clone());
            }
        }
        self.out.version.clone_from(&policy.version);
        self.take(Timestamp::UNIX_EPOCH, MessageBody::Policy(Box::new(policy.into())));
    }

    fn hear(&mut self, nth: usize, heard: &Heard) {
        self.pass(heard.at);
        self.position = self.position.max((nth as u64 + 1).saturating_mul(STRIDE) - 1);
        let verdict = self.take(heard.at, MessageBody::Agency(heard.said.clone()));
        if let Some(Verdict::Rejected { code } | Verdict::Refused { code }) = verdict {
            *self.out.not_taken.entry(code).or_default() += 1;
        }
    }

    /// Time passes up to `to`: what is to close closes, and the hub says so of each day and each
    /// deadline, in order (law 3).
    fn pass(&mut self, to: Timestamp) {
        loop {
            let tick = self.state.next_due().map_or(self.midnight, |due| due.min(self.midnight));
            let close = self.closing.first().map(|(at, _)| *at).filter(|at| *at <= tick);
            let at = close.unwrap_or(tick);
            if at > to {
                return;
            }
            if close.is_some() {
                self.close_first();
            } else {
                let decided_through = Position(self.position);
                self.take(at, MessageBody::Tick(Tick { decided_through }));
                if at >= self.midnight {
                    self.midnight = day_after(at);
                }
            }
        }
    }

    fn close_first(&mut self) {
        let Some((at, id)) = self.closing.pop_first() else {
            return;
        };
        if let Some((escalation, number)) = self.open.remove(&id) {
            self.settle(number, &escalation);
            let position = Position(self.position.saturating_add(1));
            let body = OutputBody::Escalation {
                to: BodyId::hub(),
                escalation: Arc::new(closed(&escalation, at, position)),
            };
            let output = Output { cause: Cause { position, n: 1, of: 1 }, at, body };
            self.take(at, MessageBody::Hub(Box::new(output)));
        }
    }

    /// The next message, and all that the hub says of it, read back at once.
    fn take(&mut self, recorded_at: Timestamp, body: MessageBody) -> Option<Verdict> {
        self.position = self.position.saturating_add(1);
        let position = Position(self.position);
        let by_agency = matches!(body, MessageBody::Agency(_));
        let taken = self.state.take(Message { position, recorded_at, body }, Decided::Open);
        for output in taken.outputs {
            if let OutputBody::Escalation { to, escalation } = &output.body
                && to.as_str() == BodyId::HUB
            {
                let on = by_agency.then(|| self.in_log(position)).flatten();
                self.follow(escalation, on);
            }
            self.take(recorded_at, MessageBody::Hub(Box::new(output)));
        }
        taken.verdict
    }

    /// Notes what was raised, and when it closes as it stands now.
    fn follow(&mut self, escalation: &Arc<Escalation>, on: Option<Position>) {
        let (closes_at, closed_by) = closes(escalation);
        let known = self.open.remove(&escalation.id);
        let number = match &known {
            Some((before, number)) => {
                self.closing.remove(&(closes(before).0, before.id.clone()));
                *number
            }
            None => self.out.raised.len(),
        };
        if known.is_none() && escalation.change.kind == ChangeKind::Raised {
            let raised = self.raised(escalation, on);
            self.out.raised.push(raised);
        }
        if let Some(raised) = self.out.raised.get_mut(number) {
            raised.closes_at = closes_at;
            raised.closed_by = closed_by;
            if escalation.is_open() {
                self.open.insert(escalation.id.clone(), (Arc::clone(escalation), number));
                self.closing.insert((closes_at, escalation.id.clone()));
            } else {
                raised.closes_at = escalation.change.at;
                self.settle(number, escalation);
            }
        }
    }

    /// Notes what an escalation rests on, once: the list is long, and changes with every concern.
    fn settle(&mut self, number: usize, escalation: &Escalation) {
        let events = escalation.evidence.events.iter();
        let mut evidence: Vec<Position> =
            events.filter_map(|position| self.in_log(*position)).collect();
        evidence.sort_unstable();
        if let Some(raised) = self.out.raised.get_mut(number) {
            raised.evidence = evidence;
        }
    }

    /// What is still open at the end rests on what it has.
    fn end(mut self) -> Replayed {
        for (escalation, number) in std::mem::take(&mut self.open).into_values() {
            self.settle(number, &escalation);
        }
        self.out
    }

    fn raised(&self, escalation: &Escalation, on: Option<Position>) -> Raised {
        let (closes_at, closed_by) = closes(escalation);
        Raised {
            trigger: escalation.trigger.clone(),
            home: escalation.home.clone(),
            scope: escalation.scope.clone(),
            raised_at: escalation.raised_at,
            level: escalation.level,
            severity: escalation.severity,
            responsible: escalation.responsible.clone(),
            told: escalation.told.clone(),
            sentence: escalation.explanation.sentence.clone(),
            on,
            evidence: Vec::new(),
            closes_at,
            closed_by,
        }
    }

    /// Where an event of the replay stands in the log.
    fn in_log(&self, position: Position) -> Option<Position> {
        let nth = (position.0 / STRIDE).checked_sub(1)?;
        self.heard.get(usize::try_from(nth).ok()?).map(|heard| heard.position)
    }
}

/// The first moment of the London day after `at`.
fn day_after(at: Timestamp) -> Timestamp {
    start_of_day(london_date(at).saturating_add(1.day()))
}
