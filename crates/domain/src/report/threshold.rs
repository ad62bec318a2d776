//! The monthly threshold report (Norfolk 7.3.9): which homes met which trigger in a month, with the answers and how
//! long they took. Every home that was over a limit is in it, whether or not an escalation was raised for it
//! (triggers.md §3, re-arming).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::answers::{Answer, AnswersTo, Tally};
use super::{Days, Place};
use crate::TriggerId;
use crate::escalation::{Escalation, Step};
use crate::picture::Changes;
use crate::policy::{InForce, Rule, Trigger};
use crate::sharing::{Sight, View};
use crate::time::london_date;
use crate::trigger::{Reached, reached};

/// The report on a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The month.
    pub month: Days,
    /// Each home and trigger that it met, by the order of the policy and then by name of the home.
    pub met: Vec<Met>,
    /// The same by trigger, in the order of the policy; only those that some home met.
    pub triggers: Vec<TriggerLine>,
}

/// A home met a trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Met {
    /// The home.
    pub place: Place,
    /// The trigger.
    pub trigger: TriggerId,
    /// The most that it counted on a day of the month, where it counts.
    pub most: Option<f64>,
    /// Its limit.
    pub limit: Option<f64>,
    /// The first day of the month on which it held; none where only an escalation tells of it.
    pub held_on: Option<Date>,
    /// The escalations that it raised in the month, or that were open while it held; the oldest first.
    pub answers: Vec<Answer>,
}

/// What one trigger did in the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerLine {
    /// The trigger.
    pub trigger: TriggerId,
    /// How many homes met it.
    pub homes: u32,
    /// How many escalations it raised in the month.
    pub raised: u32,
    /// How many of those were acknowledged by all who must, in time and so on; only of those whose answers the reader sees.
    pub acknowledged: Tally,
    /// The same of the decision, each time that one was asked for.
    pub decided: Tally,
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    rules: &'a InForce,
    month: Days,
    now: Timestamp,
    met: Vec<(usize, Met)>,
    triggers: BTreeMap<TriggerId, TriggerLine>,
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of the month of `day`, at `now`.
    #[must_use]
    pub fn of(rules: &'a InForce, day: Date, now: Timestamp) -> Self {
        let month = Days::of_month(day);
        Self { rules, month, now, met: Vec::new(), triggers: BTreeMap::new() }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let home = view.home();
        let last = self.month.until.saturating_sub(1.day()).min(london_date(self.now));
        let mut raised: BTreeMap<&TriggerId, Vec<&Arc<Escalation>>> = BTreeMap::new();
        for escalation in home.escalations() {
            raised.entry(&escalation.trigger).or_default().push(escalation);
        }
        let changes = Changes::of(home);
        for (place, trigger) in self.rules.trigger.iter().enumerate().filter(|(_, t)| !t.off) {
            let reached = match self.month.from <= last {
                true => reached(trigger, self.rules, home, (self.month.from, last)),
                false => None,
            };
            let raised = raised.get(&trigger.id).map(Vec::as_slice).unwrap_or_default();
            self.count_trigger(view, (place, trigger), reached.as_ref(), raised, &changes);
        }
    }

    fn count_trigger(
        &mut self,
        view: &View,
        (place, trigger): (usize, &Trigger),
        reached: Option<&Reached>,
        raised: &[&Arc<Escalation>],
        changes: &Changes<'_>,
    ) {
        let held_on = reached.and_then(|reached| reached.held_on);
        let is_of_month = |escalation: &Escalation| self.month.holds(escalation.raised_at);
        if held_on.is_none() && !raised.iter().any(|escalation| is_of_month(escalation)) {
            return;
        }
        let belongs = |escalation: &Escalation| {
            is_of_month(escalation)
                || match &trigger.rule {
                    // Each of its concerns raises one: others are about other incidents.
                    Rule::Immediate { .. } => reached.is_some_and(|reached| {
                        escalation.evidence.events.iter().any(|e| reached.events.contains(e))
                    }),
                    Rule::Count { .. }
                    | Rule::Score { .. }
                    | Rule::Breadth { .. }
                    | Rule::Weekly(_)
                    | Rule::Gathered(_)
                    | Rule::Linked { .. }
                    | Rule::Overdue { .. }
                    | Rule::Requested {} => {
                        let closed = changes.closed_at(escalation).map(london_date);
                        held_on.is_some()
                            && self.month.end_after(escalation.raised_at)
                            && closed.is_none_or(|day| self.month.from <= day)
                    }
                }
        };
        let mut answers: Vec<Answer> = Vec::new();
        for escalation in raised.iter().filter(|escalation| belongs(escalation)) {
            answers.push(Answer::of(view, escalation, changes, self.now));
        }
        answers.sort_by(|a, b| {
            (a.times.raised_at, &a.times.escalation).cmp(&(b.times.raised_at, &b.times.escalation))
        });
        let of_month: Vec<&Escalation> =
            raised.iter().filter(|e| is_of_month(e)).map(|e| &***e).collect();
        self.count_line(view, &trigger.id, &of_month, changes);
        let met = Met {
            place: Place::of(view.home()),
            trigger: trigger.id.clone(),
            most: reached.map(|reached| reached.most),
            limit: reached.map(|reached| reached.limit),
            held_on,
            answers,
        };
        self.met.push((place, met));
    }

    fn count_line(
        &mut self,
        view: &View,
        trigger: &TriggerId,
        raised: &[&Escalation],
        changes: &Changes<'_>,
    ) {
        let line = self.triggers.entry(trigger.clone()).or_insert_with(|| TriggerLine {
            trigger: trigger.clone(),
            homes: 0,
            raised: 0,
            acknowledged: Tally::default(),
            decided: Tally::default(),
        });
        line.homes += 1;
        line.raised += raised.len() as u32;
        for escalation in raised.iter().filter(|e| view.sight(e) == Sight::Whole) {
            for asked in AnswersTo::new(escalation, self.rules, changes, self.now).asked() {
                match asked.step {
                    Step::Acknowledge => line.acknowledged.count(asked.timely),
                    Step::Decide => line.decided.count(asked.timely),
                    Step::Discuss | Step::AgreeLead | Step::Action(_) => {}
                }
            }
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(mut self) -> Threshold {
        self.met.sort_by(|(a, one), (b, other)| (a, &one.place).cmp(&(b, &other.place)));
        let mut triggers = Vec::new();
        for trigger in &self.rules.trigger {
            triggers.extend(self.triggers.remove(&trigger.id));
        }
        let met = self.met.into_iter().map(|(_, met)| met).collect();
        Threshold { month: self.month, met, triggers }
    }
}
