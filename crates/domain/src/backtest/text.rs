//! The report in words and tables, for whoever must agree to the candidate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::replay::Raised;
use super::report::{Both, Report, Side};
use super::workload::{Load, Week, Work};
use crate::BodyId;
use crate::policy::wrapped;
use crate::time::london_date;

/// How much of a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The figures.
    Summary,
    /// And every week, and every escalation of which there is something to say.
    Whole,
}

/// The report as text.
#[must_use]
pub fn text(report: &Report, extent: Extent) -> String {
    let mut text = format!(
        "BACKTEST\n\nCandidate {} beside {}, which is in force, from {} to {} ({} weeks).\n",
        report.candidate.version,
        report.present.version,
        report.period.from,
        report.period.to,
        report.period.weeks,
    );
    heading(&mut text, "HOW IT WAS RUN");
    for sentence in &report.how {
        text.push_str(&wrapped(&format!("- {sentence}"), "", "  "));
    }
    text.push_str(&wrapped(&format!("- {}", taken_in(report)), "", "  "));
    heading(&mut text, "WHAT IT WOULD RAISE");
    side(&mut text, "candidate", &report.candidate);
    side(&mut text, "in force", &report.present);
    triggers(&mut text, report);
    heading(&mut text, "WORKLOAD: ESCALATIONS TO ANSWER IN A WEEK");
    bodies(&mut text, &report.workload.bodies);
    heading(&mut text, "LEAD TIME");
    lead(&mut text, report);
    if extent == Extent::Whole {
        heading(
            &mut text,
            "WEEK BY WEEK: TO ANSWER UNDER THE CANDIDATE / UNDER THE POLICY IN FORCE",
        );
        weeks(&mut text, &report.workload.weeks);
        heading(&mut text, "ONLY THE CANDIDATE RAISES");
        only(&mut text, &report.only_candidate);
        heading(&mut text, "ONLY THE POLICY IN FORCE RAISES");
        only(&mut text, &report.only_present);
        heading(&mut text, "BOTH RAISE");
        both(&mut text, &report.both);
    }
    text
}

fn heading(text: &mut String, heading: &str) {
    let _ = write!(text, "\n{heading}\n\n");
}

fn taken_in(report: &Report) -> String {
    let input = report.input;
    format!(
        "Taken in: {} concerns, {} messages about concerns, {} of the register. Left aside: {} \
         responses, {} that the hub rejected or refused when they came, {} after the period, {} that \
         this build cannot read.",
        input.concerns,
        input.about_concerns,
        input.register,
        input.responses,
        input.rejected_or_refused,
        input.after_the_period,
        input.unreadable,
    )
}

fn side(text: &mut String, name: &str, side: &Side) {
    let levels: Vec<String> = side
        .by_level
        .iter()
        .rev()
        .map(|(level, count)| format!("{count} {}", format!("{level:?}").to_lowercase()))
        .collect();
    let _ = write!(text, "{name:<10}{} escalations at {} homes", side.raised, side.homes);
    if !levels.is_empty() {
        let _ = write!(text, " ({})", levels.join(", "));
    }
    text.push('\n');
    let lines = [
        (
            side.closed_without_decision,
            "closing at their last deadline, because no decision is due",
        ),
        (side.closed_by_default, "closing by the default, because nothing is due"),
    ];
    for (count, what) in lines.into_iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "{:10}{what}: {count}", "");
    }
    for (code, count) in &side.not_taken {
        let _ = writeln!(text, "{:10}messages that it does not take in ({code}): {count}", "");
    }
}

fn triggers(text: &mut String, report: &Report) {
    text.push_str(
        "\ntrigger                          candidate in force   both  candidate   in force   really\n\
         \x20                                                            alone      alone   raised\n",
    );
    for (id, row) in &report.triggers {
        let _ = writeln!(
            text,
            "{:<32} {:>9} {:>8} {:>6} {:>10} {:>10} {:>8}",
            id.as_str(),
            row.candidate,
            row.present,
            row.both,
            row.only_candidate,
            row.only_present,
            row.really,
        );
    }
}

fn bodies(text: &mut String, bodies: &BTreeMap<BodyId, Work>) {
    text.push_str(
        "body                             policy     answers   told   p50   p90   max  busiest week\n",
    );
    for (body, work) in bodies {
        load(text, body.as_str(), "candidate", work.candidate);
        load(text, "", "in force", work.present);
    }
}

fn load(text: &mut String, body: &str, policy: &str, load: Load) {
    let busiest = load.busiest.map_or_else(|| "-".to_owned(), |monday| monday.to_string());
    let _ = writeln!(
        text,
        "{body:<32} {policy:<10} {:>7} {:>6} {:>5} {:>5} {:>5}  {busiest}",
        load.to_answer, load.told, load.p50, load.p90, load.max,
    );
}

fn lead(text: &mut String, report: &Report) {
    let lead = report.lead;
    let _ = writeln!(
        text,
        "Of {} that both raise, the candidate raises {} sooner, {} on the same date, {} later.",
        report.both.len(),
        lead.sooner,
        lead.same_day,
        lead.later,
    );
    if lead.sooner > 0 {
        let _ = writeln!(
            text,
            "Gained: {} days in the middle case, {} at most.",
            lead.median_gain, lead.most_gained
        );
    }
    if lead.later > 0 {
        let _ = writeln!(
            text,
            "Lost: {} days in the middle case, {} at most.",
            lead.median_loss, lead.most_lost
        );
    }
}

/// A column for each body, named by a letter or two: their ids are too long to stand above figures.
fn weeks(text: &mut String, weeks: &[Week]) {
    let mut bodies: Vec<&BodyId> = weeks.iter().flat_map(|week| week.to_answer.keys()).collect();
    bodies.sort_unstable();
    bodies.dedup();
    for (nth, body) in bodies.iter().enumerate() {
        let _ = writeln!(text, "{:>3}  {body}", column(nth));
    }
    let _ = write!(text, "\n{:<10}", "week of");
    for nth in 0..bodies.len() {
        let _ = write!(text, " {:>7}", column(nth));
    }
    text.push('\n');
    for week in weeks {
        let _ = write!(text, "{}", week.monday);
        for body in &bodies {
            let cell = week.to_answer.get(*body).map(|(ours, theirs)| format!("{ours}/{theirs}"));
            let _ = write!(text, " {:>7}", cell.as_deref().unwrap_or("-"));
        }
        text.push('\n');
    }
}

fn column(nth: usize) -> String {
    let letter = |nth: usize| char::from(b'A' + (nth % 26) as u8);
    if nth < 26 {
        letter(nth).to_string()
    } else {
        format!("{}{}", letter(nth / 26 - 1), letter(nth))
    }
}

fn only(text: &mut String, raised: &[Raised]) {
    for raised in raised {
        let bodies: Vec<&str> = raised.responsible.iter().map(BodyId::as_str).collect();
        let _ = writeln!(
            text,
            "{} {} at {}, to {}: {}",
            london_date(raised.raised_at),
            raised.trigger,
            raised.home,
            if bodies.is_empty() { "nobody".to_owned() } else { bodies.join(", ") },
            raised.sentence,
        );
    }
    if raised.is_empty() {
        text.push_str("Nothing.\n");
    }
}

fn both(text: &mut String, pairs: &[Both]) {
    for both in pairs {
        let lead = match both.lead_days {
            0 => "the same date".to_owned(),
            days if days > 0 => format!("{days} days sooner"),
            days => format!("{} days later", -days),
        };
        let _ = writeln!(
            text,
            "{} {} at {}: candidate {}, {lead}",
            london_date(both.present),
            both.trigger,
            both.home,
            london_date(both.candidate),
        );
    }
    if pairs.is_empty() {
        text.push_str("Nothing.\n");
    }
}
