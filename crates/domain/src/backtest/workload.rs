//! How much work a policy is for each body, week by week. A week begins on a Monday, in London.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::replay::Raised;
use super::report::Span;
use crate::BodyId;
use crate::time::london_date;

/// The workload of every body that either policy gives any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// A body each, over all weeks of the period, those without any work included.
    pub bodies: BTreeMap<BodyId, Work>,
    /// The weeks in which somebody had some, in order.
    pub weeks: Vec<Week>,
}

/// A body's work under either policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Under the candidate.
    pub candidate: Load,
    /// Under the policy in force.
    pub present: Load,
}

/// How many escalations were raised to a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Those that it has to answer.
    pub to_answer: u64,
    /// Those of which it is told.
    pub told: u64,
    /// Half of the weeks bring it no more to answer than this.
    pub p50: u64,
    /// Nine of ten weeks bring it no more to answer than this.
    pub p90: u64,
    /// The most to answer in one week.
    pub max: u64,
    /// The first such week, by its Monday; none where there is nothing to answer.
    pub busiest: Option<Date>,
}

/// One week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its Monday.
    pub monday: Date,
    /// What each body has to answer: under the candidate, and under the policy in force.
    pub to_answer: BTreeMap<BodyId, (u64, u64)>,
}

type ByWeek = BTreeMap<Date, BTreeMap<BodyId, u64>>;

/// Counts what was raised in the period under either policy.
pub(super) fn workload(candidate: &[&Raised], present: &[&Raised], span: Span) -> Workload {
    let (of_candidate, of_present) = (by_week(candidate), by_week(present));
    let mut workload = Workload::default();
    for (raised, is_candidate) in [(candidate, true), (present, false)] {
        for raised in raised {
            let told = raised.told.iter().map(|body| (body, 0, 1));
            for (body, to_answer, told) in
                raised.responsible.iter().map(|body| (body, 1, 0)).chain(told)
            {
                let work = workload.bodies.entry(body.clone()).or_default();
                let load = if is_candidate { &mut work.candidate } else { &mut work.present };
                load.to_answer += to_answer;
                load.told += told;
            }
        }
    }
    for (body, work) in &mut workload.bodies {
        spread(&mut work.candidate, &of_candidate, body, span);
        spread(&mut work.present, &of_present, body, span);
    }
    workload.weeks = mondays(span)
        .filter_map(|monday| {
            let mut to_answer: BTreeMap<BodyId, (u64, u64)> = BTreeMap::new();
            for (body, count) in of_candidate.get(&monday).into_iter().flatten() {
                to_answer.entry(body.clone()).or_default().0 = *count;
            }
            for (body, count) in of_present.get(&monday).into_iter().flatten() {
                to_answer.entry(body.clone()).or_default().1 = *count;
            }
            (!to_answer.is_empty()).then_some(Week { monday, to_answer })
        })
        .collect();
    workload
}

fn by_week(raised: &[&Raised]) -> ByWeek {
    let mut weeks = ByWeek::new();
    for raised in raised {
        let week = weeks.entry(monday_of(london_date(raised.raised_at))).or_default();
        for body in &raised.responsible {
            *week.entry(body.clone()).or_default() += 1;
        }
    }
    weeks
}

/// Fills in how a load is spread over the weeks.
fn spread(load: &mut Load, weeks: &ByWeek, body: &BodyId, span: Span) {
    let of_week = |monday: Date| {
        weeks.get(&monday).and_then(|week| week.get(body)).copied().unwrap_or_default()
    };
    let mut counts: Vec<u64> = mondays(span).map(of_week).collect();
    counts.sort_unstable();
    let percentile = |share: usize| {
        let rank = (counts.len() * share).div_ceil(100);
        counts.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    };
    (load.p50, load.p90, load.max) = (percentile(50), percentile(90), percentile(100));
    let most = load.max;
    load.busiest = mondays(span).find(|monday| most > 0 && of_week(*monday) == most);
}

/// The Mondays of the weeks that a period touches.
pub(super) fn mondays(span: Span) -> impl Iterator<Item = Date> {
    let last = span.to;
    std::iter::successors(Some(monday_of(span.from)), |monday| monday.checked_add(7.days()).ok())
        .take_while(move |monday| *monday <= last)
}

fn monday_of(date: Date) -> Date {
    date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
}
