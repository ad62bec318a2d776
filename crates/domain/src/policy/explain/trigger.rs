//! One trigger in plain English.

use super::words::{fact, kind, listed, sentence_end, within, wrapped};
use super::{DEFAULT, roles_by_name};
use crate::escalation::Step;
use crate::policy::fields::{rearms, severity, step};
use crate::policy::{Answer, LevelRule, Match, Owed, Per, Policy, Rule, Trigger};

/// The trigger, its name first, every line ended.
pub(super) fn explain(policy: &Policy, trigger: &Trigger) -> String {
    let says = Says { policy, trigger };
    let mut lines = vec![format!("From: {}", trigger.source)];
    if trigger.off {
        lines.push("Off: this trigger is switched off and raises nothing".to_owned());
    }
    lines.push(format!("Fires: {}", says.rule()));
    lines.push(format!("Level: {}", says.level()));
    lines.push(format!("Must act: {}", says.responsible()));
    lines.push(format!("Told: {}", says.told()));
    let due = trigger.answer.iter().map(|answer| says.answer(answer));
    lines.extend(due.map(|due| format!("Due: {due}")));
    lines.push(format!("When an answer is late: {}", says.ladder()));
    lines.push(format!("After it is closed: {}", says.rearm()));
    let mut text = format!("{} ({})\n", trigger.title, trigger.id);
    for line in lines {
        text.push_str(&wrapped(&sentence_end(&line), "   ", "     "));
    }
    text
}

/// A trigger that is being explained.
pub(super) struct Says<'a> {
    policy: &'a Policy,
    trigger: &'a Trigger,
}

impl Says<'_> {
    /// The text, marked when the field is nobody's but ours.
    pub(super) fn marked(&self, text: impl Into<String>, field: &str) -> String {
        let text = text.into();
        if self.trigger.assumed.iter().any(|name| name == field) {
            format!("{text} {DEFAULT}")
        } else {
            text
        }
    }

    pub(super) fn roles(&self, roles: &[String], none: &str) -> String {
        listed(&roles_by_name(self.policy, roles), "and", none)
    }

    fn rule(&self) -> String {
        match &self.trigger.rule {
            Rule::Immediate { matching } => format!(
                "on each of these: {}. Each incident raises an escalation of its own",
                self.matching("match", matching)
            ),
            Rule::Count { matching, more_than, window, min_agencies, per } => {
                let mut text = format!(
                    "on {}, when there are {} in {}, wherever it begins",
                    self.matching("match", matching),
                    self.marked(format!("more than {more_than}"), "more_than"),
                    self.marked(
                        format!("some window of {}", String::from(*window)),
                        "window"
                    ),
                );
                if *per == Per::Provider {
                    text.push_str(&self.marked(", over all homes of a provider", "per"));
                }
                if *min_agencies > 0 {
                    let least = format!(" and they come from at least {min_agencies} agencies");
                    text.push_str(&self.marked(least, "min_agencies"));
                }
                text.push_str(
                    ". One incident counts once, however many report it; what is withdrawn does not \
                     count; what arrives late counts where it happened",
                );
                text
            }
            Rule::Score {
                matching,
                weights,
                half_life_days,
                limit,
                ..
            } => {
                let weights: Vec<String> = weights
                    .iter()
                    .map(|(grade, weight)| {
                        let name = severity(*grade);
                        self.marked(
                            format!("{name} weighs {weight}"),
                            &format!("weights.{name}"),
                        )
                    })
                    .collect();
                format!(
                    "on {}, when their weights add up to {}. {}. {}; that of a property risk does not \
                     fade until a permanent repair. One incident counts once",
                    self.matching("match", matching),
                    self.marked(limit.to_string(), "limit"),
                    capitalised(&listed(&weights, "and", "nothing weighs anything")),
                    self.marked(
                        format!("A weight halves every {half_life_days} days"),
                        "half_life_days"
                    ),
                )
            }
            Rule::Linked { .. } => self.linked(),
            Rule::Breadth { matching, different, at_least, window } => {
                self.breadth(matching, *different, *at_least, *window)
            }
            Rule::Weekly(weekly) => self.weekly(weekly),
            Rule::Gathered(gathered) => self.gathered(gathered),
            Rule::Overdue { of } => self.owed(of),
            Rule::Requested {} => {
                "when any agency asks for an escalation, whatever the counts. What the request says \
                 about who must act, who is told and by when goes before what stands here"
                    .to_owned()
            }
        }
    }

    fn linked(&self) -> String {
        let Rule::Linked { death, concern, closed_by, closed_within_days, ask_within, ask } =
            &self.trigger.rule
        else {
            return String::new();
        };
        let days = format!("not more than {closed_within_days} days before the death");
        let question = if ask.is_empty() {
            // What it says beside `ask_within` would be a time for nothing.
            "it waits for the answer to another trigger's question".to_owned()
        } else {
            format!(
                "{} is asked and answers {}",
                self.marked(self.roles(ask, "nobody"), "ask"),
                self.marked(within(*ask_within), "ask_within"),
            )
        };
        format!(
            "when two facts are about the same person, in either order: {}, and {}. The concern is open, \
             or was closed by {} {}. Where no pseudonym says whether it is the same person, {question}",
            self.matching("death", death),
            self.matching("concern", concern),
            self.matching("closed_by", closed_by),
            self.marked(days, "closed_within_days"),
        )
    }

    pub(super) fn matching(&self, name: &str, matching: &Match) -> String {
        let field = |part: &str| format!("{name}.{part}");
        let kinds: Vec<&str> = matching.kinds.iter().map(|one| kind(*one)).collect();
        let mut text =
            self.marked(listed(&kinds, "and", "concerns of every kind"), &field("kinds"));
        if !matching.except_kinds.is_empty() {
            let kinds: Vec<&str> = matching.except_kinds.iter().map(|one| kind(*one)).collect();
            let except = format!(" except {}", listed(&kinds, "and", ""));
            text.push_str(&self.marked(except, &field("except_kinds")));
        }
        if !matching.severities.is_empty() {
            let grades: Vec<&str> = matching.severities.iter().map(|one| severity(*one)).collect();
            let grades = format!(" of {} severity", listed(&grades, "or", ""));
            text.push_str(&self.marked(grades, &field("severities")));
        }
        if !matching.facts.is_empty() {
            let facts: Vec<&str> = matching.facts.iter().map(|one| fact(*one)).collect();
            let facts = format!(" {}", listed(&facts, "and", ""));
            text.push_str(&self.marked(facts, &field("facts")));
        }
        for (part, facts, joined, before) in [
            ("any_facts", &matching.any_facts, "or", " "),
            ("except_facts", &matching.except_facts, "or", " but not "),
        ] {
            if !facts.is_empty() {
                let facts: Vec<&str> = facts.iter().map(|one| fact(*one)).collect();
                let facts = format!("{before}{}", listed(&facts, joined, ""));
                text.push_str(&self.marked(facts, &field(part)));
            }
        }
        if !matching.from_roles.is_empty() {
            let from = format!(", from {}", self.roles(&matching.from_roles, ""));
            text.push_str(&self.marked(from, &field("from_roles")));
        }
        if !matching.except_roles.is_empty() {
            let except = format!(", from anyone but {}", self.roles(&matching.except_roles, ""));
            text.push_str(&self.marked(except, &field("except_roles")));
        }
        text
    }

    fn level(&self) -> String {
        let text = match self.trigger.level {
            LevelRule::None => "none: it does not raise the home's level",
            LevelRule::Minor => "minor",
            LevelRule::Moderate => "moderate",
            LevelRule::Major => "major",
            LevelRule::AsConcern => {
                "follows the concern: low is minor, medium is moderate, high and critical are major"
            }
            LevelRule::AtLeastModerate => {
                "follows the concern, and is at least moderate: low and medium are moderate, high and \
                 critical are major"
            }
            LevelRule::ByScore => "minor",
            LevelRule::AsAsked => "what the request asks for",
        };
        let mut text = self.marked(text, "level");
        if let Rule::Score { higher_limit: Some(higher), .. } = &self.trigger.rule {
            let higher = self.marked(higher.to_string(), "higher_limit");
            text.push_str(&format!(", and moderate when the weights add up to {higher}"));
        }
        text
    }

    fn responsible(&self) -> String {
        let none = match self.trigger.rule {
            Rule::Overdue { of: Owed::Answer {} } => {
                "whoever stands on the next rung of the ladder"
            }
            Rule::Overdue { of: Owed::Triage { .. } } => "the role that receives the concern",
            Rule::Overdue { of: Owed::Onward { .. } } => "the roles that it goes on to",
            Rule::Overdue { of: Owed::Improvement {} } => "the chair of the process",
            Rule::Overdue { of: Owed::Restriction {} } => "the commissioner who decided it",
            Rule::Requested {} => "whom the request names",
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Overdue { .. }
            | Rule::Linked { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_) => "nobody",
        };
        let roles = self.marked(self.roles(&self.trigger.responsible, none), "responsible");
        match &self.trigger.rule {
            Rule::Overdue { of: Owed::Meeting { .. } | Owed::Minutes { .. } } => {
                format!("the role that chairs it; where nobody holds that, {roles}")
            }
            Rule::Overdue { of: Owed::Reviews {} } => format!("that of the authority: {roles}"),
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_)
            | Rule::Requested {} => roles,
        }
    }

    fn told(&self) -> String {
        let none = match self.trigger.rule {
            Rule::Overdue { of: Owed::Answer {} } => "the rung before",
            Rule::Overdue { of: Owed::Improvement {} } => "its co-ordinator",
            Rule::Requested {} => "whom the request names",
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Overdue { .. }
            | Rule::Linked { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_) => "nobody else",
        };
        let mut text = self.marked(self.roles(&self.trigger.told, none), "told");
        for told_if in &self.trigger.told_if {
            let facts: Vec<&str> = told_if.any.iter().map(|one| fact(*one)).collect();
            let also = format!(
                "; and of concerns {}, {}",
                listed(&facts, "or", "of no sort"),
                self.roles(&told_if.roles, "nobody"),
            );
            text.push_str(&self.marked(also, "told_if"));
        }
        if !self.trigger.told_once_planned.is_empty() {
            let also = format!(
                "; once the communication plan of a potential closure is agreed, and not before, also {}",
                self.roles(&self.trigger.told_once_planned, "nobody"),
            );
            text.push_str(&self.marked(also, "told_once_planned"));
        }
        text
    }

    fn answer(&self, answer: &Answer) -> String {
        let field = format!("answer.{}", step(answer.step));
        let what = match answer.step {
            Step::Acknowledge => "each of them acknowledges it",
            Step::Discuss => "a discussion is recorded",
            Step::AgreeLead => "they agree who leads",
            Step::Decide => "a decision is recorded",
            Step::Action(_) => "an action is done",
        };
        let mut text = self.marked(format!("{what} {}", within(answer.within)), &field);
        for (grade, sooner) in [("high", answer.high), ("critical", answer.critical)] {
            if let Some(sooner) = sooner {
                let sooner = format!("; if {grade}, {}", within(sooner));
                text.push_str(&self.marked(sooner, &format!("{field}.{grade}")));
            }
        }
        if let Some(every) = answer.every {
            let again = format!("; then again {} of each, while it still holds", within(every));
            text.push_str(&self.marked(again, &format!("{field}.every")));
            text.push_str("; nobody closes it before");
        }
        text
    }

    fn ladder(&self) -> String {
        let own = &self.trigger.ladder;
        let shared = self.policy.chases_answers();
        let rungs = match shared {
            Some(shared) if own.is_empty() => &shared.ladder,
            Some(_) | None => own,
        };
        let names = roles_by_name(self.policy, rungs);
        if names.is_empty() {
            return "nobody is told".to_owned();
        }
        let rungs = names.join(", then ");
        let text = match self.trigger.rule {
            Rule::Overdue { of: Owed::Answer {} } => format!(
                "the next rung of the ladder that belongs to what is late; where that has none, first {rungs}"
            ),
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_)
            | Rule::Requested {} => format!("first {rungs}"),
        };
        self.marked(text, "ladder")
    }

    fn rearm(&self) -> String {
        if !rearms(&self.trigger.rule) {
            return "nothing to re-arm: what happens next raises an escalation of its own"
                .to_owned();
        }
        let rearm = self.trigger.rearm;
        let further = format!("at {} further ones", rearm.further);
        let grave = format!("at one of {} severity or above", severity(rearm.or_severity));
        format!(
            "it fires again {}, or {}",
            self.marked(further, "rearm.further"),
            self.marked(grave, "rearm.or_severity"),
        )
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
