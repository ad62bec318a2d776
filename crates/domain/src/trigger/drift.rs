//! `drift`: a slow rise. A Poisson CUSUM follows the weeks; the weeks before them give the steady rate.

use super::Held;
use super::count::newest;
use super::weeks::Weeks;
use crate::event::Severity;
use crate::picture::{Day, Home, Tally};
use crate::policy::LevelRule;
use crate::statistics::cusum::Chart;

/// How many concerns the weeks before must hold, so that they give a rate at all.
const LEAST_STEADY: u32 = 3;

/// What is asked of one home.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) rise: f64,
    pub(crate) limit: f64,
    pub(crate) level: LevelRule,
    /// How many weeks before them the rule looks at, at most.
    pub(crate) history_weeks: u16,
    /// The weeks that are followed.
    pub(crate) followed: Weeks,
    /// The weeks before them.
    pub(crate) steady: Weeks,
}

/// Whether the sum is above the limit in the last week.
pub(crate) fn holds(question: Question, home: &Home, tally: &Tally) -> Option<Held> {
    let events = question.steady.together(tally);
    // A rate from fewer weeks than are followed would be chance itself.
    let needed = question.followed.len().min(question.history_weeks).max(1);
    if events < LEAST_STEADY || question.steady.len() < needed {
        return None;
    }
    let steady = f64::from(events) / f64::from(question.steady.len());
    let limit = libm::round(question.limit * 100.0) as u32;
    let chart = Chart::new(steady, steady * question.rise, limit).ok()?;
    let counts = question.followed.each(tally);
    let reading = chart.follow(&counts);
    if !chart.signals(reading.sum) {
        return None;
    }
    let until = question.followed.until();
    let rows = tally.rows(Day::of(question.followed.from()), Day::of(until));
    let severity = rows.clone().map(|row| row.severity).max().unwrap_or(Severity::Low);
    let sum = f64::from(reading.sum) / 100.0;
    Some(Held {
        tested: None,
        counted: sum,
        limit: question.limit,
        incidents: counts.iter().sum(),
        events: newest(home, rows),
        first_held_on: until,
        severity,
        level: question.level.level(severity),
        sentence: format!(
            "A slow rise: over {} weeks the sum of what came beyond {:.2} a week stands at {sum:.2}; \
             the limit is {}. The {} weeks before had {events}.",
            question.followed.len(),
            chart.reference(),
            question.limit,
            question.steady.len(),
        ),
    })
}
