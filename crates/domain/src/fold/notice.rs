//! Decides what is passed on to agencies. Like every decision it goes to the outbox, and is true when
//! it is read back.

use super::{State, StepSoFar};
use crate::event::Proceeding;
use crate::message::Said;
use crate::notice::{About, Content, Notice, PlacementsNotice, placements};
use crate::picture::{Item, Reference, What};
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
            Proceeding::Started(_)
            | Proceeding::Moved(_)
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
