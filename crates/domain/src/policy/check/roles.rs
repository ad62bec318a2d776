//! The roles that triggers and powers name: each is known, and somebody holds it everywhere and always.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::bodies::holds_any;
use super::{Code, Findings, Place};
use crate::policy::roles::{ROLES, nearest};
use crate::policy::{Body, Match, Owed, Policy, Rule, Trigger};

/// Where roles are named.
struct Naming<'a> {
    place: Place,
    roles: &'a [String],
    /// Whether something is sent to the role's holders, rather than asked about the sender.
    addressed: bool,
}

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let namings = namings(policy);
    let mut addressed: Vec<String> = Vec::new();
    // One finding a role and code: the same slip in ten triggers is one thing to put right.
    let mut said: BTreeSet<(&str, Code)> = BTreeSet::new();
    for naming in &namings {
        for role in naming.roles {
            if let Some((code, message)) = unheld(policy, role)
                && said.insert((role, code))
            {
                findings.add(code, naming.place.clone(), message);
            }
            if naming.addressed {
                if policy.powers.never_reads.contains(role) {
                    let message = format!(
                        "`{role}` is in powers.never_reads: it may not receive escalations"
                    );
                    findings.add(Code::RoleNeverReads, naming.place.clone(), message);
                }
                addressed.push(role.clone());
            }
        }
    }
    bodies_that_never_read(policy, &addressed, findings);
}

fn namings(policy: &Policy) -> Vec<Naming<'_>> {
    let powers = &policy.powers;
    let mut all: Vec<Naming<'_>> = [
        ("register", &powers.register),
        ("matching", &powers.matching),
        ("same_person", &powers.same_person),
        ("never_reads", &powers.never_reads),
        ("triage", &powers.triage),
        ("police_advice", &powers.police_advice),
        ("bodies", &powers.bodies),
        ("audit", &powers.audit),
        ("data_protection", &powers.data_protection),
    ]
    .into_iter()
    .map(|(key, roles)| Naming { place: Place::powers().at(key), roles, addressed: false })
    .collect();
    for (key, roles) in policy.process.roles() {
        all.push(Naming { place: Place::process().at(key), roles, addressed: false });
    }
    for (nth, trigger) in policy.trigger.iter().enumerate() {
        let place = Place::trigger(trigger, nth);
        for (key, roles) in addressed_by(trigger) {
            all.push(Naming { place: place.at(key), roles, addressed: true });
        }
        for (key, matching) in matches_of(&trigger.rule) {
            for roles in [&matching.from_roles, &matching.except_roles] {
                all.push(Naming { place: place.at(key), roles, addressed: false });
            }
        }
    }
    all
}

/// The roles to which a trigger sends something, by key.
fn addressed_by(trigger: &Trigger) -> Vec<(&'static str, &[String])> {
    let mut all: Vec<(&'static str, &[String])> = vec![
        ("responsible", &trigger.responsible),
        ("told", &trigger.told),
        ("ladder", &trigger.ladder),
        ("told_once_planned", &trigger.told_once_planned),
    ];
    all.extend(trigger.told_if.iter().map(|told_if| ("told_if", told_if.roles.as_slice())));
    if let Rule::Linked { ask, .. } = &trigger.rule {
        all.push(("ask", ask));
    }
    if let Rule::Overdue { of: Owed::Triage { receiving, out_of_hours, .. } } = &trigger.rule {
        all.extend(receiving.iter().map(|one| ("receiving", std::slice::from_ref(&one.role))));
        all.extend(
            out_of_hours.iter().map(|one| ("out_of_hours", std::slice::from_ref(&one.role))),
        );
    }
    all
}

/// The matches of a rule, by key.
pub(super) fn matches_of(rule: &Rule) -> Vec<(&'static str, &Match)> {
    match rule {
        Rule::Immediate { matching }
        | Rule::Count { matching, .. }
        | Rule::Score { matching, .. }
        | Rule::Breadth { matching, .. } => vec![("match", matching)],
        Rule::Weekly(weekly) => vec![("match", weekly.matching())],
        Rule::Linked { death, concern, closed_by, .. } => {
            vec![("death", death), ("concern", concern), ("closed_by", closed_by)]
        }
        Rule::Overdue { .. } | Rule::Requested {} | Rule::Gathered(_) => Vec::new(),
    }
}

/// Why a role is none that anybody knows. One that nobody holds yet is known.
pub(super) fn unknown_role(policy: &Policy, role: &str) -> Option<String> {
    unheld(policy, role).filter(|(code, _)| *code == Code::RoleUnknown).map(|(_, message)| message)
}

/// What is wrong with who holds the role, if anything.
fn unheld(policy: &Policy, role: &str) -> Option<(Code, String)> {
    let holders: Vec<&Body> =
        policy.body.iter().filter(|body| body.roles.iter().any(|held| held == role)).collect();
    if !holders.is_empty() {
        return gap(policy, role, &holders).map(|message| (Code::RoleGap, message));
    }
    let held = policy.body.iter().flat_map(|body| body.roles.iter().map(String::as_str));
    if ROLES.contains(&role) {
        let slip = nearest(role, held.filter(|held| !ROLES.contains(held)));
        let hint = slip.map_or_else(
            || "let a body hold it".to_owned(),
            |slip| format!("a body holds `{slip}`: is `{role}` meant there?"),
        );
        return Some((Code::RoleUnheld, format!("no body holds the role `{role}`; {hint}")));
    }
    let hint = nearest(role, ROLES.into_iter().chain(held)).map_or_else(
        || "let a body hold it if it is one of your own".to_owned(),
        |slip| format!("is `{slip}` meant?"),
    );
    Some((Code::RoleUnknown, format!("there is no role `{role}`; {hint}")))
}

/// An area or a time in which nobody holds the role.
fn gap(policy: &Policy, role: &str, holders: &[&Body]) -> Option<String> {
    let areas: BTreeSet<&str> =
        policy.body.iter().flat_map(|body| body.areas.iter().map(String::as_str)).collect();
    if areas.is_empty() {
        return gap_in_time(holders).map(|when| format!("nobody holds the role `{role}` {when}"));
    }
    areas.into_iter().find_map(|area| {
        let here: Vec<&Body> = holders
            .iter()
            .filter(|body| body.areas.is_empty() || body.areas.iter().any(|a| a == area))
            .copied()
            .collect();
        if here.is_empty() {
            return Some(format!(
                "nobody holds the role `{role}` in {area}, where other bodies work; add {area} to a \
                 body's areas"
            ));
        }
        gap_in_time(&here).map(|when| format!("nobody holds the role `{role}` in {area} {when}"))
    })
}

/// From the first day that anybody holds it: a hand-over must leave no day between.
fn gap_in_time(holders: &[&Body]) -> Option<String> {
    let mut periods: BTreeMap<Date, Option<Date>> = BTreeMap::new();
    for body in holders {
        let until = periods.entry(body.from.unwrap_or(Date::MIN)).or_insert(body.until);
        *until = until.zip(body.until).map(|(a, b)| a.max(b));
    }
    let mut reached: Option<Date> = None;
    for (from, until) in periods {
        if let Some(end) = reached
            && from > end
        {
            return Some(format!(
                "from {end} until {from}; let the next begin on the day the last ends"
            ));
        }
        let end = until?;
        reached = Some(reached.map_or(end, |before| before.max(end)));
    }
    reached.map(|end| format!("from {end} on; name the successor"))
}

fn bodies_that_never_read(policy: &Policy, addressed: &[String], findings: &mut Findings) {
    for (nth, body) in policy.body.iter().enumerate() {
        if !holds_any(body, &policy.powers.never_reads) {
            continue;
        }
        let read =
            |role: &&String| addressed.contains(role) && !policy.powers.never_reads.contains(role);
        if let Some(role) = body.roles.iter().find(read) {
            let message = format!(
                "it reads nothing (powers.never_reads), yet escalations go to its role `{role}`; split \
                 it into two bodies"
            );
            findings.add(Code::BodyNeverReads, Place::body(body, nth).at("roles"), message);
        }
    }
}
