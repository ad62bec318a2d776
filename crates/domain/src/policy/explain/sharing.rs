//! The information-sharing agreement as a table that an information-governance officer can sign.

use super::words::{listed, wrapped};
use super::{DEFAULT, roles_by_name};
use crate::event::{Kind, Marking};
use crate::policy::{Agreement, Basis, Policy, Reporters, Row, Share, Until, Window};

/// The section of the agreement.
pub(super) fn explain(policy: &Policy) -> String {
    let mut text = String::from("\nWHO SEES WHAT\n\n");
    if policy.sharing.is_none() {
        text.push_str(&wrapped(
            "This policy has no information-sharing agreement. Until it has one, whoever may read sees the \
             structured fields of every concern and nobody another's free text, handling C narrows a \
             concern to the audience that it names, and who must act on an escalation knows how much it \
             rests on.",
            "", "",
        ));
        return text;
    }
    let agreement = &policy.sharing;
    let mut say = |line: &str| text.push_str(&wrapped(line, "", "  "));
    say(&format!("Source: {}", agreement.source));
    say("- The sender always sees what it said. Who speaks and never reads sees nothing.");
    say(
        "- Handling code C narrows a concern to its sender and the audience that it names, always: \
         within that audience each sees what stands below.",
    );
    say(&format!(
        "- A trigger widens nothing. Who must act on an escalation, or is told of it, sees of its evidence \
         what stands below, and of the rest {}.",
        match agreement.routed {
            Share::Nothing => "not even the number",
            Share::Existence | Share::Summary | Share::Full => "the number",
        }
    ));
    say(&format!(
        "- By break-glass a person with that right opens, at one home and with a stated reason, what the rows \
         withhold: for {} hours at most{}. Everybody whose words it opens is told at once. Handling code C and \
         the reports of protected persons stay closed.",
        agreement.break_glass.hours_at_most(),
        match agreement.break_glass.source.trim() {
            "" => format!(" {DEFAULT}"),
            source => format!(" ({source})"),
        },
    ));
    reporters(policy, &mut say);
    feedback(policy, &mut say);
    text.push_str("\nLawful bases\n\n");
    for basis in &agreement.basis {
        text.push_str(&wrapped(&format!("- {}: {}", basis.id, of_basis(basis)), "", "  "));
    }
    text.push_str("\nRows: the first that fits decides\n\n");
    for (nth, row) in agreement.row.iter().enumerate() {
        let line = format!("{}. {}", nth + 1, of_row(row));
        text.push_str(&wrapped(&line, "", "   "));
    }
    groups(agreement, &mut text);
    text.push_str(&table(policy));
    text.push_str(SIGNATURES);
    text
}

const SIGNATURES: &str = "
Agreed for                          by (name, role)                     on (date)
__________________________________  __________________________________  ________________________
__________________________________  __________________________________  ________________________
";

fn reporters(policy: &Policy, say: &mut impl FnMut(&str)) {
    let reporters = &policy.sharing.reporters;
    let readers = listed(&roles_by_name(policy, &reporters.readers), "and", "nobody else");
    let source = match reporters.source.as_str() {
        "" if *reporters == Reporters::default() => ".".to_owned(),
        "" => format!(" {DEFAULT}."),
        source => format!(". Source: {source}."),
    };
    say(&format!("- Who told the sender is seen by the sender and by {readers}{source}"));
    if !reporters.protected.is_empty() {
        let protected: Vec<&str> =
            reporters.protected.iter().map(|reporter| reporter.name()).collect();
        say(&format!(
            "- What a {} reports is for them alone, unless its sender says handling P; then everybody else \
             sees the month only.",
            listed(&protected, "or", "")
        ));
    }
}

fn feedback(policy: &Policy, say: &mut impl FnMut(&str)) {
    let feedback = &policy.sharing.feedback;
    if feedback.outcomes.is_empty() {
        say(
            "- What came of a matter goes back to nobody but those who were told of the escalation itself.",
        );
        return;
    }
    let roles = feedback.outcomes.iter().flat_map(|name| policy.sharing.roles_of(name)).cloned();
    let told = listed(&roles_by_name(policy, &roles.collect::<Vec<_>>()), "and", "nobody");
    let source = match feedback.source.as_str() {
        "" => format!(" {DEFAULT}."),
        source => format!(". Source: {source}."),
    };
    say(&format!(
        "- Feedback to agencies: who contributed a concern is told what was decided and that it is closed, \
         as soon as the police let it, where it is {told}{source}"
    ));
}

fn of_basis(basis: &Basis) -> String {
    let mut parts = Vec::new();
    for (what, text) in [
        ("UK GDPR article", &basis.article_6),
        ("UK GDPR article", &basis.article_9),
        ("Data Protection Act 2018, schedule 1,", &basis.schedule_1),
        ("Data Protection Act 2018, part 3:", &basis.part_3),
    ] {
        if !text.is_empty() {
            parts.push(format!("{what} {text}"));
        }
    }
    format!("{} ({})", basis.title.trim_end_matches('.'), parts.join("; "))
}

fn of_row(row: &Row) -> String {
    let kinds = listed(&row.kinds, "and", "any kind");
    let marking: Vec<&str> = row.marking.iter().map(|marking| marking.name()).collect();
    let marked = match marking.as_slice() {
        [] => String::new(),
        marking => format!(", marked {}", listed(marking, "or", "")),
    };
    let until = match row.until {
        None => "",
        Some(Until::CommunicationPlan) => {
            ", until the communication plan of a potential closure is agreed"
        }
    };
    let roles = listed(&row.roles, "and", "everybody who reads");
    let mut text = format!("Of {kinds}{marked}{until}: {roles} see {}.", sees(row.share));
    if row.share > Share::Nothing {
        let kept = row.retention.map_or_else(|| "no time".to_owned(), years);
        text.push_str(&format!(
            " For: {}. Basis: {}. Kept: {kept}.",
            row.purpose.trim_end_matches('.'),
            listed(&row.basis, "and", "none")
        ));
    }
    let source = row.source.trim();
    if source.is_empty() {
        text.push_str(&format!(" {DEFAULT}"));
    } else {
        text.push_str(&format!(" Source: {source}."));
    }
    text
}

fn years(window: Window) -> String {
    match window {
        Window::Months(months) if months % 12 == 0 && months > 12 => {
            format!("{} years", months / 12)
        }
        Window::Months(_) | Window::Days(_) | Window::Hours(_) => String::from(window),
    }
}

fn sees(share: Share) -> &'static str {
    match share {
        Share::Full => "everything",
        Share::Summary => "a summary without free text",
        Share::Existence => "that there is one",
        Share::Nothing => "nothing",
    }
}

fn groups(agreement: &Agreement, text: &mut String) {
    if agreement.roles.is_empty() && agreement.kinds.is_empty() {
        return;
    }
    text.push_str("\nGroups\n\n");
    for (name, roles) in &agreement.roles {
        let line = format!("- {name}: {}", listed(roles, "and", "nobody"));
        text.push_str(&wrapped(&line, "", "  "));
    }
    for (name, kinds) in &agreement.kinds {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let line = format!("- {name}: {}", listed(&kinds, "and", "nothing"));
        text.push_str(&wrapped(&line, "", "  "));
    }
}

/// Every cell, as the rows decide it. Kinds that nobody sees differently stand together.
fn table(policy: &Policy) -> String {
    let roles = policy.reading_roles();
    let mut lines: Vec<(Vec<&'static str>, Marking, bool, Vec<Share>)> = Vec::new();
    for agreed in [false, true] {
        for marking in Marking::ALL {
            for kind in Kind::ALL {
                let of = |role: &&str| policy.sharing.share(role, kind, marking, agreed);
                let cells: Vec<Share> = roles.iter().map(of).collect();
                let before = |role: &&str| policy.sharing.share(role, kind, marking, false);
                if agreed && roles.iter().map(before).eq(cells.iter().copied()) {
                    continue;
                }
                let same = lines
                    .iter_mut()
                    .find(|(_, m, a, known)| *m == marking && *a == agreed && *known == cells);
                match same {
                    Some((kinds, ..)) => kinds.push(kind.name()),
                    None => lines.push((vec![kind.name()], marking, agreed, cells)),
                }
            }
        }
    }
    let mut text = String::from("\nEvery cell\n");
    for (kinds, marking, agreed, cells) in lines {
        let plan = if agreed { ", once the communication plan is agreed" } else { "" };
        text.push('\n');
        let title = format!("{} [{}{plan}]", listed(&kinds, "and", ""), marking.name());
        text.push_str(&wrapped(&title, "", ""));
        for (share, name) in [
            (Share::Full, "full     "),
            (Share::Summary, "summary  "),
            (Share::Existence, "existence"),
            (Share::Nothing, "nothing  "),
        ] {
            let who: Vec<&str> = roles
                .iter()
                .zip(&cells)
                .filter(|(_, cell)| **cell == share)
                .map(|(role, _)| *role)
                .collect();
            let who = if who.len() == roles.len() { vec!["everybody who reads"] } else { who };
            if !who.is_empty() {
                let first = format!("  {name} | ");
                text.push_str(&wrapped(&who.join(", "), &first, "            | "));
            }
        }
    }
    text
}
