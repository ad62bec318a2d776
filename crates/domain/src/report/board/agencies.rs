//! What each agency tells, and which of them have gone quiet.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::BodyId;
use crate::report::Days;

/// An agency has gone quiet where chance alone leaves it as silent in fewer than one case of a hundred.
const BY_CHANCE: f64 = 0.01;

/// What an agency tells.
#[derive(Debug, Clone, PartialEq)]
pub struct AgencyLine {
    /// The agency.
    pub agency: BodyId,
    /// Its concerns, by when the hub knew.
    pub concerns: u32,
    /// When it told of the last one, also where that was before the days; none where it never told of any.
    pub last_on: Option<Date>,
    /// For how many days it has been silent since, until the end of the days or today; none where it never told of any.
    pub silent_days: Option<i64>,
    /// How likely it is that so many concerns, spread by chance, leave so long a silence at the end: spread over the days,
    /// or over all days since its first one where it told of none in them. None where it never told of any.
    pub by_chance: Option<f64>,
    /// Whether it still speaks.
    pub speaks: Speaks,
}

/// Whether an agency still speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// It has spoken, and its silence is too unlikely to be chance.
    NoMore,
    /// It speaks, or its silence may be chance.
    Still,
    /// It had told of nothing by the end of the days: it may only receive.
    Never,
}

/// When an agency told of its concerns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    first_on: Date,
    last_on: Date,
    in_days: u32,
    before: u32,
}

impl Told {
    /// Of none yet, the first of them on a day.
    pub(super) fn since(day: Date) -> Self {
        Self { first_on: day, last_on: day, in_days: 0, before: 0 }
    }

    /// Counts one that the hub knew on a day before the end of `days`.
    pub(super) fn count(&mut self, on: Date, days: Days) {
        self.first_on = self.first_on.min(on);
        self.last_on = self.last_on.max(on);
        let place = if days.has(on) { &mut self.in_days } else { &mut self.before };
        *place = place.saturating_add(1);
    }
}

/// The line of an agency, of days of which none is still to come.
pub(super) fn line(agency: &BodyId, told: Option<&Told>, days: Days) -> AgencyLine {
    let Some(told) = told else {
        return AgencyLine {
            agency: agency.clone(),
            concerns: 0,
            last_on: None,
            silent_days: None,
            by_chance: None,
            speaks: Speaks::Never,
        };
    };
    let until_end = |from: Date| i64::from((days.until - from).get_days()).max(0);
    let silent_days = until_end(told.last_on.saturating_add(1.day()));
    let by_chance = match told.in_days {
        // Its first one only says since when it speaks: the others are spread by chance.
        0 => chance(told.before.saturating_sub(1), silent_days, until_end(told.first_on)),
        concerns => chance(concerns, silent_days, until_end(days.from)),
    };
    AgencyLine {
        agency: agency.clone(),
        concerns: told.in_days,
        last_on: Some(told.last_on),
        silent_days: Some(silent_days),
        by_chance: Some(by_chance),
        speaks: if by_chance < BY_CHANCE { Speaks::NoMore } else { Speaks::Still },
    }
}

/// How likely it is that `concerns` which fall on any of `all` days by chance leave the last `silent` of them empty.
fn chance(concerns: u32, silent: i64, all: i64) -> f64 {
    if all <= 0 {
        return 1.0;
    }
    let spoken = (all - silent).max(0) as f64 / all as f64;
    libm::pow(spoken, f64::from(concerns))
}
