//! The triggers together: their ids, and the two rules that every policy needs once.

use std::collections::BTreeSet;

use super::{Code, Findings, Place, Section};
use crate::event::MeetingKind;
use crate::policy::{Owed, Policy, Rule};

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let mut ids = BTreeSet::new();
    for (nth, trigger) in policy.trigger.iter().enumerate() {
        if !ids.insert(&trigger.id) {
            let message = "another trigger has this id; escalations are told apart by it";
            findings.add(Code::TriggerDuplicate, Place::trigger(trigger, nth).at("id"), message);
        }
    }
    once(policy, findings, Code::OverdueRule, "overdue", "answers that are late are chased");
    owed_once(policy, findings);
    once(policy, findings, Code::RequestedRule, "requested", "agencies may ask for an escalation");
}

/// Without one, a right that the sources give is gone; with two, it is unclear which holds.
fn once(policy: &Policy, findings: &mut Findings, code: Code, kind: &str, why: &str) {
    let on = policy.trigger.iter().enumerate().filter(|(_, trigger)| {
        !trigger.off
            && match trigger.rule {
                Rule::Overdue { of: Owed::Answer {} } => kind == "overdue",
                Rule::Requested {} => kind == "requested",
                Rule::Immediate { .. }
                | Rule::Count { .. }
                | Rule::Score { .. }
                | Rule::Overdue { .. }
                | Rule::Linked { .. }
                | Rule::Breadth { .. }
                | Rule::Weekly(_)
                | Rule::Gathered(_) => false,
            }
    });
    let mut on = on.map(|(nth, trigger)| Place::trigger(trigger, nth));
    match (on.next(), on.next()) {
        (Some(_), None) => {}
        (None, _) => {
            let place = Place { section: Section::Policy, nth: 0, id: String::new(), key: None };
            let message =
                format!("there is no trigger of kind `{kind}` that is on; add one, so that {why}");
            findings.add(code, place, message);
        }
        (Some(first), Some(second)) => {
            let message = format!("there is one of kind `{kind}` already, {first}; keep one");
            findings.add(code, second, message);
        }
    }
}

/// Of everything else that may be overdue the first rule counts, so a second one would do nothing. Rules
/// about meetings share the kinds of meeting out among them.
fn owed_once(policy: &Policy, findings: &mut Findings) {
    let mut seen: BTreeSet<(&str, Option<MeetingKind>)> = BTreeSet::new();
    for (nth, trigger) in policy.trigger.iter().enumerate().filter(|(_, trigger)| !trigger.off) {
        let Rule::Overdue { of } = &trigger.rule else {
            continue;
        };
        let about: Vec<Option<MeetingKind>> = match of {
            Owed::Meeting { meetings, .. } | Owed::Minutes { meetings, .. } => {
                meetings.iter().map(|kind| Some(*kind)).collect()
            }
            // There is a finding of its own for a second rule about answers.
            Owed::Answer {} => continue,
            Owed::Triage { .. }
            | Owed::Plan { .. }
            | Owed::Sample { .. }
            | Owed::Information { .. }
            | Owed::Reviews {}
            | Owed::Improvement {}
            | Owed::Restriction {}
            | Owed::Onward { .. }
            | Owed::Lead {} => vec![None],
        };
        let mut repeated = about.into_iter().filter(|about| !seen.insert((of.word(), *about)));
        if repeated.next().is_some() {
            let message = format!(
                "another trigger chases the same (`of = \"{}\"`), and the first one counts; keep one",
                of.word()
            );
            findings.add(Code::OwedTwice, Place::trigger(trigger, nth).at("of"), message);
        }
    }
}
