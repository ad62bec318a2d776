//! The policy: the whole rule book as data. It is read from a pack's TOML files, checked, appended
//! to the log as one document, and from there in force (design law 3; triggers.md).

mod activation;
mod answer;
mod check;
mod document;
mod evidence;
mod explain;
mod fields;
mod following;
mod gathered;
mod in_force;
mod matching;
mod owed;
mod process;
mod retention;
mod roles;
mod sharing;
mod shown;
mod succession;
mod weekly;

pub(crate) use activation::TakesEffect;
pub use activation::{
    Activation, ActivationRecord, ActivationStanding, Activations, Activator, Ledger, Settled,
    WhyRefused,
};
pub use answer::{Answer, Rearm};
pub use check::{Code, Finding, Place, Section, check};
pub use evidence::Evidence;
pub use explain::explain;
pub(crate) use explain::{meeting_word, plan_word, wrapped};
pub use gathered::{Facet, Gathered, Group};
pub use in_force::InForce;
pub use matching::{Fact, Match, ToldIf};
pub use owed::{OutOfHours, Owed, Receiving};
pub use process::{ActionRules, InitialAction, Need, PlacementRules, Process, ProcessStep};
pub use retention::{Retention, TextRetention};
pub use roles::nearest;
pub use sharing::{Agreement, Basis, BreakGlass, Reporters, Row, Share, Until};
pub use shown::{ShownActivation, ShownStanding};
pub use succession::{SuccessionRecord, Successions};
pub use weekly::{Against, Per, Side, Weekly};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::event::Severity;
pub use crate::time::{Window, Within};
use crate::{BodyId, TriggerId};

/// A rule book.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its version; a new text is a new version.
    #[serde(default)]
    pub version: String,
    /// The pack's name, such as `norfolk`.
    #[serde(default)]
    pub pack: String,
    /// Who there is, and who holds which role.
    #[serde(default)]
    pub body: Vec<Body>,
    /// The rules that raise escalations, in the order in which they are tried.
    #[serde(default)]
    pub trigger: Vec<Trigger>,
    /// Roles with powers of their own in the hub.
    #[serde(default)]
    pub powers: Powers,
    /// The provider-concerns process, the rules for actions and the powers over placements.
    #[serde(default, skip_serializing_if = "Process::is_none")]
    pub process: Process,
    /// What is to be preserved while police advice is awaited.
    #[serde(default, skip_serializing_if = "Evidence::is_none")]
    pub evidence: Evidence,
    /// The information-sharing agreement: who sees what.
    #[serde(default, skip_serializing_if = "Agreement::is_none")]
    pub sharing: Agreement,
    /// For how long free text is kept.
    #[serde(default, skip_serializing_if = "Retention::is_none")]
    pub retention: Retention,
    /// Bank holidays of England, by date.
    #[serde(default)]
    pub bank_holidays: BTreeSet<Date>,
    /// The successions that have effect beside it; they stand in the log and not in the document.
    #[serde(skip)]
    pub successions: Successions,
}

/// Roles that may do what others may not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Powers {
    /// Who owns the register of homes.
    pub register: Vec<String>,
    /// Who, besides its sender, may match a concern to a home.
    pub matching: Vec<String>,
    /// Who answers "same person?".
    pub same_person: Vec<String>,
    /// Who may publish but reads nothing (the provider speaks, never reads).
    pub never_reads: Vec<String>,
    /// Who says what a concern is taken as (Norfolk 7.3.20).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triage: Vec<String>,
    /// Who records what the police advise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub police_advice: Vec<String>,
    /// Who says that bodies merge or split.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<String>,
    /// Who reads the audit of the whole partnership; every other agency only that of its own people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audit: Vec<String>,
    /// Who, besides its sender, may have a narrative erased.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_protection: Vec<String>,
}

/// An organisation and the roles that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Its token in subjects.
    pub id: BodyId,
    /// Its name.
    pub name: String,
    /// The roles that it holds.
    pub roles: Vec<String>,
    /// The areas in which it holds them; everywhere when empty.
    #[serde(default)]
    pub areas: Vec<String>,
    /// From which date.
    #[serde(default)]
    pub from: Option<Date>,
    /// Until which date (that date no longer counts).
    #[serde(default)]
    pub until: Option<Date>,
    /// Its officers who subscribe with a key of their own, by an opaque id.
    #[serde(default)]
    pub officers: Vec<BodyId>,
    /// How it is reached outside office hours: a desk and its number, never a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_hours: Option<String>,
}

/// A formal trigger, read through `TriggerDocument`, which refuses what its kind does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "document::TriggerDocument")]
pub struct Trigger {
    /// Its id.
    pub id: TriggerId,
    /// What it is for, in one sentence.
    pub title: String,
    /// Where the rule stands in a source document, such as `Norfolk 7.3.9`.
    pub source: String,
    /// Its kind and what that needs.
    #[serde(flatten)]
    pub rule: Rule,
    /// The level of the escalation that it raises.
    pub level: LevelRule,
    /// The roles that must act.
    #[serde(default)]
    pub responsible: Vec<String>,
    /// The roles that are told.
    #[serde(default)]
    pub told: Vec<String>,
    /// Roles that are told only when the concern has one of these facts.
    #[serde(default)]
    pub told_if: Vec<ToldIf>,
    /// Roles that are told as well once directors on both sides have agreed how a potential closure of the
    /// home is communicated, and not before (Kirklees 8, 9; Berkshire 5.6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_once_planned: Vec<String>,
    /// What is due from each responsible body, and when.
    #[serde(default)]
    pub answer: Vec<Answer>,
    /// Who is told, rung by rung, when an answer is overdue.
    #[serde(default)]
    pub ladder: Vec<String>,
    /// When it fires again after its escalation was closed.
    #[serde(default)]
    pub rearm: Rearm,
    /// The parts that no source document gives: defaults that a partnership should settle.
    #[serde(default)]
    pub assumed: Vec<String>,
    /// Whether it is switched off.
    #[serde(default)]
    pub off: bool,
}

/// The kinds of trigger that this version knows; one file each in `trigger/`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a policy holds a few dozen rules, which are read often and moved once"
)]
pub enum Rule {
    /// One concern matches; each incident raises its own escalation.
    Immediate {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
    },
    /// More than N match within some window that contains the new one.
    Count {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// N.
        more_than: u32,
        /// The rolling window.
        window: Window,
        /// From at least so many agencies.
        #[serde(default)]
        min_agencies: u32,
        /// At one home, or over all homes of a provider.
        #[serde(default)]
        per: Per,
    },
    /// The weighted, decaying sum reaches a limit.
    Score {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// Weight of each severity.
        weights: BTreeMap<Severity, f64>,
        /// Days in which a weight halves.
        half_life_days: u32,
        /// The sum that must be reached.
        limit: f64,
        /// The sum at which the level is the trigger's higher one.
        #[serde(default)]
        higher_limit: Option<f64>,
    },
    /// A death in hospital and a safeguarding concern about the same person, in either order.
    Linked {
        /// The one fact: the death.
        death: Match,
        /// The other: the concern.
        concern: Match,
        /// What closes the concern.
        closed_by: Match,
        /// A concern that closed within so many days before the death still counts.
        closed_within_days: u32,
        /// When "same person?" is due, where no pseudonym decides it.
        ask_within: Within,
        /// Who is asked.
        ask: Vec<String>,
    },
    /// Something that is due has not happened; raised by deadlines.
    Overdue {
        /// What.
        #[serde(flatten)]
        of: Owed,
    },
    /// A person asks.
    Requested {},
    /// So many different categories or kinds within some window that contains the new one.
    Breadth {
        /// Which concerns.
        #[serde(rename = "match")]
        matching: Match,
        /// What is told apart.
        different: Facet,
        /// At least so many different ones.
        at_least: u32,
        /// The rolling window.
        window: Window,
    },
    /// Judged at the end of each week.
    #[serde(untagged)]
    Weekly(Weekly),
    /// About what is open already.
    #[serde(untagged)]
    Gathered(Gathered),
}

/// The level that a trigger gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelRule {
    /// None: lateness escalates seniority, not the home's level.
    None,
    /// Minor.
    Minor,
    /// Moderate.
    Moderate,
    /// Major.
    Major,
    /// Low minor, medium moderate, high and critical major (triggers.md §4).
    AsConcern,
    /// As the concern, and moderate for a low one.
    AtLeastModerate,
    /// Minor, and moderate from the rule's `higher_limit`.
    ByScore,
    /// What the request asks for.
    AsAsked,
}

impl LevelRule {
    /// The fixed level, or the one that follows a concern's severity.
    #[must_use]
    pub fn level(self, severity: Severity) -> Level {
        match self {
            Self::None => Level::None,
            Self::Minor | Self::ByScore | Self::AsAsked => Level::Minor,
            Self::Moderate => Level::Moderate,
            Self::Major => Level::Major,
            Self::AsConcern => match severity {
                Severity::Low => Level::Minor,
                Severity::Medium => Level::Moderate,
                Severity::High | Severity::Critical => Level::Major,
            },
            Self::AtLeastModerate => Self::AsConcern.level(severity).max(Level::Moderate),
        }
    }
}

impl Policy {
    /// The bodies that hold `role` for a home in `area` at `when`, in the order of the pack.
    /// A body with areas holds its role only there; a home without an area has all holders.
    #[must_use]
    pub fn holders(&self, role: &str, area: Option<&str>, when: Timestamp) -> Vec<BodyId> {
        let today = crate::time::london_date(when);
        self.body
            .iter()
            .filter(|body| body.roles.iter().any(|held| held == role))
            .filter(|body| {
                body.areas.is_empty()
                    || area.is_none_or(|area| body.areas.iter().any(|a| a == area))
            })
            .filter(|body| body.from.is_none_or(|from| from <= today))
            .filter(|body| body.until.is_none_or(|until| today < until))
            .map(|body| body.id.clone())
            .collect()
    }

    /// The holders of each role in turn, each body once.
    #[must_use]
    pub fn route(&self, roles: &[String], area: Option<&str>, when: Timestamp) -> Vec<BodyId> {
        let mut bodies = Vec::new();
        for role in roles {
            for body in self.holders(role, area, when) {
                if !bodies.contains(&body) {
                    bodies.push(body);
                }
            }
        }
        bodies
    }

    /// The body with this id.
    #[must_use]
    pub fn body(&self, id: &BodyId) -> Option<&Body> {
        self.body.iter().find(|body| body.id == *id)
    }

    /// What a body is called in a sentence: its name, or its id where the policy has none of it.
    #[must_use]
    pub fn named(&self, id: &BodyId) -> String {
        self.body(id).map_or_else(|| id.to_string(), |body| body.name.clone())
    }

    /// The trigger with this id.
    #[must_use]
    pub fn trigger(&self, id: &TriggerId) -> Option<&Trigger> {
        self.trigger.iter().find(|trigger| trigger.id == *id)
    }

    /// The trigger that chases answers.
    #[must_use]
    pub fn chases_answers(&self) -> Option<&Trigger> {
        let answers = Rule::Overdue { of: Owed::Answer {} };
        self.trigger.iter().find(|trigger| !trigger.off && trigger.rule == answers)
    }

    /// When an answer is due, with this policy's bank holidays.
    #[must_use]
    pub fn due(&self, within: Within, from: Timestamp) -> Timestamp {
        within.due(from, |day| self.bank_holidays.contains(&day))
    }
}
