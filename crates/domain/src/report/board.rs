//! The board's view: how the partnership does over a year and not over a home. Trends by month, how long each body takes
//! to acknowledge and to decide, triggers that never or always fire, and agencies that have gone quiet. No home and no
//! person is in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::answers::{Tally, Timely, asked};
use super::minutes::since;
use super::{Days, known_on};
use crate::escalation::{Escalation, Level, Step};
use crate::event::DecisionKind;
use crate::picture::Changes;
use crate::policy::InForce;
use crate::sharing::{Sight, View};
use crate::time::{london_date, start_of_day};
use crate::{BodyId, HomeId, Position, TriggerId};

/// Of so many homes that anybody told of, a trigger that fired at half of them or more always fires. Neither number has
/// a source: an alarm that sounds at every second home tells nobody where to look.
const HOMES_FOR_ALWAYS: u32 = 4;

/// An agency has gone quiet where chance alone leaves it as silent in fewer than one case of a hundred.
const BY_CHANCE: f64 = 0.01;

/// The view of some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The days.
    pub days: Days,
    /// Each month of them, the first one first.
    pub months: Vec<MonthLine>,
    /// Each responsible body of escalations that were raised in them and are routed to the reader.
    pub bodies: Vec<(BodyId, BodyLine)>,
    /// Each trigger that is on, in the order of the policy.
    pub triggers: Vec<TriggerLine>,
    /// Each partner, those that have gone quiet first and then by name.
    pub agencies: Vec<AgencyLine>,
}

/// What came in and what came of it in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthLine {
    /// Its first day.
    pub month: Date,
    /// Distinct incidents that happened in it.
    pub incidents: u32,
    /// At how many homes.
    pub homes: u32,
    /// Escalations that were raised in it.
    pub raised: u32,
    /// Escalations that were closed in it.
    pub closed: u32,
    /// Homes with an escalation of level moderate or major that was open at its end, or now where it is not over.
    pub at_raised_level: u32,
}

/// How a body answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BodyLine {
    /// The acknowledgements that were asked of it, alone or with others.
    pub acknowledged: Tally,
    /// Of those given, the hours in the middle, and the longest.
    pub acknowledged_hours: Option<(i64, i64)>,
    /// The decisions.
    pub decided: Tally,
    /// Of those taken, the hours in the middle, and the longest.
    pub decided_hours: Option<(i64, i64)>,
}

/// How often a trigger fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerLine {
    /// The trigger.
    pub trigger: TriggerId,
    /// Escalations that it raised.
    pub raised: u32,
    /// At how many homes.
    pub homes: u32,
    /// At how many homes anything happened that anybody told of.
    pub of_homes: u32,
    /// Of those decided that are routed to the reader, how many came to no further action, and how many there are.
    pub no_action: (u32, u32),
    /// Whether it says anything.
    pub fires: Fires,
}

/// Whether a trigger tells one home from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fires {
    /// It raised nothing.
    Never,
    /// It raised something at half the homes or more, of four or more.
    Always,
    /// It raised something at some.
    AtSome,
}

/// What an agency tells.
#[derive(Debug, Clone, PartialEq)]
pub struct AgencyLine {
    /// The agency.
    pub agency: BodyId,
    /// Its concerns, by when the hub knew.
    pub concerns: u32,
    /// When it told of the last one; none where it told of none.
    pub last_on: Option<Date>,
    /// For how many days it has been silent since, until the end of the days or today.
    pub silent_days: i64,
    /// How likely it is that so many concerns, spread by chance over the days, leave so long a silence at the end.
    pub by_chance: Option<f64>,
    /// Whether that is too unlikely to be chance.
    pub is_quiet: bool,
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    rules: &'a InForce,
    days: Days,
    now: Timestamp,
    months: BTreeMap<Date, Month>,
    bodies: BTreeMap<BodyId, Answers>,
    triggers: BTreeMap<TriggerId, Fired>,
    agencies: BTreeMap<BodyId, (u32, Date)>,
    homes: u32,
}

#[derive(Debug, Default)]
struct Month {
    incidents: BTreeSet<(HomeId, Position)>,
    homes: BTreeSet<HomeId>,
    raised: u32,
    closed: u32,
    at_raised_level: BTreeSet<HomeId>,
}

#[derive(Debug, Default)]
struct Answers {
    acknowledged: Tally,
    acknowledged_hours: Vec<i64>,
    decided: Tally,
    decided_hours: Vec<i64>,
}

#[derive(Debug, Default)]
struct Fired {
    raised: u32,
    homes: u32,
    no_action: u32,
    decided: u32,
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of these days, at `now`.
    #[must_use]
    pub fn of(rules: &'a InForce, days: Days, now: Timestamp) -> Self {
        let mut months = BTreeMap::new();
        let mut month = days.from.first_of_month();
        while month < days.until && start_of_day(month) <= now {
            months.insert(month, Month::default());
            month = month.saturating_add(1.month());
        }
        let (bodies, triggers) = (BTreeMap::new(), BTreeMap::new());
        Self { rules, days, now, months, bodies, triggers, agencies: BTreeMap::new(), homes: 0 }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let home = view.home();
        let mut is_told_of = false;
        for (item, concern) in home.concerns_as_filed().filter(|(_, concern)| concern.counts()) {
            if self.days.has(concern.date)
                && let Some(month) = self.months.get_mut(&concern.date.first_of_month())
            {
                is_told_of = true;
                month.incidents.insert((home.id().clone(), concern.incident));
                month.homes.insert(home.id().clone());
            }
            let known_on = known_on(view, item).min(london_date(self.now));
            if self.days.has(known_on) {
                let (concerns, last) =
                    self.agencies.entry(item.agency.clone()).or_insert((0, known_on));
                *concerns += 1;
                *last = known_on.max(*last);
            }
        }
        self.homes += u32::from(is_told_of && home.id().is_place());
        let changes = Changes::of(home);
        let mut fired: BTreeSet<&TriggerId> = BTreeSet::new();
        for escalation in home.escalations() {
            self.count_by_month(home.id(), escalation, &changes);
            if !self.days.holds(escalation.raised_at) {
                continue;
            }
            let trigger = self.triggers.entry(escalation.trigger.clone()).or_default();
            trigger.raised += 1;
            trigger.homes += u32::from(fired.insert(&escalation.trigger));
            if view.sight(escalation) == Sight::Whole {
                trigger.decided += u32::from(escalation.decision.is_some());
                let is_none = escalation.decision == Some(DecisionKind::NoFurtherAction);
                trigger.no_action += u32::from(is_none);
                self.count_answers(escalation, &changes);
            }
        }
    }

    fn count_by_month(&mut self, home: &HomeId, escalation: &Escalation, changes: &Changes<'_>) {
        let closed_at = changes.closed_at(escalation);
        for (month, line) in &mut self.months {
            let of_month = Days::of_month(*month);
            line.raised += u32::from(of_month.holds(escalation.raised_at));
            line.closed += u32::from(closed_at.is_some_and(|at| of_month.holds(at)));
            let is_open = of_month.end_after(escalation.raised_at)
                && closed_at.is_none_or(|at| !of_month.end_after(at));
            // Closed, and nothing tells when: it is not claimed to be open.
            let is_known = escalation.is_open() || closed_at.is_some();
            if is_open && is_known && escalation.level >= Level::Moderate {
                line.at_raised_level.insert(home.clone());
            }
        }
    }

    fn count_answers(&mut self, escalation: &Escalation, changes: &Changes<'_>) {
        for due in asked(escalation) {
            let timely = Timely::of(escalation, due, changes, self.now);
            let done = changes.done_at(escalation, due);
            let hours = done
                .map(|done| done.duration_since(since(escalation, due.step, changes)).as_hours());
            for body in &escalation.responsible {
                let line = self.bodies.entry(body.clone()).or_default();
                let (tally, all) = match due.step {
                    Step::Acknowledge => (&mut line.acknowledged, &mut line.acknowledged_hours),
                    Step::Decide => (&mut line.decided, &mut line.decided_hours),
                    Step::Discuss | Step::AgreeLead | Step::Action(_) => continue,
                };
                tally.count(timely);
                all.extend(hours);
            }
        }
    }

    /// The view.
    #[must_use]
    pub fn finish(self) -> Board {
        let month = |(month, line): (&Date, &Month)| MonthLine {
            month: *month,
            incidents: line.incidents.len() as u32,
            homes: line.homes.len() as u32,
            raised: line.raised,
            closed: line.closed,
            at_raised_level: line.at_raised_level.len() as u32,
        };
        let body = |(body, answers): (&BodyId, &Answers)| {
            let line = BodyLine {
                acknowledged: answers.acknowledged,
                acknowledged_hours: middle_and_longest(&answers.acknowledged_hours),
                decided: answers.decided,
                decided_hours: middle_and_longest(&answers.decided_hours),
            };
            (body.clone(), line)
        };
        let on = self.rules.trigger.iter().filter(|trigger| !trigger.off);
        let mut agencies: Vec<AgencyLine> =
            self.rules.body.iter().map(|body| self.agency(&body.id)).collect();
        agencies.sort_by(|a, b| (!a.is_quiet, &a.agency).cmp(&(!b.is_quiet, &b.agency)));
        Board {
            days: self.days,
            months: self.months.iter().map(month).collect(),
            bodies: self.bodies.iter().map(body).collect(),
            triggers: on.map(|trigger| self.trigger(&trigger.id)).collect(),
            agencies,
        }
    }

    fn trigger(&self, trigger: &TriggerId) -> TriggerLine {
        let none = Fired::default();
        let fired = self.triggers.get(trigger).unwrap_or(&none);
        let fires = match fired.raised {
            0 => Fires::Never,
            _ if self.homes >= HOMES_FOR_ALWAYS && fired.homes * 2 >= self.homes => Fires::Always,
            _ => Fires::AtSome,
        };
        TriggerLine {
            trigger: trigger.clone(),
            raised: fired.raised,
            homes: fired.homes,
            of_homes: self.homes,
            no_action: (fired.no_action, fired.decided),
            fires,
        }
    }

    fn agency(&self, agency: &BodyId) -> AgencyLine {
        let told = self.agencies.get(agency);
        let tomorrow = london_date(self.now).saturating_add(1.day());
        let until = self.days.until.min(tomorrow).max(self.days.from);
        let silent_from = told.map_or(self.days.from, |(_, last)| last.saturating_add(1.day()));
        let silent_days = i64::from((until - silent_from).get_days()).max(0);
        let all_days = i64::from((until - self.days.from).get_days());
        let by_chance = told.map(|(concerns, _)| chance(*concerns, silent_days, all_days));
        AgencyLine {
            agency: agency.clone(),
            concerns: told.map_or(0, |(concerns, _)| *concerns),
            last_on: told.map(|(_, last)| *last),
            silent_days,
            by_chance,
            is_quiet: by_chance.is_some_and(|chance| chance < BY_CHANCE),
        }
    }
}

/// How likely it is that `concerns` which fall on any of `all` days by chance leave the last `silent` of them empty.
fn chance(concerns: u32, silent: i64, all: i64) -> f64 {
    if all <= 0 {
        return 1.0;
    }
    let spoken = (all - silent).max(0) as f64 / all as f64;
    libm::pow(spoken, f64::from(concerns))
}

fn middle_and_longest(hours: &[i64]) -> Option<(i64, i64)> {
    let mut hours = hours.to_vec();
    hours.sort_unstable();
    let middle = hours.len().saturating_sub(1) / 2;
    Some((*hours.get(middle)?, *hours.last()?))
}
