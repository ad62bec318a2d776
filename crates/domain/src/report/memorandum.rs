//! Evidence on how the memorandum of understanding works, for HSE, LGA and CQC (Norfolk 7.3.22): what went through each
//! of the four parts of the pathway (7.3.1), in numbers. No home and no person is in it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::answers::{AnswersTo, Tally, Timely};
use super::{Days, pack};
use crate::BodyId;
use crate::escalation::{Escalation, Step};
use crate::event::{DecisionKind, Facets, InformationPower, Kind, MeetingKind};
use crate::picture::records::Answered;
use crate::picture::{Changes, Triaged, What};
use crate::policy::InForce;
use crate::sharing::{Sight, View};
use crate::{duty, time};

/// The evidence of some days, by when the hub knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memorandum {
    /// The days.
    pub days: Days,
    /// Each measure, in the order of the pathway.
    pub measures: Vec<Measure>,
}

/// A number, and where it was due in a time how much came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// What.
    pub what: Measured,
    /// How many.
    pub count: u32,
    /// How many of those that were due in a time came in it.
    pub timely: Option<Tally>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measured {
    /// Part 1: concerns that came in.
    Concerns,
    /// Part 1: those about no named individual (7.3.2).
    AboutNobody,
    /// Part 1: those below a safeguarding referral (7.3.17).
    BelowReferral,
    /// Part 1: agencies that told of any.
    Agencies,
    /// Part 1: concerns of which somebody said where they go on (7.3.20).
    Triaged,
    /// Part 2: escalations that went to the bodies that must act.
    Escalations,
    /// Part 2: acknowledgements that were asked for, each of all of the responsible bodies.
    Acknowledgements,
    /// Part 2: discussions.
    Discussions,
    /// Part 2: decisions, each time that one was asked for.
    Decisions,
    /// Part 3: breaches of health and safety (7.3.19).
    Breaches,
    /// Part 3: agreements on who leads (7.3.14, 7.3.19).
    Leads,
    /// Part 3: escalations decided to lie outside the memorandum (7.3.1).
    OutsideMemorandum,
    /// Part 3: risk summits decided (7.3.21).
    RiskSummits,
    /// Part 3: strategy and strategy-type meetings held.
    StrategyMeetings,
    /// Part 3: those of them to which the regulator came (7.3.15).
    RegulatorCame,
    /// Part 3: those of them to which it was invited and did not come (7.3.15).
    RegulatorAbsent,
    /// Part 3: requests under section 45 (7.3.23).
    Requests,
    /// Part 3: those that were refused (7.3.23).
    Refused,
    /// Part 4: regular meetings whose output was to be passed on (7.3.16).
    Outputs,
    /// Part 4: notices of what came of it that the reader received.
    Notices,
}

impl Measured {
    /// Every measure, in the order of the pathway.
    pub const ALL: [Self; 20] = [
        Self::Concerns,
        Self::AboutNobody,
        Self::BelowReferral,
        Self::Agencies,
        Self::Triaged,
        Self::Escalations,
        Self::Acknowledgements,
        Self::Discussions,
        Self::Decisions,
        Self::Breaches,
        Self::Leads,
        Self::OutsideMemorandum,
        Self::RiskSummits,
        Self::StrategyMeetings,
        Self::RegulatorCame,
        Self::RegulatorAbsent,
        Self::Requests,
        Self::Refused,
        Self::Outputs,
        Self::Notices,
    ];

    /// The part of the pathway.
    #[must_use]
    pub fn part(self) -> u8 {
        match self {
            Self::Concerns
            | Self::AboutNobody
            | Self::BelowReferral
            | Self::Agencies
            | Self::Triaged => 1,
            Self::Escalations | Self::Acknowledgements | Self::Discussions | Self::Decisions => 2,
            Self::Breaches
            | Self::Leads
            | Self::OutsideMemorandum
            | Self::RiskSummits
            | Self::StrategyMeetings
            | Self::RegulatorCame
            | Self::RegulatorAbsent
            | Self::Requests
            | Self::Refused => 3,
            Self::Outputs | Self::Notices => 4,
        }
    }
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    rules: &'a InForce,
    days: Days,
    now: Timestamp,
    counts: [(u32, Option<Tally>); 20],
    agencies: BTreeSet<BodyId>,
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of these days, at `now`.
    #[must_use]
    pub fn of(rules: &'a InForce, days: Days, now: Timestamp) -> Self {
        Self { rules, days, now, counts: [(0, None); 20], agencies: BTreeSet::new() }
    }

    fn one(&mut self, what: Measured, is_so: bool) {
        if let Some((count, _)) = self.counts.get_mut(what as usize) {
            *count += u32::from(is_so);
        }
    }

    fn due(&mut self, what: Measured, timely: Timely) {
        if let Some((count, tally)) = self.counts.get_mut(what as usize) {
            *count += 1;
            tally.get_or_insert_default().count(timely);
        }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let (home, days) = (view.home(), self.days);
        for item in home.items().iter().filter(|item| days.holds(item.recorded_at)) {
            match &item.what {
                What::Concern(concern) if concern.counts() => {
                    self.one(Measured::Concerns, true);
                    self.one(Measured::AboutNobody, !concern.facets.has(Facets::NAMED_INDIVIDUAL));
                    let is_referral = concern.kind == Kind::SafeguardingReferral;
                    self.one(Measured::BelowReferral, !is_referral);
                    self.one(Measured::Triaged, concern.triaged != Triaged::No);
                    let is_breach = concern.kind == Kind::HealthAndSafetyBreach;
                    self.one(Measured::Breaches, is_breach);
                    self.agencies.insert(item.agency.clone());
                }
                What::Notice { to, .. } => self.one(Measured::Notices, view.is_own(to)),
                What::Concern(_) | What::Event { .. } | What::Escalation { .. } => {}
            }
        }
        let changes = Changes::of(home);
        for escalation in home.escalations().filter(|e| days.holds(e.raised_at)) {
            self.one(Measured::Escalations, true);
            if view.sight(escalation) == Sight::Whole {
                self.count_answers(escalation, &changes);
            }
        }
        self.count_meetings(view);
        self.count_requests(view);
    }

    fn count_answers(&mut self, escalation: &Escalation, changes: &Changes<'_>) {
        for asked in AnswersTo::new(escalation, self.rules, changes, self.now).asked() {
            let what = match asked.step {
                Step::Acknowledge => Measured::Acknowledgements,
                Step::Discuss => Measured::Discussions,
                Step::Decide => Measured::Decisions,
                Step::AgreeLead => Measured::Leads,
                Step::Action(_) => continue,
            };
            self.due(what, asked.timely);
        }
        let decided = |kind| escalation.decision == Some(kind);
        let outside = decided(DecisionKind::StrategyTypeMeetingOutsideMou);
        self.one(Measured::OutsideMemorandum, outside);
        self.one(Measured::RiskSummits, decided(DecisionKind::RiskSummit));
    }

    fn count_meetings(&mut self, view: &View) {
        let rules = self.rules;
        let is_regulator = |body: &BodyId| rules.holds(body, &["cqc".to_owned()]);
        for meeting in pack::meetings(view) {
            if !meeting.held_on.is_some_and(|day| self.days.has(day)) {
                continue;
            }
            if matches!(meeting.kind, MeetingKind::Strategy | MeetingKind::StrategyType) {
                self.one(Measured::StrategyMeetings, true);
                self.one(Measured::RegulatorCame, meeting.attended.iter().any(is_regulator));
                self.one(Measured::RegulatorAbsent, meeting.absent.iter().any(is_regulator));
            }
            if let Some(limit) = duty::output_limit(rules, meeting) {
                let timely = match meeting.output_on {
                    Some(on) if on <= time::london_date(limit) => Timely::InTime,
                    Some(_) => Timely::Late,
                    None => Timely::at(limit, None, self.now),
                };
                self.due(Measured::Outputs, timely);
            }
        }
    }

    fn count_requests(&mut self, view: &View) {
        for (position, request) in &view.home().head.records.requests {
            let is_of_days = self.days.holds(request.recorded_at);
            let is_seen = view.reference(*position).is_some();
            if is_of_days && is_seen && request.power == InformationPower::CareActS45 {
                self.one(Measured::Requests, true);
                let refused = matches!(request.answer, Some(Answered::Refused(_)));
                self.one(Measured::Refused, refused);
            }
        }
    }

    /// The evidence.
    #[must_use]
    pub fn finish(mut self) -> Memorandum {
        if let Some((count, _)) = self.counts.get_mut(Measured::Agencies as usize) {
            *count = self.agencies.len() as u32;
        }
        let measures = Measured::ALL.into_iter().zip(self.counts);
        let measures = measures.map(|(what, (count, timely))| Measure { what, count, timely });
        Memorandum { days: self.days, measures: measures.collect() }
    }
}
