//! The provider-concerns process: its steps lead from a beginning to an end, and its numbers mean
//! something.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Code, Findings, Place};
use crate::policy::{Need, Policy, Process, Within};

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let process = &policy.process;
    if process.is_none() {
        // A partnership without the process runs none; nothing can be wrong with it.
        return;
    }
    let place = Place::process();
    steps(process, &place.at("step"), findings);
    initial_actions(process, &place.at("initial_action"), findings);
    if process.started_by.is_empty() && !process.step.is_empty() {
        let message = "nobody may start the process; name a role";
        findings.add(Code::ProcessPowers, place.at("started_by"), message);
    }
    if process.actions.serious_after_days == 0 {
        let message =
            "nothing would ever be amber; give the days for which an action is slightly behind";
        findings.add(Code::LimitZero, place.at("actions"), message);
    }
    let start = Timestamp::UNIX_EPOCH;
    if policy.due(process.placements.review_within, start) < policy.due(Within::Days(1), start) {
        let message = "a suspension would be reviewed on the day it begins; give at least a day";
        findings.add(Code::LimitZero, place.at("placements"), message);
    }
    let known = process.fields();
    for name in &process.assumed {
        if !known.contains(name) {
            let message =
                format!("`{name}` is marked as a default, and the process has no such part");
            findings.add(Code::AssumedUnknown, place.at("assumed"), message);
        }
    }
}

fn steps(process: &Process, place: &Place, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for step in &process.step {
        if !seen.insert(&step.id) {
            let message = format!("two steps are called `{}`; nobody could say which", step.id);
            findings.add(Code::ProcessSteps, place.clone(), message);
        }
        if step.title.trim().is_empty() {
            let message =
                format!("step `{}` has no title; readers need to know what it is for", step.id);
            findings.add(Code::TextMissing, place.clone(), message);
        }
        if step.optional && !step.needs.is_empty() {
            let message = format!(
                "step `{}` may be passed over and yet needs something; take out `optional` or `needs`",
                step.id
            );
            findings.add(Code::ProcessSteps, place.clone(), message);
        }
    }
    if process.step.len() == 1 {
        findings.add(
            Code::ProcessSteps,
            place.clone(),
            "a process begins and ends; name two steps at least",
        );
    }
    for (end, which) in [(process.step.first(), "first"), (process.step.last(), "last")] {
        if let Some(step) = end
            && (step.optional || step.mandatory_if_delayed)
        {
            let message = format!(
                "step `{}` is the {which} and is always taken; take out `optional` and \
                 `mandatory_if_delayed`",
                step.id
            );
            findings.add(Code::ProcessSteps, place.clone(), message);
        }
    }
    if let Some(last) = process.step.last()
        && (!last.needs.is_empty() || last.within.is_some())
    {
        let message = format!(
            "step `{}` is the last and is never left; let the step before it need what is needed",
            last.id
        );
        findings.add(Code::ProcessSteps, place.clone(), message);
    }
}

fn initial_actions(process: &Process, place: &Place, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for action in &process.initial_action {
        if !seen.insert(&action.id) {
            let message = format!("two initial actions are called `{}`", action.id);
            findings.add(Code::ProcessActions, place.clone(), message);
        }
        if action.title.trim().is_empty() {
            let message = format!("initial action `{}` does not say what is to be done", action.id);
            findings.add(Code::TextMissing, place.clone(), message);
        }
    }
    let needed = process.step.iter().any(|step| step.needs.contains(&Need::InitialActions));
    if needed && process.initial_action.is_empty() {
        let message = "a step needs the initial actions, and none are listed";
        findings.add(Code::ProcessActions, place.clone(), message);
    }
}
