//! The kinds of trigger, one file each. A trigger looks at a picture and says whether it holds, on
//! which evidence, and why, in a sentence that stands by itself.

mod breadth;
mod chance;
pub(crate) mod cluster;
pub(crate) mod count;
mod course;
pub(crate) mod drift;
mod immediate;
mod linked;
mod listening;
mod matching;
mod reached;
mod score;
mod size;
mod standing;
pub(crate) mod unusual;
mod weeks;

pub use chance::{Chance, LEAST_WINDOWS, OwnRate, PeersRate};
pub(crate) use chance::{Tested, chance, stood};
pub use course::{Course, courses, what_would_fire};
pub(crate) use linked::is_subject;
pub use linked::{Beyond, Link, Subject, links};
pub(crate) use listening::{begun, listened_since};
pub(crate) use matching::has;
pub use matching::{matches, wanted};
pub use reached::{Reached, reached};
pub use size::{ExpectedOfSize, expected_of_size, usual_window};
pub use standing::{TriggerStanding, standing};
pub(crate) use weeks::Weeks;

use jiff::civil::Date;

use crate::Position;
use crate::escalation::{Explanation, Level};
use crate::event::Severity;
use crate::picture::{ConcernItem, Home, Item, Tally};
use crate::policy::{InForce, Policy, Rule, Trigger};

/// A trigger that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What it counted: incidents, or a score.
    pub counted: f64,
    /// Its limit.
    pub limit: f64,
    /// The events that it rests on, oldest position first.
    pub events: Vec<Position>,
    /// Distinct incidents among them.
    pub incidents: u32,
    /// The first date on which it held.
    pub first_held_on: Date,
    /// The gravest severity among the evidence.
    pub severity: Severity,
    /// The level that it asks for.
    pub level: Level,
    /// What was counted and against which limit.
    pub sentence: String,
    /// The window that was counted in; of rules that count.
    pub(crate) tested: Option<Tested>,
}

impl Held {
    /// The explanation that an escalation carries.
    #[must_use]
    pub fn explanation(&self, trigger: &Trigger, policy: &Policy) -> Explanation {
        Explanation {
            sentence: self.sentence.clone(),
            counted: self.counted,
            limit: self.limit,
            window: window_of(&trigger.rule),
            policy_version: policy.version.clone(),
            source: trigger.source.clone(),
        }
    }
}

/// The rolling window of a rule, as text.
#[must_use]
pub fn window_of(rule: &Rule) -> Option<String> {
    match rule {
        Rule::Count { window, .. } | Rule::Breadth { window, .. } => Some(String::from(*window)),
        Rule::Immediate { .. }
        | Rule::Score { .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => None,
    }
}

/// Whether `trigger` holds for the concern `new`, which stands in `home` and matches it.
///
/// `linked` triggers, deadlines and requests are decided elsewhere and never hold here.
#[must_use]
pub fn holds(
    trigger: &Trigger,
    rules: &InForce,
    home: &Home,
    new: (&Item, &ConcernItem),
) -> Option<Held> {
    if let Rule::Immediate { .. } = &trigger.rule {
        return Some(immediate::holds(trigger, home, new));
    }
    let tally = tally(trigger, rules, home)?;
    match &trigger.rule {
        Rule::Count { .. } => {
            let rule = count::Rule::of(&trigger.rule, trigger.level, rules)?;
            count::holds(rule, home, tally, new.1)
        }
        Rule::Score { .. } => {
            let rule = score::Rule::of(&trigger.rule, trigger.level)?;
            score::holds(&rule, home, tally, new.1.date)
        }
        Rule::Breadth { .. } => {
            let rule = breadth::Rule::of(&trigger.rule, trigger.level)?;
            breadth::holds(rule, home, tally, new.1)
        }
        Rule::Immediate { .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => None,
    }
}

/// Whether `trigger` holds on the date `today`, whatever came last: asked when a policy takes effect.
#[must_use]
pub fn holds_today(trigger: &Trigger, rules: &InForce, home: &Home, today: Date) -> Option<Held> {
    let tally = tally(trigger, rules, home)?;
    match &trigger.rule {
        Rule::Count { .. } => {
            let rule = count::Rule::of(&trigger.rule, trigger.level, rules)?;
            count::holds_today(rule, home, tally, today)
        }
        Rule::Score { .. } => {
            let rule = score::Rule::of(&trigger.rule, trigger.level)?;
            score::holds_today(&rule, home, tally, today)
        }
        Rule::Breadth { .. } => {
            let rule = breadth::Rule::of(&trigger.rule, trigger.level)?;
            breadth::holds_today(rule, home, tally, today)
        }
        Rule::Immediate { .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => None,
    }
}

/// What the trigger counts at a home; nothing for kinds that count nothing.
fn tally<'a>(trigger: &Trigger, rules: &InForce, home: &'a Home) -> Option<&'a Tally> {
    home.tally(*rules.tallies_of_trigger(&trigger.id).first()?)
}
