//! A triaged concern goes on to other roles: they are told, say that it is with them, and are chased when they
//! do not (Norfolk 7.3.20). And a manager looks at what an enquiry came to (Stockton 1).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::overdue::Late;
use super::{State, StepSoFar};
use crate::duty;
use crate::escalation::{EvidenceList, refusal};
use crate::event::{EnquiryCheck, EventRef, EventType, Kind, Triage};
use crate::message::{Refusal, Said};
use crate::notice::{About, Content, Notice, OnwardNotice};
use crate::picture::Home;
use crate::picture::records::Onward;
use crate::policy::Owed;
use crate::time::due_in_words;
use crate::{BodyId, HomeId, Position};

impl State {
    /// A triage says where a concern goes on to. Each body there that may know of it is told.
    pub(super) fn pass_onward(
        &mut self,
        said: &Said,
        home: &HomeId,
        concern: Position,
        triage: &Triage,
        step: &mut StepSoFar,
    ) {
        // Whoever triages has it.
        self.has_received(&said.agency, home, concern);
        let mut to: BTreeSet<String> = triage.onward_to.iter().cloned().collect();
        to.retain(|role| !self.policy.holds(&said.agency, std::slice::from_ref(role)));
        let is_known = self
            .homes
            .get(home)
            .is_some_and(|home| home.head.records.onward.contains_key(&concern));
        if to.is_empty() && !is_known {
            return;
        }
        if !to.is_empty() {
            let onward = Onward {
                to: to.clone(),
                by: triage.onward_by,
                recorded_at: self.time,
                position: self.position,
            };
            let picture = self.home_mut(home);
            picture.head.records.pass_onward(concern, onward);
            picture.touch();
        }
        self.record_changed(home);
        let picture = self.homes.get(home).filter(|_| step.decides());
        let Some((item, _)) = picture.and_then(|picture| picture.concern(concern)) else {
            return;
        };
        for body in self.onward_bodies(home, concern, &to) {
            let notice = OnwardNotice {
                concern: item.reference,
                outcome: triage.outcome,
                by: triage.onward_by,
            };
            let about = About { event: said.reference, by: said.agency.clone(), escalation: None };
            let content = Content::ConcernPassedOn(notice);
            step.notices.push((body, Notice::new(home, about, content)));
        }
    }

    /// The bodies that hold these roles at a home and may know of the concern.
    pub(super) fn onward_bodies(
        &self,
        home: &HomeId,
        concern: Position,
        roles: &BTreeSet<String>,
    ) -> Vec<BodyId> {
        let Some((picture, (item, concern))) = self
            .homes
            .get(home)
            .and_then(|picture| picture.concern(concern).map(|found| (picture, found)))
        else {
            return Vec::new();
        };
        let roles: Vec<String> = roles.iter().cloned().collect();
        let mut bodies = self.policy.route(&roles, self.area(home).as_deref(), self.time);
        bodies.retain(|body| self.may_know(picture, item, concern, body) && self.is_told(body));
        bodies
    }

    /// Tells those to whom a concern goes on that nobody of them has said that it is with them.
    pub(super) fn late_onward(
        &self,
        due: Timestamp,
        home: &Home,
        position: Position,
    ) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Onward { .. }))?;
        let onward = home.head.records.onward.get(&position)?;
        let (item, concern) = home.concern(position).filter(|(_, concern)| concern.counts())?;
        let responsible = self.onward_bodies(home.id(), position, &onward.to);
        let (_, mut told) = self.routed(home.id(), trigger);
        told.retain(|body| self.may_know(home, item, concern, body));
        let sentence = format!(
            "A concern was passed on, to be with whom it goes on to by {}, and nobody has said that it is.",
            due_in_words(due)
        );
        Some(Late {
            trigger,
            scope: format!("onward {}", item.reference),
            former: None,
            responsible: Some(responsible).filter(|bodies| !bodies.is_empty())?,
            told,
            severity: concern.severity,
            evidence: EvidenceList::new(vec![position], 1),
            sentence,
            due,
        })
    }

    /// A body says that a concern that was passed on is with it.
    pub(super) fn receive(
        &mut self,
        said: &Said,
        home: &HomeId,
        receives: &EventRef,
    ) -> Result<HomeId, Refusal> {
        let sender = receives.agency.as_ref().unwrap_or(&said.agency);
        let concern = self.position_of(sender, &receives.id).ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(home, concern)?;
        if !self.knows_of(&said.agency, &stands) {
            return Err(refusal::event_unknown());
        }
        let home = stands.home;
        self.has_received(&said.agency, &home, concern);
        self.record_changed(&home);
        self.note(said, &home, EventType::ConcernReceived, Some(concern), None);
        Ok(home)
    }

    /// What a body has of what was passed on, all of its roles have.
    fn has_received(&mut self, body: &BodyId, home: &HomeId, concern: Position) {
        let is_known = |home: &HomeId| {
            self.homes.get(home).is_some_and(|home| home.head.records.onward.contains_key(&concern))
        };
        if !is_known(home) {
            return;
        }
        let roles = self.policy.body(body).map(|known| known.roles.clone()).unwrap_or_default();
        let picture = self.home_mut(home);
        picture.head.records.receive(concern, &roles);
        picture.touch();
    }

    /// A manager checked what an enquiry came to. Whoever said it, or triages, may.
    pub(super) fn check_enquiry(
        &mut self,
        said: &Said,
        home: &HomeId,
        check: &EnquiryCheck,
    ) -> Result<HomeId, Refusal> {
        let sender = check.checks.agency.as_ref().unwrap_or(&said.agency);
        let concern =
            self.position_of(sender, &check.checks.id).ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(home, concern)?;
        let is_enquiry = stands.concern.kind == Kind::EnquiryOutcome;
        if !is_enquiry || !self.knows_of(&said.agency, &stands) {
            return Err(refusal::event_unknown());
        }
        let own = self.speaks_for(&said.agency, &stands.item.agency, &stands.home);
        if !own && !self.policy.holds(&said.agency, &self.policy.powers.triage) {
            return Err(refusal::not_permitted());
        }
        self.note(said, &stands.home, EventType::EnquiryChecked, Some(concern), None);
        Ok(stands.home)
    }
}
