//! The parts of a trigger by name, as `assumed` names them: `window`, `answer.discuss`, `weights.low`.

use super::{Gathered, Match, Owed, Per, Rule, Trigger, Weekly};
use crate::escalation::Step;
use crate::event::Severity;

/// The word for a step in policies.
pub(super) fn step(step: Step) -> &'static str {
    match step {
        Step::Acknowledge => "acknowledge",
        Step::Discuss => "discuss",
        Step::AgreeLead => "agree-lead",
        Step::Decide => "decide",
        Step::Action(_) => "action",
    }
}

/// The word for a severity in policies.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Whether closing the trigger's escalation leaves something to re-arm: the other kinds raise an
/// escalation of its own for each incident, death, request or lateness.
pub(super) fn rearms(rule: &Rule) -> bool {
    match rule {
        Rule::Count { .. } | Rule::Score { .. } | Rule::Breadth { .. } => true,
        Rule::Immediate { .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => false,
    }
}

/// Everything about a trigger that may be somebody's default, in the order of the explanation.
pub(super) fn fields(trigger: &Trigger) -> Vec<String> {
    let mut names = Vec::new();
    of_rule(&trigger.rule, &mut names);
    names.push("level".to_owned());
    for (name, given) in [
        ("responsible", !trigger.responsible.is_empty()),
        ("told", !trigger.told.is_empty()),
        ("told_if", !trigger.told_if.is_empty()),
        ("told_once_planned", !trigger.told_once_planned.is_empty()),
    ] {
        if given {
            names.push(name.to_owned());
        }
    }
    for answer in &trigger.answer {
        let name = format!("answer.{}", step(answer.step));
        if answer.critical.is_some() {
            names.push(format!("{name}.critical"));
        }
        if answer.high.is_some() {
            names.push(format!("{name}.high"));
        }
        if answer.every.is_some() {
            names.push(format!("{name}.every"));
        }
        names.push(name);
    }
    if !trigger.ladder.is_empty() {
        names.push("ladder".to_owned());
    }
    if rearms(&trigger.rule) {
        names.push("rearm.further".to_owned());
        names.push("rearm.or_severity".to_owned());
    }
    names
}

fn of_rule(rule: &Rule, names: &mut Vec<String>) {
    match rule {
        Rule::Immediate { matching } => of_match("match", matching, names),
        Rule::Count { matching, min_agencies, per, .. } => {
            of_match("match", matching, names);
            names.extend(["more_than".to_owned(), "window".to_owned()]);
            if *min_agencies > 0 {
                names.push("min_agencies".to_owned());
            }
            if *per == Per::Provider {
                names.push("per".to_owned());
            }
        }
        Rule::Score { matching, weights, higher_limit, .. } => {
            of_match("match", matching, names);
            names.extend(weights.keys().map(|key| format!("weights.{}", severity(*key))));
            names.extend(["half_life_days".to_owned(), "limit".to_owned()]);
            if higher_limit.is_some() {
                names.push("higher_limit".to_owned());
            }
        }
        Rule::Linked { death, concern, closed_by, .. } => {
            of_match("death", death, names);
            of_match("concern", concern, names);
            of_match("closed_by", closed_by, names);
            names.extend(["closed_within_days", "ask_within", "ask"].map(str::to_owned));
        }
        Rule::Breadth { matching, .. } => {
            of_match("match", matching, names);
            names.extend(["different", "at_least", "window"].map(str::to_owned));
        }
        Rule::Weekly(weekly) => {
            of_match("match", weekly.matching(), names);
            let own: &[&str] = match weekly {
                Weekly::Unusual { .. } => &["side", "weeks", "history_weeks", "alpha", "against"],
                Weekly::Drift { .. } => &["weeks", "history_weeks", "rise", "limit"],
                Weekly::Cluster { .. } => {
                    &["weeks", "longest_weeks", "chance", "replicates", "per"]
                }
            };
            names.extend(own.iter().map(|name| (*name).to_owned()));
        }
        Rule::Gathered(gathered) => {
            let own: &[&str] = match gathered {
                Gathered::Open { .. } => &["open_level", "more_than"],
                Gathered::Spread { .. } => &["at_level", "homes", "share", "over"],
            };
            names.extend(own.iter().map(|name| (*name).to_owned()));
        }
        Rule::Overdue { of } => of_owed(of, names),
        Rule::Requested {} => {}
    }
}

fn of_owed(of: &Owed, names: &mut Vec<String>) {
    let mut add = |more: &[&str]| names.extend(more.iter().map(|name| (*name).to_owned()));
    match of {
        Owed::Answer {}
        | Owed::Reviews {}
        | Owed::Improvement {}
        | Owed::Restriction {}
        | Owed::Lead {} => {}
        Owed::Triage { due, out_of_hours, .. } => {
            add(&["receiving"]);
            if out_of_hours.is_some() {
                add(&["out_of_hours"]);
            }
            names.extend(due.keys().map(|key| format!("due.{}", severity(*key))));
        }
        Owed::Plan { .. } => add(&["plans", "window"]),
        Owed::Sample { .. } => add(&["one_in"]),
        Owed::Information { .. } | Owed::Onward { .. } => add(&["within"]),
        Owed::Meeting { output_within, regular, .. } => {
            add(&["meetings", "within"]);
            add(if output_within.is_some() { &["output_within"] } else { &[] });
            add(if regular.is_empty() { &[] } else { &["regular"] });
        }
        Owed::Minutes { .. } => add(&["meetings", "within"]),
    }
}

fn of_match(name: &str, matching: &Match, names: &mut Vec<String>) {
    for (part, given) in [
        ("kinds", !matching.kinds.is_empty()),
        ("except_kinds", !matching.except_kinds.is_empty()),
        ("severities", !matching.severities.is_empty()),
        ("facts", !matching.facts.is_empty()),
        ("any_facts", !matching.any_facts.is_empty()),
        ("except_facts", !matching.except_facts.is_empty()),
        ("from_roles", !matching.from_roles.is_empty()),
        ("except_roles", !matching.except_roles.is_empty()),
    ] {
        if given {
            names.push(format!("{name}.{part}"));
        }
    }
}
