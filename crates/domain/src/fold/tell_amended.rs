//! Withdrawals, corrections and erasures reach everyone who was told of the original, and say so. What a correction
//! takes from the sight of a body is told to that body, too, whether or not it was ever sent anything: it could read it.

use super::amend::Stands;
use super::{State, StepSoFar};
use crate::message::Said;
use crate::notice::{About, AmendedNotice, Content, Notice, received};
use crate::picture::{ConcernItem, Reference, Sought};
use crate::policy::Share;
use crate::time::london_date;
use crate::{BodyId, EscalationId, HomeId, Position};

impl State {
    /// A sender corrected its concern or took it back. `before` is the concern as it was told.
    pub(super) fn tell_amended(
        &self,
        said: &Said,
        before: &Stands,
        content: fn(AmendedNotice) -> Content,
        step: &mut StepSoFar,
    ) {
        let (home, position) = (&before.home, before.item.position);
        let about = About { event: said.reference, by: said.agency.clone(), escalation: None };
        self.tell_all_told(home, position, &before.concern, about, content, step);
    }

    /// The text of a concern is to be erased. It may have moved to another home since.
    pub(super) fn tell_erased(
        &self,
        home: &HomeId,
        position: Position,
        asked_by: &BodyId,
        step: &mut StepSoFar,
    ) {
        for picture in self.homes_of(home, position) {
            let Some((item, concern)) = picture.concern(position) else {
                continue;
            };
            let about = About { event: item.reference, by: asked_by.clone(), escalation: None };
            let (home, content) = (picture.id(), Content::ConcernErased);
            self.tell_all_told(home, position, concern, about, content, step);
        }
    }

    fn tell_all_told(
        &self,
        home: &HomeId,
        position: Position,
        before: &ConcernItem,
        about: About,
        content: fn(AmendedNotice) -> Content,
        step: &mut StepSoFar,
    ) {
        let picture = self.homes.get(home).filter(|_| step.decides());
        let Some((picture, (item, now))) =
            picture.and_then(|picture| picture.concern(position).map(|found| (picture, found)))
        else {
            return;
        };
        let share = |body: &BodyId, concern: &ConcernItem| {
            self.policy.reader(body).share(picture, item, concern)
        };
        // Before this step: what it raises tells of the concern as it is.
        let resting = self.decided_escalations(home, Sought::RestingOn(&[position]));
        // Who is told again of an escalation, with the concern among what was withdrawn, has heard of it.
        let told_again: Vec<&BodyId> = step
            .escalations
            .iter()
            .filter(|revised| revised.evidence.withdrawn.contains(&position))
            .flat_map(|revised| revised.recipients())
            .collect();
        let told = received(&resting, &item.agency, |body| {
            share(body, before) >= Share::Summary
                && self.is_told(body)
                && !told_again.contains(&body)
        });
        let lost = self.cannot_see_any_more(&share, before, now).into_iter();
        let lost = lost.filter(|body| {
            *body != item.agency && !told.contains_key(body) && !told_again.contains(&body)
        });
        let lost: Vec<(BodyId, Vec<EscalationId>)> = lost.map(|body| (body, Vec::new())).collect();
        let concern: Reference = item.reference;
        for (body, told_by) in told.into_iter().chain(lost) {
            let notice = AmendedNotice {
                concern,
                amended_on: london_date(self.time),
                told_by,
                shared: share(&body, now) >= Share::Summary,
            };
            step.notices.push((body, Notice::new(home, about.clone(), content(notice))));
        }
    }

    /// The bodies that could read the concern as it was, and may not as it is: whoever read it has it, and would
    /// find nothing of it in any list of amendments.
    fn cannot_see_any_more(
        &self,
        share: &impl Fn(&BodyId, &ConcernItem) -> Share,
        before: &ConcernItem,
        now: &ConcernItem,
    ) -> Vec<BodyId> {
        if before.shared_as(now) {
            return Vec::new();
        }
        let bodies = self.policy.body.iter().map(|body| &body.id);
        let could = bodies.filter(|body| {
            share(body, before) >= Share::Summary && share(body, now) < Share::Summary
        });
        could.filter(|body| self.is_told(body)).cloned().collect()
    }
}
