//! One trigger's rule: numbers, level, what it matches, what it says no source gives.

use std::collections::BTreeMap;

use super::roles::matches_of;
use super::{Code, Findings, Place, kinds};
use crate::event::{Kind, Severity};
use crate::policy::fields::{fields, rearms, severity};
use crate::policy::roles::nearest;
use crate::policy::{LevelRule, Match, Owed, Policy, Receiving, Rule, Trigger, Within};

const SEVERITIES: [Severity; 4] =
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

pub(super) fn check(policy: &Policy, trigger: &Trigger, place: &Place, findings: &mut Findings) {
    for (key, text) in [("title", &trigger.title), ("source", &trigger.source)] {
        if text.trim().is_empty() {
            let message = "it is empty; say it, or say that no source document gives this rule";
            findings.add(Code::TextMissing, place.at(key), message);
        }
    }
    level(trigger, place, findings);
    for (key, matching) in matches_of(&trigger.rule) {
        matched(matching, &place.at(key), findings);
    }
    if rearms(&trigger.rule) && trigger.rearm.further == 0 {
        above_nothing("further", place.at("rearm"), findings);
    }
    match &trigger.rule {
        Rule::Count { matching, more_than, min_agencies, .. } => {
            if *more_than == 0 {
                let message =
                    "more than 0 is every one; write kind = \"immediate\" if that is meant";
                findings.add(Code::LimitZero, place.at("more_than"), message);
            }
            agencies(policy, matching, *min_agencies, place, findings);
        }
        Rule::Score { matching, weights, half_life_days, limit, higher_limit } => {
            if *half_life_days == 0 {
                above_nothing("half_life_days", place.at("half_life_days"), findings);
            }
            if !limit.is_finite() || *limit <= 0.0 {
                above_nothing("limit", place.at("limit"), findings);
            }
            higher(trigger.level, *limit, *higher_limit, place, findings);
            weighed(matching, weights, &place.at("weights"), findings);
        }
        Rule::Linked { ask, .. } => {
            // A second rule about the same facts may leave the question to the first.
            let asks = |other: &Trigger| {
                !other.off && matches!(&other.rule, Rule::Linked { ask, .. } if !ask.is_empty())
            };
            if ask.is_empty() && !policy.trigger.iter().any(asks) {
                let message = "nobody is asked whether both are the same person; name a role";
                findings.add(Code::ResponsibleMissing, place.at("ask"), message);
            }
        }
        Rule::Breadth { different, at_least, .. } => {
            kinds::breadth(*different, *at_least, place, findings);
        }
        Rule::Weekly(weekly) => kinds::weekly(weekly, place, findings),
        Rule::Gathered(gathered) => kinds::gathered(gathered, place, findings),
        Rule::Overdue { of } => owed(policy, of, place, findings),
        Rule::Immediate { .. } | Rule::Requested {} => {}
    }
    assumed(trigger, place, findings);
}

fn above_nothing(what: &str, place: Place, findings: &mut Findings) {
    findings.add(Code::LimitZero, place, format!("`{what}` must be above 0"));
}

fn level(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    use LevelRule::{AsAsked, AsConcern, AtLeastModerate, ByScore, Major, Minor, Moderate, None};
    let wanted = match (&trigger.rule, trigger.level) {
        (Rule::Overdue { .. }, None)
        // That the service does not improve is evidence about it, and not lateness alone.
        | (Rule::Overdue { of: Owed::Improvement {} }, Minor | Moderate | Major)
        | (Rule::Requested {}, AsAsked)
        | (Rule::Score { .. }, None | Minor | Moderate | Major | ByScore)
        | (
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Linked { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_),
            None | Minor | Moderate | Major | AsConcern | AtLeastModerate,
        ) => return,
        (Rule::Overdue { of: Owed::Improvement {} }, _) => "none, minor, moderate or major",
        (Rule::Overdue { .. }, _) => "none: lateness raises seniority, never the home's level",
        (Rule::Requested {}, _) => "as-asked: the request says its level",
        (Rule::Score { .. }, _) => "none, minor, moderate, major or by-score",
        (
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Linked { .. }
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_),
            _,
        ) => "none, minor, moderate, major, as-concern or at-least-moderate",
    };
    let message = format!("the level does not fit a trigger of this kind; write {wanted}");
    findings.add(Code::LevelUnfit, place.at("level"), message);
}

fn matched(matching: &Match, place: &Place, findings: &mut Findings) {
    let kinds = !matching.kinds.is_empty()
        && matching.kinds.iter().all(|kind| matching.except_kinds.contains(kind));
    let roles = !matching.from_roles.is_empty()
        && matching.from_roles.iter().all(|role| matching.except_roles.contains(role));
    if kinds || roles {
        let message = "nothing can match: everything that is asked for is also left out";
        findings.add(Code::MatchUnfit, place.clone(), message);
    }
    if *matching == Match::default() {
        let message = "it matches every concern; name kinds, severities, facts or roles";
        findings.add(Code::MatchUnfit, place.clone(), message);
    }
}

fn agencies(policy: &Policy, matching: &Match, least: u32, place: &Place, findings: &mut Findings) {
    let may_say = policy.body.iter().filter(|body| {
        (matching.from_roles.is_empty() || policy.holds(&body.id, &matching.from_roles))
            && !policy.holds(&body.id, &matching.except_roles)
    });
    let there = may_say.count();
    if least as usize > there {
        let message =
            format!("it asks for {least} agencies and only {there} can say what it matches");
        findings.add(Code::AgenciesTooMany, place.at("min_agencies"), message);
    }
}

fn higher(
    level: LevelRule,
    limit: f64,
    higher: Option<f64>,
    place: &Place,
    findings: &mut Findings,
) {
    let message = match (level == LevelRule::ByScore, higher) {
        (true, None) => "by-score needs a higher_limit, from which the level is moderate",
        (false, Some(_)) => "higher_limit does nothing unless the level is by-score",
        (true, Some(higher)) if !higher.is_finite() || higher <= limit => {
            "higher_limit must be above limit"
        }
        (true, Some(_)) | (false, None) => return,
    };
    findings.add(Code::HigherLimit, place.at("higher_limit"), message);
}

fn weighed(
    matching: &Match,
    weights: &BTreeMap<Severity, f64>,
    place: &Place,
    findings: &mut Findings,
) {
    for grade in SEVERITIES {
        let name = severity(grade);
        let counts = matching.severities.is_empty() || matching.severities.contains(&grade);
        let message = match (counts, weights.get(&grade)) {
            (true, None) => format!("severity {name} counts and has no weight"),
            (false, Some(_)) => format!("severity {name} has a weight and does not count"),
            (true, Some(weight)) if !weight.is_finite() || *weight <= 0.0 => {
                format!("the weight of severity {name} must be above 0")
            }
            (true, Some(_)) | (false, None) => continue,
        };
        findings.add(Code::WeightMissing, place.clone(), message);
    }
}

fn assumed(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    let known = fields(trigger);
    for name in &trigger.assumed {
        if known.contains(name) {
            continue;
        }
        let hint = nearest(name, known.iter().map(String::as_str)).map_or_else(
            || format!("it has {}", known.join(", ")),
            |slip| format!("is `{slip}` meant?"),
        );
        let message = format!("this trigger has no `{name}`; {hint}");
        findings.add(Code::AssumedUnknown, place.at("assumed"), message);
    }
}

fn owed(policy: &Policy, of: &Owed, place: &Place, findings: &mut Findings) {
    let mut empty = |key, message: &str| {
        findings.add(Code::OwedIncomplete, place.at(key), message.to_owned());
    };
    match of {
        Owed::Triage { due, receiving, out_of_hours } => {
            for grade in SEVERITIES.into_iter().filter(|grade| !due.contains_key(grade)) {
                let name = severity(grade);
                empty(
                    "due",
                    &format!("severity {name} has no time; a concern of it is never chased"),
                );
            }
            if SEVERITIES.windows(2).any(|two| graver_later(policy, due, two[0], two[1])) {
                empty("due", "a graver concern has more time than a lesser one");
            }
            receives(receiving, &mut empty);
            if out_of_hours.as_ref().is_some_and(|hours| hours.until >= hours.from) {
                empty("out_of_hours", "the offices open (`until`) before they close (`from`)");
            }
        }
        Owed::Plan { plans, .. } if plans.is_empty() => {
            empty(
                "plans",
                "no part of the plan is asked for; name fire, flood, power, disease, boiler",
            );
        }
        Owed::Sample { one_in: 0 } => {
            empty("one_in", "one home in 0 is none; write 1 for all of them")
        }
        Owed::Meeting { meetings, regular, .. }
            if !regular.keys().all(|kind| meetings.contains(kind)) =>
        {
            empty("regular", "a kind that is held regularly has to stand in `meetings`, too");
        }
        Owed::Meeting { meetings, .. } | Owed::Minutes { meetings, .. } if meetings.is_empty() => {
            empty("meetings", "no kind of meeting is named, so nothing is chased");
        }
        Owed::Answer {}
        | Owed::Plan { .. }
        | Owed::Sample { .. }
        | Owed::Information { .. }
        | Owed::Meeting { .. }
        | Owed::Minutes { .. }
        | Owed::Reviews {}
        | Owed::Improvement {}
        | Owed::Restriction {}
        | Owed::Onward { .. }
        | Owed::Lead {} => {}
    }
}

fn graver_later(
    policy: &Policy,
    due: &BTreeMap<Severity, Within>,
    lesser: Severity,
    graver: Severity,
) -> bool {
    let nine = crate::time::start_of_day(jiff::civil::date(2024, 6, 3));
    let at = |grade| due.get(&grade).map(|within| policy.due(*within, nine));
    at(lesser).zip(at(graver)).is_some_and(|(lesser, graver)| graver > lesser)
}

fn receives(receiving: &[Receiving], empty: &mut impl FnMut(&'static str, &str)) {
    if receiving.iter().all(|one| one.kinds.is_empty()) {
        empty("receiving", "nobody receives any kind of concern, so nothing is chased");
    }
    let mut seen: Vec<Kind> = Vec::new();
    for one in receiving {
        for kind in &one.kinds {
            if seen.contains(kind) {
                let role = &one.role;
                empty(
                    "receiving",
                    &format!("`{role}` is to receive a kind that another role has already"),
                );
            }
            seen.push(*kind);
        }
    }
}
