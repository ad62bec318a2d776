//! A trigger as it is written: one flat table. serde cannot refuse unknown keys and flatten the
//! kind of trigger into the same table at once, so the table is read whole here, with every key
//! of every kind, and then a key that does not belong to its kind is refused by name. A key that
//! was silently ignored would be a rule that somebody believes is in force.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Against, Answer, Facet, Gathered, Group, LevelRule, Match, OutOfHours, Owed, Per, Rearm,
    Receiving, Rule, Side, ToldIf, Trigger, Weekly, Window, Within,
};
use crate::TriggerId;
use crate::escalation::Level;
use crate::event::{MeetingKind, PlanKind, Severity};

/// The keys of a `[[trigger]]` table, of every kind together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerDocument {
    id: TriggerId,
    title: String,
    source: String,
    kind: RuleKind,
    level: LevelRule,
    #[serde(default)]
    responsible: Vec<String>,
    #[serde(default)]
    told: Vec<String>,
    #[serde(default)]
    told_if: Vec<ToldIf>,
    #[serde(default)]
    told_once_planned: Vec<String>,
    #[serde(default)]
    answer: Vec<Answer>,
    #[serde(default)]
    ladder: Vec<String>,
    #[serde(default)]
    rearm: Rearm,
    #[serde(default)]
    assumed: Vec<String>,
    #[serde(default)]
    off: bool,
    // What only some kinds have.
    #[serde(rename = "match")]
    matching: Option<Match>,
    more_than: Option<u32>,
    window: Option<Window>,
    min_agencies: Option<u32>,
    weights: Option<BTreeMap<Severity, f64>>,
    half_life_days: Option<u32>,
    limit: Option<f64>,
    higher_limit: Option<f64>,
    death: Option<Match>,
    concern: Option<Match>,
    closed_by: Option<Match>,
    closed_within_days: Option<u32>,
    ask_within: Option<Within>,
    ask: Option<Vec<String>>,
    per: Option<Per>,
    different: Option<Facet>,
    at_least: Option<u32>,
    side: Option<Side>,
    weeks: Option<u16>,
    history_weeks: Option<u16>,
    alpha: Option<f64>,
    against: Option<Vec<Against>>,
    rise: Option<f64>,
    longest_weeks: Option<u16>,
    chance: Option<f64>,
    replicates: Option<u32>,
    at_level: Option<Level>,
    homes: Option<u32>,
    share: Option<f64>,
    over: Option<Group>,
    open_level: Option<Level>,
    of: Option<OwedKind>,
    due: Option<BTreeMap<Severity, Within>>,
    receiving: Option<Vec<Receiving>>,
    out_of_hours: Option<OutOfHours>,
    plans: Option<Vec<PlanKind>>,
    one_in: Option<u32>,
    within: Option<Within>,
    meetings: Option<Vec<MeetingKind>>,
    output_within: Option<Within>,
    regular: Option<BTreeMap<MeetingKind, Window>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RuleKind {
    Immediate,
    Count,
    Score,
    Linked,
    Overdue,
    Requested,
    Breadth,
    Unusual,
    Drift,
    Cluster,
    Spread,
}

/// What a trigger of kind `overdue` is about; an answer when it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OwedKind {
    #[default]
    Answer,
    Triage,
    Plan,
    Sample,
    Information,
    Meeting,
    Minutes,
    Reviews,
    Improvement,
    Restriction,
    Lead,
    Onward,
}

impl OwedKind {
    /// The keys that belong to this form only, besides `of`.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Answer | Self::Reviews | Self::Improvement | Self::Restriction | Self::Lead => {
                &["of"]
            }
            Self::Triage => &["of", "due", "receiving", "out_of_hours"],
            Self::Plan => &["of", "plans", "window"],
            Self::Sample => &["of", "one_in"],
            Self::Information | Self::Onward => &["of", "within"],
            Self::Meeting => &["of", "meetings", "within", "output_within", "regular"],
            Self::Minutes => &["of", "meetings", "within"],
        }
    }
}

impl RuleKind {
    fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Count => "count",
            Self::Score => "score",
            Self::Linked => "linked",
            Self::Overdue => "overdue",
            Self::Requested => "requested",
            Self::Breadth => "breadth",
            Self::Unusual => "unusual",
            Self::Drift => "drift",
            Self::Cluster => "cluster",
            Self::Spread => "spread",
        }
    }

    /// The keys that belong to this kind only.
    fn keys(self, of: OwedKind) -> &'static [&'static str] {
        match self {
            Self::Immediate => &["match"],
            Self::Count => &["match", "more_than", "window", "min_agencies", "per", "open_level"],
            Self::Score => &["match", "weights", "half_life_days", "limit", "higher_limit"],
            Self::Linked => {
                &["death", "concern", "closed_by", "closed_within_days", "ask_within", "ask"]
            }
            Self::Overdue => of.keys(),
            Self::Requested => &[],
            Self::Breadth => &["match", "different", "at_least", "window"],
            Self::Unusual => &["match", "side", "weeks", "history_weeks", "alpha", "against"],
            Self::Drift => &["match", "weeks", "history_weeks", "rise", "limit"],
            Self::Cluster => &["match", "weeks", "longest_weeks", "chance", "replicates", "per"],
            Self::Spread => &["at_level", "homes", "share", "over"],
        }
    }
}

/// Why a trigger's keys do not make a rule.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadTrigger {
    /// A key is there that its kind does not have.
    #[error("trigger `{id}` of kind `{kind}` has no key `{key}`; its own keys are {keys}")]
    Foreign { id: TriggerId, kind: &'static str, key: &'static str, keys: String },
    /// A key is not there that its kind needs.
    #[error("trigger `{id}` of kind `{kind}` needs the key `{key}`")]
    Missing { id: TriggerId, kind: &'static str, key: &'static str },
}

impl TriggerDocument {
    /// The keys that are written, of those that only some kinds have.
    fn written(&self) -> Vec<&'static str> {
        [
            ("match", self.matching.is_some()),
            ("more_than", self.more_than.is_some()),
            ("window", self.window.is_some()),
            ("min_agencies", self.min_agencies.is_some()),
            ("weights", self.weights.is_some()),
            ("half_life_days", self.half_life_days.is_some()),
            ("limit", self.limit.is_some()),
            ("higher_limit", self.higher_limit.is_some()),
            ("death", self.death.is_some()),
            ("concern", self.concern.is_some()),
            ("closed_by", self.closed_by.is_some()),
            ("closed_within_days", self.closed_within_days.is_some()),
            ("ask_within", self.ask_within.is_some()),
            ("ask", self.ask.is_some()),
            ("per", self.per.is_some()),
            ("different", self.different.is_some()),
            ("at_least", self.at_least.is_some()),
            ("side", self.side.is_some()),
            ("weeks", self.weeks.is_some()),
            ("history_weeks", self.history_weeks.is_some()),
            ("alpha", self.alpha.is_some()),
            ("against", self.against.is_some()),
            ("rise", self.rise.is_some()),
            ("longest_weeks", self.longest_weeks.is_some()),
            ("chance", self.chance.is_some()),
            ("replicates", self.replicates.is_some()),
            ("at_level", self.at_level.is_some()),
            ("homes", self.homes.is_some()),
            ("share", self.share.is_some()),
            ("over", self.over.is_some()),
            ("open_level", self.open_level.is_some()),
            ("of", self.of.is_some()),
            ("due", self.due.is_some()),
            ("receiving", self.receiving.is_some()),
            ("out_of_hours", self.out_of_hours.is_some()),
            ("plans", self.plans.is_some()),
            ("one_in", self.one_in.is_some()),
            ("within", self.within.is_some()),
            ("meetings", self.meetings.is_some()),
            ("output_within", self.output_within.is_some()),
            ("regular", self.regular.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, written)| written.then_some(key))
        .collect()
    }

    fn rule(&mut self) -> Result<Rule, BadTrigger> {
        let (id, kind) = (self.id.clone(), self.kind.name());
        let own = self.kind.keys(self.of.unwrap_or_default());
        if let Some(key) = self.written().into_iter().find(|key| !own.contains(key)) {
            let keys = match own {
                [] => "none".to_owned(),
                keys => keys.join(", "),
            };
            return Err(BadTrigger::Foreign { id, kind, key, keys });
        }
        let missing = |key| BadTrigger::Missing { id: id.clone(), kind, key };
        Ok(match self.kind {
            RuleKind::Immediate => {
                Rule::Immediate { matching: self.matching.take().ok_or_else(|| missing("match"))? }
            }
            RuleKind::Count if self.open_level.is_some() => {
                let foreign = ["match", "window", "min_agencies", "per"];
                if let Some(key) = self.written().into_iter().find(|key| foreign.contains(key)) {
                    let keys = "open_level, more_than".to_owned();
                    return Err(BadTrigger::Foreign { id, kind, key, keys });
                }
                Rule::Gathered(Gathered::Open {
                    open_level: self.open_level.ok_or_else(|| missing("open_level"))?,
                    more_than: self.more_than.ok_or_else(|| missing("more_than"))?,
                })
            }
            RuleKind::Count => Rule::Count {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                more_than: self.more_than.ok_or_else(|| missing("more_than"))?,
                window: self.window.ok_or_else(|| missing("window"))?,
                min_agencies: self.min_agencies.unwrap_or_default(),
                per: self.per.unwrap_or_default(),
            },
            RuleKind::Score => Rule::Score {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                weights: self.weights.take().ok_or_else(|| missing("weights"))?,
                half_life_days: self.half_life_days.ok_or_else(|| missing("half_life_days"))?,
                limit: self.limit.ok_or_else(|| missing("limit"))?,
                higher_limit: self.higher_limit,
            },
            RuleKind::Linked => Rule::Linked {
                death: self.death.take().ok_or_else(|| missing("death"))?,
                concern: self.concern.take().ok_or_else(|| missing("concern"))?,
                closed_by: self.closed_by.take().ok_or_else(|| missing("closed_by"))?,
                closed_within_days: self
                    .closed_within_days
                    .ok_or_else(|| missing("closed_within_days"))?,
                ask_within: self.ask_within.ok_or_else(|| missing("ask_within"))?,
                ask: self.ask.take().ok_or_else(|| missing("ask"))?,
            },
            RuleKind::Overdue => Rule::Overdue { of: self.owed()? },
            RuleKind::Requested => Rule::Requested {},
            RuleKind::Breadth => Rule::Breadth {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                different: self.different.ok_or_else(|| missing("different"))?,
                at_least: self.at_least.ok_or_else(|| missing("at_least"))?,
                window: self.window.ok_or_else(|| missing("window"))?,
            },
            RuleKind::Unusual => Rule::Weekly(Weekly::Unusual {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                side: self.side.ok_or_else(|| missing("side"))?,
                weeks: self.weeks.ok_or_else(|| missing("weeks"))?,
                history_weeks: self.history_weeks.ok_or_else(|| missing("history_weeks"))?,
                alpha: self.alpha.ok_or_else(|| missing("alpha"))?,
                against: self.against.take().ok_or_else(|| missing("against"))?,
            }),
            RuleKind::Drift => Rule::Weekly(Weekly::Drift {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                weeks: self.weeks.ok_or_else(|| missing("weeks"))?,
                history_weeks: self.history_weeks.ok_or_else(|| missing("history_weeks"))?,
                rise: self.rise.ok_or_else(|| missing("rise"))?,
                limit: self.limit.ok_or_else(|| missing("limit"))?,
            }),
            RuleKind::Cluster => Rule::Weekly(Weekly::Cluster {
                matching: self.matching.take().ok_or_else(|| missing("match"))?,
                weeks: self.weeks.ok_or_else(|| missing("weeks"))?,
                longest_weeks: self.longest_weeks.ok_or_else(|| missing("longest_weeks"))?,
                chance: self.chance.ok_or_else(|| missing("chance"))?,
                replicates: self.replicates.ok_or_else(|| missing("replicates"))?,
                per: self.per.unwrap_or_default(),
            }),
            RuleKind::Spread => Rule::Gathered(Gathered::Spread {
                at_level: self.at_level.ok_or_else(|| missing("at_level"))?,
                homes: self.homes.ok_or_else(|| missing("homes"))?,
                share: self.share.ok_or_else(|| missing("share"))?,
                over: self.over.ok_or_else(|| missing("over"))?,
            }),
        })
    }
}

impl TriggerDocument {
    /// What a trigger of kind `overdue` is about.
    fn owed(&mut self) -> Result<Owed, BadTrigger> {
        let id = self.id.clone();
        let missing = |key| BadTrigger::Missing { id: id.clone(), kind: "overdue", key };
        Ok(match self.of.unwrap_or_default() {
            OwedKind::Answer => Owed::Answer {},
            OwedKind::Triage => Owed::Triage {
                due: self.due.take().ok_or_else(|| missing("due"))?,
                receiving: self.receiving.take().ok_or_else(|| missing("receiving"))?,
                out_of_hours: self.out_of_hours.take(),
            },
            OwedKind::Plan => Owed::Plan {
                plans: self.plans.take().ok_or_else(|| missing("plans"))?,
                window: self.window.ok_or_else(|| missing("window"))?,
            },
            OwedKind::Sample => {
                Owed::Sample { one_in: self.one_in.ok_or_else(|| missing("one_in"))? }
            }
            OwedKind::Information => {
                Owed::Information { within: self.within.ok_or_else(|| missing("within"))? }
            }
            OwedKind::Meeting => Owed::Meeting {
                meetings: self.meetings.take().ok_or_else(|| missing("meetings"))?,
                within: self.within.ok_or_else(|| missing("within"))?,
                output_within: self.output_within,
                regular: self.regular.take().unwrap_or_default(),
            },
            OwedKind::Minutes => Owed::Minutes {
                meetings: self.meetings.take().ok_or_else(|| missing("meetings"))?,
                within: self.within.ok_or_else(|| missing("within"))?,
            },
            OwedKind::Reviews => Owed::Reviews {},
            OwedKind::Improvement => Owed::Improvement {},
            OwedKind::Restriction => Owed::Restriction {},
            OwedKind::Lead => Owed::Lead {},
            OwedKind::Onward => {
                Owed::Onward { within: self.within.ok_or_else(|| missing("within"))? }
            }
        })
    }
}

impl TryFrom<TriggerDocument> for Trigger {
    type Error = BadTrigger;

    fn try_from(mut written: TriggerDocument) -> Result<Self, BadTrigger> {
        let rule = written.rule()?;
        Ok(Self {
            id: written.id,
            title: written.title,
            source: written.source,
            rule,
            level: written.level,
            responsible: written.responsible,
            told: written.told,
            told_if: written.told_if,
            told_once_planned: written.told_once_planned,
            answer: written.answer,
            ladder: written.ladder,
            rearm: written.rearm,
            assumed: written.assumed,
            off: written.off,
        })
    }
}
