//! The information-sharing agreement: every cell is decided, every row decides something, and whatever
//! is shared has a lawful basis, a purpose and an end.

use std::collections::{BTreeMap, BTreeSet};

use super::roles::unknown_role;
use super::{Code, Findings, Place};
use crate::event::{Kind, Marking};
use crate::policy::{Agreement, BreakGlass, Policy, Row, Share, nearest};

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let agreement = &policy.sharing;
    let place = Place::sharing();
    if agreement.is_none() {
        let message = "there is no [sharing]: nobody has agreed who may see what; copy sharing.toml \
                       from a shipped pack and settle it";
        findings.add(Code::SharingMissing, place, message);
        return;
    }
    if agreement.source.trim().is_empty() {
        let message = "name the information-sharing agreement that the partners have signed";
        findings.add(Code::TextMissing, place.at("source"), message);
    }
    if agreement.routed > Share::Existence {
        let message = "an escalation never shows evidence that the rows withhold; write `nothing` or \
                       `existence`";
        findings.add(Code::SharingWidened, place.at("routed"), message);
    }
    if !(1..=BreakGlass::MOST_HOURS).contains(&agreement.break_glass.hours) {
        let message = "one opening by break-glass lasts 1 to 24 hours";
        findings.add(Code::SharingWidened, place.at("break_glass"), message);
    }
    names(policy, findings);
    bases(agreement, findings);
    for (nth, row) in agreement.row.iter().enumerate() {
        lawful(agreement, row, nth, findings);
    }
    cells(policy, findings);
}

fn told_outcomes(agreement: &Agreement) -> Vec<&String> {
    agreement.feedback.outcomes.iter().flat_map(|name| agreement.roles_of(name)).collect()
}

/// Roles, groups and kinds that nobody knows; and who never reads.
fn names(policy: &Policy, findings: &mut Findings) {
    let agreement = &policy.sharing;
    let place = Place::sharing();
    for (key, roles) in [("roles", agreement.roles.values().flatten().collect::<Vec<_>>())]
        .into_iter()
        .chain([("reporters", agreement.reporters.readers.iter().collect())])
        .chain([("feedback", told_outcomes(agreement))])
    {
        for role in roles {
            if let Some(message) = unknown_role(policy, role) {
                findings.add(Code::RoleUnknown, place.at(key), message);
            }
        }
    }
    for group in agreement.roles.keys() {
        if policy.body.iter().any(|body| body.roles.contains(group)) {
            let message = format!("`{group}` is a role and a group of roles; rename the group");
            findings.add(Code::SharingName, place.at("roles"), message);
        }
    }
    for group in agreement.kinds.keys() {
        if Kind::ALL.iter().any(|kind| kind.name() == group) {
            let message = format!("`{group}` is a kind and a group of kinds; rename the group");
            findings.add(Code::SharingName, place.at("kinds"), message);
        }
    }
    for (nth, row) in agreement.row.iter().enumerate() {
        let place = Place::row(nth);
        for name in &row.kinds {
            let mut known: Vec<&str> = agreement.kinds.keys().map(String::as_str).collect();
            known.extend(Kind::ALL.map(Kind::name));
            if !known.contains(&name.as_str()) {
                let near = nearest(name, known);
                let hint = near.map_or_else(
                    || "name a kind of concern or a group of [sharing.kinds]".to_owned(),
                    |near| format!("is `{near}` meant?"),
                );
                let message = format!("there is no kind `{name}`; {hint}");
                findings.add(Code::SharingName, place.at("kinds"), message);
            }
        }
        for name in &row.roles {
            if agreement.roles.contains_key(name) {
                continue;
            }
            if let Some(message) = unknown_role(policy, name) {
                findings.add(Code::RoleUnknown, place.at("roles"), message);
            }
        }
        let never = row.roles.iter().flat_map(|name| agreement.roles_of(name));
        let mut never = never.filter(|role| policy.powers.never_reads.contains(role));
        if let Some(role) = never.next().filter(|_| row.share > Share::Nothing) {
            let message = format!("`{role}` is in powers.never_reads: nothing is shared with it");
            findings.add(Code::RoleNeverReads, place.at("roles"), message);
        }
    }
}

fn bases(agreement: &Agreement, findings: &mut Findings) {
    let place = Place::sharing().at("basis");
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for basis in &agreement.basis {
        if !seen.insert(&basis.id) {
            let message = format!("two lawful bases are called `{}`; rename one", basis.id);
            findings.add(Code::SharingName, place.clone(), message);
        }
        if !basis.is_whole() {
            let message = format!(
                "the basis `{}` does not stand by itself: give article_6, article_9 and schedule_1, or \
                 part_3",
                basis.id
            );
            findings.add(Code::SharingBasis, place.clone(), message);
        }
    }
}

/// Whatever is shared has a basis, a purpose and an end.
fn lawful(agreement: &Agreement, row: &Row, nth: usize, findings: &mut Findings) {
    if row.share == Share::Nothing {
        return;
    }
    let place = Place::row(nth);
    if row.basis.is_empty() {
        let message = "it shares without a lawful basis; name one of [[sharing.basis]]";
        findings.add(Code::SharingBasis, place.at("basis"), message);
    }
    for name in &row.basis {
        if !agreement.basis.iter().any(|basis| basis.id == *name) {
            let known = agreement.basis.iter().map(|basis| basis.id.as_str());
            let hint = nearest(name, known)
                .map_or_else(String::new, |near| format!("; is `{near}` meant?"));
            let message = format!("there is no lawful basis `{name}`{hint}");
            findings.add(Code::SharingBasis, place.at("basis"), message);
        }
    }
    if row.purpose.trim().is_empty() {
        findings.add(Code::SharingBasis, place.at("purpose"), "say what it is shared for");
    }
    if row.retention.is_none() {
        let message = "say how long it is kept, such as \"96 months\"";
        findings.add(Code::SharingBasis, place.at("retention"), message);
    }
}

/// Cells that no row decides, and rows that decide no cell.
fn cells(policy: &Policy, findings: &mut Findings) {
    let agreement = &policy.sharing;
    let roles = policy.reading_roles();
    let mut decides: BTreeSet<usize> = BTreeSet::new();
    // Where a row decides nothing: which earlier rows stand before it.
    let mut holes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for role in &roles {
        for kind in Kind::ALL {
            for marking in Marking::ALL {
                for agreed in [false, true] {
                    match agreement.deciding(role, kind, marking, agreed) {
                        Some((nth, _)) => {
                            decides.insert(nth);
                        }
                        None if agreed => {
                            let cell = format!("{} ({})", kind.name(), marking.name());
                            holes.entry(role).or_default().push(cell);
                        }
                        None => {}
                    }
                }
            }
        }
    }
    for (role, cells) in holes {
        let message = format!(
            "no row says what `{role}` sees of {}{}; what no row decides is not shared. Add a last row \
             without kinds, marking and roles",
            cells[0],
            match cells.len() {
                1 => String::new(),
                more => format!(" and {} more", more - 1),
            }
        );
        findings.add(Code::SharingHole, Place::sharing().at("row"), message);
    }
    for (nth, row) in agreement.row.iter().enumerate() {
        if decides.contains(&nth) || !is_about_somebody(agreement, row, &roles) {
            continue;
        }
        let other = earlier_share(agreement, row, nth, &roles);
        let (code, message) = match other {
            Some(share) if share != row.share => (
                Code::SharingContradiction,
                "earlier rows decide all of it otherwise; move it up, or take it out",
            ),
            Some(_) | None => {
                (Code::SharingShadowed, "earlier rows say the same of all of it; take it out")
            }
        };
        findings.add(code, Place::row(nth), message);
    }
}

/// Whether anybody holds a role that the row is about: an agreement may speak of roles to come.
fn is_about_somebody(agreement: &Agreement, row: &Row, roles: &[&str]) -> bool {
    row.roles.is_empty()
        || row
            .roles
            .iter()
            .flat_map(|name| agreement.roles_of(name))
            .any(|role| roles.contains(&role.as_str()))
}

/// What earlier rows say of a cell that the row is about and they decide.
fn earlier_share(agreement: &Agreement, row: &Row, nth: usize, roles: &[&str]) -> Option<Share> {
    let alone = Agreement {
        roles: agreement.roles.clone(),
        kinds: agreement.kinds.clone(),
        row: vec![row.clone()],
        ..Agreement::default()
    };
    let cells = roles.iter().flat_map(|role| {
        let of_kind = move |kind| Marking::ALL.map(move |marking| (*role, kind, marking));
        Kind::ALL.into_iter().flat_map(of_kind)
    });
    cells
        .filter(|(role, kind, marking)| alone.deciding(role, *kind, *marking, false).is_some())
        .filter_map(|(role, kind, marking)| agreement.deciding(role, kind, marking, false))
        .filter(|(decider, _)| *decider < nth)
        .map(|(_, decider)| decider.share)
        .find(|share| *share != row.share)
        .or(Some(row.share))
}
