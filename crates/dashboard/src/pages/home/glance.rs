//! A home at a glance: counts, charts, the six categories, what is expected of its size, where each trigger stands.

use std::collections::BTreeSet;

use carehub_domain::BodyId;
use carehub_domain::event::Kind;
use carehub_domain::picture::{Glance, INDICATORS};
use carehub_domain::policy::Rule;
use carehub_domain::trigger::{
    ExpectedOfSize, TriggerStanding, courses, expected_of_size, standing, usual_window,
    what_would_fire,
};

use super::super::chart::{self, CourseChart, Meter, Months};
use super::super::when::When;
use super::super::words;
use crate::api::triggers::among_others;
use crate::figures::Seen;
use crate::shared::Shared;

/// How many courses are drawn; the table of triggers has them all.
const DRAWN: usize = 6;

/// The figures of the page.
pub(super) struct GlancePart {
    pub(super) from: When,
    pub(super) total: String,
    /// The agencies that told of something in the window: the columns of the table.
    pub(super) columns: Vec<String>,
    /// A line for each kind: its name, how many, and how many by agency.
    pub(super) rows: Vec<(String, u32, Vec<u32>)>,
    pub(super) months: Months,
    pub(super) month_rows: Vec<(String, u32)>,
    pub(super) indicators: Vec<(&'static str, u32)>,
    pub(super) expected: String,
    pub(super) courses: Vec<CourseChart>,
    pub(super) triggers: Vec<TriggerLine>,
}

/// Where a trigger stands.
pub(super) struct TriggerLine {
    pub(super) title: String,
    pub(super) source: String,
    pub(super) counts: String,
    pub(super) limit: String,
    pub(super) meter: Meter,
    pub(super) window: String,
    pub(super) would_fire: String,
    pub(super) chance: String,
    pub(super) first_held: Option<When>,
    pub(super) open: Option<String>,
}

impl GlancePart {
    pub(super) fn of(app: &Shared, seen: &Seen, reader: &BodyId) -> Self {
        among_others(app, seen, reader, |rules, others, today| {
            let home = seen.home();
            let policy = app.pictures.policy();
            let from = usual_window(today);
            let glance = Glance::of(home, from, today);
            let standings = standing(rules, home, others, today);
            let mut courses = courses(rules, home, today);
            // The ones that are nearest to their limits.
            courses.sort_by(|a, b| nearness(b).total_cmp(&nearness(a)));
            let name =
                |course: &carehub_domain::trigger::Course| words::trigger(&policy, &course.trigger);
            let columns: BTreeSet<&BodyId> =
                glance.by_kind_and_agency.keys().map(|(_, agency)| agency).collect();
            let row = |(kind, count): (&Kind, &u32)| {
                let of = |agency: &&BodyId| {
                    let pair = (*kind, (*agency).clone());
                    glance.by_kind_and_agency.get(&pair).copied().unwrap_or_default()
                };
                (words::capital(&words::kind(*kind)), *count, columns.iter().map(of).collect())
            };
            Self {
                from: When::day(from),
                total: words::plural(glance.total, "incident", "incidents"),
                rows: glance.by_kind.iter().map(row).collect(),
                columns: columns.iter().map(|agency| words::body(&policy, agency)).collect(),
                months: chart::months(&glance.months),
                month_rows: glance
                    .months
                    .iter()
                    .rev()
                    .map(|(month, count)| (month.strftime("%B %Y").to_string(), *count))
                    .collect(),
                indicators: INDICATORS
                    .into_iter()
                    .map(words::indicator)
                    .zip(glance.by_indicator)
                    .collect(),
                expected: expected(
                    glance.total,
                    expected_of_size(home, others, from, today).as_ref(),
                ),
                courses: courses
                    .iter()
                    .take(DRAWN)
                    .map(|course| chart::course(course, name(course)))
                    .collect(),
                triggers: standings
                    .into_iter()
                    .map(|standing| {
                        let rule = policy.trigger(&standing.id).map(|trigger| &trigger.rule);
                        TriggerLine::of(standing, rule)
                    })
                    .collect(),
            }
        })
    }
}

fn nearness(course: &carehub_domain::trigger::Course) -> f64 {
    let now = course.points.last().map_or(0.0, |(_, counted)| *counted);
    if course.limit > 0.0 { now / course.limit } else { now }
}

/// What is expected of a home of its size, in one sentence.
fn expected(total: u32, expected: Option<&ExpectedOfSize>) -> String {
    let Some(known) = expected else {
        return "There is not enough to say what is expected of a home of its size: its beds or those of other homes are not known, or too little was said of the others.".to_owned();
    };
    let ExpectedOfSize { beds, homes, from, to, .. } = known;
    let verdict = match total {
        more if more > *to => "That is more than expected",
        fewer if fewer < *from => "That is less than expected",
        _ => "That is as expected",
    };
    format!(
        "{verdict}: a home of {beds} beds, if it were like the other {homes}, would most often have {from} to {to} in this time."
    )
}

impl TriggerLine {
    fn of(standing: TriggerStanding, rule: Option<&Rule>) -> Self {
        let holds = match rule {
            // A count fires above its limit; all else from it on.
            Some(Rule::Count { .. }) => standing.counts > standing.limit,
            Some(_) | None => standing.counts >= standing.limit,
        };
        Self {
            title: standing.title,
            source: standing.source,
            counts: words::number(standing.counts),
            limit: words::number(standing.limit),
            meter: chart::meter(standing.counts, standing.limit, holds),
            window: standing.window.unwrap_or_default(),
            would_fire: rule.map(|rule| what_would_fire(rule, standing.counts)).unwrap_or_default(),
            chance: standing
                .chance
                .map(|chance| format!("{}; {}", chance.own, chance.peers))
                .unwrap_or_default(),
            first_held: standing.first_held_on.map(When::day),
            open: standing.open.first().map(ToString::to_string),
        }
    }
}
