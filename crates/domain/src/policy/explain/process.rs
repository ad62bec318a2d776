//! The process, the actions and the powers over placements in plain English.

use super::words::{listed, within, wrapped};
use super::{DEFAULT, roles_by_name};
use crate::policy::{Need, Policy, ProcessStep};

/// The section of the process; empty for a policy that has none.
pub(super) fn explain(policy: &Policy) -> String {
    let process = &policy.process;
    if process.is_none() {
        return String::new();
    }
    let mut text = String::from("\nPROVIDER CONCERNS\n\n");
    let mark = |name: &str| {
        if process.assumed.iter().any(|assumed| assumed == name) {
            format!(" {DEFAULT}")
        } else {
            String::new()
        }
    };
    let roles = |key: &str, roles: &[String]| {
        format!("{}{}", listed(&roles_by_name(policy, roles), "and", "nobody"), mark(key))
    };
    let mut say = |line: String| text.push_str(&wrapped(&line, "", "  "));
    say(format!("Source: {}", process.source));
    say(format!("- Started by: {}", roles("started_by", &process.started_by)));
    for (nth, step) in process.step.iter().enumerate() {
        say(format!("{}. {}", nth + 1, of_step(step, &mark)));
    }
    if !process.initial_action.is_empty() {
        let titles: Vec<String> = process
            .initial_action
            .iter()
            .map(|action| format!("{} ({})", action.title, action.id))
            .collect();
        say(format!("- The first step's actions: {}", titles.join("; ")));
    }
    say(format!(
        "- An action is green until the day it is due and once achieved, amber for {} days more{}, then \
         red. A person may give another rating with a reason; both are shown. One that is red, or a \
         step as late, is a serious delay.",
        process.actions.serious_after_days,
        mark("actions.serious_after_days")
    ));
    say(format!(
        "- Placements are suspended, cautioned and lifted by {}, each for its own, with the police and \
         safeguarding consulted; each decision is reviewed {}{}. Everybody else proposes.",
        roles("placements.decided_by", &process.placements.decided_by),
        within(process.placements.review_within),
        mark("placements.review_within")
    ));
    say(
        "- Police first: until advice is recorded on a possible crime, a death or a major escalation, \
         the provider is neither told nor met and nothing goes back to agencies. \
         Welfare checks, preserving evidence and urgent safety action never wait."
            .to_owned(),
    );
    say(format!(
        "- A potential closure has directors of {} in its plan",
        roles("closure_directors", &process.closure_directors)
    ));
    text
}

fn of_step(step: &ProcessStep, mark: &impl Fn(&str) -> String) -> String {
    let part = |part: &str| mark(&format!("step.{}.{part}", step.id));
    let mut text = format!("{} ({})", step.title, step.id);
    if let Some(limit) = step.within {
        text.push_str(&format!("; left {}{}", within(limit), part("within")));
    }
    if !step.needs.is_empty() {
        let needs: Vec<String> = step.needs.iter().map(|need| word(*need).to_owned()).collect();
        text.push_str(&format!("; before: {}{}", listed(&needs, "and", ""), part("needs")));
    }
    if step.optional {
        text.push_str(&format!("; may be passed over without a reason{}", part("optional")));
    }
    if step.mandatory_if_delayed {
        let mark = part("mandatory_if_delayed");
        text.push_str(&format!("; may not be passed over after a serious delay{mark}"));
    }
    text
}

fn word(need: Need) -> &'static str {
    match need {
        Need::InitialActions => "the initial actions, or why not",
        Need::CommunicationPlan => "the communication plan agreed",
        Need::TriangulatedEvidence => {
            "evidence from adults' views, facts and professional assessment"
        }
        Need::Findings => "the findings recorded",
        Need::ImprovementPlan => "the service improvement plan agreed",
        Need::Update => "an update meeting",
        Need::Visit => "a visit that tests the improvement",
        Need::AdultsViews => "the adults' views, or why not",
        Need::Advocacy => "advocacy offered, or why not",
    }
}
