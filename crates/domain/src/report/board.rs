//! The board's view: how the partnership does over a year and not over a home. Trends by month, how long each body takes
//! to acknowledge and to decide, triggers that never or always fire, and agencies that have gone quiet. No home and no
//! person is in it.

mod agencies;

pub use agencies::{AgencyLine, Speaks};

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::answers::{AnswersTo, Asked, Tally};
use super::{Days, known_on};
use crate::escalation::{Escalation, Level, Step};
use crate::event::DecisionKind;
use crate::picture::{Changes, Home};
use crate::policy::{Body, InForce, Owed, Rule, Side, Trigger, Weekly};
use crate::sharing::{Sight, View};
use crate::time::{london_date, start_of_day};
use crate::{BodyId, HomeId, Position, TriggerId};

/// Of so many homes, a trigger that fired at half of them or more always fires. Neither number has a source: an alarm
/// that sounds at every second home tells nobody where to look.
const HOMES_FOR_ALWAYS: u32 = 4;

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
    /// Each partner that there was in them, those that have gone quiet first and then by name.
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
    /// Its own acknowledgements.
    pub acknowledged: Tally,
    /// Of those given, the hours in the middle, and the longest.
    pub acknowledged_hours: Option<(i64, i64)>,
    /// The decisions that were asked of it, alone or with others, each time that one was.
    pub decided: Tally,
    /// Of those taken, and where one is asked for again every so often of the first, the hours in the middle, and the
    /// longest.
    pub decided_hours: Option<(i64, i64)>,
}

/// How often a trigger fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerLine {
    /// The trigger.
    pub trigger: TriggerId,
    /// Escalations that it raised.
    pub raised: u32,
    /// At how many of the homes at which it may.
    pub homes: u32,
    /// How many these are.
    pub of_homes: u32,
    /// Which these are.
    pub of: Homes,
    /// Of those decided that are routed to the reader, how many came to no further action, and how many there are.
    pub no_action: (u32, u32),
    /// Whether it says anything.
    pub fires: Fires,
}

/// At which homes a trigger may fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    /// It needs a concern: those of which anybody told something that happened, or that the hub came to know, in the days.
    ToldOf,
    /// It needs none: those that stood in the register in the days.
    Registered,
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

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    rules: &'a InForce,
    days: Days,
    now: Timestamp,
    months: BTreeMap<Date, Month>,
    bodies: BTreeMap<BodyId, Timed>,
    triggers: BTreeMap<TriggerId, Fired>,
    agencies: BTreeMap<BodyId, agencies::Told>,
    told_of: u32,
    registered: u32,
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
struct Timed {
    acknowledged: Tally,
    acknowledged_hours: Vec<i64>,
    decided: Tally,
    decided_hours: Vec<i64>,
}

#[derive(Debug, Default)]
struct Fired {
    raised: u32,
    told_of: u32,
    registered: u32,
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
        Self {
            rules,
            days,
            now,
            months,
            bodies: BTreeMap::new(),
            triggers: BTreeMap::new(),
            agencies: BTreeMap::new(),
            told_of: 0,
            registered: 0,
        }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let (home, days) = (view.home(), self.days);
        let mut is_told_of = false;
        for (item, concern) in home.concerns_as_filed().filter(|(_, concern)| concern.counts()) {
            if days.has(concern.date)
                && let Some(month) = self.months.get_mut(&concern.date.first_of_month())
            {
                is_told_of = true;
                month.incidents.insert((home.id().clone(), concern.incident));
                month.homes.insert(home.id().clone());
            }
            let known_on = known_on(view, item).min(london_date(self.now));
            is_told_of |= days.has(known_on);
            if known_on < days.until {
                let told = self.agencies.entry(item.agency.clone());
                told.or_insert(agencies::Told::since(known_on)).count(known_on, days);
            }
        }
        let is_told_of = is_told_of && home.id().is_place();
        let is_registered = stood_in_register(home, days);
        self.told_of += u32::from(is_told_of);
        self.registered += u32::from(is_registered);
        let changes = Changes::of(home);
        let mut fired: BTreeSet<&TriggerId> = BTreeSet::new();
        for escalation in home.escalations() {
            self.count_by_month(home.id(), escalation, &changes);
            if !days.holds(escalation.raised_at) {
                continue;
            }
            let trigger = self.triggers.entry(escalation.trigger.clone()).or_default();
            trigger.raised += 1;
            let is_first = fired.insert(&escalation.trigger);
            trigger.told_of += u32::from(is_first && is_told_of);
            trigger.registered += u32::from(is_first && is_registered);
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
        let answers = AnswersTo::new(escalation, self.rules, changes, self.now);
        let asked = answers.asked();
        let decisions: Vec<&Asked> = asked.iter().filter(|one| one.step == Step::Decide).collect();
        for body in &escalation.responsible {
            let line = self.bodies.entry(body.clone()).or_default();
            if let Some(own) = answers.acknowledged_by(body) {
                line.acknowledged.count(own.timely);
                line.acknowledged_hours.extend(own.hours);
            }
            for decision in &decisions {
                line.decided.count(decision.timely);
                line.decided_hours.extend(decision.hours);
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
        let body = |(body, timed): (&BodyId, &Timed)| {
            let line = BodyLine {
                acknowledged: timed.acknowledged,
                acknowledged_hours: middle_and_longest(&timed.acknowledged_hours),
                decided: timed.decided,
                decided_hours: middle_and_longest(&timed.decided_hours),
            };
            (body.clone(), line)
        };
        let on = self.rules.trigger.iter().filter(|trigger| !trigger.off);
        let mut agencies: Vec<AgencyLine> =
            self.rules.body.iter().filter_map(|body| self.agency(body)).collect();
        agencies.sort_by(|a, b| {
            let speaks = |line: &AgencyLine| line.speaks != Speaks::NoMore;
            (speaks(a), &a.agency).cmp(&(speaks(b), &b.agency))
        });
        Board {
            days: self.days,
            months: self.months.iter().map(month).collect(),
            bodies: self.bodies.iter().map(body).collect(),
            triggers: on.map(|trigger| self.trigger(trigger)).collect(),
            agencies,
        }
    }

    fn trigger(&self, trigger: &Trigger) -> TriggerLine {
        let none = Fired::default();
        let fired = self.triggers.get(&trigger.id).unwrap_or(&none);
        let of = homes_of(&trigger.rule);
        let (homes, of_homes) = match of {
            Homes::ToldOf => (fired.told_of, self.told_of),
            Homes::Registered => (fired.registered, self.registered),
        };
        let fires = match fired.raised {
            0 => Fires::Never,
            _ if of_homes >= HOMES_FOR_ALWAYS && homes * 2 >= of_homes => Fires::Always,
            _ => Fires::AtSome,
        };
        TriggerLine {
            trigger: trigger.id.clone(),
            raised: fired.raised,
            homes,
            of_homes,
            of,
            no_action: (fired.no_action, fired.decided),
            fires,
        }
    }

    /// None of a body that had ended before the days, or had not begun by their end.
    fn agency(&self, body: &Body) -> Option<AgencyLine> {
        let from = self.days.from;
        let tomorrow = london_date(self.now).saturating_add(1.day());
        let end = self.days.until.min(tomorrow).max(from);
        let is_there = body.until.is_none_or(|ended| from < ended)
            && body.from.is_none_or(|began| began < self.days.until);
        // What has ended says no more: that is no silence.
        let until = body.until.map_or(end, |ended| end.min(ended));
        let told = self.agencies.get(&body.id);
        is_there.then(|| agencies::line(&body.id, told, Days { from, until }))
    }
}

/// Whether a home stood in the register in these days, as far as the hub knew by their end.
fn stood_in_register(home: &Home, days: Days) -> bool {
    let head = &home.head;
    home.id().is_place()
        && head.registration.is_some()
        && head.succeeded_by.is_none()
        && head.closed_on.is_none_or(|closed| days.from < closed)
        && head.records.registered_at.is_none_or(|known| days.end_after(known))
}

/// At which homes a rule may raise something.
fn homes_of(rule: &Rule) -> Homes {
    match rule {
        Rule::Immediate { .. }
        | Rule::Count { .. }
        | Rule::Score { .. }
        | Rule::Linked { .. }
        | Rule::Breadth { .. }
        | Rule::Weekly(
            Weekly::Unusual { side: Side::High, .. }
            | Weekly::Drift { .. }
            | Weekly::Cluster { .. },
        )
        | Rule::Overdue { of: Owed::Triage { .. } | Owed::Onward { .. } } => Homes::ToldOf,
        // That nobody tells of anything is what an unusually low count says.
        Rule::Weekly(Weekly::Unusual { side: Side::Low, .. })
        | Rule::Gathered(_)
        | Rule::Requested {}
        | Rule::Overdue {
            of:
                Owed::Answer {}
                | Owed::Plan { .. }
                | Owed::Sample { .. }
                | Owed::Information { .. }
                | Owed::Meeting { .. }
                | Owed::Minutes { .. }
                | Owed::Reviews {}
                | Owed::Improvement {}
                | Owed::Restriction {}
                | Owed::Lead {},
        } => Homes::Registered,
    }
}

fn middle_and_longest(hours: &[i64]) -> Option<(i64, i64)> {
    let mut hours = hours.to_vec();
    hours.sort_unstable();
    let middle = hours.len().saturating_sub(1) / 2;
    Some((*hours.get(middle)?, *hours.last()?))
}
