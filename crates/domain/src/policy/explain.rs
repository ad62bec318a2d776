//! The policy in plain English: what a safeguarding board reads before it agrees to it.

mod evidence;
mod kinds;
mod owed;
mod process;
mod retention;
mod sharing;
mod trigger;
mod words;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub(crate) use owed::{meeting_word, plan_word};

use super::{Body, Policy};
pub(crate) use words::wrapped;
use words::{listed, sentence_end};

/// What stands beside everything that is somebody's default.
const DEFAULT: &str = "(default, no source document gives this)";

/// The whole policy as text, each default that no source document gives marked as such.
///
/// Every number, role and timescale of the policy is in it: a policy that reads the same decides
/// the same. Bank holidays are given by their first and last.
#[must_use]
pub fn explain(policy: &Policy) -> String {
    let mut text = format!("POLICY {}\n\n", policy.version);
    text.push_str(&wrapped(
        "This is everything the hub decides by. When a trigger is met it raises an escalation to the \
         bodies that must act, tells others, and chases the answers. A trigger is never a ceiling: it \
         takes nothing from anybody's professional judgement, and only a person closes an escalation.",
        "", "",
    ));
    let of_triggers: usize = policy.trigger.iter().map(|trigger| trigger.assumed.len()).sum();
    let defaults = of_triggers
        + policy.process.assumed.len()
        + policy.evidence.assumed.len()
        + policy.sharing.defaults()
        + policy.retention.assumed.len();
    if defaults > 0 {
        let settle = format!(
            "{defaults} settings below stand in no source document and are marked so. The partnership \
             should settle them."
        );
        text.push_str(&format!("\n{}", wrapped(&settle, "", "")));
    }
    text.push('\n');
    text.push_str("WHO THERE IS\n\n");
    for body in &policy.body {
        text.push_str(&wrapped(&format!("- {}", who(body)), "", "  "));
    }
    text.push_str("\nWHO MAY DO WHAT OTHERS MAY NOT\n\n");
    text.push_str(&powers(policy));
    text.push_str("\nTRIGGERS\n");
    for (nth, trigger) in policy.trigger.iter().enumerate() {
        text.push_str(&format!("\n{}. ", nth + 1));
        text.push_str(&trigger::explain(policy, trigger));
    }
    text.push_str(&process::explain(policy));
    text.push_str(&evidence::explain(policy));
    text.push_str(&sharing::explain(policy));
    text.push_str(&retention::explain(policy));
    text.push_str("\nCALENDAR\n\n");
    text.push_str(&calendar(&policy.bank_holidays));
    text
}

/// A body: its name, its id, and what it holds where and when.
fn who(body: &Body) -> String {
    let mut text = format!("{} ({})", body.name, body.id);
    // In the shipped packs a body's id is its role: to say so thirty times would hide the others.
    if body.roles.len() != 1 || body.roles[0] != body.id.as_str() {
        text.push_str(&format!(
            ", for {}",
            listed(&body.roles, "and", "nothing: it holds no role")
        ));
    }
    if !body.areas.is_empty() {
        text.push_str(&format!(", in {}", listed(&body.areas, "and", "")));
    }
    if let Some(from) = body.from {
        text.push_str(&format!(", from {from}"));
    }
    if let Some(until) = body.until {
        text.push_str(&format!(", until {until}"));
    }
    if !body.officers.is_empty() {
        let officers: Vec<String> = body.officers.iter().map(ToString::to_string).collect();
        text.push_str(&format!("; with keys of their own: {}", listed(&officers, "and", "")));
    }
    if let Some(contact) = &body.out_of_hours {
        text.push_str(&format!("; outside office hours: {contact}"));
    }
    text
}

fn powers(policy: &Policy) -> String {
    let powers = &policy.powers;
    let mut text = String::new();
    for (what, roles) in [
        ("Keep the register of homes", &powers.register),
        ("Say, besides its sender, which home a concern is about", &powers.matching),
        ("Answer whether a death and a concern are about the same person", &powers.same_person),
        ("Speak, and read nothing", &powers.never_reads),
        ("Say what a concern is taken as (triage)", &powers.triage),
        ("Record what the police advise", &powers.police_advice),
        ("Say that bodies merge or split", &powers.bodies),
        ("Read who in the whole partnership has looked at what", &powers.audit),
        ("Have a narrative erased, besides its sender", &powers.data_protection),
    ] {
        let holders = listed(&roles_by_name(policy, roles), "and", "nobody");
        let line = format!("- {what}: {}", sentence_end(&holders));
        text.push_str(&wrapped(&line, "", "  "));
    }
    text
}

/// Each role with the names of those who hold it.
fn roles_by_name(policy: &Policy, roles: &[String]) -> Vec<String> {
    roles
        .iter()
        .map(|role| {
            let holders: Vec<&str> = policy
                .body
                .iter()
                .filter(|body| body.roles.contains(role))
                .map(|body| body.name.as_str())
                .collect();
            if holders.is_empty() {
                format!("{role} (nobody holds this role)")
            } else {
                format!("{} ({role})", holders.join(" / "))
            }
        })
        .collect()
}

fn calendar(holidays: &BTreeSet<Date>) -> String {
    let working_days = match (holidays.first(), holidays.last()) {
        (Some(first), Some(last)) => format!(
            " that is not one of the {} bank holidays that this policy lists, from {first} to {last}",
            holidays.len()
        ),
        (None, _) | (_, None) => "; this policy lists no bank holidays".to_owned(),
    };
    let text = format!(
        "Dates are those of Europe/London. A window of months holds calendar months, the day clamped to \
         the month's end. What is due on a day is due by its end. A working day is a Monday to \
         Friday{working_days}."
    );
    wrapped(&text, "", "")
}
