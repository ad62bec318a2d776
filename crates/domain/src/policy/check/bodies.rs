//! The bodies: their names become subjects, accounts and file names.

use std::collections::BTreeMap;

use super::{Code, Findings, Place};
use crate::BodyId;
use crate::policy::roles::distance;
use crate::policy::{Body, Policy};

/// Names that have a meaning in a subject, or that an account of the hub's has. nats-server's own
/// are `$G` and `$SYS`, which no body can be called; `global` and `system` are how people write them.
const RESERVED: [&str; 7] =
    [BodyId::HUB, "erasure", "sys", "system", "global", "general", "unmatched"];

/// The longest name of an account, and so of its subject token, as [`BodyId`] has it.
const LONGEST: usize = 32;

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for (nth, body) in policy.body.iter().enumerate() {
        let place = Place::body(body, nth);
        if RESERVED.contains(&body.id.as_str()) {
            let message =
                format!("`{}` is a name that the hub needs itself; choose another id", body.id);
            findings.add(Code::BodyReserved, place.at("id"), message);
        }
        if accounts.insert(body.id.to_string(), format!("body {}", body.id)).is_some() {
            let message = "another body has this id; one organisation with several roles is one body \
                           with several roles";
            findings.add(Code::BodyDuplicate, place.at("id"), message);
        }
        if body.name.trim().is_empty() {
            findings.add(Code::TextMissing, place.at("name"), "give the organisation's name");
        }
        if body.out_of_hours.as_ref().is_some_and(|contact| contact.trim().is_empty()) {
            let message = "say how it is reached outside office hours, or leave the key out";
            findings.add(Code::TextMissing, place.at("out_of_hours"), message);
        }
        if body.roles.is_empty() {
            let message =
                "it holds no role, so nothing is ever addressed to it; give it one or leave it out";
            findings.add(Code::BodyNoRole, place.at("roles"), message);
        }
        if let (Some(from), Some(until)) = (body.from, body.until)
            && until <= from
        {
            let message = format!("it ends on {until}, not after it begins on {from}");
            findings.add(Code::BodyPeriod, place.at("until"), message);
        }
    }
    officers(policy, &mut accounts, findings);
    areas(policy, findings);
}

/// An officer's account, consumer and key are named `<body>-<officer>`.
fn officers(policy: &Policy, accounts: &mut BTreeMap<String, String>, findings: &mut Findings) {
    for (nth, body) in policy.body.iter().enumerate() {
        let place = Place::body(body, nth).at("officers");
        for officer in &body.officers {
            let account = format!("{}-{officer}", body.id);
            if account.len() > LONGEST {
                let message = format!(
                    "the account of officer `{officer}` would be named `{account}`, longer than \
                     {LONGEST}; shorten the officer's id"
                );
                findings.add(Code::OfficerName, place.clone(), message);
            }
            let owner = format!("officer {officer} of {}", body.id);
            if let Some(other) = accounts.insert(account.clone(), owner) {
                let message = format!(
                    "the account of officer `{officer}` would be named `{account}`, as that of {other} is; \
                     choose another id for the officer"
                );
                findings.add(Code::OfficerClash, place.clone(), message);
            }
        }
    }
}

/// Two spellings of one area split its homes between bodies without anybody noticing.
fn areas(policy: &Policy, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for (nth, body) in policy.body.iter().enumerate() {
        for area in &body.areas {
            if seen.contains(&area.as_str()) {
                continue;
            }
            if let Some(message) = odd_spelling(area, &seen) {
                findings.add(Code::AreaSpelling, Place::body(body, nth).at("areas"), message);
            }
            seen.push(area);
        }
    }
}

fn odd_spelling(area: &str, seen: &[&str]) -> Option<String> {
    if area.trim().is_empty() {
        return Some(
            "an area is empty; leave `areas` out when the body works everywhere".to_owned(),
        );
    }
    let other = seen.iter().find(|other| same_area(area, other))?;
    Some(format!("`{area}` and `{other}` look like one area in two spellings; use the register's"))
}

/// Letters and digits only, and one slip in a long name. Short names that differ are two places:
/// Bolton is not Boston.
fn same_area(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (a, b) = (plain(a), plain(b));
    a == b || (a.len() >= 9 && distance(&a, &b) == 1)
}

/// Whether the body holds any of these roles.
pub(super) fn holds_any(body: &Body, roles: &[String]) -> bool {
    body.roles.iter().any(|role| roles.contains(role))
}
