//! Takes what bodies do about a home: placements, the process, contact with the provider, safety,
//! disclosure, summits. These are facts that agencies state; what the hub decides is only whether a rule
//! was kept, once: a fact that the log holds as accepted is taken in whatever this build would say.

use super::{State, StepSoFar};
use crate::escalation::{Action, refusal};
use crate::event::{Proceeding, RecordKind};
use crate::message::{Refusal, Said};
use crate::picture::{Home, Sought};
use crate::process::placement::{Placement, Restriction};
use crate::process::police_first::{self, About, Matter, gate};
use crate::process::summit::Summit;
use crate::process::{self, Closing, Proceedings, Process};
use crate::time::london_date;
use crate::{BodyId, EscalationId, HomeId, Position};

impl State {
    /// Takes an event of a proceeding; returns the home that it stands at.
    pub(super) fn proceed(
        &mut self,
        said: &Said,
        home: &HomeId,
        proceeding: &Proceeding,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let settled = step.decided.has_verdict();
        if step.redecides || !settled {
            match self.may_proceed(said, home, proceeding, step) {
                Ok(()) => {}
                Err(refusal) if !settled => return Err(refusal),
                // The log has settled that it was accepted: only the comparison hears of it.
                Err(refusal) => step.refuse(said, refusal),
            }
        }
        let about = match proceeding {
            Proceeding::DisclosureCleared(clearance) => {
                self.advised_on(said, home, &clearance.concern).ok()
            }
            Proceeding::Suspended(_)
            | Proceeding::Cautioned(_)
            | Proceeding::Lifted(_)
            | Proceeding::Started(_)
            | Proceeding::Moved(_)
            | Proceeding::Recorded(_)
            | Proceeding::Closed(_)
            | Proceeding::ProviderInformed(_)
            | Proceeding::ProviderMet(_)
            | Proceeding::SafetyActionTaken(_)
            | Proceeding::SummitRecorded(_)
            | Proceeding::ClosurePlanAgreed(_) => None,
        };
        self.apply(&said.agency, home, proceeding, about);
        self.record_changed(home);
        if matches!(proceeding, Proceeding::Closed(_)) {
            self.set_retention(home);
        }
        self.settle(home, step);
        self.tell_placing_authorities(said, home, proceeding, step);
        if matches!(proceeding, Proceeding::ClosurePlanAgreed(_)) {
            self.closure_is_planned(home, step);
        }
        if let Proceeding::Recorded(record) = proceeding
            && record.kind == RecordKind::ProviderUnable
        {
            self.provider_is_unable(home, record.provider.as_deref(), step);
        }
        self.note(said, home, proceeding.event_type(), about, escalation_of(proceeding).cloned());
        Ok(home.clone())
    }

    fn may_proceed(
        &self,
        said: &Said,
        home: &HomeId,
        proceeding: &Proceeding,
        step: &StepSoFar,
    ) -> Result<(), Refusal> {
        let (by, policy, now) = (&said.agency, &*self.policy, self.time);
        let none = Proceedings::default();
        let standing = self.homes.get(home).map_or(&none, |home| &home.head.process);
        let known =
            escalation_of(proceeding).is_some_and(|id| self.decided_escalation(home, id).is_some());
        let reads = !policy.holds(by, &policy.powers.never_reads);
        let permitted = |may: bool| if may { Ok(()) } else { Err(refusal::not_permitted()) };
        match proceeding {
            Proceeding::Suspended(decision) | Proceeding::Cautioned(decision) => {
                process::placement::decide(by, decision, now, policy)
            }
            Proceeding::Lifted(lift) => {
                let mut own = standing.placements.iter();
                let own = own.find(|(body, _)| self.speaks_for(by, body, home));
                process::placement::lift(by, own.map(|(_, placement)| placement), lift, now, policy)
            }
            Proceeding::Started(start) => process::start(standing, home, by, start, known, policy),
            Proceeding::Moved(moved) => {
                let open = standing.process(moved.provider.as_deref());
                let delayed = open.is_some_and(|process| self.is_delayed(home, process));
                process::move_to(open, by, moved, delayed, policy)
            }
            Proceeding::Recorded(record) => {
                permitted(reads)?;
                let open = standing.process(record.provider.as_deref());
                process::record(open, record, policy)
            }
            Proceeding::Closed(closing) => {
                let open = standing.process(closing.provider.as_deref());
                let facts = Closing {
                    delayed: open.is_some_and(|process| self.is_delayed(home, process)),
                    actions_open: open.is_some_and(|process| self.has_open_actions(home, process)),
                };
                process::close(open, by, closing, facts, policy)?;
                // Written notice tells the provider.
                self.police_first(home, closing.provider.as_deref(), Some(step))
            }
            Proceeding::ProviderInformed(contact) | Proceeding::ProviderMet(contact) => {
                permitted(reads)?;
                self.police_first(home, contact.provider.as_deref(), Some(step))
            }
            // Urgent safety never waits, for anybody.
            Proceeding::SafetyActionTaken(_) => Ok(()),
            Proceeding::DisclosureCleared(clearance) => {
                let position = self.advised_on(said, home, &clearance.concern)?;
                let stands = self.standing_at(home, position)?;
                process::disclosure::clear(by, &stands.item.agency, policy)
            }
            Proceeding::SummitRecorded(summit) => {
                process::summit::record(by, summit, known, policy)
            }
            Proceeding::ClosurePlanAgreed(plan) => process::closure::agree(by, plan, policy),
        }
    }

    /// Changes the picture; this cannot fail.
    fn apply(
        &mut self,
        by: &BodyId,
        home: &HomeId,
        proceeding: &Proceeding,
        about: Option<Position>,
    ) {
        let (at, position, policy) = (self.time, self.position, self.policy.clone());
        let mut delayed = false;
        if let Proceeding::Moved(moved) = proceeding {
            let standing = self.homes.get(home).map(|home| &home.head.process);
            let open = standing.and_then(|all| all.process(moved.provider.as_deref()));
            delayed = open.is_some_and(|process| self.is_delayed(home, process));
        }
        let area = self.area(home);
        let others = |body: &BodyId| !policy.speaks_for(by, body, area.as_deref());
        let picture = self.home_mut(home);
        let now = &mut picture.head.process;
        match proceeding {
            Proceeding::Suspended(decision) | Proceeding::Cautioned(decision) => {
                let suspended = matches!(proceeding, Proceeding::Suspended(_));
                let kind = if suspended { Restriction::Suspended } else { Restriction::Caution };
                let review_on = decision.review_on;
                let placement = Placement { kind, since: at, position, review_on };
                now.placements.retain(|body, _| others(body));
                now.placements.insert(by.clone(), placement);
            }
            Proceeding::Lifted(_) => {
                now.placements.retain(|body, _| others(body));
            }
            Proceeding::Started(start) => now.start(start, at, position, &policy),
            Proceeding::Moved(moved) => now.move_on(moved, delayed, at, position, &policy),
            Proceeding::Recorded(record) => now.record(record, position),
            Proceeding::Closed(closing) => {
                now.close(closing.provider.as_deref(), position, &policy);
            }
            Proceeding::ProviderInformed(_) => now.provider_informed = Some(position),
            Proceeding::ProviderMet(_) => now.provider_met = Some(position),
            Proceeding::SafetyActionTaken(_) => now.safety_action = Some(position),
            Proceeding::DisclosureCleared(_) => {
                if let Some(concern) = about {
                    now.cleared.entry(concern).or_default().insert(by.clone());
                }
            }
            Proceeding::SummitRecorded(summit) => {
                now.summit = Some(Summit {
                    position,
                    lead_investigator: summit.lead_investigator.clone(),
                    monitored_by: summit.monitored_by.clone(),
                });
            }
            Proceeding::ClosurePlanAgreed(_) => now.closure_plan = Some(position),
        }
        picture.touch();
    }

    /// Whether the provider of a home may be told or met, and what was said of it passed on: see
    /// [`gate`]. Where it is about a provider as a whole (token `general`), each of its homes is asked.
    ///
    /// # Errors
    /// `police-advice-awaited`; `provider-missing`; `home-unknown` for a token that is no place.
    pub(super) fn police_first(
        &self,
        home: &HomeId,
        provider: Option<&str>,
        step: Option<&StepSoFar>,
    ) -> Result<(), Refusal> {
        if home.as_str() == HomeId::GENERAL {
            let provider = provider.ok_or_else(refusal::provider_missing)?;
            let of_provider = self.homes.values().filter(|home| {
                let registration = home.head.registration.as_ref();
                let by = registration.and_then(|registration| registration.provider.as_ref());
                by.is_some_and(|by| by.id == provider)
            });
            for home in of_provider {
                gate(&self.matters(home, step), &police_first::advice(home))?;
            }
        } else if !home.is_place() {
            return Err(refusal::home_unknown());
        }
        match self.homes.get(home) {
            Some(picture) => gate(&self.matters(picture, step), &police_first::advice(picture)),
            None => Ok(()),
        }
    }

    /// What the police advise on before others go on; with what a step has led to so far, where one is given.
    fn matters(&self, home: &Home, step: Option<&StepSoFar>) -> Vec<Matter> {
        let mut matters = police_first::concerns(home);
        let major = Sought::OpenAt(crate::escalation::Level::Major);
        let open = match step {
            Some(step) => self.escalations(step, home.id(), major),
            None => self.decided_escalations(home.id(), major),
        };
        for escalation in open {
            // One that waits in the outbox is younger than any advice.
            let since = home.kept(&escalation.id).and_then(|kept| kept.major_since);
            let about = About::Escalation(escalation.id.clone());
            matters.push(Matter { about, since: since.unwrap_or(self.position) });
        }
        matters
    }

    /// The provider says that it is unable: that is told at once, not when something is late.
    fn provider_is_unable(&self, home: &HomeId, provider: Option<&str>, step: &mut StepSoFar) {
        let standing = self.homes.get(home).map(|home| &home.head.process);
        let Some(process) = standing.and_then(|all| all.process(provider)) else {
            return;
        };
        let sentence = "The provider says that it is unable to carry out its plan: a further meeting \
                        is mandatory.";
        if step.decides()
            && let Some(late) = self.late_process(self.time, home, process, sentence.to_owned())
        {
            self.tell_late(home, late, step);
        }
    }

    /// Whether a process is seriously behind: its step is, or an action of its plan.
    fn is_delayed(&self, home: &HomeId, process: &Process) -> bool {
        let serious_after = self.policy.process.actions.serious_after_days;
        let today = london_date(self.time);
        let step_late = process
            .step_due
            .is_some_and(|due| (today - london_date(due)).get_days() > i32::from(serious_after));
        let action_late = process
            .escalation
            .as_ref()
            .and_then(|id| self.decided_escalation(home, id))
            .is_some_and(|escalation| escalation.is_seriously_behind(self.time, serious_after));
        step_late || action_late
    }

    fn has_open_actions(&self, home: &HomeId, process: &Process) -> bool {
        let plan = process.escalation.as_ref().and_then(|id| self.decided_escalation(home, id));
        plan.is_some_and(|escalation| !escalation.actions.iter().all(Action::is_over))
    }

    /// The register of suspensions and cautions: where, whose placements, what.
    pub fn restrictions(&self) -> impl Iterator<Item = (&HomeId, &BodyId, &Placement)> {
        self.homes.values().flat_map(|home| {
            let placements = home.head.process.placements.iter();
            placements.map(|(commissioner, placement)| (home.id(), commissioner, placement))
        })
    }
}

/// The escalation that an event names.
fn escalation_of(proceeding: &Proceeding) -> Option<&EscalationId> {
    match proceeding {
        Proceeding::Started(start) => start.escalation.as_ref(),
        Proceeding::SummitRecorded(summit) => summit.escalation.as_ref(),
        Proceeding::Suspended(_)
        | Proceeding::Cautioned(_)
        | Proceeding::Lifted(_)
        | Proceeding::Moved(_)
        | Proceeding::Recorded(_)
        | Proceeding::Closed(_)
        | Proceeding::ProviderInformed(_)
        | Proceeding::ProviderMet(_)
        | Proceeding::SafetyActionTaken(_)
        | Proceeding::DisclosureCleared(_)
        | Proceeding::ClosurePlanAgreed(_) => None,
    }
}
