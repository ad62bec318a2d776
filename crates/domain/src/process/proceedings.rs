//! The part of a home's picture that says what is under way about it. Structured fields only: the
//! reasons and the notes stay in the log (law 9).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::placement::Placement;
use super::summit::Summit;
use crate::event::{
    EvidenceSource, ProcessMove, ProcessRecord, ProcessStart, RecordKind, VisitManner,
};
use crate::policy::Policy;
use crate::{ActionId, BodyId, EscalationId, HomeId, Position, StepId};

/// What is under way about a home.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proceedings {
    /// The processes, by the provider that they are about; the empty name for the home itself.
    pub processes: BTreeMap<String, Process>,
    /// Suspensions and cautions, by the commissioner whose placements they are.
    pub placements: BTreeMap<BodyId, Placement>,
    /// Who has cleared which concern for disclosure to the provider.
    pub cleared: BTreeMap<Position, BTreeSet<BodyId>>,
    /// The last risk summit.
    pub summit: Option<Summit>,
    /// Where the plan for a potential closure was last agreed.
    pub closure_plan: Option<Position>,
    /// Where the provider was last told something.
    pub provider_informed: Option<Position>,
    /// Where the provider was last met.
    pub provider_met: Option<Position>,
    /// Where urgent safety action was last taken.
    pub safety_action: Option<Position>,
}

/// A provider-concerns process (Berkshire 5.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Where it started.
    pub started: Position,
    /// The escalation that led to it, on which the actions of its plan stand.
    pub escalation: Option<EscalationId>,
    /// Who chairs it.
    pub chair: BodyId,
    /// Who co-ordinates it.
    pub coordinator: BodyId,
    /// Whether the risk is high.
    pub high_risk: bool,
    /// The step that it is at.
    pub step: StepId,
    /// Where that step began.
    pub step_began: Position,
    /// By when it is to be left.
    pub step_due: Option<Timestamp>,
    /// The steps that were passed over.
    pub skipped: BTreeSet<StepId>,
    /// Whether an update meeting is owed: the process went on in spite of a serious delay, or the
    /// provider said that it is unable.
    pub update_owed: bool,
    /// What was recorded of it: the last word on each.
    pub recorded: BTreeMap<Fact, Recorded>,
    /// Where it was closed.
    pub closed: Option<Position>,
}

/// What a process may have recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fact {
    /// An action of the first step.
    InitialAction(ActionId),
    /// The communication plan.
    CommunicationPlan,
    /// Evidence from this source.
    Evidence(EvidenceSource),
    /// The findings.
    Findings,
    /// The service improvement plan.
    ImprovementPlan,
    /// An update meeting.
    Update,
    /// The provider says that it is unable to carry out its plan.
    ProviderUnable,
    /// A test of the improvement, made so.
    Visit(VisitManner),
    /// The adults' views.
    AdultsViews,
    /// Advocacy.
    Advocacy,
}

/// A word on a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Whether it was done; where not, the reason stands in the log.
    pub done: bool,
    /// Where it was said.
    pub position: Position,
}

impl Process {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether a body leads it, or stands in the place of one that did.
    #[must_use]
    pub fn is_led_by(&self, body: &BodyId, policy: &Policy) -> bool {
        let successions = &policy.successions;
        successions.speaks_for(body, &self.chair) || successions.speaks_for(body, &self.coordinator)
    }

    /// Whether a fact was done.
    #[must_use]
    pub fn is_done(&self, fact: &Fact) -> bool {
        self.recorded.get(fact).is_some_and(|recorded| recorded.done)
    }

    /// Whether an update meeting was held in the present step.
    #[must_use]
    pub fn is_updated(&self) -> bool {
        let update = self.recorded.get(&Fact::Update);
        update.is_some_and(|update| update.position > self.step_began)
    }

    /// Notes the steps between the present one and the one at place `to`.
    fn pass_over(&mut self, to: Option<usize>, policy: &Policy) {
        if let (Some(from), Some(to)) = (policy.process.place(&self.step), to) {
            let between = policy.process.step.iter().take(to).skip(from.saturating_add(1));
            self.skipped.extend(between.map(|step| step.id.clone()));
        }
    }

    /// When the step is late: what the process owes next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.is_open() { self.step_due } else { None }
    }
}

impl Proceedings {
    /// The open process about a provider, or about the home itself.
    #[must_use]
    pub fn process(&self, provider: Option<&str>) -> Option<&Process> {
        self.processes.get(provider.unwrap_or_default()).filter(|process| process.is_open())
    }

    /// The next time at which something here is due: a step to be left, a placement decision to be
    /// reviewed.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let steps = self.processes.values().filter_map(Process::next_due);
        steps.chain(self.placements.values().map(Placement::due)).min()
    }

    pub(crate) fn start(
        &mut self,
        start: &ProcessStart,
        at: Timestamp,
        position: Position,
        policy: &Policy,
    ) {
        let Some(first) = policy.process.step.first() else {
            return;
        };
        let process = Process {
            started: position,
            escalation: start.escalation.clone(),
            chair: start.chair.clone(),
            coordinator: start.coordinator.clone(),
            high_risk: start.high_risk,
            step: first.id.clone(),
            step_began: position,
            step_due: first.within.map(|within| policy.due(within, at)),
            skipped: BTreeSet::new(),
            update_owed: false,
            recorded: BTreeMap::new(),
            closed: None,
        };
        self.processes.insert(start.provider.clone().unwrap_or_default(), process);
    }

    /// Moves the process; `delayed` says whether it is seriously behind.
    pub(crate) fn move_on(
        &mut self,
        moved: &ProcessMove,
        delayed: bool,
        at: Timestamp,
        position: Position,
        policy: &Policy,
    ) {
        let steps = &policy.process.step;
        let Some(process) = self.open(moved.provider.as_deref()) else {
            return;
        };
        let to = policy.process.place(&moved.to);
        process.update_owed |= delayed && !process.is_updated();
        process.pass_over(to, policy);
        process.skipped.remove(&moved.to);
        process.step = moved.to.clone();
        process.step_began = position;
        let within = to.and_then(|to| steps.get(to)).and_then(|step| step.within);
        process.step_due = within.map(|within| policy.due(within, at));
    }

    pub(crate) fn record(&mut self, record: &ProcessRecord, position: Position) {
        if let Some(fact) = super::fact(record)
            && let Some(process) = self.open(record.provider.as_deref())
        {
            match &fact {
                Fact::Update => process.update_owed = false,
                Fact::ProviderUnable => process.update_owed = true,
                Fact::InitialAction(_)
                | Fact::CommunicationPlan
                | Fact::Evidence(_)
                | Fact::Findings
                | Fact::ImprovementPlan
                | Fact::Visit(_)
                | Fact::AdultsViews
                | Fact::Advocacy => {}
            }
            process.recorded.insert(fact, Recorded { done: record.done, position });
        }
    }

    pub(crate) fn close(&mut self, provider: Option<&str>, position: Position, policy: &Policy) {
        if let Some(process) = self.open(provider) {
            process.pass_over(policy.process.step.len().checked_sub(1), policy);
            process.closed = Some(position);
            process.step_due = None;
            if let Some(last) = policy.process.step.last() {
                process.step = last.id.clone();
                process.step_began = position;
            }
        }
    }

    fn open(&mut self, provider: Option<&str>) -> Option<&mut Process> {
        let process = self.processes.get_mut(provider.unwrap_or_default());
        process.filter(|process| process.is_open())
    }

    /// Takes over what is under way about an earlier registration of the same place. Where both have a
    /// process of their own, the earlier one goes on under the earlier token.
    pub(crate) fn take_over(&mut self, earlier: &mut Self, token: &HomeId) {
        for (about, process) in std::mem::take(&mut earlier.processes) {
            let key = match self.processes.get(&about) {
                Some(own) if own.is_open() => token.as_str().to_owned(),
                Some(_) | None => about,
            };
            self.processes.insert(key, process);
        }
        for (commissioner, placement) in std::mem::take(&mut earlier.placements) {
            self.placements.entry(commissioner).or_insert(placement);
        }
        for (concern, by) in std::mem::take(&mut earlier.cleared) {
            self.cleared.entry(concern).or_default().extend(by);
        }
        if let Some(summit) = earlier.summit.take() {
            self.summit.get_or_insert(summit);
        }
        for (own, theirs) in [
            (&mut self.closure_plan, earlier.closure_plan.take()),
            (&mut self.provider_informed, earlier.provider_informed.take()),
            (&mut self.provider_met, earlier.provider_met.take()),
            (&mut self.safety_action, earlier.safety_action.take()),
        ] {
            *own = (*own).max(theirs);
        }
    }
}

impl RecordKind {
    /// Whether it may have been left undone for a reason; the others are facts or nothing.
    #[must_use]
    pub fn may_be_left_out(self) -> bool {
        match self {
            Self::InitialAction | Self::AdultsViews | Self::Advocacy => true,
            Self::CommunicationPlan
            | Self::Evidence
            | Self::Findings
            | Self::ImprovementPlan
            | Self::Update
            | Self::ProviderUnable
            | Self::Visit => false,
        }
    }
}
