//! Decides what is passed on to agencies. Like every decision it goes to the outbox, and is true when
//! it is read back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{State, StepSoFar};
use crate::event::{Kind, Proceeding, ProcessStart};
use crate::message::Said;
use crate::notice::{
    About, Content, EnquiryNotice, Notice, PlacementsNotice, placements, process_started,
};
use crate::picture::records::Placed;
use crate::picture::{Home, Item, Reference, What};
use crate::{BodyId, HomeId, Position};

impl State {
    /// A commissioner has decided about its placements: the placing authorities are told.
    pub(super) fn tell_placing_authorities(
        &self,
        said: &Said,
        home: &HomeId,
        proceeding: &Proceeding,
        step: &mut StepSoFar,
    ) {
        let (review_on, content): (_, fn(PlacementsNotice) -> Content) = match proceeding {
            Proceeding::Suspended(decision) => {
                (Some(decision.review_on), Content::PlacementsSuspended)
            }
            Proceeding::Cautioned(decision) => {
                (Some(decision.review_on), Content::PlacementsCautioned)
            }
            Proceeding::Lifted(_) => (None, Content::PlacementsLifted),
            Proceeding::Started(start) => {
                return self.tell_process_started(said, home, start, step);
            }
            Proceeding::Moved(_)
            | Proceeding::Recorded(_)
            | Proceeding::Closed(_)
            | Proceeding::ProviderInformed(_)
            | Proceeding::ProviderMet(_)
            | Proceeding::SafetyActionTaken(_)
            | Proceeding::DisclosureCleared(_)
            | Proceeding::SummitRecorded(_)
            | Proceeding::ClosurePlanAgreed(_) => return,
        };
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        let (by, placed) = (&said.agency, &picture.head.records.placements);
        let area = self.area(home);
        let told = placements(by, review_on, placed, area.as_deref(), &self.policy, self.time);
        for (to, notice) in told {
            let about = About { event: said.reference, by: by.clone(), escalation: None };
            step.notices.push((to, Notice::new(home, about, content(notice))));
        }
    }

    /// A process has started: the placing authorities of its homes are told, and whoever started it gets a copy that
    /// says who was, and who could not be.
    pub(super) fn tell_process_started(
        &self,
        said: &Said,
        home: &HomeId,
        start: &ProcessStart,
        step: &mut StepSoFar,
    ) {
        if !step.decides() {
            return;
        }
        let (by, area) = (&said.agency, self.area(home));
        let placed = self.placed_with(home, start.provider.as_deref());
        let told = process_started(by, start, &placed, area.as_deref(), &self.policy, self.time);
        for (to, notice) in told.into_iter().filter(|(to, _)| self.is_told(to)) {
            let about = About { event: said.reference, by: by.clone(), escalation: None };
            let content = Content::ProcessStarted(notice);
            step.notices.push((to, Notice::new(home, about, content)));
        }
    }

    /// The newest count of each authority at a home, or summed over all homes of a provider.
    fn placed_with(&self, home: &HomeId, provider: Option<&str>) -> BTreeMap<String, Placed> {
        let is_of = |picture: &&Arc<Home>| match provider {
            None => picture.id() == home,
            Some(provider) => picture.head.succeeded_by.is_none() && runs(picture, provider),
        };
        let mut all: BTreeMap<String, Placed> = BTreeMap::new();
        let pictures = self.homes.values().filter(is_of);
        for (authority, placed) in pictures.flat_map(|home| &home.head.records.placements) {
            all.entry(authority.clone())
                .and_modify(|known| {
                    known.residents = known.residents.saturating_add(placed.residents);
                    known.month = known.month.max(placed.month);
                })
                .or_insert_with(|| placed.clone());
        }
        all
    }

    /// An enquiry has an outcome: who leads a process that is open about the home, or about its provider, is told.
    pub(super) fn tell_enquiry_outcome(
        &self,
        home: &HomeId,
        position: Position,
        step: &mut StepSoFar,
    ) {
        let picture = self.homes.get(home).filter(|_| step.decides());
        let Some((picture, (item, concern))) =
            picture.and_then(|picture| picture.concern(position).map(|found| (picture, found)))
        else {
            return;
        };
        if concern.kind != Kind::EnquiryOutcome || !concern.counts() {
            return;
        }
        let general = self.homes.get(&HomeId::general());
        let of_provider = general.into_iter().flat_map(|general| &general.head.process.processes);
        let of_provider = of_provider.filter(|(provider, _)| runs(picture, provider));
        let here = &picture.head.process.processes;
        for (about, process) in here.iter().chain(of_provider).filter(|(_, one)| one.is_open()) {
            let provider = Some(about.clone()).filter(|about| !about.is_empty());
            for body in BTreeSet::from([&process.chair, &process.coordinator]) {
                let knows = *body != item.agency && self.may_know(picture, item, concern, body);
                let is_told = step.notices.iter().any(|(to, notice)| {
                    to == body && matches!(notice.content, Content::EnquiryOutcome(_))
                });
                if !knows || is_told || !self.is_told(body) {
                    continue;
                }
                let about =
                    About { event: item.reference, by: item.agency.clone(), escalation: None };
                let notice = EnquiryNotice { concern: item.reference, provider: provider.clone() };
                let content = Content::EnquiryOutcome(notice);
                step.notices.push((body.clone(), Notice::new(home, about, content)));
            }
        }
    }

    /// A notice was read back: it stands in the timeline, for its recipient.
    pub(super) fn noticed(&mut self, to: &BodyId, notice: &Notice, position: Position) {
        let home = self.resolve(&notice.home);
        if let Content::BreakGlassOpened(_) = &notice.content {
            self.owner_is_told(to, &home, notice.about.event);
        }
        let what =
            What::Notice { id: notice.id.clone(), kind: notice.content.kind(), to: to.clone() };
        let item = Item {
            position,
            reference: Reference::of_notice(&notice.id, to),
            recorded_at: self.time,
            agency: BodyId::hub(),
            what,
        };
        self.home_mut(&home).push(item);
    }
}

/// Whether a provider runs the home.
fn runs(home: &Home, provider: &str) -> bool {
    let run_by = home.head.registration.as_ref().and_then(|known| known.provider.as_ref());
    run_by.is_some_and(|run_by| run_by.id.as_str() == provider)
}
