//! Who must act, what is due from them, and who hears of it when it is late.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;

use super::{Code, Findings, Place};
use crate::escalation::Step;
use crate::event::Severity;
use crate::policy::fields::step;
use crate::policy::{Answer, Owed, Per, Policy, Rule, Trigger};

pub(super) fn check(policy: &Policy, trigger: &Trigger, place: &Place, findings: &mut Findings) {
    responsible(trigger, place, findings);
    repeated(trigger, place, findings);
    once_planned(policy, trigger, &place.at("told_once_planned"), findings);
    due(policy, trigger, &place.at("answer"), findings);
    let default = policy.chases_answers();
    if trigger.ladder.is_empty() && default.is_none_or(|default| default.ladder.is_empty()) {
        let message = "nobody is told when an answer is late; name the rungs here, or in the trigger of \
                       kind `overdue` for all";
        findings.add(Code::LadderMissing, place.at("ladder"), message);
    }
}

fn responsible(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    let place = place.at("responsible");
    match (&trigger.rule, trigger.responsible.is_empty()) {
        (Rule::Overdue { of: Owed::Answer {} }, true) => {}
        (Rule::Overdue { of: Owed::Answer {} }, false) => {
            let message = "what is late goes to the rungs of the ladder; leave `responsible` out";
            findings.add(Code::ResponsibleUnused, place, message);
        }
        (
            Rule::Overdue {
                of:
                    Owed::Triage { .. }
                    | Owed::Improvement {}
                    | Owed::Restriction {}
                    | Owed::Onward { .. },
            },
            true,
        ) => {}
        (Rule::Overdue { of: Owed::Improvement {} | Owed::Restriction {} }, false) => {
            let message =
                "the chair, or the commissioner who decided, must act; leave `responsible` out";
            findings.add(Code::ResponsibleUnused, place, message);
        }
        (Rule::Overdue { of: Owed::Onward { .. } }, false) => {
            let message = "the triage says who must act; leave `responsible` out";
            findings.add(Code::ResponsibleUnused, place, message);
        }
        (Rule::Overdue { of: Owed::Triage { .. } }, false) => {
            let message = "`receiving` says who must act; leave `responsible` out";
            findings.add(Code::ResponsibleUnused, place, message);
        }
        (Rule::Requested {}, false) => {
            let message = "the request says who must act; leave `responsible` out";
            findings.add(Code::ResponsibleUnused, place, message);
        }
        (
            Rule::Immediate { .. }
            | Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. },
            true,
        ) => findings.add(Code::ResponsibleMissing, place, "nobody must act; name a role"),
        (_, true) | (_, false) => {}
    }
}

fn repeated(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    let mut reached = BTreeSet::new();
    for (key, roles) in [
        ("responsible", &trigger.responsible),
        ("told", &trigger.told),
        ("told_once_planned", &trigger.told_once_planned),
    ] {
        for role in roles {
            if !reached.insert(role) {
                let message = format!("`{role}` is named already and gets one copy; name it once");
                findings.add(Code::RoleRepeated, place.at(key), message);
            }
        }
    }
    let mut rungs = BTreeSet::new();
    for role in &trigger.ladder {
        if !rungs.insert(role) {
            let message = format!("`{role}` stands on two rungs; each rung is somebody else");
            findings.add(Code::RoleRepeated, place.at("ladder"), message);
        }
    }
}

/// Whom a trigger is to tell once a communication plan is agreed: it must be one that looks at concerns,
/// and somebody must be able to agree such a plan.
fn once_planned(policy: &Policy, trigger: &Trigger, place: &Place, findings: &mut Findings) {
    if trigger.told_once_planned.is_empty() {
        return;
    }
    let message = match &trigger.rule {
        Rule::Immediate { .. }
        | Rule::Count { per: Per::Home, .. }
        | Rule::Score { .. }
        | Rule::Breadth { .. } => {
            if !policy.process.closure_directors.is_empty() {
                return;
            }
            "nobody can agree a communication plan (`process.closure_directors` names no role), so they \
             are never told"
        }
        Rule::Count { per: Per::Provider, .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => {
            "a communication plan is about the closure of one home, and this kind of trigger is not \
             about its concerns; name them in `told`"
        }
    };
    findings.add(Code::TriggerUnreachable, place.clone(), message);
}

fn due(policy: &Policy, trigger: &Trigger, place: &Place, findings: &mut Findings) {
    if trigger.answer.is_empty() {
        let message =
            "nothing is due, so nothing is ever chased; ask at least for an acknowledgement";
        findings.add(Code::AnswerMissing, place.clone(), message);
        return;
    }
    if !trigger.answer.iter().any(|answer| answer.step == Step::Acknowledge) {
        let message = "no acknowledgement is due: nobody would notice that nobody opened it";
        findings.add(Code::AnswerUnacknowledged, place.clone(), message);
    }
    let mut steps = BTreeSet::new();
    for answer in &trigger.answer {
        let name = step(answer.step);
        if matches!(answer.step, Step::Action(_)) {
            let message = "an action is assigned by a person, who says when it is due; take it out";
            findings.add(Code::AnswerUnfit, place.clone(), message);
        }
        if answer.every.is_some() && !matches!(answer.step, Step::Discuss | Step::Decide) {
            let message = format!(
                "`{name}` is done once; only `discuss` and `decide` are due again (`every`)"
            );
            findings.add(Code::AnswerUnfit, place.clone(), message);
        }
        if !steps.insert(answer.step) {
            let message = format!("`{name}` is due twice; write it once");
            findings.add(Code::AnswerRepeated, place.clone(), message);
        }
        if graver_later(policy, answer) {
            let message = format!("`{name}` gives a graver concern more time than a lesser one");
            findings.add(Code::AnswerGraverLater, place.clone(), message);
        }
    }
    for (first, then) in [
        (Step::Acknowledge, Step::Discuss),
        (Step::Acknowledge, Step::AgreeLead),
        (Step::Acknowledge, Step::Decide),
        (Step::Discuss, Step::Decide),
    ] {
        if out_of_order(policy, &trigger.answer, first, then) {
            let message =
                format!("`{}` is due before `{}`, which comes first", step(then), step(first));
            findings.add(Code::AnswerOrder, place.clone(), message);
        }
    }
}

/// Timescales in hours and in working days compare only from a moment: nine o'clock on a Monday in
/// a month without bank holidays, when nearly everything that is raised is raised.
fn monday(policy: &Policy, answer: &Answer, severity: Severity) -> Timestamp {
    let nine = crate::time::start_of_day(date(2024, 6, 3))
        .checked_add(jiff::SignedDuration::from_hours(9))
        .unwrap_or(Timestamp::MAX);
    policy.due(answer.within(severity), nine)
}

fn graver_later(policy: &Policy, answer: &Answer) -> bool {
    let lesser = monday(policy, answer, Severity::Medium);
    let high = monday(policy, answer, Severity::High);
    let critical = monday(policy, answer, Severity::Critical);
    high > lesser || critical > high
}

fn out_of_order(policy: &Policy, answers: &[Answer], first: Step, then: Step) -> bool {
    let find = |step| answers.iter().find(|answer| answer.step == step);
    let (Some(first), Some(then)) = (find(first), find(then)) else {
        return false;
    };
    [Severity::Low, Severity::High, Severity::Critical]
        .into_iter()
        .any(|severity| monday(policy, first, severity) > monday(policy, then, severity))
}
