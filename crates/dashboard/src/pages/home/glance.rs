//! A home at a glance: counts, charts, the six categories, what is expected of its size, where each trigger stands.

use std::collections::{BTreeMap, BTreeSet};

use carehub_domain::event::Kind;
use carehub_domain::picture::{Glance, Home, INDICATORS};
use carehub_domain::policy::{InForce, Match, Per, Rule, Trigger, Window};
use carehub_domain::trigger::{
    Course, ExpectedOfSize, TriggerStanding, courses, expected_of_size, matches, standing,
    usual_window, what_would_fire,
};
use carehub_domain::{BodyId, Position};
use jiff::civil::Date;

use super::super::chart::{self, CourseChart, Meter, MonthLimit, Months};
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
    /// The trigger whose limit is drawn across the months, and what it means.
    pub(super) month_limit: Option<(String, String)>,
    /// Each month, the newest first, with its incidents and how many of them that trigger counts.
    pub(super) month_rows: Vec<(String, u32, Option<u32>)>,
    pub(super) indicators: Vec<(&'static str, u32)>,
    pub(super) expected: String,
    pub(super) courses: Vec<CourseChart>,
    pub(super) triggers: Vec<TriggerLine>,
    /// What the others are for, which count nothing at one home.
    pub(super) otherwise: Vec<String>,
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
            let limit = by_the_month(rules, home, &courses, &glance.months, today);
            let part_of = |nth: usize| limit.as_ref().and_then(|it| it.counted.get(nth).copied());
            let drawn = |course: &Course| {
                let rule = rules.trigger(&course.trigger).map(|trigger| &trigger.rule);
                let name = words::trigger(&policy, &course.trigger);
                chart::course(course, name, fires_at(rule, course.limit))
            };
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
                months: chart::months(&glance.months, limit.as_ref()),
                month_limit: limit.as_ref().map(|limit| (limit.name.clone(), limit.words.clone())),
                month_rows: glance
                    .months
                    .iter()
                    .enumerate()
                    .rev()
                    .map(|(nth, (month, count))| {
                        (month.strftime("%B %Y").to_string(), *count, part_of(nth))
                    })
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
                courses: courses.iter().take(DRAWN).map(drawn).collect(),
                triggers: standings
                    .into_iter()
                    .map(|standing| {
                        let trigger = rules.trigger(&standing.id);
                        let was_closed = home.escalations().any(|one| one.trigger == standing.id);
                        TriggerLine::of(standing, trigger, was_closed)
                    })
                    .collect(),
                otherwise: otherwise(rules),
            }
        })
    }
}

fn nearness(course: &Course) -> f64 {
    let now = course.points.last().map_or(0.0, |(_, counted)| *counted);
    if course.limit > 0.0 { now / course.limit } else { now }
}

/// The limit that bars of months can be held against: of a trigger that counts by the month at this home, the nearest
/// to its limit where there are several. It counts a part of each bar, which is drawn with it.
fn by_the_month(
    rules: &InForce,
    home: &Home,
    nearest_first: &[Course],
    months: &[(Date, u32)],
    today: Date,
) -> Option<MonthLimit> {
    nearest_first.iter().find_map(|course| {
        let trigger = rules.trigger(&course.trigger)?;
        let Rule::Count { matching, more_than, window, min_agencies: 0 | 1, per: Per::Home } =
            &trigger.rule
        else {
            return None;
        };
        (*window == Window::Months(1)).then(|| MonthLimit {
            name: trigger.title.clone(),
            at: f64::from(*more_than),
            words: format!("more than {more_than} in a month"),
            counted: counted(rules, matching, home, months, today),
        })
    })
}

/// How many incidents of each month a trigger counts.
fn counted(
    rules: &InForce,
    matching: &Match,
    home: &Home,
    months: &[(Date, u32)],
    today: Date,
) -> Vec<u32> {
    let mut incidents: BTreeMap<Date, BTreeSet<Position>> = BTreeMap::new();
    for (item, concern) in home.concerns_as_filed() {
        if concern.counts() && concern.date <= today && matches(matching, rules, item, concern) {
            let month = incidents.entry(concern.date.first_of_month()).or_default();
            month.insert(concern.incident);
        }
    }
    let of = |(month, _): &(Date, u32)| incidents.get(month).map_or(0, |all| all.len() as u32);
    months.iter().map(of).collect()
}

/// When a trigger fires, in words: a count above its limit, all else from it on.
fn fires_at(rule: Option<&Rule>, limit: f64) -> String {
    let limit = words::number(limit);
    match rule {
        Some(Rule::Count { .. }) => format!("more than {limit}"),
        Some(
            Rule::Immediate { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. }
            | Rule::Requested {}
            | Rule::Breadth { .. }
            | Rule::Weekly(_)
            | Rule::Gathered(_),
        )
        | None => format!("{limit} or more"),
    }
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

/// The triggers that count nothing at one home: by weeks against other homes, over what is open, by what is late.
fn otherwise(rules: &InForce) -> Vec<String> {
    let on = rules.trigger.iter().filter(|trigger| !trigger.off);
    let others = on.filter(|trigger| match trigger.rule {
        Rule::Immediate { .. } | Rule::Count { .. } | Rule::Score { .. } | Rule::Breadth { .. } => {
            false
        }
        Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => true,
    });
    others.map(|trigger| trigger.title.trim_end_matches('.').to_owned()).collect()
}

impl TriggerLine {
    fn of(standing: TriggerStanding, trigger: Option<&Trigger>, was_closed: bool) -> Self {
        let rule = trigger.map(|trigger| &trigger.rule);
        let again = trigger.filter(|_| was_closed && standing.open.is_empty());
        let again = again.map(|trigger| trigger.rearm);
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
            would_fire: trigger
                .map(|trigger| what_would_fire(&trigger.rule, standing.counts, again))
                .unwrap_or_default(),
            chance: standing
                .chance
                .map(|chance| format!("{}; {}", chance.own, chance.peers))
                .unwrap_or_default(),
            first_held: standing.first_held_on.map(When::day),
            open: standing.open.first().map(ToString::to_string),
        }
    }
}
