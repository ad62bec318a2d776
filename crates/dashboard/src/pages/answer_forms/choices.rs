//! What there is to choose from in the forms on the page of an escalation.

use std::collections::BTreeSet;

use carehub_domain::BodyId;
use carehub_domain::escalation::{Escalation, Grade, Rating};
use carehub_domain::picture::{ConcernItem, Item};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Sight;

use super::super::when::When;
use super::super::{action_line, words};
use super::Choice;
use crate::figures::Seen;

/// How many concerns are offered to be added as evidence.
const OFFERED: usize = 30;

/// The ratings, as the contract has them.
pub(in crate::pages) const RATINGS: [(Rating, &str); 3] =
    [(Rating::Green, "green"), (Rating::Amber, "amber"), (Rating::Red, "red")];

/// The grades, as the contract has them.
pub(in crate::pages) const GRADES: [(Grade, &str); 4] = [
    (Grade::FullyAchieved, "1"),
    (Grade::OnTrack, "2"),
    (Grade::Slipped, "3"),
    (Grade::NotAchieved, "4"),
];

/// The bodies that there are.
pub(super) fn bodies(policy: &Policy, is_chosen: impl Fn(&BodyId) -> bool) -> Vec<Choice> {
    let there = policy.body.iter().filter(|body| !policy.successions.has_ended(&body.id));
    there
        .map(|body| Choice {
            value: body.id.to_string(),
            words: body.name.clone(),
            is_chosen: is_chosen(&body.id),
        })
        .collect()
}

/// Which of them read nothing, and so are told nothing that is assigned to them.
pub(super) fn untold(policy: &Policy) -> String {
    let there = policy.body.iter().filter(|body| !policy.successions.has_ended(&body.id));
    let untold = there.filter(|body| policy.holds(&body.id, &policy.powers.never_reads));
    let names: Vec<&str> = untold.map(|body| body.name.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("{one} is not told by the hub: tell them yourself."),
        many => format!("{} are not told by the hub: tell them yourself.", many.join(", ")),
    }
}

/// The bodies of which one can lead.
pub(super) fn leads(
    policy: &Policy,
    escalation: &Escalation,
    is_chosen: impl Fn(&BodyId) -> bool,
) -> Vec<Choice> {
    let choice = |id: &BodyId| Choice {
        value: id.to_string(),
        words: words::body(policy, id),
        is_chosen: is_chosen(id),
    };
    escalation.responsible.iter().map(choice).collect()
}

/// What can be decided.
pub(super) fn decisions(is_chosen: impl Fn(&str) -> bool) -> Vec<Choice> {
    let all = words::DECISIONS.iter();
    all.map(|(_, token, words)| fixed(token, words, &is_chosen)).collect()
}

/// The grades of a review.
pub(super) fn grades(is_chosen: impl Fn(&str) -> bool) -> Vec<Choice> {
    let all = GRADES.iter();
    all.map(|(grade, token)| fixed(token, action_line::grade(*grade), &is_chosen)).collect()
}

/// Red, amber and green.
pub(super) fn ratings(is_chosen: impl Fn(&str) -> bool) -> Vec<Choice> {
    let all = RATINGS.iter();
    all.map(|(rating, token)| fixed(token, words::rating(*rating).text, &is_chosen)).collect()
}

fn fixed(token: &str, words: &str, is_chosen: impl Fn(&str) -> bool) -> Choice {
    Choice { value: token.to_owned(), words: words.to_owned(), is_chosen: is_chosen(token) }
}

/// The actions of which more is expected.
pub(super) fn actions(
    policy: &Policy,
    escalation: &Escalation,
    is_chosen: impl Fn(&str) -> bool,
) -> Vec<Choice> {
    let waits = escalation.actions.iter().filter(|action| !action.is_over());
    waits
        .map(|action| Choice {
            value: action.id.to_string(),
            words: format!(
                "Action {} of {}, due {}",
                action.number,
                words::body(policy, &action.owner),
                When::day(action.due).words()
            ),
            is_chosen: is_chosen(action.id.as_str()),
        })
        .collect()
}

/// The measures of the actions at this home that the reader sees.
pub(super) fn measures(seen: &Seen) -> Vec<String> {
    let escalations = seen.home().escalations();
    let routed = escalations.filter(|one| seen.view.sight(one) == Sight::Whole);
    let measures: BTreeSet<String> = routed
        .flat_map(|one| &one.actions)
        .map(|action| action.measure.to_string().replace('-', " "))
        .collect();
    measures.into_iter().collect()
}

/// The concerns that the reader sees and that it does not rest on yet, the newest first.
pub(super) fn offered(
    policy: &Policy,
    seen: &Seen,
    escalation: &Escalation,
    is_chosen: impl Fn(&str) -> bool,
) -> Vec<Choice> {
    let mut concerns: Vec<_> = seen
        .home()
        .concerns_as_filed()
        .filter(|(item, concern)| {
            concern.counts() && !escalation.evidence.events.contains(&item.position)
        })
        .collect();
    concerns.sort_by_key(|(item, concern)| std::cmp::Reverse((concern.date, item.position)));
    let choice = |(item, concern): &(&Item, &ConcernItem)| {
        let value = item.reference.to_string();
        let day = if seen.view.is_month_only(item) {
            concern.date.strftime("%Y-%m").to_string()
        } else {
            concern.date.to_string()
        };
        Choice {
            words: format!(
                "{}, {}, told by {}",
                words::capital(&words::kind(concern.kind)),
                When::on(&day).words(),
                words::body(policy, &item.agency)
            ),
            is_chosen: is_chosen(&value),
            value,
        }
    };
    concerns.iter().take(OFFERED).map(choice).collect()
}
